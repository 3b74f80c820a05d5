"""Paths of events."""

from libc.stdint cimport uint64_t
from libc.string cimport memcpy

from tiercel.events.codes cimport PPM_AT_FDCWD
from tiercel.events.descriptors cimport fds_get
from tiercel.events.paths cimport PATH_SIZE, path_join
from tiercel.events.process cimport Fd, FdTable
from tiercel.events.text cimport text_room, text_set
from tiercel.events.threads cimport cwd_set, thread_fds, thread_main

cdef enum:
    ONES = 0x0101010101010101

cdef uint64_t TOPS = 0x8080808080808080
cdef uint64_t LOWS = 0x7F7F7F7F7F7F7F7F


cdef inline uint64_t zero_bytes(uint64_t w) noexcept nogil:
    # The top bit of each byte that is 0.
    return ~(((w & LOWS) + LOWS) | w | LOWS)


cdef bint is_plain(const char *p, uint32_t n) noexcept nogil:
    # Whether joining leaves the path as it is: printable ASCII, no "//", no "/." inside, no "." at the beginning, no "/" at
    # the end. Eight bytes at a time; says no where it is not sure.
    cdef uint64_t w, slash, either, before = 0
    cdef uint32_t i = 0
    if n == 0 or p[0] == c'.' or (p[n - 1] == c'/' and n > 1):
        return False
    while i < n:
        if n - i >= 8:
            memcpy(&w, p + i, 8)
        else:
            w = <uint64_t> ONES * c'a'
            memcpy(&w, p + i, n - i)
        # Below 0x20, above 0x7E.
        if (w | (w + ONES) | ((w - <uint64_t> ONES * 0x20) & ~w)) & TOPS:
            return False
        slash = zero_bytes(w ^ (<uint64_t> ONES * c'/'))
        # "." and "/" differ in the last bit only.
        either = zero_bytes((w | ONES) ^ (<uint64_t> ONES * c'/'))
        if ((slash << 8) | before) & either:
            return False
        before = slash >> 56
        i += 8
    return True


cdef void base_cwd(Base *b, Thread *t) noexcept nogil:
    cdef Thread *main = thread_main(t)
    b.unknown = False
    if main != NULL:
        b.p = main.cwd.p
        b.n = main.cwd.n
    else:
        b.p = b"./"
        b.n = 2


cdef void base_at(Base *b, Thread *t, Bytes path, int64_t dirfd) noexcept nogil:
    cdef FdTable *fds
    cdef Fd *fd = NULL
    b.unknown = False
    if path.n and path.p[0] == c'/':
        b.p = b"."
        b.n = 1
        return
    if t != NULL and dirfd == PPM_AT_FDCWD:
        base_cwd(b, t)
        return
    if t != NULL and dirfd >= 0:
        fds = thread_fds(t)
        if fds != NULL:
            fd = fds_get(fds, dirfd)
    if fd == NULL:
        b.p = b"<UNKNOWN>"
        b.n = 9
        b.unknown = True
        return
    b.p = fd.name.p
    b.n = fd.name.n
    if b.n and b.p[b.n - 1] != c'/' and b.n < BASE_SIZE:
        memcpy(b.bytes, b.p, b.n)
        b.bytes[b.n] = c'/'
        b.p = b.bytes
        b.n += 1


cdef void path_set(Text *to, const Base *b, Bytes path) noexcept nogil:
    cdef char joined[PATH_SIZE]
    cdef char *at
    cdef uint32_t base
    if b.n < PATH_SIZE and path.n < PATH_SIZE and b.n + path.n < PATH_SIZE and is_plain(path.p, path.n):
        base = 0 if path.p[0] == c'/' else b.n
        at = text_room(to, base + path.n)
        if at != NULL:
            memcpy(at, b.p, base)
            memcpy(at + base, path.p, path.n)
        return
    text_set(to, joined, path_join(joined, b.p, b.n, path.p, path.n))


cdef void move_to(Thread *t, Bytes path) noexcept nogil:
    # Falco joins with the thread's own directory, which only a main thread has.
    cdef char joined[PATH_SIZE]
    cdef Thread *main = thread_main(t)
    if main != NULL:
        cwd_set(main, joined, path_join(joined, t.cwd.p, t.cwd.n, path.p, path.n))
