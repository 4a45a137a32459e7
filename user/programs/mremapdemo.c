/* SPDX-License-Identifier: MIT */
/*
 * mremapdemo: a mapping moves, its frames stay. What changes is where page tables point from:
 *
 *	old address  [0][1][2][3]            new address  [0][1][2][3][4][5]
 *	              |  |  |  |                           |  |  |  |
 *	frames        a  b  c  d      mremap               a  b  c  d        nothing was copied
 */
#include <stdio.h>
#include "user/libsys/sys.h"

USAGE("usage: mremapdemo\n"
      "A mapping moves to another address, and its frames stay the same.\n"
      "Exercises mm_mremap() and move_entries().\n");

#define PAGES	4

/* frame_of() - the frame number behind @p, 0 when nothing is there. */
static unsigned long frame_of(const void *p)
{
	struct q_page page = { .pfn = 0 };

	if (query(QUERY_PAGE, 0, (unsigned long)p, &page, sizeof(page)) < 0)
		return 0;
	return page.pfn;
}

/* The frames of @n pages at @p, printed and kept. */
static void show(const char *what, const char *p, int n, unsigned long *frames)
{
	printf("%s at %p, frames", what, p);
	for (int i = 0; i < n; i++) {
		frames[i] = frame_of(p + i * PAGE_SIZE);
		if (frames[i] != 0)
			printf(" 0x%lx", frames[i]);
		else
			printf(" -");
	}
	printf("\n");
}

static bool same_frames(const unsigned long *a, const unsigned long *b)
{
	for (int i = 0; i < PAGES; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

int main(void)
{
	unsigned long before[PAGES], after[PAGES + 2], left[PAGES];
	/* The next page is taken, so the four cannot grow where they are. */
	char *p = map_pages(PAGES + 1), *grown, *target, *moved;

	mprotect(p + PAGES * PAGE_SIZE, PAGE_SIZE, PROT_NONE);
	for (int i = 0; i < PAGES; i++)
		p[i * PAGE_SIZE] = 'a' + i;
	show("Four pages", p, PAGES, before);

	if (mremap(p, PAGES * PAGE_SIZE, (PAGES + 2) * PAGE_SIZE, 0) != MAP_FAILED)
		return 1;
	printf("To grow by two pages is refused here: %s\n", errno_name(errno));
	grown = mremap(p, PAGES * PAGE_SIZE, (PAGES + 2) * PAGE_SIZE, MREMAP_MAYMOVE);
	if (grown == MAP_FAILED)
		die("mremap");
	show("With MREMAP_MAYMOVE it is", grown, PAGES + 2, after);
	printf("The same frames: %s; page 2 still reads '%c', page 4 is new\n",
	       same_frames(before, after) ? "yes" : "NO", grown[2 * PAGE_SIZE]);

	target = map_pages(PAGES);
	moved = mremap(grown, PAGES * PAGE_SIZE, PAGES * PAGE_SIZE,
		       MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, target);
	if (moved != target)
		die("mremap");
	show("With MREMAP_DONTUNMAP they are", moved, PAGES, after);
	show("and what stays behind is empty,", grown, PAGES, left);
	printf("page 0 reads '%c' there and %d here\n", moved[0], grown[0]);
	return same_frames(before, after) && left[0] == 0 && moved[0] == 'a' && grown[0] == 0 ? 0 : 1;
}
