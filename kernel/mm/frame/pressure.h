/* SPDX-License-Identifier: MIT */
/*
 * What the frame allocator asks of reclaim, which is above it (mm/reclaim), when frames become few.
 *
 *	free frames   ---- high ----  kswapd goes to sleep
 *	              ---- low  ----  kswapd is woken, when a hart's cache is refilled or a block is taken
 *	              ---- min  ----  only reclaim itself and commits that cannot fail may take more;
 *	                              all others reclaim first
 */
#ifndef KERNEL_MM_FRAME_PRESSURE_H
#define KERNEL_MM_FRAME_PRESSURE_H

#include "kernel/mm/frame/page.h"

extern unsigned long wmark_min, wmark_low, wmark_high;	/* frames; set once by reclaim_init() */

/* wakeup_kswapd() - unless it gave up, and nothing has been reclaimed since. Any context. */
void wakeup_kswapd(void);

/*
 * try_to_free_pages() - reclaim about @want pages now. Returns how many were freed. May sleep; no spinlock and no rmap
 * lock (i_mmap_lock, a family's rwsem) held, since it waits for those. mmap_lock, page locks and an object's lock may be:
 * page locks and objects' locks are only tried.
 */
unsigned long try_to_free_pages(unsigned long want);
/* compact_zone() - move pages together so that a free block of @order appears. True: it did. May sleep. */
bool compact_zone(unsigned int order);
/* in_reclaim() - is the current task reclaiming, so that its allocations may use the last frames and do not reclaim again? */
bool in_reclaim(void);
/* reserve_part() - how many of the last wmark_min frames may the current task take? Half, if it is about to end or is init; a quarter, if it is a pager. */
unsigned long reserve_part(void);

/* lru_del() - @page, whose last reference is gone, leaves its LRU list. */
void lru_del(struct page *page);

#endif
