/* SPDX-License-Identifier: MIT */
/*
 * For directed tests of kernel/mm in the simulated machine: an address space is drawn as a row of
 * pages from BASE on, one letter for each VMA, a dot for a hole.
 *
 *	"aab.c"		VMAs [0,2), [2,3), [4,5)
 */
#ifndef TESTS_HOST_MM_MM_TEST_H
#define TESTS_HOST_MM_MM_TEST_H

#include "tests/host/support/check.h"
#include "tests/host/support/run_apart.h"

#include "kernel/mm/page_lock.h"
#include "kernel/mm/vma.h"
#include "tests/host/sim/sim.h"
#include "uapi/mman.h"

#define BASE		0x10000000UL
#define AT(page)	(BASE + ((unsigned long)(page) << PAGE_SHIFT))
#define RW		(PROT_READ | PROT_WRITE)

/* A new address space, running on hart 0; and its end. */
struct mm_struct *test_mm(void);
void test_mm_exit(struct mm_struct *mm);
struct mm_struct *test_fork(struct mm_struct *mm);

/* Anonymous private pages [first, end), at exactly that place. */
void map_pages(struct mm_struct *mm, unsigned int first, unsigned int end, unsigned long prot);
/* Pages like "aa.b": each letter one mapping, with alternate marks (madvise) so that neighbours differ. */
void map_drawing(struct mm_struct *mm, const char *drawing);

/* The program of @mm stores to, or loads from, page @page. */
void store(struct mm_struct *mm, unsigned int page, u64 value);
u64 load(struct mm_struct *mm, unsigned int page);

#define expect_layout(mm, want)		_expect_layout((mm), (want), __LINE__)
void _expect_layout(struct mm_struct *mm, const char *want, int line);

struct vm_area_struct *vma_of(struct mm_struct *mm, unsigned int page);
/* The frame that page @page is mapped to; NULL: it is not present. */
struct page *page_of(struct mm_struct *mm, unsigned int page);

/* cmocka teardown: nothing may be left. */
int nothing_left(void **state);
#define mm_unit_test(f)		cmocka_unit_test_teardown(f, nothing_left)

#endif
