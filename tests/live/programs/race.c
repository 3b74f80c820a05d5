/* race WAY OPENS PER_SECOND PATH SECRET HARMLESS: one thread opens, another changes under its hands what that means, as fast as it can.
 *
 *   memory  the name in the program's memory is now that of one file, now of the other (PATH is not used)
 *   link    PATH is a link, now to one file, now to the other
 *   folder  PATH is FOLDER/NAME, and FOLDER a link to the folder of one or of the other; both have NAME
 *
 * What was really opened is known by fstat; on standard output one byte for each open that succeeded, in order: S for the
 * secret, h for the harmless file. */
#include "program.h"
#include <libgen.h>
#include <pthread.h>
#include <time.h>

static char name[4096];            /* what the opener opens */
static const char *targets[2];     /* secret, harmless */
static const char *link_path;      /* what the swapper replaces */
static char spare[2][4200];        /* two links, swapped in turn */
static volatile int over;

static void *swap_memory(void *unused)
{
	size_t size = strlen(targets[0]) + 1; /* both are as long */
	for (unsigned i = 0; !over; i++)
		memcpy(name, targets[i & 1], size);
	return unused;
}

static void *swap_link(void *unused)
{
	for (unsigned i = 0; !over; i++) {
		if (symlink(targets[i & 1], spare[i & 1]) || rename(spare[i & 1], link_path))
			break;
	}
	return unused;
}

int main(int argc, char **argv)
{
	struct stat secret, got;
	struct timespec start, now;
	pthread_t t;
	if (argc != 7)
		return WRONG_CALL;
	long opens = atol(argv[2]), per_second = atol(argv[3]);
	targets[0] = argv[5];
	targets[1] = argv[6];
	int folder = !strcmp(argv[1], "folder"), memory = !strcmp(argv[1], "memory");
	if (stat(argv[5], &secret) || (memory && strlen(argv[5]) != strlen(argv[6])))
		return WRONG_CALL;
	snprintf(name, sizeof name, "%s", memory ? argv[5] : argv[4]);
	link_path = argv[4];
	if (folder) { /* the folders are swapped, the last name stays */
		link_path = dirname(strdup(argv[4]));
		targets[0] = dirname(strdup(argv[5]));
		targets[1] = dirname(strdup(argv[6]));
	}
	snprintf(spare[0], sizeof spare[0], "%s.0", link_path);
	snprintf(spare[1], sizeof spare[1], "%s.1", link_path);
	if (!memory && symlink(targets[0], link_path))
		return refused("symlink");
	pthread_create(&t, NULL, memory ? swap_memory : swap_link, NULL);
	char *seen = malloc((size_t)opens);
	long kept = 0;
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (long i = 0; i < opens; i++) {
		int fd = (int)syscall(SYS_openat, AT_FDCWD, name, O_RDONLY);
		if (fd >= 0 && !fstat(fd, &got))
			seen[kept++] = got.st_ino == secret.st_ino && got.st_dev == secret.st_dev ? 'S' : 'h';
		if (fd >= 0)
			close(fd);
		if (i % 256 == 255)
			do {
				clock_gettime(CLOCK_MONOTONIC, &now);
			} while ((double)(now.tv_sec - start.tv_sec) + 1e-9 * (double)(now.tv_nsec - start.tv_nsec)
				 < (double)i / (double)per_second);
	}
	over = 1;
	pthread_join(t, NULL);
	if (!memory)
		unlink(link_path);
	unlink(spare[0]);
	unlink(spare[1]);
	fwrite(seen, 1, (size_t)kept, stdout);
	fflush(stdout);
	return DONE;
}
