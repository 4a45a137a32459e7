/* SPDX-License-Identifier: MIT */
/*
 * Which pages were used least recently (lru.c). Every user page is on one of two lists, of its kind:
 *
 *	fault -> [ inactive ] --referenced again--> [ active ]
 *	             |    ^                             |
 *	          reclaim  +-------- aged --------------+
 *
 * Kinds are kept apart, since what can be done differs: pages of images are just dropped, anonymous ones need
 * swap space, pages of shared memory stay. Each hart has its own lists with its own lock, so that
 * faults on different harts do not meet; a page stays with the hart that added it. The lists hold no reference: a page that is
 * freed takes itself off. Reclaim and migration isolate a page first, which takes one.
 */
#ifndef KERNEL_MM_RECLAIM_LRU_H
#define KERNEL_MM_RECLAIM_LRU_H

#include "kernel/mm/frame/page.h"
#include "kernel/mm/frame/pressure.h"

enum lru_kind {
	LRU_FILE,		/* pages of images, and anonymous ones after MADV_FREE */
	LRU_ANON,		/* need a swap slot to go */
	LRU_UNEVICTABLE,	/* shared memory: nowhere to go */
	NR_LRU_KINDS,
};

void lru_init(void);
/* lru_add() - @page, not on a list, joins this hart's inactive (or, with PG_active, active) list of its kind. */
void lru_add(struct page *page);
/* lru_add_new() - the same for a page that page_set_anon() has just prepared and that is not mapped yet. */
void lru_add_new(struct page *page);
/*
 * lru_isolate() - take up to @max pages from the cold end of @shard's active or inactive list of @kind; each
 * has a reference and PG_isolated, and is linked into @pages by lru. Returns how many.
 */
unsigned int lru_isolate(unsigned int shard, enum lru_kind kind, bool active, unsigned int max,
			 struct list_head *pages);
/* lru_isolate_page() - that one page: true with a reference and PG_isolated, or false. */
bool lru_isolate_page(struct page *page);
/* lru_putback() - an isolated page returns to its list (PG_active says which), its reference is dropped. */
void lru_putback(struct page *page);
/* lru_size() - pages on that list now. */
unsigned long lru_size(unsigned int shard, enum lru_kind kind, bool active);

#endif
