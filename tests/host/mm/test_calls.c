/* SPDX-License-Identifier: MIT */
/* What single calls promise beyond their results, where a random driver does not look: limits, merging, what is made. */
#include "kernel/mm/account.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/mmap.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/reclaim/swap.h"
#include "tests/host/mm/mm_test.h"

#define FIXED	(MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED)

/* At the limit an area may still be replaced by one of its size, and by nothing larger. */
static void test_what_is_replaced_does_not_count_against_the_limit(void **state)
{
	struct mm_struct *mm = test_mm();

	(void)state;
	map_pages(mm, 0, 4, RW);
	mm->rlim_as = mm->total_vm << PAGE_SHIFT;
	assert_eq(mm_mmap(mm, AT(0), 4 * PAGE_SIZE, PROT_READ, FIXED, NULL, 0), AT(0));
	assert_eq(mm_mmap(mm, AT(0), 5 * PAGE_SIZE, PROT_READ, FIXED, NULL, 0), -ENOMEM);
	expect_layout(mm, "aaaa.");
	test_mm_exit(mm);
}

/* RLIMIT_DATA is for data: a stack neither counts there nor is refused. */
static void test_a_stack_is_no_data(void **state)
{
	struct mm_struct *mm = test_mm();
	unsigned long data;

	(void)state;
	map_pages(mm, 0, 4, RW);
	data = mm->data_vm;
	assert_eq(data, 4);
	mm->rlim_data = data << PAGE_SHIFT;
	assert_eq(mm_setup_stack(mm, 4 * PAGE_SIZE), 0);
	assert_eq(mm->data_vm, data);
	assert_eq(mm->stack_vm, 4);
	assert_eq(mm_mmap(mm, AT(8), PAGE_SIZE, RW, FIXED, NULL, 0), -ENOMEM);
	assert_eq(mm_mmap(mm, AT(8), PAGE_SIZE, PROT_READ, FIXED, NULL, 0), AT(8));
	test_mm_exit(mm);
}

/* A hole in the middle makes two VMAs more, a cut at the end one. */
static void test_the_number_of_vmas_is_limited(void **state)
{
	int limit = sysctl_max_map_count;
	struct mm_struct *mm = test_mm();

	(void)state;
	map_pages(mm, 0, 4, RW);
	sysctl_max_map_count = 2;
	assert_eq(mm_mprotect(mm, AT(1), PAGE_SIZE, PROT_READ), -ENOMEM);
	expect_layout(mm, "aaaa");
	assert_eq(mm_mprotect(mm, AT(3), PAGE_SIZE, PROT_READ), 0);
	expect_layout(mm, "aaab");
	assert_eq(mm_mprotect(mm, AT(0), PAGE_SIZE, PROT_READ), -ENOMEM);
	expect_layout(mm, "aaab");
	sysctl_max_map_count = limit;
	test_mm_exit(mm);
}

/*
 *	before			[ R  |  RW  |  R ]
 *	R over the middle	[       R        ]
 */
static void test_what_replaces_others_joins_its_neighbours(void **state)
{
	struct mm_struct *mm = test_mm();

	(void)state;
	map_pages(mm, 0, 6, PROT_READ);
	map_pages(mm, 2, 4, RW);
	expect_layout(mm, "aabbcc");
	map_pages(mm, 2, 4, PROT_READ);
	expect_layout(mm, "aaaaaa");
	test_mm_exit(mm);
}

/* mlock brings in pages that can be written to: the zero page would fault at the first store. */
static void test_locking_makes_private_pages(void **state)
{
	struct mm_struct *mm = test_mm();

	(void)state;
	map_pages(mm, 0, 2, RW);
	assert_eq(mm_mlock(mm, AT(0), 2 * PAGE_SIZE, 0), 0);
	assert_non_null(page_of(mm, 0));
	assert_ptr_not_equal(page_of(mm, 0), zero_page);
	assert_true(pte_read(pgtable_walk(mm, AT(1))).pte & PTE_W);
	test_mm_exit(mm);
}

static void test_locking_on_fault_brings_nothing_in(void **state)
{
	struct mm_struct *mm = test_mm();

	(void)state;
	assert_eq(mm_mlockall(mm, MCL_FUTURE | MCL_ONFAULT), 0);
	map_pages(mm, 0, 2, RW);
	assert_true(vma_of(mm, 0)->vm_flags & VM_LOCKED);
	assert_null(page_of(mm, 0));
	assert_eq(mm_mlockall(mm, MCL_FUTURE), 0);
	map_pages(mm, 4, 6, RW);
	assert_non_null(page_of(mm, 4));
	test_mm_exit(mm);
}

/* DONTUNMAP: the pages have gone with their chain, so a new neighbour of another family may join what is left. */
static void test_an_emptied_mapping_has_no_family(void **state)
{
	struct mm_struct *mm = test_mm();

	(void)state;
	map_pages(mm, 0, 2, RW);
	store(mm, 0, 1);
	assert_eq(mm_mremap(mm, AT(0), 2 * PAGE_SIZE, 2 * PAGE_SIZE,
			    MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, AT(8)), AT(8));
	assert_null(vma_of(mm, 0)->anon_vma);
	assert_non_null(vma_of(mm, 8)->anon_vma);
	assert_eq(load(mm, 8), 1);
	assert_eq(load(mm, 0), 0);
	test_mm_exit(mm);
}

/*
 * A whole table moves to where a table is already, left by what was replaced there: one of the two would be lost, which the
 * count at the end finds.
 */
static void test_a_table_moves_where_one_is(void **state)
{
	const unsigned int per_table = PTRS_PER_TABLE;
	struct mm_struct *mm = test_mm();

	(void)state;
	map_pages(mm, 0, per_table, RW);
	map_pages(mm, 2 * per_table, 3 * per_table, RW);
	store(mm, 5, 7);
	store(mm, 2 * per_table + 5, 8);
	assert_eq(mm_mremap(mm, AT(0), PMD_SIZE, PMD_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, AT(2 * per_table)),
		  AT(2 * per_table));
	assert_eq(load(mm, 2 * per_table + 5), 7);
	assert_null(vma_of(mm, 5));
	test_mm_exit(mm);
}

/* DONTUNMAP leaves a mapping as large as before: both are promised memory. */
static void test_an_emptied_mapping_keeps_its_promise(void **state)
{
	struct mm_struct *mm = test_mm();
	long before = vm_committed(), promised;

	(void)state;
	map_pages(mm, 0, 4, RW);
	assert_eq(vm_committed(), before + 4);
	assert_eq(mm_mremap(mm, AT(0), 4 * PAGE_SIZE, 4 * PAGE_SIZE,
			    MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, AT(8)), AT(8));
	assert_eq(vm_committed(), before + 8);
	sysctl_overcommit_memory = OVERCOMMIT_NEVER;
	map_pages(mm, 16, 16 + (unsigned int)(nr_total_pages() / 2 + swap_total() - (unsigned long)vm_committed()), RW);
	promised = vm_committed();
	assert_eq(mm_mremap(mm, AT(0), 4 * PAGE_SIZE, 4 * PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0), -ENOMEM);
	assert_eq(vm_committed(), promised);
	sysctl_overcommit_memory = OVERCOMMIT_GUESS;
	test_mm_exit(mm);
}

/* mincore's answer for the pages [0,4), written to page 8. */
static void expect_resident(struct mm_struct *mm, const unsigned char *want)
{
	unsigned char got[8] = { 0 };

	assert_eq(mm_mincore(mm, AT(0), 4 * PAGE_SIZE, AT(8)), 0);
	assert_eq(mm_read(mm, AT(8), got, sizeof(got)), 0);
	assert_memory_equal(got, want, 4);
}

/* In memory are pages that were used, not those that never were, and not those that are out. */
static void test_mincore_tells_what_is_in_memory(void **state)
{
	struct mm_struct *mm = test_mm();

	(void)state;
	map_pages(mm, 0, 4, RW);
	map_pages(mm, 8, 9, RW);
	store(mm, 1, 1);
	store(mm, 2, 2);
	expect_resident(mm, (const unsigned char[]){ 0, 1, 1, 0 });
	assert_eq(mm_madvise(mm, AT(2), PAGE_SIZE, MADV_PAGEOUT), 0);
	expect_resident(mm, (const unsigned char[]){ 0, 1, 0, 0 });
	assert_eq(load(mm, 2), 2);
	expect_resident(mm, (const unsigned char[]){ 0, 1, 1, 0 });
	test_mm_exit(mm);
}

/* Given up, then written to again: the page is wanted. The one beside it is not. */
static void test_a_store_after_madv_free_stays(void **state)
{
	struct mm_struct *mm = test_mm();
	u64 word = 1;

	(void)state;
	map_pages(mm, 0, 2, RW);
	store(mm, 0, 1);
	assert_eq(mm_write(mm, AT(1), &word, sizeof(word), /* force = */ false), 0);	/* another way to be dirty */
	assert_eq(mm_madvise(mm, AT(0), 2 * PAGE_SIZE, MADV_FREE), 0);
	store(mm, 0, 2);
	assert_eq(mm_madvise(mm, AT(0), 2 * PAGE_SIZE, MADV_PAGEOUT), 0);
	assert_eq(load(mm, 0), 2);
	assert_eq(load(mm, 1), 0);
	test_mm_exit(mm);
}

/* Given up and kept, since the kernel held it just then: it is an ordinary page again, and swap has to have all of it. */
static void test_a_page_that_madv_free_spared_is_written_out(void **state)
{
	struct mm_struct *mm = test_mm();
	struct page *page;

	(void)state;
	map_pages(mm, 0, 1, RW);
	store(mm, 0, 7);
	assert_eq(mm_madvise(mm, AT(0), PAGE_SIZE, MADV_FREE), 0);
	page = page_of(mm, 0);
	get_page(page);
	assert_eq(mm_madvise(mm, AT(0), PAGE_SIZE, MADV_PAGEOUT), 0);
	assert_ptr_equal(page_of(mm, 0), page);
	put_page(page);
	assert_eq(mm_madvise(mm, AT(0), PAGE_SIZE, MADV_PAGEOUT), 0);
	assert_null(page_of(mm, 0));
	assert_eq(load(mm, 0), 7);
	test_mm_exit(mm);
}

/* Reclaim may hold a page whose object goes: it must not find the way back. */
static void test_a_page_that_outlives_its_object_has_none(void **state)
{
	struct memobj *obj = memobj_create_shmem(PAGE_SIZE);
	int err;
	struct page *page = memobj_get_page(obj, 0, &err);

	(void)state;
	assert_eq(page->mapping, obj);
	memobj_put(obj);
	assert_eq(page->mapping, 0);
	put_page(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		mm_unit_test(test_what_is_replaced_does_not_count_against_the_limit),
		mm_unit_test(test_a_stack_is_no_data),
		mm_unit_test(test_the_number_of_vmas_is_limited),
		mm_unit_test(test_what_replaces_others_joins_its_neighbours),
		mm_unit_test(test_locking_makes_private_pages),
		mm_unit_test(test_locking_on_fault_brings_nothing_in),
		mm_unit_test(test_an_emptied_mapping_has_no_family),
		mm_unit_test(test_a_table_moves_where_one_is),
		mm_unit_test(test_an_emptied_mapping_keeps_its_promise),
		mm_unit_test(test_mincore_tells_what_is_in_memory),
		mm_unit_test(test_a_store_after_madv_free_stays),
		mm_unit_test(test_a_page_that_madv_free_spared_is_written_out),
		mm_unit_test(test_a_page_that_outlives_its_object_has_none),
	};

	sim_boot();
	return RUN_APART("calls", tests);
}
