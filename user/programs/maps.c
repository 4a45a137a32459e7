/* SPDX-License-Identifier: MIT */
/* maps [PID]: the areas of a process, in the words of Linux's /proc/PID/maps, and a summary. */
#include <stdio.h>
#include "user/libsys/sys.h"

USAGE("usage: maps [PID]\n"
      "The areas of a process, as Linux's /proc/PID/maps prints them.\n"
      "The text comes from mm_format_maps().\n");

int main(int argc, char **argv)
{
	struct q_mmstat stat;
	unsigned long pid = 0;
	char *text;

	if (argc > 2 || (argc == 2 && !parse_ulong(argv[1], &pid)))
		return wrong_usage();
	text = query_text(QUERY_MAPS, pid, 0);
	if (text == NULL || query(QUERY_MMSTAT, pid, 0, &stat, sizeof(stat)) < 0)
		die("maps: process %lu", pid);
	fputs(text, stdout);
	printf("%lu areas, %lu KiB; with memory: %lu anonymous and %lu file pages; page tables %lu KiB\n",
	       stat.map_count, stat.total_vm * (PAGE_SIZE / 1024), stat.nr_anon, stat.nr_file,
	       stat.pgtables_bytes / 1024);
	return 0;
}
