/* SPDX-License-Identifier: MIT */
/*
 * The part of the address space in which the random calls play, far from everything else:
 *
 *	ARENA		windows of WINDOW_PAGES, each around a 2 MiB boundary, 4 MiB apart
 *	BIG, BIG + ...	room for whole page tables that move
 *	STACKS		room for stacks that grow
 *
 * A page of the windows has a number, 0 .. NR_PAGES - 1; "w:p" in the output is window and page in it.
 */
#ifndef TESTS_DIFF_ARENA_H
#define TESTS_DIFF_ARENA_H

#include "tests/diff/sys.h"

#define MIB		(1UL << 20)
#define NR_WINDOWS	3UL
#define WINDOW_PAGES	48UL
#define NR_PAGES	(NR_WINDOWS * WINDOW_PAGES)
#define ARENA		0x1000000000UL
#define BIG		(ARENA + 64 * MIB)
#define BIG_SIZE	(16 * MIB)		/* of each of two */
#define STACKS		(ARENA + 128 * MIB)
#define STACKS_SIZE	(8 * MIB)
#define ARENA_END	(STACKS + STACKS_SIZE)

/* Pages [first, first + n), in one window. */
struct range {
	unsigned long first, n;
};

/* What a page of the windows is known to be. */
struct page_info {
	char perm[4];			/* as in /proc/self/maps; 0: a hole */
	unsigned long offset;		/* of a shared page in its object, in bytes */
	unsigned int id;		/* neighbours with the same one, not 0, are in one VMA on every system */
};

extern struct page_info pages[NR_PAGES];
extern unsigned long nr_vmas;		/* in the whole arena */

unsigned long page_addr(unsigned long page);
/* arena_read_maps() - pages[].perm, offset and nr_vmas anew, from /proc/self/maps. */
void arena_read_maps(void);
/* arena_hash() - of what arena_read_maps() found. */
unsigned int arena_hash(void);
void arena_dump(void);

/* new_id() - [r] is one VMA now; cut_ids() - its borders may have been split; no_id() - gone, or unknown. */
void new_id(struct range r);
void cut_ids(struct range r);
void no_id(struct range r);
/* same_id() - how many pages from @page on are surely in one VMA; at least 1. */
unsigned long same_id(unsigned long page);

/* A signal that touch_*() met. signo 0: none. */
struct fault {
	int signo, code;
	unsigned long addr;
};
extern struct fault fault;

void catch_faults(void);
/* say_load(), say_store() - access the word at @addr and print the value, or signal, code and address's offset. */
void say_load(unsigned long addr);
void say_store(unsigned long addr, uint64_t value);
/* checksum() - of the words that stores may have changed, in all pages that can be read; @list: print them, too. */
unsigned long checksum(bool list);
/* say_areas() - the mappings of [start, end), neighbours of equal rights joined. */
void say_areas(unsigned long start, unsigned long end);

#endif
