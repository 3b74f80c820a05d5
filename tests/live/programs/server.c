/* server SECONDS COMMAND...: waits, then starts COMMAND as its child and waits for it. Run under the name of a web server,
 * a database, sshd, it is such a server that was made to start something. */
#include "program.h"
#include <sys/wait.h>

int main(int argc, char **argv)
{
	int status;
	if (argc < 3)
		return WRONG_CALL;
	usleep((useconds_t)(atof(argv[1]) * 1e6));
	pid_t child = fork();
	if (!child) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : REFUSED;
}
