/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * System calls, when they return. What to gather of each, a plan says; a byte tells the calls of which nothing is wanted,
 * for they are nearly all.
 */
#define BUILDS call_build
#include "sockets.h"
#include "caller.h"

enum { COMPAT_STATUS = 2, X32 = 0x40000000 };

struct arguments { u64 of[6]; };

struct user_vector { u64 base, size; };
struct user_vector32 { u32 base, size; };
struct user_message { u64 name; u32 name_size; u32 pad; u64 vectors; u64 n_vectors; };
struct user_message32 { u32 name; u32 name_size; u32 vectors; u32 n_vectors; };

/* The place that a plan names: an argument, or the result. */
static always_inline u64 at_place(const struct record *r, u8 place)
{
    if (place == OF_RESULT)
        return r->result;
    return place < 6 ? r->args[place & 7] : 0;
}

/* The address that a call was given, or gave back. */
part_function add_address(u32 nr, u32 compat)
{
    struct build *b = building();
    const struct plan *p = map_lookup(&plans, &nr);
    if (!b || !p)
        return 0;
    const struct record *r = head_of(b);
    u64 from = at_place(r, p->address);
    u32 size = 0;
    if (p->address_how == PLAIN) {
        size = (u32)at_place(r, p->address_size);
    } else if (p->address_how == SIZE_BEHIND_POINTER) {
        u64 behind = at_place(r, p->address_size);
        if (!behind || read_user(&size, sizeof(size), (void *)behind) < 0)
            return 0;
    } else if (compat) {
        struct user_message32 m = {};
        read_user(&m, sizeof(m), (void *)from);
        from = m.name;
        size = m.name_size;
    } else {
        struct user_message m = {};
        read_user(&m, sizeof(m), (void *)from);
        from = m.name;
        size = m.name_size;
    }
    if (from && size)
        add_user_memory(PART_ADDRESS, p->address, from, size < MAX_ADDRESS ? size : MAX_ADDRESS, size);
    return 0;
}

/* What was transferred: of a call with vectors, of the first sixteen of them. */
part_function add_data(u32 nr, u32 most, u32 compat)
{
    struct build *b = building();
    const struct plan *p = map_lookup(&plans, &nr);
    if (!b || !p)
        return 0;
    const struct record *r = head_of(b);
    u64 from = at_place(r, p->data), vectors = 0, n_vectors = 0;
    s64 whole = (s64)at_place(r, p->data_size);
    u8 how = p->data_how;
    if (how == IN_VECTOR) {
        vectors = from;
        n_vectors = whole;
        whole = r->result;
    } else if (how != PLAIN) {
        if (compat) {
            struct user_message32 m = {};
            read_user(&m, sizeof(m), (void *)from);
            vectors = m.vectors;
            n_vectors = m.n_vectors;
        } else {
            struct user_message m = {};
            read_user(&m, sizeof(m), (void *)from);
            vectors = m.vectors;
            n_vectors = m.n_vectors;
        }
        whole = how == IN_MESSAGES ? (s64)most : r->result;
    } else {
        vectors = 0;
        n_vectors = 1;
    }
    if (whole <= 0 || !from)
        return 0;
    if (most > MAX_DATA - 1)
        most = MAX_DATA - 1;
    u32 left = whole < most ? (u32)whole : most, used = 0;
    u8 *to = part_bytes(b, 2 * MAX_DATA);
    if (!to)
        return 0;
    for (int i = 0; i < 16; i++) {
        struct user_vector v = {from, left};
        if ((u64)i >= n_vectors || used >= left)
            break;
        if (how != PLAIN) {
            if (compat) {
                struct user_vector32 w = {};
                read_user(&w, sizeof(w), (void *)(vectors + i * sizeof(w)));
                v.base = w.base;
                v.size = w.size;
            } else {
                read_user(&v, sizeof(v), (void *)(vectors + i * sizeof(v)));
            }
        }
        u32 n = left - used;
        if (v.size < n)
            n = (u32)v.size;
        u32 at = used;
        BOUND(at, 0xfff);
        BOUND(n, 0xfff);
        if (n && read_user(to + at, n, (void *)v.base) < 0)
            break;
        used += n;
        BOUND(used, 0x1fff);
    }
    part_end(b, PART_DATA, p->data, used < whole ? PART_TRUNCATED : 0, used);
    return 0;
}

/* Structures of a program's that a call's arguments point to. */
part_function add_memory(u32 nr)
{
    struct build *b = building();
    const struct plan *p = map_lookup(&plans, &nr);
    if (!b || !p)
        return 0;
    const struct record *r = head_of(b);
    for (int i = 0; i < 2; i++) {
        u64 from = p->memory[i] == NO_PLACE ? 0 : at_place(r, p->memory[i]);
        if (from)
            add_user_memory(PART_MEMORY, p->memory[i], from, p->memory_size[i], p->memory_size[i]);
    }
    return 0;
}

/* The open file of a descriptor that the plan names. */
static always_inline u64 file_at(const struct record *r, u8 place)
{
    s64 fd = place == NO_PLACE ? -1 : (s32)at_place(r, place);
    return fd < 0 ? 0 : (u64)file_of(current_task(), fd);
}

part_function gather(u32 nr, u32 compat, u32 data_bytes)
{
    struct build *b = building();
    const struct plan *p = map_lookup(&plans, &nr);
    if (!b || !p)
        return 0;
    const struct record *r = head_of(b);
    for (int i = 0; i < 6; i++)
        if (p->strings & (1 << i) && r->args[i])
            add_user_text(PART_STRING, i, r->args[i]);
    u64 f = file_at(r, p->file);
    if (f)
        add_file(p->file, f);
    f = file_at(r, p->second_file);
    if (f) {
        add_file(p->second_file, f);
        add_socket(p->second_file, f);
    }
    f = file_at(r, p->socket);
    if (f)
        add_socket(p->socket, f);
    if (p->address != NO_PLACE)
        add_address(nr, compat);
    if (p->memory[0] != NO_PLACE)
        add_memory(nr);
    if (p->data != NO_PLACE && r->result > 0)
        add_data(nr, data_bytes, compat);
    if (p->wanted & WANT_FOLDER && r->result >= 0)
        add_working_directory(0);
    if (p->process)
        add_caller(p->process, compat);
    return 0;
}

SECTION("tp_btf/sys_exit")
int call_exit(u64 *context)
{
    struct pt_regs *regs = (void *)context[0];
    s64 result = (s64)context[1];
    u32 number = (u32)regs->orig_ax & ~X32;
    if (number >= NUMBERS)
        return 0;
    u8 *wanted = map_lookup(&interest, &number);
    if (!wanted || !*wanted)
        return 0;
    struct task_struct *task = current_task();
    bool compat = GET(task, thread_info.status) & COMPAT_STATUS;
    u32 way = compat ? NUMBERS + number : number;
    u16 *stands_for = map_lookup(&numbers, &way);
    if (!stands_for)
        return 0;
    u32 nr = *stands_for, zero = 0;
    struct plan *p = map_lookup(&plans, &nr);
    if (!p || !(p->wanted & (result < 0 && result >= -4095 ? WANT_FAILURE : WANT_SUCCESS)))
        return 0;
    if (p->process && result == 0)
        return 0;                                     /* a new process, or program: told by the scheduler */
    struct settings *s = map_lookup(&settings, &zero);
    if (!s || (u32)(current_numbers() >> 32) == s->own_pid)
        return 0;
    struct build *b = build_begin(RECORD_CALL, nr);
    if (!b) {
        count_loss(LOST_SCRATCH);
        return 0;
    }
    struct record *r = head_of(b);
    r->result = result;
    if (compat) {
        r->flags = RECORD_COMPAT;
        r->args[0] = (u32)regs->bx;
        r->args[1] = (u32)regs->cx;
        r->args[2] = (u32)regs->dx;
        r->args[3] = (u32)regs->si;
        r->args[4] = (u32)regs->di;
        r->args[5] = (u32)regs->bp;
    } else {
        r->args[0] = regs->di;
        r->args[1] = regs->si;
        r->args[2] = regs->dx;
        r->args[3] = regs->r10;
        r->args[4] = regs->r8;
        r->args[5] = regs->r9;
    }
    gather(nr, compat, s->data_bytes);
    if (p->wanted & WANT_STATE)
        build_end(b, &state_ring, p->loss);
    else
        build_end(b, &calls_ring, p->loss);
    return 0;
}
