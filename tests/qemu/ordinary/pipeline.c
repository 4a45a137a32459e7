/* SPDX-License-Identifier: MIT */
/* echo | this program, the way a shell does it. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	char line[100];
	int fds[2], status;
	FILE *in;

	if (pipe(fds) < 0) {
		perror("pipe");
		return 1;
	}
	if (fork() == 0) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		close(fds[1]);
		execlp("echo", "echo", "from", "echo", (char *)NULL);
		perror("echo");
		_exit(127);
	}
	close(fds[1]);
	in = fdopen(fds[0], "r");
	while (fgets(line, sizeof(line), in))
		printf("read: %s", line);
	fclose(in);
	wait(&status);
	printf("status %d\n", WEXITSTATUS(status));
	return 0;
}
