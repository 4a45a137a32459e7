/* SPDX-License-Identifier: MIT */
/*
 * remaptest: mremap with an old length of 0 makes a second mapping of shared memory. The destination may cut the
 * mapping that is the source, and must not contain the source address. Each case starts from
 * PAGES shared pages with the numbers 1, 2, 3, ...:
 *
 *	map_again(4, 4, 8)	1 2 3 4 5 6 7 8 [5 6 7 8] 13 14 15 16
 */
#include "user/tests/tap.h"

#define PAGES	16

static char *area;

static void fresh_area(void)
{
	area = mmap(area, PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS | (area ? MAP_FIXED : 0), -1, 0);
	if (area == MAP_FAILED)
		die("remaptest: mmap");
	for (int i = 0; i < PAGES; i++)
		area[i * PAGE_SIZE] = i + 1;
}

/* map_again() - the @n pages from page @from on, at page @to as well. The kernel's answer. */
static long map_again(long from, long n, long to)
{
	fresh_area();
	return raw_syscall(SYS_mremap, area + from * PAGE_SIZE, 0L, n * PAGE_SIZE,
			   (long)(MREMAP_MAYMOVE | MREMAP_FIXED), area + to * PAGE_SIZE);
}

/* Pages [@to, @to + @n) show what begins at @from; all others are as they were. */
static bool contents_right(long from, long n, long to)
{
	for (long i = 0; i < PAGES; i++)
		if (area[i * PAGE_SIZE] != (i >= to && i < to + n ? i - to + from : i) + 1)
			return false;
	return true;
}

static int read_area(long unused)
{
	(void)unused;
	return contents_right(0, 0, 0) ? 3 : 4;
}

/* Two processes that have it can still write to each other. */
static int write_to_parent(long page)
{
	area[page * PAGE_SIZE] += 50;
	return 3;
}

static void refused(long from, long n, long to, int err, const char *what)
{
	is_errno(map_again(from, n, to), err, "%s: refused", what);
	is(in_child(read_area, 0), exited_with(3), "and all pages are as they were");
	in_child(write_to_parent, from);
	is(area[from * PAGE_SIZE], from + 51, "and still shared with a child");
}

static void works(long from, long n, long to, const char *what)
{
	long answer = map_again(from, n, to);

	ok(answer == (long)(area + to * PAGE_SIZE), "%s: mapped where it should (0x%lx)", what, answer);
	ok(contents_right(from, n, to), "and every page shows the right one");
	in_child(write_to_parent, to);
	is(area[from * PAGE_SIZE], from + 51, "what is written to the one appears in the other");
}

int main(void)
{
	/*
	 * Failed once: the source's VMA was freed and used on. The kernels that poison what is free panicked ("load page
	 * fault at move_entries", address 0x6b6b6b6b6b6b6b6b); without poison the answer was the address.
	 */
	refused(0, PAGES, 0, EFAULT, "the whole area onto itself");
	refused(0, 4, 0, EFAULT, "its head onto itself");
	refused(4, 4, 4, EFAULT, "its middle onto itself");
	refused(12, 4, 12, EFAULT, "its end onto itself");
	refused(0, PAGES + 4, 0, EFAULT, "more than the area onto itself");
	refused(4, 4, 2, EINVAL, "two pages further down, over the source address");
	refused(4, 4, 1, EINVAL, "three pages further down, over the source address");
	works(4, 4, 5, "one page further up");
	works(4, 4, 8, "behind the pages");
	works(4, 4, 0, "before them, up to the source address");
	works(12, 4, 2, "cutting the area before the source address");
	works(0, 4, 12, "over the area's end");
	return tap_done();
}
