/* SPDX-License-Identifier: MIT */
/* A failed assertion: its text on stderr, and SIGABRT. */
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int positive(int n)
{
	assert(n > 0);
	return n;
}

int main(void)
{
	char text[300];
	int fds[2], status, size = 0, n;

	pipe(fds);
	if (fork() == 0) {
		dup2(fds[1], 2);
		return positive(0);
	}
	close(fds[1]);
	while ((n = read(fds[0], text + size, sizeof(text) - 1 - size)) > 0)
		size += n;
	text[size] = '\0';
	wait(&status);
	printf("signal %s\n", WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT ? "SIGABRT" : "?");
	printf("text: %d file, %d line, %d function\n", strstr(text, "n > 0") != NULL && strstr(text, "asserting.c") != NULL,
	       strstr(text, "12") != NULL, strstr(text, "positive") != NULL);
	return 0;
}
