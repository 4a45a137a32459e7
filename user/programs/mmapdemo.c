/* SPDX-License-Identifier: MIT */
/*
 * mmapdemo: areas come, split, merge and go.
 *
 *	mmap 8 pages            [ rw rw rw rw rw rw rw rw ]      1 area
 *	mprotect [3,5) read     [ rw rw rw |r  r | rw rw rw ]    3 areas
 *	mprotect it back        [ rw rw rw rw rw rw rw rw ]      1 area
 *	munmap [2,4)            [ rw rw ]      [ rw rw rw rw ]   2 areas
 */
#include <stdio.h>
#include "user/libsys/sys.h"

USAGE("usage: mmapdemo\n"
      "Areas are mapped, split, merged and unmapped.\n"
      "Exercises do_mmap(), mm_mprotect(), vma_carve() and vma_merge().\n");

#define PAGES	8

static char *area;

/* show() - the areas between the first and the last page of the mapping; returns how many. */
static int show(const char *what)
{
	struct q_vma vmas[32];
	unsigned long start = (unsigned long)area, end = start + PAGES * PAGE_SIZE;
	long n = query(QUERY_VMAS, 0, start, vmas, sizeof(vmas));
	int count = 0;

	if (n < 0)
		die("query");
	printf("%s\n", what);
	for (long i = 0; i < n && vmas[i].start < end; i++, count++)
		printf("    pages [%lu,%lu)  0x%lx-0x%lx %c%c%c\n", (vmas[i].start - start) / PAGE_SIZE,
		       (vmas[i].end - start) / PAGE_SIZE, vmas[i].start, vmas[i].end,
		       vmas[i].flags & PROT_READ ? 'r' : '-', vmas[i].flags & PROT_WRITE ? 'w' : '-',
		       vmas[i].flags & PROT_EXEC ? 'x' : '-');
	return count;
}

static void expect(int got, int want)
{
	if (got == want)
		return;
	printf("I see %d areas where there should be %d!\n", got, want);
	_exit(1);
}

int main(void)
{
	/* A page without any right on either side keeps neighbours from merging with ours. */
	char *outer = mmap(NULL, (PAGES + 2) * PAGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (outer == MAP_FAILED)
		die("mmap");
	area = mmap(outer + PAGE_SIZE, PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (area == MAP_FAILED)
		die("mmap");
	expect(show("mmap of 8 pages makes one area:"), 1);

	if (mprotect(area + 3 * PAGE_SIZE, 2 * PAGE_SIZE, PROT_READ) != 0)
		die("mprotect");
	expect(show("mprotect of pages [3,5) to read-only splits it in three:"), 3);

	if (mprotect(area + 3 * PAGE_SIZE, 2 * PAGE_SIZE, PROT_READ | PROT_WRITE) != 0)
		die("mprotect");
	expect(show("mprotect back to read and write merges them again:"), 1);

	area[PAGE_SIZE] = 'k';
	if (munmap(area + 2 * PAGE_SIZE, 2 * PAGE_SIZE) != 0)
		die("munmap");
	expect(show("munmap of pages [2,4) leaves a hole:"), 2);

	char *hint = area + 2 * PAGE_SIZE;
	char *again = mmap(hint, 2 * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	expect(show("mmap with a hint fills the hole, and all merge into one:"), 1);
	printf("Page 1 still holds '%c'; page 2 is new and reads %d.\n", area[PAGE_SIZE], area[2 * PAGE_SIZE]);
	return again == hint && area[PAGE_SIZE] == 'k' && area[2 * PAGE_SIZE] == 0 ? 0 : 1;
}
