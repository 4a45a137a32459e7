/* SPDX-License-Identifier: MIT */
/*
 * The neighbour situations of vma_merge() (kernel/mm/vma.c), one test each. P, M, N: previous, middle, next;
 * capital letters have the rights that the range [ ] shall get, small ones do not.
 */
#include "tests/host/mm/mm_test.h"

static void check(struct mm_struct *mm, const char *layout)
{
	expect_layout(mm, layout);
	mmap_read_lock(mm);
	validate_mm(mm);
	mmap_read_unlock(mm);
	test_mm_exit(mm);
}

/* p and n differ from what comes between them:
 *	before	p p . . n n
 *	after	a a b b c c	map_count 3
 */
static void test_new_range_between_strangers_stands_alone(void **state)
{
	struct mm_struct *mm = test_mm();

	(void)state;
	map_pages(mm, 0, 2, PROT_READ);
	map_pages(mm, 4, 6, PROT_READ);
	map_pages(mm, 2, 4, RW);
	assert_eq(mm->map_count, 3);
	check(mm, "aabbcc");
}

/*	before	P P . . n n
 *	after	a a a a b b
 */
static void test_new_range_joins_the_left_neighbour(void **state)
{
	struct mm_struct *mm = test_mm();

	(void)state;
	map_pages(mm, 0, 2, RW);
	map_pages(mm, 4, 6, PROT_READ);
	map_pages(mm, 2, 4, RW);
	assert_eq(mm->map_count, 2);
	check(mm, "aaaabb");
}

/*	before	p p . . N N
 *	after	a a b b b b
 */
static void test_new_range_joins_the_right_neighbour(void **state)
{
	struct mm_struct *mm = test_mm();

	(void)state;
	map_pages(mm, 0, 2, PROT_READ);
	map_pages(mm, 4, 6, RW);
	map_pages(mm, 2, 4, RW);
	assert_eq(mm->map_count, 2);
	check(mm, "aabbbb");
}

/*	before	P P . . N N
 *	after	a a a a a a
 */
static void test_new_range_joins_both_neighbours(void **state)
{
	struct mm_struct *mm = test_mm();

	(void)state;
	map_pages(mm, 0, 2, RW);
	map_pages(mm, 4, 6, RW);
	map_pages(mm, 2, 4, RW);
	assert_eq(mm->map_count, 1);
	check(mm, "aaaaaa");
}

/* Both neighbours agree in rights, but have pages in different families:
 *	before	P P . . N N
 *	after	a a a a b b
 */
static void test_new_range_does_not_join_two_families(void **state)
{
	struct mm_struct *mm = test_mm();

	(void)state;
	map_pages(mm, 0, 2, RW);
	map_pages(mm, 4, 6, RW);
	store(mm, 0, 1);
	store(mm, 4, 2);
	map_pages(mm, 2, 4, RW);
	store(mm, 3, 3);
	assert_eq(load(mm, 0), 1);
	assert_eq(load(mm, 4), 2);
	check(mm, "aaaabb");
}

/* The middle gets the rights of both sides:
 *	before	P P M M N N
 *	after	a a a a a a
 */
static void test_middle_that_agrees_with_both_sides_disappears(void **state)
{
	struct mm_struct *mm = test_mm();

	(void)state;
	map_pages(mm, 0, 6, RW);
	store(mm, 3, 33);
	assert_eq(mm_mprotect(mm, AT(2), 2 * PAGE_SIZE, PROT_READ), 0);
	expect_layout(mm, "aabbcc");
	assert_eq(mm_mprotect(mm, AT(2), 2 * PAGE_SIZE, RW), 0);
	assert_eq(load(mm, 3), 33);
	check(mm, "aaaaaa");
}

/*	before	P P M M n n
 *	after	a a a a b b
 */
static void test_middle_that_agrees_with_the_left_joins_it(void **state)
{
	struct mm_struct *mm = test_mm();

	(void)state;
	map_pages(mm, 0, 2, RW);
	map_pages(mm, 2, 4, PROT_READ);
	map_pages(mm, 4, 6, PROT_NONE);
	assert_eq(mm_mprotect(mm, AT(2), 2 * PAGE_SIZE, RW), 0);
	check(mm, "aaaabb");
}

/* Only the left part of the middle changes:
 *	before	P P M M M n
 *	after	a a a b b c
 */
static void test_left_part_of_the_middle_moves_to_the_left(void **state)
{
	struct mm_struct *mm = test_mm();

	(void)state;
	map_pages(mm, 0, 2, RW);
	map_pages(mm, 2, 5, PROT_READ);
	map_pages(mm, 5, 6, PROT_NONE);
	assert_eq(mm_mprotect(mm, AT(2), PAGE_SIZE, RW), 0);
	check(mm, "aaabbc");
}

/*	before	p p M M N N
 *	after	a a b b b b
 */
static void test_middle_that_agrees_with_the_right_joins_it(void **state)
{
	struct mm_struct *mm = test_mm();

	(void)state;
	map_pages(mm, 0, 2, PROT_NONE);
	map_pages(mm, 2, 4, PROT_READ);
	map_pages(mm, 4, 6, RW);
	assert_eq(mm_mprotect(mm, AT(2), 2 * PAGE_SIZE, RW), 0);
	check(mm, "aabbbb");
}

/*	before	p M M M N N
 *	after	a b b c c c
 */
static void test_right_part_of_the_middle_moves_to_the_right(void **state)
{
	struct mm_struct *mm = test_mm();

	(void)state;
	map_pages(mm, 0, 1, PROT_NONE);
	map_pages(mm, 1, 4, PROT_READ);
	map_pages(mm, 4, 6, RW);
	assert_eq(mm_mprotect(mm, AT(3), PAGE_SIZE, RW), 0);
	check(mm, "abbccc");
}

/* Nobody agrees; a part in the middle of M is cut out:
 *	before	p M M M n
 *	after	a b c d e
 */
static void test_middle_that_agrees_with_nobody_is_cut(void **state)
{
	struct mm_struct *mm = test_mm();

	(void)state;
	map_pages(mm, 0, 1, PROT_NONE);
	map_pages(mm, 1, 4, PROT_READ);
	map_pages(mm, 4, 5, PROT_NONE);
	assert_eq(mm_mprotect(mm, AT(2), PAGE_SIZE, RW), 0);
	assert_eq(mm->map_count, 5);
	check(mm, "abcde");
}

/* A neighbour that is not faulted in takes over the anon_vma of the one that is, and its page. */
static void test_unfaulted_neighbour_takes_over_the_anon_vma(void **state)
{
	struct mm_struct *mm = test_mm();
	struct anon_vma *anon_vma;

	(void)state;
	map_pages(mm, 0, 2, RW);
	map_pages(mm, 2, 4, PROT_READ | PROT_WRITE | PROT_EXEC);
	store(mm, 2, 22);
	anon_vma = vma_of(mm, 2)->anon_vma;
	assert_eq(mm_mprotect(mm, AT(2), 2 * PAGE_SIZE, RW), 0);
	assert_ptr_equal(vma_of(mm, 0)->anon_vma, anon_vma);
	assert_eq(load(mm, 2), 22);
	check(mm, "aaaa");
}

/* ---- mremap ---- */

/* A source that stays is not split, wherever the destination is; as on Linux all of it is unlocked. */
static void test_dontunmap_leaves_one_vma(void **state)
{
	const unsigned long how = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;
	struct mm_struct *mm = test_mm();

	(void)state;
	map_pages(mm, 0, 8, RW);
	for (unsigned int i = 0; i < 8; i++)
		store(mm, i, 10 + i);
	assert_eq(mm_mlock(mm, AT(0), 8 * PAGE_SIZE, 0), 0);
	assert_eq(mm_mremap(mm, AT(3), PAGE_SIZE, PAGE_SIZE, how, AT(10)), AT(10));
	assert_ptr_equal(vma_of(mm, 0), vma_of(mm, 7));
	assert_eq(mm->map_count, 2);
	assert_eq(mm->locked_vm, 1);
	assert_eq(load(mm, 10), 13);
	assert_eq(load(mm, 3), 0);
	assert_eq(load(mm, 4), 14);
	/* The destination takes a part of the source's own VMA. */
	assert_eq(mm_mremap(mm, AT(6), PAGE_SIZE, PAGE_SIZE, how, AT(1)), AT(1));
	assert_eq(load(mm, 1), 16);
	assert_eq(load(mm, 6), 0);
	assert_eq(load(mm, 0), 10);
	/* The whole of a VMA: nothing is left that needs its anon_vma. */
	map_pages(mm, 20, 22, RW);
	store(mm, 20, 1);
	assert_eq(mm_mremap(mm, AT(20), 2 * PAGE_SIZE, 2 * PAGE_SIZE, how, AT(30)), AT(30));
	assert_null(vma_of(mm, 20)->anon_vma);
	test_mm_exit(mm);
}

/*
 * Neighbours that differ in rights only are one family, whichever is faulted in first, and so can become one VMA again:
 *
 *	RW [ a ] RWX [ b ]	stores to both
 *	RW [       a     ]	mprotect
 */
static void neighbours_stay_mergeable(unsigned int first)
{
	struct mm_struct *mm = test_mm();

	map_pages(mm, 0, 2, RW);
	assert_eq(mm_mprotect(mm, AT(1), PAGE_SIZE, RW | PROT_EXEC), 0);
	expect_layout(mm, "ab");
	store(mm, first, 1);
	store(mm, !first, 2);
	assert_ptr_equal(vma_of(mm, 0)->anon_vma, vma_of(mm, 1)->anon_vma);
	assert_eq(mm_mprotect(mm, AT(1), PAGE_SIZE, RW), 0);
	expect_layout(mm, "aa");
	test_mm_exit(mm);
}

static void test_neighbours_with_other_rights_share_an_anon_vma(void **state)
{
	(void)state;
	neighbours_stay_mergeable(0);
	neighbours_stay_mergeable(1);
}

/* The range between an unfaulted and a faulted VMA is mapped, with the @nth allocation failing. False: there was none. */
static bool merge_with_failure(unsigned long nth)
{
	struct mm_struct *mm = test_mm();
	bool failed;

	map_pages(mm, 0, 2, RW);
	map_pages(mm, 3, 5, RW);
	store(mm, 3, 1);
	fail_alloc_set(nth);
	mm_mmap(mm, AT(2), PAGE_SIZE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, NULL, 0);
	failed = !fail_alloc_remaining();
	fail_alloc_set(0);
	if (vma_of(mm, 0) == vma_of(mm, 4))
		assert_non_null(vma_of(mm, 0)->anon_vma);
	else
		assert_null(vma_of(mm, 0)->anon_vma);	/* what it had taken over is undone */
	test_mm_exit(mm);
	return failed;
}

static void test_a_merge_without_memory_leaves_no_chain(void **state)
{
	unsigned long nth = 1;

	(void)state;
	while (merge_with_failure(nth))
		nth++;
	assert_true(nth > 2);		/* a chain and a node of the tree at least */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		mm_unit_test(test_new_range_between_strangers_stands_alone),
		mm_unit_test(test_new_range_joins_the_left_neighbour),
		mm_unit_test(test_new_range_joins_the_right_neighbour),
		mm_unit_test(test_new_range_joins_both_neighbours),
		mm_unit_test(test_new_range_does_not_join_two_families),
		mm_unit_test(test_middle_that_agrees_with_both_sides_disappears),
		mm_unit_test(test_middle_that_agrees_with_the_left_joins_it),
		mm_unit_test(test_left_part_of_the_middle_moves_to_the_left),
		mm_unit_test(test_middle_that_agrees_with_the_right_joins_it),
		mm_unit_test(test_right_part_of_the_middle_moves_to_the_right),
		mm_unit_test(test_middle_that_agrees_with_nobody_is_cut),
		mm_unit_test(test_unfaulted_neighbour_takes_over_the_anon_vma),
		mm_unit_test(test_dontunmap_leaves_one_vma),
		mm_unit_test(test_neighbours_with_other_rights_share_an_anon_vma),
		mm_unit_test(test_a_merge_without_memory_leaves_no_chain),
	};

	sim_boot();
	return RUN_APART("merge", tests);
}
