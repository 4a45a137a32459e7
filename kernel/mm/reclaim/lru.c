/* SPDX-License-Identifier: MIT */
/* The LRU lists of lru.h. */
#include "kernel/core/percpu.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/reclaim/lru.h"

/* In page->flags, while PG_lru is set: the hart whose list the page is on, and which one it is. */
#define SHARD_SHIFT	56
#define LIST_SHIFT	59
#define PLACE_MASK	(0x3fUL << SHARD_SHIFT)
_Static_assert(NR_CPUS <= 8 && NR_LRU_KINDS * 2 <= 8, "three bits each");

#define NR_LISTS	(NR_LRU_KINDS * 2)	/* kind * 2 + active */

static struct lruvec {
	spinlock_t lock;
	/* lock. */
	struct list_head pages[NR_LISTS];	/* hot end first */
	unsigned long nr[NR_LISTS];
} __aligned(64) lruvecs[NR_CPUS];

void lru_init(void)
{
	for (unsigned int i = 0; i < NR_CPUS; i++) {
		spin_lock_init(&lruvecs[i].lock);
		for (unsigned int list = 0; list < NR_LISTS; list++)
			INIT_LIST_HEAD(&lruvecs[i].pages[list]);
	}
}

static struct lruvec *page_lruvec(const struct page *page)
{
	return &lruvecs[READ_ONCE(page->flags) >> SHARD_SHIFT & 7];
}

/*
 * The list of a page with these flags: kind * 2 + active. The flags alone say it: a caller that puts a page back does not have
 * its lock any more, so its object may be gone.
 */
static inline unsigned long page_list(unsigned long flags)
{
	unsigned long active = flags >> PG_active & 1;

	if (flags & 1UL << PG_unevictable)
		return LRU_UNEVICTABLE * 2 + active;
	return (flags & 1UL << PG_swapbacked ? LRU_ANON : LRU_FILE) * 2 + active;
}

/* In the flags of a page on @list of @cpu. */
static inline unsigned long place_of(unsigned long cpu, unsigned long list)
{
	return cpu << SHARD_SHIFT | list << LIST_SHIFT | 1UL << PG_lru;
}

/* v->lock held; lru_size() reads without it. */
static inline void count_page(struct lruvec *v, unsigned int list, long n)
{
	WRITE_ONCE(v->nr[list], v->nr[list] + n);
}

/* The flags of @page name @list of @v already. v->lock held. */
static inline void link_page(struct lruvec *v, struct page *page, unsigned long list)
{
	list_add(&page->lru, &v->pages[list]);
	count_page(v, list, 1);
}

void lru_add(struct page *page)
{
	unsigned long cpu = this_cpu_id(), flags = READ_ONCE(page->flags);
	struct lruvec *v = &lruvecs[cpu];
	unsigned long list = page_list(flags);

	VM_BUG_ON_PAGE(page_test(page, PG_lru), page);
	spin_lock(&v->lock);
	/* Nobody looks at the place of a page before PG_lru says that it has one. */
	if (flags >> SHARD_SHIFT)
		__atomic_fetch_and(&page->flags, ~PLACE_MASK, __ATOMIC_RELAXED);
	__atomic_fetch_or(&page->flags, place_of(cpu, list), __ATOMIC_RELEASE);
	link_page(v, page, list);
	spin_unlock(&v->lock);
}

void lru_add_new(struct page *page)
{
	unsigned long cpu = this_cpu_id(), flags = READ_ONCE(page->flags);
	struct lruvec *v = this_cpu_of(lruvecs);

	VM_BUG_ON_PAGE(page_list(flags) != LRU_ANON * 2 || flags >> SHARD_SHIFT || flags & 1UL << PG_lru, page);
	spin_lock(&v->lock);
	/* No other hart changes its flags before they say that it is on a list. */
	__atomic_store_n(&page->flags, flags | place_of(cpu, LRU_ANON * 2), __ATOMIC_RELEASE);
	link_page(v, page, LRU_ANON * 2);
	spin_unlock(&v->lock);
}

/* @page is on @v's lists, v->lock held. */
static void unlink_page(struct lruvec *v, struct page *page)
{
	list_del(&page->lru);
	count_page(v, READ_ONCE(page->flags) >> LIST_SHIFT & 7, -1);
	page_clear(page, PG_lru);
}

void lru_del(struct page *page)
{
	struct lruvec *v = page_lruvec(page);

	spin_lock(&v->lock);
	unlink_page(v, page);
	spin_unlock(&v->lock);
}

unsigned int lru_isolate(unsigned int shard, enum lru_kind kind, bool active, unsigned int max,
			 struct list_head *pages)
{
	struct lruvec *v = &lruvecs[shard];
	struct list_head *list = &v->pages[kind * 2 + active];
	struct page *page, *prev;
	unsigned int n = 0;

	spin_lock(&v->lock);
	for (page = list_last_entry(list, struct page, lru); &page->lru != list && n < max; page = prev) {
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

unsigned long lru_size(unsigned int shard, enum lru_kind kind, bool active)
{
	return READ_ONCE(lruvecs[shard].nr[kind * 2 + active]);
}
