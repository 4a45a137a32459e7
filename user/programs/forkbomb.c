/* SPDX-License-Identifier: MIT */
/*
 * forkbomb N: a bounded one. Starts processes until N are alive at once or fork fails, and then ends
 * them all and collects every one of them.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include "user/libsys/sys.h"

USAGE("usage: forkbomb N\n"
      "Starts N processes that live at the same time, ends and collects them all.\n"
      "Exercises do_clone(), dup_mm(), do_exit() and wait_for_child().\n");

/* body() - a child: touch some memory of its own, then live until the parent closes the pipe. */
static void body(int gate)
{
	char *p = map_pages(4), c;

	for (int i = 0; i < 4; i++)
		p[i * PAGE_SIZE] = 1;
	read(gate, &c, 1);
	_exit(7);
}

int main(int argc, char **argv)
{
	unsigned long wanted, started, ended = 0, odd = 0;
	int gate[2], status;

	if (argc != 2 || !parse_ulong(argv[1], &wanted))
		return wrong_usage();
	if (pipe(gate) != 0)
		die("pipe");
	for (started = 0; started < wanted; started++) {
		pid_t pid = fork();

		if (pid < 0) {
			printf("fork number %lu failed: %s\n", started + 1, errno_name(errno));
			break;
		}
		if (pid == 0) {
			close(gate[1]);
			body(gate[0]);
		}
	}
	printf("%lu processes are alive; I open the gate\n", started);
	close(gate[1]);
	for (; ended < started; ended++) {
		if (wait(&status) < 0)
			break;
		odd += exit_code(status) != 7;
	}
	printf("%lu of %lu processes ended and were collected, %lu of them not as planned\n", ended, started, odd);
	return ended == started ? 0 : 1;
}
