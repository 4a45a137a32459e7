/* SPDX-License-Identifier: MIT */
/*
 * Swap: where cold anonymous pages go, and how an entry finds them again (swap.c).
 *
 *	PTE --entry--> swap_map[slot]: how many PTEs	swap_cache[slot]: the page, while it is in memory
 *			     |
 *			  slot of the swap area (RAM or a disk)
 *
 * A slot is in use while its count or its cache is. An entry in a PTE has V clear:
 *
 *	63              10 9  8   7   6   5  4 3  2 1   0
 *	[  slot or pfn   ] 0 [D] [N] [X]  0  0 0 [kind] 0	X: the page was exclusive
 *							N: it was anonymous   D: the entry was dirty
 *
 * A swap entry is always of an anonymous page; N and D stand in migration entries, so that no walk has to ask
 * the frame, which may be another page's by then.
 */
#ifndef KERNEL_MM_RECLAIM_SWAP_H
#define KERNEL_MM_RECLAIM_SWAP_H

#include "kernel/mm/pgtable.h"

#define PTE_KIND_MASK		0x6UL
#define PTE_KIND_SWAP		0x2UL
#define PTE_KIND_MIGRATION	0x4UL	/* the frame is being moved: wait for its page lock */
#define PTE_ENTRY_EXCLUSIVE	0x40UL
#define PTE_ENTRY_ANON		0x80UL	/* migration entries only, and so is the next */
#define PTE_ENTRY_DIRTY		0x100UL

static inline bool pte_is_entry(pte_t pte, unsigned long kind)
{
	return !pte_present(pte) && (pte.pte & PTE_KIND_MASK) == kind;
}
static inline bool pte_is_swap(pte_t pte) { return pte_is_entry(pte, PTE_KIND_SWAP); }
static inline bool pte_is_migration(pte_t pte) { return pte_is_entry(pte, PTE_KIND_MIGRATION); }
/* @bits: the kind, and PTE_ENTRY_*. */
static inline pte_t entry_make(unsigned long value, unsigned long bits)
{
	return (pte_t){ value << PTE_PPN_SHIFT | bits };
}
static inline bool entry_anon(pte_t pte) { return pte_is_swap(pte) || (pte.pte & PTE_ENTRY_ANON); }
static inline unsigned long entry_value(pte_t pte) { return pte.pte >> PTE_PPN_SHIFT; }

/*
 * One page on its way from or to a slot. It lives on the stack of the task that made it, from start() until wait(): several may
 * be on their way before the first is waited for.
 */
struct swap_request {
	unsigned long slot;
	struct page *page;
	bool write;

	/* The device's, from start() on. */
	unsigned int tag;
	bool done;			/* set last; the request is not touched after that */
	int err;			/* 0 or -EIO, once it is done */
};

/* What a swap area is made of. Slots are 1..nr-1 (0 is no slot), each one page. */
struct swap_device {
	const char *name;
	unsigned long nr;
	/* Begin to move the page of @req; may sleep until there is room for one more. Without wait() it is done on return. */
	void (*start)(struct swap_request *req);
	/* Sleep until @req, which has been started, is done. Requests end in any order. */
	void (*wait)(struct swap_request *req);
	/* Since boot: how many requests the device has had at a time, at most. NULL: they are done at once. */
	unsigned int (*most_in_flight)(void);
	void (*release)(void);		/* after swapoff */
};

/* Slot 0 is none, so an area has two at least. At most as many as one block of frames holds pointers for: 2 GiB. */
#define SWAP_SLOTS_MIN	2UL
#define SWAP_SLOTS_MAX	((PAGE_SIZE << MAX_ORDER) / sizeof(struct page *))

/*
 * swapon() - use @dev; one at a time. 0; -EINVAL: fewer slots than SWAP_SLOTS_MIN; -EFBIG: more than SWAP_SLOTS_MAX; -ENOMEM: no
 * memory for the map of its slots; -EBUSY.
 */
int swapon(const struct swap_device *dev);
/* swap_map_bytes() - memory that the map of @nr slots takes. */
unsigned long swap_map_bytes(unsigned long nr);
/*
 * swapoff() - bring everything back and stop using it. 0; -EINVAL: there is none; -ENOMEM: it does not fit; -EIO: a page cannot
 * be read; -EINTR: the caller is being killed. After an error the area is used as before.
 */
int swapoff(void);
/* swap_ram_on() - a swap area of @bytes of RAM, for lessons and tests without a disk. As swapon(); -ENOMEM: so much is not free. */
int swap_ram_on(unsigned long bytes);
unsigned long swap_total(void), swap_free_slots(void);	/* in pages */
/* swap_most_in_flight() - how many pages were on their way from or to the area's device at a time, at most. */
unsigned int swap_most_in_flight(void);
/* swap_page_unlocked() - @page, of which the caller has a reference, was in the swap cache when its lock was dropped just now. */
void swap_page_unlocked(struct page *page);
/* swap_in_sleeps() - does reading a page from the area take long? */
bool swap_in_sleeps(void);
/* swap_draining() - is swapoff bringing everything back? What is in memory has to stay there then. */
bool swap_draining(void);

/* Counts of an entry: fork copies it, zap drops it. swap_drop() also frees the slot with the last one. */
#define SWAP_MAP_MAX	0xffffffffu
/* swap_dup() - one entry more. False: the count is at its limit, and stays there. */
bool swap_dup(unsigned long slot);
/* swap_dup_new() - the first entries of a page that has just been given the slot. */
void swap_dup_new(unsigned long slot);
void swap_drop(unsigned long slot);
unsigned int swap_count(unsigned long slot);
#if __STDC_HOSTED__
/* swap_count_set() - for tests near the limit. Returns what it was. */
unsigned int swap_count_set(unsigned long slot, unsigned int count);
#endif

/* add_to_swap() - @page, locked, gets a slot and joins the swap cache. False: no swap space. */
bool add_to_swap(struct page *page);
/* delete_from_swap_cache() - @page, locked; the cache's reference is dropped. */
void delete_from_swap_cache(struct page *page);
/* try_to_free_swap() - if no PTE has its entry any more, drop @page (locked) from the cache. Returns whether. */
bool try_to_free_swap(struct page *page);
/*
 * swap_writeout() - begin to write @page, locked and in the cache; it is clean from here on. swap_writeout_end(@req) waits;
 * what could not be written is dirty again.
 */
void swap_writeout(struct swap_request *req, struct page *page);
void swap_writeout_end(struct swap_request *req);
/* swap_in() - the page of @slot, in memory, locked, with a reference. NULL: -ENOMEM, -EIO or, with the task to end, -EINTR in *@err. */
struct page *swap_in(unsigned long slot, int *err);
/* swap_validate() - counts against each other; panics on damage. */
void swap_validate(void);

#endif
