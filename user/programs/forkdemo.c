/* SPDX-License-Identifier: MIT */
/* forkdemo: fork copies a process; afterwards each has its own variables at the same addresses. */
#include <stdio.h>
#include "user/libsys/sys.h"

USAGE("usage: forkdemo\n"
      "fork copies a process: one variable, one address, two values.\n"
      "Exercises do_clone(), dup_mm() and do_wp_page().\n");

static int counter = 100;	/* one variable, soon in two processes */

static void child(void)
{
	printf("child  %d: my parent is %d; counter at %p is %d, the value it had at the fork\n",
	       getpid(), getppid(), (void *)&counter, counter);
	counter += 11;
	printf("child  %d: I added 11: counter is %d for me\n", getpid(), counter);
	_exit(42);
}

int main(void)
{
	struct q_mmstat stat;
	int status;
	pid_t pid;

	printf("parent %d: counter at %p is %d; now I fork\n", getpid(), (void *)&counter, counter);
	if (query(QUERY_MMSTAT, 0, 0, &stat, sizeof(stat)) > 0)
		printf("parent %d: fork will copy %lu areas, but none of my %lu anonymous pages: those are shared\n",
		       getpid(), stat.map_count, stat.nr_anon);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		child();
	}
	if (waitpid(pid, &status, 0) != pid)
		die("wait");
	printf("parent %d: child %d ended with %s\n", getpid(), pid, describe_status(status));
	printf("parent %d: counter at %p is still %d for me: the child wrote to its own copy of the page\n",
	       getpid(), (void *)&counter, counter);
	return counter == 100 && exit_code(status) == 42 ? 0 : 1;
}
