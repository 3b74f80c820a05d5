"""Two names of one file: what a process called it, and what the kernel calls it.

A path that a process gives is read after its call, when another thread may have changed it; it leads over links; and Falco
takes ".." out of it as text, which over a link leads elsewhere. So Falco's `fd.name` is a claim. The live sensor brings the
path of the file that was opened (from its dentry, seen from the root of its mount namespace) beside it.

    Fd.name, Thread.cwd             the claim, folded as Falco folds it
    Fd.true_name, Thread.true_cwd   the kernel's path, kept only where it is another one

Where they differ an event is judged under both (`rules/matcher.pyx`): the names are exchanged, and every field that is made
of them follows. Where they do not, nothing is kept and nothing is done.
"""

from libc.string cimport memcmp, memcpy

from tiercel.events.codes cimport *
from tiercel.events.descriptors cimport fds_get
from tiercel.events.event cimport param_i64
from tiercel.events.file cimport FILE_CREATED, FILE_ELSEWHERE, FILE_MISNAMED
from tiercel.events.process cimport FD_CREATED, FD_DIRECTORY, FD_ELSEWHERE, FD_FILE_V2, FD_MISNAMED, FD_TRUTH, FdTable
from tiercel.events.text cimport text_clear, text_is, text_room, text_set
from tiercel.events.threads cimport thread_fds, thread_main
from tiercel.events.utf8 cimport utf8_clean

cdef enum:
    TRUTH_SIZE = 3 * 4096


cdef void truth_put(Text *to, const Text *claim, Bytes path, bint folder) noexcept nogil:
    # `folder`: both end in a slash. Text that does not print is replaced as in the claim, so that the same is the same.
    cdef char clean[TRUTH_SIZE + 1]
    cdef uint32_t n
    if path.n > 4096:
        path.n = 4096
    if not folder and text_is(claim, path.p, path.n):
        if to.n:
            text_clear(to)
        return
    n = utf8_clean(clean, TRUTH_SIZE, path.p, path.n)
    if folder and (n == 0 or clean[n - 1] != c'/'):
        clean[n] = c'/'
        n += 1
    if text_is(claim, clean, n):
        if to.n:
            text_clear(to)
    else:
        text_set(to, clean, n)


cdef void fd_truth(Fd *fd, Bytes path, const FileFacts *facts) noexcept nogil:
    if facts != NULL:
        fd.real_ino = facts.real_inode
        fd.real_dev = facts.real_dev
        fd.ctime_ns = facts.ctime_ns
        fd.generation = facts.generation
        fd.magic = facts.magic
        fd.mode = facts.mode
        fd.links = facts.links
        if fd.type == FD_DIRECTORY and facts.mode & 0xF000 == 0x8000:
            fd.type = FD_FILE_V2      # O_TMPFILE has the bit of O_DIRECTORY
        fd.mount_id = facts.mount_id
        if facts.flags & FILE_CREATED:
            fd.flags |= FD_CREATED
        if facts.flags & FILE_MISNAMED:
            fd.flags |= FD_MISNAMED
        if facts.flags & FILE_ELSEWHERE:
            fd.flags |= FD_ELSEWHERE
    if path.p == NULL or path.n == 0:
        return
    fd.flags |= FD_TRUTH
    truth_put(&fd.true_name, &fd.name, path, False)


cdef void cwd_truth(Thread *main, Bytes path) noexcept nogil:
    if path.p == NULL or path.n == 0:
        if main.true_cwd.n:
            text_clear(&main.true_cwd)
        return
    truth_put(&main.true_cwd, &main.cwd, path, True)


cdef inline uint32_t add_fd(Exchange *to, uint32_t n, Fd *fd) noexcept nogil:
    cdef uint32_t i
    if fd == NULL or fd.true_name.n == 0 or n == MAX_EXCHANGES:
        return n
    for i in range(n):
        if to[i].claimed == &fd.name:
            return n
    to[n].claimed = &fd.name
    to[n].actual = &fd.true_name
    return n + 1


cdef uint32_t exchanges_of(const Event *e, Exchange *to) noexcept nogil:
    cdef uint32_t n = add_fd(to, 0, e.fd)
    cdef Thread *main
    cdef FdTable *fds
    if e.thread == NULL or not from_folder[e.type if e.type < N_EVENTS else N_EVENTS]:
        return n
    main = thread_main(e.thread)
    if main != NULL and main.true_cwd.n:
        to[n].claimed = &main.cwd
        to[n].actual = &main.true_cwd
        n += 1
    if e.type == RENAMEAT2_X or e.type == RENAMEAT_X or e.type == LINKAT_2_X:
        fds = thread_fds(e.thread)
        if fds != NULL:
            n = add_fd(to, n, fds_get(fds, param_i64(e, 1)))
            n = add_fd(to, n, fds_get(fds, param_i64(e, 3)))
    elif e.type == SYMLINKAT_X:
        fds = thread_fds(e.thread)
        if fds != NULL:
            n = add_fd(to, n, fds_get(fds, param_i64(e, 2)))
    return n


for _type in (
    MKDIR_2_X, MKDIRAT_X, RMDIR_2_X, UNLINK_2_X, UNLINKAT_2_X, CHMOD_X, FCHMODAT_X, CHOWN_X, LCHOWN_X, FCHOWNAT_X,
    UMOUNT_1_X, UMOUNT2_X, RENAME_X, RENAMEAT_X, RENAMEAT2_X, LINK_2_X, LINKAT_2_X, SYMLINK_X, SYMLINKAT_X, MOUNT_X,
    MKNOD_X, MKNODAT_X,
):  # fmt: skip
    from_folder[<int> _type] = 1
