/* SPDX-License-Identifier: MIT */
/* A tree of processes that add up their numbers by exit statuses. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static int sum(int from, int to)
{
	int total = 0, status, middle = (from + to) / 2;

	if (from == to)
		return from;
	for (int half = 0; half < 2; half++) {
		pid_t pid = fork();

		if (pid < 0) {
			perror("fork");
			exit(255);
		}
		if (pid == 0)
			_exit(half ? sum(middle + 1, to) : sum(from, middle));
	}
	for (int half = 0; half < 2; half++) {
		wait(&status);
		total += WEXITSTATUS(status);
	}
	return total;
}

int main(void)
{
	printf("1 + ... + 16 = %d\n", sum(1, 16));
	return 0;
}
