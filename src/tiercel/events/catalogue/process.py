"""Fields of the process and thread behind an event, of its ancestors, session and group."""

from __future__ import annotations

from tiercel.events.catalogue.field import field_class

PROCESS = field_class(
    "process",
    "",
    "The process and the thread that made the call, and the processes above them.",
    ("syscall",),
    """
proc.exe CHARBUF
    The first word of the command line, argv[0], as the one who started the process wrote it. It need not
    be a file's name: see `proc.exepath`.
proc.pexe CHARBUF
    `proc.exe` of the parent.
proc.aexe CHARBUF arg=index? no_transformer no_rhs
    `proc.exe` of a process above: `proc.aexe[1]` of the parent, `proc.aexe[2]` of the grandparent,
    `proc.aexe[0]` of the process itself. Without argument, a condition holds where it does for one of the
    processes above (`proc.aexe endswith java`), and an output shows them all, joined by spaces.
proc.exepath CHARBUF
    Full path of the executable, symbolic links resolved.
proc.pexepath CHARBUF
    `proc.exepath` of the parent.
proc.aexepath CHARBUF arg=index? no_transformer no_rhs
    `proc.exepath` of a process above: `proc.aexepath[1]` of the parent, `proc.aexepath[2]` of the
    grandparent, `proc.aexepath[0]` of the process itself. Without argument, a condition holds where it
    does for one of the processes above (`proc.aexepath startswith /tmp/`), and an output shows them all,
    joined by spaces.
proc.name CHARBUF
    Name of the process as the kernel keeps it (comm): the executable's file name cut to 15 bytes, unless
    the process gave itself another.
proc.pname CHARBUF
    `proc.name` of the parent.
proc.aname CHARBUF arg=index? no_transformer no_rhs
    `proc.name` of a process above: `proc.aname[1]` of the parent, `proc.aname[2]` of the grandparent,
    `proc.aname[0]` of the process itself. Without argument, a condition holds where it does for one of
    the processes above (`proc.aname in (sshd, nginx)`), and an output shows them all, joined by spaces.
proc.args CHARBUF arg=index?
    The command line after its first word, words joined by spaces; `proc.args[0]` is the first of them
    alone. The kernel sensor records at most 4096 bytes.
proc.aargs CHARBUF arg=index?
    `proc.args` of a process above: `proc.aargs[1]` of the parent, `proc.aargs[2]` of the grandparent,
    `proc.aargs[0]` of the process itself. Without argument it is one text of the arguments of all
    processes above, joined by spaces (`proc.aargs contains base64`).
proc.cmdline CHARBUF
    `proc.name` and `proc.args` together.
proc.pcmdline CHARBUF
    `proc.cmdline` of the parent.
proc.acmdline CHARBUF arg=index? no_transformer no_rhs
    `proc.cmdline` of a process above: `proc.acmdline[1]` of the parent, `proc.acmdline[2]` of the
    grandparent, `proc.acmdline[0]` of the process itself. Without argument, a condition holds where it
    does for one of the processes above (`proc.acmdline contains base64`), and an output shows them all,
    joined by spaces.
proc.cmdnargs UINT64
    Number of words on the command line after the first.
proc.cmdlenargs UINT64
    Length of those words together, without the spaces between them.
proc.exeline CHARBUF
    `proc.exe` and `proc.args` together: the command line as it was given.
proc.env CHARBUF arg=key?
    The environment, `NAME=value` joined by spaces; `proc.env[NAME]` is one variable's value. The kernel
    sensor records at most 4096 bytes.
proc.aenv CHARBUF arg=index|key? no_transformer no_rhs
    The environment of a process above: `proc.aenv[2]` all of the grandparent's, `proc.aenv[NAME]` the
    variable of the nearest process above that has it. Without argument, a condition holds where it does
    for one of them.
proc.cwd CHARBUF
    Current directory of the process, ending in a slash.
proc.loginshellid INT64:ID
    Process id of the topmost shell above the process, the process itself included. A shell is a process
    whose name ends in `sh`.
proc.tty UINT32:ID
    Number of the terminal that the process is attached to, 0 where there is none. Not 0 means that a
    person may be typing.
proc.pid INT64:ID
    Process id.
proc.ppid INT64:ID
    Process id of the parent.
proc.apid INT64:ID arg=index? no_transformer no_rhs
    `proc.pid` of a process above: `proc.apid[1]` of the parent, `proc.apid[2]` of the grandparent,
    `proc.apid[0]` of the process itself. Without argument, a condition holds where it does for one of the
    processes above (`proc.apid = 1204`), and an output shows the process's own.
proc.vpid INT64:ID
    Process id as seen inside the container.
proc.pvpid INT64:ID
    The parent's process id as seen inside the container.
proc.sid INT64:ID
    Id of the session, which is its leader's process id inside the container.
proc.sname CHARBUF
    Name of the session's leader: the topmost process above that is still in this session.
proc.sid.exe CHARBUF
    First word of the session leader's command line.
proc.sid.exepath CHARBUF
    Path of the session leader's executable.
proc.vpgid INT64:ID
    Process group id as seen inside the container.
proc.vpgid.name CHARBUF
    Name of the leader of the process group that `proc.vpgid` names.
proc.vpgid.exe CHARBUF
    First word of that leader's command line.
proc.vpgid.exepath CHARBUF
    Path of that leader's executable.
proc.pgid INT64:ID
    Process group id.
proc.pgid.name CHARBUF
    Name of the process group's leader: the topmost process above that is still in this group.
proc.pgid.exe CHARBUF
    First word of the group leader's command line.
proc.pgid.exepath CHARBUF
    Path of the group leader's executable.
proc.duration RELTIME
    Nanoseconds that the process has lived until now.
proc.ppid.duration RELTIME
    Nanoseconds that the parent has lived until now.
proc.pid.ts RELTIME
    When the process started, nanoseconds from 1970.
proc.ppid.ts RELTIME
    When the parent started, nanoseconds from 1970.
proc.is_exe_writable BOOL
    Whether the user who started the process could also write its executable.
proc.is_exe_upper_layer BOOL
    Whether the executable lies in the upper layer of an overlay: in a container, a file that is not from
    the image but was made or changed since the start.
proc.is_exe_lower_layer BOOL
    Whether the executable lies in the lower layer of an overlay: in a container, a file of the image.
proc.is_exe_from_memfd BOOL
    Whether the executable has never been on a disk: it was run from memory (memfd_create).
proc.is_sid_leader BOOL
    Whether the process leads its session.
proc.is_vpgid_leader BOOL
    Whether the process leads its process group, by the ids inside the container. True for what was typed
    at a shell, false for what a script starts.
proc.is_pgid_leader BOOL
    Whether the process leads its process group, by the host's ids.
proc.exe_ino INT64
    Inode of the executable.
proc.exe_ino.ctime ABSTIME
    Last time that the executable's content, owner, mode or links changed, nanoseconds from 1970.
proc.exe_ino.mtime ABSTIME
    Last time that the executable's content changed, nanoseconds from 1970.
proc.exe_ino.ctime_duration_proc_start ABSTIME
    Nanoseconds from the executable's last change to the start of the process: small where a file was
    dropped and run at once.
proc.exe_ino.ctime_duration_pidns_start ABSTIME
    Nanoseconds from the start of the container (its process id namespace) to the executable's last
    change, where it was changed after the start.
proc.pidns_init_start_ts UINT64
    When the process id namespace started, nanoseconds from 1970: for a container, its start.
thread.cap_permitted CHARBUF
    Capabilities that the thread may make use of, by name, joined by spaces.
thread.cap_inheritable CHARBUF
    Capabilities that the thread may hand down, by name, joined by spaces.
thread.cap_effective CHARBUF
    Capabilities that the thread has in use, by name, joined by spaces.
proc.fdopencount UINT64
    Number of descriptors that the process has open.
proc.fdlimit INT64
    Number of descriptors that the process may have open.
proc.fdusage DOUBLE
    Open descriptors as a percentage of those allowed.
proc.vmsize UINT64
    Virtual memory of the process, kB.
proc.vmrss UINT64
    Memory of the process that is resident, kB.
proc.vmswap UINT64
    Memory of the process that is swapped out, kB.
thread.pfmajor UINT64
    Page faults of the thread that had to read from a disk.
thread.pfminor UINT64
    Page faults of the thread that did not.
thread.tid INT64:ID
    Thread id.
thread.ismain BOOL
    Whether the thread is its process's first.
thread.vtid INT64:ID
    Thread id as seen inside the container.
thread.nametid CHARBUF table_only
    Name of the process and id of the thread in one, to tell threads apart in tables.
thread.exectime RELTIME
    Nanoseconds that the last scheduled thread ran. Only in events of the scheduler.
thread.totexectime RELTIME
    Nanoseconds that the thread has run since the first event. Only in events of the scheduler.
thread.cgroups CHARBUF
    All control groups of the thread, `subsystem=path` joined by spaces.
thread.cgroup CHARBUF arg=dotted
    Path of the thread's control group in one subsystem: `thread.cgroup.cpuset`.
proc.nthreads UINT64
    Number of the process's threads that are alive, the first included.
proc.nchilds UINT64
    Number of the process's threads that are alive, the first not included.
thread.cpu DOUBLE
    Share of a processor that the thread used lately, as a percentage. Only in the periodic reports of
    some captures.
thread.cpu.user DOUBLE
    The part of `thread.cpu` that was spent in the program.
thread.cpu.system DOUBLE
    The part of `thread.cpu` that was spent in the kernel.
thread.vmsize UINT64
    Virtual memory of the process for its first thread, kB; 0 for the others.
thread.vmrss UINT64
    Resident memory of the process for its first thread, kB; 0 for the others.
thread.vmsize.b UINT64 table_only
    The same as `thread.vmsize` in bytes.
thread.vmrss.b UINT64 table_only
    The same as `thread.vmrss` in bytes.
proc.stdin.type CHARBUF
    `fd.type` of the process's standard input (descriptor 0).
proc.stdout.type CHARBUF
    `fd.type` of the process's standard output (descriptor 1).
proc.stderr.type CHARBUF
    `fd.type` of the process's standard error (descriptor 2).
proc.stdin.name CHARBUF
    `fd.name` of the process's standard input (descriptor 0).
proc.stdout.name CHARBUF
    `fd.name` of the process's standard output (descriptor 1).
proc.stderr.name CHARBUF
    `fd.name` of the process's standard error (descriptor 2).
""",
)
