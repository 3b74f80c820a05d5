/* reads WAY PATH: opens PATH for reading in one of many ways, reads from it, and prints which file it got:
 * "read DEVICE INODE BYTES", by fstat on the descriptor, so that a test knows the truth. */
#include "program.h"
#include <libgen.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

static int told(int fd, long bytes)
{
	struct stat st;
	if (fd < 0 || fstat(fd, &st))
		return refused("open");
	printf("read %lu %lu %ld\n", (unsigned long)st.st_dev, (unsigned long)st.st_ino, bytes);
	return DONE;
}

static int read_on(int fd)
{
	char b[64];
	return told(fd, fd < 0 ? 0 : read(fd, b, sizeof b));
}

static int way_open(int n, char **a) { return read_on(syscall(SYS_open, a[0], O_RDONLY)); }
static int way_openat(int n, char **a) { return read_on(syscall(SYS_openat, AT_FDCWD, a[0], O_RDONLY)); }
static int way_rdwr(int n, char **a) { return read_on(syscall(SYS_openat, AT_FDCWD, a[0], O_RDWR)); }

/* some seconds after its start: it is no longer new then */
static int way_late(int n, char **a)
{
	usleep(5200000);
	return read_on(open(a[0], O_RDONLY));
}

static int way_openat2(int n, char **a)
{
	struct open_how how = {.flags = O_RDONLY};
	return read_on(syscall(SYS_openat2, AT_FDCWD, a[0], &how, sizeof how));
}

/* the folder is opened, then the name below it */
static int way_dirfd(int n, char **a)
{
	char folder[4096], base[4096];
	snprintf(folder, sizeof folder, "%s", a[0]);
	snprintf(base, sizeof base, "%s", a[0]);
	int d = open(dirname(folder), O_RDONLY | O_DIRECTORY);
	return read_on(openat(d, basename(base), O_RDONLY));
}

/* the same with a folder opened as a mere place, through openat2 */
static int way_dirfd2(int n, char **a)
{
	char folder[4096], base[4096];
	snprintf(folder, sizeof folder, "%s", a[0]);
	snprintf(base, sizeof base, "%s", a[0]);
	int d = open(dirname(folder), O_PATH | O_DIRECTORY);
	struct open_how how = {.flags = O_RDONLY, .resolve = RESOLVE_BENEATH};
	return read_on(syscall(SYS_openat2, d, basename(base), &how, sizeof how));
}

static int way_chdir(int n, char **a)
{
	char folder[4096], base[4096];
	snprintf(folder, sizeof folder, "%s", a[0]);
	snprintf(base, sizeof base, "%s", a[0]);
	if (chdir(dirname(folder)))
		return refused("chdir");
	return read_on(open(basename(base), O_RDONLY));
}

static int way_fchdir(int n, char **a)
{
	char folder[4096], base[4096];
	snprintf(folder, sizeof folder, "%s", a[0]);
	snprintf(base, sizeof base, "%s", a[0]);
	if (fchdir(open(dirname(folder), O_RDONLY | O_DIRECTORY)))
		return refused("fchdir");
	return read_on(open(basename(base), O_RDONLY));
}

static int way_chroot(int n, char **a)
{
	char folder[4096], base[4096];
	snprintf(folder, sizeof folder, "%s", a[0]);
	snprintf(base, sizeof base, "/%s", basename(strdup(a[0])));
	if (chroot(dirname(folder)))
		return refused("chroot");
	return read_on(open(base, O_RDONLY));
}

static int way_procroot(int n, char **a)
{
	char path[5000];
	snprintf(path, sizeof path, "/proc/self/root%s", a[0]);
	return read_on(open(path, O_RDONLY));
}

static int way_proccwd(int n, char **a)
{
	char path[5000];
	if (chdir("/"))
		return refused("chdir");
	snprintf(path, sizeof path, "/proc/thread-self/cwd%s", a[0]);
	return read_on(open(path, O_RDONLY));
}

/* a descriptor that may not read, opened again through /proc */
static int way_opath(int n, char **a)
{
	char path[64];
	int fd = open(a[0], O_PATH);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return read_on(open(path, O_RDONLY));
}

static int way_handle(int n, char **a)
{
	union {
		struct file_handle h;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} u = {.h = {.handle_bytes = MAX_HANDLE_SZ}};
	int mount_id;
	if (name_to_handle_at(AT_FDCWD, a[0], &u.h, &mount_id, 0))
		return refused("name_to_handle_at");
	int place = open("/", O_RDONLY | O_DIRECTORY);
	return read_on(open_by_handle_at(place, &u.h, O_RDONLY));
}

/* a folder of ours that leads to another, and back up from there */
static int way_dotdot(int n, char **a)
{
	char folder[] = "/tmp/reads-XXXXXX", link[64], path[5000];
	if (!mkdtemp(folder))
		return refused("mkdtemp");
	snprintf(link, sizeof link, "%s/logs", folder);
	if (symlink("/usr/lib", link))
		return refused("symlink");
	snprintf(path, sizeof path, "%s/../..%s", link, a[0]); /* folded as text: /tmp + PATH */
	int rc = read_on(open(path, O_RDONLY));
	unlink(link);
	rmdir(folder);
	return rc;
}

static int way_symlink(int n, char **a)
{
	char folder[] = "/tmp/reads-XXXXXX", link[64];
	if (!mkdtemp(folder))
		return refused("mkdtemp");
	snprintf(link, sizeof link, "%s/notes", folder);
	if (symlink(a[0], link))
		return refused("symlink");
	int rc = read_on(open(link, O_RDONLY));
	unlink(link);
	rmdir(folder);
	return rc;
}

/* PATH NEW: a second name for the file, in the same file system */
static int way_hardlink(int n, char **a)
{
	if (link(a[0], a[1]))
		return refused("link");
	int rc = read_on(open(a[1], O_RDONLY));
	unlink(a[1]);
	return rc;
}

/* PATH FOLDER: the file's folder mounted a second time */
static int way_bind(int n, char **a)
{
	char folder[4096], path[9000];
	snprintf(folder, sizeof folder, "%s", a[0]);
	if (syscall(SYS_unshare, 0x00020000 /* CLONE_NEWNS */))
		return refused("unshare");
	if (syscall(SYS_mount, "none", "/", NULL, 16384 | (1 << 18) /* MS_REC | MS_PRIVATE */, NULL))
		return refused("mount");
	if (syscall(SYS_mount, dirname(folder), a[1], NULL, 4096 /* MS_BIND */, NULL))
		return refused("mount");
	snprintf(path, sizeof path, "%s/%s", a[1], basename(strdup(a[0])));
	return read_on(open(path, O_RDONLY));
}

static int way_sendfile(int n, char **a)
{
	int in = open(a[0], O_RDONLY), out[2];
	if (pipe(out))
		return refused("pipe");
	return told(in, sendfile(out[1], in, NULL, 64));
}

static int way_splice(int n, char **a)
{
	int in = open(a[0], O_RDONLY), out[2];
	if (pipe(out))
		return refused("pipe");
	return told(in, splice(in, NULL, out[1], NULL, 64, 0));
}

static int way_mmap(int n, char **a)
{
	int in = open(a[0], O_RDONLY);
	volatile const char *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, in, 0);
	if (p == MAP_FAILED)
		return refused("mmap");
	return told(in, p[0] ? 1 : 0);
}

/* another process opens, and hands the descriptor over a socket */
static int way_passed(int n, char **a)
{
	int pair[2];
	char byte = 0, room[CMSG_SPACE(sizeof(int))];
	struct iovec v = {&byte, 1};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return refused("socketpair");
	if (!fork()) {
		int fd = open(a[0], O_RDONLY);
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(c), &fd, sizeof fd);
		_exit(sendmsg(pair[1], &m, 0) == 1 ? 0 : 1);
	}
	if (recvmsg(pair[0], &m, 0) != 1)
		return refused("recvmsg");
	int fd;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof fd);
	return read_on(fd);
}

#if defined(__x86_64__)
/* A 32-bit call from a 64-bit program: the kernel takes pointers below 4 GiB only. */
static long call32(long nr, long b, long c, long d, long e)
{
	long ret;
	__asm__ volatile("int $0x80" : "=a"(ret) : "a"(nr), "b"(b), "c"(c), "d"(d), "S"(e) : "memory", "r8", "r9", "r10", "r11");
	return ret;
}

static char *low(const char *text)
{
	char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (p == MAP_FAILED)
		exit(refused("mmap"));
	strncpy(p, text, 4095);
	return p;
}

static int got32(long fd)
{
	if (fd < 0) {
		errno = -fd;
		fd = -1;
	}
	return read_on(fd);
}

static int way_open_32(int n, char **a) { return got32(call32(5, (long)low(a[0]), O_RDONLY, 0, 0)); }
static int way_openat_32(int n, char **a) { return got32(call32(295, AT_FDCWD, (long)low(a[0]), O_RDONLY, 0)); }

static int way_openat2_32(int n, char **a)
{
	char *p = low(a[0]);
	struct open_how *how = (struct open_how *)(p + 4096);
	return got32(call32(437, AT_FDCWD, (long)p, (long)how, sizeof *how));
}
#endif

int main(int argc, char **argv)
{
	static const struct way ways[] = {
		{"open", way_open, 1}, {"openat", way_openat, 1}, {"rdwr", way_rdwr, 1}, {"late", way_late, 1}, {"openat2", way_openat2, 1},
		{"dirfd", way_dirfd, 1}, {"dirfd2", way_dirfd2, 1}, {"chdir", way_chdir, 1}, {"fchdir", way_fchdir, 1},
		{"chroot", way_chroot, 1}, {"procroot", way_procroot, 1}, {"proccwd", way_proccwd, 1},
		{"opath", way_opath, 1}, {"handle", way_handle, 1}, {"dotdot", way_dotdot, 1}, {"symlink", way_symlink, 1},
		{"hardlink", way_hardlink, 2}, {"bind", way_bind, 2}, {"sendfile", way_sendfile, 1},
		{"splice", way_splice, 1}, {"mmap", way_mmap, 1}, {"passed", way_passed, 1},
#if defined(__x86_64__)
		{"open-32", way_open_32, 1}, {"openat-32", way_openat_32, 1}, {"openat2-32", way_openat2_32, 1},
#endif
		{0},
	};
	return choose(ways, argc, argv);
}
