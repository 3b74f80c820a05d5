/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Processes: who a task is, what it runs, where it belongs. */
#pragma once
#include "files.h"

enum {
    PF_EXITING = 0x4, PF_KTHREAD = 0x200000,
    PIDTYPE_TGID = 1, PIDTYPE_PGID = 2, PIDTYPE_SID = 3,
    RLIMIT_NOFILE = 7,
    RSS_FILE = 0, RSS_ANONYMOUS = 1, RSS_SWAP = 2, RSS_SHARED = 3,
    PAGE_KB_SHIFT = 2,
    KIND_FILE = 0x8000, KIND_FOLDER = 0x4000, KIND_LINK = 0xa000,
    SUPER_READ_ONLY = 1, INODE_IMMUTABLE = 8, MAY_WRITE = 2,
    CAN_OVERRIDE_MODE = 1, CAN_OWN = 3,     /* capabilities DAC_OVERRIDE, FOWNER */
    NOBODY = 0xffffffff,
    CGROUP_DEPTH = 40,
    PAGE = 4096,
};

struct small_counter { s32 counter; };      /* an atomic of 32 bits */

/* Of these, the kernel's names are told in kernel.h or nowhere: the fields that only processes need. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct signal_struct___process {
    unsigned int is_child_subreaper : 1;
    unsigned int has_child_subreaper : 1;
    struct small_counter live;
};
struct inode___owner { struct number i_gid; unsigned int i_flags; };
struct super_block___flags { unsigned long s_flags; };
struct group_info { int ngroups; struct number gid[1]; };
struct uid_gid_extent { u32 first, lower_first, count; };
struct uid_gid_map { struct uid_gid_extent extent[5]; u32 nr_extents; };
struct user_namespace___maps { struct uid_gid_map uid_map, gid_map; };
struct cred___file { struct number fsuid, fsgid; struct group_info *group_info; };

#pragma clang attribute pop

enum cgroup_subsys_id { cpuset_cgrp_id, cpu_cgrp_id, cpuacct_cgrp_id, io_cgrp_id, memory_cgrp_id };
#define SUBSYSTEM(name)                                                                             \
    (__builtin_preserve_enum_value(*(typeof(enum cgroup_subsys_id) *)name##_cgrp_id, 0)             \
         ? (s32)__builtin_preserve_enum_value(*(typeof(enum cgroup_subsys_id) *)name##_cgrp_id, 1) \
         : -1)

/* A field of one or a few bits. */
#define GET_BITS(p, field)                                                                       \
    ({                                                                                           \
        u64 bits_ = 0;                                                                           \
        read_kernel(&bits_, __builtin_preserve_field_info((p)->field, 1),                        \
                    (void *)(p) + __builtin_preserve_field_info((p)->field, 0));                 \
        bits_ << __builtin_preserve_field_info((p)->field, 4)                                    \
              >> __builtin_preserve_field_info((p)->field, 5);                                   \
    })

static always_inline struct pid *pid_of(struct task_struct *task, u32 type)
{
    struct signal_struct *signal = GET(task, signal);
    struct pid *pid = NULL;
    read_kernel(&pid, sizeof(pid), (void *)signal + OFFSET(struct signal_struct, pids) + type * sizeof(pid));
    return pid;
}

/* The number and namespace that a pid has at `level`; 0 is the machine's. */
static always_inline struct upid pid_at(struct pid *pid, u32 level)
{
    struct upid at = {};
    read_kernel(&at, sizeof(at), (void *)pid + OFFSET(struct pid, numbers) + (u64)level * sizeof(at));
    return at;
}

static always_inline u32 number_outside(struct pid *pid)
{
    return pid ? pid_at(pid, 0).nr : 0;
}

static always_inline u32 number_inside(struct pid *pid)
{
    return pid ? pid_at(pid, GET(pid, level)).nr : 0;
}

static always_inline bool is_memfd(struct file *f)
{
    struct dentry *dentry = GET(f, f_path.dentry);
    char name[8] = {};
    if (GET(dentry, d_parent) != dentry)
        return false;
    read_kernel_text(name, 7, GET(dentry, d_name.name));
    return name[0] == 'm' && name[1] == 'e' && name[2] == 'm' && name[3] == 'f' && name[4] == 'd' && name[5] == ':';
}

/* A kernel's string. */
part_function add_text(u32 kind, u32 index, u64 from)
{
    struct build *b = building();
    u8 *to = b ? part_bytes(b, MAX_STRING) : NULL;
    long n = to ? read_kernel_text(to, MAX_STRING, (void *)from) : 0;
    if (b && n > 0)
        part_end(b, kind, index, n == MAX_STRING ? PART_TRUNCATED : 0, (u32)n);
    return 0;
}

/*
 * The path of a file; of one that is in no folder (a memfd, a file on a mount of its own that was taken out) its name, as
 * Falco tells it.
 */
static always_inline void add_file_path(u32 kind, u32 index, struct file *f)
{
    struct dentry *dentry = GET(f, f_path.dentry);
    struct vfsmount *mnt = GET(f, f_path.mnt);
    struct mount *m = (void *)mnt - OFFSET(struct mount, mnt);
    bool top = GET(mnt, mnt_root) == dentry;
    if (top ? GET(m, mnt_parent) == m && (GET(GET(f, f_inode), i_mode) & KIND_MASK) != KIND_FOLDER
            : GET(dentry, d_parent) == dentry)
        add_text(kind, index, (u64)GET(dentry, d_name.name));
    else
        add_path(kind, index, (u64)mnt, (u64)dentry);
}

static always_inline bool id_mapped(struct uid_gid_map *map, u32 id)
{
    u32 n = GET(map, nr_extents);
    if (n > 5)
        return true;                                  /* in a table elsewhere, which is not looked through */
    for (u32 i = 0; i < 5; i++) {                     /* unused ones are zero; up to `n`, older verifiers lose the bound */
        struct uid_gid_extent e = {};
        read_kernel(&e, sizeof(e), (void *)map + i * sizeof(e));
        if (id - e.lower_first < e.count)
            return true;
    }
    return false;
}

static always_inline bool in_groups(struct cred___file *cred, u32 gid)
{
    struct group_info *groups = GET(cred, group_info);
    u32 low = 0, high = GET(groups, ngroups);
    for (int i = 0; i < 17 && low < high; i++) {
        u32 middle = (low + high) / 2, at = 0;
        read_kernel(&at, sizeof(at), (void *)groups + OFFSET(struct group_info, gid) + (u64)middle * sizeof(at));
        if (at == gid)
            return true;
        if (at < gid)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/*
 * Whether the task may write to the file, or change its mode so that it may. As Falco reckons it: owner, mode, the two
 * capabilities; no access control lists.
 */
part_function may_write(u64 of, u64 what)
{
    struct task_struct *task = (void *)of;
    struct inode *inode = GET((struct file *)what, f_inode);
    struct inode___owner *owner = (void *)inode;
    struct super_block___flags *sb = (void *)GET(inode, i_sb);
    struct cred *cred = (struct cred *)GET(task, cred);
    struct cred___file *fs = (void *)cred;
    u32 mode = GET(inode, i_mode), kind = mode & KIND_MASK;
    u32 uid = GET(inode, i_uid).val, gid = GET(owner, i_gid).val, fsuid = GET(fs, fsuid).val;
    if (GET(sb, s_flags) & SUPER_READ_ONLY && (kind == KIND_FILE || kind == KIND_FOLDER || kind == KIND_LINK))
        return 0;
    if (GET(owner, i_flags) & INODE_IMMUTABLE || uid == NOBODY || gid == NOBODY)
        return 0;
    if (fsuid == uid)
        return 1;
    if (gid == GET(fs, fsgid).val || in_groups(fs, gid))
        mode >>= 3;
    if (mode & MAY_WRITE)
        return 1;
    struct user_namespace___maps *ns = (void *)GET(cred, user_ns);
    u64 can = GET(cred, cap_effective).val;
    if (!ns || !(can & (1ull << CAN_OVERRIDE_MODE | 1ull << CAN_OWN)) || !id_mapped(&ns->uid_map, uid))
        return 0;
    return can & 1ull << CAN_OWN || id_mapped(&ns->gid_map, gid) ? 1 : 0;
}

static always_inline u64 counted(struct mm_struct *mm, u32 which)
{
    if (HAS(struct mm_struct___atomics, rss_stat.count)) {
        struct counter n = {};
        read_kernel(&n, sizeof(n), (void *)mm + OFFSET(struct mm_struct___atomics, rss_stat) + which * sizeof(n));
        return n.counter < 0 ? 0 : n.counter;
    }
    struct mm_struct___counters *m = (void *)mm;
    s64 n = 0;
    u32 size = __builtin_preserve_type_info(*(struct percpu_counter *)0, 1);
    read_kernel(&n, sizeof(n),
                (void *)m + OFFSET(struct mm_struct___counters, rss_stat) + which * size + OFFSET(struct percpu_counter, count));
    return n < 0 ? 0 : n;
}

static always_inline u32 tty_of(struct signal_struct *signal)
{
    struct tty_struct *tty = GET(signal, tty);
    struct tty_driver *driver = tty ? GET(tty, driver) : NULL;
    if (!driver)
        return 0;
    return device(((u32)GET(driver, major) << 20 | (u32)GET(driver, minor_start)) + GET(tty, index));
}

/* Numbers and namespaces. */
static always_inline void identity_facts(struct process_facts *to, struct task_struct *task)
{
    struct pid *own = GET(task, thread_pid), *group = pid_of(task, PIDTYPE_TGID);
    struct pid *pgid = pid_of(task, PIDTYPE_PGID), *sid = pid_of(task, PIDTYPE_SID);
    struct task_struct *parent = GET(task, real_parent);
    to->tid = GET(task, pid);
    to->pid = GET(task, tgid);
    to->ppid = GET(parent, tgid);
    to->parent_tid = GET(parent, pid);
    to->vtid = number_inside(own);
    to->vpid = number_inside(group);
    to->sid = number_outside(sid);
    to->vsid = number_inside(sid);
    to->pgid = number_outside(pgid);
    to->vpgid = number_inside(pgid);

    u32 level = own ? GET(own, level) : 0;
    struct pid_namespace *ns = own ? pid_at(own, level).ns : NULL;
    struct nsproxy *namespaces = GET(task, nsproxy);
    struct task_struct *init = GET(ns, child_reaper);
    to->pidns = GET(ns, ns.inum);
    to->pidns_start_ns = GET(init, start_boottime);
    to->mntns = GET(GET(namespaces, mnt_ns), ns.inum);
    to->netns = GET(GET(namespaces, net_ns), ns.inum);
    if (level)
        to->flags |= PROCESS_IN_PIDNS;
    if (init && GET(init, tgid) == to->pid)
        to->flags |= PROCESS_PIDNS_INIT;
    if (namespaces && GET(namespaces, pid_ns_for_children) != ns)
        to->flags |= PROCESS_NEW_PIDNS;
}

/* All that is known of a task; `exec`: it begins a program, and whether it may write to that is wanted. */
part_function add_process(u64 of, u32 exec)
{
    struct build *b = building();
    struct process_facts *to = b ? (void *)part_bytes(b, sizeof(struct process_facts)) : NULL;
    struct task_struct *task = (void *)of;
    if (!to)
        return 0;
    __builtin_memset(to, 0, sizeof(*to));
    identity_facts(to, task);

    struct cred *cred = (struct cred *)GET(task, cred);
    to->uid = GET(cred, uid).val;
    to->gid = GET(cred, gid).val;
    to->euid = GET(cred, euid).val;
    to->egid = GET(cred, egid).val;
    to->cap_permitted = GET(cred, cap_permitted).val;
    to->cap_effective = GET(cred, cap_effective).val;
    to->cap_inheritable = GET(cred, cap_inheritable).val;
    to->userns = GET(GET(cred, user_ns), ns.inum);
    to->loginuid = HAS(struct task_struct, loginuid) ? GET(task, loginuid).val : NOBODY;

    struct signal_struct *signal = GET(task, signal);
    struct signal_struct___process *more = (void *)signal;
    to->tty = tty_of(signal);
    to->fd_limit = GET(signal, rlim[RLIMIT_NOFILE].rlim_cur);
    if (GET_BITS(more, is_child_subreaper))
        to->flags |= PROCESS_SUBREAPER;
    if (GET(task, flags) & PF_KTHREAD)
        to->flags |= PROCESS_KERNEL_THREAD;
    to->start_ns = GET(task, start_boottime);
    to->exec_id = GET(task, self_exec_id);
    to->faults_major = GET(task, maj_flt);
    to->faults_minor = GET(task, min_flt);
    to->cgroup_id = GET(GET(GET(GET(task, cgroups), dfl_cgrp), kn), id);
    read_kernel(to->comm, sizeof(to->comm), &task->comm);

    struct mm_struct *mm = GET(task, mm);
    struct file *exe = mm ? GET(mm, exe_file) : NULL;
    if (mm) {
        to->vm_size_kb = GET(mm, total_vm) << PAGE_KB_SHIFT;
        to->vm_rss_kb = (counted(mm, RSS_FILE) + counted(mm, RSS_ANONYMOUS) + counted(mm, RSS_SHARED)) << PAGE_KB_SHIFT;
        to->vm_swap_kb = counted(mm, RSS_SWAP) << PAGE_KB_SHIFT;
    }
    if (exe) {
        file_facts_of(&to->exe, exe);
        if (is_memfd(exe))
            to->exe.flags |= FILE_MEMFD;
        if (exec && may_write(of, (u64)exe))
            to->exe.flags |= FILE_WRITABLE;
    }
    part_end(b, PART_PROCESS, 0, 0, sizeof(*to));
    return 0;
}

/* Bytes of the program at hand from one address up to another, at most `most`: page by page, for one may not be there. */
part_function add_user_range(u32 kind, u64 from, u64 end, u32 most)
{
    struct build *b = building();
    u8 *to = b ? part_bytes(b, MAX_ARGUMENTS + PAGE) : NULL;
    if (!to || end <= from)
        return 0;
    if (most > MAX_ARGUMENTS)
        most = MAX_ARGUMENTS;
    u64 size = end - from < most ? end - from : most;
    u8 flags = size < end - from ? PART_TRUNCATED : 0;
    b->path_at = 0;
    for (int i = 0; i < MAX_ARGUMENTS / PAGE + 1; i++) {
        u64 at = b->path_at, n = PAGE - ((from + at) & (PAGE - 1));
        if (at >= size)
            break;
        if (n > size - at)
            n = size - at;
        u32 piece = (u32)n, place = (u32)at;
        BOUND(piece, 0x1fff);
        BOUND(place, 0x7fff);
        if (piece > PAGE)
            break;
        if (read_user(to + place, piece, (void *)(from + at)) < 0) {
            flags |= PART_FAULT;
            break;
        }
        b->path_at = (u32)(at + n);
    }
    u32 got = b->path_at;
    BOUND(got, 0xffff);
    part_end(b, kind, 0, flags, got);
    return 0;
}

/* The path of a control group from its hierarchy's root. */
part_function add_cgroup(u32 index, u64 node)
{
    struct build *b = building();
    u8 *out = b ? part_bytes(b, MAX_PATH_BYTES + 1) : NULL;
    if (!out)
        return 0;
    struct kernfs_node *kn = (void *)node;
    u8 flags = PART_TRUNCATED;
    b->path_at = PATH_ROOM;
    for (int i = 0; i < CGROUP_DEPTH; i++) {
        struct kernfs_node *parent = NULL;
        if (HAS(struct kernfs_node___parent, parent))
            parent = GET((struct kernfs_node___parent *)kn, parent);
        else
            parent = GET((struct kernfs_node___hidden *)kn, __parent);
        if (!parent) {
            flags = 0;
            break;
        }
        long n = read_kernel_text(out, 256, GET(kn, name)) - 1;
        u32 size = (u32)n, at = b->path_at;
        if (n <= 0 || size > 255 || size + 1 > at || at > PATH_ROOM)
            break;
        BOUND(size, 0xff);
        at -= size;
        u32 to = at;
        BOUND(to, 0xfff);
        read_kernel(b->walk + to, size, out);
        at -= 1;
        b->path_at = at;
        BOUND(at, 0xfff);
        b->walk[at] = '/';
        kn = parent;
    }
    u32 at = b->path_at, size = PATH_ROOM - at;
    if (size == 0) {
        out[0] = '/';
        out[1] = 0;
        part_end(b, PART_CGROUP, index, flags, 2);
        return 0;
    }
    BOUND(at, 0xfff);
    BOUND(size, 0x1fff);
    if (size > PATH_ROOM)
        return 0;
    read_kernel(out, size, b->walk + at);
    out[size] = 0;
    part_end(b, PART_CGROUP, index, flags, size + 1);
    return 0;
}

static always_inline u64 cgroup_node(struct css_set *set, s32 subsystem)
{
    struct cgroup_subsys_state *css = NULL;
    read_kernel(&css, sizeof(css), (void *)set + OFFSET(struct css_set, subsys) + (u64)subsystem * sizeof(css));
    return css ? (u64)GET(GET(css, cgroup), kn) : 0;
}

/* A subsystem's path; a part without bytes where it is that of the subsystem before. */
part_function add_subsystem(u32 index, u64 set, s32 subsystem, u64 before)
{
    struct build *b = building();
    u64 node = subsystem < 0 ? 0 : cgroup_node((void *)set, subsystem);
    if (!b || !node)
        return 0;
    if (node != before) {
        add_cgroup(index, node);
    } else if (part_bytes(b, 0)) {
        part_end(b, PART_CGROUP, index, 0, 0);
    }
    return 0;
}

part_function add_cgroups(u64 of)
{
    struct css_set *set = GET((struct task_struct *)of, cgroups);
    s32 ids[5] = {SUBSYSTEM(cpuset), SUBSYSTEM(cpu), SUBSYSTEM(cpuacct), SUBSYSTEM(io), SUBSYSTEM(memory)};
    u64 before = 0;
    for (u32 i = 0; i < 5; i++) {
        add_subsystem(i, (u64)set, ids[i], before);
        if (ids[i] >= 0)
            before = cgroup_node(set, ids[i]);
    }
    u64 unified = (u64)GET(GET(set, dfl_cgrp), kn);
    if (unified)
        add_cgroup(SUBSYS_UNIFIED, unified);
    return 0;
}
