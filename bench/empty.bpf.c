/* A program that does nothing, at the tracepoint that the probe is at: what the kernel itself takes for it. */
#define SECTION(name) __attribute__((section(name), used))

struct map_spec { unsigned type, key_size, value_size, entries, flags; };
struct map_spec unused SECTION("maps") = {2, 4, 4, 1, 0};
char empty_license[] SECTION("license") = "GPL";

struct pt_regs { unsigned long orig_ax; } __attribute__((preserve_access_index));

SECTION("tp_btf/sys_exit")
int empty_exit(unsigned long long *context)
{
    return ((struct pt_regs *)context[0])->orig_ax == 1000000;
}
