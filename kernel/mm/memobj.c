/* SPDX-License-Identifier: MIT */
/*
 * Memory objects: the pages of initrd files and of shared anonymous memory. A page is made once, on first
 * use, and then shared by all mappings of the object; obj->pages holds one reference of each.
 *
 * The first user of a page adds it to the tree, locked and not up to date, and fills it with no other lock held. Who finds it
 * meanwhile takes a reference, waits for its lock, killably, and looks again: the page is up to date, or it has left the object,
 * or it could not be filled, and is now the waiter's to fill. A page that is up to date costs the tree's spinlock only.
 *
 * That lock, and not RCU, finds pages: a reference that is taken of a frame found under RCU may hit one that has been freed and is a
 * page table or a slab now, whose owner counts on having the only one.
 */
#include "kernel/arch/machine.h"
#include "kernel/core/race.h"
#include "kernel/mm/account.h"
#include "kernel/mm/frame/page_ops.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/page_lock.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/reclaim/lru.h"
#include "kernel/mm/reclaim/rmap_walk.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/mm/tlb.h"
#include "kernel/sched/sched.h"
#include "lib/string.h"

static struct kmem_cache *memobj_cache;
static struct mutex images_lock;	/* images */
static LIST_HEAD(images);		/* of struct memobj.images: the objects that are not shmem */

void memobj_init(void)
{
	mutex_init(&images_lock);
	INIT_LIST_HEAD(&images);
	pager_init();
	memobj_cache = kmem_cache_create("memobj", sizeof(struct memobj), 0, 0, NULL);
}

static struct memobj *memobj_create(const char *name, unsigned long size)
{
	struct memobj *obj = kmem_cache_alloc(memobj_cache, GFP_KERNEL | __GFP_ZERO);

	if (!obj)
		return NULL;
	atomic_set(&obj->refcount, 1);
	obj->size = size;
	strscpy(obj->name, name, sizeof(obj->name));
	init_rwsem(&obj->i_mmap_lock);
	obj->i_mmap = (struct rb_root)RB_ROOT;
	mt_init(&obj->pages);
	INIT_LIST_HEAD(&obj->asks);
	return obj;
}

struct memobj *memobj_create_image(const char *name, const void *data, unsigned long size)
{
	struct memobj *obj = memobj_create(name, size);

	if (!obj)
		return NULL;
	obj->image = data;
	mutex_lock(&images_lock);
	list_add(&obj->images, &images);
	mutex_unlock(&images_lock);
	return obj;
}

struct image_count memobj_count_images(void)
{
	struct image_count count = { 0 };
	struct memobj *obj;

	mutex_lock(&images_lock);
	list_for_each_entry(obj, &images, images) {
		count.objects++;
		count.pages += memobj_pages(obj);
		mtree_lock(&obj->pages);
		count.nodes += mt_nr_nodes(&obj->pages);
		mtree_unlock(&obj->pages);
	}
	mutex_unlock(&images_lock);
	return count;
}

/* One whose pages may have contents that are nowhere else. NULL: no memory, or too much is promised. */
static struct memobj *create_writable(unsigned long size)
{
	unsigned long pages = PAGE_ALIGN(size) >> PAGE_SHIFT;
	struct memobj *obj;

	if (vm_commit(pages))
		return NULL;
	obj = memobj_create("", size);
	if (!obj)
		vm_uncommit(pages);
	return obj;
}

struct memobj *memobj_create_shmem(unsigned long size)
{
	struct memobj *obj = create_writable(size);

	if (obj)
		obj->shmem = true;
	return obj;
}

struct memobj *memobj_create_paged(unsigned long size, const struct pager_ops *ops, void *pager)
{
	struct memobj *obj = create_writable(size);

	if (obj) {
		obj->pager_ops = ops;
		obj->pager = pager;
	}
	return obj;
}

struct memobj *memobj_create_device(unsigned long pa, unsigned long size)
{
	struct memobj *obj = memobj_create("[device]", size);

	VM_BUG_ON(!page_aligned(pa | size) || pfn_valid(pa >> PAGE_SHIFT));
	if (obj)
		obj->device_pfn = pa >> PAGE_SHIFT;
	return obj;
}

void memobj_get(struct memobj *obj)
{
	atomic_inc(&obj->refcount);
}

struct page *memobj_next_page(struct memobj *obj, unsigned long *index, unsigned long last)
{
	struct page *page;

	mtree_lock(&obj->pages);
	page = mt_find(&obj->pages, index, last);
	if (page) {
		get_page(page);
		*index = page->index;	/* mt_find() has moved it behind the page */
	}
	mtree_unlock(&obj->pages);
	return page;
}

#define CUT_BATCH	1024	/* pages */

/*
 * @obj is mapped nowhere, and only reclaim and migration still find it: from a page, with its lock held. Each page is
 * cut off under that lock. While we wait for it nothing can take the page's place: both leave a page in its object
 * when they see, with the tree's lock, that it has another reference.
 */
static void cut_off_pages(struct memobj *obj)
{
	unsigned long index = 0, nr = 0;
	struct page *page;

	for (; (page = memobj_next_page(obj, &index, ~0UL)); index++) {
		race_point_sleep("memobj_put: page found, not locked");
		lock_page(page);
		VM_BUG_ON_PAGE(page->mapping != (unsigned long)obj, page);
		WRITE_ONCE(page->mapping, 0);
		unlock_page(page);
		put_page(page);		/* the object's reference */
		put_page(page);
		if (++nr % CUT_BATCH == 0)	/* the tree goes in pieces, too, if that needs no memory */
			(void)mtree_store_range(&obj->pages, 0, index, NULL, GFP_NOWAIT);
		cond_resched();
	}
}

void memobj_put(struct memobj *obj)
{
	if (!atomic_dec_and_test(&obj->refcount))
		return;
	VM_BUG_ON(!rb_empty(&obj->i_mmap) || !list_empty(&obj->asks));
	if (obj->image) {
		mutex_lock(&images_lock);
		list_del(&obj->images);
		mutex_unlock(&images_lock);
	}
	cut_off_pages(obj);
	mtree_destroy(&obj->pages);	/* takes the tree's lock: who has dropped the last page has left it then */
	rwsem_destroy(&obj->i_mmap_lock);
	if (!obj->image && !obj->device_pfn)
		vm_uncommit(PAGE_ALIGN(obj->size) >> PAGE_SHIFT);
	if (obj->pager_ops)
		obj->pager_ops->release(obj->pager);
	kmem_cache_free(memobj_cache, obj);
}

/* @page, locked, gets the contents that @obj has there. */
static void memobj_fill(struct memobj *obj, struct page *page)
{
	unsigned long off = page->index << PAGE_SHIFT;
	unsigned long n = min(obj->size - off, PAGE_SIZE);

	if (obj->image) {
		memcpy(page_to_virt(page), (const char *)obj->image + off, n);
		memset((char *)page_to_virt(page) + n, 0, PAGE_SIZE - n);
		if (flush_site_active(FLUSH_CODE_FILL))
			machine_sync_icache();		/* it may be a program's text */
	} else {
		page_set(page, PG_swapbacked);
		page_set(page, PG_unevictable);	/* shared memory has no pager to go to */
	}
	lru_add(page);
	page_set_uptodate(page);
}

/* The page of @obj at @pgoff, with a reference. NULL: there is none. */
static struct page *find_page(struct memobj *obj, unsigned long pgoff)
{
	struct page *page;

	mtree_lock(&obj->pages);
	page = mtree_load(&obj->pages, pgoff);
	if (page)
		get_page(page);
	mtree_unlock(&obj->pages);
	return page;
}

int memobj_add_page(struct memobj *obj, struct page *page, unsigned long pgoff)
{
	int err;

	page->index = pgoff;
	page->mapping = (unsigned long)obj;
	get_page(page);			/* the object's */
	trylock_page(page);		/* new: nobody else has it */
	err = mtree_insert(&obj->pages, pgoff, page, GFP_KERNEL);
	if (likely(!err)) {
		atomic_inc(&obj->nr_pages);
		/* memobj_resize() sets the size, and then looks for pages: it finds this one and waits for its lock, or we see the new size. */
		if (likely(pgoff < object_pages(obj)) || mtree_store(&obj->pages, pgoff, NULL, GFP_KERNEL) < 0)
			return 0;
		atomic_dec(&obj->nr_pages);
		err = -EINVAL;
	}
	page->mapping = 0;
	unlock_page(page);
	put_page(page);
	return err;
}

/* A new page for @pgoff, locked, with a reference. Else @err: -EEXIST, there is one by now; -ENOMEM. */
static struct page *new_page(struct memobj *obj, unsigned long pgoff, int *err)
{
	struct page *page = alloc_page(obj->image ? GFP_USER : GFP_USER | __GFP_ZERO);

	*err = page ? memobj_add_page(obj, page, pgoff) : -ENOMEM;
	if (unlikely(*err && page)) {
		put_page(page);
		page = NULL;
	}
	return page;
}

/* @page, found in @obj, is not up to date: wait for its lock. 0; or -EAGAIN: it has left @obj; -EINTR. The reference is gone then. */
static int lock_unfilled(struct memobj *obj, struct page *page)
{
	int err = lock_page_killable(page);

	if (!err && unlikely(page->mapping != (unsigned long)obj)) {
		unlock_page(page);
		err = -EAGAIN;
	}
	if (err)
		put_page(page);
	return err;
}

struct page *memobj_get_page(struct memobj *obj, unsigned long pgoff, int *err)
{
	struct page *page;

	do {
		*err = 0;
		page = find_page(obj, pgoff);
		if (likely(page && page_uptodate(page)))
			return page;
		if (page)
			*err = lock_unfilled(obj, page);
		else if (obj->pager_ops)
			*err = -ENODATA;
		else
			page = new_page(obj, pgoff, err);
	} while (*err == -EAGAIN || *err == -EEXIST);
	if (*err)
		return NULL;
	race_point_sleep("memobj_get_page: locked, not filled");
	VM_BUG_ON_PAGE(page->mapping != (unsigned long)obj || page->index != pgoff, page);
	if (!page_uptodate(page))
		memobj_fill(obj, page);
	unlock_page(page);
	return page;
}

bool memobj_resident(struct memobj *obj, unsigned long pgoff)
{
	struct page *page;
	bool resident;

	mtree_lock(&obj->pages);
	page = mtree_load(&obj->pages, pgoff);
	resident = page && page_uptodate(page);
	mtree_unlock(&obj->pages);
	return resident;
}

bool memobj_drop_page(struct memobj *obj, struct page *page)
{
	MA_STATE(mas, &obj->pages, page->index, page->index);
	bool dropped;

	VM_BUG_ON_PAGE(!page_test(page, PG_locked), page);
	mas_lock(&mas);
	/*
	 * The object's reference and the caller's; new ones are taken under this lock. What its pager does not have stays: whoever
	 * stored there marked the page before the last reference was dropped.
	 */
	dropped = page_refs(page) == 2 && !memobj_keeps(obj, page) && mas_store_gfp(&mas, NULL, GFP_NOWAIT) == 0;
	if (dropped) {
		VM_BUG_ON_PAGE(atomic_read(&page->mapcount), page);
		atomic_dec(&obj->nr_pages);
		WRITE_ONCE(page->mapping, 0);
	}
	mas_unlock(&mas);
	if (dropped)
		put_page(page);
	return dropped;
}

int memobj_read(struct memobj *obj, unsigned long off, void *buf, size_t len)
{
	if (off > obj->size || len > obj->size - off)
		return -EIO;
	while (len) {
		unsigned long in_page = off & (PAGE_SIZE - 1), n = min(len, PAGE_SIZE - in_page);
		struct page *page;
		int err;

		while (!(page = memobj_get_page(obj, off >> PAGE_SHIFT, &err))) {
			if (err == -ENODATA)
				err = memobj_ask(obj, off >> PAGE_SHIFT, /* write = */ false);
			if (err)
				return err;
		}
		memcpy(buf, (char *)page_to_virt(page) + in_page, n);
		put_page(page);
		buf = (char *)buf + n;
		off += n;
		len -= n;
		cond_resched();
	}
	return 0;
}

/* ---- who maps it ---- */

void i_mmap_interval_insert(struct vm_area_struct *vma)
{
	vma->i_mmap_node.start = vma->vm_pgoff;
	vma->i_mmap_node.last = vma->vm_pgoff + vma_pages(vma) - 1;
	interval_tree_insert(&vma->i_mmap_node, &vma->vm_file->i_mmap);
}

void i_mmap_interval_remove(struct vm_area_struct *vma)
{
	interval_tree_remove(&vma->i_mmap_node, &vma->vm_file->i_mmap);
}

void i_mmap_insert(struct vm_area_struct *vma)
{
	struct memobj *obj = vma->vm_file;

	down_write(&obj->i_mmap_lock);
	i_mmap_interval_insert(vma);
	up_write(&obj->i_mmap_lock);
}

void i_mmap_remove(struct vm_area_struct *vma)
{
	struct memobj *obj = vma->vm_file;

	down_write(&obj->i_mmap_lock);
	i_mmap_interval_remove(vma);
	up_write(&obj->i_mmap_lock);
}
