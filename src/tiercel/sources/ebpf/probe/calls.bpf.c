/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * System calls, when they return. What to gather of each, a plan says; a byte tells the calls of which nothing is wanted,
 * for they are nearly all.
 */
#define BUILDS call_build
#include "sockets.h"
#include "caller.h"

enum {
    COMPAT_STATUS = 2, X32 = 0x40000000,
    SOCKETCALL = 102, IPC = 117, IPC_SEMOP = 1, IPC_SEMGET = 2, IPC_SEMCTL = 3, IPC_SEMTIMEDOP = 4,
    MUNMAP = 11, TIMERFD_CREATE_32 = 322,
};

struct user_vector { u64 base, size; };
struct user_vector32 { u32 base, size; };
struct user_message { u64 name; u32 name_size; u32 pad; u64 vectors, n_vectors, control, control_size; u32 flags, length; };
struct user_message32 { u32 name, name_size, vectors, n_vectors, control, control_size, flags, length; };

/* The place that a plan names: an argument, or the result. */
static always_inline u64 at_place(const struct record *r, u8 place)
{
    if (place == OF_RESULT)
        return r->result;
    return place < 6 ? r->args[place & 7] : 0;
}

/* A struct msghdr, and the length behind it that struct mmsghdr has. */
static always_inline void read_message(struct user_message *to, u64 from, u32 compat, u32 with_length)
{
    __builtin_memset(to, 0, sizeof(*to));
    if (compat) {
        struct user_message32 m = {};
        read_user(&m, with_length ? 32 : 28, (void *)from);
        to->name = m.name;
        to->name_size = m.name_size;
        to->vectors = m.vectors;
        to->n_vectors = m.n_vectors;
        to->control = m.control;
        to->control_size = m.control_size;
        to->length = m.length;
    } else {
        /* The flags are the last four of 56 bytes, four more fill them up; the length stands behind those. */
        read_user(to, 56, (void *)from);
        to->length = 0;
        if (with_length)
            read_user(&to->length, 4, (void *)(from + 56));
    }
}

/* Bytes of a program's, more of them than add_user_memory() takes. */
part_function add_user_bytes(u32 kind, u32 index, u64 from, u32 size, u32 whole)
{
    struct build *b = building();
    u8 *to = b ? part_bytes(b, MAX_DATA) : NULL;
    if (!b || !to)
        return 0;
    if (size > MAX_DATA - 1)
        size = MAX_DATA - 1;
    BOUND(size, 0xfff);
    if (read_user(to, size, (void *)from) < 0)
        part_end(b, kind, index, PART_FAULT, 0);
    else
        part_end(b, kind, index, size < whole ? PART_TRUNCATED : 0, size);
    return 0;
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
    } else {
        struct user_message m;
        read_message(&m, from, compat, 0);
        from = m.name;
        size = m.name_size;
    }
    if (from && size)
        add_user_memory(PART_ADDRESS, p->address, from, size < MAX_ADDRESS ? size : MAX_ADDRESS, size);
    return 0;
}

/* Of vectors: the first bytes, and how many all have together. */
part_function add_vectors(u64 vectors, u64 n_vectors, s64 whole, u32 most, u32 compat)
{
    struct build *b = building();
    u8 *to = b ? part_bytes(b, 2 * MAX_DATA) : NULL;
    if (!b || !to)
        return 0;
    if (most > MAX_DATA - 1)
        most = MAX_DATA - 1;
    struct record *r = head_of(b);
    u32 left = whole > 0 && whole < most ? (u32)whole : most, used = 0, offered = 0;
    u8 flags = 0;
    for (int i = 0; i < MAX_VECTORS; i++) {
        struct user_vector v = {};
        if ((u64)i >= n_vectors)
            break;
        if (compat) {
            struct user_vector32 w = {};
            read_user(&w, sizeof(w), (void *)(vectors + i * sizeof(w)));
            v.base = w.base;
            v.size = w.size;
        } else {
            read_user(&v, sizeof(v), (void *)(vectors + i * sizeof(v)));
        }
        offered += (u32)v.size;
        u32 n = left - used, at = used;
        if (v.size < n)
            n = (u32)v.size;
        BOUND(at, 0xfff);
        BOUND(n, 0xfff);
        if (n && !flags) {
            if (read_user(to + at, n, (void *)v.base) < 0)
                flags = PART_FAULT;
            else
                used += n;
        }
        BOUND(used, 0xfff);
    }
    r->offered = offered;
    if (!flags && (whole > 0 ? used < whole : used < offered))
        flags = PART_TRUNCATED;
    part_end(b, PART_DATA, 0, flags, used);
    return 0;
}

/* What was transferred, or, of a call that sends, was to be. */
part_function add_data(u32 nr, u32 most, u32 compat)
{
    struct build *b = building();
    const struct plan *p = map_lookup(&plans, &nr);
    if (!b || !p)
        return 0;
    const struct record *r = head_of(b);
    u64 from = at_place(r, p->data);
    if (!from)
        return 0;
    if (p->data_how == PLAIN) {
        u64 size = at_place(r, p->data_size);
        if (r->result > 0 && (u64)r->result < size)
            size = r->result;
        if (size)
            add_user_bytes(PART_DATA, 0, from, size < most ? (u32)size : most, size > 0xffffffff ? 0xffffffff : (u32)size);
    } else if (p->data_how == IN_VECTOR) {
        add_vectors(from, (u32)at_place(r, p->data_size), r->result, most, compat);
    } else {
        struct user_message m;
        read_message(&m, from, compat, 0);
        add_vectors(m.vectors, m.n_vectors, r->result, most, compat);
    }
    return 0;
}

part_function add_control(u32 nr, u32 compat)
{
    struct build *b = building();
    const struct plan *p = map_lookup(&plans, &nr);
    if (!b || !p)
        return 0;
    const struct record *r = head_of(b);
    struct user_message m;
    read_message(&m, at_place(r, p->data), compat, 0);
    u32 size = m.control_size < MAX_CONTROL - 1 ? (u32)m.control_size : MAX_CONTROL - 1;
    if (m.control && size)
        add_user_bytes(PART_CONTROL, 0, m.control, size, m.control_size > size ? size + 1 : size);
    return 0;
}



part_function add_task(void)
{
    struct build *b = building();
    struct task_facts *to = b ? (void *)part_bytes(b, sizeof(struct task_facts)) : NULL;
    if (!b || !to)
        return 0;
    struct task_struct *task = current_task();
    struct cred *cred = (void *)GET(task, cred);
    struct mm_struct *mm = GET(task, mm);
    to->cap_inheritable = GET(cred, cap_inheritable).val;
    to->cap_permitted = GET(cred, cap_permitted).val;
    to->cap_effective = GET(cred, cap_effective).val;
    to->vm_size_kb = GET(mm, total_vm) << PAGE_KB_SHIFT;
    to->vm_rss_kb = (counted(mm, RSS_FILE) + counted(mm, RSS_ANONYMOUS) + counted(mm, RSS_SHARED)) << PAGE_KB_SHIFT;
    to->vm_swap_kb = counted(mm, RSS_SWAP) << PAGE_KB_SHIFT;
    to->reserved = 0;
    part_end(b, PART_TASK, 0, 0, sizeof(*to));
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
    for (int i = 0; i < 3; i++) {
        u64 from = p->memory[i] == NO_PLACE ? 0 : at_place(r, p->memory[i]);
        u32 size = p->memory_size[i], whole = size;
        if (i == 0 && p->memory_count != NO_PLACE) {
            u32 n = (u32)at_place(r, p->memory_count);
            if (p->memory_count_how == SIZE_BEHIND_POINTER) {
                u64 behind = at_place(r, p->memory_count);
                n = 0;
                if (behind)
                    read_user(&n, sizeof(n), (void *)behind);
            }
            if (n > MAX_MEMORY)
                n = MAX_MEMORY;
            whole *= n;
            size = whole < MAX_MEMORY - 1 ? whole : MAX_MEMORY - 1;
        }
        if (from && size)
            add_user_memory(PART_MEMORY, p->memory[i], from, size, whole);
    }
    return 0;
}

/* The open file of a descriptor that the plan names. */
static always_inline u64 file_at(const struct record *r, const struct plan *p, u8 place)
{
    s32 fd = -1;
    if (place == OF_MEMORY) {
        u64 from = r->result < 0 ? 0 : at_place(r, p->memory[0]);
        if (from)
            read_user(&fd, sizeof(fd), (void *)from);
    } else if (place != NO_PLACE) {
        fd = (s32)at_place(r, place);
    }
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
    u64 f = file_at(r, p, p->file);
    if (f)
        add_file(p->file, f);
    f = file_at(r, p, p->second_file);
    if (f) {
        add_file(p->second_file, f);
        add_socket(p->second_file, f);
    }
    f = file_at(r, p, p->socket);
    if (f)
        add_socket(p->socket, f);
    if (p->address != NO_PLACE)
        add_address(nr, compat);
    if (p->memory[0] != NO_PLACE)
        add_memory(nr);
    if (p->data != NO_PLACE && (r->result > 0 || (p->flags & (PLAN_OUTGOING | PLAN_MESSAGES)) == PLAN_OUTGOING))
        add_data(nr, data_bytes, compat);
    if (p->flags & PLAN_CONTROL && r->result >= 0)
        add_control(nr, compat);
    if (p->flags & PLAN_TASK)
        add_task();
    if (p->wanted & WANT_FOLDER && r->result >= 0)
        add_working_directory(0);
    if (p->process)
        add_caller(p->process, compat);
    return 0;
}

/* What socketcall(2) and ipc(2) were told, as the calls that they stand for have it. */
part_function unfold(u32 number, u32 code, u64 pointer)
{
    struct build *b = building();
    if (!b)
        return 0;
    struct record *r = head_of(b);
    if (number == SOCKETCALL) {
        u32 args[6] = {};
        /* Not more than there are: behind them may be nothing. */
        static const u8 counts[CODES] = {0, 3, 3, 3, 2, 3, 3, 3, 4, 4, 4, 6, 6, 2, 5, 5, 3, 3, 4, 5, 4};
        u32 n = counts[code & (CODES - 1)];
        for (int i = 0; i < 6; i++)
            if (i < n)
                read_user(&args[i], 4, (void *)(pointer + 4 * i));
        for (int i = 0; i < 6; i++)
            r->args[i] = args[i];
        return 0;
    }
    u64 first = r->args[1], second = r->args[2], third = r->args[3], from = r->args[4];
    u32 value = 0;
    r->args[0] = first;
    r->args[1] = second;
    r->args[2] = third;
    r->args[3] = from;
    if (code == IPC_SEMOP || code == IPC_SEMTIMEDOP) {
        r->args[1] = from;
        r->args[2] = second;
    } else if (code == IPC_SEMCTL) {
        read_user(&value, sizeof(value), (void *)from);
        r->args[3] = value;
    }
    return 0;
}

static always_inline int finish(u32 nr, const struct plan *p)
{
    struct build *b = building();
    if (!b)
        return 0;
    if (p->wanted & WANT_STATE)
        build_end(b, &state_ring, p->loss);
    else
        build_end(b, &calls_ring, p->loss);
    return 0;
}

/* One of several messages: as if it were the only one. The arguments are still there from the record before. */
part_function tell_message(u32 nr, u32 compat, u32 data_bytes, u64 message)
{
    const struct plan *p = map_lookup(&plans, &nr);
    struct build *b = p ? build_begin(RECORD_CALL, nr) : NULL;
    if (!b || !p)
        return 0;
    struct record *r = head_of(b);
    struct user_message m;
    read_message(&m, message, compat, 1);
    r->flags = compat ? RECORD_COMPAT : 0;
    r->args[1] = message;
    r->result = m.length;
    gather(nr, compat, data_bytes);
    return finish(nr, p);
}

static always_inline bool is_chosen(const struct record *r, const struct plan *p)
{
    u32 value = (u32)at_place(r, p->choose);
    for (int i = 0; i < 4; i++)
        if (i < p->n_choices && value == p->choices[i])
            return true;
    return p->n_choices == 0;
}

static always_inline bool is_plain_stream(const struct record *r, const struct plan *p, bool compat)
{
    struct file *f = file_of(current_task(), (s32)r->args[0]);
    struct sock *sk = f ? sock_of(f) : NULL;
    if (!sk || GET(sk, __sk_common.skc_family) != FAMILY_INET || GET(sk, sk_protocol) != PROTOCOL_TCP)
        return false;
    struct user_message m = {};
    if (p->flags & PLAN_CONTROL)
        read_message(&m, r->args[1], compat, 0);
    return m.control_size == 0;
}

/*
 * A program that was replaced by one of the other kind returns by the number that its old kind gave execve(2) or execveat(2),
 * and looks like another call: one that cannot be, with nothing in its registers.
 */
static always_inline bool is_execs_shadow(u32 number, bool compat, s64 result, struct pt_regs *regs)
{
    if (result)
        return false;
    return compat ? number == TIMERFD_CREATE_32 && !regs->bx && !regs->cx : number == MUNMAP && !regs->di && !regs->si;
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
    u32 way = compat ? NUMBERS + number : number, code = 0;
    bool folded = compat && (number == SOCKETCALL || number == IPC);
    if (folded) {
        code = number == IPC ? (u32)regs->bx & 0xffff : (u32)regs->bx;
        if (code >= CODES)
            return 0;
        way = 2 * NUMBERS + (number == IPC ? CODES : 0) + code;
    }
    u16 *stands_for = map_lookup(&numbers, &way);
    if (!stands_for)
        return 0;
    u32 nr = *stands_for & NUMBER_MASK, how = *stands_for, zero = 0;
    struct plan *p = map_lookup(&plans, &nr);
    if (!p || !(p->wanted & (result < 0 && result >= -4095 ? WANT_FAILURE : WANT_SUCCESS)))
        return 0;
    if (p->process && result == 0)
        return 0;                                     /* a new process, or program: told by the scheduler */
    struct settings *s = map_lookup(&settings, &zero);
    if (!s || (u32)(current_numbers() >> 32) == s->own_pid || is_execs_shadow(number, compat, result, regs))
        return 0;
    struct build *b = build_begin(RECORD_CALL, nr);
    if (!b) {
        count_loss(LOST_SCRATCH);
        return 0;
    }
    struct record *r = head_of(b);
    r->result = result;
    if (compat) {
        r->args[0] = (u32)regs->bx;
        r->args[1] = (u32)regs->cx;
        r->args[2] = (u32)regs->dx;
        r->args[3] = (u32)regs->si;
        r->args[4] = (u32)regs->di;
        r->args[5] = (u32)regs->bp;
        if (folded)
            unfold(number, code, (u32)regs->cx);
        if (how & SHORT_IDS)
            for (int i = 0; i < 3; i++)
                if (r->args[i] == 0xffff)
                    r->args[i] = 0xffffffff;
    } else {
        r->args[0] = regs->di;
        r->args[1] = regs->si;
        r->args[2] = regs->dx;
        r->args[3] = regs->r10;
        r->args[4] = regs->r8;
        r->args[5] = regs->r9;
        compat = how & SHORT_STRUCTURES;
    }
    if (!is_chosen(r, p) || (p->flags & PLAN_NO_STREAMS && is_plain_stream(r, p, compat)))
        return 0;
    r->flags = compat ? RECORD_COMPAT : 0;
    u32 data_bytes = s->data_bytes;
    if (p->flags & PLAN_MESSAGES && result > 0) {
        u64 first = r->args[1];
        for (int i = 0; i < MAX_MESSAGES && i < result; i++)
            tell_message(nr, compat, data_bytes, first + i * (compat ? 32 : 64));
        return 0;
    }
    gather(nr, compat, data_bytes);
    return finish(nr, p);
}
