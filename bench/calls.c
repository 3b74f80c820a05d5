/*
 * Makes system calls and says what each cost: calls KIND N [RATE].
 *
 * RATE is how many a second, 0 for as many as there can be; it is kept by sleeping between thousands. Prints the kind, how
 * many were made and nanoseconds of wall clock an iteration. Kinds are the rows of the table below.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int udp;
static struct sockaddr_in there;

static void do_getppid(void) { syscall(SYS_getppid); }
static void do_open(void)
{
    int fd = (int)syscall(SYS_openat, AT_FDCWD, "/etc/hostname", O_RDONLY, 0);
    close(fd);
}
static void do_open_missing(void) { syscall(SYS_openat, AT_FDCWD, "/no/such/file", O_RDONLY, 0); }
static void do_connect(void) { connect(udp, (struct sockaddr *)&there, sizeof there); }
static void do_fork(void)
{
    pid_t pid = vfork();
    if (pid == 0)
        _exit(0);
    waitpid(pid, NULL, 0);
}
static void do_exec(void)
{
    pid_t pid = vfork();
    if (pid == 0) {
        execl("/bin/true", "true", (char *)NULL);
        _exit(1);
    }
    waitpid(pid, NULL, 0);
}

static const struct { const char *name; void (*run)(void); } kinds[] = {
    {"getppid", do_getppid}, {"open", do_open}, {"open-missing", do_open_missing}, {"connect", do_connect},
    {"fork", do_fork}, {"exec", do_exec},
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    long n = atol(argv[2]), rate = argc > 3 ? atol(argv[3]) : 0, piece = rate ? rate / 100 : n;
    void (*run)(void) = NULL;
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kinds[i].name, argv[1]))
            run = kinds[i].run;
    if (!run)
        return 2;
    udp = socket(AF_INET, SOCK_DGRAM, 0);
    there.sin_family = AF_INET;
    there.sin_port = htons(9);
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    double start = now();
    for (long done = 0; done < n;) {
        for (long i = 0; i < piece && done < n; i++, done++)
            run();
        if (rate) {
            double ahead = start + (double)done / rate - now();
            if (ahead > 0)
                usleep((useconds_t)(ahead * 1e6));
        }
    }
    printf("%s %ld %.1f\n", argv[1], n, (now() - start) / n * 1e9);
    return 0;
}
