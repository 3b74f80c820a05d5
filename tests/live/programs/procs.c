/* procs WAY ...: what a process does to itself and to others: ptrace, namespaces, identities, images without a file. */
#include "program.h"
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

extern char **environ;

/* a child to work on; it ends with us */
static pid_t victim(void)
{
	pid_t p = fork();
	if (!p) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return p;
}

static int ended(pid_t p, long result, const char *what)
{
	int rc = answered(result, what);
	kill(p, SIGKILL);
	waitpid(p, NULL, 0);
	return rc;
}

static int way_attach(int n, char **a)
{
	pid_t p = victim();
	long r = ptrace(PTRACE_ATTACH, p, 0, 0);
	waitpid(p, NULL, WUNTRACED);
	return ended(p, r, "ptrace attach");
}
static int way_seize(int n, char **a)
{
	pid_t p = victim();
	return ended(p, ptrace(PTRACE_SEIZE, p, 0, 0), "ptrace seize");
}
static long place; /* in the victim, written by us */
static int way_poke(int n, char **a)
{
	pid_t p = victim();
	if (ptrace(PTRACE_SEIZE, p, 0, 0) || ptrace(PTRACE_INTERRUPT, p, 0, 0))
		return refused("ptrace");
	waitpid(p, NULL, 0);
	return ended(p, ptrace(PTRACE_POKETEXT, p, &place, 7), "ptrace poketext");
}
static int way_setregs(int n, char **a)
{
	struct user_regs_struct regs;
	pid_t p = victim();
	if (ptrace(PTRACE_SEIZE, p, 0, 0) || ptrace(PTRACE_INTERRUPT, p, 0, 0))
		return refused("ptrace");
	waitpid(p, NULL, 0);
	ptrace(PTRACE_GETREGS, p, 0, &regs);
	return ended(p, ptrace(PTRACE_SETREGS, p, 0, &regs), "ptrace setregs");
}
static int way_traceme(int n, char **a) { return answered(ptrace(PTRACE_TRACEME, 0, 0, 0), "ptrace traceme"); }

static int way_mem(int n, char **a)
{
	char path[64];
	pid_t p = victim();
	snprintf(path, sizeof path, "/proc/%d/mem", p);
	int fd = open(path, O_RDWR);
	return ended(p, fd < 0 ? -1 : pwrite(fd, "x", 1, (off_t)(long)&place), "write mem");
}
static int way_vmwrite(int n, char **a)
{
	long x = 1;
	struct iovec mine = {&x, sizeof x}, theirs = {&place, sizeof place};
	pid_t p = victim();
	return ended(p, process_vm_writev(p, &mine, 1, &theirs, 1, 0), "process_vm_writev");
}

/* ---- programs without a file, or started past their name */

static int image(const char *path, int cloexec)
{
	char b[65536];
	ssize_t k;
	int in = open(path, O_RDONLY), m = memfd_create("kworker", cloexec ? MFD_CLOEXEC : 0);
	while ((k = read(in, b, sizeof b)) > 0)
		if (write(m, b, (size_t)k) != k)
			exit(refused("write"));
	return m;
}
static int way_memfd(int n, char **a) { return answered(fexecve(image(a[0], 1), a, environ), "fexecve"); }
static int way_memfd_proc(int n, char **a)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", image(a[0], 0));
	return answered(execve(path, a, environ), "execve");
}
static int way_execveat(int n, char **a)
{
	return answered(syscall(SYS_execveat, open(a[0], O_PATH | O_CLOEXEC), "", a, environ, AT_EMPTY_PATH), "execveat");
}
/* FOLDER NAME: relative to a descriptor */
static int way_execveat_dir(int n, char **a)
{
	return answered(syscall(SYS_execveat, open(a[0], O_PATH | O_DIRECTORY), a[1], a + 1, environ, 0), "execveat");
}
/* removed between its opening and its start */
static int way_deleted(int n, char **a)
{
	int fd = open(a[0], O_PATH | O_CLOEXEC);
	unlink(a[0]);
	return answered(syscall(SYS_execveat, fd, "", a, environ, AT_EMPTY_PATH), "execveat");
}
/* AS PROGRAM ...: argv[0] is a lie */
static int way_argv0(int n, char **a)
{
	char *program = a[1];
	a[1] = a[0];
	return answered(execve(program, a + 1, environ), "execve");
}
static int way_exec(int n, char **a) { return answered(execvp(a[0], a), "execve"); }
static int way_noargs(int n, char **a)
{
	char *none[] = {NULL};
	return answered(execve(a[0], none, environ), "execve");
}
/* from a thread that is not the first: it takes over the process's id */
static void *second(void *argv)
{
	execve(((char **)argv)[0], argv, environ);
	return NULL;
}
static int way_thread_exec(int n, char **a)
{
	pthread_t t;
	pthread_create(&t, NULL, second, a);
	pthread_join(t, NULL);
	return refused("execve");
}
static int way_vfork(int n, char **a)
{
	int status;
	pid_t p = vfork();
	if (!p) {
		execve(a[0], a, environ);
		_exit(127);
	}
	waitpid(p, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : REFUSED;
}
/* started by a process that has gone: its parent is another by then */
static int way_orphan(int n, char **a)
{
	if (!fork()) {
		setsid();
		pid_t parent = getpid();
		if (!fork()) {
			while (getppid() == parent)
				usleep(1000);
			execve(a[0], a, environ);
		}
		_exit(0);
	}
	wait(NULL);
	usleep(200000);
	return DONE;
}

/* ---- names: NAME PATH reads the file under another name of the process or thread */

static int read_it(const char *path)
{
	char b[64];
	int fd = open(path, O_RDONLY);
	return answered(fd < 0 ? -1 : read(fd, b, sizeof b), "read");
}
static int way_prctl(int n, char **a)
{
	prctl(PR_SET_NAME, a[0]);
	return read_it(a[1]);
}
/* a child takes the name over from the start */
static int way_prctl_fork(int n, char **a)
{
	int status;
	prctl(PR_SET_NAME, a[0]);
	pid_t p = fork();
	if (!p) {
		int rc = read_it(a[1]);
		fflush(stdout);
		_exit(rc);
	}
	waitpid(p, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : REFUSED;
}
static int way_comm(int n, char **a)
{
	int fd = open("/proc/self/comm", O_WRONLY);
	if (write(fd, a[0], strlen(a[0])) < 0)
		return refused("write");
	return read_it(a[1]);
}
static void *named(void *argv)
{
	char **a = argv;
	prctl(PR_SET_NAME, a[0]);
	return (void *)(long)read_it(a[1]);
}
static int way_thread_name(int n, char **a)
{
	pthread_t t;
	void *rc;
	pthread_create(&t, NULL, named, a);
	pthread_join(t, &rc);
	return (int)(long)rc;
}
/* the command line as others see it, overwritten */
static int way_cmdline(int n, char **a)
{
	char path[4096];
	snprintf(path, sizeof path, "%s", a[1]);
	memset(a[1], 'x', strlen(a[1]));
	return read_it(path);
}

/* ---- namespaces */

static int way_unshare(int n, char **a) { return answered(unshare((int)strtol(a[0], 0, 0)), "unshare"); }
static int way_setns(int n, char **a)
{
	return answered(setns(open(a[0], O_RDONLY), n > 1 ? (int)strtol(a[1], 0, 0) : 0), "setns");
}
static int way_clone(int n, char **a)
{
	long p = syscall(SYS_clone, strtol(a[0], 0, 0) | SIGCHLD, 0, 0, 0, 0);
	if (p == 0)
		_exit(0);
	if (p > 0)
		waitpid((pid_t)p, NULL, 0);
	return answered(p, "clone");
}
static int way_pivot(int n, char **a) { return answered(syscall(SYS_chroot, a[0]), "chroot"); }

/* ---- identities */

static int way_setuid(int n, char **a) { return answered(syscall(SYS_setuid, atoi(a[0])), "setuid"); }
static int way_setresuid(int n, char **a)
{
	return answered(syscall(SYS_setresuid, atoi(a[0]), atoi(a[1]), atoi(a[2])), "setresuid");
}
static int way_setgid(int n, char **a) { return answered(syscall(SYS_setgid, atoi(a[0])), "setgid"); }
static int way_capset(int n, char **a)
{
	struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct d[2];
	syscall(SYS_capget, &h, d);
	return answered(syscall(SYS_capset, &h, d), "capset");
}
static int way_undump(int n, char **a) { return answered(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "prctl"); }

static const struct way ways[] = {
	{"attach", way_attach, 0}, {"seize", way_seize, 0}, {"poke", way_poke, 0}, {"setregs", way_setregs, 0},
	{"traceme", way_traceme, 0}, {"mem", way_mem, 0}, {"vmwrite", way_vmwrite, 0}, {"memfd", way_memfd, 1},
	{"memfd-proc", way_memfd_proc, 1}, {"execveat", way_execveat, 1}, {"execveat-dir", way_execveat_dir, 2},
	{"deleted", way_deleted, 1}, {"argv0", way_argv0, 2}, {"noargs", way_noargs, 1},
	{"thread-exec", way_thread_exec, 1}, {"vfork", way_vfork, 1}, {"orphan", way_orphan, 1},
	{"prctl", way_prctl, 2}, {"prctl-fork", way_prctl_fork, 2}, {"comm", way_comm, 2}, {"thread-name", way_thread_name, 2},
	{"cmdline", way_cmdline, 2}, {"unshare", way_unshare, 1}, {"setns", way_setns, 1}, {"clone", way_clone, 1},
	{"chroot", way_pivot, 1}, {"setuid", way_setuid, 1}, {"setresuid", way_setresuid, 3},
	{"setgid", way_setgid, 1}, {"capset", way_capset, 0}, {"exec", way_exec, 1}, {"undump", way_undump, 0}, {0},
};

int main(int argc, char **argv)
{
	return choose(ways, argc, argv);
}
