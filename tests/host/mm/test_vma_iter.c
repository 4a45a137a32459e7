/* SPDX-License-Identifier: MIT */
/*
 * The VMA iterator while the set of VMAs changes under it: every VMA is visited once, in order, and the
 * loop ends where it should. Neighbours in a drawing differ in a mark, so they stay apart.
 */
#include "kernel/mm/internal.h"
#include "tests/host/mm/mm_test.h"

/* The visits of a loop, as the first page of each VMA: "0 3 6 ". */
static char visits[256];

static void begin(struct mm_struct *mm)
{
	visits[0] = '\0';
	mmap_write_lock(mm);
}

static void visit(const struct vm_area_struct *vma)
{
	size_t used = strlen(visits);

	snprintf(visits + used, sizeof(visits) - used, "%lu ", (vma->vm_start - BASE) >> PAGE_SHIFT);
}

/* After the loop: the visits, the layout, and all counters. */
static void finish(struct mm_struct *mm, const char *want, const char *layout)
{
	validate_mm(mm);
	mmap_write_unlock(mm);
	assert_string_equal(visits, want);
	expect_layout(mm, layout);
	test_mm_exit(mm);
}

static void test_for_each_vma_visits_all_in_order(void **state)
{
	struct mm_struct *mm = test_mm();
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, mm, 0);

	(void)state;
	map_drawing(mm, "aa.bcc..d");
	begin(mm);
	for_each_vma(vmi, vma)
		visit(vma);
	assert_null(vma_next(&vmi));		/* and it stays at the end */
	finish(mm, "0 3 4 8 ", "aa.bcc..d");
}

static void test_for_each_vma_range_ends_at_its_end(void **state)
{
	struct mm_struct *mm = test_mm();
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, mm, AT(1));

	(void)state;
	map_drawing(mm, "aa.bbb.c");
	begin(mm);
	for_each_vma_range(vmi, vma, AT(4))	/* b reaches over the end, and is meant */
		visit(vma);
	finish(mm, "0 3 ", "aa.bbb.c");
}

static void test_for_each_vma_range_that_ends_in_a_hole(void **state)
{
	struct mm_struct *mm = test_mm();
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, mm, AT(2));

	(void)state;
	map_drawing(mm, "aa.bb..c");
	begin(mm);
	for_each_vma_range(vmi, vma, AT(7))
		visit(vma);
	assert_ptr_equal(vma_next(&vmi), vma_of(mm, 7));	/* one can go on from there */
	finish(mm, "3 ", "aa.bb..c");
}

/* Cut a page out of the middle of each VMA of three pages; its tail is a VMA that is still to come. */
static void test_splitting_inside_the_loop(void **state)
{
	struct mm_struct *mm = test_mm();
	struct vm_area_struct *vma, *part;
	VMA_ITERATOR(vmi, mm, 0);

	(void)state;
	map_drawing(mm, "aaabbb.ccc");
	begin(mm);
	for_each_vma(vmi, vma) {
		visit(vma);
		if (vma_pages(vma) < 3)
			continue;
		part = vma_carve(&vmi, vma, vma->vm_start + PAGE_SIZE, vma->vm_start + 2 * PAGE_SIZE);
		assert_false(IS_ERR(part));
	}
	finish(mm, "0 2 3 5 7 9 ", "abcdef.ghi");
}

static void test_splitting_inside_a_range_loop(void **state)
{
	struct mm_struct *mm = test_mm();
	struct vm_area_struct *vma, *part;
	VMA_ITERATOR(vmi, mm, AT(3));

	(void)state;
	map_drawing(mm, "aaabbbccc");
	begin(mm);
	for_each_vma_range(vmi, vma, AT(6)) {
		visit(vma);
		if (vma->vm_start >= AT(4))
			continue;
		part = vma_carve(&vmi, vma, AT(3), AT(4));
		assert_false(IS_ERR(part));
	}
	finish(mm, "3 4 ", "aaabccddd");
}

/* Each VMA gets the mark of the first one and so joins it. */
static void test_merging_inside_the_loop(void **state)
{
	struct mm_struct *mm = test_mm();
	struct vm_area_struct *vma, *result;
	VMA_ITERATOR(vmi, mm, 0);
	unsigned long flags;

	(void)state;
	map_drawing(mm, "aabccdd.ee");
	flags = vma_of(mm, 0)->vm_flags;
	begin(mm);
	for_each_vma(vmi, vma) {
		visit(vma);
		if (vma->vm_flags == flags)
			continue;
		result = vma_modify_flags(&vmi, vma, vma->vm_start, vma->vm_end, flags);
		assert_false(IS_ERR(result));
		assert_true(vma_iter_end(&vmi) == result->vm_end);
	}
	/* b joins a and takes c along, which agrees already; so does d, e is alone. */
	finish(mm, "0 2 5 8 ", "aaaaaaa.bb");
}

/* Each VMA grows by a page over the hole behind it. */
static void test_expanding_inside_the_loop(void **state)
{
	struct mm_struct *mm = test_mm();
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, mm, 0);

	(void)state;
	map_drawing(mm, "a..bb..c.");
	begin(mm);
	for_each_vma(vmi, vma) {
		visit(vma);
		assert_eq(vma_expand(&vmi, vma, vma->vm_start, vma->vm_end + PAGE_SIZE), 0);
		vm_stat_account(mm, vma->vm_flags, 1);
	}
	finish(mm, "0 3 7 ", "aa.bbb.cc");
}

/* Each VMA loses its last page. */
static void test_shrinking_inside_the_loop(void **state)
{
	struct mm_struct *mm = test_mm();
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, mm, 0);

	(void)state;
	map_drawing(mm, "aaabb.ccc");
	begin(mm);
	for_each_vma(vmi, vma) {
		visit(vma);
		assert_eq(vma_replace_range(&vmi, mm, vma->vm_end - PAGE_SIZE, vma->vm_end, NULL), 0);
	}
	finish(mm, "0 3 6 ", "aa.b..cc.");
}

/* Every second VMA goes. */
static void test_clearing_inside_the_loop(void **state)
{
	struct mm_struct *mm = test_mm();
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, mm, 0);
	unsigned int n = 0;

	(void)state;
	map_drawing(mm, "aabbccdd.e");
	begin(mm);
	for_each_vma(vmi, vma) {
		visit(vma);
		if (n++ % 2)
			assert_eq(vma_replace_range(&vmi, mm, vma->vm_start, vma->vm_end, NULL), 0);
	}
	finish(mm, "0 2 4 6 9 ", "aa..bb...c");
}

static void test_clearing_inside_a_range_loop(void **state)
{
	struct mm_struct *mm = test_mm();
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, mm, AT(2));

	(void)state;
	map_drawing(mm, "aabbccdd");
	begin(mm);
	for_each_vma_range(vmi, vma, AT(6)) {
		visit(vma);
		assert_eq(vma_replace_range(&vmi, mm, vma->vm_start, vma->vm_end, NULL), 0);
	}
	finish(mm, "2 4 ", "aa....bb");
}

static void test_forward_again_after_going_back(void **state)
{
	struct mm_struct *mm = test_mm();
	VMA_ITERATOR(vmi, mm, AT(4));

	(void)state;
	map_drawing(mm, "aa.bcc.d");
	begin(mm);
	visit(vma_next(&vmi));		/* c */
	visit(vma_prev(&vmi));		/* b */
	visit(vma_prev(&vmi));		/* a */
	assert_null(vma_prev(&vmi));
	visit(vma_next(&vmi));		/* turned at the lower end: a again */
	visit(vma_next(&vmi));
	visit(vma_next(&vmi));
	visit(vma_next(&vmi));
	assert_null(vma_next(&vmi));
	finish(mm, "4 3 0 0 3 4 7 ", "aa.bcc.d");
}

static void test_splitting_after_going_back(void **state)
{
	struct mm_struct *mm = test_mm();
	struct vm_area_struct *vma, *part;
	VMA_ITERATOR(vmi, mm, AT(5));

	(void)state;
	map_drawing(mm, "aa.bb.cc");
	begin(mm);
	visit(vma_next(&vmi));		/* c */
	vma = vma_prev(&vmi);
	visit(vma);			/* b */
	part = vma_carve(&vmi, vma, AT(4), AT(5));
	assert_ptr_equal(part, vma_of(mm, 4));
	for_each_vma(vmi, vma)
		visit(vma);
	finish(mm, "6 3 6 ", "aa.bc.dd");
}

static void test_clearing_after_going_back(void **state)
{
	struct mm_struct *mm = test_mm();
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, mm, AT(5));

	(void)state;
	map_drawing(mm, "aa.bb.cc");
	begin(mm);
	visit(vma_next(&vmi));
	vma = vma_prev(&vmi);
	visit(vma);
	assert_eq(vma_replace_range(&vmi, mm, vma->vm_start, vma->vm_end, NULL), 0);
	for_each_vma(vmi, vma)
		visit(vma);
	finish(mm, "6 3 6 ", "aa....bb");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		mm_unit_test(test_for_each_vma_visits_all_in_order),
		mm_unit_test(test_for_each_vma_range_ends_at_its_end),
		mm_unit_test(test_for_each_vma_range_that_ends_in_a_hole),
		mm_unit_test(test_splitting_inside_the_loop),
		mm_unit_test(test_splitting_inside_a_range_loop),
		mm_unit_test(test_merging_inside_the_loop),
		mm_unit_test(test_expanding_inside_the_loop),
		mm_unit_test(test_shrinking_inside_the_loop),
		mm_unit_test(test_clearing_inside_the_loop),
		mm_unit_test(test_clearing_inside_a_range_loop),
		mm_unit_test(test_forward_again_after_going_back),
		mm_unit_test(test_splitting_after_going_back),
		mm_unit_test(test_clearing_after_going_back),
	};

	sim_boot();
	return RUN_APART("vma iter", tests);
}
