/* SPDX-License-Identifier: MIT */
/*
 * The structures of an address space, declared once.
 *
 *	task -> mm_struct -> mm_mt (maple tree) -> vm_area_struct  [vm_start, vm_end)
 *	             |                                  |     \
 *	             pgd (Sv39 root)                    |      vm_file -> memobj -> its pages
 *	                                                anon_vma_chain(s) -> anon_vma
 *
 * A comment says which lock protects a field; kernel/mm/internal.h draws the order.
 */
#ifndef KERNEL_MM_MM_TYPES_H
#define KERNEL_MM_MM_TYPES_H

#include "kernel/mm/frame/page.h"
#include "kernel/sched/rcu.h"
#include "kernel/sched/rwsem.h"
#include "lib/interval_tree.h"
#include "lib/list.h"
#include "lib/maple/maple_tree.h"

typedef struct { unsigned long pte; } pte_t;

struct memobj;

/* vm_flags. The low four are also what PROT_* and the page table are made of. */
#define VM_READ		0x00000001UL
#define VM_WRITE	0x00000002UL
#define VM_EXEC		0x00000004UL
#define VM_SHARED	0x00000008UL
#define VM_MAYREAD	0x00000010UL	/* mprotect may set the bit above */
#define VM_MAYWRITE	0x00000020UL
#define VM_MAYEXEC	0x00000040UL
#define VM_MAY(prot)	((prot) << 4)	/* the bits that let mprotect() set @prot */
#define VM_MAYSHARE	0x00000080UL
#define VM_GROWSDOWN	0x00000100UL	/* a stack: a fault just below extends it */
#define VM_LOCKED	0x00002000UL	/* mlock: pages present, never reclaimed */
#define VM_LOCKONFAULT	0x00004000UL
#define VM_SEQ_READ	0x00008000UL
#define VM_RAND_READ	0x00010000UL
#define VM_DONTCOPY	0x00020000UL	/* MADV_DONTFORK */
#define VM_WIPEONFORK	0x00040000UL	/* MADV_WIPEONFORK */
#define VM_ACCOUNT	0x00100000UL	/* counted in the commit charge */
#define VM_NORESERVE	0x00200000UL

#define VM_PROT_MASK	(VM_READ | VM_WRITE | VM_EXEC)
_Static_assert(VM_MAY(VM_READ | VM_WRITE | VM_EXEC) == (VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC), "four bits above");

/* One range of pages with the same rights and the same backing. */
struct vm_area_struct {
	/* To be read with mmap_lock or the VMA's lock, to be changed with both for writing (vma_lock.h). */
	unsigned long vm_start;		/* [vm_start, vm_end), page aligned bytes */
	unsigned long vm_end;
	struct mm_struct *vm_mm;
	unsigned long vm_flags;
	unsigned long vm_pgoff;		/* offset of vm_start in its object, in pages;
					 * anonymous: vm_start's page number when first mapped */
	struct memobj *vm_file;		/* NULL: anonymous; holds a reference */
	u32 vm_lock_seq;		/* equals mm_lock_seq: write-locked. Written with mmap_lock for writing */
	u32 vm_readers;			/* faults that hold it for reading; atomic */
#ifndef RELEASE
	bool detached;			/* not (or no longer) in mm_mt */
#endif
	struct vm_area_struct *next_gone;	/* links those that one munmap takes out; else unused */

	/* One of the locks and page_table_lock to set the first time; the chain list: mmap_lock and the root's lock. */
	struct anon_vma *anon_vma;
	union {
		struct list_head anon_vma_chain;	/* of avc->same_vma, newest first */
		struct rcu_head rcu;			/* of one that is being freed */
	};

	struct interval_node i_mmap_node;	/* in vm_file->i_mmap, under its lock */
};

/* Everything that one process maps. */
struct mm_struct {
	struct rw_semaphore mmap_lock;	/* 1st in the lock order, see internal.h */

	/* mmap_lock: write to change, read to look up. */
	u32 mm_lock_seq;		/* grows when mmap_lock is dropped by a writer: that ends the write locks of VMAs */
	struct maple_tree mm_mt;	/* VMAs, keyed by [vm_start, vm_end - 1]; also read under RCU */
	int map_count;			/* number of VMAs in mm_mt */
	unsigned long vma_removals;	/* VMAs that have left mm_mt, for vma_assert_kept(); debug builds only */
	unsigned long total_vm;		/* all of these in pages */
	unsigned long data_vm;		/* private, writable, not stack */
	unsigned long stack_vm;
	unsigned long locked_vm;
	unsigned long def_flags;	/* mlockall(MCL_FUTURE) */
	unsigned long mmap_base;	/* top-down search starts below it */
	unsigned long start_code, end_code, start_data, end_data;
	unsigned long start_brk, brk;	/* bytes; the heap is [start_brk, brk) */
	unsigned long start_stack;	/* sp at the program's first instruction */
	unsigned long rlim_as, rlim_data, rlim_stack;	/* bytes, ~0UL: none */

	spinlock_t page_table_lock;	/* entries of the upper levels: which tables there are. Each last-level table has a lock of
					 * its own, in its struct page (pgtable.h) */
	pte_t *pgd;			/* Sv39 root table, in the direct map */
	unsigned long pgtables_bytes;	/* page tables below pgd; page_table_lock */
	unsigned long hiwater_vm;	/* the most so far; mmap_lock */

	/* What the last-level entries map: atomic, changed (mm_count()) under the lock of the entry's table. */
	unsigned long nr_anon;		/* mapped anonymous pages */
	unsigned long nr_file;		/* mapped pages of memory objects (image files) */
	unsigned long nr_shmem;		/* mapped pages of shared anonymous memory */
	unsigned long nr_swap;		/* swap entries in PTEs */
	unsigned long hiwater_rss;	/* the most pages in memory, up to the last time that there were fewer; atomic */

	/* Atomic. */
	atomic_t mm_users;		/* tasks, and callers of get_task_mm() and for_each_mm() */
	unsigned long cpu_mask;		/* harts that may hold translations of this mm's ASID */
	unsigned long asid_gen;		/* asid and its generation, see tlb.c */

	unsigned char saved_auxv_len;	/* pairs in saved_auxv */
	unsigned long saved_auxv[48];	/* what exec put on the stack, for queries */
	struct list_head mm_list;	/* all address spaces, under mm_list_lock */
};

/*
 * mm_is_shared() - has @mm a second user, or had it one? Then faults run beside changes, tree nodes and VMAs are freed by RCU, and it
 * stays so. With mmap_lock held: the answer does not change meanwhile.
 */
static inline bool mm_is_shared(const struct mm_struct *mm) { return mt_in_rcu(&mm->mm_mt); }

/* What a writer adds to mm_lock_seq. 0 (the boot argument vmalock=off): all VMAs stay write-locked, and faults take mmap_lock. */
extern u32 vma_lock_step;

/* mmap_write_unlock() - with it go the write locks of VMAs (vma_lock.h). */
static inline void mmap_write_lock(struct mm_struct *mm) { down_write(&mm->mmap_lock); }
static inline void mmap_write_unlock(struct mm_struct *mm)
{
	__atomic_store_n(&mm->mm_lock_seq, mm->mm_lock_seq + vma_lock_step, __ATOMIC_RELEASE);
	up_write(&mm->mmap_lock);
}
static inline int __must_check mmap_write_lock_killable(struct mm_struct *mm) { return down_write_killable(&mm->mmap_lock); }
static inline int __must_check mmap_read_lock_killable(struct mm_struct *mm) { return down_read_killable(&mm->mmap_lock); }
static inline void mmap_read_lock(struct mm_struct *mm) { down_read(&mm->mmap_lock); }
static inline void mmap_read_unlock(struct mm_struct *mm) { up_read(&mm->mmap_lock); }

/* mm_count() - @n more (or fewer) of what @counter, one of nr_anon, nr_file, nr_shmem and nr_swap, counts. */
static inline void mm_count(unsigned long *counter, long n)
{
	__atomic_fetch_add(counter, (unsigned long)n, __ATOMIC_RELAXED);
}

/* mm_rss() - pages of @mm in memory. */
static inline unsigned long mm_rss(const struct mm_struct *mm)
{
	return READ_ONCE(mm->nr_anon) + READ_ONCE(mm->nr_file) + READ_ONCE(mm->nr_shmem);
}

#endif
