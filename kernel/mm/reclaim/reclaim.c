/* SPDX-License-Identifier: MIT */
/*
 * Reclaim. A page's way out, all under its page lock:
 *
 *	used lately? -> active list		(second chance, by the A bits of its entries)
 *	anonymous: give it a slot		(add_to_swap)
 *	unmap it everywhere			(try_to_unmap: entries become swap entries)
 *	flush, once for a batch			(flush_tlb_harts)
 *	dirty: write it, several at a time	(swap_writeout)
 *	no other reference: free it
 *
 * Pages of image objects are just unmapped and dropped: the image is still there. Pages of shared
 * memory stay: they have no pager to go to.
 */
#include "kernel/core/race.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/page_lock.h"
#include "kernel/mm/reclaim/lru.h"
#include "kernel/mm/reclaim/reclaim.h"
#include "kernel/mm/reclaim/rmap_walk.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/mm/tlb.h"
#include "kernel/mm/vmstat.h"
#include "kernel/sched/sched.h"

#define SCAN_BATCH	128	/* pages isolated at once: one flush of all harts for so many */
#define WRITES		8	/* pages on their way to swap before the first is waited for; the disk takes 16 requests */
#define SWEEPS		3	/* over the lists before giving up; the last takes pages in use too */

unsigned long wmark_min, wmark_low, wmark_high;
/* kswapd found less than a batch to free. With memory full for good, each refill would have it look through all lists again. */
static bool kswapd_gave_up;	/* atomic; a change seen late costs one look more or less */

void reclaim_init(void)
{
	lru_init();
	wmark_min = max(nr_total_pages() / 256, 32UL);
	wmark_low = wmark_min * 2;
	wmark_high = wmark_min * 3;
}

unsigned long reserve_part(void)
{
	if ((current->flags & TASK_EXITING) || fatal_signal_pending(current) || current->tgid == 1)
		return wmark_min / 2;
	return current->flags & TASK_PAGER ? wmark_min / 4 : 0;
}

bool in_reclaim(void)
{
	return current->flags & TASK_MEMALLOC;
}

/* ---- one batch of pages ---- */

static bool reclaimable(struct page *page)
{
	if (page_is_anon(page) || page_test(page, PG_swapcache))
		return true;
	return page->mapping && !page_test(page, PG_unevictable);
}

/* Must @page get a slot before it can go? One in the swap cache has it already. */
static bool needs_slot(struct page *page)
{
	return page_is_anon(page) && page_test(page, PG_swapbacked) && !page_test(page, PG_swapcache);
}

enum unmap_result {
	UNMAP_DONE,		/* nothing maps it; may be freed after the flush */
	UNMAP_KEEP,		/* not now: back to its list */
	UNMAP_ACTIVATE,		/* not soon: to the active list */
};

/* Has @page contents that only its pager can store? That is asked to, and not waited for. */
static bool pager_keeps(struct page *page)
{
	struct memobj *obj = page_is_anon(page) ? NULL : (struct memobj *)page->mapping;

	if (!obj || !memobj_keeps(obj, page))
		return false;
	obj->pager_ops->dirty(obj->pager);
	return true;
}

/* First half of the way out, see the head of this file. @page is locked and isolated. */
static enum unmap_result unmap_page(struct page *page, bool force, unsigned long *harts)
{
	enum unmap_mode mode = UNMAP_SWAP;
	int used;

	if (!reclaimable(page) || (needs_slot(page) && !swap_free_slots()) || pager_keeps(page))
		return UNMAP_ACTIVATE;
	used = page_referenced(page);
	if (used == -EAGAIN)
		return UNMAP_KEEP;
	if (used < 0 || (used && !force))
		return UNMAP_ACTIVATE;
	if (page_test(page, PG_swapcache) && atomic_read(&page->mapcount) && swap_draining())
		return UNMAP_ACTIVATE;	/* swapoff has just brought it back */
	if (page_is_anon(page) && !page_test(page, PG_swapcache)) {
		if (!atomic_read(&page->mapcount))
			return UNMAP_KEEP;	/* just being unmapped by its owner */
		if (!page_test(page, PG_swapbacked))
			mode = UNMAP_DISCARD;	/* MADV_FREE */
		else if (!add_to_swap(page))
			return UNMAP_ACTIVATE;
	}
	race_point_sleep("reclaim: looked at, not unmapped");
	if (try_to_unmap(page, mode, harts))
		return UNMAP_DONE;
	try_to_free_swap(page);
	return UNMAP_KEEP;
}

/*
 * Write the first WRITES pages of @unmapped, all locked, that are dirty and in the swap cache: all are on their way before the
 * first is waited for. What cannot be written stays dirty. Returns where in the list to go on after drop_until().
 */
static struct list_head *write_some(struct list_head *unmapped)
{
	struct swap_request writes[WRITES];
	struct list_head *at = unmapped->next;
	unsigned int n = 0;

	for (; at != unmapped && n < WRITES; at = at->next) {
		struct page *page = list_entry(at, struct page, lru);

		if (page_test(page, PG_swapcache) && page_test(page, PG_dirty))
			swap_writeout(&writes[n++], page);
	}
	for (unsigned int i = 0; i < n; i++)
		swap_writeout_end(&writes[i]);
	return at;
}

/* An unmapped page in the swap cache, written if that was possible: drop it if it has no other reference. The page is locked. */
static bool drop_swap_page(struct page *page)
{
	race_point_sleep("drop_swap_page: written, not dropped");
	/*
	 * Ours and the cache's. A fault that finds the page in the cache takes one more, and then the lock. A task that wrote to the
	 * page while we did marked it dirty before it dropped its reference: so look at the references first, then at the mark.
	 */
	if (page_refs(page) != 2 || page_test(page, PG_dirty))
		return false;
	delete_from_swap_cache(page);
	return true;
}

/* Second half: all harts have forgotten @page. Returns whether only the caller's reference is left. */
static bool drop_page(struct page *page)
{
	if (page_test(page, PG_swapcache))
		return drop_swap_page(page);
	if (page_is_anon(page))
		return page_refs(page) == 1;
	return page->mapping && memobj_drop_page((struct memobj *)page->mapping, page);
}

/* Unmap what can be unmapped of @pages; it moves to @unmapped, locked. The rest goes back to the lists. */
static unsigned long unmap_list(struct list_head *pages, bool force, struct list_head *unmapped)
{
	struct page *page, *next;
	unsigned long harts = 0;

	list_for_each_entry_safe(page, next, pages, lru) {
		enum unmap_result result = UNMAP_KEEP;

		list_del(&page->lru);
		if (trylock_page(page)) {
			result = unmap_page(page, force, &harts);
			if (result == UNMAP_DONE) {
				list_add_tail(&page->lru, unmapped);
				continue;
			}
			unlock_page(page);
		}
		if (result == UNMAP_ACTIVATE)
			page_set(page, PG_active);
		lru_putback(page);
	}
	return harts;
}

/* Free the pages of @unmapped before @end; those in use again go back to the lists. Returns how many are freed. */
static unsigned long drop_until(struct list_head *unmapped, const struct list_head *end)
{
	unsigned long freed = 0;

	while (unmapped->next != end) {
		struct page *page = list_first_entry(unmapped, struct page, lru);
		bool dropped = drop_page(page);

		list_del(&page->lru);
		unlock_page(page);
		if (!dropped) {
			lru_putback(page);
			continue;
		}
		page_clear(page, PG_isolated);
		put_page(page);
		count_vm_event(PGSTEAL);
		freed++;
	}
	return freed;
}

unsigned long reclaim_page_list(struct list_head *pages, bool force)
{
	unsigned long freed = 0, harts;
	LIST_HEAD(unmapped);

	/* One flush for all of them: interrupting other harts is the expensive part. */
	harts = unmap_list(pages, force, &unmapped);
	race_point_sleep("reclaim: unmapped, not flushed");
	flush_tlb_harts(harts);
	race_point_sleep("reclaim: unmapped, not dropped");

	while (!list_empty(&unmapped))
		freed += drop_until(&unmapped, write_some(&unmapped));
	return freed;
}

/* ---- the lists ---- */

/*
 * Move cold pages of the active list to the inactive one, forgetting that they were used. Locked pages stay: on their way from list to list
 * they would count as looked at, so that a sweep went on, and took for cold what it had just seen in use.
 */
static void age_active(unsigned int shard, enum lru_kind kind)
{
	struct page *page, *next;
	LIST_HEAD(pages);

	lru_isolate(shard, kind, /* active = */ true, SCAN_BATCH, &pages);
	list_for_each_entry_safe(page, next, &pages, lru) {
		int used = 0;

		list_del(&page->lru);
		if (trylock_page(page)) {
			used = page_referenced(page);
			unlock_page(page);
		}
		if (used <= 0 && used != -EBUSY)
			page_clear(page, PG_active);
		lru_putback(page);
	}
}

/* One batch of one list of one hart. Returns how many were freed, and adds to *@scanned. */
static unsigned long shrink_list(unsigned int shard, enum lru_kind kind, bool force, unsigned long *scanned)
{
	LIST_HEAD(pages);
	unsigned int n;

	if (lru_size(shard, kind, /* active = */ false) < lru_size(shard, kind, /* active = */ true))
		age_active(shard, kind);
	n = lru_isolate(shard, kind, /* active = */ false, SCAN_BATCH, &pages);
	*scanned += n;
	count_vm_events(PGSCAN, n);
	return reclaim_page_list(&pages, force);
}

/* One sweep: at most every page of @kind once, until @want are freed. */
static unsigned long shrink_kind(enum lru_kind kind, unsigned long want, bool force)
{
	unsigned long freed = 0, scanned = 0, before, total = 0;

	for (unsigned int shard = 0; shard < NR_CPUS; shard++)
		total += lru_size(shard, kind, false) + lru_size(shard, kind, true);
	do {
		before = scanned;
		for (unsigned int shard = 0; shard < NR_CPUS && freed < want; shard++) {
			freed += shrink_list(shard, kind, force, &scanned);
			cond_resched();
		}
	} while (freed < want && scanned < total && scanned != before);
	return freed;
}

unsigned long try_to_free_pages(unsigned long want)
{
	unsigned long freed = 0;

	if (in_reclaim())
		return 0;
	current->flags |= TASK_MEMALLOC;
	for (unsigned int sweep = 0; sweep < SWEEPS && freed < want; sweep++) {
		bool force = sweep == SWEEPS - 1;

		freed += shrink_kind(LRU_FILE, want - freed, force);
		/* Without swap no anonymous page can go: do not even look. */
		if (freed < want && swap_total())
			freed += shrink_kind(LRU_ANON, want - freed, force);
	}
	current->flags &= ~TASK_MEMALLOC;
	if (freed)
		WRITE_ONCE(kswapd_gave_up, false);
	return freed;
}

void reclaim_all(void)
{
	LIST_HEAD(pages);

	current->flags |= TASK_MEMALLOC;
	for (unsigned int shard = 0; shard < NR_CPUS; shard++) {
		for (int list = 0; list < 2 * LRU_UNEVICTABLE; list++) {
			/* Once around: what cannot go returns to the hot end. */
			for (unsigned long left = lru_size(shard, list / 2, list % 2); left; left -= min(left, SCAN_BATCH + 0UL)) {
				lru_isolate(shard, list / 2, list % 2, SCAN_BATCH, &pages);
				reclaim_page_list(&pages, /* force = */ true);
				cond_resched();
			}
		}
	}
	current->flags &= ~TASK_MEMALLOC;
}

/* ---- kswapd ---- */

static struct wait_queue kswapd_wait = WAIT_QUEUE_INIT(kswapd_wait);
static int kswapd_wanted;	/* atomic */

void wakeup_kswapd(void)
{
	if (!READ_ONCE(kswapd_gave_up) && !__atomic_exchange_n(&kswapd_wanted, 1, __ATOMIC_SEQ_CST))
		wake_up(&kswapd_wait);
}

static void kswapd(void *unused)
{
	(void)unused;
	for (;;) {
		wait_event(&kswapd_wait, __atomic_exchange_n(&kswapd_wanted, 0, __ATOMIC_SEQ_CST));
		while (nr_free_pages() < wmark_high) {
			/*
			 * All lists three times for less than a batch: what goes now are pages in use, which come back at once. That would
			 * not end.
			 */
			if (try_to_free_pages(SCAN_BATCH) < SCAN_BATCH) {
				WRITE_ONCE(kswapd_gave_up, true);
				break;
			}
			yield();
		}
	}
}

void kswapd_start(void)
{
	if (!kernel_thread("kswapd", kswapd, NULL))
		panic("no memory for kswapd");
}
