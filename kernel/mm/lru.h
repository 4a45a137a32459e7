/* SPDX-License-Identifier: MIT */
/*
 * Which pages were used least recently (lru.c). Every user page is on one of two lists:
 *
 *	fault -> [ inactive ] --referenced again--> [ active ]
 *	             |    ^                             |
 *	          reclaim  +-------- aged --------------+
 *
 * Each hart has its own pair of lists with its own lock, so that faults on different harts do not
 * meet; a page stays with the hart that added it. The lists hold no reference: a page that is
 * freed takes itself off. Reclaim and migration isolate a page first, which takes one.
 */
#ifndef KERNEL_MM_LRU_H
#define KERNEL_MM_LRU_H

#include "kernel/mm/page.h"

void lru_init(void);
/* lru_add() - @page, not on a list, joins this hart's inactive (or, with PG_active, active) list. */
void lru_add(struct page *page);
/* lru_del() - take @page off; called when its last reference goes. */
void lru_del(struct page *page);
/*
 * lru_isolate() - take up to @max pages from the cold end of @shard's active or inactive list; each has a
 * reference and PG_isolated, and is linked into @pages by lru. Returns how many.
 */
unsigned int lru_isolate(unsigned int shard, bool active, unsigned int max, struct list_head *pages);
/* lru_isolate_page() - that one page: true with a reference and PG_isolated, or false. */
bool lru_isolate_page(struct page *page);
/* lru_putback() - an isolated page returns to its list (PG_active says which), its reference is dropped. */
void lru_putback(struct page *page);
/* lru_sizes() - pages on all lists. */
void lru_sizes(unsigned long *inactive, unsigned long *active);
unsigned long lru_shard_size(unsigned int shard, bool active);

#endif
