/* SPDX-License-Identifier: MIT */
/*
 * Memory objects: what a mapping that is not private anonymous memory shows. An object is a
 * sequence of pages, kept in a maple tree by page offset and filled on first use: from
 * an image in RAM (a file of the initrd) or with zeroes (shared anonymous memory).
 *
 * One of a device's registers has no pages: its entries have the mark PTE_DEVICE, are counted nowhere and found from nowhere, and
 * no process owns what they map. All that meets entries skips them as it does those of the zero page: pte_special().
 */
#ifndef KERNEL_MM_MEMOBJ_H
#define KERNEL_MM_MEMOBJ_H

#include "kernel/mm/mm_types.h"

/* Where the pages of an object come from that the kernel cannot fill itself: a server, by way of kernel/ipc. */
struct pager_ops {
	/*
	 * page_in() - have the page at @pgoff come by memobj_supply(); @write: it will be written to. @pages, from @pgoff on, are not
	 * there, and may be supplied, too. No locks held; sleeps, killably.
	 * Returns: 0, the pager has answered; -EINTR, the task has to end; another error: there will be no page.
	 */
	int (*page_in)(void *pager, struct memobj *obj, unsigned long pgoff, unsigned long pages, bool write);
	void (*dirty)(void *pager);	/* memory is short, and the object has pages to be written back. A page is locked; does not sleep */
	void (*release)(void *pager);	/* the object is gone */
};

struct memobj {
	atomic_t refcount;
	bool shmem;			/* zero filled and writable */
	unsigned long size;		/* bytes */
	const void *image;		/* a file's bytes in the direct map, or NULL */
	unsigned long device_pfn;	/* a device's registers begin there, and the object has no pages; or 0 */
	const struct pager_ops *pager_ops;	/* or NULL */
	void *pager;
	char name[56];			/* path, for maps; "" for shared anonymous memory */

	/*
	 * struct page *, by page offset; each holds a reference. Its lock: to look a page up and take a reference, or to take one
	 * out that has no other. A page enters and leaves locked (PG_locked); until it is up to date the holder of its lock fills it.
	 */
	struct maple_tree pages;
	atomic_t nr_pages;

	struct list_head asks;		/* lock of pages: tasks that ask the pager, of struct page_ask.node */

	struct list_head images;	/* memobj.c, images_lock: all files */

	struct rw_semaphore i_mmap_lock;	/* i_mmap; see the lock order in internal.h */
	struct rb_root i_mmap;		/* VMAs that map it, by [pgoff, last pgoff] */
};

/* memobj_create_image() - an object whose bytes are @data[0..size); @data stays. NULL: no memory. */
struct memobj *memobj_create_image(const char *name, const void *data, unsigned long size);
/* memobj_create_shmem() - @size bytes of zeroes, shared by all its mappings. NULL: no memory. */
struct memobj *memobj_create_shmem(unsigned long size);
/* memobj_create_paged() - @size bytes that come from a pager; shared by all mappings. NULL: no memory. */
struct memobj *memobj_create_paged(unsigned long size, const struct pager_ops *ops, void *pager);
/* memobj_create_device() - the registers of @size bytes at physical @pa, both in whole pages; no RAM. NULL: no memory. */
struct memobj *memobj_create_device(unsigned long pa, unsigned long size);
/*
 * memobj_supply() - copies of the @nr pages at user address @uaddr of the caller become pages [@pgoff, @pgoff + @nr) of @obj, which
 * has a pager; those that are there already stay as they are. Who waits for them goes on. Returns: how many have been
 * looked at, if not the first failed; -EINVAL, a part is behind the end; -EFAULT, -ENOMEM, -EINTR. May sleep.
 */
long memobj_supply(struct memobj *obj, unsigned long pgoff, unsigned long uaddr, unsigned long nr);
/*
 * memobj_punch() - pages [@first, @last] of @obj, which is no image, leave all mappings, and their frames are freed: they read as
 * zeroes from now on, or come from the pager anew. May sleep. 0, -EINTR or -ENOMEM with a part done.
 */
int memobj_punch(struct memobj *obj, unsigned long first, unsigned long last);
/*
 * memobj_resize() - @size bytes from now on, of @obj, which is no image. What is behind the end leaves all mappings: SIGBUS there. (Private
 * copies stay.) May sleep. 0; -ENOMEM, too much is promised: nothing has changed; -EINTR or -ENOMEM with pages left behind the end.
 */
int memobj_resize(struct memobj *obj, unsigned long size);
/*
 * memobj_writeback() - copies of the first dirty pages in a row of @obj, from page *@pgoff on, to user address @uaddr; at most @room.
 * *@pgoff: where they are. They are being written back until memobj_written(). Returns: how many; 0, no page is dirty; -EFAULT.
 * memobj_written() - pages [@first, @last] that were being written back are clean, or, not @stored, dirty again. May sleep.
 */
long memobj_writeback(struct memobj *obj, unsigned long *pgoff, unsigned long uaddr, unsigned long room);
void memobj_written(struct memobj *obj, unsigned long first, unsigned long last, bool stored);
/* memobj_pages() - how many are in memory. */
static inline unsigned long memobj_pages(const struct memobj *obj) { return (unsigned int)atomic_read(&obj->nr_pages); }
void memobj_get(struct memobj *obj);
/* memobj_put() - drop a reference; the last frees the pages. */
void memobj_put(struct memobj *obj);
/* What is in memory of files that have been opened. It stays for the next user, so it is no process's. */
struct image_count {
	unsigned long objects, pages;
	unsigned long nodes;		/* of the trees that find the pages */
};
/* memobj_count_images() - may sleep. */
struct image_count memobj_count_images(void);
/* memobj_read() - copy bytes [off, off+len) to kernel memory; -EIO past the end, -ENOMEM. */
int memobj_read(struct memobj *obj, unsigned long off, void *buf, size_t len);

#endif
