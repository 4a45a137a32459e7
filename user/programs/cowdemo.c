/* SPDX-License-Identifier: MIT */
/*
 * cowdemo: copy on write, seen by physical frame. Four pages are written, then the process forks: both
 * processes have the same frames. Each then writes one page and gets (or keeps) a frame of its own.
 *
 *	          page 0    page 1    page 2    page 3
 *	fork      shared    shared    shared    shared
 *	writes    child     parent    -         -
 *	after     2 frames  2 frames  shared    shared
 */
#include <stdio.h>
#include "user/libsys/sys.h"

USAGE("usage: cowdemo\n"
      "Copy on write, seen by physical frame: a process forks, then parent and child\n"
      "write to one page each. Exercises copy_page_range(), do_wp_page() and wp_copy().\n");

#define PAGES	4

static volatile char *area;
static bool as_expected = true;

/* frame() - the frame behind page @i of process @pid, 0 when there is none. */
static unsigned long frame(int pid, int i)
{
	struct q_page page;

	if (query(QUERY_PAGE, pid, (unsigned long)area + i * PAGE_SIZE, &page, sizeof(page)) < 0)
		die("query of page %d", i);
	return page.pfn;
}

/* show() - both processes' frames; the pages in the bit mask @differ must differ, the others not. */
static void show(const char *when, int parent, int child, unsigned int differ)
{
	printf("\n%s\n  page  address       frame of %-4d frame of %-4d\n", when, parent, child);
	for (int i = 0; i < PAGES; i++) {
		unsigned long a = frame(parent, i), b = frame(child, i);

		printf("  %4d  0x%lx  0x%-12lx 0x%-12lx %s\n", i, (unsigned long)area + i * PAGE_SIZE, a, b,
		       a == b ? "shared" : "different");
		if ((a != b) != ((differ >> i & 1) != 0)) {
			printf("  page %d is not what copy on write promises!\n", i);
			as_expected = false;
		}
	}
}

/* meet() - one byte there, one byte back: neither goes on before both are here. */
static void meet(int to, int from)
{
	char c = '.';

	if (write(to, &c, 1) != 1 || read(from, &c, 1) != 1)
		die("pipe");
}

/* child() - between two meetings one of us acts and the other waits. */
static void child(int to, int from)
{
	meet(to, from);			/* the parent looks */
	meet(to, from);
	area[0] = 'c';
	meet(to, from);			/* the parent writes, and looks again */
	meet(to, from);
	_exit(area[0] == 'c' && area[PAGE_SIZE] == 'b' ? 0 : 1);
}

int main(void)
{
	int down[2], up[2], status;
	pid_t pid;

	area = map_pages(PAGES);
	for (int i = 0; i < PAGES; i++)
		area[i * PAGE_SIZE] = 'a' + i;
	printf("I am %d. I mapped %d pages at %p and wrote to each, so each has a frame of memory.\n",
	       getpid(), PAGES, (void *)area);
	if (pipe(down) != 0 || pipe(up) != 0)
		die("pipe");

	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0)
		child(up[1], down[0]);

	meet(down[1], up[0]);
	show("After fork, before any write: the child has every page, and nothing was copied.", getpid(), pid, 0);

	meet(down[1], up[0]);		/* the child writes */
	meet(down[1], up[0]);
	area[PAGE_SIZE] = 'P';
	show("After the child wrote to page 0 and the parent to page 1:", getpid(), pid, 3);
	printf("\nThe process that wrote first got a copy; the other one still has the old frame, now for itself alone.\n");
	printf("I read '%c' in page 0 and '%c' in page 1: my own values.\n", area[0], area[PAGE_SIZE]);
	if (area[0] != 'a' || area[PAGE_SIZE] != 'P')
		as_expected = false;

	meet(down[1], up[0]);
	if (waitpid(pid, &status, 0) != pid)
		die("wait");
	printf("The child, too, read its own ones: it ended with %s.\n", describe_status(status));
	return as_expected && status == 0 ? 0 : 1;
}
