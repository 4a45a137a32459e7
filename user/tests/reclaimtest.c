/* SPDX-License-Identifier: MIT */
/*
 * reclaimtest: what madvise promises about a page's way out, seen by page-table entry and counters. Needs a swap
 * area (boot with swap=16M). For each page: present (has a frame), swapped (its entry holds a slot), or none.
 */
#include <stdio.h>
#include "user/libsys/sys.h"
#include "user/tests/tap.h"

#define PAGES	16
#define PTE_V	1UL
#define PTE_A	0x40UL
#define KINDS	6UL
#define SWAP	2UL

static unsigned long entry_of(volatile unsigned long *p)
{
	struct q_walk walk;

	if (query(QUERY_PTE, 0, (unsigned long)p, &walk, sizeof(walk)) < 0)
		die("query");
	return walk.levels == 3 ? walk.level[2].pte : 0;
}

static volatile unsigned long *word_of(volatile unsigned long *area, int page)
{
	return area + page * (PAGE_SIZE / sizeof(*area));
}

static int present(volatile unsigned long *area)
{
	int n = 0;

	for (int i = 0; i < PAGES; i++)
		n += entry_of(word_of(area, i)) & PTE_V;
	return n;
}

static int swapped(volatile unsigned long *area)
{
	int n = 0;

	for (int i = 0; i < PAGES; i++) {
		unsigned long pte = entry_of(word_of(area, i));

		n += !(pte & PTE_V) && (pte & KINDS) == SWAP;
	}
	return n;
}

static volatile unsigned long *new_area(unsigned long value)
{
	volatile unsigned long *area = map_pages(PAGES);

	for (int i = 0; i < PAGES; i++)
		*word_of(area, i) = value + i;
	return area;
}

/* How many pages hold @value + their number. */
static int holding(volatile unsigned long *area, unsigned long value)
{
	int n = 0;

	for (int i = 0; i < PAGES; i++)
		n += *word_of(area, i) == value + i;
	return n;
}

static long advise(volatile unsigned long *area, int advice)
{
	return raw_syscall(SYS_madvise, area, PAGES * PAGE_SIZE, (long)advice);
}

static void drop_area(volatile unsigned long *area)
{
	munmap((void *)area, PAGES * PAGE_SIZE);
}

static void check_pageout(void)
{
	volatile unsigned long *area = new_area(100);
	unsigned long long out = query_counter(Q_PSWPOUT);

	is(advise(area, MADV_PAGEOUT), 0, "MADV_PAGEOUT");
	calm_is(swapped(area), PAGES, "every page has a slot instead of a frame");
	calm_ok(query_counter(Q_PSWPOUT) - out >= PAGES, "each was written");
	is(holding(area, 100), PAGES, "all come back as they were");
	calm_is(present(area), PAGES, "and are present");
	out = query_counter(Q_PSWPOUT);
	is(advise(area, MADV_PAGEOUT), 0, "MADV_PAGEOUT of pages only read since");
	calm_ok(swapped(area) == PAGES, "they are out again");
	drop_area(area);
}

static void check_cold(void)
{
	volatile unsigned long *area = new_area(200);
	unsigned long long faults;
	int used = 0;

	is(advise(area, MADV_COLD), 0, "MADV_COLD");
	for (int i = 0; i < PAGES; i++)
		used += (entry_of(word_of(area, i)) & PTE_A) != 0;
	calm_is(present(area), PAGES, "cold pages stay present");
	calm_is(used, 0, "but none counts as used");
	faults = query_counter(Q_PSWPIN);
	is(holding(area, 200), PAGES, "their contents stay");
	calm_ok(query_counter(Q_PSWPIN) == faults, "without reading swap");
	drop_area(area);
}

static void check_free(void)
{
	volatile unsigned long *area = new_area(300);
	unsigned long long out;

	is(advise(area, MADV_FREE), 0, "MADV_FREE");
	calm_is(holding(area, 300), PAGES, "freed pages keep their contents until memory is needed");
	*word_of(area, 3) = 77;
	out = query_counter(Q_PSWPOUT);
	is(advise(area, MADV_PAGEOUT), 0, "MADV_PAGEOUT of them");
	calm_is(present(area) + swapped(area), 1, "those not written since are dropped, without a slot");
	calm_ok(query_counter(Q_PSWPOUT) - out <= 1, "and without being written");
	is(*word_of(area, 3), 77, "the one written since keeps its contents");
	calm_is(*word_of(area, 4), 0, "a dropped one reads 0");
	drop_area(area);
}

static void check_mlock(void)
{
	volatile unsigned long *area = new_area(400);

	is(raw_syscall(SYS_mlock, area, PAGES * PAGE_SIZE), 0, "mlock");
	is_errno(advise(area, MADV_PAGEOUT), EINVAL, "MADV_PAGEOUT of mlocked pages");
	is_errno(advise(area, MADV_COLD), EINVAL, "MADV_COLD of mlocked pages");
	is_errno(advise(area, MADV_FREE), EINVAL, "MADV_FREE of mlocked pages");
	calm_is(present(area), PAGES, "they stay present");
	is(raw_syscall(SYS_munlock, area, PAGES * PAGE_SIZE), 0, "munlock");
	is(advise(area, MADV_PAGEOUT), 0, "MADV_PAGEOUT of unlocked pages");
	calm_is(swapped(area), PAGES, "they go");
	is(holding(area, 400), PAGES, "and come back");
	drop_area(area);
}

/* The child pages out what the parent has mlocked and shares with it: it must stay, in both. */
static int page_out_the_parents(long area)
{
	volatile unsigned long *shared = (volatile unsigned long *)area;

	if (advise(shared, MADV_PAGEOUT) != 0 || (present(shared) != PAGES && !in_storm()))
		return 1;
	return holding(shared, 500) == PAGES ? 0 : 2;
}

static void check_shared_with_locked(void)
{
	volatile unsigned long *area = new_area(500);

	raw_syscall(SYS_mlock, area, PAGES * PAGE_SIZE);
	is(in_child(page_out_the_parents, (long)area), exited_with(0), "a child cannot page out what its parent locked");
	calm_is(present(area), PAGES, "the parent's pages are present");
	drop_area(area);
}

/* Out with the shared pages, then a store: the parent must not see it. */
static int page_out_and_write(long area)
{
	volatile unsigned long *shared = (volatile unsigned long *)area;

	if (advise(shared, MADV_PAGEOUT) != 0 || (swapped(shared) != PAGES && !in_storm()))
		return 1;
	for (int i = 0; i < PAGES; i += 2)
		*word_of(shared, i) = 1;
	return *word_of(shared, 1) == 601 ? 0 : 2;
}

static void check_shared(void)
{
	volatile unsigned long *area = new_area(600);

	is(in_child(page_out_and_write, (long)area), exited_with(0), "a child pages out what it shares, and writes");
	calm_is(swapped(area), PAGES, "the parent's entries hold the slots, too");
	is(holding(area, 600), PAGES, "its contents are its own");
	drop_area(area);
}

/* Entries that hold slots are moved, copied by fork, dropped by munmap, and filled by the kernel's own stores. */
static int look_at(long area)
{
	return holding((volatile unsigned long *)area, 700) == PAGES ? 0 : 1;
}

static void check_entries_follow(void)
{
	volatile unsigned long *area = new_area(700), *moved;
	int fds[2];

	advise(area, MADV_PAGEOUT);
	is(in_child(look_at, (long)area), exited_with(0), "a child forked while pages are out reads them");
	moved = mremap((void *)area, PAGES * PAGE_SIZE, 2 * PAGES * PAGE_SIZE, MREMAP_MAYMOVE);
	ok(moved != MAP_FAILED, "mremap of pages that are out");
	is(holding(moved, 700), PAGES, "they are found at the new place");
	advise(moved, MADV_PAGEOUT);
	if (pipe(fds) != 0 || write(fds[1], "ABCDEFGH", 8) != 8)
		die("pipe");
	is(read(fds[0], (void *)moved, 8), 8, "the kernel stores into a page that is out");
	is(*moved, 0x4847464544434241, "what it stored is there");
	is(*(moved + 1), 0, "and so is the rest of the page");
	close(fds[0]);
	close(fds[1]);
	munmap((void *)moved, 2 * PAGES * PAGE_SIZE);
}

/* Take more than there are frames: everything that may go, goes. */
static int press(long unused)
{
	struct q_mem mem = query_mem();
	unsigned long n;
	volatile char *p;

	(void)unused;
	n = mem.free + mem.swap_free / 2;
	p = map_pages(n);
	for (unsigned long i = 0; i < n; i++)
		p[i * PAGE_SIZE] = 1;
	return 0;
}

static void check_pressure(void)
{
	volatile unsigned long *locked = new_area(800), *freed = new_area(900), *plain = new_area(1000);
	int zero = 0;

	raw_syscall(SYS_mlock, locked, PAGES * PAGE_SIZE);
	advise(freed, MADV_FREE);
	is(in_child(press, 0), exited_with(0), "a child takes more than there is memory");
	calm_is(present(locked), PAGES, "mlocked pages stayed");
	is(holding(locked, 800), PAGES, "with their contents");
	calm_is(swapped(freed), 0, "no page of MADV_FREE went to swap");
	for (int i = 0; i < PAGES; i++)
		zero += *word_of(freed, i) == 0;
	is(zero + holding(freed, 900), PAGES, "each reads 0 or what it held");
	is(holding(plain, 1000), PAGES, "an ordinary area is as it was");
	drop_area(locked);
	drop_area(freed);
	drop_area(plain);
}

int main(void)
{
	unsigned long before = query_mem().swap_free;

	if (!ok(before > 1024, "there is a swap area"))
		return tap_done();
	check_pageout();
	check_cold();
	check_free();
	check_mlock();
	check_shared_with_locked();
	check_shared();
	check_entries_follow();
	check_pressure();
	/* But for those of a batch that kswapd was just writing: reclaim finds them when it comes by again. */
	calm_ok(query_mem().swap_free + 512 >= before, "the slots are free again");
	return tap_done();
}
