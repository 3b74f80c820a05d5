/* kernel WAY ...: what only attackers and their tools ask the kernel for. What is given is given back by the exit. */
#include "program.h"
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <sys/mount.h>

static int way_init_module(int n, char **a)
{
	static char none[64] = "\177ELF no module";
	return answered(syscall(SYS_init_module, none, sizeof none, ""), "init_module");
}
static int way_finit_module(int n, char **a)
{
	return answered(syscall(SYS_finit_module, open(a[0], O_RDONLY), "", 0), "finit_module");
}
static int way_delete_module(int n, char **a) { return answered(syscall(SYS_delete_module, a[0], 0), "delete_module"); }

static int way_bpf(int n, char **a)
{
	struct bpf_insn body[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0}, {.code = BPF_JMP | BPF_EXIT}};
	union bpf_attr p = {.prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insn_cnt = 2};
	p.insns = (__u64)(unsigned long)body;
	p.license = (__u64)(unsigned long)"GPL";
	return answered(syscall(SYS_bpf, BPF_PROG_LOAD, &p, sizeof p), "bpf");
}
static int way_userfaultfd(int n, char **a) { return answered(syscall(SYS_userfaultfd, 1), "userfaultfd"); }
static int way_uring(int n, char **a)
{
	struct io_uring_params p = {0};
	return answered(syscall(SYS_io_uring_setup, 4, &p), "io_uring_setup");
}
static int way_keyring(int n, char **a)
{
	return answered(syscall(SYS_add_key, "user", "tiercel-live", "x", 1, KEY_SPEC_PROCESS_KEYRING), "add_key");
}
static int way_keyctl(int n, char **a)
{
	return answered(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1), "keyctl");
}
static int way_perf(int n, char **a)
{
	struct perf_event_attr p = {.type = PERF_TYPE_SOFTWARE, .size = sizeof p, .config = PERF_COUNT_SW_DUMMY};
	return answered(syscall(SYS_perf_event_open, &p, 0, -1, -1, 0), "perf_event_open");
}
static int way_mount(int n, char **a) { return answered(mount(a[0], a[1], a[2], 0, NULL), "mount"); }
static int way_umount(int n, char **a) { return answered(umount2(a[0], MNT_DETACH), "umount2"); }
static int way_kexec(int n, char **a) { return answered(syscall(SYS_kexec_load, 0, 0, NULL, 0xff00L << 32), "kexec_load"); }
static int way_swapoff(int n, char **a) { return answered(syscall(SYS_swapoff, "/nonexistent"), "swapoff"); }
static int way_iopl(int n, char **a) { return answered(syscall(SYS_iopl, 0), "iopl"); }
static int way_quotactl(int n, char **a) { return answered(syscall(SYS_quotactl, 0x800001, NULL, 0, NULL), "quotactl"); }
static int way_fsopen(int n, char **a) { return answered(syscall(SYS_fsopen, "tmpfs", 0), "fsopen"); }

int main(int argc, char **argv)
{
	static const struct way ways[] = {
		{"init-module", way_init_module, 0}, {"finit-module", way_finit_module, 1},
		{"delete-module", way_delete_module, 1}, {"bpf", way_bpf, 0}, {"userfaultfd", way_userfaultfd, 0},
		{"uring", way_uring, 0}, {"keyring", way_keyring, 0}, {"keyctl", way_keyctl, 0}, {"perf", way_perf, 0},
		{"mount", way_mount, 3}, {"umount", way_umount, 1}, {"kexec", way_kexec, 0}, {"swapoff", way_swapoff, 0},
		{"iopl", way_iopl, 0}, {"quotactl", way_quotactl, 0}, {"fsopen", way_fsopen, 0}, {0},
	};
	return choose(ways, argc, argv);
}
