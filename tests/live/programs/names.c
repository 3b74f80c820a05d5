/* names WAY ...: links, renames, removals, modes of files. */
#include "program.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static int way_symlink(int n, char **a) { return answered(syscall(SYS_symlink, a[0], a[1]), "symlink"); }
static int way_symlinkat(int n, char **a) { return answered(symlinkat(a[0], AT_FDCWD, a[1]), "symlinkat"); }
static int way_link(int n, char **a) { return answered(syscall(SYS_link, a[0], a[1]), "link"); }
static int way_linkat(int n, char **a) { return answered(linkat(AT_FDCWD, a[0], AT_FDCWD, a[1], 0), "linkat"); }
static int way_rename(int n, char **a) { return answered(syscall(SYS_rename, a[0], a[1]), "rename"); }
static int way_renameat(int n, char **a)
{
	return answered(syscall(SYS_renameat, AT_FDCWD, a[0], AT_FDCWD, a[1]), "renameat");
}
static int way_renameat2(int n, char **a)
{
	return answered(syscall(SYS_renameat2, AT_FDCWD, a[0], AT_FDCWD, a[1], 0), "renameat2");
}
static int way_unlink(int n, char **a) { return answered(syscall(SYS_unlink, a[0]), "unlink"); }
static int way_unlinkat(int n, char **a) { return answered(unlinkat(AT_FDCWD, a[0], 0), "unlinkat"); }
static int way_rmdir(int n, char **a) { return answered(syscall(SYS_rmdir, a[0]), "rmdir"); }
static int way_mkdir(int n, char **a) { return answered(syscall(SYS_mkdir, a[0], 0755), "mkdir"); }
static int way_mkdirat(int n, char **a) { return answered(mkdirat(AT_FDCWD, a[0], 0755), "mkdirat"); }
static int way_chmod(int n, char **a) { return answered(syscall(SYS_chmod, a[1], strtol(a[0], 0, 8)), "chmod"); }
static int way_fchmod(int n, char **a) { return answered(fchmod(open(a[1], O_RDONLY), strtol(a[0], 0, 8)), "fchmod"); }
static int way_fchmodat(int n, char **a)
{
	return answered(syscall(SYS_fchmodat, AT_FDCWD, a[1], strtol(a[0], 0, 8)), "fchmodat");
}
static int way_fchmodat2(int n, char **a)
{
	return answered(syscall(SYS_fchmodat2, AT_FDCWD, a[1], strtol(a[0], 0, 8), 0), "fchmodat2");
}
static int way_mknod(int n, char **a)
{
	return answered(mknod(a[0], S_IFCHR | 0600, (dev_t)(atoi(a[1]) << 8 | atoi(a[2]))), "mknod");
}

int main(int argc, char **argv)
{
	static const struct way ways[] = {
		{"symlink", way_symlink, 2}, {"symlinkat", way_symlinkat, 2}, {"link", way_link, 2},
		{"linkat", way_linkat, 2}, {"rename", way_rename, 2}, {"renameat", way_renameat, 2},
		{"renameat2", way_renameat2, 2}, {"unlink", way_unlink, 1}, {"unlinkat", way_unlinkat, 1},
		{"rmdir", way_rmdir, 1}, {"mkdir", way_mkdir, 1}, {"mkdirat", way_mkdirat, 1}, {"chmod", way_chmod, 2},
		{"fchmod", way_fchmod, 2}, {"fchmodat", way_fchmodat, 2}, {"fchmodat2", way_fchmodat2, 2},
		{"mknod", way_mknod, 3}, {0},
	};
	return choose(ways, argc, argv);
}
