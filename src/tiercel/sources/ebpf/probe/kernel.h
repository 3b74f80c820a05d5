/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Of the kernel's structures, just the fields that the probe reads. Where they lie is filled in when the probe is loaded
 * (CO-RE): the order here means nothing, names and types do. A `___` and what follows in a type's name is left out when the
 * kernel's type is looked up: so one structure can be told in the forms it had in several versions.
 */
#pragma once
#include "probe.h"

typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)
#define always_inline inline __attribute__((always_inline))
#define SECTION(name) __attribute__((section(name), used))

/* Values that are read whole and opened here: not looked up in the kernel's types. */
struct number { u32 val; };                          /* uid, gid */
struct counter { s64 counter; };                     /* atomic */
struct capabilities { u64 val; };                    /* two words before 6.3, the lower one first */
struct net_pointer { struct net *net; };
struct timespec64 { s64 tv_sec; long tv_nsec; };
struct qstr { u32 hash, len; const unsigned char *name; };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs {
    unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss;
};

struct list_head { struct list_head *next, *prev; };
struct ns_common { unsigned int inum; };
struct user_namespace { struct ns_common ns; };
struct file_system_type { const char *name; };

struct super_block {
    u32 s_dev;
    unsigned long s_magic;
    struct dentry *s_root;
    struct file_system_type *s_type;
};

struct inode {
    u16 i_mode;
    unsigned long i_ino;
    struct super_block *i_sb;
    s64 i_size;
    u32 i_generation;
    unsigned int i_nlink;
    struct number i_uid;
    u32 i_rdev;
};
struct inode___seconds { s64 i_ctime_sec, i_mtime_sec; u32 i_ctime_nsec, i_mtime_nsec; };   /* 6.11 and newer */
struct inode___hidden { struct timespec64 __i_ctime, __i_mtime; };                          /* 6.7 to 6.10 */
struct inode___half { struct timespec64 __i_ctime, i_mtime; };                              /* 6.6 */
struct inode___plain { struct timespec64 i_ctime, i_mtime; };

struct sequence { unsigned int number; };
struct dentry {
    struct sequence d_seq;
    struct dentry *d_parent;
    struct qstr d_name;
    struct inode *d_inode;
    unsigned int d_flags;
    struct super_block *d_sb;
};
struct vfsmount { struct dentry *mnt_root; struct super_block *mnt_sb; };
struct mnt_namespace { struct ns_common ns; };
struct mount {
    struct mount *mnt_parent;
    struct dentry *mnt_mountpoint;
    struct vfsmount mnt;
    int mnt_id;
    struct mnt_namespace *mnt_ns;
};
struct path { struct vfsmount *mnt; struct dentry *dentry; };
struct file {
    struct path f_path;
    struct inode *f_inode;
    unsigned int f_flags;
    unsigned int f_mode;
    void *private_data;
};
struct fdtable { unsigned int max_fds; struct file **fd; };
struct files_struct { struct fdtable *fdt; };
struct fs_struct { struct path root, pwd; };

struct ovl_inode { struct dentry *__upperdentry; struct inode vfs_inode; };
struct ovl_entry { unsigned int __numlower; };

struct upid { int nr; struct pid_namespace *ns; };
struct pid { unsigned int level; struct upid numbers[1]; };
struct pid_namespace { unsigned int level; struct task_struct *child_reaper; struct ns_common ns; };
struct uts_namespace;
struct net { struct ns_common ns; };
struct nsproxy { struct mnt_namespace *mnt_ns; struct pid_namespace *pid_ns_for_children; struct net *net_ns; };

struct cred {
    struct number uid, gid, euid, egid;
    struct capabilities cap_inheritable, cap_permitted, cap_effective;
    struct user_namespace *user_ns;
};
struct rlimit { unsigned long rlim_cur, rlim_max; };
struct tty_driver { int major; int minor_start; };
struct tty_struct { int index; struct tty_driver *driver; };
struct signal_struct {
    struct pid *pids[4];                             /* by pid_type: PID, TGID, PGID, SID */
    struct tty_struct *tty;
    struct rlimit rlim[16];
    int nr_threads;
    struct list_head thread_head;
    unsigned int flags;
    int group_exit_code;
};
struct percpu_counter { s64 count; };
struct mm_rss_stat { struct counter count[4]; };
struct mm_struct {
    unsigned long arg_start, arg_end, env_start, env_end, total_vm;
    struct file *exe_file;
};
struct mm_struct___counters { struct percpu_counter rss_stat[4]; };      /* 6.2 and newer */
struct mm_struct___atomics { struct mm_rss_stat rss_stat; };

struct kernfs_node { const char *name; u64 id; };
struct kernfs_node___parent { struct kernfs_node *parent; };             /* before 6.15 */
struct kernfs_node___hidden { struct kernfs_node *__parent; };
struct cgroup { struct kernfs_node *kn; };
struct cgroup_subsys_state { struct cgroup *cgroup; };
struct css_set { struct cgroup_subsys_state *subsys[16]; struct cgroup *dfl_cgrp; };

struct thread_info { unsigned long flags; u32 status; };
struct task_struct {
    struct thread_info thread_info;
    int pid, tgid;
    struct task_struct *real_parent, *group_leader;
    struct list_head children, sibling, thread_node;
    struct pid *thread_pid;
    const struct cred *cred;
    struct fs_struct *fs;
    struct files_struct *files;
    struct nsproxy *nsproxy;
    struct signal_struct *signal;
    struct mm_struct *mm;
    struct css_set *cgroups;
    char comm[16];
    u64 start_boottime;
    u32 self_exec_id;
    unsigned int flags;
    int exit_code, exit_signal;
    unsigned long maj_flt, min_flt;
    void *stack;
    struct number loginuid;
};
struct linux_binprm { struct file *file, *executable, *interpreter; const char *filename, *interp; int argc; };

struct in6_addr { u8 bytes[16]; };
struct sock_common {
    u32 skc_daddr, skc_rcv_saddr;
    u16 skc_dport, skc_num;                          /* network order, host order */
    u16 skc_family;
    unsigned char skc_state;
    struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
    struct net_pointer skc_net;
    struct counter skc_cookie;
};
struct sock {
    struct sock_common __sk_common;
    u16 sk_type, sk_protocol;
    u32 sk_ack_backlog, sk_max_ack_backlog;
    struct socket *sk_socket;
};
struct socket { short type; struct sock *sk; struct file *file; };
struct inet_sock { u32 inet_saddr; u16 inet_sport; };
struct unix_name { u16 family; };
struct unix_address { int len; struct unix_name name[1]; };
struct unix_sock { struct sock *peer; struct unix_address *addr; };
struct tcp_sock { u64 bytes_received, bytes_acked; };

#pragma clang attribute pop

/* Helper functions of the kernel, by their numbers (include/uapi/linux/bpf.h); none is newer than 5.8. */
static void *(*map_lookup)(void *map, const void *key) = (void *)1;
static u32 (*cpu_number)(void) = (void *)8;
static u64 (*current_numbers)(void) = (void *)14;
static struct task_struct *(*current_task)(void) = (void *)35;
static long (*read_user)(void *to, u32 size, const void *from) = (void *)112;
static long (*read_kernel)(void *to, u32 size, const void *from) = (void *)113;
static long (*read_user_text)(void *to, u32 size, const void *from) = (void *)114;
static long (*read_kernel_text)(void *to, u32 size, const void *from) = (void *)115;
static u64 (*boot_time)(void) = (void *)125;
static long (*seq_write)(void *seq, const void *data, u32 size) = (void *)127;
static long (*ring_output)(void *ring, void *data, u64 size, u64 flags) = (void *)130;
static u64 (*ring_query)(void *ring, u64 what) = (void *)134;

/* A field of a structure of the kernel's that `p` points to; 0 where it cannot be read. */
#define GET(p, field)                                                                    \
    ({                                                                                   \
        __typeof__((p)->field) value_ = {};                                              \
        read_kernel(&value_, sizeof(value_), &(p)->field);                               \
        value_;                                                                          \
    })
#define HAS(type, field) __builtin_preserve_field_info(((type *)0)->field, 2)
#define OFFSET(type, field) __builtin_preserve_field_info(((type *)0)->field, 0)
