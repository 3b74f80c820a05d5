/* SPDX-License-Identifier: Apache-2.0 */
/* Makes processes in every way there is, and tells on standard output who they are: `processes WAY [ARGUMENT]`. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(const char *what, long value)
{
    char line[80];
    int n = snprintf(line, sizeof(line), "%s %ld\n", what, value);
    if (write(1, line, n) != n)
        _exit(90);
}

static void child_ends(long child)
{
    if (child == 0)
        _exit(7);
    tell("child", child);
    waitpid(child, NULL, 0);
}

static void *exec_in_thread(void *unused)
{
    char *const arguments[] = {"true", "by a thread", NULL};
    tell("thread", gettid());
    execv("/bin/true", arguments);
    _exit(91);
}

static void *fork_in_thread(void *unused)
{
    tell("thread", gettid());
    child_ends(fork());
    return NULL;
}

static void *just_end(void *unused)
{
    tell("thread", gettid());
    return NULL;
}

static void in_thread(void *(*what)(void *))
{
    pthread_t thread;
    pthread_create(&thread, NULL, what, NULL);
    pthread_join(thread, NULL);
}

static long clone3(uint64_t flags)
{
    struct clone_args a = {.flags = flags, .exit_signal = SIGCHLD};
    return syscall(SYS_clone3, &a, sizeof(a));
}

static int copy_to_memfd(const char *path)
{
    int from = open(path, O_RDONLY), to = memfd_create("dropped", MFD_CLOEXEC);
    char bytes[65536];
    ssize_t n;
    while ((n = read(from, bytes, sizeof(bytes))) > 0)
        if (write(to, bytes, n) != n)
            _exit(92);
    return to;
}

int main(int count, char **of)
{
    const char *way = of[1];
    char *const arguments[] = {"true", "x", NULL}, *const environment[] = {"A=1", "B=2", NULL};
    tell("self", getpid());
    if (!strcmp(way, "fork"))
        child_ends(syscall(SYS_fork));
    else if (!strcmp(way, "vfork"))
        child_ends(vfork());
    else if (!strcmp(way, "clone"))
        child_ends(syscall(SYS_clone, strtol(of[2], NULL, 0) | SIGCHLD, 0, 0, 0, 0));
    else if (!strcmp(way, "clone3"))
        child_ends(clone3(strtol(of[2], NULL, 0)));
    else if (!strcmp(way, "thread"))
        in_thread(just_end);
    else if (!strcmp(way, "thread-exec"))
        in_thread(exec_in_thread);
    else if (!strcmp(way, "thread-fork"))
        in_thread(fork_in_thread);
    else if (!strcmp(way, "execveat"))
        syscall(SYS_execveat, open("/bin/true", O_RDONLY), "", arguments, environment, AT_EMPTY_PATH);
    else if (!strcmp(way, "memfd"))
        fexecve(copy_to_memfd("/bin/true"), arguments, environment);
    else if (!strcmp(way, "failed-exec"))
        execve("/nowhere/at all", arguments, environment);
    else if (!strcmp(way, "no-arguments"))
        syscall(SYS_execve, "/bin/true", NULL, NULL);
    else if (!strcmp(way, "setsid")) {
        long child = fork();
        if (child == 0) {
            setsid();
            execve("/bin/true", arguments, environment);
        }
        tell("child", child);
        waitpid(child, NULL, 0);
    } else if (!strcmp(way, "subreaper") || !strcmp(way, "daemon")) {
        /* The middle one ends first; who gets the last? */
        int done[2];
        if (pipe(done))
            return 93;
        if (!strcmp(way, "subreaper"))
            prctl(PR_SET_CHILD_SUBREAPER, 1);
        long middle = fork();
        if (middle == 0) {
            long last = fork();
            if (last == 0) {
                char byte;
                close(done[1]);
                _exit(read(done[0], &byte, 1) == 0 ? 0 : 94);
            }
            tell("last", last);
            _exit(0);
        }
        tell("middle", middle);
        waitpid(middle, NULL, 0);
        close(done[1]);
        close(done[0]);
        while (waitpid(-1, NULL, 0) > 0)
            ;
    } else if (!strcmp(way, "killed"))
        raise(SIGKILL);
    else if (!strcmp(way, "exits"))
        exit((int)strtol(of[2], NULL, 0));
    else if (!strcmp(way, "zombie-leader")) {
        /* The main thread ends, another goes on. */
        pthread_t thread;
        pthread_create(&thread, NULL, fork_in_thread, NULL);
        pthread_exit(NULL);
    }
    return 0;
}
