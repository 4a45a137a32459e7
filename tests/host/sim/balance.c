/* SPDX-License-Identifier: MIT */
/*
 * What both simulated machines share: moving a page; and the count at the end of a run, when with all processes gone every
 * frame, object, promise and swap slot is free.
 */
#include "kernel/core/bug.h"
#include "kernel/mm/account.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/reclaim/lru.h"
#include "kernel/mm/reclaim/reclaim.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/mm/rmap.h"
#include "kernel/mm/vma.h"
#include "tests/host/sim/sim.h"

bool sim_move_page(struct page *page)
{
	struct page *new;
	bool moved;

	if (!page_test(page, PG_lru) || !lru_isolate_page(page))
		return false;
	new = alloc_page(GFP_NOWAIT | __GFP_NOFAIL_INJECT);
	moved = new && migrate_page(page, new);
	if (moved) {
		page_clear(page, PG_isolated);
		put_page(page);
	} else {
		if (new)
			put_page(new);
		lru_putback(page);
	}
	return moved;
}

/* What is in use before the first process: frames, and objects of each cache. */
static unsigned long frames_at_start, objects_at_start[32], serial_at_start;

/* Frames that nobody but the allocators has; slabs of type-stable caches stay slabs for ever. */
static unsigned long free_frames(void)
{
	struct slab_info info;
	unsigned long frames;

	kmem_cache_reap();
	drain_pcp_pages();
	frames = nr_free_pages();
	for (int i = 0; slab_info_get(i, &info); i++)
		frames += info.pages;
	return frames;
}

void balance_start(void)
{
	struct slab_info info;

	serial_at_start = owner_serial();
	frames_at_start = free_frames();
	for (int i = 0; slab_info_get(i, &info); i++) {
		BUG_ON(i >= (int)ARRAY_SIZE(objects_at_start));
		objects_at_start[i] = info.in_use;
	}
}

static void expect_none(unsigned long n, const char *what)
{
	if (!n)
		return;
	owner_report(serial_at_start);
	panic("sim: %lu of %s left when all processes are gone", n, what);
}

void balance_check(void)
{
	unsigned long anon_vmas, chains;
	struct slab_info info;

	sim_rcu_flush();
	expect_none(!list_empty(&mm_list), "address spaces");
	anon_vma_counts(&anon_vmas, &chains);
	expect_none(anon_vmas, "anon_vmas");
	expect_none(chains, "chains");
	expect_none(vm_area_count(), "VMAs");
	expect_none(vm_committed(), "committed pages");
	for (int i = 0; slab_info_get(i, &info); i++)
		expect_none(info.in_use - objects_at_start[i], info.name);
	swap_validate();
	expect_none(swap_total() - swap_free_slots(), "swap slots");
	page_alloc_validate();
	slab_validate();
	if (free_frames() == frames_at_start)
		return;
	owner_report(serial_at_start);
	panic("sim: %lu frames free at the end, %lu at the start", free_frames(), frames_at_start);
}
