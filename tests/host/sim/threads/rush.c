/* SPDX-License-Identifier: MIT */
/*
 * Both harts write to the same fresh pages of the common process at once: two faults for one entry, of which one has to be first,
 * and the other must see it. Meanwhile their VMA is split and merged. One hart maps the pages and opens them, the other joins if it
 * comes by in time:
 *
 *	CLOSED -> OPEN -> CLOSED		nobody came
 *	          OPEN -> JOINED -> LEFT -> CLOSED
 */
#include "kernel/core/bug.h"
#include "kernel/sched/sched.h"
#include "tests/host/sim/threads/storm.h"
#include "uapi/mman.h"

#define RUSH_PAGES	24u
#define RUSH_AT		0x70000000UL
#define PATIENCE	2000	/* looks for the other hart before the pages are written to alone */

enum { CLOSED, OPEN, JOINED, LEFT };
static int door;		/* atomic; the pages are known by it */

static bool door_moves(int from, int to)
{
	return __atomic_compare_exchange_n(&door, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static void write_words(const struct storm *s)
{
	for (unsigned int i = 0; i < RUSH_PAGES; i++)
		store_word(RUSH_AT + i * PAGE_SIZE + 8 * s->hart, s->hart + 1);
}

static void check_words(unsigned int hart, u64 want)
{
	for (unsigned int i = 0; i < RUSH_PAGES; i++) {
		u64 got = load_word(RUSH_AT + i * PAGE_SIZE + 8 * hart);

		if (got != want)
			panic("sim: page %u of a rush: hart %u's word is %lu", i, hart, (unsigned long)got);
	}
}

/* Split the VMA under the other hart's faults, and let its parts grow together again. */
static void split_and_merge(struct storm *s, struct mm_struct *mm)
{
	unsigned long at = RUSH_AT + (1 + pick(s, RUSH_PAGES / 2)) * PAGE_SIZE, len = RUSH_PAGES / 4 * PAGE_SIZE;

	BUG_ON(mm_madvise(mm, at, len, MADV_RANDOM) || mm_madvise(mm, at, len, MADV_NORMAL));
}

/* The hart that has mapped the pages. */
static void host(struct storm *s, struct mm_struct *mm)
{
	bool joined;

	for (int i = 0; i < PATIENCE && __atomic_load_n(&door, __ATOMIC_ACQUIRE) == OPEN; i++)
		cpu_relax();
	for (int i = 0; i < 4; i++)
		split_and_merge(s, mm);
	write_words(s);
	joined = !door_moves(OPEN, CLOSED);
	while (joined && __atomic_load_n(&door, __ATOMIC_ACQUIRE) != LEFT)
		cpu_relax();
	check_words(s->hart, s->hart + 1);
	if (joined)
		check_words(1 - s->hart, 2 - s->hart);
}

bool rush_is_open(void)
{
	return __atomic_load_n(&door, __ATOMIC_RELAXED) == OPEN;
}

void rush(struct storm *s, struct mm_struct *mm)
{
	static bool taken;	/* atomic: one host at a time */
	unsigned long len = RUSH_PAGES * PAGE_SIZE;

	if (door_moves(OPEN, JOINED)) {
		write_words(s);
		__atomic_store_n(&door, LEFT, __ATOMIC_RELEASE);
		return;
	}
	if (__atomic_exchange_n(&taken, true, __ATOMIC_ACQUIRE))
		return;
	BUG_ON(mm_mmap(mm, RUSH_AT, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, NULL, 0) != RUSH_AT);
	if (one_in(s, 3))
		check_words(s->hart, 0);	/* the zero page is there first */
	__atomic_store_n(&door, OPEN, __ATOMIC_RELEASE);
	host(s, mm);
	__atomic_store_n(&door, CLOSED, __ATOMIC_RELEASE);
	BUG_ON(mm_munmap(mm, RUSH_AT, len));
	__atomic_store_n(&taken, false, __ATOMIC_RELEASE);
}
