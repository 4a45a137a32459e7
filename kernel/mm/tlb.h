/* SPDX-License-Identifier: MIT */
/*
 * Which translations harts may still hold, and making them forget (tlb.c).
 *
 * The rule: a frame goes back to the allocator, and a right counts as taken away, only after
 * the flush that covers it. mmu_gather enforces it for unmapping: pages are queued, one flush
 * is made for all of them, then they are freed.
 *
 *	tlb_gather_mmu() ... tlb_remove_page() / tlb_remove_table() ... tlb_finish_mmu()
 */
#ifndef KERNEL_MM_TLB_H
#define KERNEL_MM_TLB_H

#include "kernel/arch/machine.h"
#include "kernel/mm/mm_types.h"

/* mm->asid_gen: generation << ASID_SHIFT | asid. */
#define ASID_SHIFT	16
#define ASID_MASK	((1UL << ASID_SHIFT) - 1)
static inline unsigned int mm_asid(const struct mm_struct *mm)
{
	return READ_ONCE(mm->asid_gen) & ASID_MASK;
}

/* Flush sites that a test can leave out, to prove that leaving it out is noticed (simulator only). */
enum flush_site {
	FLUSH_SITE_NONE,
	FLUSH_GATHER,		/* unmapping */
	FLUSH_FORK,		/* write-protecting the parent */
	FLUSH_COW,		/* replacing a shared page */
	FLUSH_MPROTECT,
	FLUSH_MREMAP,
	FLUSH_RMAP,		/* try_to_unmap, migration, clearing accessed bits */
	FLUSH_ASID,		/* an ASID, when a hart loads an mm that it does not know (any more) */
	FLUSH_SUPPLY,		/* a page that was moved into an object: its former owner has no access any more */
	FLUSH_MADVISE,		/* pages declared cold or free: A and D cleared */
	FLUSH_DEFERRED,		/* at the end of a section that defers flushes */
	FLUSH_SPURIOUS,		/* after a fault, on the faulting hart: what it knew was too little */
	FLUSH_CODE_FAULT,	/* fetched lines: a fault gives an executable VMA a frame with new contents */
	FLUSH_CODE_MIGRATE,	/* ... its page has moved */
	FLUSH_CODE_PROTECT,	/* ... it becomes executable with what is in it */
	FLUSH_CODE_FILL,	/* ... a page of an image is read in */
	FLUSH_CODE_WRITE,	/* ... the kernel writes to it for a debugger or another process */
	NR_FLUSH_SITES,
};

#if __STDC_HOSTED__
extern enum flush_site flush_site_broken;	/* tests/host/sim */
#define flush_site_active(site)	((site) != flush_site_broken)
#else
#define flush_site_active(site)	((void)(site), true)
#endif

#define GATHER_ON_STACK	32	/* pages queued before a batch page is asked for */

struct mmu_gather {
	struct mm_struct *mm;
	unsigned long start, end;	/* to be flushed, [start, end); empty when start >= end */
	bool tables;			/* page tables are queued too: forget upper levels as well */
	unsigned int nr, max;		/* queued pages, and room for them */
	struct page **pages;		/* on_stack, or batch */
	struct page *batch;		/* frame that holds the longer queue, or NULL */
	struct page *on_stack[GATHER_ON_STACK];
};

/* tlb_gather_mmu() - start to unmap in @mm. Cannot fail: without memory the queue is short. */
void tlb_gather_mmu(struct mmu_gather *tlb, struct mm_struct *mm);
/* tlb_gather_grow() - the queue on the stack is full: go on in a frame of pointers. False: there is none to be had. */
bool tlb_gather_grow(struct mmu_gather *tlb);
/*
 * tlb_remove_page() - an entry, which mapped @page, is gone; its reference is now the queue's. True: the queue is full, call
 * tlb_flush_mmu() as soon as the table's lock is dropped.
 */
static inline bool tlb_remove_page(struct mmu_gather *tlb, struct page *page)
{
	VM_BUG_ON(tlb->nr >= tlb->max);
	tlb->pages[tlb->nr++] = page;
	return unlikely(tlb->nr == tlb->max) && !tlb_gather_grow(tlb);
}
static inline bool tlb_full(const struct mmu_gather *tlb) { return tlb->nr == tlb->max; }
/* tlb_track() - entries of [@start, @end) went away, with or without pages. Before the next tlb_flush_mmu(). */
static inline void tlb_track(struct mmu_gather *tlb, unsigned long start, unsigned long end)
{
	tlb->start = min(tlb->start, start);
	tlb->end = max(tlb->end, end);
}
void tlb_remove_table(struct mmu_gather *tlb, struct page *table);
/* tlb_flush_mmu() - flush, then free what is queued. No spinlock held. */
void tlb_flush_mmu(struct mmu_gather *tlb);
void tlb_finish_mmu(struct mmu_gather *tlb);

/* flush_tlb_range() - no hart uses an old entry of [start, end) after this. The entries are written already. */
void flush_tlb_range(struct mm_struct *mm, unsigned long start, unsigned long end);
/*
 * For flushes of many mms at once: tlb_harts_to_tell(), after entries of @mm were written, makes harts that do not run
 * with @mm flush before they do again, and returns those that do; flush_tlb_harts() flushes everything there.
 */
unsigned long tlb_harts_to_tell(struct mm_struct *mm);
void flush_tlb_harts(unsigned long harts);
/* The same for one page, which @va begins. */
void flush_tlb_page(struct mm_struct *mm, unsigned long va);
void flush_tlb_mm(struct mm_struct *mm);
/*
 * flush_tlb_new() - the entry of @va, which was empty, maps a page now. A hart may have cached that it was empty (privileged
 * specification, section 4.2.1). Most do not, and sfence.vma is expensive: it is executed only once a fault has shown that this
 * machine does (flush_tlb_spurious_tables()). A hart that has cached it faults again, and that fault flushes.
 */
extern bool tlb_caches_empty;
static inline void flush_tlb_new(struct mm_struct *mm, unsigned long va)
{
	if (unlikely(READ_ONCE(tlb_caches_empty)))
		machine_flush_local_page(mm_asid(mm), va & PAGE_MASK);
}
/* flush_tlb_spurious() - the entry of @va allows more than before: this hart forgets the old one. Others would fault, and forget it then. */
static inline void flush_tlb_spurious(struct mm_struct *mm, unsigned long va)
{
	if (flush_site_active(FLUSH_SPURIOUS))
		machine_flush_local_page(mm_asid(mm), va & PAGE_MASK);
}
/*
 * flush_tlb_spurious_tables() - the same when the entry was complete before. Another hart may have handled the fault meanwhile; or
 * this hart has cached that the entry was empty, or the one above it: a flush by address is for last-level entries only, so the
 * whole ASID goes.
 */
void flush_tlb_spurious_tables(struct mm_struct *mm);

/* tlb_hart_will_flush() - does hart @cpu owe a flush, and do it before it touches user memory? For the simulated machine. */
bool tlb_hart_will_flush(unsigned int cpu);

void tlb_init(void);
/* tlb_forget_mm() - @mm is dying and loaded nowhere: its ASID will not be used again before all is flushed. */
void tlb_forget_mm(struct mm_struct *mm);

#endif
