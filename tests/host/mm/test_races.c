/* SPDX-License-Identifier: MIT */
/*
 * Steps of two harts in the order that once went wrong. kernel/mm runs up to a race point; there the other
 * hart's step runs whole; then the first goes on.
 *
 *	hart 0	migrate: entries taken away ------------------- contents moved, entries put back
 *	hart 1	                             munmap of a part
 */
#include "kernel/mm/internal.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/reclaim/lru.h"
#include "kernel/mm/reclaim/reclaim.h"
#include "kernel/mm/reclaim/rmap_walk.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/mm/tlb.h"
#include "tests/host/mm/mm_test.h"

/* What the other hart's steps work on. */
static struct mm_struct *mm, *mm2;
static struct memobj *object;
static struct page *moving;

static pte_t entry_of(struct mm_struct *of, unsigned int page)
{
	pte_t *ptep = pgtable_walk(of, AT(page));

	return ptep ? pte_read(ptep) : (pte_t){ 0 };
}

static void map_shared(struct mm_struct *in, unsigned int pages)
{
	assert_eq(mm_mmap(in, AT(0), (unsigned long)pages << PAGE_SHIFT, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED,
			  NULL, 0), AT(0));
}

/* No entry may wait for a page that has moved long ago. */
static void expect_no_migration_entry(struct mm_struct *in, unsigned int pages)
{
	for (unsigned int i = 0; i < pages; i++)
		assert_false(pte_is_migration(entry_of(in, i)));
	mmap_write_lock(in);
	validate_mm(in);
	mmap_write_unlock(in);
}

/* ---- an area shrinks while one of its pages moves ---- */

static unsigned int moving_page;

static void unmap_all_but_the_first(void)
{
	pte_t entry = entry_of(mm, moving_page);

	/* The entry says what it was, without the frame. */
	assert_true(pte_is_migration(entry));
	assert_eq(entry_anon(entry), !vma_of(mm, 0)->vm_file);
	assert_true(entry.pte & PTE_ENTRY_DIRTY);
	sim_set_hart(1);
	assert_eq(mm_munmap(mm, AT(1), 3 * PAGE_SIZE), 0);
}

static void unmap_during_migration(unsigned int page)
{
	moving_page = page;
	sim_at_race_point("migrate: unmapped, not moved", unmap_all_but_the_first);
	sim_move_page(page_of(mm, page));
	assert_true(sim_race_point_passed());
	expect_no_migration_entry(mm, 4);
	assert_eq(load(mm, 0), 100);
	test_mm_exit(mm);
}

/* Failed once by a store through vma->vm_file, which is NULL here: the frame was asked what it had been. */
static void test_unmapping_a_part_while_its_page_moves(void **state)
{
	(void)state;
	for (unsigned int page = 0; page < 4; page++) {
		mm = test_mm();
		map_pages(mm, 0, 4, RW);
		for (unsigned int i = 0; i < 4; i++)
			store(mm, i, 100 + i);
		unmap_during_migration(page);
	}
}

static void test_unmapping_a_part_of_shared_memory_while_its_page_moves(void **state)
{
	(void)state;
	for (unsigned int page = 0; page < 4; page++) {
		mm = test_mm();
		map_shared(mm, 4);
		for (unsigned int i = 0; i < 4; i++)
			store(mm, i, 100 + i);
		unmap_during_migration(page);
	}
}

/* As long as there are entries in the part that goes, a walk has to find them there. */
static void move_the_last_page(void)
{
	sim_set_hart(1);
	assert_null(page_of(mm, 3));		/* gone already */
	assert_false(sim_move_page(moving));	/* we hold it */
}

static void mincore_counts_it(void)
{
	u64 vec = 0;

	sim_set_hart(1);
	sim_run(mm);
	assert_eq(mm_mincore(mm, AT(0), 2 * PAGE_SIZE, AT(1)), 0);
	assert_eq(sim_access(AT(1), SIM_READ, &vec), VM_FAULT_DONE);
	assert_eq(vec & 0xffff, 0x0101);
}

/* Failed once: MADV_REMOVE of three of eight pages left four in memory, so mincore said, while one of them moved. */
static void test_a_moving_page_is_in_memory(void **state)
{
	(void)state;
	mm = test_mm();
	map_pages(mm, 0, 2, RW);
	store(mm, 0, 100);
	store(mm, 1, 0);
	sim_at_race_point("migrate: unmapped, not moved", mincore_counts_it);
	sim_move_page(page_of(mm, 0));
	assert_true(sim_race_point_passed());
	test_mm_exit(mm);
}

static void test_entries_go_before_the_bounds(void **state)
{
	(void)state;
	mm = test_mm();
	map_pages(mm, 0, 4, RW);
	for (unsigned int i = 0; i < 4; i++)
		store(mm, i, 100 + i);
	moving = page_of(mm, 3);
	get_page(moving);
	sim_at_race_point("vma_replace_range: unmapped, bounds as before", move_the_last_page);
	assert_eq(mm_munmap(mm, AT(1), 3 * PAGE_SIZE), 0);
	assert_true(sim_race_point_passed());
	put_page(moving);
	test_mm_exit(mm);
}

/* ---- bounds change under the locks of both trees ---- */

static void both_trees_are_locked(void)
{
	assert_true(rwsem_is_write_held(&object->i_mmap_lock));
	assert_true(rwsem_is_write_held(&vma_of(mm, 0)->anon_vma->root->rwsem));
}

/* A page moved between out and in was not found: user space faulted for ever. */
static void test_bounds_change_under_both_locks(void **state)
{
	static char file[4 * PAGE_SIZE];

	(void)state;
	object = memobj_create_image("/file", file, sizeof(file));
	mm = test_mm();
	assert_eq(mm_mmap(mm, AT(0), sizeof(file), RW, MAP_PRIVATE | MAP_FIXED, object, 0), AT(0));
	store(mm, 0, 1);
	sim_at_race_point("vma_set_bounds: in no tree", both_trees_are_locked);
	assert_eq(mm_mprotect(mm, AT(2), PAGE_SIZE, PROT_READ), 0);
	assert_true(sim_race_point_passed());
	test_mm_exit(mm);
	memobj_put(object);
}

/* ---- swap-in, and the owner is faster ---- */

static void owner_copies_and_the_other_lets_go(void)
{
	u64 word = 5;

	sim_set_hart(1);
	sim_run(mm);
	assert_eq(sim_access(AT(0), SIM_WRITE, &word), VM_FAULT_DONE);
	put_page(moving);
}

/*
 * Failed once at "BUG_ON(refcount)" in the allocator: the page was freed while its page lock was held. It is not the
 * owner's alone, since somebody else (here: we) has found it in the swap cache too.
 */
static void test_owner_writes_before_swap_in_has_unlocked(void **state)
{
	u64 word = 0;
	int err;

	(void)state;
	mm = test_mm();
	map_pages(mm, 0, 1, RW);
	store(mm, 0, 100);
	test_mm_exit(test_fork(mm));	/* exclusive no more */
	assert_eq(mm_madvise(mm, AT(0), PAGE_SIZE, MADV_PAGEOUT), 0);
	moving = swap_in(entry_value(entry_of(mm, 0)), &err);
	assert_non_null(moving);
	unlock_page(moving);
	sim_at_race_point("do_swap_page: mapped, still locked", owner_copies_and_the_other_lets_go);
	assert_eq(sim_access(AT(0), SIM_READ, &word), VM_FAULT_DONE);
	assert_true(sim_race_point_passed());
	assert_eq(load(mm, 0), 5);
	test_mm_exit(mm);
}

/* ---- the last one unmaps shared memory while reclaim or migration has a page of it ---- */

static void move_first_page_of_object(void)
{
	sim_set_hart(1);
	sim_move_page(moving);
}

/* Failed once by freeing a frame that was not the object's any more. */
static void test_last_unmap_of_shared_memory_while_its_pages_move(void **state)
{
	(void)state;
	mm = test_mm();
	map_shared(mm, 3);
	for (unsigned int i = 0; i < 3; i++)
		store(mm, i, i);
	moving = page_of(mm, 0);
	sim_at_race_point("memobj_put: page found, not locked", move_first_page_of_object);
	assert_eq(mm_munmap(mm, AT(0), 3 * PAGE_SIZE), 0);
	assert_true(sim_race_point_passed());
	test_mm_exit(mm);
}

/* ---- the last entry of a slot ---- */

static void give_up_first_page(void)
{
	assert_eq(mm_madvise(mm, AT(0), PAGE_SIZE, MADV_DONTNEED), 0);
}

/* Failed once: the fault had the page locked, so that nobody took it out of the swap cache. */
static void test_a_slot_is_freed_whose_last_entry_goes_while_its_page_is_locked(void **state)
{
	unsigned long slots = swap_free_slots();

	(void)state;
	mm = test_mm();
	map_pages(mm, 0, 1, RW);
	store(mm, 0, 1);
	reclaim_all();
	reclaim_all();
	assert_eq(swap_free_slots(), slots - 1);
	sim_at_race_point("fault: entry read, not locked", give_up_first_page);
	assert_eq(load(mm, 0), 0);
	assert_true(sim_race_point_passed());
	assert_eq(swap_free_slots(), slots);
	test_mm_exit(mm);
}

/* ---- MADV_FREE and a second thought ---- */

static void written_after_madv_free(void)
{
	mm = test_mm();
	map_pages(mm, 0, 1, RW);
	store(mm, 0, 1);
	assert_eq(mm_madvise(mm, AT(0), PAGE_SIZE, MADV_FREE), 0);
	store(mm, 0, 2);
}

/* Failed once: migration took D from the entry to the page, where discarding did not look. */
static void test_a_write_after_madv_free_survives_mprotect_and_migration(void **state)
{
	(void)state;
	written_after_madv_free();
	assert_eq(mm_mprotect(mm, AT(0), PAGE_SIZE, PROT_READ), 0);
	assert_true(sim_move_page(page_of(mm, 0)));
	assert_true(entry_of(mm, 0).pte & PTE_D);
	reclaim_all();
	assert_eq(load(mm, 0), 2);
	test_mm_exit(mm);
}

static void test_a_write_after_madv_free_survives_fork_and_migration(void **state)
{
	(void)state;
	written_after_madv_free();
	mm2 = test_fork(mm);
	assert_true(sim_move_page(page_of(mm, 0)));
	reclaim_all();
	assert_eq(load(mm, 0), 2);
	assert_eq(load(mm2, 0), 2);
	test_mm_exit(mm2);
	test_mm_exit(mm);
}

static void test_unwritten_pages_after_madv_free_still_go_when_they_have_moved(void **state)
{
	(void)state;
	mm = test_mm();
	map_pages(mm, 0, 1, RW);
	store(mm, 0, 1);
	assert_eq(mm_madvise(mm, AT(0), PAGE_SIZE, MADV_FREE), 0);
	assert_true(sim_move_page(page_of(mm, 0)));
	reclaim_all();
	assert_true(pte_none(entry_of(mm, 0)));
	test_mm_exit(mm);
}

/* ---- the kernel writes while the page is written out ---- */

static void page_out(void)
{
	sim_set_hart(1);
	reclaim_all();
}

static void kernel_write_at(const char *race_point)
{
	u64 word = 7;

	sim_at_race_point(race_point, page_out);
	assert_eq(mm_write(mm, AT(0), &word, sizeof(word), false), 0);
	assert_true(sim_race_point_passed());
	reclaim_all();
	reclaim_all();
	assert_eq(load(mm, 0), 7);
	test_mm_exit(mm);
}

/* Failed once: the page stayed in the swap cache as clean, without the store, and was dropped. */
static void test_a_kernel_write_is_not_lost_to_write_out(void **state)
{
	static const char *const points[] = {
		"get_user_page: faulted in, not held", "store_to_page: held, not stored",
		"store_to_page: stored, not marked dirty",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(points); i++) {
		mm = test_mm();
		map_pages(mm, 0, 1, RW);
		store(mm, 0, 1);
		kernel_write_at(points[i]);
	}
}

static void madv_free(void)
{
	sim_set_hart(1);
	assert_eq(mm_madvise(mm, AT(0), PAGE_SIZE, MADV_FREE), 0);
}

static void madv_free_and_page_out(void)
{
	madv_free();
	reclaim_all();
}

/* Whoever holds a page may be writing to it, whatever its entry says; and says so before he lets go. */
static void test_a_kernel_write_is_not_lost_to_madv_free(void **state)
{
	static void (*const steps[])(void) = { madv_free, madv_free_and_page_out };
	u64 word = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		mm = test_mm();
		map_pages(mm, 0, 1, RW);
		store(mm, 0, 1);
		sim_at_race_point("store_to_page: held, not stored", steps[i]);
		assert_eq(mm_write(mm, AT(0), &word, sizeof(word), false), 0);
		assert_true(sim_race_point_passed());
		reclaim_all();
		assert_eq(load(mm, 0), 7);
		test_mm_exit(mm);
	}
}

/* As the kernel does for somebody: the store, the mark, the reference. */
static void store_and_let_go(void)
{
	*(u64 *)page_to_virt(moving) = 9;
	page_set(moving, PG_dirty);
	put_page(moving);
}

static void test_a_store_during_write_out_keeps_the_page(void **state)
{
	static const char *const points[] = { "swap_writeout: clean, not written", "drop_swap_page: written, not dropped" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(points); i++) {
		mm = test_mm();
		map_pages(mm, 0, 1, RW);
		store(mm, 0, 1);
		moving = page_of(mm, 0);
		get_page(moving);
		sim_at_race_point(points[i], store_and_let_go);
		reclaim_all();
		assert_true(sim_race_point_passed());
		assert_eq(load(mm, 0), 9);
		test_mm_exit(mm);
	}
}

/* ---- mlock() and a reclaim that has looked at VM_LOCKED just before ---- */

static void page_out_as_if_not_locked(void)
{
	struct vm_area_struct *vma = vma_of(mm, 0);
	unsigned long flags = vma->vm_flags;

	sim_set_hart(1);
	assert_true(flags & VM_LOCKED);
	WRITE_ONCE(vma->vm_flags, flags & ~VM_LOCKED);
	reclaim_all();
	WRITE_ONCE(vma->vm_flags, flags);
	assert_false(pte_present(entry_of(mm, 0)));
}

/* Failed once: the fault found its entry changed and left it at that, so mlock() returned 0 with a page out. */
static void test_mlock_brings_back_what_is_paged_out_meanwhile(void **state)
{
	(void)state;
	mm = test_mm();
	map_pages(mm, 0, 3, RW);
	store(mm, 0, 100);
	sim_at_race_point("fault: entry read, not locked", page_out_as_if_not_locked);
	assert_eq(mm_mlock(mm, AT(0), 2 * PAGE_SIZE, 0), 0);
	assert_true(sim_race_point_passed());
	assert_true(pte_present(entry_of(mm, 0)));
	assert_true(pte_present(entry_of(mm, 1)));
	assert_false(pte_present(entry_of(mm, 2)));
	reclaim_all();
	assert_true(pte_present(entry_of(mm, 0)));
	assert_eq(load(mm, 0), 100);
	test_mm_exit(mm);
}

/* A page that the child shares is copied at once, not by the first store. */
static void test_populate_for_writing_copies_what_is_shared(void **state)
{
	(void)state;
	mm = test_mm();
	map_pages(mm, 0, 1, RW);
	store(mm, 0, 100);
	assert_eq(mm_madvise(mm, AT(0), PAGE_SIZE, MADV_PAGEOUT), 0);
	mm2 = test_fork(mm);
	assert_eq(mm_madvise(mm, AT(0), PAGE_SIZE, MADV_POPULATE_WRITE), 0);
	assert_true(entry_of(mm, 0).pte & PTE_W);
	test_mm_exit(mm2);
	test_mm_exit(mm);
}

/* ---- counts at their limit ---- */

static void test_fork_refuses_when_a_swap_count_is_full(void **state)
{
	unsigned long slot;

	(void)state;
	mm = test_mm();
	map_pages(mm, 0, 3, RW);
	for (unsigned int i = 0; i < 3; i++)
		store(mm, i, i);
	assert_eq(mm_madvise(mm, AT(0), 3 * PAGE_SIZE, MADV_PAGEOUT), 0);
	slot = entry_value(entry_of(mm, 1));
	assert_eq(swap_count_set(slot, SWAP_MAP_MAX - 1), 1);
	mm2 = test_fork(mm);
	assert_eq(swap_count(slot), SWAP_MAP_MAX);
	assert_null(dup_mm(mm));
	assert_eq(swap_count_set(slot, 2), SWAP_MAP_MAX);
	for (unsigned int i = 0; i < 3; i++)
		assert_eq(load(mm2, i), i);
	test_mm_exit(mm2);
	test_mm_exit(mm);
}

/* ---- mremap onto itself ---- */

/* Failed once: the source, which lay in the destination, was freed and then copied from. */
static void test_a_second_view_cannot_replace_what_it_shows(void **state)
{
	(void)state;
	mm = test_mm();
	map_shared(mm, 4);
	store(mm, 1, 6);
	assert_eq(mm_mremap(mm, AT(0), 0, 4 * PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, AT(0)), (unsigned long)-EFAULT);
	assert_eq(mm_mremap(mm, AT(2), 0, 3 * PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, AT(0)), (unsigned long)-EINVAL);
	expect_layout(mm, "aaaa.");
	assert_eq(load(mm, 1), 6);
	/* A part of the same area that does not hold the source's address may be replaced: pages 2 and 3 show 0 and 1. */
	assert_eq(mm_mremap(mm, AT(0), 0, 2 * PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, AT(2)), AT(2));
	assert_eq(load(mm, 3), 6);
	test_mm_exit(mm);
}

/* ---- MADV_REMOVE ---- */

static void remove_first_page(void)
{
	sim_set_hart(1);
	assert_eq(mm_madvise(mm2, AT(0), PAGE_SIZE, MADV_REMOVE), 0);
	sim_set_hart(0);
}

/* A fault that has the page already, but not yet mapped it, must not map what its object has given up. */
static void test_a_fault_does_not_map_a_removed_page(void **state)
{
	(void)state;
	mm = test_mm();
	map_shared(mm, 2);
	store(mm, 1, 5);			/* so that there is a table */
	mm2 = test_fork(mm);
	store(mm2, 0, 7);
	sim_at_race_point("fault: entry read, not locked", remove_first_page);
	assert_eq(load(mm, 0), 0);
	assert_true(sim_race_point_passed());
	store(mm, 0, 9);
	assert_eq(load(mm2, 0), 9);
	assert_ptr_equal(page_of(mm, 0), page_of(mm2, 0));
	test_mm_exit(mm2);
	test_mm_exit(mm);
}

static void validate_the_other(void)
{
	sim_set_hart(1);
	mmap_write_lock(mm2);
	validate_mm(mm2);
	mmap_write_unlock(mm2);
	sim_set_hart(0);
}

/* validate_mm() took the page, which another space had its object give up and still maps, for a stranger's. */
static void test_a_space_is_valid_while_a_page_is_removed(void **state)
{
	(void)state;
	mm = test_mm();
	map_shared(mm, 2);
	store(mm, 0, 5);
	mm2 = test_fork(mm);
	assert_eq(load(mm2, 0), 5);
	sim_at_race_point("punch: page given up, still mapped", validate_the_other);
	assert_eq(mm_madvise(mm, AT(0), PAGE_SIZE, MADV_REMOVE), 0);
	assert_true(sim_race_point_passed());
	assert_null(page_of(mm2, 0));
	test_mm_exit(mm2);
	test_mm_exit(mm);
}

/* Pages of an mlocked view, and of one mapped twice, go; their neighbours and the other object's pages stay. */
static void test_removed_pages_leave_every_view(void **state)
{
	(void)state;
	mm = test_mm();
	map_shared(mm, 64);
	for (unsigned int i = 0; i < 64; i++)
		store(mm, i, 100 + i);
	mm2 = test_fork(mm);
	assert_eq(mm_mlock(mm2, AT(0), 64 * PAGE_SIZE, 0), 0);
	assert_eq(mm_mremap(mm, AT(0), 0, 64 * PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, AT(100)), AT(100));
	assert_eq(load(mm, 140), 140);
	assert_eq(mm_madvise(mm, AT(3), 50 * PAGE_SIZE, MADV_REMOVE), 0);
	for (unsigned int i = 0; i < 64; i++) {
		bool gone = i >= 3 && i < 53;

		assert_eq(page_of(mm2, i) == NULL, gone);
		assert_eq(load(mm2, i), gone ? 0 : 100 + i);
		assert_eq(load(mm, 100 + i), gone ? 0 : 100 + i);
	}
	assert_eq(mm_madvise(mm2, AT(0), PAGE_SIZE, MADV_REMOVE), -EINVAL);
	test_mm_exit(mm2);
	test_mm_exit(mm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		mm_unit_test(test_unmapping_a_part_while_its_page_moves),
		mm_unit_test(test_unmapping_a_part_of_shared_memory_while_its_page_moves),
		mm_unit_test(test_a_moving_page_is_in_memory),
		mm_unit_test(test_entries_go_before_the_bounds),
		mm_unit_test(test_bounds_change_under_both_locks),
		mm_unit_test(test_owner_writes_before_swap_in_has_unlocked),
		mm_unit_test(test_last_unmap_of_shared_memory_while_its_pages_move),
		mm_unit_test(test_a_slot_is_freed_whose_last_entry_goes_while_its_page_is_locked),
		mm_unit_test(test_a_write_after_madv_free_survives_mprotect_and_migration),
		mm_unit_test(test_a_write_after_madv_free_survives_fork_and_migration),
		mm_unit_test(test_unwritten_pages_after_madv_free_still_go_when_they_have_moved),
		mm_unit_test(test_a_kernel_write_is_not_lost_to_write_out),
		mm_unit_test(test_a_kernel_write_is_not_lost_to_madv_free),
		mm_unit_test(test_a_store_during_write_out_keeps_the_page),
		mm_unit_test(test_mlock_brings_back_what_is_paged_out_meanwhile),
		mm_unit_test(test_populate_for_writing_copies_what_is_shared),
		mm_unit_test(test_fork_refuses_when_a_swap_count_is_full),
		mm_unit_test(test_a_second_view_cannot_replace_what_it_shows),
		mm_unit_test(test_a_fault_does_not_map_a_removed_page),
		mm_unit_test(test_a_space_is_valid_while_a_page_is_removed),
		mm_unit_test(test_removed_pages_leave_every_view),
	};

	sim_boot();
	return RUN_APART("races", tests);
}
