/* SPDX-License-Identifier: MIT */
/*
 * A hart that is in the kernel need not be interrupted to flush its TLB, if it is sure to flush before it touches user memory again:
 *
 *	tlb_defer_begin() ... faults, mmap, munmap: neither user copies nor a return to user mode ... tlb_defer_end()
 *
 * The flushes that come in between, from other harts or its own, are one at the end (tlb.c). Page tables are the exception: a hart
 * may walk them by speculation, and set A in what it takes for an entry, so the harts that may have one cached are always interrupted
 * before its frame is freed.
 */
#ifndef KERNEL_MM_TLB_DEFER_H
#define KERNEL_MM_TLB_DEFER_H

#include "kernel/mm/mm_types.h"
#include "kernel/sched/sched.h"

/* tlb_defer_start() - tlb_defer_begin() for an mm with several users; of one with a single user no hart is ever interrupted. */
void tlb_defer_start(struct mm_struct *mm);

/*
 * tlb_defer_begin(), tlb_defer_end() - in between, the calling task touches no user memory, and other harts do not interrupt
 * its hart to flush translations of pages of @mm, which is loaded. It may sleep: that ends it for the rest of the section. Not nested.
 */
static inline void tlb_defer_begin(struct mm_struct *mm)
{
	if (unlikely(mm_is_shared(mm)))
		tlb_defer_start(mm);
}
static inline void tlb_defer_end(void)
{
	if (unlikely(current->flags & TASK_TLB_DEFER))
		tlb_defer_stop();
}
/* tlb_deferring() - the value of @call, a whole section by itself. */
#define tlb_deferring(mm, call)	({ tlb_defer_begin(mm); __auto_type _ret = (call); tlb_defer_end(); _ret; })

#endif
