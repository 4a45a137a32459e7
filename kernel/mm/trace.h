/* SPDX-License-Identifier: MIT */
/*
 * The story of each page fault, stage by stage, for gdb and for programs that show it. fault.c and
 * trap.c leave one event per stage; a hart keeps its last MM_TRACE_EVENTS of them.
 *
 *	trap -> VMA -> its lock -> anon_vma -> allocation -> copy -> PTE -> flush -> return
 *
 * Off (one load and one predictable branch per point) until the boot argument "trace=fault" or a
 * debugger sets mm_trace_on. A breakpoint on mm_trace_record() while it is on steps a fault by stages.
 * RELEASE builds have none of it.
 */
#ifndef KERNEL_MM_TRACE_H
#define KERNEL_MM_TRACE_H

#include "lib/types.h"

/* What @detail of mm_trace_record() says. */
enum mm_trace_stage {
	MM_TRACE_TRAP,		/* FAULT_FLAG_* of the access */
	MM_TRACE_VMA,		/* start of the VMA that covers it, 0: none */
	MM_TRACE_LOCK,		/* enum mm_trace_lock: what keeps it */
	MM_TRACE_ANON_VMA,	/* address of the VMA's anon_vma */
	MM_TRACE_ALLOC,		/* number of the new frame */
	MM_TRACE_COPY,		/* number of the frame that was copied from */
	MM_TRACE_PTE,		/* the new entry */
	MM_TRACE_FLUSH,		/* 0: this hart only, 1: every hart that uses the mm */
	MM_TRACE_ASKED,		/* of its pager: the page's offset in the object, in pages */
	MM_TRACE_ANSWERED,	/* by the process whose pid is above bit 31; below: 0, or the error, negated */
	MM_TRACE_RETURN,	/* enum vm_fault */
	NR_MM_TRACE_STAGES,
};

/* What a fault holds, and why it is not the lock of its VMA alone. */
enum mm_trace_lock {
	LOCK_VMA,
	LOCK_MMAP_NONE,		/* mmap_lock: it found no VMA */
	LOCK_MMAP_BUSY,		/* mmap_lock: a writer had the VMA */
	LOCK_MMAP_RETRY,	/* mmap_lock: it has slept for long, without a lock */
};

#ifdef RELEASE
#define trace_mm(stage, addr, detail) \
	do { if (0) mm_trace_record((stage), (addr), (detail)); } while (0)
static inline void mm_trace_boot(const char *bootargs) { (void)bootargs; }
static inline long mm_trace_query(unsigned long buf, size_t len) { (void)buf; (void)len; return 0; }
#else
extern bool mm_trace_on;
#define trace_mm(stage, addr, detail) \
	do { if (unlikely(READ_ONCE(mm_trace_on))) mm_trace_record((stage), (addr), (detail)); } while (0)

/* mm_trace_boot() - look for "trace=fault" in @bootargs before "init=". */
void mm_trace_boot(const char *bootargs);
/* mm_trace_query() - QUERY_TRACE: struct q_trace[] of all harts in order of time, the latest that fit
 * into @len bytes. Returns their number or -EFAULT. May sleep. */
long mm_trace_query(unsigned long buf, size_t len);
#endif

/* mm_trace_record() - add an event to this hart's ring. Called through trace_mm() only; never sleeps. */
void mm_trace_record(enum mm_trace_stage stage, unsigned long addr, unsigned long detail);

#endif
