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
proc.pexe CHARBUF
proc.aexe CHARBUF arg=index? no_transformer no_rhs
proc.exepath CHARBUF
proc.pexepath CHARBUF
proc.aexepath CHARBUF arg=index? no_transformer no_rhs
proc.name CHARBUF
proc.pname CHARBUF
proc.aname CHARBUF arg=index? no_transformer no_rhs
proc.args CHARBUF arg=index?
proc.aargs CHARBUF arg=index?
proc.cmdline CHARBUF
proc.pcmdline CHARBUF
proc.acmdline CHARBUF arg=index? no_transformer no_rhs
proc.cmdnargs UINT64
proc.cmdlenargs UINT64
proc.exeline CHARBUF
proc.env CHARBUF arg=key?
proc.aenv CHARBUF arg=index|key? no_transformer no_rhs
proc.cwd CHARBUF
proc.loginshellid INT64:ID
proc.tty UINT32:ID
proc.pid INT64:ID
proc.ppid INT64:ID
proc.apid INT64:ID arg=index? no_transformer no_rhs
proc.vpid INT64:ID
proc.pvpid INT64:ID
proc.sid INT64:ID
proc.sname CHARBUF
proc.sid.exe CHARBUF
proc.sid.exepath CHARBUF
proc.vpgid INT64:ID
proc.vpgid.name CHARBUF
proc.vpgid.exe CHARBUF
proc.vpgid.exepath CHARBUF
proc.pgid INT64:ID
proc.pgid.name CHARBUF
proc.pgid.exe CHARBUF
proc.pgid.exepath CHARBUF
proc.duration RELTIME
proc.ppid.duration RELTIME
proc.pid.ts RELTIME
proc.ppid.ts RELTIME
proc.is_exe_writable BOOL
proc.is_exe_upper_layer BOOL
proc.is_exe_lower_layer BOOL
proc.is_exe_from_memfd BOOL
proc.is_sid_leader BOOL
proc.is_vpgid_leader BOOL
proc.is_pgid_leader BOOL
proc.exe_ino INT64
proc.exe_ino.ctime ABSTIME
proc.exe_ino.mtime ABSTIME
proc.exe_ino.ctime_duration_proc_start ABSTIME
proc.exe_ino.ctime_duration_pidns_start ABSTIME
proc.pidns_init_start_ts UINT64
thread.cap_permitted CHARBUF
thread.cap_inheritable CHARBUF
thread.cap_effective CHARBUF
proc.fdopencount UINT64
proc.fdlimit INT64
proc.fdusage DOUBLE
proc.vmsize UINT64
proc.vmrss UINT64
proc.vmswap UINT64
thread.pfmajor UINT64
thread.pfminor UINT64
thread.tid INT64:ID
thread.ismain BOOL
thread.vtid INT64:ID
thread.nametid CHARBUF table_only
thread.exectime RELTIME
thread.totexectime RELTIME
thread.cgroups CHARBUF
thread.cgroup CHARBUF arg=dotted
proc.nthreads UINT64
proc.nchilds UINT64
thread.cpu DOUBLE
thread.cpu.user DOUBLE
thread.cpu.system DOUBLE
thread.vmsize UINT64
thread.vmrss UINT64
thread.vmsize.b UINT64 table_only
thread.vmrss.b UINT64 table_only
proc.stdin.type CHARBUF
proc.stdout.type CHARBUF
proc.stderr.type CHARBUF
proc.stdin.name CHARBUF
proc.stdout.name CHARBUF
proc.stderr.name CHARBUF
""",
)
