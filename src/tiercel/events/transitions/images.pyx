"""What events about processes carry alike."""

from libc.stdint cimport uint32_t
from libc.string cimport memcpy

from tiercel.events.containers cimport cgroups_set
from tiercel.events.descriptors cimport fds_copy
from tiercel.events.event cimport param_i64, param_u32, param_u64
from tiercel.events.process cimport FdTable
from tiercel.events.text cimport text_clear, text_equals, text_room, text_set, text_share
from tiercel.events.threads cimport thread_fds, thread_main
from tiercel.events.transitions.transition cimport param, param_text


cdef void list_set(Text *t, unsigned int *n, Bytes b) noexcept nogil:
    cdef uint32_t i, count = 1
    cdef char *to
    if b.n and b.p[b.n - 1] == 0:
        b.n -= 1
    if b.n == 0:
        text_set(t, NULL, 0)
        n[0] = 0
        return
    to = text_room(t, b.n + 1)
    if to == NULL:
        return
    memcpy(to, b.p, b.n)
    to[b.n] = 0
    for i in range(b.n):
        count += b.p[i] == 0
    n[0] = count


cdef void exe_set(Thread *t, const Event *e) noexcept nogil:
    cdef Bytes exe = param_text(e, P_EXE), comm = exe
    text_set(&t.exe, exe.p, exe.n)
    # Old captures have no name; then it is the program's.
    if param(e, P_COMM).n:
        comm = param_text(e, P_COMM)
    text_set(&t.comm, comm.p, comm.n)
    list_set(&t.args, &t.n_args, param(e, P_ARGS))
    text_clear(&t.cmdline)


cdef void sizes_set(Thread *t, const Event *e) noexcept nogil:
    t.fdlimit = param_i64(e, P_FDLIMIT)
    if param(e, P_VM_SWAP).n:
        t.pfmajor = param_u64(e, P_PGFT_MAJ)
        t.pfminor = param_u64(e, P_PGFT_MAJ + 1)
        t.vmsize_kb = param_u32(e, P_PGFT_MAJ + 2)
        t.vmrss_kb = param_u32(e, P_PGFT_MAJ + 3)
        t.vmswap_kb = param_u32(e, P_VM_SWAP)


cdef void cgroups_told(Thread *t, const Event *e) noexcept nogil:
    cdef Bytes b = param(e, P_CGROUPS)
    if b.n:
        cgroups_set(t, b)


cdef void inherit(Thread *child, const Thread *of) noexcept nogil:
    text_share(&child.exepath, &of.exepath)
    text_share(&child.script, &of.script)
    child.facts.exe = of.facts.exe
    child.facts.script = of.facts.script
    text_share(&child.root, &of.root)
    child.exe_writable = of.exe_writable
    child.exe_upper_layer = of.exe_upper_layer
    child.exe_lower_layer = of.exe_lower_layer
    child.exe_from_memfd = of.exe_from_memfd
    child.sid = of.sid
    child.vpgid = of.vpgid
    child.pgid = of.pgid
    child.tty = of.tty
    child.loginuid = of.loginuid
    child.cap_permitted = of.cap_permitted
    child.cap_inheritable = of.cap_inheritable
    child.cap_effective = of.cap_effective
    child.exe_ino = of.exe_ino
    child.exe_ino_ctime = of.exe_ino_ctime
    child.exe_ino_mtime = of.exe_ino_mtime
    child.exe_ino_ctime_duration_clone_ts = of.exe_ino_ctime_duration_clone_ts
    # Threads of a machine are in few control groups: the same list is kept once.
    if text_equals(&child.cgroups, &of.cgroups):
        text_share(&child.cgroups, &of.cgroups)


cdef void inherit_process(State *s, Thread *child, Thread *of) noexcept nogil:
    cdef FdTable *fds = thread_fds(of)
    cdef Thread *main = thread_main(of)
    if fds != NULL:
        fds_copy(s, &child.fds, fds)
    if main != NULL:
        text_share(&child.cwd, &main.cwd)
        text_share(&child.true_cwd, &main.true_cwd)
    else:
        text_set(&child.cwd, b"./", 2)
    text_share(&child.env, &of.env)
    child.n_env = of.n_env
