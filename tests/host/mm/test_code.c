/* SPDX-License-Identifier: MIT */
/*
 * Frames that get new contents and are executed: whichever way the contents came, every hart has to execute them, not what
 * it fetched from that frame before. QEMU's harts see each other's stores at once, so only the simulated ones can tell.
 *
 *	hart 1	executes page 60 (frame F)			executes page n: the new word?
 *	hart 0	               gives page 60 back, page n gets F
 */
#include "kernel/mm/internal.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/reclaim/lru.h"
#include "kernel/mm/reclaim/reclaim.h"
#include "kernel/mm/tlb.h"
#include "tests/host/mm/mm_test.h"

#define RX	(PROT_READ | PROT_EXEC)
#define RWX	(RW | PROT_EXEC)
#define OLD	60u		/* page that was executed before */
#define OLD_WORD 0x01dUL

static u64 execute_on_hart_1(struct mm_struct *mm, unsigned int page)
{
	u64 word = 0;

	sim_set_hart(1);
	sim_run(mm);
	assert_eq(sim_access(AT(page), SIM_EXEC, &word), VM_FAULT_DONE);
	sim_set_hart(0);
	return word;
}

/* The frame that is given out next on hart 0. Hart 1 has executed OLD_WORD there, and was not told anything since. */
static struct page *executed_frame(struct mm_struct *mm)
{
	struct page *frame;

	map_pages(mm, OLD, OLD + 1, RWX);
	store(mm, OLD, OLD_WORD);
	assert_eq(execute_on_hart_1(mm, OLD), OLD_WORD);
	frame = page_of(mm, OLD);
	assert_eq(mm_madvise(mm, AT(OLD), PAGE_SIZE, MADV_DONTNEED), 0);
	return frame;
}

/* What hart 1 executes at page 0, which has frame @frame now; right is @want, and without @site it is the old word. */
static void expect_code(struct mm_struct *mm, struct page *frame, u64 want, enum flush_site site)
{
	assert_ptr_equal(page_of(mm, 0), frame);
	assert_eq(execute_on_hart_1(mm, 0), flush_site_broken == site ? OLD_WORD : want);
}

/* ---- the ways; each runs as it is, and with its site left out ---- */

static void zeroes(enum flush_site site)
{
	struct mm_struct *mm = test_mm();
	struct page *frame;

	map_pages(mm, 0, 2, RWX);
	store(mm, 1, 1);		/* tables and anon_vma are there: the fault takes one frame */
	frame = executed_frame(mm);
	assert_eq(handle_mm_fault(mm, AT(0), FAULT_FLAG_WRITE), VM_FAULT_DONE);
	expect_code(mm, frame, 0, site);
	test_mm_exit(mm);
}

static void copy_on_write(enum flush_site site)
{
	struct mm_struct *mm = test_mm(), *child;
	struct page *frame;

	map_pages(mm, 0, 1, RWX);
	store(mm, 0, 5);
	child = test_fork(mm);
	frame = executed_frame(mm);
	assert_eq(handle_mm_fault(mm, AT(0), FAULT_FLAG_WRITE), VM_FAULT_DONE);
	expect_code(mm, frame, 5, site);
	test_mm_exit(child);
	test_mm_exit(mm);
}

static void swap_in(enum flush_site site)
{
	struct mm_struct *mm = test_mm();
	struct page *frame;

	map_pages(mm, 0, 1, RWX);
	store(mm, 0, 7);
	assert_eq(mm_madvise(mm, AT(0), PAGE_SIZE, MADV_PAGEOUT), 0);
	frame = executed_frame(mm);
	assert_eq(handle_mm_fault(mm, AT(0), FAULT_FLAG_EXEC), VM_FAULT_DONE);
	expect_code(mm, frame, 7, site);
	test_mm_exit(mm);
}

static void shared_memory(enum flush_site site)
{
	struct mm_struct *mm = test_mm();
	struct page *frame;

	assert_eq(mm_mmap(mm, AT(0), 2 * PAGE_SIZE, RWX, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, NULL, 0), AT(0));
	store(mm, 1, 1);
	frame = executed_frame(mm);
	assert_eq(handle_mm_fault(mm, AT(0), FAULT_FLAG_EXEC), VM_FAULT_DONE);
	expect_code(mm, frame, 0, site);
	test_mm_exit(mm);
}

static void migration(enum flush_site site)
{
	struct mm_struct *mm = test_mm();
	struct page *frame, *old, *new;

	map_pages(mm, 0, 1, RWX);
	store(mm, 0, 9);
	old = page_of(mm, 0);
	frame = executed_frame(mm);
	assert_true(lru_isolate_page(old));
	new = alloc_page(GFP_NOWAIT | __GFP_MOVABLE);
	assert_ptr_equal(new, frame);
	assert_true(migrate_page(old, new));
	page_clear(old, PG_isolated);
	put_page(old);
	expect_code(mm, frame, 9, site);
	test_mm_exit(mm);
}

static void mprotect(enum flush_site site)
{
	struct mm_struct *mm = test_mm();
	struct page *frame;

	map_pages(mm, 0, 2, RW);
	store(mm, 1, 1);
	frame = executed_frame(mm);
	assert_eq(handle_mm_fault(mm, AT(0), FAULT_FLAG_WRITE), VM_FAULT_DONE);
	assert_eq(mm_mprotect(mm, AT(0), PAGE_SIZE, RX), 0);
	expect_code(mm, frame, 0, site);
	test_mm_exit(mm);
}

static void image(enum flush_site site)
{
	static u64 file[2 * PAGE_SIZE / sizeof(u64)] = { 11 };
	struct memobj *obj = memobj_create_image("/code", file, sizeof(file));
	struct mm_struct *mm = test_mm();
	struct page *frame;

	assert_eq(mm_mmap(mm, AT(0), sizeof(file), RX, MAP_PRIVATE | MAP_FIXED, obj, 0), AT(0));
	load(mm, 1);
	frame = executed_frame(mm);
	assert_eq(handle_mm_fault(mm, AT(0), FAULT_FLAG_EXEC), VM_FAULT_DONE);
	expect_code(mm, frame, 11, site);
	test_mm_exit(mm);
	memobj_put(obj);
}

static void written_from_outside(enum flush_site site)
{
	struct mm_struct *mm = test_mm();
	u64 word = 13;

	map_pages(mm, 0, 1, RWX);
	store(mm, 0, OLD_WORD);
	assert_eq(execute_on_hart_1(mm, 0), OLD_WORD);
	assert_eq(mm_write(mm, AT(0), &word, sizeof(word), false), 0);
	expect_code(mm, page_of(mm, 0), 13, site);
	test_mm_exit(mm);
}

static void as_it_is_and_without(void (*way)(enum flush_site site), enum flush_site site)
{
	way(site);
	flush_site_broken = site;
	way(site);
	flush_site_broken = FLUSH_SITE_NONE;
}

#define CODE_TEST(way, site)							\
	static void test_##way##_is_executed_by_all_harts(void **state)		\
	{									\
		(void)state;							\
		as_it_is_and_without(way, site);				\
	}
CODE_TEST(zeroes, FLUSH_CODE_FAULT)
CODE_TEST(copy_on_write, FLUSH_CODE_FAULT)
CODE_TEST(swap_in, FLUSH_CODE_FAULT)
CODE_TEST(shared_memory, FLUSH_CODE_FAULT)
CODE_TEST(migration, FLUSH_CODE_MIGRATE)
CODE_TEST(mprotect, FLUSH_CODE_PROTECT)
CODE_TEST(image, FLUSH_CODE_FILL)
CODE_TEST(written_from_outside, FLUSH_CODE_WRITE)
_Static_assert(NR_FLUSH_SITES == FLUSH_CODE_WRITE + 1, "a new site needs its test here or in test_flush_sites.c");

int main(void)
{
	const struct CMUnitTest tests[] = {
		mm_unit_test(test_zeroes_is_executed_by_all_harts),
		mm_unit_test(test_copy_on_write_is_executed_by_all_harts),
		mm_unit_test(test_swap_in_is_executed_by_all_harts),
		mm_unit_test(test_shared_memory_is_executed_by_all_harts),
		mm_unit_test(test_migration_is_executed_by_all_harts),
		mm_unit_test(test_mprotect_is_executed_by_all_harts),
		mm_unit_test(test_image_is_executed_by_all_harts),
		mm_unit_test(test_written_from_outside_is_executed_by_all_harts),
	};

	sim_boot();
	return RUN_APART("code", tests);
}
