"""The event table of Falco libs 0.25.4, one event after the other, in the order of their codes.

This file is long because it holds one row an event and nothing else; `tiercel.events.table` reads it.

    code SYMBOL | name | kind of call, source of the event | what it does to descriptors and state
        parameter:TYPE[:FORMAT][:flag table, or layouts of a dynamic one][@the directory's descriptor] ...

- A SYMBOL ending in _E is the way into a call, in _X the way out; a number in it is its layout's version.
- `name` is what `evt.type` prints. `NA` fills a pair of which only one side exists.
- `old`: no longer sent by today's probes, but found in captures. `converted`: an enter event's parameters
  move from there into the exit event. `skips_reset`: does not count as its thread's last event.
- TYPE is one of `tiercel.events.params.TYPES`. FORMAT is left out where it is the usual one of the type
  (`usual_format`).
"""

ROWS = """
0 GENERIC_E | syscall | other syscall | old converted
    ID:SYSCALLID nativeID:UINT16
1 GENERIC_X | syscall | other syscall | converted
    ID:SYSCALLID nativeID:UINT16
2 OPEN_E | open | file syscall | creates_fd modifies_state converted
    name:FSPATH flags:FLAGS32:file_flags mode:UINT32:OCT
3 OPEN_X | open | file syscall | creates_fd modifies_state converted
    fd:FD name:FSPATH flags:FLAGS32:file_flags mode:UINT32:OCT dev:UINT32:HEX ino:UINT64
4 CLOSE_E | close | io_other syscall | destroys_fd uses_fd modifies_state old converted
    fd:FD
5 CLOSE_X | close | io_other syscall | destroys_fd uses_fd modifies_state converted
    res:ERRNO fd:FD
6 READ_E | read | io_read syscall | uses_fd reads_fd old converted
    fd:FD size:UINT32
7 READ_X | read | io_read syscall | uses_fd reads_fd converted
    res:ERRNO data:BYTEBUF fd:FD size:UINT32
8 WRITE_E | write | io_write syscall | uses_fd writes_fd old converted
    fd:FD size:UINT32
9 WRITE_X | write | io_write syscall | uses_fd writes_fd converted
    res:ERRNO data:BYTEBUF fd:FD size:UINT32
10 BRK_1_E | brk | memory syscall | old converted
    size:UINT32
11 BRK_1_X | brk | memory syscall | old converted
    res:UINT64:HEX
12 EXECVE_8_E | execve | process syscall | modifies_state old converted
13 EXECVE_8_X | execve | process syscall | modifies_state old converted
    res:ERRNO exe:CHARBUF args:BYTEBUF tid:PID pid:PID ptid:PID cwd:CHARBUF fdlimit:UINT64
14 CLONE_11_E | clone | process syscall | modifies_state old
15 CLONE_11_X | clone | process syscall | modifies_state old converted
    res:PID exe:CHARBUF args:BYTEBUF tid:PID pid:PID ptid:PID cwd:CHARBUF fdlimit:INT64
    flags:FLAGS32:clone_flags uid:UINT32 gid:UINT32
16 PROCEXIT_E | procexit | process tracepoint | modifies_state old converted
17 PROCEXIT_X | NA | unknown | unused
18 SOCKET_E | socket | net syscall | creates_fd modifies_state old converted
    domain:ENUMFLAGS32:socket_families type:UINT32 proto:UINT32
19 SOCKET_X | socket | net syscall | creates_fd modifies_state converted
    fd:FD domain:ENUMFLAGS32:socket_families type:UINT32 proto:UINT32 flags:FLAGS32:file_flags
20 BIND_E | bind | net syscall | uses_fd modifies_state old converted
    fd:FD
21 BIND_X | bind | net syscall | uses_fd modifies_state converted
    res:ERRNO addr:SOCKADDR fd:FD
22 CONNECT_E | connect | net syscall | uses_fd modifies_state converted
    fd:FD addr:SOCKADDR
23 CONNECT_X | connect | net syscall | uses_fd modifies_state converted
    res:ERRNO tuple:SOCKTUPLE fd:FD addr:SOCKADDR
24 LISTEN_E | listen | net syscall | uses_fd old converted
    fd:FD backlog:INT32
25 LISTEN_X | listen | net syscall | uses_fd converted
    res:ERRNO fd:FD backlog:INT32
26 ACCEPT_E | accept | net syscall | creates_fd modifies_state old
27 ACCEPT_X | accept | net syscall | creates_fd modifies_state old converted
    fd:FD tuple:SOCKTUPLE queuepct:UINT8
28 SEND_E | send | io_write syscall | uses_fd writes_fd old converted
    fd:FD size:UINT32
29 SEND_X | send | io_write syscall | uses_fd writes_fd converted
    res:ERRNO data:BYTEBUF fd:FD size:UINT32 tuple:SOCKTUPLE
30 SENDTO_E | sendto | io_write syscall | uses_fd writes_fd modifies_state old converted
    fd:FD size:UINT32 tuple:SOCKTUPLE
31 SENDTO_X | sendto | io_write syscall | uses_fd writes_fd modifies_state converted
    res:ERRNO data:BYTEBUF fd:FD size:UINT32 tuple:SOCKTUPLE
32 RECV_E | recv | io_read syscall | uses_fd reads_fd old converted
    fd:FD size:UINT32
33 RECV_X | recv | io_read syscall | uses_fd reads_fd converted
    res:ERRNO data:BYTEBUF fd:FD size:UINT32 tuple:SOCKTUPLE
34 RECVFROM_E | recvfrom | io_read syscall | uses_fd reads_fd modifies_state old converted
    fd:FD size:UINT32
35 RECVFROM_X | recvfrom | io_read syscall | uses_fd reads_fd modifies_state converted
    res:ERRNO data:BYTEBUF tuple:SOCKTUPLE fd:FD size:UINT32
36 SHUTDOWN_E | shutdown | net syscall | uses_fd modifies_state old converted
    fd:FD how:ENUMFLAGS8:HEX:shutdown_how
37 SHUTDOWN_X | shutdown | net syscall | uses_fd modifies_state converted
    res:ERRNO fd:FD how:ENUMFLAGS8:HEX:shutdown_how
38 GETSOCKNAME_E | getsockname | net syscall | old
39 GETSOCKNAME_X | getsockname | net syscall
40 GETPEERNAME_E | getpeername | net syscall | old
41 GETPEERNAME_X | getpeername | net syscall
42 SOCKETPAIR_E | socketpair | ipc syscall | creates_fd modifies_state old converted
    domain:ENUMFLAGS32:socket_families type:UINT32 proto:UINT32
43 SOCKETPAIR_X | socketpair | ipc syscall | creates_fd modifies_state converted
    res:ERRNO fd1:FD fd2:FD source:UINT64:HEX peer:UINT64:HEX domain:ENUMFLAGS32:socket_families
    type:UINT32 proto:UINT32
44 SETSOCKOPT_E | setsockopt | net syscall | old
45 SETSOCKOPT_X | setsockopt | net syscall | uses_fd
    res:ERRNO fd:FD level:ENUMFLAGS8:sockopt_levels optname:ENUMFLAGS8:sockopt_options val:DYN:sockopt
    optlen:UINT32
46 GETSOCKOPT_E | getsockopt | net syscall | modifies_state old
47 GETSOCKOPT_X | getsockopt | net syscall | uses_fd modifies_state
    res:ERRNO fd:FD level:ENUMFLAGS8:sockopt_levels optname:ENUMFLAGS8:sockopt_options val:DYN:sockopt
    optlen:UINT32
48 SENDMSG_E | sendmsg | io_write syscall | uses_fd writes_fd modifies_state old converted
    fd:FD size:UINT32 tuple:SOCKTUPLE
49 SENDMSG_X | sendmsg | io_write syscall | uses_fd writes_fd modifies_state converted
    res:ERRNO data:BYTEBUF fd:FD size:UINT32 tuple:SOCKTUPLE
50 SENDMMSG_E | sendmmsg | io_write syscall | old
51 SENDMMSG_X | sendmmsg | io_write syscall | uses_fd writes_fd modifies_state converted
    res:ERRNO fd:FD size:UINT32 data:BYTEBUF tuple:SOCKTUPLE
52 RECVMSG_E | recvmsg | io_read syscall | uses_fd reads_fd modifies_state old converted
    fd:FD
53 RECVMSG_X | recvmsg | io_read syscall | uses_fd reads_fd modifies_state converted
    res:ERRNO size:UINT32 data:BYTEBUF tuple:SOCKTUPLE msgcontrol:BYTEBUF fd:FD
54 RECVMMSG_E | recvmmsg | io_read syscall | old
55 RECVMMSG_X | recvmmsg | io_read syscall | uses_fd reads_fd modifies_state converted
    res:ERRNO fd:FD size:UINT32 data:BYTEBUF tuple:SOCKTUPLE msgcontrol:BYTEBUF
56 ACCEPT4_E | accept | net syscall | creates_fd modifies_state old converted
    flags:INT32:HEX
57 ACCEPT4_X | accept | net syscall | creates_fd modifies_state old converted
    fd:FD tuple:SOCKTUPLE queuepct:UINT8
58 CREAT_E | creat | file syscall | creates_fd modifies_state converted
    name:FSPATH mode:UINT32:OCT
59 CREAT_X | creat | file syscall | creates_fd modifies_state converted
    fd:FD name:FSPATH mode:UINT32:OCT dev:UINT32:HEX ino:UINT64 creat_flags:FLAGS16:creat_flags
60 PIPE_E | pipe | ipc syscall | creates_fd modifies_state old
61 PIPE_X | pipe | ipc syscall | creates_fd modifies_state
    res:ERRNO fd1:FD fd2:FD ino:UINT64
62 EVENTFD_E | eventfd | ipc syscall | creates_fd modifies_state old converted
    initval:UINT64 flags:UINT32:HEX
63 EVENTFD_X | eventfd | ipc syscall | creates_fd modifies_state converted
    res:FD initval:UINT64 flags:UINT32:HEX
64 FUTEX_E | futex | ipc syscall | old converted
    addr:UINT64:HEX op:FLAGS16:futex_operations val:UINT64
65 FUTEX_X | futex | ipc syscall | converted
    res:ERRNO addr:UINT64:HEX op:FLAGS16:futex_operations val:UINT64
66 STAT_E | stat | file syscall | old
67 STAT_X | stat | file syscall
    res:ERRNO path:FSPATH
68 LSTAT_E | lstat | file syscall | old
69 LSTAT_X | lstat | file syscall
    res:ERRNO path:FSPATH
70 FSTAT_E | fstat | file syscall | uses_fd old converted
    fd:FD:NA
71 FSTAT_X | fstat | file syscall | uses_fd converted
    res:ERRNO fd:FD:NA
72 STAT64_E | stat64 | file syscall | old
73 STAT64_X | stat64 | file syscall
    res:ERRNO path:FSPATH
74 LSTAT64_E | lstat64 | file syscall | old
75 LSTAT64_X | lstat64 | file syscall
    res:ERRNO path:FSPATH
76 FSTAT64_E | fstat64 | file syscall | uses_fd old
    fd:FD:NA
77 FSTAT64_X | fstat64 | file syscall
    res:ERRNO
78 EPOLLWAIT_E | epoll_wait | wait syscall | waits old converted
    maxevents:ERRNO
79 EPOLLWAIT_X | epoll_wait | wait syscall | waits converted
    res:ERRNO maxevents:ERRNO
80 POLL_E | poll | wait syscall | waits old converted
    fds:FDLIST timeout:INT64
81 POLL_X | poll | wait syscall | waits converted
    res:ERRNO fds:FDLIST timeout:INT64
82 SELECT_E | select | wait syscall | waits old
83 SELECT_X | select | wait syscall | waits
    res:ERRNO
84 NEWSELECT_E | select | wait syscall | waits old
85 NEWSELECT_X | select | wait syscall | waits old converted
    res:ERRNO
86 LSEEK_E | lseek | file syscall | uses_fd old converted
    fd:FD offset:UINT64 whence:ENUMFLAGS8:lseek_whence
87 LSEEK_X | lseek | file syscall | uses_fd converted
    res:ERRNO fd:FD offset:UINT64 whence:ENUMFLAGS8:lseek_whence
88 LLSEEK_E | llseek | file syscall | uses_fd old converted
    fd:FD offset:UINT64 whence:ENUMFLAGS8:lseek_whence
89 LLSEEK_X | llseek | file syscall | uses_fd converted
    res:ERRNO fd:FD offset:UINT64 whence:ENUMFLAGS8:lseek_whence
90 IOCTL_2_E | ioctl | io_other syscall | uses_fd old converted
    fd:FD request:UINT64:HEX
91 IOCTL_2_X | ioctl | io_other syscall | uses_fd old converted
    res:ERRNO
92 GETCWD_E | getcwd | file syscall | old
93 GETCWD_X | getcwd | file syscall
    res:ERRNO path:CHARBUF
94 CHDIR_E | chdir | file syscall | modifies_state old
95 CHDIR_X | chdir | file syscall | modifies_state
    res:ERRNO path:CHARBUF
96 FCHDIR_E | fchdir | file syscall | uses_fd modifies_state old converted
    fd:FD:NA
97 FCHDIR_X | fchdir | file syscall | uses_fd modifies_state converted
    res:ERRNO fd:FD:NA
98 MKDIR_E | mkdir | file syscall | old converted
    path:FSPATH mode:UINT32:HEX
99 MKDIR_X | mkdir | file syscall | old converted
    res:ERRNO
100 RMDIR_E | rmdir | file syscall | old converted
    path:FSPATH
101 RMDIR_X | rmdir | file syscall | old converted
    res:ERRNO
102 OPENAT_E | openat | file syscall | creates_fd modifies_state old converted
    dirfd:FD name:CHARBUF flags:FLAGS32:file_flags mode:UINT32:OCT
103 OPENAT_X | openat | file syscall | creates_fd modifies_state old converted
    fd:FD
104 LINK_E | link | file syscall | old converted
    oldpath:FSPATH newpath:FSPATH
105 LINK_X | link | file syscall | old converted
    res:ERRNO
106 LINKAT_E | linkat | file syscall | old converted
    olddir:FD oldpath:CHARBUF newdir:FD newpath:CHARBUF
107 LINKAT_X | linkat | file syscall | old converted
    res:ERRNO
108 UNLINK_E | unlink | file syscall | old converted
    path:FSPATH
109 UNLINK_X | unlink | file syscall | old converted
    res:ERRNO
110 UNLINKAT_E | unlinkat | file syscall | old converted
    dirfd:FD name:CHARBUF
111 UNLINKAT_X | unlinkat | file syscall | old converted
    res:ERRNO
112 PREAD_E | pread | io_read syscall | uses_fd reads_fd old converted
    fd:FD size:UINT32 pos:UINT64
113 PREAD_X | pread | io_read syscall | uses_fd reads_fd converted
    res:ERRNO data:BYTEBUF fd:FD size:UINT32 pos:UINT64
114 PWRITE_E | pwrite | io_write syscall | uses_fd writes_fd old converted
    fd:FD size:UINT32 pos:UINT64
115 PWRITE_X | pwrite | io_write syscall | uses_fd writes_fd converted
    res:ERRNO data:BYTEBUF fd:FD size:UINT32 pos:UINT64
116 READV_E | readv | io_read syscall | uses_fd reads_fd old converted
    fd:FD
117 READV_X | readv | io_read syscall | uses_fd reads_fd converted
    res:ERRNO size:UINT32 data:BYTEBUF fd:FD
118 WRITEV_E | writev | io_write syscall | uses_fd writes_fd old converted
    fd:FD size:UINT32
119 WRITEV_X | writev | io_write syscall | uses_fd writes_fd converted
    res:ERRNO data:BYTEBUF fd:FD size:UINT32
120 PREADV_E | preadv | io_read syscall | uses_fd reads_fd old converted
    fd:FD pos:UINT64
121 PREADV_X | preadv | io_read syscall | uses_fd reads_fd converted
    res:ERRNO size:UINT32 data:BYTEBUF fd:FD pos:UINT64
122 PWRITEV_E | pwritev | io_write syscall | uses_fd writes_fd old converted
    fd:FD size:UINT32 pos:UINT64
123 PWRITEV_X | pwritev | io_write syscall | uses_fd writes_fd converted
    res:ERRNO data:BYTEBUF fd:FD size:UINT32 pos:UINT64
124 DUP_E | dup | io_other syscall | creates_fd uses_fd modifies_state old converted
    fd:FD
125 DUP_X | dup | io_other syscall | creates_fd uses_fd modifies_state old converted
    res:FD
126 SIGNALFD_E | signalfd | signal syscall | creates_fd modifies_state old converted
    fd:FD mask:UINT32:HEX flags:UINT8:HEX
127 SIGNALFD_X | signalfd | signal syscall | creates_fd modifies_state converted
    res:FD fd:FD mask:UINT32:HEX flags:UINT8:HEX
128 KILL_E | kill | signal syscall | old converted
    pid:PID sig:SIGTYPE
129 KILL_X | kill | signal syscall | converted
    res:ERRNO pid:PID sig:SIGTYPE
130 TKILL_E | tkill | signal syscall | old converted
    tid:PID sig:SIGTYPE
131 TKILL_X | tkill | signal syscall | converted
    res:ERRNO tid:PID sig:SIGTYPE
132 TGKILL_E | tgkill | signal syscall | old converted
    pid:PID tid:PID sig:SIGTYPE
133 TGKILL_X | tgkill | signal syscall | converted
    res:ERRNO pid:PID tid:PID sig:SIGTYPE
134 NANOSLEEP_E | nanosleep | sleep syscall | waits old converted
    interval:RELTIME
135 NANOSLEEP_X | nanosleep | sleep syscall | waits converted
    res:ERRNO interval:RELTIME
136 TIMERFD_CREATE_E | timerfd_create | time syscall | creates_fd modifies_state old converted
    clockid:UINT8 flags:UINT8:HEX
137 TIMERFD_CREATE_X | timerfd_create | time syscall | creates_fd modifies_state converted
    res:FD clockid:UINT8 flags:UINT8:HEX
138 INOTIFY_INIT_E | inotify_init | ipc syscall | creates_fd modifies_state old converted
    flags:UINT8:HEX
139 INOTIFY_INIT_X | inotify_init | ipc syscall | creates_fd modifies_state converted
    res:FD flags:UINT8:HEX
140 GETRLIMIT_E | getrlimit | process syscall | old converted
    resource:ENUMFLAGS8:rlimit_resources
141 GETRLIMIT_X | getrlimit | process syscall | converted
    res:ERRNO cur:INT64 max:INT64 resource:ENUMFLAGS8:rlimit_resources
142 SETRLIMIT_E | setrlimit | process syscall | old converted
    resource:ENUMFLAGS8:rlimit_resources
143 SETRLIMIT_X | setrlimit | process syscall | converted
    res:ERRNO cur:INT64 max:INT64 resource:ENUMFLAGS8:rlimit_resources
144 PRLIMIT_E | prlimit | process syscall | old converted
    pid:PID resource:ENUMFLAGS8:rlimit_resources
145 PRLIMIT_X | prlimit | process syscall | converted
    res:ERRNO newcur:INT64 newmax:INT64 oldcur:INT64 oldmax:INT64 pid:INT64
    resource:ENUMFLAGS8:rlimit_resources
146 SCHEDSWITCH_1_E | switch | scheduler tracepoint | skips_reset old converted
    next:PID
147 SCHEDSWITCH_1_X | NA | unknown | unused
148 DROP_E | drop | internal metaevent | skips_reset
    ratio:UINT32
149 DROP_X | drop | internal metaevent | skips_reset
    ratio:UINT32
150 FCNTL_E | fcntl | io_other syscall | uses_fd modifies_state old converted
    fd:FD cmd:ENUMFLAGS8:fcntl_commands
151 FCNTL_X | fcntl | io_other syscall | uses_fd modifies_state converted
    res:FD fd:FD cmd:ENUMFLAGS8:fcntl_commands arg:UINT64:HEX
152 SCHEDSWITCH_6_E | switch | scheduler tracepoint
    next:PID pgft_maj:UINT64 pgft_min:UINT64 vm_size:UINT32 vm_rss:UINT32 vm_swap:UINT32
153 SCHEDSWITCH_6_X | NA | unknown | unused
154 EXECVE_13_E | execve | process syscall | modifies_state old converted
155 EXECVE_13_X | execve | process syscall | modifies_state old converted
    res:ERRNO exe:CHARBUF args:BYTEBUF tid:PID pid:PID ptid:PID cwd:CHARBUF fdlimit:UINT64 pgft_maj:UINT64
    pgft_min:UINT64 vm_size:UINT32 vm_rss:UINT32 vm_swap:UINT32
156 CLONE_16_E | clone | process syscall | modifies_state old
157 CLONE_16_X | clone | process syscall | modifies_state old converted
    res:PID exe:CHARBUF args:BYTEBUF tid:PID pid:PID ptid:PID cwd:CHARBUF fdlimit:INT64 pgft_maj:UINT64
    pgft_min:UINT64 vm_size:UINT32 vm_rss:UINT32 vm_swap:UINT32 flags:FLAGS32:clone_flags uid:UINT32
    gid:UINT32
158 BRK_4_E | brk | memory syscall | old converted
    addr:UINT64:HEX
159 BRK_4_X | brk | memory syscall | converted
    res:UINT64:HEX vm_size:UINT32 vm_rss:UINT32 vm_swap:UINT32 addr:UINT64:HEX
160 MMAP_E | mmap | memory syscall | uses_fd old converted
    addr:UINT64:HEX length:UINT64 prot:FLAGS32:prot_flags flags:FLAGS32:mmap_flags fd:FD offset:UINT64
161 MMAP_X | mmap | memory syscall | uses_fd converted
    res:ERRNO:HEX vm_size:UINT32 vm_rss:UINT32 vm_swap:UINT32 addr:UINT64:HEX length:UINT64
    prot:FLAGS32:prot_flags flags:FLAGS32:mmap_flags fd:FD offset:UINT64
162 MMAP2_E | mmap2 | memory syscall | uses_fd old converted
    addr:UINT64:HEX length:UINT64 prot:FLAGS32:prot_flags flags:FLAGS32:mmap_flags fd:FD pgoffset:UINT64
163 MMAP2_X | mmap2 | memory syscall | uses_fd converted
    res:ERRNO:HEX vm_size:UINT32 vm_rss:UINT32 vm_swap:UINT32 addr:UINT64:HEX length:UINT64
    prot:FLAGS32:prot_flags flags:FLAGS32:mmap_flags fd:FD pgoffset:UINT64
164 MUNMAP_E | munmap | memory syscall | old converted
    addr:UINT64:HEX length:UINT64
165 MUNMAP_X | munmap | memory syscall | converted
    res:ERRNO vm_size:UINT32 vm_rss:UINT32 vm_swap:UINT32 addr:UINT64:HEX length:UINT64
166 SPLICE_E | splice | io_other syscall | uses_fd old converted
    fd_in:FD fd_out:FD size:UINT64 flags:FLAGS32:splice_flags
167 SPLICE_X | splice | io_other syscall | uses_fd converted
    res:ERRNO fd_in:FD fd_out:FD size:UINT64 flags:FLAGS32:splice_flags
168 PTRACE_E | ptrace | process syscall | old converted
    request:ENUMFLAGS16:ptrace_requests pid:PID
169 PTRACE_X | ptrace | process syscall | converted
    res:ERRNO addr:DYN:HEX:ptrace data:DYN:HEX:ptrace request:ENUMFLAGS16:ptrace_requests pid:PID
170 IOCTL_3_E | ioctl | io_other syscall | uses_fd old converted
    fd:FD request:UINT64:HEX argument:UINT64:HEX
171 IOCTL_3_X | ioctl | io_other syscall | uses_fd converted
    res:ERRNO fd:FD request:UINT64:HEX argument:UINT64:HEX
172 EXECVE_14_E | execve | process syscall | modifies_state old converted
173 EXECVE_14_X | execve | process syscall | modifies_state old converted
    res:ERRNO exe:CHARBUF args:BYTEBUF tid:PID pid:PID ptid:PID cwd:CHARBUF fdlimit:UINT64 pgft_maj:UINT64
    pgft_min:UINT64 vm_size:UINT32 vm_rss:UINT32 vm_swap:UINT32 env:BYTEBUF
174 RENAME_E | rename | file syscall | old
175 RENAME_X | rename | file syscall
    res:ERRNO oldpath:FSPATH newpath:FSPATH
176 RENAMEAT_E | renameat | file syscall | old
177 RENAMEAT_X | renameat | file syscall
    res:ERRNO olddirfd:FD oldpath:FSRELPATH@olddirfd newdirfd:FD newpath:FSRELPATH@newdirfd
178 SYMLINK_E | symlink | file syscall | old
179 SYMLINK_X | symlink | file syscall
    res:ERRNO target:CHARBUF linkpath:FSPATH
180 SYMLINKAT_E | symlinkat | file syscall | old
181 SYMLINKAT_X | symlinkat | file syscall | uses_fd
    res:ERRNO target:CHARBUF linkdirfd:FD linkpath:FSRELPATH@linkdirfd
182 FORK_E | fork | process syscall | modifies_state old
183 FORK_X | fork | process syscall | modifies_state old converted
    res:PID exe:CHARBUF args:BYTEBUF tid:PID pid:PID ptid:PID cwd:CHARBUF fdlimit:INT64 pgft_maj:UINT64
    pgft_min:UINT64 vm_size:UINT32 vm_rss:UINT32 vm_swap:UINT32 flags:FLAGS32:clone_flags uid:UINT32
    gid:UINT32
184 VFORK_E | vfork | process syscall | modifies_state old
185 VFORK_X | vfork | process syscall | modifies_state old converted
    res:PID exe:CHARBUF args:BYTEBUF tid:PID pid:PID ptid:PID cwd:CHARBUF fdlimit:INT64 pgft_maj:UINT64
    pgft_min:UINT64 vm_size:UINT32 vm_rss:UINT32 vm_swap:UINT32 flags:FLAGS32:clone_flags uid:UINT32
    gid:UINT32
186 PROCEXIT_1_E | procexit | process tracepoint | modifies_state
    status:ERRNO ret:ERRNO sig:SIGTYPE core:UINT8 reaper_tid:PID
187 PROCEXIT_1_X | NA | unknown | unused
188 SENDFILE_E | sendfile | io_write syscall | uses_fd old converted
    out_fd:FD in_fd:FD offset:UINT64 size:UINT64
189 SENDFILE_X | sendfile | io_write syscall | uses_fd converted
    res:ERRNO offset:UINT64 out_fd:FD in_fd:FD size:UINT64
190 QUOTACTL_E | quotactl | user syscall | old converted
    cmd:FLAGS16:DEC:quotactl_cmds type:FLAGS8:DEC:quotactl_types id:UINT32
    quota_fmt:FLAGS8:DEC:quotactl_quota_fmts
191 QUOTACTL_X | quotactl | user syscall | converted
    res:ERRNO special:CHARBUF quotafilepath:CHARBUF dqb_bhardlimit:UINT64 dqb_bsoftlimit:UINT64
    dqb_curspace:UINT64 dqb_ihardlimit:UINT64 dqb_isoftlimit:UINT64 dqb_btime:RELTIME dqb_itime:RELTIME
    dqi_bgrace:RELTIME dqi_igrace:RELTIME dqi_flags:FLAGS8:DEC:quotactl_dqi_flags
    quota_fmt_out:FLAGS8:DEC:quotactl_quota_fmts cmd:FLAGS16:DEC:quotactl_cmds
    type:FLAGS8:DEC:quotactl_types id:UINT32 quota_fmt:FLAGS8:DEC:quotactl_quota_fmts
192 SETRESUID_E | setresuid | user syscall | modifies_state old converted
    ruid:UID euid:UID suid:UID
193 SETRESUID_X | setresuid | user syscall | modifies_state converted
    res:ERRNO ruid:UID euid:UID suid:UID
194 SETRESGID_E | setresgid | user syscall | modifies_state old converted
    rgid:GID egid:GID sgid:GID
195 SETRESGID_X | setresgid | user syscall | modifies_state converted
    res:ERRNO rgid:GID egid:GID sgid:GID
196 SCAPEVENT_E | scapevent | internal metaevent | skips_reset
    event_type:UINT32 event_data:UINT64
197 SCAPEVENT_X | NA | unknown | unused
198 SETUID_E | setuid | user syscall | modifies_state old converted
    uid:UID
199 SETUID_X | setuid | user syscall | modifies_state converted
    res:ERRNO uid:UID
200 SETGID_E | setgid | user syscall | modifies_state old converted
    gid:GID
201 SETGID_X | setgid | user syscall | modifies_state converted
    res:ERRNO gid:GID
202 GETUID_E | getuid | user syscall | old
203 GETUID_X | getuid | user syscall
    uid:UID
204 GETEUID_E | geteuid | user syscall | old
205 GETEUID_X | geteuid | user syscall
    euid:UID
206 GETGID_E | getgid | user syscall | old
207 GETGID_X | getgid | user syscall
    gid:GID
208 GETEGID_E | getegid | user syscall | old
209 GETEGID_X | getegid | user syscall
    egid:GID
210 GETRESUID_E | getresuid | user syscall | old
211 GETRESUID_X | getresuid | user syscall
    res:ERRNO ruid:UID euid:UID suid:UID
212 GETRESGID_E | getresgid | user syscall | old
213 GETRESGID_X | getresgid | user syscall
    res:ERRNO rgid:GID egid:GID sgid:GID
214 EXECVE_15_E | execve | process syscall | modifies_state old converted
215 EXECVE_15_X | execve | process syscall | modifies_state old converted
    res:ERRNO exe:CHARBUF args:BYTEBUF tid:PID pid:PID ptid:PID cwd:CHARBUF fdlimit:UINT64 pgft_maj:UINT64
    pgft_min:UINT64 vm_size:UINT32 vm_rss:UINT32 vm_swap:UINT32 comm:CHARBUF env:BYTEBUF
216 CLONE_17_E | clone | process syscall | modifies_state old
217 CLONE_17_X | clone | process syscall | modifies_state old converted
    res:PID exe:CHARBUF args:BYTEBUF tid:PID pid:PID ptid:PID cwd:CHARBUF fdlimit:INT64 pgft_maj:UINT64
    pgft_min:UINT64 vm_size:UINT32 vm_rss:UINT32 vm_swap:UINT32 comm:CHARBUF flags:FLAGS32:clone_flags
    uid:UINT32 gid:UINT32
218 FORK_17_E | fork | process syscall | modifies_state old
219 FORK_17_X | fork | process syscall | modifies_state old converted
    res:PID exe:CHARBUF args:BYTEBUF tid:PID pid:PID ptid:PID cwd:CHARBUF fdlimit:INT64 pgft_maj:UINT64
    pgft_min:UINT64 vm_size:UINT32 vm_rss:UINT32 vm_swap:UINT32 comm:CHARBUF flags:FLAGS32:clone_flags
    uid:UINT32 gid:UINT32
220 VFORK_17_E | vfork | process syscall | modifies_state old
221 VFORK_17_X | vfork | process syscall | modifies_state old converted
    res:PID exe:CHARBUF args:BYTEBUF tid:PID pid:PID ptid:PID cwd:CHARBUF fdlimit:INT64 pgft_maj:UINT64
    pgft_min:UINT64 vm_size:UINT32 vm_rss:UINT32 vm_swap:UINT32 comm:CHARBUF flags:FLAGS32:clone_flags
    uid:UINT32 gid:UINT32
222 CLONE_20_E | clone | process syscall | modifies_state old
223 CLONE_20_X | clone | process syscall | modifies_state converted
    res:PID exe:CHARBUF args:BYTEBUF tid:PID pid:PID ptid:PID cwd:CHARBUF fdlimit:INT64 pgft_maj:UINT64
    pgft_min:UINT64 vm_size:UINT32 vm_rss:UINT32 vm_swap:UINT32 comm:CHARBUF cgroups:BYTEBUF
    flags:FLAGS32:clone_flags uid:UINT32 gid:UINT32 vtid:PID vpid:PID pidns_init_start_ts:UINT64
224 FORK_20_E | fork | process syscall | modifies_state old
225 FORK_20_X | fork | process syscall | modifies_state converted
    res:PID exe:CHARBUF args:BYTEBUF tid:PID pid:PID ptid:PID cwd:CHARBUF fdlimit:INT64 pgft_maj:UINT64
    pgft_min:UINT64 vm_size:UINT32 vm_rss:UINT32 vm_swap:UINT32 comm:CHARBUF cgroups:BYTEBUF
    flags:FLAGS32:clone_flags uid:UINT32 gid:UINT32 vtid:PID vpid:PID pidns_init_start_ts:UINT64
226 VFORK_20_E | vfork | process syscall | modifies_state old
227 VFORK_20_X | vfork | process syscall | modifies_state converted
    res:PID exe:CHARBUF args:BYTEBUF tid:PID pid:PID ptid:PID cwd:CHARBUF fdlimit:INT64 pgft_maj:UINT64
    pgft_min:UINT64 vm_size:UINT32 vm_rss:UINT32 vm_swap:UINT32 comm:CHARBUF cgroups:BYTEBUF
    flags:FLAGS32:clone_flags uid:UINT32 gid:UINT32 vtid:PID vpid:PID pidns_init_start_ts:UINT64
228 CONTAINER_E | container | internal metaevent | modifies_state skips_reset old converted
    id:CHARBUF type:UINT32 name:CHARBUF image:CHARBUF
229 CONTAINER_X | NA | unknown | unused
230 EXECVE_16_E | execve | process syscall | modifies_state old converted
231 EXECVE_16_X | execve | process syscall | modifies_state old converted
    res:ERRNO exe:CHARBUF args:BYTEBUF tid:PID pid:PID ptid:PID cwd:CHARBUF fdlimit:UINT64 pgft_maj:UINT64
    pgft_min:UINT64 vm_size:UINT32 vm_rss:UINT32 vm_swap:UINT32 comm:CHARBUF cgroups:BYTEBUF env:BYTEBUF
232 SIGNALDELIVER_E | signaldeliver | signal tracepoint
    spid:PID dpid:PID sig:SIGTYPE
233 SIGNALDELIVER_X | NA | unknown | unused
234 PROCINFO_E | procinfo | internal metaevent | skips_reset
    cpu_usr:UINT64 cpu_sys:UINT64
235 PROCINFO_X | NA | unknown | unused
236 GETDENTS_E | getdents | file syscall | uses_fd old converted
    fd:FD:NA
237 GETDENTS_X | getdents | file syscall | uses_fd converted
    res:ERRNO fd:FD:NA
238 GETDENTS64_E | getdents64 | file syscall | uses_fd old converted
    fd:FD:NA
239 GETDENTS64_X | getdents64 | file syscall | uses_fd converted
    res:ERRNO fd:FD:NA
240 SETNS_E | setns | process syscall | uses_fd old converted
    fd:FD:NA nstype:FLAGS32:clone_flags
241 SETNS_X | setns | process syscall | uses_fd converted
    res:ERRNO fd:FD:NA nstype:FLAGS32:clone_flags
242 FLOCK_E | flock | file syscall | uses_fd old converted
    fd:FD:NA operation:FLAGS32:flock_flags
243 FLOCK_X | flock | file syscall | uses_fd converted
    res:ERRNO fd:FD:NA operation:FLAGS32:flock_flags
244 CPU_HOTPLUG_E | cpu_hotplug | system metaevent | modifies_state skips_reset
    cpu:UINT32 action:UINT32
245 CPU_HOTPLUG_X | NA | unknown | unused
246 ACCEPT_5_E | accept | net syscall | creates_fd modifies_state old
247 ACCEPT_5_X | accept | net syscall | creates_fd modifies_state
    fd:FD tuple:SOCKTUPLE queuepct:UINT8 queuelen:UINT32 queuemax:UINT32
248 ACCEPT4_5_E | accept | net syscall | creates_fd modifies_state old converted
    flags:INT32:HEX
249 ACCEPT4_5_X | accept | net syscall | creates_fd modifies_state old converted
    fd:FD tuple:SOCKTUPLE queuepct:UINT8 queuelen:UINT32 queuemax:UINT32
250 SEMOP_E | semop | process syscall | old converted
    semid:INT32
251 SEMOP_X | semop | process syscall | converted
    res:ERRNO nsops:UINT32 sem_num_0:UINT16 sem_op_0:INT16 sem_flg_0:FLAGS16:semop_flags sem_num_1:UINT16
    sem_op_1:INT16 sem_flg_1:FLAGS16:semop_flags semid:INT32
252 SEMCTL_E | semctl | process syscall | old converted
    semid:INT32 semnum:INT32 cmd:FLAGS16:semctl_commands val:INT32
253 SEMCTL_X | semctl | process syscall | converted
    res:ERRNO semid:INT32 semnum:INT32 cmd:FLAGS16:semctl_commands val:INT32
254 PPOLL_E | ppoll | wait syscall | waits old converted
    fds:FDLIST timeout:RELTIME sigmask:SIGSET
255 PPOLL_X | ppoll | wait syscall | waits converted
    res:ERRNO fds:FDLIST timeout:RELTIME sigmask:SIGSET
256 MOUNT_E | mount | file syscall | modifies_state old converted
    flags:FLAGS32:mount_flags
257 MOUNT_X | mount | file syscall | modifies_state converted
    res:ERRNO dev:CHARBUF dir:FSPATH type:CHARBUF flags:FLAGS32:mount_flags
258 UMOUNT_E | umount | file syscall | modifies_state old
    flags:FLAGS32:umount_flags
259 UMOUNT_X | umount | file syscall | modifies_state old converted
    res:ERRNO name:FSPATH
260 K8S_E | k8s | internal metaevent | modifies_state skips_reset old
    json:CHARBUF
261 K8S_X | NA | unknown | unused
262 SEMGET_E | semget | process syscall | old converted
    key:INT32:HEX nsems:INT32 semflg:FLAGS32:semget_flags
263 SEMGET_X | semget | process syscall | converted
    res:ERRNO key:INT32:HEX nsems:INT32 semflg:FLAGS32:semget_flags
264 ACCESS_E | access | file syscall | old converted
    mode:FLAGS32:access_flags
265 ACCESS_X | access | file syscall | converted
    res:ERRNO name:FSPATH mode:FLAGS32:access_flags
266 CHROOT_E | chroot | process syscall | modifies_state old
267 CHROOT_X | chroot | process syscall | modifies_state
    res:ERRNO path:FSPATH
268 TRACER_E | tracer | other metaevent | old
    id:INT64 tags:CHARBUFARRAY args:CHARBUF_PAIR_ARRAY
269 TRACER_X | NA | unknown | unused
    id:INT64 tags:CHARBUFARRAY args:CHARBUF_PAIR_ARRAY
270 MESOS_E | mesos | internal metaevent | modifies_state skips_reset old
    json:CHARBUF
271 MESOS_X | NA | unknown | unused
272 CONTAINER_JSON_E | container | process metaevent | modifies_state old converted
    json:CHARBUF
273 CONTAINER_JSON_X | NA | unknown | unused
274 SETSID_E | setsid | process syscall | modifies_state old
275 SETSID_X | setsid | process syscall | modifies_state
    res:PID
276 MKDIR_2_E | mkdir | file syscall | old converted
    mode:UINT32:HEX
277 MKDIR_2_X | mkdir | file syscall | converted
    res:ERRNO path:FSPATH mode:UINT32:HEX
278 RMDIR_2_E | rmdir | file syscall | old
279 RMDIR_2_X | rmdir | file syscall
    res:ERRNO path:FSPATH
280 NOTIFICATION_E | notification | other metaevent | skips_reset
    id:CHARBUF:DEC desc:CHARBUF
281 NOTIFICATION_X | NA | unknown | unused
282 EXECVE_17_E | execve | process syscall | modifies_state old converted
283 EXECVE_17_X | execve | process syscall | modifies_state old converted
    res:ERRNO exe:CHARBUF args:BYTEBUF tid:PID pid:PID ptid:PID cwd:CHARBUF fdlimit:UINT64 pgft_maj:UINT64
    pgft_min:UINT64 vm_size:UINT32 vm_rss:UINT32 vm_swap:UINT32 comm:CHARBUF cgroups:BYTEBUF env:BYTEBUF
    tty:INT32
284 UNSHARE_E | unshare | process syscall | old converted
    flags:FLAGS32:clone_flags
285 UNSHARE_X | unshare | process syscall | converted
    res:ERRNO flags:FLAGS32:clone_flags
286 INFRASTRUCTURE_EVENT_E | infra | internal metaevent | skips_reset
    source:CHARBUF:DEC name:CHARBUF description:CHARBUF scope:CHARBUF
287 INFRASTRUCTURE_EVENT_X | NA | unknown | unused
288 EXECVE_18_E | execve | process syscall | modifies_state old converted
    filename:FSPATH
289 EXECVE_18_X | execve | process syscall | modifies_state old converted
    res:ERRNO exe:CHARBUF args:BYTEBUF tid:PID pid:PID ptid:PID cwd:CHARBUF fdlimit:UINT64 pgft_maj:UINT64
    pgft_min:UINT64 vm_size:UINT32 vm_rss:UINT32 vm_swap:UINT32 comm:CHARBUF cgroups:BYTEBUF env:BYTEBUF
    tty:INT32
290 PAGE_FAULT_E | page_fault | other tracepoint | skips_reset
    addr:UINT64:HEX ip:UINT64:HEX error:FLAGS32:pf_flags
291 PAGE_FAULT_X | NA | unknown | unused
292 EXECVE_19_E | execve | process syscall | modifies_state old converted
    filename:FSPATH
293 EXECVE_19_X | execve | process syscall | modifies_state converted
    res:ERRNO exe:CHARBUF args:BYTEBUF tid:PID pid:PID ptid:PID cwd:CHARBUF fdlimit:UINT64 pgft_maj:UINT64
    pgft_min:UINT64 vm_size:UINT32 vm_rss:UINT32 vm_swap:UINT32 comm:CHARBUF cgroups:BYTEBUF env:BYTEBUF
    tty:UINT32 vpgid:PID loginuid:UID flags:FLAGS32:execve_flags cap_inheritable:UINT64:HEX
    cap_permitted:UINT64:HEX cap_effective:UINT64:HEX exe_ino:UINT64 exe_ino_ctime:ABSTIME
    exe_ino_mtime:ABSTIME uid:UID trusted_exepath:FSPATH pgid:PID:NA gid:GID filename:FSPATH
294 SETPGID_E | setpgid | process syscall | old converted
    pid:PID pgid:PID
295 SETPGID_X | setpgid | process syscall | converted
    res:ERRNO pid:PID pgid:PID
296 BPF_E | bpf | other syscall | creates_fd old converted
    cmd:INT64
297 BPF_X | bpf | other syscall | creates_fd old converted
    res_or_fd:DYN:bpf
298 SECCOMP_E | seccomp | other syscall | old converted
    op:UINT64 flags:UINT64:HEX
299 SECCOMP_X | seccomp | other syscall | converted
    res:ERRNO op:UINT64 flags:UINT64:HEX
300 UNLINK_2_E | unlink | file syscall | old
301 UNLINK_2_X | unlink | file syscall
    res:ERRNO path:FSPATH
302 UNLINKAT_2_E | unlinkat | file syscall | old
303 UNLINKAT_2_X | unlinkat | file syscall | uses_fd
    res:ERRNO dirfd:FD name:FSRELPATH@dirfd flags:FLAGS32:unlinkat_flags
304 MKDIRAT_E | mkdirat | file syscall | old
305 MKDIRAT_X | mkdirat | file syscall | uses_fd
    res:ERRNO dirfd:FD path:FSRELPATH@dirfd mode:UINT32:HEX
306 OPENAT_2_E | openat | file syscall | creates_fd modifies_state converted
    dirfd:FD name:FSRELPATH@dirfd flags:FLAGS32:file_flags mode:UINT32:OCT
307 OPENAT_2_X | openat | file syscall | creates_fd modifies_state converted
    fd:FD dirfd:FD name:FSRELPATH@dirfd flags:FLAGS32:file_flags mode:UINT32:OCT dev:UINT32:HEX ino:UINT64
308 LINK_2_E | link | file syscall | old
309 LINK_2_X | link | file syscall
    res:ERRNO oldpath:FSPATH newpath:FSPATH
310 LINKAT_2_E | linkat | file syscall | old
311 LINKAT_2_X | linkat | file syscall
    res:ERRNO olddir:FD oldpath:FSRELPATH@olddir newdir:FD newpath:FSRELPATH@newdir
    flags:FLAGS32:linkat_flags
312 FCHMODAT_E | fchmodat | file syscall | old
313 FCHMODAT_X | fchmodat | file syscall | uses_fd
    res:ERRNO dirfd:FD filename:FSRELPATH@dirfd mode:MODE:chmod_mode
314 CHMOD_E | chmod | file syscall | old
315 CHMOD_X | chmod | file syscall
    res:ERRNO filename:FSPATH mode:MODE:chmod_mode
316 FCHMOD_E | fchmod | file syscall | old
317 FCHMOD_X | fchmod | file syscall | uses_fd
    res:ERRNO fd:FD mode:MODE:chmod_mode
318 RENAMEAT2_E | renameat2 | file syscall | old
319 RENAMEAT2_X | renameat2 | file syscall
    res:ERRNO olddirfd:FD oldpath:FSRELPATH@olddirfd newdirfd:FD newpath:FSRELPATH@newdirfd
    flags:FLAGS32:renameat2_flags
320 USERFAULTFD_E | userfaultfd | file syscall | creates_fd modifies_state old
321 USERFAULTFD_X | userfaultfd | file syscall | creates_fd modifies_state
    res:ERRNO flags:FLAGS32:file_flags
322 PLUGINEVENT_E | pluginevent | other plugin | large
    plugin_id:UINT32 event_data:BYTEBUF
323 PLUGINEVENT_X | NA | unknown | unused
324 CONTAINER_JSON_2_E | container | process metaevent | modifies_state large
    json:CHARBUF
325 CONTAINER_JSON_2_X | NA | unknown | unused
326 OPENAT2_E | openat2 | file syscall | creates_fd modifies_state converted
    dirfd:FD name:FSRELPATH@dirfd flags:FLAGS32:file_flags mode:UINT32:OCT resolve:FLAGS32:openat2_flags
327 OPENAT2_X | openat2 | file syscall | creates_fd modifies_state converted
    fd:FD dirfd:FD name:FSRELPATH@dirfd flags:FLAGS32:file_flags mode:UINT32:OCT
    resolve:FLAGS32:openat2_flags dev:UINT32:HEX ino:UINT64
328 MPROTECT_E | mprotect | memory syscall | old converted
    addr:UINT64:HEX length:UINT64 prot:FLAGS32:prot_flags
329 MPROTECT_X | mprotect | memory syscall | converted
    res:ERRNO addr:UINT64:HEX length:UINT64 prot:FLAGS32:prot_flags
330 EXECVEAT_E | execveat | process syscall | modifies_state old converted
    dirfd:FD pathname:FSRELPATH@dirfd flags:FLAGS32:execveat_flags
331 EXECVEAT_X | execveat | process syscall | modifies_state converted
    res:ERRNO exe:CHARBUF args:BYTEBUF tid:PID pid:PID ptid:PID cwd:CHARBUF fdlimit:UINT64 pgft_maj:UINT64
    pgft_min:UINT64 vm_size:UINT32 vm_rss:UINT32 vm_swap:UINT32 comm:CHARBUF cgroups:BYTEBUF env:BYTEBUF
    tty:UINT32 vpgid:PID loginuid:UID flags:FLAGS32:execve_flags cap_inheritable:UINT64:HEX
    cap_permitted:UINT64:HEX cap_effective:UINT64:HEX exe_ino:UINT64 exe_ino_ctime:ABSTIME
    exe_ino_mtime:ABSTIME uid:UID trusted_exepath:FSPATH pgid:PID:NA gid:GID
332 COPY_FILE_RANGE_E | copy_file_range | file syscall | uses_fd reads_fd writes_fd old converted
    fdin:FD offin:UINT64 len:UINT64
333 COPY_FILE_RANGE_X | copy_file_range | file syscall | uses_fd reads_fd writes_fd converted
    res:ERRNO fdout:FD offout:UINT64 fdin:FD offin:UINT64 len:UINT64
334 CLONE3_E | clone3 | process syscall | modifies_state old
335 CLONE3_X | clone3 | process syscall | modifies_state converted
    res:PID exe:CHARBUF args:BYTEBUF tid:PID pid:PID ptid:PID cwd:CHARBUF fdlimit:INT64 pgft_maj:UINT64
    pgft_min:UINT64 vm_size:UINT32 vm_rss:UINT32 vm_swap:UINT32 comm:CHARBUF cgroups:BYTEBUF
    flags:FLAGS32:clone_flags uid:UINT32 gid:UINT32 vtid:PID vpid:PID pidns_init_start_ts:UINT64
336 OPEN_BY_HANDLE_AT_E | open_by_handle_at | file syscall | creates_fd modifies_state old
337 OPEN_BY_HANDLE_AT_X | open_by_handle_at | file syscall | creates_fd modifies_state
    fd:FD mountfd:FD flags:FLAGS32:file_flags path:FSPATH dev:UINT32:HEX ino:UINT64
338 IO_URING_SETUP_E | io_uring_setup | io_other syscall | creates_fd modifies_state old
339 IO_URING_SETUP_X | io_uring_setup | io_other syscall | creates_fd modifies_state
    res:ERRNO entries:UINT32 sq_entries:UINT32 cq_entries:UINT32 flags:FLAGS32:io_uring_setup_flags
    sq_thread_cpu:UINT32 sq_thread_idle:UINT32 features:FLAGS32:io_uring_setup_feats
340 IO_URING_ENTER_E | io_uring_enter | io_other syscall | old
341 IO_URING_ENTER_X | io_uring_enter | io_other syscall | uses_fd
    res:ERRNO fd:FD to_submit:UINT32 min_complete:UINT32 flags:FLAGS32:io_uring_enter_flags sig:SIGSET
342 IO_URING_REGISTER_E | io_uring_register | io_other syscall | old
343 IO_URING_REGISTER_X | io_uring_register | io_other syscall | uses_fd
    res:ERRNO fd:FD opcode:ENUMFLAGS16:io_uring_register_opcodes arg:UINT64:HEX nr_args:UINT32
344 MLOCK_E | mlock | memory syscall | old
345 MLOCK_X | mlock | memory syscall
    res:ERRNO addr:UINT64:HEX len:UINT64
346 MUNLOCK_E | munlock | memory syscall | old
347 MUNLOCK_X | munlock | memory syscall
    res:ERRNO addr:UINT64:HEX len:UINT64
348 MLOCKALL_E | mlockall | memory syscall | old
349 MLOCKALL_X | mlockall | memory syscall
    res:ERRNO flags:FLAGS32:mlockall_flags
350 MUNLOCKALL_E | munlockall | memory syscall | old
351 MUNLOCKALL_X | munlockall | memory syscall
    res:ERRNO
352 CAPSET_E | capset | process syscall | modifies_state old
353 CAPSET_X | capset | process syscall | modifies_state
    res:ERRNO cap_inheritable:UINT64:HEX cap_permitted:UINT64:HEX cap_effective:UINT64:HEX
354 USER_ADDED_E | useradded | process metaevent | modifies_state
    uid:UINT32 gid:UINT32 name:CHARBUF home:CHARBUF shell:CHARBUF container_id:CHARBUF
355 USER_ADDED_X | NA | unknown | unused
356 USER_DELETED_E | userdeleted | process metaevent | modifies_state
    uid:UINT32 gid:UINT32 name:CHARBUF home:CHARBUF shell:CHARBUF container_id:CHARBUF
357 USER_DELETED_X | NA | unknown | unused
358 GROUP_ADDED_E | groupadded | process metaevent | modifies_state
    gid:UINT32 name:CHARBUF container_id:CHARBUF
359 GROUP_ADDED_X | NA | unknown | unused
360 GROUP_DELETED_E | groupdeleted | process metaevent | modifies_state
    gid:UINT32 name:CHARBUF container_id:CHARBUF
361 GROUP_DELETED_X | NA | unknown | unused
362 DUP2_E | dup2 | io_other syscall | creates_fd uses_fd modifies_state old
    fd:FD
363 DUP2_X | dup2 | io_other syscall | creates_fd uses_fd modifies_state
    res:FD oldfd:FD newfd:FD
364 DUP3_E | dup3 | io_other syscall | creates_fd uses_fd modifies_state old
    fd:FD
365 DUP3_X | dup3 | io_other syscall | creates_fd uses_fd modifies_state
    res:FD oldfd:FD newfd:FD flags:FLAGS32:file_flags
366 DUP_1_E | dup | io_other syscall | creates_fd uses_fd modifies_state old
    fd:FD
367 DUP_1_X | dup | io_other syscall | creates_fd uses_fd modifies_state
    res:FD oldfd:FD
368 BPF_2_E | bpf | other syscall | creates_fd old
    cmd:INT64
369 BPF_2_X | bpf | other syscall | creates_fd
    fd:FD cmd:ENUMFLAGS32:bpf_commands
370 MLOCK2_E | mlock2 | memory syscall | old
371 MLOCK2_X | mlock2 | memory syscall
    res:ERRNO addr:UINT64:HEX len:UINT64 flags:FLAGS32:mlock2_flags
372 FSCONFIG_E | fsconfig | system syscall | old
373 FSCONFIG_X | fsconfig | system syscall | uses_fd
    res:ERRNO fd:FD cmd:ENUMFLAGS32:fsconfig_cmds key:CHARBUF value_bytebuf:BYTEBUF value_charbuf:CHARBUF
    aux:INT32
374 EPOLL_CREATE_E | epoll_create | wait syscall | creates_fd modifies_state old converted
    size:INT32
375 EPOLL_CREATE_X | epoll_create | wait syscall | creates_fd modifies_state converted
    res:ERRNO size:INT32
376 EPOLL_CREATE1_E | epoll_create1 | wait syscall | creates_fd modifies_state old converted
    flags:FLAGS32:epoll_create1_flags
377 EPOLL_CREATE1_X | epoll_create1 | wait syscall | creates_fd modifies_state converted
    res:ERRNO flags:FLAGS32:epoll_create1_flags
378 CHOWN_E | chown | file syscall | old
379 CHOWN_X | chown | file syscall
    res:ERRNO path:FSPATH uid:UINT32 gid:UINT32
380 LCHOWN_E | lchown | file syscall | old
381 LCHOWN_X | lchown | file syscall
    res:ERRNO path:FSPATH uid:UINT32 gid:UINT32
382 FCHOWN_E | fchown | file syscall | old
383 FCHOWN_X | fchown | file syscall | uses_fd
    res:ERRNO fd:FD uid:UINT32 gid:UINT32
384 FCHOWNAT_E | fchownat | file syscall | old
385 FCHOWNAT_X | fchownat | file syscall | uses_fd
    res:ERRNO dirfd:FD pathname:FSRELPATH@dirfd uid:UINT32 gid:UINT32 flags:FLAGS32:fchownat_flags
386 UMOUNT_1_E | umount | file syscall | modifies_state old
387 UMOUNT_1_X | umount | file syscall | modifies_state
    res:ERRNO name:FSPATH
388 ACCEPT4_6_E | accept4 | net syscall | creates_fd modifies_state old converted
    flags:INT32:HEX
389 ACCEPT4_6_X | accept4 | net syscall | creates_fd modifies_state converted
    fd:FD tuple:SOCKTUPLE queuepct:UINT8 queuelen:UINT32 queuemax:UINT32 flags:INT32:HEX
390 UMOUNT2_E | umount2 | file syscall | modifies_state old converted
    flags:FLAGS32:umount_flags
391 UMOUNT2_X | umount2 | file syscall | modifies_state converted
    res:ERRNO name:FSPATH flags:FLAGS32:umount_flags
392 PIPE2_E | pipe2 | ipc syscall | creates_fd modifies_state old
393 PIPE2_X | pipe2 | ipc syscall | creates_fd modifies_state
    res:ERRNO fd1:FD fd2:FD ino:UINT64 flags:FLAGS32:file_flags
394 INOTIFY_INIT1_E | inotify_init1 | ipc syscall | creates_fd modifies_state old
395 INOTIFY_INIT1_X | inotify_init1 | ipc syscall | creates_fd modifies_state
    res:FD flags:FLAGS16:file_flags
396 EVENTFD2_E | eventfd2 | ipc syscall | creates_fd modifies_state old converted
    initval:UINT64
397 EVENTFD2_X | eventfd2 | ipc syscall | creates_fd modifies_state converted
    res:FD flags:FLAGS16:file_flags initval:UINT64
398 SIGNALFD4_E | signalfd4 | signal syscall | creates_fd modifies_state old converted
    fd:FD mask:UINT32:HEX
399 SIGNALFD4_X | signalfd4 | signal syscall | creates_fd modifies_state converted
    res:FD flags:FLAGS16:file_flags fd:FD mask:UINT32:HEX
400 PRCTL_E | prctl | process syscall | modifies_state old
401 PRCTL_X | prctl | process syscall | modifies_state
    res:ERRNO option:ENUMFLAGS32:prctl_options arg2_str:CHARBUF arg2_int:INT64
402 ASYNCEVENT_E | asyncevent | other metaevent | large
    plugin_id:UINT32 name:CHARBUF data:BYTEBUF
403 ASYNCEVENT_X | NA | unknown | unused
404 MEMFD_CREATE_E | memfd_create | memory syscall | creates_fd modifies_state old
405 MEMFD_CREATE_X | memfd_create | memory syscall | creates_fd modifies_state
    fd:FD name:CHARBUF flags:FLAGS32:memfd_create_flags
406 PIDFD_GETFD_E | pidfd_getfd | process syscall | creates_fd modifies_state old
407 PIDFD_GETFD_X | pidfd_getfd | process syscall | creates_fd modifies_state
    fd:FD pid_fd:FD target_fd:FD flags:UINT32:HEX
408 PIDFD_OPEN_E | pidfd_open | process syscall | creates_fd modifies_state old
409 PIDFD_OPEN_X | pidfd_open | process syscall | creates_fd modifies_state
    fd:FD pid:PID flags:FLAGS32:pidfd_open_flags
410 INIT_MODULE_E | init_module | other syscall | old
411 INIT_MODULE_X | init_module | other syscall
    res:ERRNO img:BYTEBUF length:UINT64 uargs:CHARBUF
412 FINIT_MODULE_E | finit_module | other syscall | old
413 FINIT_MODULE_X | finit_module | other syscall | uses_fd reads_fd
    res:ERRNO fd:FD uargs:CHARBUF flags:FLAGS32:finit_module_flags
414 MKNOD_E | mknod | other syscall | old
415 MKNOD_X | mknod | other syscall
    res:ERRNO path:FSPATH mode:MODE:mknod_mode dev:UINT32
416 MKNODAT_E | mknodat | other syscall | old
417 MKNODAT_X | mknodat | other syscall | uses_fd
    res:ERRNO dirfd:FD path:FSRELPATH@dirfd mode:MODE:mknod_mode dev:UINT32
418 NEWFSTATAT_E | newfstatat | file syscall | old
419 NEWFSTATAT_X | newfstatat | file syscall | uses_fd
    res:ERRNO dirfd:FD path:FSRELPATH@dirfd flags:FLAGS32:newfstatat_flags
420 PROCESS_VM_READV_E | process_vm_readv | ipc syscall | old
421 PROCESS_VM_READV_X | process_vm_readv | ipc syscall
    res:INT64 pid:PID data:BYTEBUF
422 PROCESS_VM_WRITEV_E | process_vm_writev | ipc syscall | old
423 PROCESS_VM_WRITEV_X | process_vm_writev | ipc syscall
    res:INT64 pid:PID data:BYTEBUF
424 DELETE_MODULE_E | delete_module | other syscall | old
425 DELETE_MODULE_X | delete_module | other syscall
    res:ERRNO name:CHARBUF flags:FLAGS32:delete_module_flags
426 SETREUID_E | setreuid | user syscall | modifies_state old
427 SETREUID_X | setreuid | user syscall | modifies_state
    res:ERRNO ruid:UID euid:UID
428 SETREGID_E | setregid | user syscall | old
429 SETREGID_X | setregid | user syscall | modifies_state
    res:ERRNO rgid:UID egid:UID
430 ITER_TASK_E | task | process iter | modifies_state
    ppid:PID32 pgid:PID32 vpgid:PID32 sid:PID32 comm:CHARBUF argv:CHARBUFARRAY exepath:FSPATH
    flags:FLAGS32:execve_flags env:CHARBUFARRAY cwd:CHARBUF fdlimit:UINT64 euid:UID egid:GID
    cap_permitted:UINT64:HEX cap_effective:UINT64:HEX cap_inheritable:UINT64:HEX exe_ino_num:UINT64
    exe_ino_ctime:ABSTIME exe_ino_mtime:ABSTIME vm_size:UINT32 vm_rss:UINT32 vm_swap:UINT32
    pgft_maj:UINT64 pgft_min:UINT64 vtgid:PID32 vpid:PID32 pidns_init_start_ts:UINT64 cgroups:CHARBUFARRAY
    root:FSPATH start_time:ABSTIME tty:UINT32 loginuid:UID
431 ITER_TASK_X | NA | unknown | unused
432 ITER_TASK_FILE_PIPE_E | task_file_pipe | file iter | modifies_state
    fd:FD32 path:FSPATH ino_num:UINT64
433 ITER_TASK_FILE_PIPE_X | NA | unknown | unused
434 ITER_TASK_FILE_MEMFD_E | task_file_memfd | file iter | modifies_state
    fd:FD32 path:FSPATH ino_num:UINT64
435 ITER_TASK_FILE_MEMFD_X | NA | unknown | unused
436 ITER_TASK_FILE_REGULAR_E | task_file_regular | file iter | modifies_state
    fd:FD32 path:FSPATH flags:FLAGS32:file_flags mnt_id:UINT32 ino_num:UINT64
437 ITER_TASK_FILE_REGULAR_X | NA | unknown | unused
438 ITER_TASK_FILE_DIRECTORY_E | task_file_directory | file iter | modifies_state
    fd:FD32 path:FSPATH ino_num:UINT64
439 ITER_TASK_FILE_DIRECTORY_X | NA | unknown | unused
440 ITER_TASK_FILE_SOCKET_INET_E | task_file_socket_inet | file iter | modifies_state
    fd:FD32 sk_type:UINT16 sk_proto:UINT16 local_ip:IPV4ADDR local_port:PORT remote_ip:IPV4ADDR
    remote_port:PORT ino_num:UINT64
441 ITER_TASK_FILE_SOCKET_INET_X | NA | unknown | unused
442 ITER_TASK_FILE_SOCKET_INET6_E | task_file_socket_inet6 | file iter | modifies_state
    fd:FD32 sk_type:UINT16 sk_proto:UINT16 local_ip:IPV6ADDR local_port:PORT remote_ip:IPV6ADDR
    remote_port:PORT ino_num:UINT64
443 ITER_TASK_FILE_SOCKET_INET6_X | NA | unknown | unused
444 ITER_TASK_FILE_SOCKET_UNIX_E | task_file_socket_unix | file iter | modifies_state
    fd:FD32 sk_type:UINT16 sk_proto:UINT16 sk_pointer:UINT64:NA sun_path:FSPATH ino_num:UINT64
445 ITER_TASK_FILE_SOCKET_UNIX_X | NA | unknown | unused
446 ITER_TASK_FILE_SOCKET_NETLINK_E | task_file_socket_netlink | file iter | modifies_state
    fd:FD32 sk_type:UINT16 sk_proto:UINT16 ino_num:UINT64
447 ITER_TASK_FILE_SOCKET_NETLINK_X | NA | unknown | unused
448 ITER_TASK_FILE_ANON_INODE_E | task_file_anon_inode | file iter | modifies_state
    fd:FD32 fd_type:FLAGS8:DEC:anon_inode_fd_types path:FSPATH ino_num:UINT64
449 ITER_TASK_FILE_ANON_INODE_X | NA | unknown | unused
450 CLOSE_RANGE_E | NA | unknown | unused
451 CLOSE_RANGE_X | close_range | io_other syscall | modifies_state
    res:ERRNO first:UINT32 last:UINT32 flags:FLAGS32:close_range_flags
452 KEYCTL_E | NA | unknown | unused
453 KEYCTL_X | keyctl | other syscall
    res:ERRNO operation:ENUMFLAGS32:keyctl_operations arg2:DYN:keyctl arg3:DYN:keyctl arg4:DYN:keyctl
    arg5:DYN:keyctl
"""
