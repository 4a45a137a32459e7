/* SPDX-License-Identifier: MIT */
/*
 * Swap slots and the swap cache. One lock protects the map; the page lock protects what a cached page's
 * private field and PG_swapcache say, and is held during I/O. A task begins several reads or writes before it waits for the
 * first. See swap.h for the picture.
 */
#include "kernel/core/race.h"
#include "kernel/mm/frame/page_ops.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/page_lock.h"
#include "kernel/mm/reclaim/lru.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/mm/vmstat.h"
#include "kernel/sched/sched.h"
#include "lib/bitmap.h"
#include "lib/string.h"

#define SWAP_CLUSTER	8	/* slots read around a faulting one */

static struct {
	spinlock_t lock;
	/* lock. */
	const struct swap_device *dev;	/* NULL: no swap */
	bool draining;			/* swapoff is at work: no new slots, no other area */
	unsigned int *map;		/* PTEs that hold the slot's entry, at most SWAP_MAP_MAX */
	struct page **cache;		/* its page in memory; holds a reference */
	unsigned long *used;		/* bitmap: in one of the two */
	unsigned long next, free;	/* where to look for a free slot; how many there are */
	unsigned int readers;		/* in swap_in(), with a slot that may not be in use any more */
} swap = { .lock = SPINLOCK_INIT };

unsigned long swap_total(void)
{
	const struct swap_device *dev = READ_ONCE(swap.dev);

	return dev ? dev->nr - 1 : 0;
}

unsigned long swap_free_slots(void)
{
	return READ_ONCE(swap.free);
}

bool swap_in_sleeps(void)
{
	const struct swap_device *dev = READ_ONCE(swap.dev);

	return dev && dev->wait;
}

bool swap_draining(void)
{
	return READ_ONCE(swap.draining);
}

unsigned int swap_most_in_flight(void)
{
	const struct swap_device *dev = READ_ONCE(swap.dev);

	return dev && dev->most_in_flight ? dev->most_in_flight() : 0;
}

/* ---- slots; swap.lock held ---- */

static bool slot_unused(unsigned long slot)
{
	return !swap.map[slot] && !swap.cache[slot];
}

static unsigned long slot_alloc(void)
{
	unsigned long slot;

	if (!swap.dev || swap.draining || !swap.free)
		return 0;
	slot = swap.next;
	if (slot == swap.dev->nr || bitmap_test(swap.used, slot)) {
		slot = bitmap_next_clear(swap.used, swap.dev->nr, slot);
		if (slot == swap.dev->nr)
			slot = bitmap_next_clear(swap.used, swap.dev->nr, 1);
	}
	bitmap_set(swap.used, slot);
	swap.next = slot + 1;
	WRITE_ONCE(swap.free, swap.free - 1);
	return slot;
}

static void slot_check_free(unsigned long slot)
{
	if (slot_unused(slot)) {
		bitmap_clear(swap.used, slot);
		WRITE_ONCE(swap.free, swap.free + 1);
	}
}

/* ---- counts ---- */

void swap_dup_new(unsigned long slot)
{
	spin_lock(&swap.lock);
	/* As many as there were entries of the page: fewer than fit into the limit, since each takes 8 bytes of RAM. */
	VM_BUG_ON(swap.map[slot] == SWAP_MAP_MAX);
	WRITE_ONCE(swap.map[slot], swap.map[slot] + 1);
	spin_unlock(&swap.lock);
}

bool swap_dup(unsigned long slot)
{
	bool room;

	spin_lock(&swap.lock);
	VM_BUG_ON(!swap.map[slot]);
	room = swap.map[slot] < SWAP_MAP_MAX;
	WRITE_ONCE(swap.map[slot], swap.map[slot] + room);
	spin_unlock(&swap.lock);
	return room;
}

#if __STDC_HOSTED__
unsigned int swap_count_set(unsigned long slot, unsigned int count)
{
	unsigned int old = swap.map[slot];

	swap.map[slot] = count;
	return old;
}
#endif

void swap_drop(unsigned long slot)
{
	struct page *page = NULL;
	unsigned int count;

	spin_lock(&swap.lock);
	count = swap.map[slot];
	VM_BUG_ON(!count);
	WRITE_ONCE(swap.map[slot], --count);
	if (!count) {
		page = swap.cache[slot];
		if (page && !atomic_inc_not_zero(&page->refcount))
			page = NULL;
		slot_check_free(slot);
	}
	spin_unlock(&swap.lock);
	if (!page)
		return;
	/* A page that is locked is left to who unlocks it: swap_page_unlocked(). */
	if (trylock_page(page)) {
		try_to_free_swap(page);
		unlock_page(page);
	}
	put_page(page);
}

/*
 * The last entry of @page's slot may have gone while the page was locked: then swap_drop() could not free it. Either its attempt to
 * lock the page comes after the unlock, or its count is seen here: both change the page's flags by an AMO with acquire and release.
 */
void swap_page_unlocked(struct page *page)
{
	unsigned long slot;
	bool unused;

	spin_lock(&swap.lock);
	slot = READ_ONCE(page->private);	/* somebody else may be taking it out of the cache */
	unused = swap.dev && slot < swap.dev->nr && swap.cache[slot] == page && !swap.map[slot];
	spin_unlock(&swap.lock);
	if (unused && trylock_page(page)) {
		try_to_free_swap(page);
		unlock_page(page);
	}
}

unsigned int swap_count(unsigned long slot)
{
	return READ_ONCE(swap.map[slot]);
}

/* ---- cache ---- */

/* @page becomes the cached page of @slot. swap.lock held, page locked. */
static void cache_insert(struct page *page, unsigned long slot)
{
	get_page(page);
	WRITE_ONCE(page->private, slot);	/* compaction may take it for a block's order */
	page_set(page, PG_swapcache);
	WRITE_ONCE(swap.cache[slot], page);
}

bool add_to_swap(struct page *page)
{
	unsigned long slot;

	VM_BUG_ON_PAGE(!page_test(page, PG_locked) || page_test(page, PG_swapcache), page);
	spin_lock(&swap.lock);
	slot = slot_alloc();
	if (slot)
		cache_insert(page, slot);
	spin_unlock(&swap.lock);
	if (slot)
		page_set(page, PG_dirty);	/* the slot has none of it yet */
	return slot;
}

void delete_from_swap_cache(struct page *page)
{
	unsigned long slot = page->private;

	VM_BUG_ON_PAGE(!page_test(page, PG_locked) || !page_test(page, PG_swapcache), page);
	spin_lock(&swap.lock);
	VM_BUG_ON_PAGE(swap.cache[slot] != page, page);
	WRITE_ONCE(swap.cache[slot], NULL);
	slot_check_free(slot);
	spin_unlock(&swap.lock);
	page_clear(page, PG_swapcache);
	WRITE_ONCE(page->private, 0);
	put_page(page);
}

bool try_to_free_swap(struct page *page)
{
	if (!page_test(page, PG_swapcache) || swap_count(page->private))
		return false;
	delete_from_swap_cache(page);
	page_set(page, PG_dirty);
	return true;
}

/* ---- to and from the device ---- */

/* The area stays: @page, in the swap cache, has a slot in use. May sleep; @page is locked until end_io(). */
static void start_io(struct swap_request *req, struct page *page, bool write)
{
	VM_BUG_ON_PAGE(!page_test(page, PG_locked) || !page_test(page, PG_swapcache), page);
	VM_BUG_ON((current->flags & TASK_IDLE) || current->state != TASK_RUNNING || spin_locks_held());
	*req = (struct swap_request){ .slot = page->private, .page = page, .write = write };
	swap.dev->start(req);
}

/* 0 or -EIO. */
static int end_io(struct swap_request *req)
{
	if (swap.dev->wait)
		swap.dev->wait(req);
	return req->err;
}

void swap_writeout(struct swap_request *req, struct page *page)
{
	/* Before the write begins: what is stored while it runs, and said after that, must not be forgotten. */
	page_clear(page, PG_dirty);
	race_point_sleep("swap_writeout: clean, not written");
	start_io(req, page, /* write = */ true);
}

void swap_writeout_end(struct swap_request *req)
{
	if (end_io(req))
		page_set(req->page, PG_dirty);
	else
		count_vm_event(PSWPOUT);
}

/* The cached page of @slot with a reference, or NULL. */
static struct page *cache_lookup(unsigned long slot)
{
	struct page *page;

	spin_lock(&swap.lock);
	page = swap.cache[slot];
	if (page && !atomic_inc_not_zero(&page->refcount))
		page = NULL;
	spin_unlock(&swap.lock);
	return page;
}

/*
 * Begin to read @slot into a new page, locked and in the cache. False: no memory (*@err -ENOMEM), or another task began first
 * or the slot is not in use (0).
 */
static bool start_read(struct swap_request *req, unsigned long slot, gfp_t gfp, int *err)
{
	struct page *page = alloc_page(gfp);
	bool ours;

	*err = page ? 0 : -ENOMEM;
	if (!page)
		return false;
	trylock_page(page);		/* new: no other reference, so this succeeds */
	spin_lock(&swap.lock);
	ours = swap.map[slot] && !swap.cache[slot];
	if (ours)
		cache_insert(page, slot);
	spin_unlock(&swap.lock);
	if (ours) {
		page_set(page, PG_swapbacked);
		start_io(req, page, /* write = */ false);
		return true;
	}
	unlock_page(page);
	put_page(page);
	return false;
}

/* The page of @req, filled and still locked; NULL with -EIO in *@err. */
static struct page *end_read(struct swap_request *req, int *err)
{
	struct page *page = req->page;

	*err = end_io(req);
	if (!*err) {
		count_vm_event(PSWPIN);
		lru_add(page);
		return page;
	}
	delete_from_swap_cache(page);
	unlock_page(page);
	put_page(page);
	return NULL;
}

/* Begin to read what lies around @slot: it was probably written together and is needed together. Returns how many pages. */
static unsigned int start_read_around(struct swap_request reqs[SWAP_CLUSTER - 1], unsigned long slot)
{
	unsigned long first = max(ALIGN_DOWN(slot, SWAP_CLUSTER), 1UL);
	unsigned long end = min(ALIGN_DOWN(slot, SWAP_CLUSTER) + SWAP_CLUSTER, swap_total() + 1);
	unsigned int n = 0;
	int err;

	for (unsigned long s = first; s < end; s++) {
		if (s == slot || !READ_ONCE(swap.map[s]) || READ_ONCE(swap.cache[s]))
			continue;
		if (!start_read(&reqs[n], s, GFP_NOWAIT | __GFP_MOVABLE | __GFP_NOFAIL_INJECT, &err))
			break;
		n++;
	}
	return n;
}

/* The page of @slot and its neighbours, all on their way at once. As start_read() and end_read(). */
static struct page *read_cluster(unsigned long slot, int *err)
{
	struct swap_request req, around[SWAP_CLUSTER - 1];
	struct page *page, *other;
	unsigned int n;
	int ignored;

	if (!start_read(&req, slot, GFP_USER, err))
		return NULL;
	n = start_read_around(around, slot);
	page = end_read(&req, err);
	for (unsigned int i = 0; i < n; i++) {
		other = end_read(&around[i], &ignored);
		if (!other)
			continue;
		unlock_page(other);
		put_page(other);
	}
	return page;
}

static struct wait_queue readers_wait = WAIT_QUEUE_INIT(readers_wait);

/*
 * A fault read its entry without a lock, so by now the area may be gone, or be another one. True: there is
 * one with such a slot, and it stays until leave_area().
 */
static bool enter_area(unsigned long slot)
{
	bool entered;

	spin_lock(&swap.lock);
	entered = swap.dev && slot < swap.dev->nr;
	WRITE_ONCE(swap.readers, swap.readers + entered);
	spin_unlock(&swap.lock);
	return entered;
}

static void leave_area(void)
{
	bool last;

	spin_lock(&swap.lock);
	WRITE_ONCE(swap.readers, swap.readers - 1);
	last = !swap.readers && !swap.dev;
	spin_unlock(&swap.lock);
	if (last)
		wake_up(&readers_wait);		/* swapoff() */
}

/* The page of @slot in the swap cache, locked, with a reference. NULL: there is none; or, with *@err, the task is to end. */
static struct page *lock_cached_page(unsigned long slot, int *err)
{
	struct page *page;

	while ((page = cache_lookup(slot))) {
		*err = lock_page_killable(page);
		if (!*err && page_test(page, PG_swapcache) && page->private == slot)
			return page;
		if (!*err)
			unlock_page(page);	/* left the cache while we waited */
		put_page(page);
		if (*err)
			break;
	}
	return NULL;
}

/* The same, read from the device if it is not there. NULL with *@err 0: no entry refers to @slot any more. */
static struct page *find_or_read(unsigned long slot, int *err)
{
	for (;;) {
		struct page *page = lock_cached_page(slot, err);

		if (page || *err || !swap_count(slot))
			return page;
		race_point_sleep("swap_in: not in the cache, not read");
		count_vm_event(PGMAJFAULT);
		current->majflt++;
		page = read_cluster(slot, err);
		if (page || *err)
			return page;
		/* Another hart was faster: its page is in the cache. */
	}
}

struct page *swap_in(unsigned long slot, int *err)
{
	struct page *page;

	*err = 0;
	if (!enter_area(slot))
		return NULL;			/* swapped off: so the entry is gone, too */
	page = find_or_read(slot, err);
	leave_area();
	return page;
}

/* ---- on and off ---- */

static void free_arrays(unsigned int *map, struct page **cache, unsigned long *used)
{
	kfree(map);
	kfree(cache);
	kfree(used);
}

unsigned long swap_map_bytes(unsigned long nr)
{
	return nr * (sizeof(*swap.map) + sizeof(*swap.cache)) + BITMAP_WORDS(nr) * sizeof(*swap.used);
}

int swapon(const struct swap_device *dev)
{
	unsigned int *map;
	struct page **cache;
	unsigned long *used;
	bool busy;

	if (dev->nr < SWAP_SLOTS_MIN)
		return -EINVAL;
	if (dev->nr > SWAP_SLOTS_MAX)
		return -EFBIG;
	map = kzalloc(dev->nr * sizeof(*map), GFP_KERNEL);
	cache = kzalloc(dev->nr * sizeof(*cache), GFP_KERNEL);
	used = kzalloc(BITMAP_WORDS(dev->nr) * sizeof(*used), GFP_KERNEL);
	if (!map || !cache || !used) {
		free_arrays(map, cache, used);
		return -ENOMEM;
	}
	spin_lock(&swap.lock);
	busy = swap.dev || swap.draining;
	if (!busy) {
		swap.map = map;
		swap.cache = cache;
		swap.used = used;
		swap.next = 1;
		WRITE_ONCE(swap.free, dev->nr - 1);
		WRITE_ONCE(swap.dev, dev);
	}
	spin_unlock(&swap.lock);
	if (busy)
		free_arrays(map, cache, used);
	return busy ? -EBUSY : 0;
}

/* Read every page of @mm that is in swap. 0, or what swapoff() says. */
static int unuse_mm(struct mm_struct *mm)
{
	for (unsigned long va = 0; READ_ONCE(mm->nr_swap) && va < TASK_SIZE; va += PAGE_SIZE) {
		enum vm_fault fault = VM_FAULT_DONE;
		struct vm_area_struct *vma = NULL;

		if (fatal_signal_pending(current))
			return -EINTR;
		mmap_read_lock(mm);
		va = next_swap_entry(mm, va);
		if (va < TASK_SIZE)
			vma = mtree_load(&mm->mm_mt, va);
		if (vma)
			fault = fault_locked(mm, vma, va, FAULT_FLAG_FORCE | FAULT_FLAG_TRIED);
		VM_BUG_ON(fault & VM_FAULT_UNLOCKED);	/* an entry of swap needs no pager */
		mmap_read_unlock(mm);
		if (fault == VM_FAULT_OOM)
			return -ENOMEM;
		if (fault == VM_FAULT_SIGBUS)
			return -EIO;
		cond_resched();
	}
	return 0;
}

/* Drop cached pages whose entries are all gone; true when no slot is in use any more. */
static bool swap_empty(void)
{
	unsigned int rounds = RESCHED_ROUNDS;
	bool empty;

	for (unsigned long slot = 1; slot < swap.dev->nr; slot++) {
		struct page *page = cache_lookup(slot);

		cond_resched_rarely(&rounds);
		if (!page)
			continue;
		lock_page(page);
		try_to_free_swap(page);
		unlock_page(page);
		put_page(page);
	}
	spin_lock(&swap.lock);
	empty = swap.free == swap.dev->nr - 1;
	spin_unlock(&swap.lock);
	return empty;
}

/*
 * Bring everything back: again and again, since fork may copy entries while we look, and an address space that is just
 * being taken down is in no list any more but drops its entries one by one; for that others have to run.
 */
static int drain_area(void)
{
	int err = 0;

	while (!err && !swap_empty()) {
		err = for_each_mm(unuse_mm);
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
		cond_resched();
	}
	return err;
}

/* From now on no slot is given out, and there is no other swapoff(). False: there is no area, or one is at work. */
static bool begin_draining(void)
{
	bool mine;

	spin_lock(&swap.lock);
	mine = swap.dev && !swap.draining;
	WRITE_ONCE(swap.draining, swap.draining || mine);
	spin_unlock(&swap.lock);
	return mine;
}

/* The empty area is removed. No task enters it, and until the last one has left no other swapon() succeeds. */
static void dismantle_area(void)
{
	const struct swap_device *dev = swap.dev;

	spin_lock(&swap.lock);
	WRITE_ONCE(swap.dev, NULL);
	WRITE_ONCE(swap.free, 0);
	spin_unlock(&swap.lock);
	wait_event(&readers_wait, !READ_ONCE(swap.readers));
	free_arrays(swap.map, swap.cache, swap.used);
	if (dev->release)
		dev->release();
	spin_lock(&swap.lock);
	swap.map = NULL;
	swap.cache = NULL;
	swap.used = NULL;
	WRITE_ONCE(swap.draining, false);
	spin_unlock(&swap.lock);
}

int swapoff(void)
{
	int err;

	if (!begin_draining())
		return -EINVAL;
	err = drain_area();
	if (!err) {
		dismantle_area();
		return 0;
	}
	spin_lock(&swap.lock);
	WRITE_ONCE(swap.draining, false);
	spin_unlock(&swap.lock);
	return err;
}

void swap_validate(void)
{
	unsigned long used = 0;

	spin_lock(&swap.lock);
	if (swap.dev) {
		for (unsigned long slot = 1; slot < swap.dev->nr; slot++) {
			used += !slot_unused(slot);
			VM_BUG_ON(bitmap_test(swap.used, slot) == slot_unused(slot));
			if (swap.cache[slot])
				VM_BUG_ON_PAGE(swap.cache[slot]->private != slot, swap.cache[slot]);
		}
		BUG_ON(used + swap.free != swap.dev->nr - 1);
	}
	spin_unlock(&swap.lock);
}
