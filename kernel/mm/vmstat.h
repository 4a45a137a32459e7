/* SPDX-License-Identifier: MIT */
/*
 * Event counters of the memory subsystem, one set per hart, summed by the reader. The
 * order is that of uapi/query.h's QUERY_VMSTAT.
 */
#ifndef KERNEL_MM_VMSTAT_H
#define KERNEL_MM_VMSTAT_H

#include "kernel/core/config.h"
#include "kernel/core/percpu.h"

enum vm_event {
	PGFAULT,		/* faults handled */
	PGMAJFAULT,		/* of these, with I/O */
	PGALLOC_ANON,		/* anonymous pages made by faults */
	COW_COPY,		/* write faults that copied */
	COW_REUSE,		/* write faults that took the page over */
	ZERO_MAP,		/* reads that mapped the zero page */
	PSWPIN,
	PSWPOUT,
	PGSCAN,
	PGSTEAL,
	PGMIGRATE,
	OOM_KILL,
	VMALOCK_NONE,		/* faults that had to take mmap_lock: no VMA there ... */
	VMALOCK_BUSY,		/* ... a writer had it ... */
	VMALOCK_RETRY,		/* ... or it had to sleep for long, and started again */
	TLB_REMOTE,		/* harts interrupted to flush */
	TLB_DEFERRED,		/* harts that were left to flush by themselves; tlb_defer.h */
	NR_VM_EVENTS,
};

extern unsigned long vm_events[NR_CPUS][32];

static inline void count_vm_events(enum vm_event e, unsigned long more)
{
	unsigned long *n = *this_cpu_of(vm_events);

	WRITE_ONCE(n[e], n[e] + more);	/* only this hart writes it; the kernel is not preempted */
}

static inline void count_vm_event(enum vm_event e)
{
	count_vm_events(e, 1);
}

unsigned long vm_event_sum(enum vm_event e);

#endif
