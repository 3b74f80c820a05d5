/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Building a record: parts are added one by one, then all of it goes into a ring.
 *
 * A part_function is verified once, for any arguments; inlined, each would multiply the paths that the verifier
 * walks. They take numbers only, so pointers of the kernel's are passed as numbers.
 */
#pragma once
#include "maps.h"

#define part_function __attribute__((noinline)) int

/* The compiler must not forget a bound that was made certain for the verifier. */
#define BOUND(value, mask) asm volatile("%0 &= %1" : "+r"(value) : "i"(mask))

static always_inline struct build *building(void)
{
    u32 cpu = cpu_number();
    return map_lookup(&BUILDS, &cpu);
}

static always_inline struct record *head_of(struct build *b)
{
    return (struct record *)b->bytes;
}

static always_inline struct build *build_begin(u8 kind, u16 nr)
{
    u64 numbers = current_numbers();
    struct build *b = building();
    if (!b)
        return NULL;
    b->at = sizeof(struct record);
    b->cut = 0;
    struct record *r = head_of(b);
    r->kind = kind;
    r->flags = 0;
    r->nr = nr;
    r->tid = (u32)numbers;
    r->pid = numbers >> 32;
    r->cpu = cpu_number();
    r->parts = 0;
    r->offered = 0;
    r->result = 0;
    return b;
}

/* Where the next part's bytes go; NULL where `room` more do not fit. */
static always_inline u8 *part_bytes(struct build *b, u32 room)
{
    u32 at = b->at;
    if (at + sizeof(struct part) + room > BUILD_ROOM) {
        b->cut = 1;
        return NULL;
    }
    BOUND(at, 0xffff);
    return b->bytes + at + sizeof(struct part);
}

/* The part whose bytes were put where part_bytes() said. */
static always_inline void part_end(struct build *b, u16 kind, u8 index, u8 flags, u32 size)
{
    u32 at = b->at;
    BOUND(at, 0xffff);
    struct part *p = (struct part *)(b->bytes + at);
    p->kind = kind;
    p->index = index;
    p->flags = flags;
    p->size = size;
    b->at = at + sizeof(struct part) + ((size + 7) & ~7u);
    head_of(b)->parts++;
}

/* A string that a program gave. */
part_function add_user_text(u32 kind, u32 index, u64 from)
{
    struct build *b = building();
    u8 *to = b ? part_bytes(b, MAX_STRING) : NULL;
    if (!b || !to)
        return 0;
    long n = read_user_text(to, MAX_STRING, (void *)from);
    if (n <= 0)
        part_end(b, kind, index, PART_FAULT, 0);
    else
        part_end(b, kind, index, n == MAX_STRING ? PART_TRUNCATED : 0, (u32)n);
    return 0;
}

/* `size` bytes of a program's memory, at most MAX_MEMORY - 1; `whole` is how many there are. */
part_function add_user_memory(u32 kind, u32 index, u64 from, u32 size, u32 whole)
{
    struct build *b = building();
    u8 *to = b ? part_bytes(b, MAX_MEMORY) : NULL;
    if (!b || !to)
        return 0;
    if (size > MAX_MEMORY - 1)
        size = MAX_MEMORY - 1;
    BOUND(size, 0xff);
    if (read_user(to, size, (void *)from) < 0)
        part_end(b, kind, index, PART_FAULT, 0);
    else
        part_end(b, kind, index, size < whole ? PART_TRUNCATED : 0, size);
    return 0;
}

static always_inline void count_loss(u32 which)
{
    u64 *n = map_lookup(&losses, &which);
    if (n)
        __atomic_fetch_add(n, 1, __ATOMIC_RELAXED);     /* relaxed: what gives a value back came with 5.12 */
}

enum { RING_NO_WAKEUP = 1, RING_FORCE_WAKEUP = 2, RING_IN_USE = 0 };

static always_inline void build_end(struct build *b, void *ring, u32 loss)
{
    struct record *r = head_of(b);
    u32 size = b->at, zero = 0;
    struct settings *s = map_lookup(&settings, &zero);
    if (b->cut)
        r->flags |= RECORD_CUT;
    if (size > BUILD_ROOM)
        return;
    r->size = size;
    r->ts = boot_time();
    BOUND(size, 0x1ffff);
    u64 wake = s && ring_query(ring, RING_IN_USE) > s->wake_bytes ? RING_FORCE_WAKEUP : RING_NO_WAKEUP;
    if (ring_output(ring, b->bytes, size, wake) < 0)
        count_loss(loss);
}
