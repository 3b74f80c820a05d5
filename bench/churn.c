/*
 * Processes that come and go, and a record of whose child each was: for bench/endurance.py.
 *
 *   churn FAMILIES TRUTH MARKER
 *
 * A family is two processes: a parent, which runs this program again as p<serial>, and its child (made by vfork, clone,
 * clone3 or fork, in turn), which runs it as c<serial>. Process numbers are used again and again meanwhile. One child in
 * OPENERS adds a row to TRUTH and opens MARKER; who saw that open has to say that c17 was started by p17, and p17 by churn,
 * with the numbers in the row.
 *
 *   struct row { int32_t pid, parent, grandparent; uint32_t serial; }     16 bytes, as the machine stores them
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OPENERS = 50, AT_ONCE = 4 };

struct row { int32_t pid, parent, grandparent; uint32_t serial; };

static void die(const char *what)
{
    perror(what);
    _exit(1);
}

static pid_t make(uint32_t how)
{
    struct clone_args a = { .exit_signal = SIGCHLD };
    switch (how) {
    case 0:
        return fork();
    case 1:
        return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    default:
        return (pid_t)syscall(SYS_clone3, &a, sizeof a);
    }
}

/* Starts this program as `kind`<serial>; `how` 3 is vfork, which no other function may return from. */
static pid_t start(char kind, uint32_t how, uint32_t serial, pid_t grandparent, char *truth, char *marker)
{
    char name[16], number[16], above[16];
    snprintf(name, sizeof name, "%c%u", kind, serial);
    snprintf(number, sizeof number, "%u", serial);
    snprintf(above, sizeof above, "%d", (int)grandparent);
    char *argv[] = { name, number, above, truth, marker, NULL };
    pid_t pid = how == 3 ? vfork() : make(how);
    if (pid < 0)
        die("churn: no more processes");
    if (pid == 0) {
        execv("/proc/self/exe", argv);
        _exit(127);
    }
    return pid;
}

static int parent(char **argv)
{
    uint32_t serial = (uint32_t)strtoul(argv[1], NULL, 10);
    int status;
    pid_t pid = start('c', serial / OPENERS % 4, serial, getppid(), argv[3], argv[4]);
    return waitpid(pid, &status, 0) < 0 || status;
}

static int child(char **argv)
{
    struct row r = { .pid = getpid(), .parent = getppid(), .grandparent = atoi(argv[2]) };
    r.serial = (uint32_t)strtoul(argv[1], NULL, 10);
    if (r.serial % OPENERS)
        return 0;
    int truth = open(argv[3], O_WRONLY | O_APPEND);
    return truth < 0 || write(truth, &r, sizeof r) != sizeof r || open(argv[4], O_RDONLY) < 0;
}

int main(int argc, char **argv)
{
    if (argc == 5)
        return argv[0][0] == 'p' ? parent(argv) : child(argv);
    if (argc != 4)
        return 2;
    uint32_t families = (uint32_t)strtoul(argv[1], NULL, 10), running = 0;
    int status, failed = 0;
    close(open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0600));
    for (uint32_t serial = 0; serial < families; serial++) {
        if (running == AT_ONCE && wait(&status) > 0)
            running--, failed |= status;
        start('p', 3, serial, getpid(), argv[2], argv[3]);
        running++;
    }
    while (wait(&status) > 0)
        failed |= status;
    return failed ? 1 : 0;
}
