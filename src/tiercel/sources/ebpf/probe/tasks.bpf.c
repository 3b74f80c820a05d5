/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What is there already when the sensor starts: an iterator over all tasks, and one over their descriptors. What is read
 * from them are records as in the rings, one behind the other.
 */
#define BUILDS iterator_build
#include "sockets.h"
#include "process.h"

/* The kernel's buffer for one record is 32 KiB. */
enum { MAX_TOLD = 32000, CLOSED_WITH_EXEC = 02000000 };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct seq_file;
struct fdtable___flags { unsigned long *close_on_exec; };
struct bpf_iter_meta { struct seq_file *seq; };
#pragma clang attribute pop

/* Arguments of an iterator's program lie in words of eight bytes. */
struct visit { struct bpf_iter_meta *meta; u64 task, fd, file; };

static always_inline u64 word(struct visit *v, u32 index)
{
    u64 value = 0;
    read_kernel(&value, sizeof(value), (u64 *)v + index);
    return value;
}

static always_inline struct build *told_begin(u8 kind, struct task_struct *task)
{
    struct build *b = build_begin(kind, 0);
    if (!b)
        return NULL;
    struct record *r = head_of(b);
    r->tid = GET(task, pid);
    r->pid = GET(task, tgid);
    r->args[0] = r->args[1] = r->args[2] = r->args[3] = r->args[4] = r->args[5] = 0;
    return b;
}

static always_inline void told_end(struct build *b, struct seq_file *seq)
{
    struct record *r = head_of(b);
    u32 size = b->at;
    if (b->cut)
        r->flags |= RECORD_CUT;
    if (size > MAX_TOLD)
        return;
    r->size = size;
    r->ts = boot_time();
    BOUND(size, 0x7fff);
    seq_write(seq, b->bytes, size);
}

static always_inline void folder(u32 kind, struct path *of)
{
    struct path at = {};
    read_kernel(&at, sizeof(at), of);
    if (at.dentry)
        add_path(kind, 0, (u64)at.mnt, (u64)at.dentry);
}

SECTION("iter/task")
int each_task(struct visit *v)
{
    struct seq_file *seq = v->meta->seq;
    u64 of = word(v, 1);
    struct task_struct *task = (void *)of;
    if (!of)
        return 0;
    /* Of a process that is dead but for its number nothing more will be heard. */
    struct signal_struct___process *signal = (void *)GET(task, signal);
    if (GET(signal, live).counter <= 0)
        return 0;
    struct build *b = told_begin(RECORD_TASK, task);
    if (!b)
        return 0;
    add_process(of, 1);
    if (GET(task, pid) == GET(task, tgid)) {
        struct mm_struct *mm = GET(task, mm);
        struct file *exe = mm ? GET(mm, exe_file) : NULL;
        if (exe)
            add_file_path(PART_EXEPATH, 0, exe);
        struct fs_struct *fs = GET(task, fs);
        if (fs) {
            folder(PART_FOLDER, &fs->pwd);
            folder(PART_ROOT, &fs->root);
        }
    }
    u32 at = b->at;
    u16 parts = head_of(b)->parts;
    add_cgroups(of);
    if (b->at > MAX_TOLD) {
        b->at = at;
        head_of(b)->parts = parts;
        b->cut = 1;
    }
    told_end(b, seq);
    return 0;
}

/* Of the descriptor, not of the file: to be added to how that was opened. */
static always_inline u32 descriptor_flags(struct task_struct *task, u32 fd)
{
    struct fdtable___flags *table = (void *)GET(GET(task, files), fdt);
    unsigned long bits = 0;
    read_kernel(&bits, sizeof(bits), GET(table, close_on_exec) + fd / 64);
    return bits >> fd % 64 & 1 ? CLOSED_WITH_EXEC : 0;
}

SECTION("iter/task_file")
int each_descriptor(struct visit *v)
{
    struct seq_file *seq = v->meta->seq;
    u64 task = word(v, 1), of = word(v, 3);
    struct file *f = (void *)of;
    if (!of || !task)
        return 0;
    struct build *b = told_begin(RECORD_DESCRIPTOR, (void *)task);
    struct file_facts *facts = b ? (void *)part_bytes(b, sizeof(struct file_facts)) : NULL;
    if (!facts)
        return 0;
    u32 fd = (u32)word(v, 2);
    head_of(b)->args[0] = fd;
    file_facts_of(facts, f);
    facts->open_flags |= descriptor_flags((void *)task, fd);
    if (is_memfd(f))
        facts->flags |= FILE_MEMFD;
    u32 kind = facts->mode & KIND_MASK;
    part_end(b, PART_FILE, 0, 0, sizeof(struct file_facts));
    if (kind == KIND_SOCKET)
        add_socket(0, of);
    else
        add_file_path(PART_PATH, 0, f);
    told_end(b, seq);
    return 0;
}
