/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Files: what the kernel knows of an open one, and its path as it is, not as a program called it. */
#pragma once
#include "build.h"

enum {
    KIND_MASK = 0xf000, KIND_SOCKET = 0xc000,
    OVERLAY_MAGIC = 0x794c7630, TMPFS_MAGIC = 0x01021994,
    CREATED_MODE = 0x100000,                /* FMODE_CREATED */
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
        to->ctime_ns = (u64)GET(i, i_ctime_sec) * 1000000000ull + GET(i, i_ctime_nsec);
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
 * The path of `dentry` on `mnt`, from the root of its mount namespace (or of the mount that it hangs in, where that was
 * taken out). Put together from its end, as each dentry knows only its parent.
 */
part_function add_path(u32 kind, u32 index, u64 in_mount, u64 of)
{
    struct build *b = building();
    if (!b)
        return 0;
    struct vfsmount *mnt = (void *)in_mount;
    struct dentry *dentry = (void *)of;
    struct mount *m = (void *)mnt - OFFSET(struct mount, mnt);
    struct dentry *root = GET(mnt, mnt_root);
    b->path_at = PATH_ROOM;
    u8 flags = PART_TRUNCATED;
    for (int i = 0; i < MAX_DEPTH; i++) {
        struct dentry *parent = GET(dentry, d_parent);
        if (dentry == root || dentry == parent) {
            struct mount *above = GET(m, mnt_parent);
            if (dentry != root || above == m || !above) {
                flags = 0;
                break;
            }
            dentry = GET(m, mnt_mountpoint);
            m = above;
            root = GET(m, mnt.mnt_root);
            continue;
        }
        struct qstr name = GET(dentry, d_name);
        u32 n = name.len, at = b->path_at;
        if (n > 255 || n + 1 > at || at > PATH_ROOM)
            break;
        BOUND(n, 0xff);
        at -= n;
        u32 to = at;
        BOUND(to, 0xfff);
        read_kernel(b->walk + to, n, name.name);
        at -= 1;
        b->path_at = at;
        BOUND(at, 0xfff);
        b->walk[at] = '/';
        dentry = parent;
    }
    u8 *out = part_bytes(b, MAX_PATH_BYTES + 1);
    if (!out)
        return 0;
    u32 at = b->path_at, size = PATH_ROOM - at;
    if (size == 0) {
        out[0] = '/';
        out[1] = 0;
        part_end(b, kind, index, flags, 2);
        return 0;
    }
    if (size > PATH_ROOM)
        return 0;
    BOUND(at, 0xfff);
    BOUND(size, 0x1fff);
    if (size > PATH_ROOM)
        return 0;
    read_kernel(out, size, b->walk + at);
    out[size] = 0;
    part_end(b, kind, index, flags, size + 1);
    return 0;
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
    u32 kind = facts->mode & KIND_MASK;
    part_end(b, PART_FILE, index, 0, sizeof(struct file_facts));
    if (kind && kind != KIND_SOCKET)
        add_path(PART_PATH, index, (u64)GET(f, f_path.mnt), (u64)GET(f, f_path.dentry));
    return 0;
}
