/* ring WAY ...: system calls through io_uring, without liburing. "sqpoll-" before a way: the kernel's own thread submits,
 * and the program makes no call at all. For reads it prints "read DEVICE INODE BYTES" as reads does. */
#include "program.h"
#include <arpa/inet.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/socket.h>

static struct {
	int fd;
	unsigned *sq_tail, *sq_mask, *sq_array, *sq_flags, *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
	unsigned flags;
} ring;

static void *area(size_t size, off_t what)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring.fd, what);
	if (p == MAP_FAILED)
		exit(refused("mmap"));
	return p;
}

static void set_up(void)
{
	struct io_uring_params p = {.flags = ring.flags, .sq_thread_idle = 1000};
	ring.fd = (int)syscall(SYS_io_uring_setup, 8, &p);
	if (ring.fd < 0)
		exit(refused("io_uring_setup"));
	char *sq = area(p.sq_off.array + p.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
	char *cq = area(p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
	ring.sqes = area(p.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
	ring.sq_tail = (unsigned *)(sq + p.sq_off.tail);
	ring.sq_mask = (unsigned *)(sq + p.sq_off.ring_mask);
	ring.sq_array = (unsigned *)(sq + p.sq_off.array);
	ring.sq_flags = (unsigned *)(sq + p.sq_off.flags);
	ring.cq_head = (unsigned *)(cq + p.cq_off.head);
	ring.cq_tail = (unsigned *)(cq + p.cq_off.tail);
	ring.cq_mask = (unsigned *)(cq + p.cq_off.ring_mask);
	ring.cqes = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
}

/* hands one request in, and gives its result; errno is set where that is an error */
static int request(const struct io_uring_sqe *what)
{
	if (!ring.sqes)
		set_up();
	unsigned tail = *ring.sq_tail, slot = tail & *ring.sq_mask;
	ring.sqes[slot] = *what;
	ring.sq_array[slot] = slot;
	__atomic_store_n(ring.sq_tail, tail + 1, __ATOMIC_SEQ_CST);
	if (!(ring.flags & IORING_SETUP_SQPOLL)) {
		if (syscall(SYS_io_uring_enter, ring.fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
			return -1;
	} else if (__atomic_load_n(ring.sq_flags, __ATOMIC_SEQ_CST) & IORING_SQ_NEED_WAKEUP) {
		syscall(SYS_io_uring_enter, ring.fd, 0, 0, IORING_ENTER_SQ_WAKEUP, NULL, 0);
	}
	unsigned head = *ring.cq_head;
	for (int i = 0; __atomic_load_n(ring.cq_tail, __ATOMIC_ACQUIRE) == head; i++) {
		if (i == 5000)
			exit(refused("wait for the ring"));
		usleep(1000);
	}
	int result = ring.cqes[head & *ring.cq_mask].res;
	__atomic_store_n(ring.cq_head, head + 1, __ATOMIC_RELEASE);
	if (result < 0) {
		errno = -result;
		return -1;
	}
	return result;
}

static int read_on(int fd)
{
	char b[64];
	struct stat st;
	struct io_uring_sqe read_it = {
		.opcode = IORING_OP_READ, .fd = fd, .addr = (unsigned long)b, .len = sizeof b,
	};
	if (fd < 0 || fstat(fd, &st))
		return refused("open");
	int got = request(&read_it);
	printf("read %lu %lu %d\n", (unsigned long)st.st_dev, (unsigned long)st.st_ino, got);
	return got < 0 ? REFUSED : DONE;
}

static int way_openat(int n, char **a)
{
	struct io_uring_sqe s = {
		.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (unsigned long)a[0], .open_flags = O_RDONLY,
	};
	return read_on(request(&s));
}
static int way_openat2(int n, char **a)
{
	struct open_how how = {.flags = O_RDONLY};
	struct io_uring_sqe s = {
		.opcode = IORING_OP_OPENAT2, .fd = AT_FDCWD, .addr = (unsigned long)a[0], .len = sizeof how,
		.off = (unsigned long)&how,
	};
	return read_on(request(&s));
}
static int way_create(int n, char **a)
{
	struct io_uring_sqe s = {
		.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (unsigned long)a[0], .len = 0644,
		.open_flags = O_WRONLY | O_CREAT,
	};
	return answered(request(&s), "openat");
}
static int way_connect(int n, char **a)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(a[1]))};
	inet_pton(AF_INET, a[0], &to.sin_addr);
	int s = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(s, (struct sockaddr *)&to, sizeof to) || listen(s, 1))
		return refused("listen");
	struct io_uring_sqe c = {
		.opcode = IORING_OP_CONNECT, .fd = socket(AF_INET, SOCK_STREAM, 0), .addr = (unsigned long)&to,
		.off = sizeof to,
	};
	return answered(request(&c), "connect");
}
static int way_unlink(int n, char **a)
{
	struct io_uring_sqe s = {.opcode = IORING_OP_UNLINKAT, .fd = AT_FDCWD, .addr = (unsigned long)a[0]};
	return answered(request(&s), "unlinkat");
}
static int two_names(int opcode, char **a, const char *what)
{
	struct io_uring_sqe s = {
		.opcode = (unsigned char)opcode, .fd = AT_FDCWD, .addr = (unsigned long)a[0], .len = (unsigned)AT_FDCWD,
		.addr2 = (unsigned long)a[1],
	};
	return answered(request(&s), what);
}
static int way_rename(int n, char **a) { return two_names(IORING_OP_RENAMEAT, a, "renameat"); }
static int way_link(int n, char **a) { return two_names(IORING_OP_LINKAT, a, "linkat"); }
static int way_symlink(int n, char **a)
{
	struct io_uring_sqe s = {
		.opcode = IORING_OP_SYMLINKAT, .fd = AT_FDCWD, .addr = (unsigned long)a[0], .addr2 = (unsigned long)a[1],
	};
	return answered(request(&s), "symlinkat");
}
static int way_mkdir(int n, char **a)
{
	struct io_uring_sqe s = {
		.opcode = IORING_OP_MKDIRAT, .fd = AT_FDCWD, .addr = (unsigned long)a[0], .len = 0755,
	};
	return answered(request(&s), "mkdirat");
}

int main(int argc, char **argv)
{
	static const struct way ways[] = {
		{"openat", way_openat, 1}, {"openat2", way_openat2, 1}, {"create", way_create, 1},
		{"connect", way_connect, 2}, {"unlink", way_unlink, 1}, {"rename", way_rename, 2}, {"link", way_link, 2},
		{"symlink", way_symlink, 2}, {"mkdir", way_mkdir, 1}, {0},
	};
	if (argc > 1 && !strncmp(argv[1], "sqpoll-", 7)) {
		ring.flags = IORING_SETUP_SQPOLL;
		argv[1] += 7;
	}
	return choose(ways, argc, argv);
}
