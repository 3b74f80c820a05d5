/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Files: what the kernel knows of an open one, and its path as it is, not as a program called it. */
#pragma once
#include "build.h"

enum {
    KIND_MASK = 0xf000, KIND_SOCKET = 0xc000,
    OVERLAY_MAGIC = 0x794c7630, TMPFS_MAGIC = 0x01021994,
    CREATED_MODE = 0x100000,                /* FMODE_CREATED */
    DENTRY_DISCONNECTED = 0x20,             /* DCACHE_DISCONNECTED */
    HASH_SIZE = 4,                          /* of a name, in front of its length (struct qstr, little endian) */
};

static always_inline struct file *file_of(struct task_struct *task, s64 fd)
{
    struct files_struct *files = GET(task, files);
    struct fdtable *table = GET(files, fdt);
    if (fd < 0 || fd >= (s64)GET(table, max_fds))
        return NULL;
    struct file **rows = GET(table, fd);
    struct file *f = NULL;
    read_kernel(&f, sizeof(f), rows + fd);
    return f;
}

/* As stat(2) gives a device: twelve bits of major number, twenty of minor ones. */
static always_inline u32 device(u32 dev)
{
    u32 major = dev >> 20, minor = dev & 0xfffff;
    return (minor & 0xff) | (major << 8) | ((minor & ~0xffu) << 12);
}

static always_inline u64 nanoseconds(struct timespec64 t)
{
    return (u64)t.tv_sec * 1000000000ull + t.tv_nsec;
}

static always_inline void file_times(struct file_facts *to, struct inode *inode)
{
    if (HAS(struct inode___seconds, i_ctime_sec)) {
        struct inode___seconds *i = (void *)inode;
        /* The highest bit says that somebody has looked (6.13 and newer). */
        to->ctime_ns = (u64)GET(i, i_ctime_sec) * 1000000000ull + (GET(i, i_ctime_nsec) & 0x7fffffff);
        to->mtime_ns = (u64)GET(i, i_mtime_sec) * 1000000000ull + GET(i, i_mtime_nsec);
    } else if (HAS(struct inode___hidden, __i_mtime)) {
        struct inode___hidden *i = (void *)inode;
        to->ctime_ns = nanoseconds(GET(i, __i_ctime));
        to->mtime_ns = nanoseconds(GET(i, __i_mtime));
    } else if (HAS(struct inode___half, __i_ctime)) {
        struct inode___half *i = (void *)inode;
        to->ctime_ns = nanoseconds(GET(i, __i_ctime));
        to->mtime_ns = nanoseconds(GET(i, i_mtime));
    } else {
        struct inode___plain *i = (void *)inode;
        to->ctime_ns = nanoseconds(GET(i, i_ctime));
        to->mtime_ns = nanoseconds(GET(i, i_mtime));
    }
}

static always_inline void inode_facts(struct file_facts *to, struct inode *inode)
{
    struct super_block *sb = GET(inode, i_sb);
    to->inode = GET(inode, i_ino);
    to->dev = device(GET(sb, s_dev));
    to->mode = GET(inode, i_mode);
    to->links = GET(inode, i_nlink);
    to->size_bytes = GET(inode, i_size);
    to->uid = GET(inode, i_uid).val;
    to->generation = GET(inode, i_generation);
    to->magic = (u32)GET(sb, s_magic);
    to->real_inode = to->inode;
    to->real_dev = to->dev;
    to->flags = 0;
    file_times(to, inode);
    if (to->links == 0)
        to->flags |= FILE_UNLINKED;
    if ((to->mode & KIND_MASK) == KIND_SOCKET)
        to->flags |= FILE_SOCKET;
    if (to->magic == OVERLAY_MAGIC) {
        /* The overlay's inode lies behind a pointer to the upper layer's dentry, which is NULL for what an image brought. */
        struct dentry *upper = NULL;
        if (HAS(struct ovl_inode, __upperdentry)) {
            struct ovl_inode *o = (void *)inode - OFFSET(struct ovl_inode, vfs_inode);
            upper = GET(o, __upperdentry);
        } else {
            /* Without the overlay's own types: it has been the first thing behind the inode since 4.13. */
            read_kernel(&upper, sizeof(upper), (void *)inode + __builtin_preserve_type_info(*(struct inode *)0, 1));
        }
        to->flags |= upper ? FILE_UPPER : FILE_LOWER;
        if (upper) {
            struct inode *real = GET(upper, d_inode);
            if (real) {
                to->real_inode = GET(real, i_ino);
                to->real_dev = device(GET(GET(real, i_sb), s_dev));
            }
        }
    }
}

static always_inline void file_facts_of(struct file_facts *to, struct file *f)
{
    struct vfsmount *mnt = GET(f, f_path.mnt);
    struct mount *m = (void *)mnt - OFFSET(struct mount, mnt);
    inode_facts(to, GET(f, f_inode));
    to->open_flags = GET(f, f_flags);
    to->mount_id = GET(m, mnt_id);
    if (GET(f, f_mode) & CREATED_MODE)
        to->flags |= FILE_CREATED;
}

/*
 * Paths. A dentry knows its name and its parent, so a path is put together from its end, up to the root of the mount and on
 * from where that is mounted, to the root of its mount namespace (or of the mount that it hangs in, where that was taken
 * out). Meanwhile names may change; the kernel counts that in each dentry. So the way is gone twice, and again where the
 * counts differ.
 */
enum walk_end {
    WALK_ON = 0,
    WALK_WHOLE = 1,
    WALK_CUT = 2,             /* there is more, but no room for it */
    WALK_ALONE = 3,           /* ended at a dentry that hangs in nothing */
};
enum { DENTRY_HEAD = 64, WALK_TRIES = 3 };

struct link { struct dentry *parent; const unsigned char *name; u32 n, sequence; };

static always_inline void read_link(struct link *to, struct dentry *dentry)
{
    u32 sequence = OFFSET(struct dentry, d_seq), parent = OFFSET(struct dentry, d_parent), name = OFFSET(struct dentry, d_name);
    if (sequence <= DENTRY_HEAD - 4 && parent <= DENTRY_HEAD - 8 && name <= DENTRY_HEAD - 16) {
        /* All three lie at its beginning: read at once. */
        u8 head[DENTRY_HEAD] __attribute__((aligned(8))) = {};
        read_kernel(head, sizeof(head), dentry);
        to->sequence = *(u32 *)(head + sequence);
        to->parent = *(struct dentry **)(head + parent);
        to->n = *(u32 *)(head + name + HASH_SIZE);
        to->name = *(const unsigned char **)(head + name + 8);
        return;
    }
    struct qstr q = GET(dentry, d_name);
    to->sequence = GET(dentry, d_seq).number;
    to->parent = GET(dentry, d_parent);
    to->n = q.len;
    to->name = q.name;
}

/* WALK_STEPS steps from where the walk is; `writes`: puts the path together, else only sums up the counts. */
part_function walk_on(u32 writes)
{
    struct build *b = building();
    if (!b)
        return WALK_CUT;
    struct dentry *dentry = (void *)b->walk_dentry;
    struct mount *m = (void *)b->walk_mount;
    struct dentry *root = GET(m, mnt.mnt_root);
    u64 sum = b->walk_sum;
    int end = WALK_ON;
    for (int i = 0; i < WALK_STEPS; i++) {
        if (dentry == root) {
            struct mount *above = GET(m, mnt_parent);
            if (above == m || !above) {
                end = WALK_WHOLE;
                break;
            }
            dentry = GET(m, mnt_mountpoint);
            m = above;
            root = GET(m, mnt.mnt_root);
            continue;
        }
        struct link l;
        read_link(&l, dentry);
        sum = sum * 31 + l.sequence;
        if (writes) {
            u32 n = l.n, at = b->path_at;
            if (l.sequence & 1)
                b->walk_torn = 1;
            if (n > 255 || n + 1 > at || at > PATH_ROOM) {
                end = WALK_CUT;
                break;
            }
            BOUND(n, 0xff);
            at -= n;
            u32 to = at;
            BOUND(to, 0xfff);
            read_kernel(b->walk + to, n, l.name);
            at -= 1;
            b->path_at = at;
            BOUND(at, 0xfff);
            b->walk[at] = '/';
        }
        if (l.parent == dentry || !l.parent) {
            end = WALK_ALONE;
            break;
        }
        dentry = l.parent;
    }
    b->walk_dentry = (u64)dentry;
    b->walk_mount = (u64)m;
    b->walk_sum = sum;
    return end;
}

part_function walk_from(u64 in_mount, u64 of, u32 writes)
{
    struct build *b = building();
    int end = WALK_CUT;
    if (!b)
        return end;
    b->walk_mount = in_mount - OFFSET(struct mount, mnt);
    b->walk_dentry = of;
    b->walk_sum = 0;
    for (int i = 0; i < WALK_TIMES; i++) {
        end = walk_on(writes);
        if (end != WALK_ON)
            break;
    }
    return end;
}

/* The path of `dentry` on `mnt`; returns how the walk ended. */
part_function add_path(u32 kind, u32 index, u64 in_mount, u64 of)
{
    struct build *b = building();
    int end = WALK_CUT;
    if (!b)
        return end;
    for (int i = 0; i < WALK_TRIES; i++) {
        b->path_at = PATH_ROOM;
        b->walk_torn = 0;
        end = walk_from(in_mount, of, 1);
        u64 sum = b->walk_sum;
        if (end == WALK_CUT)
            break;
        walk_from(in_mount, of, 0);
        if (sum == b->walk_sum && !b->walk_torn)
            break;
    }
    u8 flags = end == WALK_WHOLE ? 0 : PART_TRUNCATED;
    u8 *out = part_bytes(b, MAX_PATH_BYTES + 1);
    if (!out)
        return end;
    u32 at = b->path_at, size = PATH_ROOM - at;
    if (size == 0) {
        out[0] = '/';
        out[1] = 0;
        part_end(b, kind, index, flags, 2);
        return end;
    }
    if (size > PATH_ROOM)
        return end;
    BOUND(at, 0xfff);
    BOUND(size, 0x1fff);
    if (size > PATH_ROOM)
        return end;
    read_kernel(out, size, b->walk + at);
    out[size] = 0;
    part_end(b, kind, index, flags, size + 1);
    return end;
}

/* Where a file is, in the words of enum file_flag. */
static always_inline u32 file_place(struct file *f, u32 magic)
{
    struct vfsmount *mnt = GET(f, f_path.mnt);
    struct mount *m = (void *)mnt - OFFSET(struct mount, mnt);
    struct dentry *dentry = GET(f, f_path.dentry);
    struct nsproxy *proxy = GET(current_task(), nsproxy);
    if (GET(dentry, d_parent) == dentry && GET(mnt, mnt_root) != dentry) {
        if (magic == TMPFS_MAGIC)
            return FILE_NAMELESS | FILE_MEMFD;
        /* Or opened by a handle, and nobody knew its path. */
        return GET(dentry, d_flags) & DENTRY_DISCONNECTED ? FILE_PATH_CUT : FILE_NAMELESS;
    }
    return GET(m, mnt_ns) == GET(proxy, mnt_ns) ? 0 : FILE_ELSEWHERE;
}

/* Facts and path of an open file. */
part_function add_file(u32 index, u64 of)
{
    struct build *b = building();
    struct file_facts *facts = b ? (void *)part_bytes(b, sizeof(struct file_facts)) : NULL;
    struct file *f = (void *)of;
    if (!b || !facts)
        return 0;
    file_facts_of(facts, f);
    u32 kind = facts->mode & KIND_MASK, place = 0;
    if (kind && kind != KIND_SOCKET) {
        place = file_place(f, facts->magic);
        facts->flags |= place;
    }
    part_end(b, PART_FILE, index, 0, sizeof(struct file_facts));
    if (kind && kind != KIND_SOCKET && !(place & FILE_PATH_CUT) && place != FILE_NAMELESS)
        add_path(PART_PATH, index, (u64)GET(f, f_path.mnt), (u64)GET(f, f_path.dentry));
    return 0;
}

/* The working directory of the current process. */
part_function add_working_directory(u32 index)
{
    struct fs_struct *fs = GET(current_task(), fs);
    struct path at = {};
    read_kernel(&at, sizeof(at), &fs->pwd);
    if (at.dentry)
        add_path(PART_FOLDER, index, (u64)at.mnt, (u64)at.dentry);
    return 0;
}
