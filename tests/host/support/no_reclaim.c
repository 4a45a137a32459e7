/* SPDX-License-Identifier: MIT */
/*
 * For tests of the frame and slab allocators alone: a world in which nothing can be reclaimed. No frame is on
 * an LRU list and no watermark is set, so allocations go on until the last frame.
 */
#include "kernel/mm/frame/pressure.h"
#include "tests/host/support/check.h"

unsigned long wmark_min, wmark_low, wmark_high;
unsigned long kswapd_wakeups;

bool in_reclaim(void)
{
	return false;
}

unsigned long reserve_part(void)
{
	return 0;
}

void wakeup_kswapd(void)
{
	kswapd_wakeups++;
}

unsigned long try_to_free_pages(unsigned long want)
{
	(void)want;
	return 0;
}

bool compact_zone(unsigned int order)
{
	(void)order;
	return false;
}

void lru_del(struct page *page)
{
	(void)page;
	fail_msg("a frame of this world is on an LRU list");
}
