/* SPDX-License-Identifier: MIT */
/* See child.h. */
#include "tests/host/support/child.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t child_start(FILE **output)
{
	int pipes[2];
	pid_t pid;

	fflush(NULL);
	if (pipe(pipes) || (pid = fork()) < 0) {
		perror("child_start");
		exit(1);
	}
	if (!pid) {
		dup2(pipes[1], 1);
		dup2(pipes[1], 2);
		close(pipes[0]);
		close(pipes[1]);
		return 0;
	}
	close(pipes[1]);
	*output = fdopen(pipes[0], "r");
	return pid;
}

int child_end(pid_t pid, FILE *output)
{
	int status;

	fclose(output);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
