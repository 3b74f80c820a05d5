"""The rows of system calls and their events; `forms.py` says what they mean.

This file is long because it holds one row a call and nothing else.

Calls from 480 on are none of the kernel's: they are 32-bit ones that are laid out in another way than the 64-bit
call that they are told as (`numbers_32.py`). Calls that are missing here come as a generic event.
"""

ROWS = """
0 read READ_X data:1,2
    result data int0 arg2
1 write WRITE_X data:1,2 outgoing
    result data int0 arg2
2 open OPEN_X
    result text0 file_flags1/file_flags open_mode2,1 dev ino
3 close CLOSE_X
    result int0
4 stat STAT_X
    result text0
5 fstat FSTAT_X
    result int0
6 lstat LSTAT_X
    result text0
7 poll POLL_X memory:0,8*1
    result fds0 int2
8 lseek LSEEK_X
    result int0 long1 arg2/lseek_whence
9 mmap MMAP_X task
    result vm_size vm_rss vm_swap arg0 arg1 arg2/prot_flags arg3/mmap_flags int4 arg5
10 mprotect MPROTECT_X
    result arg0 arg1 arg2/prot_flags
11 munmap MUNMAP_X task
    result vm_size vm_rss vm_swap arg0 arg1
12 brk BRK_4_X task
    result vm_size vm_rss vm_swap arg0
16 ioctl IOCTL_3_X
    result int0 arg1 arg2
17 pread64 PREAD_X data:1,2
    result data int0 arg2 wide3
18 pwrite64 PWRITE_X data:1,2 outgoing
    result data int0 arg2 wide3
19 readv READV_X data:1,vec2
    result moved data int0
20 writev WRITEV_X data:1,vec2 outgoing
    result data int0 offered
21 access ACCESS_X
    result text0 arg1/access_flags
22 pipe PIPE_X memory:0,8
    result fd_at0+0:4 fd_at0+4:4 ino7?
23 select SELECT_X
    result
32 dup DUP_1_X
    result int0
33 dup2 DUP2_X
    result int0 int1
35 nanosleep NANOSLEEP_X memory:0,16
    result time0
40 sendfile SENDFILE_X memory:2,8
    result memory2+0:8 int0 int1 arg3
41 socket SOCKET_X
    result arg0/socket_families arg1 arg2 arg1/socket_flags
42 connect CONNECT_X address:1,2
    result tuple_out0~ int0 address
43 accept ACCEPT_5_X
    result tuple_in queue_percent0? backlog0? max_backlog0?
44 sendto SENDTO_X data:1,2 outgoing address:4,5 no_streams
    result data int0 arg2 tuple_out0?
45 recvfrom RECVFROM_X data:1,2 address:4,5* no_streams
    result data tuple_in0? int0 arg2
46 sendmsg SENDMSG_X data:1,msg outgoing address:1,msg no_streams
    result data int0 offered tuple_out0?
47 recvmsg RECVMSG_X data:1,msg address:1,msg control no_streams
    result moved data tuple_in0? control int0
48 shutdown SHUTDOWN_X
    result int0 arg1/shutdown_how
49 bind BIND_X address:1,2
    result address int0
50 listen LISTEN_X
    result int0 int1
51 getsockname GETSOCKNAME_X
    nothing
52 getpeername GETPEERNAME_X
    nothing
53 socketpair SOCKETPAIR_X memory:3,8
    result fd_at3+0:4?-1 fd_at3+4:4?-1 own7? peer7? arg0/socket_families arg1 arg2
54 setsockopt SETSOCKOPT_X memory:3,1*4
    result int0 int1/sockopt_levels sockopt_name2 sockopt3 short4
55 getsockopt GETSOCKOPT_X memory:3,1@4 memory:4,4
    result int0 int1/sockopt_levels sockopt_name2 sockopt3 memory4+0:4
56 clone CLONE_20_X process
    process
57 fork FORK_20_X process
    process
58 vfork VFORK_20_X process
    process
59 execve EXECVE_19_X exec:1
    process
62 kill KILL_X
    result int0 arg1
64 semget SEMGET_X
    result int0 int1 arg2/semget_flags
65 semop SEMOP_X memory:1,6*2
    result arg2 memory1+0:2? memory1+2:2? memory1+4:2/semop_flags? memory1+6:2? memory1+8:2?
    memory1+10:2/semop_flags? int0
66 semctl SEMCTL_X
    result int0 int1 short2/semctl_commands semctl_value3
72 fcntl FCNTL_X choose:1,0,1030
    result int0 int1/fcntl_commands arg2
73 flock FLOCK_X
    result int0 arg1/flock_flags
78 getdents GETDENTS_X
    result int0
79 getcwd GETCWD_X
    result text0?
80 chdir CHDIR_X folder
    result text0
81 fchdir FCHDIR_X folder
    result int0
82 rename RENAME_X
    result text0 text1
83 mkdir MKDIR_2_X
    result text0 arg1
84 rmdir RMDIR_2_X
    result text0
85 creat CREAT_X
    result text0 arg1/chmod_mode dev ino create_flags
86 link LINK_2_X
    result text0 text1
87 unlink UNLINK_2_X
    result text0
88 symlink SYMLINK_X
    result text0 text1
90 chmod CHMOD_X
    result text0 arg1/chmod_mode
91 fchmod FCHMOD_X
    result int0 arg1/chmod_mode
92 chown CHOWN_X
    result text0 arg1 arg2
93 fchown FCHOWN_X
    result int0 arg1 arg2
94 lchown LCHOWN_X
    result text0 arg1 arg2
97 getrlimit GETRLIMIT_X memory:1,16
    result long_at1+0:1?-1 long_at1+1:1?-1 uint0/rlimit_resources
101 ptrace PTRACE_X memory:3,8
    result ptrace_addr2 ptrace_data3 arg0/ptrace_requests int1
102 getuid GETUID_X
    result
104 getgid GETGID_X
    result
105 setuid SETUID_X
    result arg0
106 setgid SETGID_X
    result arg0
107 geteuid GETEUID_X
    result
108 getegid GETEGID_X
    result
109 setpgid SETPGID_X
    result int0 int1
112 setsid SETSID_X
    result
113 setreuid SETREUID_X
    result arg0 arg1
114 setregid SETREGID_X
    result arg0 arg1
117 setresuid SETRESUID_X
    result arg0 arg1 arg2
118 getresuid GETRESUID_X memory:0,4 memory:1,4 memory:2,4
    result memory0+0:4 memory1+0:4 memory2+0:4
119 setresgid SETRESGID_X
    result arg0 arg1 arg2
120 getresgid GETRESGID_X memory:0,4 memory:1,4 memory:2,4
    result memory0+0:4 memory1+0:4 memory2+0:4
126 capset CAPSET_X task
    result cap_inheritable cap_permitted cap_effective
133 mknod MKNOD_X
    result text0 arg1/mknod_mode arg2
149 mlock MLOCK_X
    result arg0 arg1
150 munlock MUNLOCK_X
    result arg0 arg1
151 mlockall MLOCKALL_X
    result arg0/mlockall_flags
152 munlockall MUNLOCKALL_X
    result
157 prctl PRCTL_X text:1 memory:1,4 choose:0,36,37
    result arg0 prctl_text1 prctl_number1
160 setrlimit SETRLIMIT_X memory:1,16
    result long_at1+0:1 long_at1+1:1 uint0/rlimit_resources
161 chroot CHROOT_X
    result text0
165 mount MOUNT_X
    result text0 text1 text2 mount_flags3
166 umount2 UMOUNT2_X
    result text0 arg1/umount_flags
175 init_module INIT_MODULE_X data:0,1 outgoing
    result data arg1 text2
176 delete_module DELETE_MODULE_X
    result text0 arg1/delete_module_flags
179 quotactl QUOTACTL_X text:3 memory:3,72
    result text1 quota_file3 quota_block3+0:1 quota_block3+8:1 quota_block3+16:2 quota_block3+24:4 quota_block3+32:4
    quota_block3+48:16 quota_block3+56:32 quota_info3+0:1 quota_info3+8:2 quota_info3+16:4 quota_format3
    quota_command0/quotactl_cmds quota_kind0/quotactl_types quota_id2 quota_format2
200 tkill TKILL_X
    result int0 arg1
202 futex FUTEX_X
    result arg0 arg1/futex_operations arg2
213 epoll_create EPOLL_CREATE_X
    result int0
217 getdents64 GETDENTS64_X
    result int0
232 epoll_wait EPOLLWAIT_X
    result int2
234 tgkill TGKILL_X
    result int0 int1 arg2
250 keyctl KEYCTL_X text:1 text:2 text:3
    result arg0 keyctl1 keyctl2 keyctl3 keyctl4
253 inotify_init INOTIFY_INIT_X
    result =0
257 openat OPENAT_2_X
    result int0 text1 file_flags2/file_flags open_mode3,2 dev ino
258 mkdirat MKDIRAT_X
    result int0 text1 arg2
259 mknodat MKNODAT_X
    result int0 text1 arg2/mknod_mode arg3
260 fchownat FCHOWNAT_X
    result int0 text1 arg2 arg3 arg4/fchownat_flags
262 newfstatat NEWFSTATAT_X
    result int0 text1 arg3/newfstatat_flags
263 unlinkat UNLINKAT_2_X
    result int0 text1 arg2/unlinkat_flags
264 renameat RENAMEAT_X
    result int0 text1 int2 text3
265 linkat LINKAT_2_X
    result int0 text1 int2 text3 arg4/linkat_flags
266 symlinkat SYMLINKAT_X
    result text0 int1 text2
268 fchmodat FCHMODAT_X
    result int0 text1 arg2/chmod_mode
271 ppoll PPOLL_X memory:0,8*1 memory:2,16 memory:3,4
    result fds0 time2 memory3+0:4
272 unshare UNSHARE_X
    result arg0/clone_flags
275 splice SPLICE_X
    result int0 int2 arg4 arg5/splice_flags
282 signalfd SIGNALFD_X
    result int0 =0 =0
283 timerfd_create TIMERFD_CREATE_X
    result arg0 int1/socket_flags
284 eventfd EVENTFD_X
    result uint0 =0
288 accept4 ACCEPT4_6_X
    result tuple_in queue_percent0? backlog0? max_backlog0? arg3/socket_flags
289 signalfd4 SIGNALFD4_X
    result arg3/socket_flags int0 =0
290 eventfd2 EVENTFD2_X
    result arg1/socket_flags uint0
291 epoll_create1 EPOLL_CREATE1_X
    result arg0/epoll_create1_flags
292 dup3 DUP3_X
    result int0 int1 arg2/dup3_flags
293 pipe2 PIPE2_X memory:0,8
    result fd_at0+0:4 fd_at0+4:4 ino7? arg1/pipe2_flags
294 inotify_init1 INOTIFY_INIT1_X
    result arg0/socket_flags
295 preadv PREADV_X data:1,vec2
    result moved data int0 wide3
296 pwritev PWRITEV_X data:1,vec2 outgoing
    result data int0 offered wide3
299 recvmmsg RECVMMSG_X data:1,msg address:1,msg control messages no_streams
    result int0 moved data tuple_in0? control
302 prlimit64 PRLIMIT_X memory:2,16 memory:3,16
    result memory2+0:8 memory2+8:8 memory3+0:8?-1 memory3+8:8?-1 int0 uint1/rlimit_resources
304 open_by_handle_at OPEN_BY_HANDLE_AT_X
    result int0 file_flags2/file_flags path dev ino
307 sendmmsg SENDMMSG_X data:1,msg outgoing address:1,msg messages no_streams
    result int0 offered data tuple_out0?
308 setns SETNS_X file:0
    result int0 arg1/clone_flags
310 process_vm_readv PROCESS_VM_READV_X data:1,vec2
    result int0 data
311 process_vm_writev PROCESS_VM_WRITEV_X data:1,vec2
    result int0 data
313 finit_module FINIT_MODULE_X file:0
    result int0 text1 arg2/finit_module_flags
316 renameat2 RENAMEAT2_X
    result int0 text1 int2 text3 arg4
317 seccomp SECCOMP_X
    result uint0 uint1
319 memfd_create MEMFD_CREATE_X
    result text0 arg1/memfd_create_flags
321 bpf BPF_2_X
    result arg0
322 execveat EXECVEAT_X exec:2
    process
323 userfaultfd USERFAULTFD_X
    result arg0
325 mlock2 MLOCK2_X
    result arg0 arg1 arg2/mlock2_flags
326 copy_file_range COPY_FILE_RANGE_X
    result int2 arg3 int0 arg1 arg4
425 io_uring_setup IO_URING_SETUP_X memory:1,32
    result arg0 memory1+0:4 memory1+4:4 memory1+8:4/io_uring_setup_flags memory1+12:4 memory1+16:4
    memory1+20:4/io_uring_setup_feats
426 io_uring_enter IO_URING_ENTER_X
    result int0 arg1 arg2 arg3/io_uring_enter_flags arg4
427 io_uring_register IO_URING_REGISTER_X
    result int0 arg1 arg2 arg3
431 fsconfig FSCONFIG_X text:3 memory:3,1*4
    result int0 arg1 text2 fsconfig_bytes3 fsconfig_text3 int4
434 pidfd_open PIDFD_OPEN_X
    result int0 arg1/pidfd_open_flags
435 clone3 CLONE3_X process memory:0,88
    process
436 close_range CLOSE_RANGE_X
    result arg0 arg1 arg2/close_range_flags
437 openat2 OPENAT2_X memory:2,24
    result int0 text1 file_flags2+0:8/file_flags open_mode_at2+8:0 memory2+16:4/openat2_flags dev ino
438 pidfd_getfd PIDFD_GETFD_X
    result int0 int1 arg2
452 fchmodat2 FCHMODAT_X
    result int0 text1 arg2/chmod_mode
480 send SEND_X data:1,2 outgoing no_streams
    result data int0 arg2 tuple_out0?
481 recv RECV_X data:1,2 no_streams
    result data int0 arg2 tuple_in0?
482 mmap2 MMAP_X task
    result vm_size vm_rss vm_swap arg0 arg1 arg2/prot_flags arg3/mmap_flags int4 pages5
483 old_mmap MMAP_X task memory:0,24
    result vm_size vm_rss vm_swap memory0+0:4 memory0+4:4 memory0+8:4/prot_flags memory0+12:4/mmap_flags fd_at0+16:4
    memory0+20:4
484 _llseek LSEEK_X
    result int0 halves1 arg4/lseek_whence
485 umount UMOUNT2_X
    result text0 =0
486 sendfile32 SENDFILE_X memory:2,4
    result memory2+0:4 int0 int1 arg3
487 ppoll_time64 PPOLL_X memory:0,8*1 memory:2,16 memory:3,4
    result fds0 time64_2 memory3+0:4
488 getresuid16 GETRESUID_X memory:0,2 memory:1,2 memory:2,2
    result memory0+0:2 memory1+0:2 memory2+0:2
489 getresgid16 GETRESGID_X memory:0,2 memory:1,2 memory:2,2
    result memory0+0:2 memory1+0:2 memory2+0:2
"""
