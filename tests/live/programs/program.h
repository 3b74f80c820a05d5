/* What the small programs share: a table of ways to do a thing, chosen by the first argument.
 *
 * A program prints one line about what it did and exits with 0 where it did it. Where the kernel refused, it says so and
 * exits with 3: an attempt is an action too, and whoever runs it knows which of the two to expect. 2 is a wrong call. */
#ifndef PROGRAM_H
#define PROGRAM_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum { DONE = 0, WRONG_CALL = 2, REFUSED = 3 };

struct way {
	const char *name;
	int (*run)(int argc, char **argv); /* arguments after the way's name */
	int arguments;                     /* at least so many */
};

static inline int refused(const char *what)
{
	printf("refused %s: %s\n", what, strerror(errno));
	return REFUSED;
}

static inline int answered(long result, const char *what)
{
	if (result < 0)
		return refused(what);
	printf("done %s = %ld\n", what, result);
	return DONE;
}

/* Before a way may stand "as UID": the program becomes that user first. */
static inline int choose(const struct way *ways, int argc, char **argv)
{
	if (argc > 3 && !strcmp(argv[1], "as")) {
		long uid = atol(argv[2]);
		if (syscall(SYS_setresgid, uid, uid, uid) || syscall(SYS_setresuid, uid, uid, uid))
			return refused("setresuid");
		argv[2] = argv[0];
		argc -= 2;
		argv += 2;
	}
	for (const struct way *w = ways; argc > 1 && w->name; w++)
		if (!strcmp(w->name, argv[1]) && argc - 2 >= w->arguments) {
			int rc = w->run(argc - 2, argv + 2);
			fflush(stdout);
			return rc;
		}
	fprintf(stderr, "usage: %s WAY ...; ways:", argv[0]);
	for (const struct way *w = ways; w->name; w++)
		fprintf(stderr, " %s", w->name);
	fprintf(stderr, "\n");
	return WRONG_CALL;
}

#endif
