/* SPDX-License-Identifier: MIT */
/*
 * Getting frames back: kswapd and direct reclaim (reclaim.c), migration and compaction (migrate.c). What the frame
 * allocator asks of them is in frame/pressure.h.
 */
#ifndef KERNEL_MM_RECLAIM_RECLAIM_H
#define KERNEL_MM_RECLAIM_RECLAIM_H

#include "kernel/mm/frame/gfp.h"
#include "kernel/mm/frame/pressure.h"

void reclaim_init(void);
/* kswapd_start() - the background thread; once tasks exist. */
void kswapd_start(void);

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
