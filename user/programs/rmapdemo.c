/* SPDX-License-Identifier: MIT */
/*
 * rmapdemo: from a frame back to every process that maps it. A page is written, then a child and a grandchild are
 * forked, then the child writes: after each step the kernel's own walk (QUERY_RMAP) tells which processes have the frame.
 *
 *	page -> its anon_vma -> interval tree of chains -> VMA -> address -> page-table entry
 *
 * "chain 0" is a VMA's chain to its own anon_vma, "chain 1" the one to its parent's, and so on: a page stays
 * with the anon_vma of the process that wrote it, and later generations reach it by a longer way.
 */
#include <stdio.h>
#include "user/libsys/sys.h"

USAGE("usage: rmapdemo\n"
      "From a frame back to every process that maps it, in a family of three.\n"
      "Exercises anon_vma_fork(), rmap_walk() and wp_copy().\n");

#define MAX_MAPPINGS	16

static volatile char *page;
static bool as_expected = true;

/* mappings() - the kernel's list; it refuses for a moment while the family is being changed. */
static long mappings(int pid, struct q_rmap *maps)
{
	long n;

	while ((n = query(QUERY_RMAP, pid, (unsigned long)page, maps, MAX_MAPPINGS * sizeof(*maps))) < 0) {
		if (errno != EAGAIN)
			die("query");
		sleep_ms(1);
	}
	return n;
}

/* show() - who maps the frame that @pid has there; @want of them are expected. */
static void show(const char *when, int pid, int want)
{
	struct q_rmap maps[MAX_MAPPINGS];
	struct q_page frame = { 0 };
	long n = mappings(pid, maps);

	if (query(QUERY_PAGE, pid, (unsigned long)page, &frame, sizeof(frame)) != 1)
		die("no page");
	printf("\n%s\n  frame 0x%lx of process %d: '%c', anon_vma ...%05lx, %ld mapping%s\n", when, frame.pfn, pid,
	       pid == getpid() ? *page : '?', frame.mapping & 0xffffe, n, n == 1 ? "" : "s");
	for (long i = 0; i < n; i++)
		printf("    process %-4d at 0x%lx, VMA 0x%lx-0x%lx, own anon_vma ...%05lx, by chain %d\n", maps[i].pid,
		       maps[i].addr, maps[i].vma_start, maps[i].vma_end, maps[i].anon_vma & 0xfffff, maps[i].chain);
	if (n != want || frame.mapcount != want) {
		printf("  %d mappings were expected, and the frame counts %d!\n", want, frame.mapcount);
		as_expected = false;
	}
}

/* Wait for one byte: each step begins when the leading process says so. */
static void wait_for(int fd)
{
	char c;

	if (read(fd, &c, 1) != 1)
		_exit(3);
}

static void tell(int fd)
{
	if (write(fd, ".", 1) != 1)
		die("pipe");
}

/* A process that waits, writes the page, and waits for its end. */
static void writer(int in, int out, char letter)
{
	tell(out);
	wait_for(in);
	*page = letter;
	tell(out);
	wait_for(in);
	_exit(*page == letter ? 0 : 1);
}

static pid_t start(int down[2], int up[2])
{
	pid_t pid;

	if (pipe(down) != 0 || pipe(up) != 0)
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	return pid;
}

/* The child forks a grandchild, and then both are led by the pipes of the child. */
static void child(int in, int out)
{
	int down[2], up[2], status;
	pid_t pid = start(down, up);
	bool good;

	if (pid == 0)
		writer(down[0], up[1], 'g');
	wait_for(up[0]);
	if (write(out, &pid, sizeof(pid)) != sizeof(pid))
		die("pipe");
	wait_for(in);
	*page = 'c';
	tell(out);
	wait_for(in);
	tell(down[1]);			/* the grandchild writes */
	wait_for(up[0]);
	tell(out);
	wait_for(in);
	tell(down[1]);			/* it ends */
	good = waitpid(pid, &status, 0) == pid && status == 0;
	_exit(good && *page == 'c' ? 0 : 1);
}

int main(void)
{
	int down[2], up[2], status, me = getpid();
	pid_t pid, grandchild;

	page = map_pages(1);
	*page = 'p';
	show("I wrote a page; the frame is mine alone.", me, 1);
	pid = start(down, up);
	if (pid == 0)
		child(down[0], up[1]);
	if (read(up[0], &grandchild, sizeof(grandchild)) != sizeof(grandchild))
		die("read");
	printf("\nProcess %d forked %d, which forked %d.", me, pid, grandchild);
	show("All three map the one frame, each at the end of a longer way:", me, 3);
	tell(down[1]);
	wait_for(up[0]);
	show("The child wrote: it has a frame of its own, in its own anon_vma.", pid, 1);
	show("The old frame is still shared by the other two:", me, 2);
	tell(down[1]);
	wait_for(up[0]);
	show("The grandchild wrote, too:", grandchild, 1);
	show("And so I am alone with mine again:", me, 1);
	tell(down[1]);
	if (waitpid(pid, &status, 0) != pid)
		die("wait");
	printf("\nI still read '%c'. The others ended with %s.\n", *page, describe_status(status));
	return as_expected && *page == 'p' && status == 0 ? 0 : 1;
}
