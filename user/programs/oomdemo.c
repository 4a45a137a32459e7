/* SPDX-License-Identifier: MIT */
/*
 * oomdemo: what happens when there is really nothing left. A child takes memory until the kernel has to choose
 * somebody: it prints every process's sizes on the console and kills the largest. The parent, which waits, lives
 * on and tells what was free before, at the end, and afterwards.
 */
#include <signal.h>
#include <stdio.h>
#include "user/libsys/sys.h"

USAGE("usage: oomdemo\n"
      "A child takes all memory; the kernel ends it, and its parent lives on.\n"
      "Exercises try_to_free_pages() and out_of_memory().\n");

#define MIB	(1024 * 1024UL)

/* Map one MiB after the other, write to each page, and say how far we came. */
static void take_everything(int out)
{
	for (unsigned long taken = 0;; taken++) {
		char *p = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			_exit(0);
		for (unsigned long i = 0; i < MIB; i += PAGE_SIZE)
			p[i] = 1;
		if (write(out, &taken, sizeof(taken)) != sizeof(taken))
			_exit(0);
	}
}

int main(void)
{
	struct q_mem mem = query_mem();
	unsigned long before = mem.free, taken = 0;
	unsigned long long kills = query_counter(Q_OOM_KILL);
	int fds[2], status;
	pid_t pid;

	printf("%lu of %lu frames are free, and %lu slots of swap. A child takes all of it.\n", mem.free, mem.total,
	       mem.swap_free);
	if (pipe(fds) != 0)
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0)
		take_everything(fds[1]);
	close(fds[1]);
	while (read(fds[0], &taken, sizeof(taken)) == sizeof(taken))
		;
	if (waitpid(pid, &status, 0) != pid)
		die("wait");
	mem = query_mem();
	printf("It wrote %lu MiB and was then %s; the kernel counts %llu kill%s.\n", taken + 1, describe_status(status),
	       query_counter(Q_OOM_KILL) - kills, query_counter(Q_OOM_KILL) - kills == 1 ? "" : "s");
	printf("Now %lu frames are free; before it were %lu.\n", mem.free, before);
	return exit_code(status) != 128 + SIGKILL || query_counter(Q_OOM_KILL) == kills;
}
