/* SPDX-License-Identifier: MIT */
/* The lock of one page; page_lock.h. */
#include "kernel/mm/page_lock.h"
#include "kernel/core/bug.h"
#include "kernel/core/race.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/wait.h"
#include "lib/errno.h"

/* An unlock wakes all tasks that wait for a page of the same queue; each looks whether it was its own. */
#define NR_QUEUES	64

static struct wait_queue queues[NR_QUEUES];

void page_lock_init(void)
{
	for (unsigned int i = 0; i < NR_QUEUES; i++)
		init_wait_queue(&queues[i]);
}

static struct wait_queue *queue_of(const struct page *page)
{
	return &queues[page_to_pfn(page) % NR_QUEUES];
}

bool trylock_page(struct page *page)
{
	VM_BUG_ON_PAGE(atomic_read(&page->refcount) <= 0, page);
	race_point("trylock_page");
	return !page_test_and_set(page, PG_locked);
}

void lock_page(struct page *page)
{
	race_point_sleep("lock_page");
	if (!trylock_page(page))
		wait_event(queue_of(page), trylock_page(page));
}

int lock_page_killable(struct page *page)
{
	race_point_sleep("lock_page");
	return trylock_page(page) || __wait_event(queue_of(page), trylock_page(page), killable_state()) == 0 ? 0 : -EINTR;
}

void unlock_page(struct page *page)
{
	VM_BUG_ON_PAGE(!page_test(page, PG_locked), page);
	VM_BUG_ON_PAGE(atomic_read(&page->refcount) <= 0, page);
	page_test_and_clear(page, PG_locked);
	wake_up(queue_of(page));
	race_point("unlock_page");
	if (unlikely(page_test(page, PG_swapcache)))
		swap_page_unlocked(page);
}
