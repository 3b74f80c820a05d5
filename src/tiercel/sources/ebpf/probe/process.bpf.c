/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Processes that begin, run another program, end: told by the scheduler's tracepoints, for there nobody can lie, and
 * every way of doing it comes by (also forks that no call of a program's asked for).
 */
#define BUILDS task_build
#include "process.h"

enum {
    CALL_CLONE = 56, CALL_FORK = 57, CALL_VFORK = 58, CALL_EXECVE = 59, CALL_EXECVEAT = 322, CALL_CLONE3 = 435,
    COMPAT_FORK = 2, COMPAT_CLONE = 120, COMPAT_VFORK = 190,
    COMPAT_STATUS = 2, X32 = 0x40000000,
    SHARES_MEMORY = 0x100, SHARES_FOLDERS = 0x200, SHARES_FILES = 0x400, SHARES_SIGNALS = 0x800,
    IS_VFORK = 0x4000, IS_THREAD = 0x10000,
    SHARES = SHARES_MEMORY | SHARES_FOLDERS | SHARES_FILES | SHARES_SIGNALS | IS_THREAD,
    MANY_THREADS = 64, MANY_ANCESTORS = 60,
    OPENED_TO_EXECUTE = 0x20,
    MANY_FILES = 64,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct thread_struct { unsigned long sp; };
struct fork_frame { struct pt_regs regs; };
struct sighand_struct;
struct callback_head { struct callback_head *next; };
struct task_struct___fork { struct thread_struct thread; struct sighand_struct *sighand; struct callback_head *task_works; };
struct file___dropped { struct callback_head f_task_work; };                 /* 6.5 and newer */
struct file___freed { struct callback_head f_rcuhead; };                     /* 6.0 to 6.4 */
struct file___older { struct { struct callback_head fu_rcuhead; } f_u; };
struct linux_binprm___more { const char *fdpath; };

#pragma clang attribute pop

/* A tracepoint's argument as a plain number: what functions take. */
static always_inline u64 argument(u64 *context, u32 index)
{
    u64 value = 0;
    read_kernel(&value, sizeof(value), context + index);
    return value;
}

/* The sensor itself is left out, not its children: they may be what is to be seen. */
static always_inline bool is_own(u32 pid)
{
    u32 zero = 0;
    struct settings *s = map_lookup(&settings, &zero);
    return !s || s->own_pid == pid;
}

static always_inline u64 shared(struct task_struct *parent, struct task_struct *child)
{
    struct task_struct___fork *p = (void *)parent, *c = (void *)child;
    struct mm_struct *mm = GET(child, mm);
    u64 flags = 0;
    if (mm && mm == GET(parent, mm))
        flags |= SHARES_MEMORY;
    if (GET(child, fs) == GET(parent, fs))
        flags |= SHARES_FOLDERS;
    if (GET(child, files) == GET(parent, files))
        flags |= SHARES_FILES;
    if (GET(c, sighand) == GET(p, sighand))
        flags |= SHARES_SIGNALS;
    if (GET(child, tgid) == GET(parent, tgid))
        flags |= IS_THREAD;
    return flags;
}

/*
 * Which call asked for the child, and with which flags. The child has a copy of the registers with which its parent came
 * into the kernel. What of the flags shows in the child is taken from there; all of it where no call asked.
 */
static always_inline void fork_call(struct record *r, struct task_struct *parent, struct task_struct *child)
{
    struct pt_regs regs = {};
    u64 flags = 0;
    r->nr = CALL_CLONE;
    if (HAS(struct fork_frame, regs)) {
        u64 frame = GET((struct task_struct___fork *)child, thread.sp);
        read_kernel(&regs, sizeof(regs), (void *)frame + OFFSET(struct fork_frame, regs));
    }
    u32 number = (u32)regs.orig_ax & ~X32;
    bool called = true;
    if (GET(parent, thread_info.status) & COMPAT_STATUS) {
        r->flags |= RECORD_COMPAT;
        regs.di = (u32)regs.bx;
        number = number == COMPAT_CLONE ? CALL_CLONE : number == COMPAT_FORK ? CALL_FORK :
                 number == COMPAT_VFORK ? CALL_VFORK : number == CALL_CLONE3 ? number : 0;
    }
    if (number == CALL_CLONE)
        flags = (u32)regs.di & ~0xffu;
    else if (number == CALL_CLONE3)
        read_user(&flags, sizeof(flags), (void *)regs.di);
    else if (number == CALL_VFORK)
        flags = IS_VFORK;
    else if (number != CALL_FORK)
        called = false;
    if (called && !(GET(parent, flags) & PF_KTHREAD))
        r->nr = number;
    r->args[0] = (flags & ~(u64)SHARES) | shared(parent, child);
}

SECTION("tp_btf/sched_process_fork")
int process_fork(u64 *context)
{
    struct task_struct *parent = current_task();
    u64 of = argument(context, 1);
    struct task_struct *child = (void *)of;
    u32 pid = GET(child, tgid);
    if (is_own(pid) || GET(child, flags) & PF_KTHREAD)
        return 0;
    struct build *b = build_begin(RECORD_FORK, 0);
    if (!b) {
        count_loss(LOST_SCRATCH);
        return 0;
    }
    struct record *r = head_of(b);
    r->args[1] = r->tid;
    r->args[2] = r->pid;
    r->tid = GET(child, pid);
    r->pid = pid;
    r->args[3] = r->args[4] = r->args[5] = 0;
    fork_call(r, parent, child);
    add_process(of, 0);
    /* The child's memory may be a copy that is not to be read from here, but says the same at the same place. */
    struct mm_struct *mm = GET(child, mm);
    if (mm && !(GET(parent, flags) & PF_KTHREAD))
        add_user_range(PART_ARGUMENTS, GET(mm, arg_start), GET(mm, arg_end), MAX_ARGUMENTS);
    add_cgroups(of);
    build_end(b, &state_ring, LOST_CLONE_FORK);
    return 0;
}

/*
 * The script that an interpreter was started for: by now the kernel has let go of it, but what is let go of is only
 * closed when the task goes back to its program. Of the files that wait for it and were opened to be executed, the script
 * was let go of first, and so is the last of the list.
 */
part_function add_script(u64 of)
{
    struct build *b = building();
    if (!b)
        return 0;
    struct callback_head *work = GET((struct task_struct___fork *)of, task_works);
    struct file *script = NULL;
    for (int i = 0; i < MANY_FILES && work; i++) {
        struct file *f = NULL;
        if (HAS(struct file___dropped, f_task_work))
            f = (void *)work - OFFSET(struct file___dropped, f_task_work);
        else if (HAS(struct file___freed, f_rcuhead))
            f = (void *)work - OFFSET(struct file___freed, f_rcuhead);
        else if (HAS(struct file___older, f_u.fu_rcuhead))
            f = (void *)work - OFFSET(struct file___older, f_u.fu_rcuhead);
        struct inode *inode = GET(f, f_inode);
        /* Other things wait too: what does not look like a file is none. */
        if (inode && GET(f, f_flags) & OPENED_TO_EXECUTE && (GET(inode, i_mode) & KIND_MASK) == KIND_FILE &&
            GET(GET(f, f_path.dentry), d_sb) == GET(inode, i_sb) &&
            GET(GET(f, f_path.mnt), mnt_sb) == GET(inode, i_sb))
            script = f;
        work = GET(work, next);
    }
    struct file_facts *facts = script ? (void *)part_bytes(b, sizeof(struct file_facts)) : NULL;
    if (!facts)
        return 0;
    file_facts_of(facts, script);
    if (is_memfd(script))
        facts->flags |= FILE_MEMFD;
    part_end(b, PART_SECOND_FILE, 0, 0, sizeof(struct file_facts));
    add_file_path(PART_PATH, 0, script);
    return 0;
}

static always_inline void add_folder(u32 kind, struct path *of)
{
    struct path at = {};
    read_kernel(&at, sizeof(at), of);
    if (at.dentry)
        add_path(kind, 0, (u64)at.mnt, (u64)at.dentry);
}

SECTION("tp_btf/sched_process_exec")
int process_exec(u64 *context)
{
    struct task_struct *task = current_task();
    u64 of = (u64)task;
    struct linux_binprm *bprm = (void *)argument(context, 2);
    struct linux_binprm___more *more = (void *)bprm;
    struct build *b = build_begin(RECORD_EXEC, GET(more, fdpath) ? CALL_EXECVEAT : CALL_EXECVE);
    if (!b) {
        count_loss(LOST_SCRATCH);
        return 0;
    }
    struct record *r = head_of(b);
    r->args[0] = (u32)argument(context, 1);           /* its number before: another where a thread did this */
    r->args[1] = r->args[2] = r->args[3] = r->args[4] = r->args[5] = 0;
    add_process(of, 1);
    struct mm_struct *mm = GET(task, mm);
    struct file *exe = GET(mm, exe_file);
    if (exe)
        add_file_path(PART_EXEPATH, 0, exe);
    add_cgroups(of);
    u64 filename = (u64)GET(bprm, filename), interpreter = (u64)GET(bprm, interp);
    if (filename)
        add_text(PART_STRING, 0, filename);
    if (interpreter && interpreter != filename) {
        add_text(PART_STRING, 1, interpreter);
        add_script(of);
    }
    struct fs_struct *fs = GET(task, fs);
    add_folder(PART_FOLDER, &fs->pwd);
    add_folder(PART_ROOT, &fs->root);
    add_user_range(PART_ARGUMENTS, GET(mm, arg_start), GET(mm, arg_end), MAX_ARGUMENTS);
    add_user_range(PART_ENVIRONMENT, GET(mm, env_start), GET(mm, env_end), MAX_ENVIRONMENT);
    build_end(b, &state_ring, LOST_EXECVE);
    return 0;
}

/* A thread of the process that goes on: 0 where there is none, -1 where there are too many to say. */
part_function living_thread(u64 of)
{
    struct signal_struct *signal = GET((struct task_struct *)of, signal);
    u64 head = (u64)signal + OFFSET(struct signal_struct, thread_head), at;
    read_kernel(&at, sizeof(at), (void *)head);
    for (int i = 0; i < MANY_THREADS; i++) {
        if (at == head || !at)
            return 0;
        struct task_struct *thread = (void *)at - OFFSET(struct task_struct, thread_node);
        if (!(GET(thread, flags) & PF_EXITING))
            return GET(thread, pid);
        read_kernel(&at, sizeof(at), (void *)at);
    }
    return -1;
}

/* Who gets the children of a thread that ends, as the kernel will decide: 0 nobody, -1 not to be said. */
part_function reaper_of(u64 of)
{
    struct task_struct *task = (void *)of;
    int found = living_thread(of);
    if (found)
        return found;
    struct pid *pid = GET(task, thread_pid);
    u32 level = GET(pid, level);
    struct task_struct *init = GET(pid_at(pid, level).ns, child_reaper);
    if (init == task)
        return 0;
    struct signal_struct___process *signal = (void *)GET(task, signal);
    if (!GET_BITS(signal, has_child_subreaper))
        return GET(init, pid);
    struct task_struct *above = GET(task, real_parent);
    for (int i = 0; i < MANY_ANCESTORS; i++) {
        if (GET(GET(above, thread_pid), level) != level || above == init)
            return GET(init, pid);
        signal = (void *)GET(above, signal);
        if (GET_BITS(signal, is_child_subreaper)) {
            found = living_thread((u64)above);
            if (found)
                return found;
        }
        above = GET(above, real_parent);
    }
    return -1;
}

SECTION("tp_btf/sched_process_exit")
int process_exit(u64 *context)
{
    struct task_struct *task = current_task();
    if (is_own(current_numbers() >> 32))
        return 0;
    struct build *b = build_begin(RECORD_EXIT, 0);
    if (!b) {
        count_loss(LOST_SCRATCH);
        return 0;
    }
    struct record *r = head_of(b);
    r->args[0] = r->args[1] = r->args[2] = r->args[3] = r->args[4] = r->args[5] = 0;
    struct exit_facts *facts = (void *)part_bytes(b, sizeof(struct exit_facts));
    if (!facts)
        return 0;
    struct signal_struct___process *signal = (void *)GET(task, signal);
    facts->status = GET(task, exit_code);
    facts->threads_left = GET(signal, live).counter;
    facts->reserved = 0;
    u64 children = (u64)task + OFFSET(struct task_struct, children), first = 0;
    read_kernel(&first, sizeof(first), (void *)children);
    facts->reaper = first && first != children ? reaper_of((u64)task) : 0;
    part_end(b, PART_EXIT, 0, 0, sizeof(*facts));
    build_end(b, &state_ring, LOST_PROC_EXIT);
    return 0;
}
