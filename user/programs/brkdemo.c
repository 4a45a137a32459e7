/* SPDX-License-Identifier: MIT */
/* brkdemo: the heap grows and shrinks with brk; its pages come with the first touch. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/libsys/sys.h"

USAGE("usage: brkdemo\n"
      "The heap grows and shrinks with brk; its pages get frames at the first touch.\n"
      "Exercises mm_brk(), do_anonymous_page() and unmap_page_range().\n");

/* show() - the break and how many pages of the process have memory. */
static void show(const char *when)
{
	struct q_mmstat stat;

	if (query(QUERY_MMSTAT, 0, 0, &stat, sizeof(stat)) < 0)
		die("query");
	printf("%-38s break 0x%lx, %3lu pages with memory, %lu areas\n", when, (unsigned long)sbrk(0),
	       stat.nr_anon, stat.map_count);
}

int main(void)
{
	char *start;

	show("At the start:");
	start = sbrk(64 * PAGE_SIZE);
	if (start == (void *)-1)
		die("sbrk");
	show("Grown by 64 pages, none touched:");
	for (int i = 0; i < 16; i++)
		start[i * PAGE_SIZE] = 1;
	show("16 of them written:");
	if (sbrk(-56 * (long)PAGE_SIZE) == (void *)-1)
		die("sbrk back");
	show("Shrunk by 56 pages:");
	if (sbrk(56 * PAGE_SIZE) == (void *)-1)
		die("sbrk again");
	show("Grown again by 56 pages:");
	printf("Page 7 was kept (it holds %d); page 8 went and came back: it reads %d.\n",
	       start[7 * PAGE_SIZE], start[8 * PAGE_SIZE]);

	char *text = malloc(100000);

	if (text == NULL)
		die("malloc");
	memset(text, 'x', 100000);
	show("malloc(100000), which calls sbrk:");
	free(text);
	return start[7 * PAGE_SIZE] == 1 && start[8 * PAGE_SIZE] == 0 ? 0 : 1;
}
