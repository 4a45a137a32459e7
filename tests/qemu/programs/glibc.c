/* gcc: -static -no-pie */
/* SPDX-License-Identifier: MIT */
/* An ordinary static program of glibc: start-up, stdio, malloc, fork, signals. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t caught;

static void on_signal(int sig)
{
	caught = sig;
}

int main(int argc, char **argv)
{
	char *big = malloc(1 << 20);
	int status;

	for (int i = 0; i < argc; i++)
		printf("arg: %s\n", argv[i]);
	memset(big, 3, 1 << 20);
	free(big);
	signal(SIGUSR1, on_signal);
	kill(getpid(), SIGUSR1);
	fflush(stdout);
	if (fork() == 0)
		_exit(21);
	if (wait(&status) < 0 || WEXITSTATUS(status) != 21 || caught != SIGUSR1)
		return 99;
	printf("hello from glibc, %.3f\n", argc * 0.125);
	return argc;
}
