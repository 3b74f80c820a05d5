"""System calls: Falco's numbers (PPM_SC_*), names, the kernel's numbers, and which events tell of which call.

Calls without events of their own come as `syscall` events (GENERIC_E, GENERIC_X), which carry Falco's number
and the kernel's. A few of the names are tracepoints, not calls (`sched_process_exit`, `page_fault_user`).
"""

from __future__ import annotations

from typing import NamedTuple

from tiercel.events.table import EVENTS


class Syscall(NamedTuple):
    """`code` is Falco's number; `x86_64` and `aarch64` are the kernel's, None where there is no such call."""

    code: int
    name: str
    x86_64: int | None
    aarch64: int | None


# code, name, number on x86_64, number on aarch64
_TEXT = """
0 unknown - -
1 restart_syscall 219 128
2 exit 60 93
3 read 0 63
4 write 1 64
5 open 2 -
6 close 3 57
7 creat 85 -
8 link 86 -
9 unlink 87 -
10 chdir 80 49
11 time 201 -
12 mknod 133 -
13 chmod 90 -
14 stat 4 -
15 lseek 8 62
16 getpid 39 172
17 mount 165 40
18 ptrace 101 117
19 alarm 37 -
20 fstat 5 80
21 pause 34 -
22 utime 132 -
23 access 21 -
24 sync 162 81
25 kill 62 129
26 rename 82 -
27 mkdir 83 -
28 rmdir 84 -
29 dup 32 23
30 pipe 22 -
31 times 100 153
32 brk 12 214
33 acct 163 89
34 ioctl 16 29
35 fcntl 72 25
36 setpgid 109 154
37 umask 95 166
38 chroot 161 51
39 ustat 136 -
40 dup2 33 -
41 getppid 110 173
42 getpgrp 111 -
43 setsid 112 157
44 sethostname 170 161
45 setrlimit 160 164
46 getrusage 98 165
47 gettimeofday 96 169
48 settimeofday 164 170
49 symlink 88 -
50 lstat 6 -
51 readlink 89 -
52 uselib - -
53 swapon 167 224
54 reboot 169 142
55 mmap 9 222
56 munmap 11 215
57 truncate 76 45
58 ftruncate 77 46
59 fchmod 91 52
60 getpriority 140 141
61 setpriority 141 140
62 statfs 137 43
63 fstatfs 138 44
64 syslog 103 116
65 setitimer 38 103
66 getitimer 36 102
67 uname 63 160
68 vhangup 153 58
69 wait4 61 260
70 swapoff 168 225
71 sysinfo 99 179
72 fsync 74 82
73 setdomainname 171 162
74 adjtimex 159 171
75 mprotect 10 226
76 init_module 175 105
77 delete_module 176 106
78 quotactl 179 60
79 getpgid 121 155
80 fchdir 81 50
81 sysfs 139 -
82 personality 135 92
83 getdents 78 -
84 select 23 -
85 flock 73 32
86 msync 26 227
87 readv 19 65
88 writev 20 66
89 getsid 124 156
90 fdatasync 75 83
91 mlock 149 228
92 munlock 150 229
93 mlockall 151 230
94 munlockall 152 231
95 sched_setparam 142 118
96 sched_getparam 143 121
97 sched_setscheduler 144 119
98 sched_getscheduler 145 120
99 sched_yield 24 124
100 sched_get_priority_max 146 125
101 sched_get_priority_min 147 126
102 sched_rr_get_interval 148 127
103 nanosleep 35 101
104 mremap 25 216
105 poll 7 -
106 prctl 157 167
107 rt_sigaction 13 134
108 rt_sigprocmask 14 135
109 rt_sigpending 127 136
110 rt_sigtimedwait 128 137
111 rt_sigqueueinfo 129 138
112 rt_sigsuspend 130 133
113 getcwd 79 17
114 capget 125 90
115 capset 126 91
116 sendfile 40 71
117 getrlimit 97 163
118 lchown 94 -
119 getuid 102 174
120 getgid 104 176
121 geteuid 107 175
122 getegid 108 177
123 setreuid 113 145
124 setregid 114 143
125 getgroups 115 158
126 setgroups 116 159
127 fchown 93 55
128 setresuid 117 147
129 getresuid 118 148
130 setresgid 119 149
131 getresgid 120 150
132 chown 92 -
133 setuid 105 146
134 setgid 106 144
135 setfsuid 122 151
136 setfsgid 123 152
137 pivot_root 155 41
138 mincore 27 232
139 madvise 28 233
140 gettid 186 178
141 setxattr 188 5
142 lsetxattr 189 6
143 fsetxattr 190 7
144 getxattr 191 8
145 lgetxattr 192 9
146 fgetxattr 193 10
147 listxattr 194 11
148 llistxattr 195 12
149 flistxattr 196 13
150 removexattr 197 14
151 lremovexattr 198 15
152 fremovexattr 199 16
153 tkill 200 130
154 futex 202 98
155 sched_setaffinity 203 122
156 sched_getaffinity 204 123
157 set_thread_area 205 -
158 get_thread_area 211 -
159 io_setup 206 0
160 io_destroy 207 1
161 io_getevents 208 4
162 io_submit 209 2
163 io_cancel 210 3
164 exit_group 231 94
165 epoll_create 213 -
166 epoll_ctl 233 21
167 epoll_wait 232 -
168 remap_file_pages 216 234
169 set_tid_address 218 96
170 timer_create 222 107
171 timer_settime 223 110
172 timer_gettime 224 108
173 timer_getoverrun 225 109
174 timer_delete 226 111
175 clock_settime 227 112
176 clock_gettime 228 113
177 clock_getres 229 114
178 clock_nanosleep 230 115
179 tgkill 234 131
180 utimes 235 -
181 mq_open 240 180
182 mq_unlink 241 181
183 mq_timedsend 242 182
184 mq_timedreceive 243 183
185 mq_notify 244 184
186 mq_getsetattr 245 185
187 kexec_load 246 104
188 waitid 247 95
189 add_key 248 217
190 request_key 249 218
191 keyctl 250 219
192 ioprio_set 251 30
193 ioprio_get 252 31
194 inotify_init 253 -
195 inotify_add_watch 254 27
196 inotify_rm_watch 255 28
197 openat 257 56
198 mkdirat 258 34
199 mknodat 259 33
200 fchownat 260 54
201 futimesat 261 -
202 unlinkat 263 35
203 renameat 264 38
204 linkat 265 37
205 symlinkat 266 36
206 readlinkat 267 78
207 fchmodat 268 53
208 faccessat 269 48
209 pselect6 270 72
210 ppoll 271 73
211 unshare 272 97
212 set_robust_list 273 99
213 get_robust_list 274 100
214 splice 275 76
215 tee 276 77
216 vmsplice 278 75
217 getcpu 309 168
218 epoll_pwait 281 22
219 utimensat 280 88
220 signalfd 282 -
221 timerfd_create 283 85
222 eventfd 284 -
223 timerfd_settime 286 86
224 timerfd_gettime 287 87
225 signalfd4 289 74
226 eventfd2 290 19
227 epoll_create1 291 20
228 dup3 292 24
229 pipe2 293 59
230 inotify_init1 294 26
231 preadv 295 69
232 pwritev 296 70
233 rt_tgsigqueueinfo 297 240
234 perf_event_open 298 241
235 fanotify_init 300 262
236 prlimit64 302 261
237 clock_adjtime 305 266
238 syncfs 306 267
239 setns 308 268
240 getdents64 217 61
241 socket 41 198
242 bind 49 200
243 connect 42 203
244 listen 50 201
245 accept 43 202
246 getsockname 51 204
247 getpeername 52 205
248 socketpair 53 199
249 sendto 44 206
250 recvfrom 45 207
251 shutdown 48 210
252 setsockopt 54 208
253 getsockopt 55 209
254 sendmsg 46 211
255 sendmmsg 307 269
256 recvmsg 47 212
257 recvmmsg 299 243
258 accept4 288 242
259 semop 65 193
260 semget 64 190
261 semctl 66 191
262 msgsnd 69 189
263 msgrcv 70 188
264 msgget 68 186
265 msgctl 71 187
266 shmdt 67 197
267 shmget 29 194
268 shmctl 31 195
269 statfs64 - -
270 fstatfs64 - -
271 fstatat64 - -
272 sendfile64 - -
273 ugetrlimit - -
274 bdflush - -
275 sigprocmask - -
276 ipc - -
277 socketcall - -
278 stat64 - -
279 lstat64 - -
280 fstat64 - -
281 fcntl64 - -
282 mmap2 - -
283 _newselect - -
284 sgetmask - -
285 ssetmask - -
286 sigpending - -
287 olduname - -
288 umount - -
289 signal - -
290 nice - -
291 stime - -
292 _llseek - -
293 waitpid - -
294 pread64 17 67
295 pwrite64 18 68
296 arch_prctl 158 -
297 shmat 30 196
298 rt_sigreturn 15 139
299 fallocate 285 47
300 newfstatat 262 79
301 process_vm_readv 310 270
302 process_vm_writev 311 271
303 fork 57 -
304 vfork 58 -
305 setuid32 - -
306 getuid32 - -
307 setgid32 - -
308 geteuid32 - -
309 getgid32 - -
310 setresuid32 - -
311 setresgid32 - -
312 getresuid32 - -
313 getresgid32 - -
314 finit_module 313 273
315 bpf 321 280
316 seccomp 317 277
317 sigaltstack 131 132
318 getrandom 318 278
319 fadvise64 221 223
320 renameat2 316 276
321 userfaultfd 323 282
322 openat2 437 437
323 umount2 166 39
324 execve 59 221
325 execveat 322 281
326 copy_file_range 326 285
327 clone 56 220
328 clone3 435 435
329 open_by_handle_at 304 265
330 io_uring_setup 425 425
331 io_uring_enter 426 426
332 io_uring_register 427 427
333 mlock2 325 284
334 getegid32 - -
335 fsconfig 431 431
336 fspick 433 433
337 fsmount 432 432
338 fsopen 430 430
339 open_tree 428 428
340 move_mount 429 429
341 mount_setattr 442 442
342 memfd_create 319 279
343 memfd_secret 447 447
344 ioperm 173 -
345 kexec_file_load 320 294
346 pidfd_getfd 438 438
347 pidfd_open 434 434
348 pidfd_send_signal 424 424
349 pkey_alloc 330 289
350 pkey_mprotect 329 288
351 pkey_free 331 290
352 landlock_create_ruleset 444 444
353 quotactl_fd 443 443
354 landlock_restrict_self 446 446
355 landlock_add_rule 445 445
356 epoll_pwait2 441 441
357 migrate_pages 256 238
358 move_pages 279 239
359 preadv2 327 286
360 pwritev2 328 287
361 kcmp 312 272
362 sched_setattr 314 274
363 mbind 237 235
364 epoll_ctl_old 214 -
365 lookup_dcookie 212 18
366 modify_ldt 154 -
367 statx 332 291
368 set_mempolicy 238 237
369 io_pgetevents 333 292
370 set_mempolicy_home_node 450 450
371 semtimedop 220 192
372 get_kernel_syms - -
373 readahead 187 213
374 futex_waitv 449 449
375 getpmsg - -
376 name_to_handle_at 303 264
377 process_mrelease 448 448
378 nfsservctl - -
379 epoll_wait_old 215 -
380 rseq 334 293
381 create_module - -
383 sched_getattr 315 275
384 faccessat2 439 439
385 _sysctl - -
386 query_module - -
387 get_mempolicy 239 236
388 sync_file_range 277 84
389 process_madvise 440 440
390 membarrier 324 283
391 iopl 172 -
392 close_range 436 436
393 fanotify_mark 301 263
394 recv - -
395 send - -
396 sched_process_exit - -
397 sched_switch - -
398 page_fault_user - -
399 page_fault_kernel - -
400 signal_deliver - -
401 timerfd - -
402 s390_pci_mmio_read - -
403 sigaction - -
404 s390_pci_mmio_write - -
405 readdir - -
406 s390_sthyi - -
407 sigsuspend - -
408 idle - -
409 s390_runtime_instr - -
410 sigreturn - -
411 s390_guarded_storage - -
412 cachestat 451 451
413 fchmodat2 452 452
414 map_shadow_stack 453 453
415 riscv_flush_icache - -
416 riscv_hwprobe - -
417 futex_wake 454 454
418 futex_requeue 456 456
419 futex_wait 455 455
420 oldstat - -
421 switch_endian - -
422 multiplexer - -
423 oldlstat - -
424 spu_create - -
425 sync_file_range2 - -
426 oldfstat - -
427 spu_run - -
428 swapcontext - -
429 pciconfig_write - -
430 rtas - -
431 pciconfig_read - -
432 sys_debug_setcontext - -
433 vm86 - -
434 oldolduname - -
435 subpage_prot - -
436 pciconfig_iobase - -
437 listmount 458 458
438 statmount 457 457
439 lsm_get_self_attr 459 459
440 lsm_set_self_attr 460 460
441 lsm_list_modules 461 461
442 mseal 462 462
443 uretprobe 335 -
444 removexattrat 466 466
445 listxattrat 465 465
446 getxattrat 464 464
447 setxattrat 463 463
448 open_tree_attr 467 467
449 file_getattr 468 468
450 file_setattr 469 469
451 listns 470 470
452 uprobe 336 -
453 rseq_slice_yield 471 471
"""

# Events that tell of calls by another name than their own, by symbol without _E and _X.
_CALLS_OF_EVENT = {
    "PROCEXIT": ("sched_process_exit",),
    "ACCEPT4": ("accept4",),
    "LLSEEK": ("_llseek",),
    "PREAD": ("pread64",),
    "PWRITE": ("pwrite64",),
    "GETRLIMIT": ("getrlimit", "ugetrlimit"),
    "PRLIMIT": ("prlimit64",),
    "SCHEDSWITCH_1": ("sched_switch",),
    "FCNTL": ("fcntl", "fcntl64"),
    "SCHEDSWITCH_6": ("sched_switch",),
    "PROCEXIT_1": ("sched_process_exit",),
    "SENDFILE": ("sendfile", "sendfile64"),
    "SETRESUID": ("setresuid", "setresuid32"),
    "SETRESGID": ("setresgid", "setresgid32"),
    "SETUID": ("setuid", "setuid32"),
    "SETGID": ("setgid", "setgid32"),
    "GETUID": ("getuid", "getuid32"),
    "GETEUID": ("geteuid", "geteuid32"),
    "GETGID": ("getgid", "getgid32"),
    "GETEGID": ("getegid", "getegid32"),
    "GETRESUID": ("getresuid", "getresuid32"),
    "GETRESGID": ("getresgid", "getresgid32"),
    "SIGNALDELIVER": ("signal_deliver",),
    "ACCEPT4_5": ("accept4",),
    "PAGE_FAULT": ("page_fault_user", "page_fault_kernel"),
}


def _number(text: str) -> int | None:
    return None if text == "-" else int(text)


def _read() -> dict[int, Syscall]:
    rows = (line.split() for line in _TEXT.strip().splitlines())
    return {
        int(code): Syscall(int(code), name, _number(x86_64), _number(aarch64))
        for code, name, x86_64, aarch64 in rows
    }


SYSCALLS: dict[int, Syscall] = _read()
SYSCALL_CODES: dict[str, int] = {call.name: code for code, call in SYSCALLS.items()}


def _calls_of_events() -> tuple[tuple[int, ...], ...]:
    calls: list[tuple[int, ...]] = []
    for event in EVENTS:
        if not event.exists:
            calls.append(())
            continue
        names = _CALLS_OF_EVENT.get(event.symbol[:-2], (event.name,))
        calls.append(tuple(SYSCALL_CODES[name] for name in names if name in SYSCALL_CODES))
    # What no event tells of in particular comes as a generic one.
    told = {code for codes in calls for code in codes}
    generic = tuple(code for code in SYSCALLS if code not in told and code != 0)
    return (generic, generic, *calls[2:])


# Falco's numbers of the calls an event tells of, by event code.
CALLS_OF_EVENT: tuple[tuple[int, ...], ...] = _calls_of_events()
