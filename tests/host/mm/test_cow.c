/* SPDX-License-Identifier: MIT */
/*
 * Copy on write: who sees whose stores, and the ways in which other kernels once got it wrong. Every test
 * reads both sides after the store.
 */
#include "kernel/mm/internal.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/reclaim/reclaim.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/mm/tlb.h"
#include "kernel/mm/vmstat.h"
#include "tests/host/mm/mm_test.h"

/* A parent with @pages written pages (value 100 + page), and its child. */
static void parent_and_child(struct mm_struct **parent, struct mm_struct **child, unsigned int pages)
{
	*parent = test_mm();
	map_pages(*parent, 0, pages, RW);
	for (unsigned int i = 0; i < pages; i++)
		store(*parent, i, 100 + i);
	*child = test_fork(*parent);
}

static void both_exit(struct mm_struct *parent, struct mm_struct *child)
{
	test_mm_exit(child);
	test_mm_exit(parent);
}

static void test_stores_of_either_side_stay_there(void **state)
{
	struct mm_struct *parent, *child;

	(void)state;
	parent_and_child(&parent, &child, 2);
	assert_ptr_equal(page_of(parent, 0), page_of(child, 0));
	store(child, 0, 1);
	store(parent, 1, 2);
	assert_eq(load(parent, 0), 100);
	assert_eq(load(child, 0), 1);
	assert_eq(load(parent, 1), 2);
	assert_eq(load(child, 1), 101);
	both_exit(parent, child);
}

static void test_last_owner_writes_in_place(void **state)
{
	struct mm_struct *parent, *child;
	struct page *page;

	(void)state;
	parent_and_child(&parent, &child, 1);
	page = page_of(parent, 0);
	test_mm_exit(child);
	store(parent, 0, 1);
	assert_ptr_equal(page_of(parent, 0), page);
	assert_ptr_equal(page_anon_vma(page), vma_of(parent, 0)->anon_vma);
	test_mm_exit(parent);
}

static void test_child_that_is_left_over_writes_in_place(void **state)
{
	struct mm_struct *parent, *child;
	struct page *page;

	(void)state;
	parent_and_child(&parent, &child, 1);
	page = page_of(parent, 0);
	test_mm_exit(parent);
	store(child, 0, 1);
	assert_ptr_equal(page_of(child, 0), page);
	assert_ptr_equal(page_anon_vma(page), vma_of(child, 0)->anon_vma);
	test_mm_exit(child);
}

/*
 * The child keeps a reference of the shared page (as for I/O under way), then unmaps it. The parent's next
 * store must not go into that page: the child would read it through its reference.
 */
static void test_a_reference_kept_after_unmapping_sees_no_new_stores(void **state)
{
	struct mm_struct *parent, *child;
	struct page *kept;

	(void)state;
	parent_and_child(&parent, &child, 1);
	kept = page_of(child, 0);
	get_page(kept);
	assert_eq(mm_munmap(child, AT(0), PAGE_SIZE), 0);
	store(parent, 0, 0x5ec4e7);
	assert_eq(*(u64 *)page_to_virt(kept), 100);
	assert_eq(load(parent, 0), 0x5ec4e7);
	put_page(kept);
	both_exit(parent, child);
}

/* A debugger's store to a private read-only file mapping makes a copy, whatever madvise does in between. */
static void test_forced_stores_never_reach_the_file(void **state)
{
	static char file[PAGE_SIZE] = "the file";
	struct memobj *obj = memobj_create_image("/file", file, sizeof(file));
	struct mm_struct *mm = test_mm();
	char text[16];

	(void)state;
	assert_eq(mm_mmap(mm, AT(0), PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_FIXED, obj, 0), AT(0));
	for (int i = 0; i < 3; i++) {
		assert_eq(mm_write(mm, AT(0), "scribble", 8, /* force = */ true), 0);
		assert_eq(mm_read(mm, AT(0), text, 8), 0);
		assert_memory_equal(text, "scribble", 8);
		assert_eq(mm_madvise(mm, AT(0), PAGE_SIZE, MADV_DONTNEED), 0);
		assert_eq(mm_read(mm, AT(0), text, 8), 0);
		assert_memory_equal(text, "the file", 8);
	}
	assert_eq(memobj_read(obj, 0, text, 8), 0);
	assert_memory_equal(text, "the file", 8);
	test_mm_exit(mm);
	memobj_put(obj);
}

/* Failed before: the check asked for VM_SHARED, which a shared file mapping does not have. */
static void test_forced_stores_to_a_shared_file_are_refused(void **state)
{
	static char file[PAGE_SIZE] = "the file";
	struct memobj *obj = memobj_create_image("/file", file, sizeof(file));
	struct mm_struct *mm = test_mm();

	(void)state;
	assert_eq(mm_mmap(mm, AT(0), PAGE_SIZE, PROT_READ, MAP_SHARED | MAP_FIXED, obj, 0), AT(0));
	assert_eq(mm_write(mm, AT(0), "scribble", 8, /* force = */ true), -EFAULT);
	test_mm_exit(mm);
	memobj_put(obj);
}

/* Without W in the entry the hardware never sets D: a forced store has to, or the page looks clean. */
static void test_forced_stores_leave_a_dirty_entry(void **state)
{
	struct mm_struct *parent, *child;

	(void)state;
	parent_and_child(&parent, &child, 1);
	assert_eq(mm_mprotect(child, AT(0), PAGE_SIZE, PROT_READ), 0);
	assert_eq(mm_write(child, AT(0), "scribble", 8, /* force = */ true), 0);
	assert_true(pte_read(pgtable_walk(child, AT(0))).pte & PTE_D);
	assert_eq(load(parent, 0), 100);
	both_exit(parent, child);
}

/* Failed once: reusing a page gave W whatever the VMA said. */
static void test_forced_stores_in_place_give_no_right_to_write(void **state)
{
	struct mm_struct *mm = test_mm();
	u64 word = 2;

	(void)state;
	map_pages(mm, 0, 1, RW);
	store(mm, 0, 1);
	assert_eq(mm_mprotect(mm, AT(0), PAGE_SIZE, PROT_READ), 0);
	assert_eq(mm_write(mm, AT(0), &word, sizeof(word), /* force = */ true), 0);
	assert_eq(load(mm, 0), 2);
	assert_eq(sim_access(AT(0), SIM_WRITE, &word), VM_FAULT_ACCERR);
	test_mm_exit(mm);
}

static void test_the_zero_page_never_becomes_writable(void **state)
{
	struct mm_struct *parent = test_mm(), *child;

	(void)state;
	map_pages(parent, 0, 2, RW);
	assert_eq(load(parent, 0), 0);
	assert_eq(load(parent, 1), 0);
	assert_ptr_equal(page_of(parent, 0), zero_page);
	child = test_fork(parent);
	store(child, 0, 1);
	store(parent, 1, 2);
	assert_eq(load(parent, 0), 0);
	assert_eq(load(child, 1), 0);
	assert_eq(*(u64 *)page_to_virt(zero_page), 0);
	both_exit(parent, child);
}

/* Taking write permission away and giving it back does not make a shared page writable. */
static void test_mprotect_does_not_undo_sharing(void **state)
{
	struct mm_struct *parent, *child;

	(void)state;
	parent_and_child(&parent, &child, 1);
	assert_eq(mm_mprotect(child, AT(0), PAGE_SIZE, PROT_READ), 0);
	assert_eq(mm_mprotect(child, AT(0), PAGE_SIZE, RW), 0);
	store(child, 0, 1);
	assert_eq(load(parent, 0), 100);
	assert_eq(load(child, 0), 1);
	both_exit(parent, child);
}

static void test_moving_does_not_undo_sharing(void **state)
{
	struct mm_struct *parent, *child;

	(void)state;
	parent_and_child(&parent, &child, 1);
	assert_eq(mm_mremap(child, AT(0), PAGE_SIZE, PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, AT(9)), AT(9));
	store(child, 9, 1);
	assert_eq(load(parent, 0), 100);
	assert_eq(load(child, 9), 1);
	both_exit(parent, child);
}

static void test_a_grandchild_is_a_third_party(void **state)
{
	struct mm_struct *parent, *child, *grandchild;

	(void)state;
	parent_and_child(&parent, &child, 1);
	grandchild = test_fork(child);
	test_mm_exit(child);
	store(grandchild, 0, 3);
	assert_eq(load(parent, 0), 100);
	store(parent, 0, 1);
	assert_eq(load(grandchild, 0), 3);
	both_exit(parent, grandchild);
}

/* Out to swap while shared, back in by a store of one side. */
static void test_swapping_does_not_undo_sharing(void **state)
{
	struct mm_struct *parent, *child;

	(void)state;
	parent_and_child(&parent, &child, 2);
	assert_eq(mm_madvise(parent, AT(0), 2 * PAGE_SIZE, MADV_PAGEOUT), 0);
	assert_null(page_of(parent, 0));
	assert_null(page_of(child, 0));
	store(child, 0, 1);
	store(parent, 1, 2);
	assert_eq(load(parent, 0), 100);
	assert_eq(load(child, 0), 1);
	assert_eq(load(parent, 1), 2);
	assert_eq(load(child, 1), 101);
	both_exit(parent, child);
}

static void test_an_exclusive_page_stays_so_through_swap(void **state)
{
	struct mm_struct *mm = test_mm();

	(void)state;
	map_pages(mm, 0, 1, RW);
	store(mm, 0, 1);
	assert_eq(mm_madvise(mm, AT(0), PAGE_SIZE, MADV_PAGEOUT), 0);
	assert_null(page_of(mm, 0));
	assert_eq(load(mm, 0), 1);
	assert_true(page_test(page_of(mm, 0), PG_anon_exclusive));
	test_mm_exit(mm);
}

static void test_fork_honours_wipe_and_dont(void **state)
{
	struct mm_struct *parent = test_mm(), *child;
	u64 word;

	(void)state;
	map_pages(parent, 0, 3, RW);
	for (unsigned int i = 0; i < 3; i++)
		store(parent, i, 100 + i);
	assert_eq(mm_madvise(parent, AT(1), PAGE_SIZE, MADV_WIPEONFORK), 0);
	assert_eq(mm_madvise(parent, AT(2), PAGE_SIZE, MADV_DONTFORK), 0);
	child = test_fork(parent);
	assert_eq(load(child, 0), 100);
	assert_eq(load(child, 1), 0);
	sim_run(child);
	assert_eq(sim_access(AT(2), SIM_READ, &word), VM_FAULT_MAPERR);
	assert_eq(load(parent, 1), 101);
	assert_eq(load(parent, 2), 102);
	both_exit(parent, child);
}

/* ---- faults and unmapping that once went wrong ---- */

/*
 * 32 pages queue on the stack, then a frame holds 512: full exactly with the last page of the table.
 * Failed before: the flush was left out there, and the next page overflowed the queue.
 */
static void test_a_gather_full_at_the_end_of_a_table_is_flushed(void **state)
{
	struct mm_struct *mm = test_mm();

	(void)state;
	map_pages(mm, 0, 1024, RW);
	for (unsigned int i = 0; i < 1024; i++)
		store(mm, i, i);
	assert_eq(mm_munmap(mm, AT(0), 1024 * PAGE_SIZE), 0);
	assert_eq(mm->nr_anon, 0);
	test_mm_exit(mm);
}

/*
 * A stack mapped low and moved up has page offsets from its old place. Failed before: growing it by
 * more pages than that wrapped the offset, and reverse mapping lost the stack.
 */
static void test_a_stack_moved_up_grows_only_as_far_as_its_offsets(void **state)
{
	struct mm_struct *mm = test_mm();
	unsigned long low = MMAP_MIN_ADDR;		/* page offset 16 */
	u64 word = 1;

	(void)state;
	assert_eq(mm_mmap(mm, low, PAGE_SIZE, RW,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN, NULL, 0), low);
	assert_eq(sim_access(low, SIM_WRITE, &word), VM_FAULT_DONE);
	assert_eq(mm_mremap(mm, low, PAGE_SIZE, PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, AT(100)), AT(100));
	assert_eq(sim_access(AT(84), SIM_WRITE, &word), VM_FAULT_DONE);
	assert_eq(sim_access(AT(83), SIM_WRITE, &word), VM_FAULT_MAPERR);
	mmap_read_lock(mm);
	validate_mm(mm);
	mmap_read_unlock(mm);
	test_mm_exit(mm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		mm_unit_test(test_stores_of_either_side_stay_there),
		mm_unit_test(test_last_owner_writes_in_place),
		mm_unit_test(test_child_that_is_left_over_writes_in_place),
		mm_unit_test(test_a_reference_kept_after_unmapping_sees_no_new_stores),
		mm_unit_test(test_forced_stores_never_reach_the_file),
		mm_unit_test(test_forced_stores_to_a_shared_file_are_refused),
		mm_unit_test(test_forced_stores_leave_a_dirty_entry),
		mm_unit_test(test_forced_stores_in_place_give_no_right_to_write),
		mm_unit_test(test_the_zero_page_never_becomes_writable),
		mm_unit_test(test_mprotect_does_not_undo_sharing),
		mm_unit_test(test_moving_does_not_undo_sharing),
		mm_unit_test(test_a_grandchild_is_a_third_party),
		mm_unit_test(test_swapping_does_not_undo_sharing),
		mm_unit_test(test_an_exclusive_page_stays_so_through_swap),
		mm_unit_test(test_fork_honours_wipe_and_dont),
		mm_unit_test(test_a_gather_full_at_the_end_of_a_table_is_flushed),
		mm_unit_test(test_a_stack_moved_up_grows_only_as_far_as_its_offsets),
	};

	sim_boot();
	return RUN_APART("cow", tests);
}
