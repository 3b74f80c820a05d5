/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What processes ask of io_uring: it does the work of system calls without any, so it is told as those.
 *
 *     asked     a request was taken in: its arguments are read, names from the kernel's own copies, and kept by request
 *     done      it is done: what was kept goes out with the result and what the result led to
 *
 * Both run in the process that asked, or in a thread of the kernel's that works for it and shares its files and memory.
 * Where a process wants to hear of failures only (IOSQE_CQE_SKIP_SUCCESS) nothing is told when it is done: so it is told
 * when it is asked, as a success of which nothing more is known.
 */
#define BUILDS uring_build
#include "sockets.h"

enum {
    MAP_HASH = 1,
    SMALL_ROOM = 512, MANY_SMALL = 4096,    /* requests under way without names, and with them */
    NAMES_ROOM = 8448, MANY_NAMES = 256,
    REQUEST_SKIPS = 1 << 6,                 /* REQ_F_CQE_SKIP: the bits of an sqe's flags come first */
    IO_WORKER = 0x10, USER_WORKER = 0x4000, /* PF_*: threads that work for a process */
    LARGE_FILE = 0100000,                   /* O_LARGEFILE, which the ring adds */
    NEVER_A_DESCRIPTOR = 1 << 30,           /* numbers from here on: files that only the ring has */
    ANY_SLOT = 0xffffffff,
    FILE_POINTER = ~7,                      /* the ring's tables keep flags in a pointer's lowest bits */
};

enum operation {                            /* include/uapi/linux/io_uring.h */
    RING_SENDMSG = 9, RING_RECVMSG = 10, RING_ACCEPT = 13, RING_CONNECT = 16, RING_OPENAT = 18, RING_CLOSE = 19,
    RING_READ = 22, RING_WRITE = 23, RING_SEND = 26, RING_RECV = 27, RING_OPENAT2 = 28, RING_SHUTDOWN = 34,
    RING_RENAMEAT = 35, RING_UNLINKAT = 36, RING_MKDIRAT = 37, RING_SYMLINKAT = 38, RING_LINKAT = 39, RING_SOCKET = 45,
    RING_BIND = 56, RING_LISTEN = 57,
};

enum call {                                 /* x86-64 */
    CALL_READ = 0, CALL_WRITE = 1, CALL_CLOSE = 3, CALL_SOCKET = 41, CALL_CONNECT = 42, CALL_SENDTO = 44,
    CALL_RECVFROM = 45, CALL_SENDMSG = 46, CALL_RECVMSG = 47, CALL_SHUTDOWN = 48, CALL_BIND = 49, CALL_LISTEN = 50,
    CALL_OPENAT = 257, CALL_MKDIRAT = 258, CALL_UNLINKAT = 263, CALL_LINKAT = 265, CALL_SYMLINKAT = 266,
    CALL_ACCEPT4 = 288, CALL_RENAMEAT2 = 316, CALL_OPENAT2 = 437,
};

struct open_how { u64 flags, mode, resolve; };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct filename { const char *name; };
struct io_cqe { u64 user_data; s32 res; int fd; };
struct io_rsrc_node { unsigned long file_ptr; };
struct io_rsrc_data { unsigned int nr; struct io_rsrc_node **nodes; };
struct io_file_table { struct io_rsrc_data data; };                      /* 6.13 and newer */
struct io_fixed_file { unsigned long file_ptr; };
struct io_file_table___array { struct io_fixed_file *files; };
struct io_ring_ctx { struct io_file_table file_table; };
struct io_ring_ctx___array { struct io_file_table___array file_table; unsigned int nr_user_files; };
struct io_kiocb {
    struct file *file;
    u8 opcode;
    unsigned int flags;
    struct io_cqe cqe;
    struct io_ring_ctx *ctx;
};
struct io_uring_cqe { u64 user_data; s32 res; u32 flags; };
struct io_open { int dfd; u32 file_slot; struct filename *filename; struct open_how how; };
struct io_unlink { int dfd, flags; struct filename *filename; };
struct io_mkdir { int dfd; u16 mode; struct filename *filename; };
struct io_rename { int old_dfd, new_dfd, flags; struct filename *oldpath, *newpath; };
struct io_link { int old_dfd, new_dfd, flags; struct filename *oldpath, *newpath; };
struct io_connect { void *addr; int addr_len; };
struct io_bind { int addr_len; };
struct io_accept { int flags; u32 file_slot; };
struct io_socket { int domain, type, protocol; u32 file_slot; };
struct io_listen { int backlog; };
struct io_shutdown { int how; };
struct io_close { int fd; u32 file_slot; };
struct io_rw { u64 addr; u32 len; };
struct io_sr_msg { void *buf; int len; unsigned int msg_flags; };

#pragma clang attribute pop

MAP(uring_small, MAP_HASH, 8, SMALL_ROOM, MANY_SMALL, 0);
MAP(uring_names, MAP_HASH, 8, NAMES_ROOM, MANY_NAMES, 0);

static long (*map_update)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static long (*map_delete)(void *map, const void *key) = (void *)3;

/* The call that an operation stands for; CALLS where it is not told. */
static always_inline u32 call_of(u32 operation)
{
    switch (operation) {
    case RING_SENDMSG: return CALL_SENDMSG;
    case RING_RECVMSG: return CALL_RECVMSG;
    case RING_ACCEPT: return CALL_ACCEPT4;
    case RING_CONNECT: return CALL_CONNECT;
    case RING_OPENAT: return CALL_OPENAT;
    case RING_CLOSE: return CALL_CLOSE;
    case RING_READ: return CALL_READ;
    case RING_WRITE: return CALL_WRITE;
    case RING_SEND: return CALL_SENDTO;
    case RING_RECV: return CALL_RECVFROM;
    case RING_OPENAT2: return CALL_OPENAT2;
    case RING_SHUTDOWN: return CALL_SHUTDOWN;
    case RING_RENAMEAT: return CALL_RENAMEAT2;
    case RING_UNLINKAT: return CALL_UNLINKAT;
    case RING_MKDIRAT: return CALL_MKDIRAT;
    case RING_SYMLINKAT: return CALL_SYMLINKAT;
    case RING_LINKAT: return CALL_LINKAT;
    case RING_SOCKET: return CALL_SOCKET;
    case RING_BIND: return CALL_BIND;
    case RING_LISTEN: return CALL_LISTEN;
    }
    return CALLS;
}

part_function add_name(u32 index, u64 of)
{
    struct build *b = building();
    const char *name = GET((struct filename *)of, name);
    u8 *to = b && name ? part_bytes(b, MAX_STRING) : NULL;
    long n = to ? read_kernel_text(to, MAX_STRING, name) : 0;
    if (b && n > 0)
        part_end(b, PART_STRING, index, n == MAX_STRING ? PART_TRUNCATED : 0, (u32)n);
    return 0;
}

static always_inline void arguments_of_open(struct record *r, struct build *b, struct io_kiocb *q, u32 operation)
{
    struct io_open *o = (void *)q;
    struct open_how how = GET(o, how);
    how.flags &= ~(u64)LARGE_FILE;
    r->args[0] = (s64)GET(o, dfd);
    r->reserved = GET(o, file_slot);
    if (operation == RING_OPENAT) {
        r->args[2] = how.flags;
        r->args[3] = how.mode;
    } else {
        u8 *to = part_bytes(b, sizeof(how));
        r->args[3] = sizeof(how);
        if (to) {
            __builtin_memcpy(to, &how, sizeof(how));
            part_end(b, PART_MEMORY, 2, 0, sizeof(how));
        }
    }
    add_name(1, (u64)GET(o, filename));
}

/* Arguments and names, as the call would have had them. */
part_function arguments(u32 operation, u64 of)
{
    struct build *b = building();
    struct io_kiocb *q = (void *)of;
    if (!b)
        return 0;
    struct record *r = head_of(b);
    r->args[0] = (s64)GET(q, cqe.fd);
    r->args[1] = r->args[2] = r->args[3] = r->args[4] = r->args[5] = 0;
    if (operation == RING_OPENAT || operation == RING_OPENAT2) {
        arguments_of_open(r, b, q, operation);
    } else if (operation == RING_UNLINKAT) {
        struct io_unlink *u = (void *)q;
        r->args[0] = (s64)GET(u, dfd);
        r->args[2] = (s64)GET(u, flags);
        add_name(1, (u64)GET(u, filename));
    } else if (operation == RING_MKDIRAT) {
        struct io_mkdir *m = (void *)q;
        r->args[0] = (s64)GET(m, dfd);
        r->args[2] = GET(m, mode);
        add_name(1, (u64)GET(m, filename));
    } else if (operation == RING_RENAMEAT) {
        struct io_rename *n = (void *)q;
        r->args[0] = (s64)GET(n, old_dfd);
        r->args[2] = (s64)GET(n, new_dfd);
        r->args[4] = (s64)GET(n, flags);
        add_name(1, (u64)GET(n, oldpath));
        add_name(3, (u64)GET(n, newpath));
    } else if (operation == RING_LINKAT) {
        struct io_link *l = (void *)q;
        r->args[0] = (s64)GET(l, old_dfd);
        r->args[2] = (s64)GET(l, new_dfd);
        r->args[4] = (s64)GET(l, flags);
        add_name(1, (u64)GET(l, oldpath));
        add_name(3, (u64)GET(l, newpath));
    } else if (operation == RING_SYMLINKAT) {
        struct io_link *l = (void *)q;
        r->args[1] = (s64)GET(l, new_dfd);
        add_name(0, (u64)GET(l, oldpath));
        add_name(2, (u64)GET(l, newpath));
    } else if (operation == RING_CONNECT) {
        struct io_connect *c = (void *)q;
        r->args[2] = (s64)GET(c, addr_len);
        r->args[1] = (u64)GET(c, addr);
        u32 size = (u32)r->args[2] < MAX_ADDRESS ? (u32)r->args[2] : MAX_ADDRESS;
        if (size)
            add_user_memory(PART_ADDRESS, 1, r->args[1], size, (u32)r->args[2]);
    } else if (operation == RING_BIND) {
        r->args[2] = (s64)GET((struct io_bind *)q, addr_len);
    } else if (operation == RING_ACCEPT) {
        struct io_accept *a = (void *)q;
        r->args[3] = (s64)GET(a, flags);
        r->reserved = GET(a, file_slot);
    } else if (operation == RING_SOCKET) {
        struct io_socket *s = (void *)q;
        r->args[0] = (s64)GET(s, domain);
        r->args[1] = (s64)GET(s, type);
        r->args[2] = (s64)GET(s, protocol);
        r->reserved = GET(s, file_slot);
    } else if (operation == RING_LISTEN) {
        r->args[1] = (s64)GET((struct io_listen *)q, backlog);
    } else if (operation == RING_SHUTDOWN) {
        r->args[1] = (s64)GET((struct io_shutdown *)q, how);
    } else if (operation == RING_CLOSE) {
        r->args[0] = (s64)GET((struct io_close *)q, fd);
        r->reserved = GET((struct io_close *)q, file_slot);
    } else if (operation == RING_READ || operation == RING_WRITE) {
        r->args[1] = GET((struct io_rw *)q, addr);
        r->args[2] = GET((struct io_rw *)q, len);
    } else {
        struct io_sr_msg *m = (void *)q;
        r->args[1] = (u64)GET(m, buf);
        r->args[2] = (s64)GET(m, len);
        if (operation == RING_SENDMSG || operation == RING_RECVMSG)
            r->args[2] = GET(m, msg_flags);
        else
            r->args[3] = GET(m, msg_flags);
    }
    return 0;
}

static always_inline bool has_names(u32 nr)
{
    return nr >= CALL_OPENAT && nr != CALL_ACCEPT4;
}

/* A file of the ring's own table. */
static always_inline struct file *ring_file(struct io_ring_ctx *ring, u32 slot)
{
    unsigned long file = 0;
    if (HAS(struct io_file_table, data)) {
        if (slot >= GET(ring, file_table.data.nr))
            return NULL;
        struct io_rsrc_node *node = NULL;
        read_kernel(&node, sizeof(node), GET(ring, file_table.data.nodes) + slot);
        if (node)
            file = GET(node, file_ptr);
    } else {
        struct io_ring_ctx___array *old = (void *)ring;
        if (slot >= GET(old, nr_user_files))
            return NULL;
        struct io_fixed_file *rows = GET(old, file_table.files);
        read_kernel(&file, sizeof(file), rows + slot);
    }
    return (struct file *)(file & FILE_POINTER);
}

static always_inline void tell(struct build *b, struct plan *p)
{
    if (p->wanted & WANT_STATE)
        build_end(b, &state_ring, p->loss);
    else
        build_end(b, &calls_ring, p->loss);
}

static always_inline int asked(struct io_kiocb *q)
{
    u32 operation = GET(q, opcode), nr = call_of(operation), zero = 0;
    struct plan *p = map_lookup(&plans, &nr);
    if (nr >= CALLS || !p || !p->wanted)
        return 0;
    struct settings *s = map_lookup(&settings, &zero);
    struct build *b = build_begin(RECORD_URING, nr);
    if (!s || !b)
        return 0;
    struct record *r = head_of(b);
    if (r->pid == s->own_pid)
        return 0;
    if (GET(current_task(), flags) & (IO_WORKER | USER_WORKER))
        r->tid = r->pid;
    arguments(operation, (u64)q);
    if (operation == RING_CLOSE && r->reserved)
        return 0;                                     /* of its own table */
    if (b->cut)
        r->flags |= RECORD_CUT;
    r->size = b->at;
    u64 key = (u64)q;
    long failed;
    if (GET(q, flags) & REQUEST_SKIPS)
        failed = -1;
    else if (has_names(nr))
        failed = r->size > NAMES_ROOM ? -1 : map_update(&uring_names, &key, b->bytes, 0);
    else
        failed = r->size > SMALL_ROOM ? -1 : map_update(&uring_small, &key, b->bytes, 0);
    if (failed && p->wanted & WANT_SUCCESS) {
        r->result = p->file == OF_RESULT || p->socket == OF_RESULT ? NEVER_A_DESCRIPTOR : 0;
        r->reserved = 0;
        tell(b, p);
    }
    return 0;
}

/* What a call led to: the file or socket that it returned, or that it was about. */
part_function gather(u32 nr, u64 of, u32 data_bytes)
{
    struct build *b = building();
    struct plan *p = map_lookup(&plans, &nr);
    struct io_kiocb *q = (void *)of;
    if (!b || !p)
        return 0;
    struct record *r = head_of(b);
    s64 result = r->result;
    struct file *file = GET(q, file);
    if (p->file == OF_RESULT || p->socket == OF_RESULT) {
        struct file *made = NULL;
        if (result >= 0 && r->reserved) {
            u32 slot = r->reserved == ANY_SLOT ? (u32)result : r->reserved - 1;
            made = ring_file(GET(q, ctx), slot);
            r->result = NEVER_A_DESCRIPTOR | (slot & 0xffff);
        } else if (result >= 0) {
            made = file_of(current_task(), result);
        }
        if (made && p->file == OF_RESULT)
            add_file(OF_RESULT, (u64)made);
        if (made && p->socket == OF_RESULT)
            add_socket(OF_RESULT, (u64)made);
    } else if (p->socket != NO_PLACE) {
        add_socket(p->socket, (u64)file);
    }
    if (p->second_file != NO_PLACE)
        add_socket(p->second_file, (u64)file);
    bool plain = nr == CALL_READ || nr == CALL_WRITE || nr == CALL_SENDTO || nr == CALL_RECVFROM;
    if (plain && p->data != NO_PLACE && result > 0)
        add_user_memory(PART_DATA, p->data, r->args[1], result < data_bytes ? (u32)result : data_bytes, (u32)result);
    r->reserved = 0;
    return 0;
}

static always_inline int done(u64 of, s64 result)
{
    struct record *kept = map_lookup(&uring_names, &of);
    u32 room = NAMES_ROOM, zero = 0;
    if (!kept) {
        kept = map_lookup(&uring_small, &of);
        room = SMALL_ROOM;
    }
    if (!kept)
        return 0;
    u32 nr = kept->nr, size = kept->size;
    struct plan *p = map_lookup(&plans, &nr);
    struct settings *s = map_lookup(&settings, &zero);
    struct build *b = build_begin(RECORD_URING, nr);
    if (p && s && b && size >= sizeof(struct record) && size <= room &&
        p->wanted & (result < 0 ? WANT_FAILURE : WANT_SUCCESS)) {
        if (room == NAMES_ROOM)
            read_kernel(b->bytes, NAMES_ROOM, kept);
        else
            read_kernel(b->bytes, SMALL_ROOM, kept);
        b->at = (size + 7) & ~7u;
        struct record *r = head_of(b);
        r->result = result;
        r->cpu = cpu_number();
        gather(nr, of, s->data_bytes);
        tell(b, p);
    }
    if (room == NAMES_ROOM)
        map_delete(&uring_names, &of);
    else
        map_delete(&uring_small, &of);
    return 0;
}

/*
 * Tracepoints have changed over the years. Of programs that differ by what follows a "__" in their name, the loader takes
 * the first that the kernel takes.
 */
/* As a number: pointers of the kernel's are not taken by functions that are verified on their own. */
static always_inline u64 argument(u64 *context, u32 index)
{
    u64 value = 0;
    read_kernel(&value, sizeof(value), context + index);
    return value;
}

SECTION("tp_btf/io_uring_submit_req")             /* 6.3 */
int ring_asked(u64 *context)
{
    return asked((void *)argument(context, 0));
}

SECTION("tp_btf/io_uring_submit_sqe")             /* 6.0 */
int ring_asked__sqe(u64 *context)
{
    return asked((void *)argument(context, 0));
}

SECTION("tp_btf/io_uring_complete")               /* 5.18: ring, request, user data, result, ... */
int ring_done(u64 *context)
{
    return done(argument(context, 1), (s32)context[3]);
}

SECTION("tp_btf/io_uring_complete")               /* then: ring, request, completion. Has no fourth, so the other fails */
int ring_done__entry(u64 *context)
{
    struct io_uring_cqe *c = (void *)argument(context, 2);
    return done(argument(context, 1), GET(c, res));
}
