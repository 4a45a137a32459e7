/* SPDX-License-Identifier: MIT */
/*
 * struct page: the kernel's record of one 4 KiB frame of RAM. One array,
 * mem_map[], covers every frame from the start of RAM; a frame number (pfn) is a
 * physical address / 4096.
 *
 *	 pfn ---- pfn_to_page() ---> struct page ---- page_to_virt() ---> its bytes,
 *	 <------- page_to_pfn() ----                   in the direct map
 */
#ifndef KERNEL_MM_FRAME_PAGE_H
#define KERNEL_MM_FRAME_PAGE_H

#include "kernel/core/config.h"
#include "kernel/core/spinlock.h"
#include "lib/list.h"
#include "lib/types.h"

/* Where the direct map begins; host builds choose another place. */
#ifndef PAGE_OFFSET
#define PAGE_OFFSET	0xffffffc000000000UL
#endif

/*
 * Counts of references and mappings have 31 bits. Each thing that is counted (an entry, a pointer in some object) takes 8
 * bytes of RAM at least, so that with this much of it no count can wrap, whatever programs do.
 */
#define MAX_RAM		(8UL << 30)
_Static_assert(MAX_RAM / 8 <= 0x7fffffffUL, "more can be counted than fits into atomic_t");

/* Where and by whom a frame or an object was allocated, and where a reference was last taken and dropped; owner.h. */
struct owner {
	const char *allocated, *got, *put;	/* "FILE:LINE"; NULL: never */
	unsigned long serial;			/* grows with each allocation; 0: not tracked */
	int pid, pad[7];
};

struct page {
	unsigned long flags;	/* PG_*: changed with page_set() and friends, atomic; whole only by the sole owner */
	atomic_t refcount;	/* 0: free, owned by the allocator */
	atomic_t mapcount;	/* user PTEs that map this frame */
	struct list_head lru;	/* LRU list, buddy free list or the owner's list */
	union {
		struct {
			unsigned long mapping;	/* struct anon_vma * | PAGE_MAPPING_ANON, or struct memobj *, or 0 */
			unsigned long index;	/* page offset in the mapping, in pages */
		};
		struct {			/* slab page (PG_slab) */
			struct kmem_cache *slab_cache;
			void *slab_free;	/* the first free object in it */
		};
	};
	unsigned long private;	/* buddy order, slab in-use count, or swap entry */
	spinlock_t ptl;		/* of a last-level page table: the lock of its entries (mm/pgtable.h) */
#ifdef PAGE_OWNER
	struct owner owner;
#endif
};
#ifdef PAGE_OWNER
_Static_assert(sizeof(struct page) == 128, "pfn_to_page() shifts");
#else
_Static_assert(sizeof(struct page) == 64, "pfn_to_page() shifts");
#endif
#define PAGE_MAPPING_ANON	1UL

enum page_flag {
	PG_reserved,		/* never given out: firmware, kernel image, holes */
	PG_buddy,		/* head of a free block on a buddy list */
	PG_slab,		/* belongs to a kmem_cache */
	PG_pgtable,		/* is a page table */
	PG_zero,		/* the shared zero page: never counted, never freed */
	PG_anon_exclusive,	/* anonymous and of one process only: may be reused by its writer */
	PG_locked,		/* page lock */
	PG_lru,			/* on an LRU list */
	PG_active,		/* on the active one */
	PG_dirty,
	PG_swapcache,		/* private is its swap entry, and the swap cache finds it */
	PG_swapbacked,		/* goes to swap when reclaimed (anonymous, shared anonymous) */
	PG_unevictable,		/* of shared memory: reclaim can do nothing with it */
	PG_pcp,			/* in a per-hart cache of free frames */
	PG_isolated,		/* taken off its LRU list by reclaim or migration */
	PG_uptodate,		/* of an object: has its contents; page_uptodate() */
	PG_writeback,		/* of an object: its pager has a copy, and has not said that it is stored; writeback.c */
};

/* page_refs() - references of @page; what their former holders did to it and said in its flags is seen, too. */
static inline int page_refs(const struct page *page)
{
	return __atomic_load_n(&page->refcount.v, __ATOMIC_ACQUIRE);
}

static inline bool page_test(const struct page *page, enum page_flag flag)
{
	return __atomic_load_n(&page->flags, __ATOMIC_RELAXED) & (1UL << flag);
}

static inline void page_set(struct page *page, enum page_flag flag)
{
	__atomic_fetch_or(&page->flags, 1UL << flag, __ATOMIC_RELAXED);
}

static inline void page_clear(struct page *page, enum page_flag flag)
{
	__atomic_fetch_and(&page->flags, ~(1UL << flag), __ATOMIC_RELAXED);
}

/* page_uptodate() - has the page of an object been filled? Then its contents are seen, too. */
static inline bool page_uptodate(const struct page *page)
{
	return __atomic_load_n(&page->flags, __ATOMIC_ACQUIRE) & (1UL << PG_uptodate);
}

static inline void page_set_uptodate(struct page *page)
{
	__atomic_fetch_or(&page->flags, 1UL << PG_uptodate, __ATOMIC_RELEASE);
}

/* page_test_and_set(), page_test_and_clear() - return what it was; acquire/release. */
static inline bool page_test_and_set(struct page *page, enum page_flag flag)
{
	return __atomic_fetch_or(&page->flags, 1UL << flag, __ATOMIC_ACQ_REL) & (1UL << flag);
}

static inline bool page_test_and_clear(struct page *page, enum page_flag flag)
{
	return __atomic_fetch_and(&page->flags, ~(1UL << flag), __ATOMIC_ACQ_REL) & (1UL << flag);
}

/*
 * Set once by page_alloc_init(): the array, where it would begin if it had an element for frame 0 (for conversions
 * only), and RAM's bounds as frame numbers.
 */
extern struct page *mem_map, *vmemmap;
extern unsigned long min_pfn, max_pfn;	/* [min_pfn, max_pfn) */

static inline void *phys_to_virt(unsigned long pa) { return (void *)(pa + PAGE_OFFSET); }
static inline unsigned long virt_to_phys(const void *va) { return (unsigned long)va - PAGE_OFFSET; }

static inline bool pfn_valid(unsigned long pfn) { return pfn >= min_pfn && pfn < max_pfn; }
static inline struct page *pfn_to_page(unsigned long pfn) { return vmemmap + pfn; }
static inline unsigned long page_to_pfn(const struct page *page)
{
	return page - vmemmap;
}
static inline unsigned long page_to_phys(const struct page *page) { return page_to_pfn(page) << PAGE_SHIFT; }
static inline struct page *phys_to_page(unsigned long pa) { return pfn_to_page(pa >> PAGE_SHIFT); }
static inline void *page_to_virt(const struct page *page) { return phys_to_virt(page_to_phys(page)); }
static inline struct page *virt_to_page(const void *va) { return phys_to_page(virt_to_phys(va)); }

#endif
