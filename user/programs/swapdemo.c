/* SPDX-License-Identifier: MIT */
/*
 * swapdemo: a page's way out to the swap area and back, driven by MADV_PAGEOUT so that it happens now and not
 * when memory runs out. Needs swap: make run BOOTARGS="swap=16M" (or SWAPDISK=64M and swap=/dev/vda).
 *
 *	present --MADV_PAGEOUT--> entry holds the slot, frame is free --touch--> present, in another frame
 */
#include <stdio.h>
#include "user/libsys/sys.h"

USAGE("usage: swapdemo\n"
      "Pages go out to the swap area and come back. Needs one: start the machine\n"
      "with BOOTARGS=\"swap=16M\". Exercises try_to_unmap(), slot_alloc() and\n"
      "do_swap_page().\n");

#define PAGES		32
#define PTE_V		1UL
#define ENTRY_KINDS	6UL	/* of an entry without V: what stands in its place */
#define ENTRY_SWAP	2UL

static volatile unsigned long *area;
static unsigned long long before[Q_NR_VMSTAT];
static bool as_expected = true;

static volatile unsigned long *word_of(int page)
{
	return area + page * (PAGE_SIZE / sizeof(*area));
}

static unsigned long entry_of(int page)
{
	struct q_walk walk;

	if (query(QUERY_PTE, 0, (unsigned long)word_of(page), &walk, sizeof(walk)) < 0)
		die("query of page %d", page);
	return walk.levels == 3 ? walk.level[2].pte : 0;
}

/* How many pages have a frame, and how many a slot. */
static void count_entries(int *present, int *swapped)
{
	*present = *swapped = 0;
	for (int i = 0; i < PAGES; i++) {
		unsigned long pte = entry_of(i);

		*present += pte & PTE_V;
		*swapped += !(pte & PTE_V) && (pte & ENTRY_KINDS) == ENTRY_SWAP;
	}
}

static unsigned long long since(enum q_vmstat event)
{
	return query_counter(event) - before[event];
}

/* show() - entries of page 0 and the counters; @want pages are expected to have a slot (-1: some). */
static void show(const char *when, int want)
{
	int present, swapped;
	unsigned long pte = entry_of(0);

	count_entries(&present, &swapped);
	printf("\n%s\n  %d pages present, %d out; since the start: %llu written to swap, %llu read, %llu major faults\n",
	       when, present, swapped, since(Q_PSWPOUT), since(Q_PSWPIN), since(Q_PGMAJFAULT));
	printf("  the entry of page 0: 0x%016lx, ", pte);
	if (pte & PTE_V)
		printf("frame 0x%lx\n", pte >> 10);
	else
		printf("not valid, slot %lu of the swap area\n", pte >> 10);
	if (want >= 0 && swapped != want) {
		printf("  %d pages were expected to be out!\n", want);
		as_expected = false;
	}
}

int main(void)
{
	struct q_mem mem;
	int wrong = 0;

	if (query(QUERY_MEM, 0, 0, &mem, sizeof(mem)) < 0 || query(QUERY_VMSTAT, 0, 0, before, sizeof(before)) < 0)
		die("query");
	if (mem.swap_total == 0) {
		printf("swapdemo: there is no swap area; start with: make run BOOTARGS=\"swap=16M\"\n");
		return 1;
	}
	printf("The swap area has %lu slots of one page, %lu are free.\n", mem.swap_total, mem.swap_free);
	area = map_pages(PAGES);
	for (int i = 0; i < PAGES; i++)
		*word_of(i) = 1000 + i;
	show("I wrote to 32 pages:", 0);
	if (madvise((void *)area, PAGES * PAGE_SIZE, MADV_PAGEOUT) != 0)
		die("madvise");
	show("MADV_PAGEOUT: found through the reverse mapping, unmapped, written, freed.", PAGES);
	wrong += *word_of(0) != 1000;
	show("I read page 0: a major fault brought it back, and its neighbours into the swap cache.", PAGES - 1);
	for (int i = 0; i < PAGES; i++)
		wrong += *word_of(i) != 1000UL + i;
	show("I read them all:", 0);
	if (since(Q_PGMAJFAULT) >= PAGES)
		printf("  each read was a major fault: nothing was read ahead!\n");
	printf("\n%d of %d pages came back changed.\n", wrong, PAGES);
	return wrong || !as_expected || since(Q_PGMAJFAULT) >= PAGES;
}
