/* SPDX-License-Identifier: MIT */
/* The mappings of a page: what kernel/entry/query.c needs for QUERY_RMAP (rmap_query.c). */
#ifndef KERNEL_MM_RECLAIM_RMAP_QUERY_H
#define KERNEL_MM_RECLAIM_RMAP_QUERY_H

#include "kernel/mm/mm.h"
#include "uapi/query.h"

struct rmap_record {
	struct mm_struct *mm;		/* without a reference: only to be compared with others */
	struct q_rmap rec;		/* all but the pid */
};

/*
 * mm_query_rmap() - every mapping of the page behind @addr of @mm, at most @max, into kernel memory. Returns how
 * many; 0: there is no page; -EINVAL; -EAGAIN: its family is just being changed. May sleep, no locks held.
 */
long mm_query_rmap(struct mm_struct *mm, unsigned long addr, struct rmap_record *records, size_t max);

#endif
