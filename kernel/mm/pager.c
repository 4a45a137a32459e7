/* SPDX-License-Identifier: MIT */
/*
 * Memory objects whose pages come from outside the kernel: asking for a page, and being given one.
 *
 *	a fault finds no page in the object
 *	  drops the VMA's lock, or mmap_lock, and keeps a reference of the object
 *	  memobj_ask()			does another task ask for this page? wait for that one. Else
 *	    page_in()			the message to the pager; the task sleeps until it is answered
 *	  begins again: looks the VMA up, then the page
 *
 * Whoever asks stands on obj->asks, with nothing but a record on its own stack; so nothing is to be freed, however it ends. The tasks
 * that wait for it go on when the page is there or the record is gone, and look again: if the one that asked was killed, or its answer
 * brought no page, the next one asks.
 *
 * No lock is held while anybody waits for a pager, and reclaim never does: it drops pages that are not dirty, and leaves the others
 * (writeback.c). A task that supplies pages may use frames that others may not, since they wait for it (may_use_reserve()).
 */
#include "kernel/arch/uaccess.h"
#include "kernel/core/race.h"
#include "kernel/mm/frame/page_ops.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/page_lock.h"
#include "kernel/mm/reclaim/lru.h"
#include "kernel/mm/trace.h"
#include "kernel/sched/sched.h"

struct page_ask {
	struct list_head node;
	unsigned long pgoff;
	unsigned long pages;		/* that are not there, from pgoff on: the pager may supply them, too */
};

/* Tasks that wait for what another one has asked for, by object; each looks whether it was its own. */
#define NR_QUEUES	16
#define AHEAD_MAX	16UL	/* pages that one request names at most */

static struct wait_queue queues[NR_QUEUES];

void pager_init(void)
{
	for (unsigned int i = 0; i < NR_QUEUES; i++)
		init_wait_queue(&queues[i]);
}

static struct wait_queue *queue_of(const struct memobj *obj)
{
	return &queues[(unsigned long)obj / sizeof(*obj) % NR_QUEUES];
}

/* Does anybody ask for the page at @pgoff? The lock of @obj->pages is held. */
static bool asked_for(const struct memobj *obj, unsigned long pgoff)
{
	struct page_ask *ask;

	list_for_each_entry(ask, &obj->asks, node)
		if (ask->pgoff == pgoff)
			return true;
	return false;
}

/* How many pages in a row, from @pgoff on, does @obj not have, up to its end? The lock of @obj->pages is held. */
static unsigned long missing_pages(struct memobj *obj, unsigned long pgoff)
{
	unsigned long size = PAGE_ALIGN(READ_ONCE(obj->size)) >> PAGE_SHIFT, end = min(pgoff + AHEAD_MAX, max(size, pgoff + 1)), next = pgoff + 1;
	const struct page *page = mt_find(&obj->pages, &next, end - 1);

	return (page ? page->index : end) - pgoff;
}

/* @ask is the only one for its page from now on. False: there is another one, or a page. */
static bool begin_ask(struct memobj *obj, struct page_ask *ask)
{
	bool first;

	mtree_lock(&obj->pages);
	first = !mtree_load(&obj->pages, ask->pgoff) && !asked_for(obj, ask->pgoff);
	if (first) {
		list_add_tail(&ask->node, &obj->asks);
		ask->pages = missing_pages(obj, ask->pgoff);
	}
	mtree_unlock(&obj->pages);
	return first;
}

static void end_ask(struct memobj *obj, struct page_ask *ask)
{
	mtree_lock(&obj->pages);
	list_del(&ask->node);
	mtree_unlock(&obj->pages);
	wake_up(queue_of(obj));
}

static bool answered(struct memobj *obj, unsigned long pgoff)
{
	bool done;

	mtree_lock(&obj->pages);
	done = mtree_load(&obj->pages, pgoff) || !asked_for(obj, pgoff);
	mtree_unlock(&obj->pages);
	return done;
}

/*
 * memobj_ask() - @obj has a pager and no page at @pgoff: ask for it, or wait for another task that does. Locks: none; the caller has a
 * reference of @obj. Returns: 0, look again (perhaps there is no page still); -EINTR, the task has to end; -EIO, there will be none.
 */
int memobj_ask(struct memobj *obj, unsigned long pgoff, bool write)
{
	struct page_ask ask = { .pgoff = pgoff };
	int err;

	if (!begin_ask(obj, &ask))
		return wait_event_killable(queue_of(obj), answered(obj, pgoff)) == 0 ? 0 : -EINTR;
	race_point_sleep("memobj_ask: on the list, not asked");
	err = obj->pager_ops->page_in(obj->pager, obj, pgoff, ask.pages, write);
	end_ask(obj, &ask);
	return err == 0 || err == -EINTR ? err : -EIO;
}

int memobj_give_page(struct memobj *obj, struct page *page, unsigned long pgoff)
{
	int err = memobj_add_page(obj, page, pgoff);

	if (!err) {
		lru_add(page);
		page_set_uptodate(page);
		unlock_page(page);
		wake_up(queue_of(obj));
	}
	put_page(page);
	return err == -EEXIST ? 0 : err;
}

static int supply_copy(struct memobj *obj, unsigned long pgoff, unsigned long uaddr)
{
	struct page *page = alloc_page(GFP_USER);

	if (!page)
		return -ENOMEM;
	if (copy_from_user(page_to_virt(page), uaddr, PAGE_SIZE) < 0) {
		put_page(page);
		return -EFAULT;
	}
	race_point_sleep("memobj_supply: filled, not in the object");
	return memobj_give_page(obj, page, pgoff);
}

long memobj_supply(struct memobj *obj, unsigned long pgoff, unsigned long uaddr, unsigned long nr)
{
	unsigned long size = PAGE_ALIGN(obj->size) >> PAGE_SHIFT, done;
	int err = 0;

	if (pgoff > size || nr > size - pgoff)
		return -EINVAL;
	current->flags |= TASK_PAGER;
	for (done = 0; done < nr; done++) {
		err = fatal_signal_pending(current) ? -EINTR : supply_copy(obj, pgoff + done, uaddr + done * PAGE_SIZE);
		if (err)
			break;
		cond_resched();
	}
	return done ? (long)done : err;
}
