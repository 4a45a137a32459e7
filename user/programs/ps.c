/* SPDX-License-Identifier: MIT */
/* ps: every task, its parent, hart, state, memory and time. */
#include <stdio.h>
#include <stdlib.h>
#include "user/libsys/sys.h"

USAGE("usage: ps\n"
      "Every task: parent, hart, state, memory and time.\n"
      "The list comes from query_tasks().\n");

static int by_pid(const void *a, const void *b)
{
	return ((const struct q_task *)a)->pid - ((const struct q_task *)b)->pid;
}

int main(void)
{
	static struct q_task tasks[1024];
	long n = query(QUERY_TASKS, 0, 0, tasks, sizeof(tasks));

	if (n < 0)
		die("ps");
	qsort(tasks, (size_t)n, sizeof(tasks[0]), by_pid);
	printf("%5s %5s %4s %2s %9s %9s %9s  %s\n", "PID", "PPID", "HART", "ST", "KiB", "WITH MEM", "CPU ms",
	       "NAME");
	for (long i = 0; i < n; i++)
		printf("%5d %5d %4u %2c %9lu %9lu %9lu  %.16s\n", tasks[i].pid, tasks[i].ppid,
		       tasks[i].cpu, tasks[i].state, tasks[i].vsize / 1024, tasks[i].rss * (PAGE_SIZE / 1024),
		       (tasks[i].utime_ns + tasks[i].stime_ns) / 1000000, tasks[i].name);
	return 0;
}
