/* SPDX-License-Identifier: MIT */
/*
 * What the files of kernel/mm share among themselves.
 *
 * The lock order, outermost first. Take downwards only.
 *
 *	mmap_lock			rwsem, one per mm. Two at once: fork, parent's then child's
 *	  page lock			PG_locked
 *	    memobj->i_mmap_lock		rwsem: who maps it
 *	      anon_vma->root->rwsem	a family of anon_vmas
 *	        page_table_lock		spinlock, one per mm: the upper levels
 *	          a table's lock	spinlock, one per last-level table. Two at once: fork, child's then parent's; mremap
 *	            lock of memobj->pages, a tree's spinlock; lru lock; asids.lock, then the lock of a hart (tlb.c)
 *	              zone lock		and slab locks
 *	mm_list_lock			alone
 *
 * Nothing is allocated that may sleep below these spinlocks, and nothing at all while an rmap lock (i_mmap_lock, a root's
 * rwsem) is held: reclaim waits for these.
 *
 * The rules that locks alone do not give (docs/rmap.md and docs/reclaim.md say why):
 *
 *	entries		say by themselves what they were; a range with entries in it can be found through rmap
 *	page lock	take a reference, lock, look again; keep the reference until after the unlock
 *	dirty		cleared before the write begins, set after the store, looked at again before dropping
 *	VMA pointers	do not outlive a step that may remove VMAs: vma_assert_kept()
 *	counts		never wrap: MAX_RAM bounds what can be counted
 */
#ifndef KERNEL_MM_INTERNAL_H
#define KERNEL_MM_INTERNAL_H

#include "kernel/core/bug.h"
#include "kernel/mm/account.h"
#include "kernel/mm/memobj.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/rmap.h"
#include "kernel/mm/vma_lock.h"
#include "lib/errno.h"

static inline void mmap_assert_locked(const struct mm_struct *mm)
{
	VM_BUG_ON(!rwsem_is_locked(&mm->mmap_lock));
}

static inline void mmap_assert_write_locked(const struct mm_struct *mm)
{
	VM_BUG_ON(!rwsem_is_write_held(&mm->mmap_lock));
}

/* In a long loop that holds mmap_lock for reading: let a waiting writer have it. No VMA that was found before is valid then. */
static inline void mmap_read_break(struct mm_struct *mm)
{
	if (unlikely(rwsem_is_contended(&mm->mmap_lock))) {
		mmap_read_unlock(mm);
		mmap_read_lock(mm);
	}
}

/*
 * A pointer to a VMA holds until a step that may remove VMAs, or lets others do so by dropping mmap_lock. Code that keeps one
 * over a longer way takes vma_removals() with it, and vma_assert_kept() proves that none has been removed since.
 */
static inline unsigned long vma_removals(const struct mm_struct *mm)
{
	return mm->vma_removals;
}

static inline void vma_assert_kept(const struct mm_struct *mm, unsigned long removals)
{
	VM_BUG_ON(mm->vma_removals != removals);
}

static inline bool page_aligned(unsigned long addr) { return IS_ALIGNED(addr, PAGE_SIZE); }

static inline unsigned long vma_pages(const struct vm_area_struct *vma)
{
	return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
}

/* Private and (once) writable: a write makes an anonymous copy. */
static inline bool is_cow_mapping(unsigned long vm_flags)
{
	return (vm_flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE;
}

/* A device's registers: entries without struct page (PTE_DEVICE), always shared. */
static inline bool vma_is_device(const struct vm_area_struct *vma)
{
	return vma->vm_file && vma->vm_file->device_pfn;
}

/* Before pages of @mm go: it may never have more than now. */
static inline void update_hiwater_rss(struct mm_struct *mm)
{
	unsigned long most = READ_ONCE(mm->hiwater_rss), now = mm_rss(mm);

	while (most < now && !__atomic_compare_exchange_n(&mm->hiwater_rss, &most, now, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

struct mmu_gather;

/* zap.c: take away what is mapped in [start, end) of @vma; pages go through @tlb. mmap_lock held. */
void unmap_page_range(struct mmu_gather *tlb, struct vm_area_struct *vma,
		      unsigned long start, unsigned long end);
/* The same with a gather of its own, flushed on return. */
void zap_vma_range(struct vm_area_struct *vma, unsigned long start, unsigned long end);

/* pageout.c: MADV_PAGEOUT, MADV_COLD or MADV_FREE for the pages of [start, end) of @vma. mmap_lock held. */
void madvise_pages(struct vm_area_struct *vma, unsigned long start, unsigned long end, int advice);

/* copy.c: fork's copy of @src's page-table entries into @dst (a VMA of the child). 0 or -ENOMEM. */
int copy_page_range(struct vm_area_struct *dst, struct vm_area_struct *src);

/* protect.c: entries of [start, end) of @vma get the rights that vma->vm_flags now allow; flushes. */
void change_protection(struct vm_area_struct *vma, unsigned long start, unsigned long end);

/*
 * fault.c: handle_mm_fault() for @vma, with mmap_lock held, for reading or writing, or (FAULT_FLAG_VMA_LOCK) only @vma locked for
 * reading. The lock is still held on return, unless that has VM_FAULT_UNLOCKED: then the fault had to sleep for long, so the
 * lock has been dropped, and @vma may be gone. With VM_FAULT_RETRY the caller begins again with FAULT_FLAG_TRIED, as often as
 * it is told to: each time a pager was asked. Other results stand.
 */
enum vm_fault fault_locked(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr,
			   unsigned int flags);

/* access.c: what a list calls @vma: a path, "[heap]", "[stack]" or "". mmap_lock held. */
void vma_name(const struct vm_area_struct *vma, char *buf, size_t size);

/*
 * memobj.c: the page at @pgoff, up to date, with a reference. Else NULL, and @err says why: -ENOMEM; -EINTR, the task has to end;
 * -ENODATA, its pager has to be asked (memobj_ask()).
 * @pgoff is inside the object. May sleep.
 */
struct page *memobj_get_page(struct memobj *obj, unsigned long pgoff, int *err);
void memobj_init(void);
void pager_init(void);		/* before the first object */
/* pager.c: @obj, whose pages come from @pager, has none at @pgoff: have one come. See there. */
int memobj_ask(struct memobj *obj, unsigned long pgoff, bool write);
/*
 * memobj_give_page() - @page, filled, is the one of @obj at @pgoff, if that has none; who waits for it goes on. The caller's
 * reference is gone. 0 or -ENOMEM.
 */
int memobj_give_page(struct memobj *obj, struct page *page, unsigned long pgoff);
/* memobj_add_page() - @page becomes the one of @obj at @pgoff, with another reference, and locked. 0, -EEXIST, -ENOMEM; -EINVAL, the object ends before. */
int memobj_add_page(struct memobj *obj, struct page *page, unsigned long pgoff);
/*
 * memobj_drop_page() - @page, locked and unmapped, leaves @obj, which can make it again; the object's reference is dropped.
 * False: others than that and the caller have references, or no memory to change the tree.
 */
bool memobj_drop_page(struct memobj *obj, struct page *page);
/* @vma joins or leaves the VMAs by which pages of its object are found; the second pair with i_mmap_lock held. */
void i_mmap_insert(struct vm_area_struct *vma);
void i_mmap_remove(struct vm_area_struct *vma);
void i_mmap_interval_insert(struct vm_area_struct *vma);
void i_mmap_interval_remove(struct vm_area_struct *vma);
/* object_pages() - how many pages @obj may have just now. */
static inline unsigned long object_pages(const struct memobj *obj)
{
	return PAGE_ALIGN(READ_ONCE(obj->size)) >> PAGE_SHIFT;
}
/* object_counter() - what a mapped page of @obj is counted as: of an image, which can go at any time, or of one that holds memory. */
static inline unsigned long *object_counter(struct mm_struct *mm, const struct memobj *obj)
{
	return obj->image ? &mm->nr_file : &mm->nr_shmem;
}
/* memobj_keeps() - has @page of @obj, locked, contents that its pager does not have? It stays then. */
static inline bool memobj_keeps(const struct memobj *obj, const struct page *page)
{
	return obj->pager_ops && (page_test(page, PG_dirty) || page_test(page, PG_writeback));
}
/* memobj_next_page() - the first page of @obj in [*@index, @last], with a reference; *@index moves there. NULL: there is none. */
struct page *memobj_next_page(struct memobj *obj, unsigned long *index, unsigned long last);
/* memobj_resident() - is the page at @pgoff in memory? Never sleeps. */
bool memobj_resident(struct memobj *obj, unsigned long pgoff);

/* vma_lock.c */
void vma_lock_init(void);

/* fault.c: see there. */
struct vm_area_struct *expand_stack(struct mm_struct *mm, unsigned long addr);

/* Limits and accounting (account.c). mmap_lock held for write. */
/* @pages more of this kind of mapping allowed by RLIMIT_AS and RLIMIT_DATA? */
bool may_expand_vm(struct mm_struct *mm, unsigned long vm_flags, unsigned long pages);
/* The same when @pages change from @old to @new flags. */
bool may_change_flags(struct mm_struct *mm, unsigned long old, unsigned long new, unsigned long pages);
/* @pages (may be negative) join the counters of their kind. */
void vm_stat_account(struct mm_struct *mm, unsigned long vm_flags, long pages);
/* Promise memory for @pages of a VM_ACCOUNT mapping: 0 or -ENOMEM. Others are free of charge. */
static inline int vm_charge(struct mm_struct *mm, unsigned long vm_flags, unsigned long pages)
{
	mmap_assert_write_locked(mm);
	return (vm_flags & VM_ACCOUNT) && pages ? vm_commit(pages) : 0;
}
void vm_uncharge(unsigned long vm_flags, unsigned long pages);

/* All address spaces, for queries and swapoff. */
extern struct list_head mm_list;
extern spinlock_t mm_list_lock;
/* mm.c: call @fn for each address space (with a reference) until it fails; returns its error. May sleep. */
int for_each_mm(int (*fn)(struct mm_struct *mm));
/* pgtable.c: the first address from @va on that has a swap entry, or TASK_SIZE. mmap_lock held. */
unsigned long next_swap_entry(struct mm_struct *mm, unsigned long va);

/* validate_mm() after every change, in DEBUG_VM builds. */
#ifdef DEBUG_VM
#define debug_validate_mm(mm)	validate_mm(mm)
#else
#define debug_validate_mm(mm)	((void)(mm))
#endif

#endif
