/* SPDX-License-Identifier: MIT */
/* system(), atexit() and a constructor. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

static int ready;

__attribute__((constructor)) static void prepare(void)
{
	ready = 1;
}

static void goodbye(void)
{
	printf("goodbye\n");
}

static void first(void)
{
	printf("first ");
}

int main(void)
{
	int status;

	atexit(goodbye);
	atexit(first);
	printf("constructor: %d, a shell: %d\n", ready, system(NULL) != 0);
	fflush(stdout);
	status = system("exit 3");
	printf("system: %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return 5;
}
