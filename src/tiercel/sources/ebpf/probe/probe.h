/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What the probe and user space tell each other: the plans that user space writes, the records that the probe writes.
 *
 * A record is a header and, behind it, parts: things that the header has no room for (a path, the facts of a file).
 * Everything is little endian and begins at a multiple of eight bytes. `../records.pxd` says the same to Cython, and a
 * test holds the two against each other.
 */
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed int s32;
typedef signed long long s64;

enum {
    CALLS = 512,              /* system calls by their 64-bit numbers; from 480 on, 32-bit ones that are laid out otherwise */
    NUMBERS = 1024,           /* numbers as programs give them, 32-bit and x32 too */
    CODES = 32,               /* of socketcall(2), and as many of ipc(2) */
    MAX_STRING = 4096,        /* of a string that a program gave, its NUL included */
    MAX_PATH_BYTES = 4096,    /* of a path as the kernel has it */
    WALK_STEPS = 32,          /* folders that are walked at a time, and how often: as many as a path can have */
    WALK_TIMES = MAX_PATH_BYTES / 2 / WALK_STEPS + 2,
    MAX_ARGUMENTS = 32768,    /* bytes of an argument vector */
    MAX_ENVIRONMENT = 4096,
    MAX_MEMORY = 256,         /* of a structure that a program gave */
    MAX_DATA = 4096,          /* of what was read or written; the plan says how much is wanted */
    MAX_ADDRESS = 128,        /* of a socket's address */
    MAX_CONTROL = 4096,       /* of a message's control data */
    MAX_VECTORS = 32,         /* of one call that are looked at */
    MAX_MESSAGES = 16,        /* the same */
    MAX_CGROUP = 512,         /* of one cgroup's path */
    CGROUPS = 5,
    NO_PLACE = 255,           /* in a plan: there is none */
    OF_RESULT = 6,            /* in a plan: of what the call returned, where 0 to 5 name an argument */
    OF_MEMORY = 7,            /* the int that the first structure begins with */
};

enum record_kind {
    RECORD_CALL = 1,
    RECORD_FORK = 2,          /* told of the child, before it runs */
    RECORD_EXEC = 3,
    RECORD_EXIT = 4,
    RECORD_URING = 5,         /* what a ring was asked to do: `nr` is the call that it stands for */
    RECORD_TASK = 6,          /* what was there before: a task, a descriptor (`args[0]` is its number) */
    RECORD_DESCRIPTOR = 7,
};

enum record_flag {
    RECORD_COMPAT = 1,        /* a 32-bit call, or one with a 32-bit caller's structures */
    RECORD_CUT = 2,           /* parts are missing: there was no room for them */
};

struct record {
    u32 size;                 /* bytes with all parts */
    u8 kind;
    u8 flags;
    u16 nr;
    u64 ts;                   /* ns since the machine started, sleep included */
    u32 tid;
    u32 pid;
    u16 cpu;
    u16 parts;
    union {
        u32 offered;          /* of a call that sends vectors: bytes of all of them */
        u32 reserved;
    };
    s64 result;
    u64 args[6];
};

enum part_kind {
    PART_STRING = 1,          /* `index`: the argument; texts and paths end in NUL */
    PART_MEMORY = 2,          /* the same */
    PART_DATA = 3,
    PART_ADDRESS = 4,         /* a sockaddr */
    PART_FILE = 5,            /* struct file_facts; `index`: the argument, or OF_RESULT */
    PART_PATH = 6,            /* of the same file, from the root of its mount namespace */
    PART_SOCKET = 7,          /* struct socket_facts */
    PART_PROCESS = 8,         /* struct process_facts */
    PART_ARGUMENTS = 9,       /* each ends in NUL */
    PART_ENVIRONMENT = 10,
    PART_CGROUP = 11,         /* `index`: the subsystem, enum subsystem */
    PART_EXEPATH = 12,
    PART_FOLDER = 13,         /* the working directory */
    PART_ROOT = 14,
    PART_PEER_PATH = 15,      /* of a unix socket's other end */
    PART_OWN_PATH = 16,
    PART_EXIT = 17,           /* struct exit_facts */
    PART_SECOND_FILE = 18,    /* struct file_facts of the script, or of the file that a descriptor names */
    PART_CONTROL = 24,        /* control data of a message */
    PART_TASK = 25,           /* struct task_facts */
};

enum part_flag {
    PART_TRUNCATED = 1,       /* there was more */
    PART_FAULT = 2,           /* could not be read */
};

struct part {
    u16 kind;
    u8 index;
    u8 flags;
    u32 size;                 /* bytes that follow, without what fills them up to eight */
};

/* What to gather when a call returns, one for each 64-bit number. A place is an argument's number, OF_RESULT or NO_PLACE. */
struct plan {
    u8 wanted;                /* 0: nothing; else a sum of enum wanted */
    u8 strings;               /* a bit for each argument that is a string */
    u8 file;                  /* place of a descriptor of which file facts and path are wanted */
    u8 socket;                /* place of a descriptor of which socket facts are wanted */
    u8 address;               /* argument that points to a sockaddr */
    u8 address_size;          /* argument that has its size */
    u8 address_how;           /* enum indirect */
    u8 data;                  /* argument that points to what was transferred */
    u8 data_size;             /* argument with its size, or OF_RESULT */
    u8 data_how;              /* enum indirect */
    u8 memory[3];             /* arguments that point to structures */
    u8 memory_size[3];        /* and their sizes, at most MAX_MEMORY - 1 */
    u8 process;               /* facts of the caller: 0 no; 1 of a call that makes processes; a place + 1: where arguments of a program are */
    u8 second_file;           /* another descriptor whose path is wanted */
    u8 loss;                  /* enum loss: what it counts as where there is no room */
    u8 memory_count;          /* argument that says how many of the first structure there are */
    u8 memory_count_how;      /* enum indirect */
    u8 flags;                 /* enum plan_flag */
    u8 choose;                /* only calls of which this argument, */
    u8 n_choices;
    u16 choices[4];           /* is one of these */
};

enum plan_flag {
    PLAN_OUTGOING = 1,        /* what was to be transferred is looked at where the call failed, too */
    PLAN_CONTROL = 2,         /* the message's control data are wanted */
    PLAN_MESSAGES = 4,        /* several messages, each told for itself */
    PLAN_TASK = 8,            /* struct task_facts is wanted */
    PLAN_NO_STREAMS = 16,     /* not of TCP over IPv4, unless the message brings control data */
};

/* What the map `numbers` says besides the number itself. */
enum number_flag {
    NUMBER_MASK = 0x3ff,
    SHORT_IDS = 0x8000,       /* user and group ids of 16 bits: 0xffff leaves one as it is */
    SHORT_STRUCTURES = 0x4000,
};

enum wanted {
    WANT_SUCCESS = 1,
    WANT_FAILURE = 2,
    WANT_STATE = 4,           /* into the ring that is lost last */
    WANT_FOLDER = 8,          /* the working directory, after a call that succeeded */
};

enum indirect {
    PLAIN = 0,                /* address and size are what the arguments say */
    SIZE_BEHIND_POINTER = 1,  /* the size is a number that the argument points to */
    IN_MESSAGE = 2,           /* the argument points to a struct msghdr */
    IN_VECTOR = 3,            /* the argument points to struct iovec, the size argument says how many */
};

enum file_flag {
    FILE_UPPER = 1,           /* in an overlay's upper layer */
    FILE_LOWER = 2,
    FILE_MEMFD = 4,
    FILE_UNLINKED = 8,
    FILE_CREATED = 16,        /* by this open */
    FILE_PATH_CUT = 32,       /* the path's beginning is missing */
    FILE_SOCKET = 64,
    FILE_WRITABLE = 128,      /* by the process at hand (exec) */
    FILE_ELSEWHERE = 256,     /* on a mount of another mount namespace than the process's, or of none */
    FILE_NAMELESS = 512,      /* of a kind that has no path: a pipe, a file of the kernel's own */
};

struct file_facts {
    u64 inode;
    u64 real_inode;           /* below an overlay; else the same */
    u64 ctime_ns;
    u64 mtime_ns;
    u64 size_bytes;
    u32 dev;                  /* as stat(2) encodes it */
    u32 real_dev;
    u32 mode;
    u32 links;
    u32 flags;                /* enum file_flag */
    u32 open_flags;           /* O_* of the open file */
    u32 mount_id;
    u32 magic;                /* of the file system */
    u32 uid;
    u32 generation;
};

enum socket_flag {
    SOCKET_LISTENS = 1,
};

struct socket_facts {
    u64 cookie;
    u64 own;                  /* kernel addresses of a unix socket and its peer */
    u64 peer;
    u32 netns;                /* inode number of the network namespace */
    u16 family;
    u16 type;
    u16 protocol;
    u16 state;
    u16 own_port;             /* host order */
    u16 peer_port;
    u8 own_ip[16];            /* IPv4: the first four */
    u8 peer_ip[16];
    u32 backlog;              /* connections that wait to be accepted, and how many may */
    u32 max_backlog;
    u32 flags;
    u32 reserved;
    u64 received_bytes;
    u64 sent_bytes;
};

enum process_flag {
    PROCESS_IN_PIDNS = 1,         /* its pid namespace is not the machine's */
    PROCESS_PIDNS_INIT = 2,       /* it is that namespace's first process */
    PROCESS_SUBREAPER = 4,
    PROCESS_KERNEL_THREAD = 8,
    PROCESS_NEW_PIDNS = 16,       /* its children are born into another pid namespace */
};

struct process_facts {
    u32 tid, pid, ppid, parent_tid;      /* numbers in the machine's pid namespace; ppid: of the real parent */
    u32 vtid, vpid, sid, vsid;           /* v*: in its own */
    u32 pgid, vpgid, uid, gid;
    u32 euid, egid, loginuid, tty;
    u64 cap_permitted, cap_effective, cap_inheritable;
    u64 start_ns;                        /* boot time at which it was born */
    u64 pidns_start_ns;                  /* at which its pid namespace's first process was born */
    u32 pidns, mntns, netns, userns;     /* inode numbers of namespaces */
    u32 flags;                           /* enum process_flag */
    u32 exec_id;                         /* counts its execs */
    u32 vm_size_kb, vm_rss_kb, vm_swap_kb, reserved;
    u64 faults_major, faults_minor;
    u64 fd_limit;
    u64 cgroup_id;                       /* in the unified hierarchy */
    u8 comm[16];
    struct file_facts exe;
};

struct task_facts {
    u64 cap_inheritable, cap_permitted, cap_effective;
    u32 vm_size_kb, vm_rss_kb, vm_swap_kb, reserved;
};

struct exit_facts {
    u32 status;                          /* as wait(2) gives it */
    u32 reaper;                          /* who gets its children, 0 where there are none */
    u32 threads_left;
    u32 reserved;
};

/* Subsystems of control groups whose paths are told, in this order. */
enum subsystem { SUBSYS_CPUSET, SUBSYS_CPU, SUBSYS_CPUACCT, SUBSYS_IO, SUBSYS_MEMORY, SUBSYS_UNIFIED };

/* What was lost, by class: how many. The classes are those of ../../loss.py, in this order. */
enum loss {
    LOST_CLONE_FORK = 0,
    LOST_EXECVE = 1,
    LOST_PROC_EXIT = 2,
    LOST_CONNECT = 3,
    LOST_OPEN = 4,
    LOST_DIR_FILE = 5,
    LOST_CLOSE = 6,
    LOST_OTHER = 7,
    LOST_SCRATCH = 8,
    LOSSES = 16,
    LOST_STATE = LOST_CLONE_FORK,
};
