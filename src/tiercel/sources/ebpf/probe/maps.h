/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The maps, as the loader makes them: a map of one name is made once, for all objects that name it. Numbers of entries that
 * are 0 here the loader fills in (CPUs, the rings' sizes).
 */
#pragma once
#include "kernel.h"

struct map_spec { u32 type, key_size, value_size, entries, flags; };

enum { MAP_ARRAY = 2, MAP_RINGBUF = 27, MAP_MMAPABLE = 1024 };

/*
 * A record while it is built, and a path while it is put together from its end. What is added may be longer than the room
 * that is left, as far as the verifier can see: hence the slack.
 */
enum { BUILD_ROOM = 65536, BUILD_SLACK = 65536, PATH_ROOM = MAX_PATH_BYTES, PATH_SLACK = MAX_PATH_BYTES };
struct build {
    u32 at;                   /* bytes of the record so far */
    u32 cut;                  /* a part found no room */
    u32 path_at;              /* where the path begins in `walk`; here, the verifier does not follow its values */
    u32 walk_torn;            /* a name was being changed while it was read */
    u64 walk_dentry;          /* where the walk is, see files.h */
    u64 walk_mount;
    u64 walk_sum;
    u8 bytes[BUILD_ROOM + BUILD_SLACK];
    u8 walk[PATH_ROOM + PATH_SLACK];
};

struct settings {
    u32 own_pid;              /* the sensor's: its calls are left out */
    u32 data_bytes;           /* of what is transferred, at most MAX_DATA - 1 */
    u32 wake_bytes;           /* of a ring in use at which the reader is woken */
    u32 reserved;
};

#define MAP(name, ...) struct map_spec name SECTION("maps") = {__VA_ARGS__}

MAP(calls_ring, MAP_RINGBUF, 0, 0, 0, 0);
MAP(state_ring, MAP_RINGBUF, 0, 0, 0, 0);
/* A byte for each number: whether any way of calling it is wanted. The first look, at every call of the machine. */
MAP(interest, MAP_ARRAY, 4, 1, NUMBERS, MAP_MMAPABLE);
/*
 * The 64-bit number that a number stands for, CALLS where there is none, and enum number_flag: of 64-bit and x32 calls, of
 * 32-bit ones, of socketcall(2)'s codes, of ipc(2)'s.
 */
MAP(numbers, MAP_ARRAY, 4, 2, 2 * NUMBERS + 2 * CODES, 0);
MAP(plans, MAP_ARRAY, 4, sizeof(struct plan), CALLS, MAP_MMAPABLE);
MAP(settings, MAP_ARRAY, 4, sizeof(struct settings), 1, MAP_MMAPABLE);
/* Read by user space where it lies. */
MAP(losses, MAP_ARRAY, 4, 8, LOSSES, MAP_MMAPABLE);
/* One for each CPU, and one for each kind of program: of two kinds, one may interrupt the other. */
MAP(BUILDS, MAP_ARRAY, 4, sizeof(struct build), 0, 0);

char probe_license[] SECTION("license") = "GPL";
