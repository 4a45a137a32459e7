/* SPDX-License-Identifier: MIT */
/* mtree [PID]: the maple tree that holds a process's areas: nodes, pivots, gaps. */
#include <stdio.h>
#include <stdlib.h>
#include "user/libsys/sys.h"

int main(int argc, char **argv)
{
	struct q_mmstat stat;
	unsigned long pid = 0;
	char *text;

	if (argc > 2 || (argc == 2 && !parse_ulong(argv[1], &pid))) {
		fprintf(stderr, "usage: mtree [PID]\n");
		return 2;
	}
	text = query_text(QUERY_MTREE, pid, 0);
	if (text == NULL || query(QUERY_MMSTAT, pid, 0, &stat, sizeof(stat)) < 0)
		die("mtree: process %lu", pid);
	fputs(text, stdout);
	printf("%lu areas in %lu nodes, height %lu\n", stat.map_count, stat.tree_nodes, stat.tree_height);
	free(text);
	return 0;
}
