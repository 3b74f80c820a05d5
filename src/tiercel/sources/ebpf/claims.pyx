"""Whether the path that a process gave leads to the file that it opened.

It is read when the call returns, and by then another thread may have written another one. Where it differs from the
kernel's path there are honest reasons nearly always: a link, a changed root, "..". So it is followed once more, in the
process's own root, and remembered where it leads to the file. A lie is only what cannot be honest:

    the path is absolute, and leads without any link
    to another file than the one that was opened,
    which has not changed since long before the open (a file moved there meanwhile has: renaming counts as a change)

What cannot be told for sure is no lie: paths below /proc and those that start at a folder, links that lead elsewhere by
now, processes that have ended. Nothing waits: only what the kernel has in memory is followed (RESOLVE_CACHED), so that no
file system of the attacker's can hold the sensor; and only so many a second.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdio cimport snprintf
from libc.string cimport memcmp, memcpy

from tiercel.events.codes cimport CREAT_X, OPEN_X, OPENAT2_X, OPENAT_2_X
from tiercel.events.event cimport Bytes, result
from tiercel.events.file cimport FILE_ELSEWHERE, FILE_MISNAMED, FILE_NAMELESS, FILE_PATH_CUT, FILE_UNLINKED
from tiercel.events.paths cimport PATH_SIZE, path_join
from tiercel.events.text cimport strnlen, text_hash

cdef extern from "<unistd.h>" nogil:
    long syscall(long number, ...)
    int close(int fd)
    long readlink(const char *path, char *to, size_t size)

cdef extern from "<fcntl.h>" nogil:
    int open(const char *path, int flags, ...)
    int O_CLOEXEC

cdef extern from "<sys/stat.h>" nogil:
    cdef struct timespec:
        long tv_sec
        long tv_nsec
    cdef struct stat:
        uint64_t st_ino
        timespec st_ctim
    int fstat(int fd, stat *to)

cdef struct OpenHow:
    uint64_t flags, mode, resolve

cdef enum:
    OPENAT2 = 437                  # the same on every machine
    PATH_ONLY = 0o10000000         # O_PATH
    NO_MAGIC_LINKS = 2             # RESOLVE_*, include/uapi/linux/openat2.h
    NO_LINKS = 4
    IN_ROOT = 16
    CACHED = 32
    ASKED_A_SECOND = 500
    LONGEST = 4096
    UNTOUCHED_NS = 100000000       # this long before the open the file must have been as it is


cdef inline bint begins(Bytes path, const char *with_, uint32_t n) noexcept nogil:
    return path.n >= n and memcmp(path.p, with_, n) == 0


cdef Bytes claim_of(const Event *e) noexcept nogil:
    cdef uint32_t i
    cdef Bytes name
    name.p = NULL
    name.n = 0
    if e.type == OPENAT_2_X or e.type == OPENAT2_X:
        i = 2
    elif e.type == OPEN_X or e.type == CREAT_X:
        i = 1
    else:
        return name
    if i < e.nparams and e.params[i].n:
        name.p = e.params[i].p
        name.n = <uint32_t> strnlen(name.p, e.params[i].n)
    return name


cdef int followed(int root, const char *path, uint64_t resolve) noexcept nogil:
    cdef OpenHow how
    how.flags = <uint64_t> (PATH_ONLY | O_CLOEXEC)
    how.mode = 0
    how.resolve = IN_ROOT | NO_MAGIC_LINKS | CACHED | resolve
    return <int> syscall(OPENAT2, root, path, &how, sizeof(how))


cdef bint leads_to(int fd, Bytes truth) noexcept nogil:
    # The kernel's path of what was followed, from the root of its own mount namespace.
    cdef char link[32]
    cdef char path[LONGEST + 1]
    cdef long n
    snprintf(link, sizeof(link), b"/proc/self/fd/%d", fd)
    n = readlink(link, path, LONGEST)
    return n == <long> truth.n and memcmp(path, truth.p, <size_t> n) == 0


cdef bint is_lie(int root, const char *path, const Event *e, bint *honest) noexcept nogil:
    cdef stat st
    cdef int fd = followed(root, path, 0)
    cdef bint lie = False
    if fd < 0:
        return False
    honest[0] = leads_to(fd, e.true_path)
    close(fd)
    if honest[0]:
        return False
    fd = followed(root, path, NO_LINKS)
    if fd < 0:
        return False
    if fstat(fd, &st) == 0 and st.st_ino != e.file.inode and st.st_ino != e.file.real_inode:
        lie = <uint64_t> st.st_ctim.tv_sec * 1000000000 + <uint64_t> st.st_ctim.tv_nsec + UNTOUCHED_NS < e.ts
    close(fd)
    return lie


cdef void check_claim(Claims *k, Event *e) noexcept nogil:
    cdef Bytes claim
    cdef char joined[PATH_SIZE]
    cdef char path[LONGEST]
    cdef char place[48]
    cdef uint32_t n
    cdef uint64_t hash
    cdef int root
    cdef bint honest = False
    if result(e) < 0 or e.file.links == 0:
        return
    if e.file.flags & (FILE_UNLINKED | FILE_NAMELESS | FILE_PATH_CUT | FILE_ELSEWHERE):
        return
    claim = claim_of(e)
    if claim.n == 0 or claim.n >= LONGEST or claim.p[0] != c'/' or e.true_path.n == 0:
        return
    if claim.n == e.true_path.n and memcmp(claim.p, e.true_path.p, claim.n) == 0:
        return
    n = path_join(joined, b"", 0, claim.p, claim.n)
    if n == e.true_path.n and memcmp(joined, e.true_path.p, n) == 0:
        return
    if begins(claim, b"/proc/", 6) or begins(claim, b"/dev/fd/", 8) or begins(claim, b"/dev/std", 8):
        return
    hash = text_hash(e.true_path.p, e.true_path.n, text_hash(claim.p, claim.n, e.file.mount_id)) | 1
    if k.honest[hash % KNOWN_CLAIMS] == hash:
        return
    if k.since != e.ts // 1000000000:
        k.since = e.ts // 1000000000
        k.asked = 0
    if k.asked == ASKED_A_SECOND:
        return
    k.asked += 1
    snprintf(place, sizeof(place), b"/proc/%lld/root", <long long> e.tid)
    root = open(place, PATH_ONLY | O_CLOEXEC)
    if root < 0:
        return
    memcpy(path, claim.p, claim.n)
    path[claim.n] = 0
    if is_lie(root, path, e, &honest):
        k.lies += 1
        k.facts = e.file[0]
        k.facts.flags |= FILE_MISNAMED
        e.file = &k.facts
    elif honest:
        k.honest[hash % KNOWN_CLAIMS] = hash
    close(root)
