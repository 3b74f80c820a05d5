/* net WAY ...: connections, sockets, standard streams over the network. Every address is one of this machine: where nobody
 * listens, the program listens itself ("own"), so nothing leaves it. */
#include "program.h"
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

static struct sockaddr_in at(const char *ip, const char *port)
{
	struct sockaddr_in s = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port))};
	inet_pton(AF_INET, ip, &s.sin_addr);
	return s;
}

static int listening(const struct sockaddr_in *where)
{
	int one = 1, s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(s, (const struct sockaddr *)where, sizeof *where) || listen(s, 4))
		exit(refused("listen"));
	return s;
}

static int connected(const char *ip, const char *port)
{
	struct sockaddr_in s = at(ip, port);
	listening(&s);
	int c = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(c, (struct sockaddr *)&s, sizeof s))
		exit(refused("connect"));
	return c;
}

static int way_connect(int n, char **a) { return answered(connected(a[0], a[1]), "connect"); }

static int way_udp(int n, char **a)
{
	struct sockaddr_in s = at(a[0], a[1]);
	return answered(connect(socket(AF_INET, SOCK_DGRAM, 0), (struct sockaddr *)&s, sizeof s), "connect");
}

static int way_sendto(int n, char **a)
{
	struct sockaddr_in s = at(a[0], a[1]);
	int u = socket(AF_INET, SOCK_DGRAM, 0);
	return answered(sendto(u, "?", 1, 0, (struct sockaddr *)&s, sizeof s), "sendto");
}

/* a question to a name server, as a resolver would send it: NAME is asked for its address */
static int way_dns(int n, char **a)
{
	unsigned char q[300] = {0x12, 0x34, 1, 0, 0, 1}, *p = q + 12;
	struct sockaddr_in s = at(a[0], "53");
	for (char *label = strtok(strdup(a[1]), "."); label; label = strtok(NULL, ".")) {
		*p++ = (unsigned char)strlen(label);
		memcpy(p, label, strlen(label));
		p += strlen(label);
	}
	p += 2;
	*p++ = 1, *p++ = 0, *p++ = 1;
	return answered(sendto(socket(AF_INET, SOCK_DGRAM, 0), q, p - q, 0, (struct sockaddr *)&s, sizeof s), "sendto");
}

/* IP FIRST LAST: nobody listens there, all are refused */
static int way_scan(int n, char **a)
{
	int refusals = 0;
	for (int port = atoi(a[1]); port <= atoi(a[2]); port++) {
		char text[8];
		snprintf(text, sizeof text, "%d", port);
		struct sockaddr_in s = at(a[0], text);
		int c = socket(AF_INET, SOCK_STREAM, 0);
		refusals += connect(c, (struct sockaddr *)&s, sizeof s) < 0;
		close(c);
	}
	printf("done scan, refused %d\n", refusals);
	return DONE;
}

/* PATH: a socket of ours at that name, and a connection to it */
static int way_unix(int n, char **a)
{
	struct sockaddr_un u = {.sun_family = AF_UNIX};
	strncpy(u.sun_path, a[0], sizeof u.sun_path - 1);
	int s = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(s, (struct sockaddr *)&u, sizeof u) || listen(s, 1))
		return refused("listen");
	int rc = answered(connect(c, (struct sockaddr *)&u, sizeof u), "connect");
	unlink(a[0]);
	return rc;
}

static int way_packet(int n, char **a) { return answered(socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)), "socket"); }
static int way_raw(int n, char **a) { return answered(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), "socket"); }
static int way_vsock(int n, char **a) { return answered(socket(40, SOCK_STREAM, 0), "socket"); }

/* ---- reverse shells: a connection becomes the standard streams of a shell (which has nothing to do, and ends) */

static int shell_on(int rc)
{
	if (rc < 0)
		return refused("dup");
	fflush(stdout);
	execl("/bin/sh", "sh", "-c", ":", NULL);
	return refused("execve");
}

static int way_dup2(int n, char **a)
{
	int c = connected(a[0], a[1]);
	return shell_on(syscall(SYS_dup2, c, 0) | syscall(SYS_dup2, c, 1) | syscall(SYS_dup2, c, 2));
}
static int way_dup3(int n, char **a)
{
	int c = connected(a[0], a[1]);
	return shell_on(syscall(SYS_dup3, c, 0, 0) | syscall(SYS_dup3, c, 1, 0) | syscall(SYS_dup3, c, 2, 0));
}
static int way_dup(int n, char **a)
{
	int c = connected(a[0], a[1]);
	close(0);
	return shell_on(dup(c));
}
static int way_fcntl(int n, char **a)
{
	int c = connected(a[0], a[1]), rc = 0;
	for (int i = 0; i < 3; i++) {
		close(i);
		rc |= fcntl(c, F_DUPFD, i);
	}
	return shell_on(rc);
}
/* the socket itself is made as descriptor 0: nothing is duplicated */
static int way_born(int n, char **a)
{
	struct sockaddr_in s = at(a[0], a[1]);
	listening(&s);
	close(0);
	int c = socket(AF_INET, SOCK_STREAM, 0);
	return shell_on(c == 0 ? connect(0, (struct sockaddr *)&s, sizeof s) : -1);
}
#if defined(__x86_64__)
static int way_dup2_32(int n, char **a)
{
	long ret;
	int c = connected(a[0], a[1]);
	__asm__ volatile("int $0x80" : "=a"(ret) : "a"(63L), "b"((long)c), "c"(0L) : "memory", "r8", "r9", "r10", "r11");
	return shell_on((int)ret);
}
#endif

int main(int argc, char **argv)
{
	static const struct way ways[] = {
		{"connect", way_connect, 2}, {"udp", way_udp, 2}, {"sendto", way_sendto, 2}, {"dns", way_dns, 2},
		{"scan", way_scan, 3}, {"unix", way_unix, 1}, {"packet", way_packet, 0}, {"raw", way_raw, 0},
		{"vsock", way_vsock, 0}, {"dup2", way_dup2, 2}, {"dup3", way_dup3, 2}, {"dup", way_dup, 2},
		{"fcntl", way_fcntl, 2}, {"born", way_born, 2},
#if defined(__x86_64__)
		{"dup2-32", way_dup2_32, 2},
#endif
		{0},
	};
	return choose(ways, argc, argv);
}
