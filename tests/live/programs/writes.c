/* writes WAY PATH: opens PATH for writing in one of many ways. "touch" never changes what stands there. */
#include "program.h"
#include <linux/openat2.h>

static int way_create(int n, char **a)
{
	int fd = syscall(SYS_openat, AT_FDCWD, a[0], O_WRONLY | O_CREAT, 0644);
	return answered(fd < 0 ? -1 : write(fd, "# tiercel live test\n", 20), "write");
}
static int way_open(int n, char **a) { return answered(syscall(SYS_open, a[0], O_WRONLY | O_CREAT, 0644), "open"); }
static int way_creat(int n, char **a) { return answered(syscall(SYS_creat, a[0], 0644), "creat"); }
static int way_append(int n, char **a) { return answered(open(a[0], O_RDWR | O_APPEND), "open"); }
static int way_touch(int n, char **a) { return answered(open(a[0], O_WRONLY), "open"); }
static int way_empty(int n, char **a) { return answered(open(a[0], O_WRONLY | O_TRUNC), "open"); }
static int way_truncate(int n, char **a) { return answered(truncate(a[0], 0), "truncate"); }

static int way_openat2(int n, char **a)
{
	struct open_how how = {.flags = O_WRONLY | O_CREAT, .mode = 0644};
	return answered(syscall(SYS_openat2, AT_FDCWD, a[0], &how, sizeof how), "openat2");
}

/* a file without a name, which gets one later */
static int way_tmpfile(int n, char **a)
{
	char from[64];
	char *folder = strdup(a[0]);
	*strrchr(folder, '/') = 0;
	int fd = open(folder, O_TMPFILE | O_RDWR, 0644);
	if (fd < 0)
		return refused("open O_TMPFILE");
	snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
	return answered(linkat(AT_FDCWD, from, AT_FDCWD, a[0], AT_SYMLINK_FOLLOW), "linkat");
}

int main(int argc, char **argv)
{
	static const struct way ways[] = {
		{"create", way_create, 1}, {"open", way_open, 1}, {"creat", way_creat, 1}, {"append", way_append, 1},
		{"touch", way_touch, 1}, {"empty", way_empty, 1}, {"truncate", way_truncate, 1},
		{"openat2", way_openat2, 1}, {"tmpfile", way_tmpfile, 1}, {0},
	};
	return choose(ways, argc, argv);
}
