/* SPDX-License-Identifier: MIT */
/* See child.h. */
#include "tests/host/sim/child.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/host/support/world.h"

/* All that comes out of @fd; the rest of what does not fit is read and dropped, or the writer would wait. */
static void read_all(int fd, char *text, size_t size)
{
	char more[512];
	size_t used = 0;
	ssize_t n;

	while ((n = read(fd, more, sizeof(more))) > 0) {
		size_t part = (size_t)n < size - 1 - used ? (size_t)n : size - 1 - used;

		memcpy(text + used, more, part);
		used += part;
	}
	text[used] = '\0';
}

int in_child(int (*fn)(void *arg), void *arg, char *text, size_t size)
{
	int pipes[2], status;
	pid_t pid;

	fflush(NULL);
	if (pipe(pipes) || (pid = fork()) < 0) {
		perror("in_child");
		exit(1);
	}
	if (!pid) {
		dup2(pipes[1], 1);
		dup2(pipes[1], 2);
		close(pipes[0]);
		close(pipes[1]);
		panic_expected = "";		/* any panic ends it, and no test framework hears of it */
		if (sigsetjmp(panic_jump, 0) == 0) {
			status = fn(arg);
		} else {
			status = 255;
			printf("panic: %s\n", panic_message);
		}
		fflush(NULL);
		_exit(status);
	}
	close(pipes[1]);
	read_all(pipes[0], text, size);
	close(pipes[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}
