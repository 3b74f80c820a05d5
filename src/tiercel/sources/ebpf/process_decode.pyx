"""Processes that begin, run another program, end: records of the probe as the events that Falco has for them.

| record | event | of which thread |
|---|---|---|
| fork | CLONE_20_X, CLONE3_X, FORK_20_X, VFORK_20_X with the result 0 | the child |
| a call that made a process | the same, with the child's number | the caller |
| exec | EXECVE_19_X, also after execveat: as Falco has it | the one that runs the program |
| a failed exec | EXECVE_19_X, EXECVEAT_X | the caller |
| exit | PROCEXIT_1_E | the one that ends |

Parameters lie in the order of the event table (`tiercel.events.rows`): what clone and exec share comes first.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memchr, memcpy, memset, strlen

from tiercel.events.codes cimport (
    CLONE3_X, CLONE_20_X, EXECVE_19_X, EXECVEAT_X, FORK_20_X, PPM_CL_CHILD_IN_PIDNS, PPM_EXE_FROM_MEMFD, PPM_EXE_LOWER_LAYER,
    PPM_EXE_UPPER_LAYER, PPM_EXE_WRITABLE, PROCEXIT_1_E, VFORK_20_X,
)
from tiercel.events.event cimport Bytes, Event
from tiercel.events.process cimport Facts
from tiercel.sources.ebpf.decode cimport DECODE_ROOM, Decoding, part_bytes
from tiercel.sources.ebpf.records cimport (
    FILE_LOWER, FILE_MEMFD, FILE_UPPER, FILE_WRITABLE, PART_ARGUMENTS, PART_CGROUP, PART_ENVIRONMENT, PART_EXEPATH, PART_EXIT,
    PART_FOLDER, PART_MEMORY, PART_PATH, PART_PROCESS, PART_SECOND_FILE, PART_STRING, PROCESS_IN_PIDNS, PROCESS_NEW_PIDNS, PROCESS_SUBREAPER, RECORD_EXEC, RECORD_EXIT, RECORD_FORK, SUBSYSTEMS,
    SUBSYS_UNIFIED, ExitFacts, FileFacts, Part, ProcessFacts, Record,
)

from tiercel.sources.ebpf.native import TRANSLATIONS

cdef enum:
    CALL_CLONE = 56
    CALL_FORK = 57
    CALL_VFORK = 58
    CALL_EXECVE = 59
    CALL_EXECVEAT = 322
    CALL_CLONE3 = 435
    N_CLONE = 21               # parameters
    N_EXECVE = 31
    N_EXECVEAT = 30
    N_EXIT = 5
    KNOWN_CAPABILITIES = 41    # Falco tells no newer ones
    CORE_DUMPED = 0x80

cdef struct CloneFlag:
    uint64_t native
    uint32_t falco

cdef CloneFlag[32] clone_flags
cdef uint32_t n_clone_flags = 0

for _mask, _equals, _gives in TRANSLATIONS["clone_flags"]:
    clone_flags[n_clone_flags].native = _mask
    clone_flags[n_clone_flags].falco = _gives
    n_clone_flags += 1

cdef const char *subsystem_names[SUBSYSTEMS]
subsystem_names[:] = [b"cpuset=", b"cpu=", b"cpuacct=", b"io=", b"memory="]


cdef inline void put(Decoding *d, Event *e, uint64_t value, uint32_t n) noexcept nogil:
    # The next parameter: a number of `n` bytes.
    cdef Bytes *to = &e.params[e.nparams]
    e.nparams += 1
    to.p = NULL
    to.n = 0
    if d.used + 8 <= DECODE_ROOM:
        memcpy(d.room + d.used, &value, 8)
        to.p = d.room + d.used
        to.n = n
        d.used += 8


cdef inline void put_bytes(Event *e, const char *p, uint32_t n) noexcept nogil:
    e.params[e.nparams].p = p if n else NULL
    e.params[e.nparams].n = n
    e.nparams += 1


cdef inline void put_part(Event *e, const Part *p) noexcept nogil:
    if p == NULL:
        put_bytes(e, NULL, 0)
    else:
        put_bytes(e, part_bytes(p), p.size)


cdef char *copied(Decoding *d, const char *p, uint32_t n) noexcept nogil:
    # With a NUL behind it. NULL where there is no room.
    cdef char *to = d.room + d.used
    if n >= DECODE_ROOM - d.used:
        return NULL
    memcpy(to, p, n)
    to[n] = 0
    d.used += (n + 8) & ~7
    return to


cdef void put_ended(Decoding *d, Event *e, const char *p, uint32_t n) noexcept nogil:
    # A text, or texts one after the other, of which the last may have been cut off.
    cdef char *to
    if n == 0 or p[n - 1] == 0:
        put_bytes(e, p, n)
        return
    to = copied(d, p, n)
    put_bytes(e, to, n + 1 if to != NULL else 0)


cdef void put_arguments(Decoding *d, Event *e) noexcept nogil:
    # exe and args: the first argument, and the others.
    cdef const Part *part = d.parts.of[PART_ARGUMENTS][0]
    cdef const char *p
    cdef const char *end
    cdef uint32_t n
    if part == NULL or part.size == 0:
        put_bytes(e, NULL, 0)
        put_bytes(e, NULL, 0)
        return
    p = part_bytes(part)
    end = <const char *> memchr(p, 0, part.size)
    n = <uint32_t> (end - p) + 1 if end != NULL else part.size
    put_ended(d, e, p, n)
    put_ended(d, e, p + n, part.size - n)


cdef uint32_t add_line(Decoding *d, uint32_t at, const char *name, const char *path, uint32_t n) noexcept nogil:
    # "name=path" and a NUL. Where the next one goes.
    cdef uint32_t k = <uint32_t> strlen(name)
    if at + k + n + 1 > DECODE_ROOM:
        return at
    memcpy(d.room + at, name, k)
    memcpy(d.room + at + k, path, n)
    d.room[at + k + n] = 0
    return at + k + n + 1


cdef Bytes cgroup_lines(Decoding *d) noexcept nogil:
    # "cpuset=/path", "cpu=/path", ... Where none of them is anywhere, the unified hierarchy's is told under no name: on
    # machines that hand no subsystem down, containers show only there.
    cdef const Part *part
    cdef const Part *last = NULL
    cdef uint32_t i, start = d.used, at = d.used, n
    cdef bint rooted = True
    cdef Bytes lines
    for i in range(SUBSYSTEMS):
        part = d.parts.of[PART_CGROUP][i]
        if part == NULL:
            continue
        if part.size == 0:
            part = last
        if part == NULL:
            continue
        last = part
        n = part.size - 1
        rooted = rooted and n == 1
        at = add_line(d, at, subsystem_names[i], part_bytes(part), n)
    part = d.parts.of[PART_CGROUP][<int> SUBSYS_UNIFIED]
    if rooted and part != NULL and part.size > 2:
        at = add_line(d, at, b"=", part_bytes(part), part.size - 1)
    lines.p = d.room + start
    lines.n = at - start
    d.used = (at + 7) & ~7
    if d.used > DECODE_ROOM:
        d.used = DECODE_ROOM
    return lines


cdef void put_comm(Event *e, const ProcessFacts *p) noexcept nogil:
    cdef const char *comm = <const char *> p.comm
    cdef const char *end = <const char *> memchr(comm, 0, 15)
    put_bytes(e, comm, <uint32_t> (end - comm) + 1 if end != NULL else 16)


cdef const ProcessFacts *process_of(Decoding *d) noexcept nogil:
    cdef const Part *p = d.parts.of[PART_PROCESS][0]
    if p == NULL or p.size < sizeof(ProcessFacts):
        return NULL
    return <const ProcessFacts *> part_bytes(p)


cdef void begin(Decoding *d, Event *e, uint16_t type) noexcept nogil:
    e.ts = d.record.ts + d.boot_epoch_ns
    e.tid = d.record.tid
    e.cpu = d.record.cpu
    e.flags = 0
    e.type = type
    e.nparams = 0


cdef void facts_of(Decoding *d, Facts *to, const ProcessFacts *p) noexcept nogil:
    cdef const Part *script = d.parts.of[PART_SECOND_FILE][0]
    memset(to, 0, sizeof(Facts))
    to.start_ns = p.start_ns + d.boot_epoch_ns
    to.birth_tid = p.parent_tid
    to.birth_pid = p.ppid
    to.pidns = p.pidns
    to.mntns = p.mntns
    to.netns = p.netns
    to.userns = p.userns
    to.cgroup_id = p.cgroup_id
    to.exec_id = p.exec_id
    to.subreaper = p.flags & PROCESS_SUBREAPER != 0
    to.exe = p.exe
    if script != NULL and script.size >= sizeof(FileFacts):
        to.script = (<const FileFacts *> part_bytes(script))[0]


cdef inline void text_part(Bytes *to, const Part *p) noexcept nogil:
    to.p = part_bytes(p) if p != NULL and p.size else NULL
    to.n = p.size - 1 if p != NULL and p.size else 0


cdef void tell(Decoding *d, Event *e) noexcept nogil:
    # Of a fork or exec: what the parameters have no place for.
    cdef const ProcessFacts *p = process_of(d)
    facts_of(d, &d.told.facts, p)
    if d.record.kind == RECORD_FORK:
        d.told.facts.birth_tid = <uint32_t> d.record.args[1]
        d.told.facts.birth_pid = <uint32_t> d.record.args[2]
    text_part(&d.told.script, d.parts.of[PART_PATH][0] if d.told.facts.script.inode else NULL)
    text_part(&d.told.cwd, d.parts.of[PART_FOLDER][0])
    e.told = &d.told


cdef void put_common(Decoding *d, Event *e, const ProcessFacts *p, int64_t result) noexcept nogil:
    cdef Bytes lines
    # res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap comm cgroups
    put(d, e, <uint64_t> result, 8)
    put_arguments(d, e)
    put(d, e, p.tid, 8)
    put(d, e, p.pid, 8)
    put(d, e, p.parent_tid, 8)
    put_bytes(e, NULL, 0)                      # cwd: never told
    put(d, e, p.fd_limit, 8)
    put(d, e, p.faults_major, 8)
    put(d, e, p.faults_minor, 8)
    put(d, e, p.vm_size_kb, 4)
    put(d, e, p.vm_rss_kb, 4)
    put(d, e, p.vm_swap_kb, 4)
    put_comm(e, p)
    lines = cgroup_lines(d)
    put_bytes(e, lines.p, lines.n)


cdef bint clone_event(Decoding *d, Event *e, uint16_t type, int64_t result, uint64_t native) noexcept nogil:
    cdef const ProcessFacts *p = process_of(d)
    cdef uint32_t flags = 0, i
    if p == NULL:
        return False
    if type == CLONE_20_X or type == CLONE3_X:
        for i in range(n_clone_flags):
            if native & clone_flags[i].native:
                flags |= clone_flags[i].falco
    if p.flags & (PROCESS_IN_PIDNS | PROCESS_NEW_PIDNS):
        flags |= PPM_CL_CHILD_IN_PIDNS
    begin(d, e, type)
    put_common(d, e, p, result)
    put(d, e, flags, 4)
    put(d, e, p.euid, 4)
    put(d, e, p.egid, 4)
    put(d, e, p.vtid, 8)
    put(d, e, p.vpid, 8)
    put(d, e, p.pidns_start_ns if result == 0 else 0, 8)
    return True


cdef bint exec_event(Decoding *d, Event *e, uint16_t type, int64_t result) noexcept nogil:
    cdef const ProcessFacts *p = process_of(d)
    cdef const Part *environment = d.parts.of[PART_ENVIRONMENT][0]
    cdef uint64_t known = (<uint64_t> 1 << KNOWN_CAPABILITIES) - 1
    cdef uint32_t flags = 0
    if p == NULL:
        return False
    if p.exe.flags & FILE_WRITABLE:
        flags |= PPM_EXE_WRITABLE
    if p.exe.flags & FILE_UPPER:
        flags |= PPM_EXE_UPPER_LAYER
    if p.exe.flags & FILE_LOWER:
        flags |= PPM_EXE_LOWER_LAYER
    if p.exe.flags & FILE_MEMFD:
        flags |= PPM_EXE_FROM_MEMFD
    begin(d, e, type)
    put_common(d, e, p, result)
    if environment != NULL:
        put_ended(d, e, part_bytes(environment), environment.size)
    else:
        put_bytes(e, NULL, 0)
    put(d, e, p.tty, 4)
    put(d, e, p.vpgid, 8)
    put(d, e, p.loginuid, 4)
    put(d, e, flags, 4)
    put(d, e, p.cap_inheritable & known, 8)
    put(d, e, p.cap_permitted & known, 8)
    put(d, e, p.cap_effective & known, 8)
    put(d, e, p.exe.inode, 8)
    put(d, e, p.exe.ctime_ns, 8)
    put(d, e, p.exe.mtime_ns, 8)
    put(d, e, p.euid, 4)
    put_part(e, d.parts.of[PART_EXEPATH][0])
    put(d, e, p.pgid, 8)
    put(d, e, p.egid, 4)
    if type == EXECVE_19_X:
        put_part(e, d.parts.of[PART_STRING][0])
    return True


cdef bint exit_event(Decoding *d, Event *e) noexcept nogil:
    cdef const Part *part = d.parts.of[PART_EXIT][0]
    cdef const ExitFacts *x
    cdef uint32_t signal
    if part == NULL or part.size < sizeof(ExitFacts):
        return False
    x = <const ExitFacts *> part_bytes(part)
    signal = x.status & 0x7F
    begin(d, e, PROCEXIT_1_E)
    put(d, e, <uint64_t> <int64_t> <int32_t> x.status, 8)
    put(d, e, x.status >> 8 & 0xFF, 8)
    put(d, e, signal if signal != 0x7F else 0, 1)
    put(d, e, 1 if x.status & CORE_DUMPED else 0, 1)
    put(d, e, <uint64_t> <int64_t> <int32_t> x.reaper, 8)
    return True


cdef bint decode_process(Decoding *d, Event *e) noexcept nogil:
    cdef const Record *r = d.record
    cdef uint16_t type = CLONE_20_X
    if r.kind == RECORD_EXIT:
        return exit_event(d, e)
    if r.kind == RECORD_EXEC:
        if not exec_event(d, e, EXECVE_19_X, 0):
            return False
        tell(d, e)
        return True
    if r.kind != RECORD_FORK:
        return False
    if r.nr == CALL_CLONE3:
        type = CLONE3_X
    elif r.nr == CALL_FORK:
        type = FORK_20_X
    elif r.nr == CALL_VFORK:
        type = VFORK_20_X
    if not clone_event(d, e, type, 0, r.args[0]):
        return False
    tell(d, e)
    return True


cdef bint decode_process_call(Decoding *d, Event *e, uint16_t type) noexcept nogil:
    cdef const Record *r = d.record
    cdef const Part *p
    cdef uint64_t flags = r.args[0]
    if type == CLONE3_X:
        # The first thing in its struct clone_args.
        p = d.parts.of[PART_MEMORY][0]
        flags = 0
        if p != NULL and p.size >= 8:
            memcpy(&flags, part_bytes(p), 8)
    if type == EXECVE_19_X or type == EXECVEAT_X:
        return exec_event(d, e, type, r.result)
    return clone_event(d, e, type, r.result, flags)
