/* SPDX-License-Identifier: MIT */
/*
 * Getting frames back (reclaim.c): watermarks, kswapd and direct reclaim.
 *
 *	free frames   ---- high ----  kswapd goes to sleep
 *	              ---- low  ----  kswapd is woken
 *	              ---- min  ----  only reclaim itself and commits that cannot fail may take more;
 *	                              everybody else reclaims first
 */
#ifndef KERNEL_MM_RECLAIM_RECLAIM_H
#define KERNEL_MM_RECLAIM_RECLAIM_H

#include "kernel/mm/frame/gfp.h"

extern unsigned long wmark_min, wmark_low, wmark_high;	/* frames; set once by reclaim_init() */

void reclaim_init(void);
/* kswapd_start() - the background thread; once tasks exist. */
void kswapd_start(void);
/* wakeup_kswapd() - from the allocator, any context. */
void wakeup_kswapd(void);

/*
 * try_to_free_pages() - reclaim about @want pages now. Returns how many were freed. May sleep; no spinlock and no rmap
 * lock (i_mmap_lock, a family's rwsem) held, since it waits for those. mmap_lock, page locks and an object's lock may be:
 * page locks and objects' locks are only tried.
 */
unsigned long try_to_free_pages(unsigned long want);
/* in_reclaim() - is the current task reclaiming, so that its allocations may use the last frames? */
bool in_reclaim(void);

/* compact_zone() - move pages together so that a free block of @order appears (migrate.c). True: it did. May sleep. */
bool compact_zone(unsigned int order);

/* migrate_page() - isolated @page moves to the fresh frame @new, with every mapping. True: it has and its
 * reference is dropped, @page has only the caller's left. May sleep. */
bool migrate_page(struct page *page, struct page *new);

/* migrate_all() - move every page that can be moved, once; reclaim_all() - page out every one that can go. For storms. */
void migrate_all(void);
void reclaim_all(void);

/* reclaim_page_list() - MADV_PAGEOUT and reclaim: free what can be freed of isolated @pages (each with a
 * reference), put back the rest. @force: also those used lately. Returns how many were freed. */
unsigned long reclaim_page_list(struct list_head *pages, bool force);

#endif
