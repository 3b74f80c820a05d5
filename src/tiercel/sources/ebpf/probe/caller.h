/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* The caller of a call that makes processes, and of one that failed to begin a program. */
#pragma once
#include "process.h"

enum { MADE = 1, MANY_STRINGS = 128 };      /* struct plan, `process`: MADE, or 1 more than the place of an argument vector */

/* Strings that a program's vector of pointers names, one after the other, about `most` bytes. */
part_function add_vector(u32 kind, u64 from, u32 most, u32 compat)
{
    struct build *b = building();
    u8 *to = b ? part_bytes(b, MAX_ARGUMENTS + MAX_STRING) : NULL;
    u8 flags = PART_TRUNCATED;
    if (!to)
        return 0;
    b->path_at = 0;
    for (int i = 0; i < MANY_STRINGS; i++) {
        u64 string = 0;
        u32 at = b->path_at, width = compat ? 4 : 8;
        if (at >= most)
            break;
        if (read_user(&string, width, (void *)(from + (u64)i * width)) < 0) {
            flags = PART_FAULT;
            break;
        }
        if (!string) {
            flags = 0;
            break;
        }
        BOUND(at, 0x7fff);
        long n = read_user_text(to + at, MAX_STRING, (void *)string);
        if (n <= 0) {
            flags = PART_FAULT;
            break;
        }
        b->path_at = at + (u32)n;
    }
    u32 got = b->path_at;
    BOUND(got, 0xffff);
    part_end(b, kind, 0, flags, got);
    return 0;
}

part_function add_caller(u32 how, u32 compat)
{
    struct build *b = building();
    struct task_struct *task = current_task();
    if (!b)
        return 0;
    struct record *r = head_of(b);
    struct mm_struct *mm = GET(task, mm);
    add_process((u64)task, how != MADE);
    if (how == MADE) {
        if (mm && r->result > 0)
            add_user_range(PART_ARGUMENTS, GET(mm, arg_start), GET(mm, arg_end), MAX_ARGUMENTS);
    } else {
        struct file *exe = mm ? GET(mm, exe_file) : NULL;
        u32 place = how - 1;
        if (exe)
            add_file_path(PART_EXEPATH, 0, exe);
        add_vector(PART_ARGUMENTS, r->args[place & 3], MAX_ARGUMENTS - 1, compat);
        add_vector(PART_ENVIRONMENT, r->args[(place + 1) & 3], MAX_ENVIRONMENT, compat);
    }
    add_cgroups((u64)task);
    return 0;
}
