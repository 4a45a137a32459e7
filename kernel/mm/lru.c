/* SPDX-License-Identifier: MIT */
/* The LRU lists of lru.h. */
#include "kernel/mm/internal.h"
#include "kernel/mm/lru.h"
#include "kernel/percpu.h"

#define SHARD_SHIFT	56		/* in page->flags: the hart whose lists the page is on */

static struct lruvec {
	spinlock_t lock;
	/* lock. */
	struct list_head pages[2];	/* [0] inactive, [1] active; hot end first */
	unsigned long nr[2];
} __aligned(64) lruvecs[NR_CPUS];

void lru_init(void)
{
	for (unsigned int i = 0; i < NR_CPUS; i++) {
		spin_lock_init(&lruvecs[i].lock);
		INIT_LIST_HEAD(&lruvecs[i].pages[0]);
		INIT_LIST_HEAD(&lruvecs[i].pages[1]);
	}
}

static struct lruvec *page_lruvec(const struct page *page)
{
	return &lruvecs[READ_ONCE(page->flags) >> SHARD_SHIFT];
}

void lru_add(struct page *page)
{
	unsigned long cpu = this_cpu_id();
	struct lruvec *v = &lruvecs[cpu];
	bool active = page_test(page, PG_active);
	unsigned long old = __atomic_load_n(&page->flags, __ATOMIC_RELAXED), new;

	VM_BUG_ON_PAGE(page_test(page, PG_lru), page);
	spin_lock(&v->lock);
	do {
		new = (old & ((1UL << SHARD_SHIFT) - 1)) | cpu << SHARD_SHIFT | 1UL << PG_lru;
	} while (!__atomic_compare_exchange_n(&page->flags, &old, new, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
	list_add(&page->lru, &v->pages[active]);
	v->nr[active]++;
	spin_unlock(&v->lock);
}

/* @page is on @v's lists, v->lock held. */
static void unlink_page(struct lruvec *v, struct page *page)
{
	list_del(&page->lru);
	v->nr[page_test(page, PG_active)]--;
	page_clear(page, PG_lru);
}

void lru_del(struct page *page)
{
	struct lruvec *v = page_lruvec(page);

	spin_lock(&v->lock);
	unlink_page(v, page);
	spin_unlock(&v->lock);
}

unsigned int lru_isolate(unsigned int shard, bool active, unsigned int max, struct list_head *pages)
{
	struct lruvec *v = &lruvecs[shard];
	struct page *page, *prev;
	unsigned int n = 0;

	spin_lock(&v->lock);
	for (page = list_last_entry(&v->pages[active], struct page, lru);
	     &page->lru != &v->pages[active] && n < max; page = prev) {
		prev = list_entry(page->lru.prev, struct page, lru);
		if (!atomic_inc_not_zero(&page->refcount))
			continue;	/* being freed: its owner waits for our lock to take it off */
		unlink_page(v, page);
		page_set(page, PG_isolated);
		list_add(&page->lru, pages);
		n++;
	}
	spin_unlock(&v->lock);
	return n;
}

bool lru_isolate_page(struct page *page)
{
	struct lruvec *v = page_lruvec(page);
	bool got = false;

	spin_lock(&v->lock);
	if (page_lruvec(page) == v && page_test(page, PG_lru) && atomic_inc_not_zero(&page->refcount)) {
		unlink_page(v, page);
		page_set(page, PG_isolated);
		got = true;
	}
	spin_unlock(&v->lock);
	return got;
}

void lru_putback(struct page *page)
{
	page_clear(page, PG_isolated);
	lru_add(page);
	put_page(page);		/* the last one takes it off again */
}

void lru_sizes(unsigned long *inactive, unsigned long *active)
{
	*inactive = *active = 0;
	for (unsigned int i = 0; i < NR_CPUS; i++) {
		*inactive += READ_ONCE(lruvecs[i].nr[0]);
		*active += READ_ONCE(lruvecs[i].nr[1]);
	}
}

unsigned long lru_shard_size(unsigned int shard, bool active)
{
	return READ_ONCE(lruvecs[shard].nr[active]);
}
