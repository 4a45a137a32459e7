/* SPDX-License-Identifier: MIT */
/* Objects whose pages come from a pager: one that is slow, fails, answers without a page, twice, or late. */
#include "kernel/mm/internal.h"
#include "kernel/mm/mmap.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/reclaim/lru.h"
#include "kernel/mm/reclaim/reclaim.h"
#include "kernel/sched/sched.h"
#include "tests/host/mm/mm_test.h"

#define OBJECT_PAGES	8
#define SHARED		(MAP_SHARED | MAP_FIXED)
#define PRIVATE		(MAP_PRIVATE | MAP_FIXED)

static struct test_pager {
	unsigned int asked[OBJECT_PAGES], writes, released;
	unsigned int dirty;		/* so often has reclaim met a page that has to be written back */
	unsigned long ahead;		/* pages that the last request named */
	unsigned int empty_answers;	/* so often no page comes with the answer */
	int error;
	void (*meanwhile)(struct memobj *obj, unsigned long pgoff);
} pager;

static struct mm_struct *mm;
static struct memobj *obj;

static u64 contents(unsigned long pgoff) { return 1000 + pgoff; }

static void give(unsigned long pgoff, u64 word)
{
	struct page *page = alloc_page(GFP_USER | __GFP_ZERO);

	*(u64 *)page_to_virt(page) = word;
	assert_eq(memobj_give_page(obj, page, pgoff), 0);
}

static int test_page_in(void *data, struct memobj *of, unsigned long pgoff, unsigned long pages, bool write)
{
	struct test_pager *p = data;

	assert_ptr_equal(of, obj);
	assert_false(rwsem_is_locked(&mm->mmap_lock));
	p->asked[pgoff]++;
	p->writes += write;
	p->ahead = pages;
	if (p->meanwhile)
		p->meanwhile(of, pgoff);
	if (p->empty_answers && p->empty_answers--)
		return 0;
	if (!p->error)
		give(pgoff, contents(pgoff));
	return p->error;
}

static void test_dirty(void *data)
{
	((struct test_pager *)data)->dirty++;
}

static void test_release(void *data)
{
	((struct test_pager *)data)->released++;
}

static const struct pager_ops test_ops = { .page_in = test_page_in, .dirty = test_dirty, .release = test_release };

/* The object's pages at AT(0), with @flags. */
static void begin(unsigned long flags)
{
	pager = (struct test_pager){ 0 };
	mm = test_mm();
	current->mm = mm;
	obj = memobj_create_paged(OBJECT_PAGES * PAGE_SIZE, &test_ops, &pager);
	assert_eq(mm_mmap(mm, AT(0), OBJECT_PAGES * PAGE_SIZE, RW, flags, obj, 0), AT(0));
}

static void end(void)
{
	test_mm_exit(mm);
	memobj_put(obj);
	assert_eq(pager.released, 1);
}

static enum vm_fault read_fault(unsigned int page)
{
	u64 value;

	sim_run(mm);
	return sim_access(AT(page), SIM_READ, &value);
}

static void test_a_page_is_asked_for_once(void **state)
{
	struct mm_struct *child;

	(void)state;
	begin(SHARED);
	assert_eq(load(mm, 3), contents(3));
	assert_eq(load(mm, 3), contents(3));
	child = test_fork(mm);
	assert_eq(load(child, 3), contents(3));
	assert_eq(pager.asked[3], 1);
	assert_eq(pager.writes, 0);
	test_mm_exit(child);
	end();
}

static void test_a_private_write_gets_a_copy(void **state)
{
	(void)state;
	begin(PRIVATE);
	store(mm, 1, 5);
	assert_eq(load(mm, 1), 5);
	assert_eq(pager.writes, 1);
	assert_eq(mm_madvise(mm, AT(1), PAGE_SIZE, MADV_DONTNEED), 0);
	assert_eq(load(mm, 1), contents(1));
	assert_eq(pager.asked[1], 1);
	end();
}

static void test_a_pager_that_fails_is_a_bus_error(void **state)
{
	(void)state;
	begin(SHARED);
	pager.error = -EPIPE;
	assert_eq(read_fault(0), VM_FAULT_SIGBUS);
	assert_eq(mm_madvise(mm, AT(0), PAGE_SIZE, MADV_POPULATE_READ), -EFAULT);
	pager.error = -EINTR;
	assert_eq(read_fault(0), VM_FAULT_KILLED);
	assert_false(rwsem_is_locked(&mm->mmap_lock));
	assert_eq(vma_of(mm, 0)->vm_readers, 0);
	pager.error = 0;
	assert_eq(load(mm, 0), contents(0));
	assert_eq(mm_munmap(mm, AT(0), OBJECT_PAGES * PAGE_SIZE), 0);
	assert_eq(read_fault(0), VM_FAULT_MAPERR);
	end();
}

/* Such an answer is not believed: the page is looked for, and asked for again. */
static void test_answers_without_a_page(void **state)
{
	(void)state;
	begin(SHARED);
	pager.empty_answers = 3;
	assert_eq(load(mm, 2), contents(2));
	assert_eq(pager.asked[2], 4);
	end();
}

static void give_another(struct memobj *of, unsigned long pgoff)
{
	(void)of;
	give(pgoff, 7);
	give(pgoff, 8);
}

static void test_what_is_supplied_twice_stays_as_it_was(void **state)
{
	(void)state;
	begin(SHARED);
	pager.meanwhile = give_another;
	assert_eq(load(mm, 2), 7);
	give(2, 9);
	assert_eq(load(mm, 2), 7);
	give(5, 10);			/* before anybody asked */
	assert_eq(load(mm, 5), 10);
	assert_eq(pager.asked[5], 0);
	end();
}

static void unmap_it(struct memobj *of, unsigned long pgoff)
{
	(void)of;
	assert_eq(mm_munmap(mm, AT(pgoff), PAGE_SIZE), 0);
}

static void map_another(struct memobj *of, unsigned long pgoff)
{
	unmap_it(of, pgoff);
	map_pages(mm, (unsigned int)pgoff, (unsigned int)pgoff + 1, RW);
}

/* No lock is held meanwhile, so the address space can change: the fault begins again. */
static void test_the_mapping_changes_while_the_pager_is_asked(void **state)
{
	(void)state;
	begin(SHARED);
	pager.meanwhile = unmap_it;
	assert_eq(read_fault(1), VM_FAULT_MAPERR);
	pager.meanwhile = map_another;
	assert_eq(load(mm, 2), 0);
	expect_layout(mm, "a.bccccc");
	pager.meanwhile = NULL;
	assert_eq(load(mm, 3), contents(3));
	end();
}

static bool reclaim(struct page *page)
{
	reclaim_all();
	return page_of(mm, 0) != page;
}

static void test_reclaim_drops_what_the_pager_has(void **state)
{
	struct page *page;

	(void)state;
	begin(SHARED);
	assert_eq(load(mm, 0), contents(0));
	assert_false(pgtable_walk(mm, AT(0))->pte & (PTE_W | PTE_D));
	page = page_of(mm, 0);
	assert_true(reclaim(page));
	assert_false(memobj_resident(obj, 0));
	assert_eq(load(mm, 0), contents(0));
	assert_eq(pager.asked[0], 2);
	end();
}

static void test_reclaim_leaves_what_the_pager_has_not(void **state)
{
	(void)state;
	begin(SHARED);
	assert_eq(load(mm, 0), contents(0));
	store(mm, 0, 5);		/* the page was there, clean */
	store(mm, 1, 6);
	for (int i = 0; i < 4; i++)
		reclaim_all();
	assert_true(memobj_resident(obj, 0) && memobj_resident(obj, 1));
	assert_eq(mm_munmap(mm, AT(0), 2 * PAGE_SIZE), 0);
	for (int i = 0; i < 4; i++)
		reclaim_all();
	assert_eq(mm_mmap(mm, AT(0), 2 * PAGE_SIZE, RW, SHARED, obj, 0), AT(0));
	assert_eq(load(mm, 0), 5);
	assert_eq(load(mm, 1), 6);
	assert_eq(pager.asked[0] + pager.asked[1], 2);
	end();
}

/* mprotect must not give W to a page that was never written to. */
static void test_mprotect_leaves_the_first_write_to_a_fault(void **state)
{
	(void)state;
	begin(SHARED);
	assert_eq(load(mm, 0), contents(0));
	assert_eq(mm_mprotect(mm, AT(0), PAGE_SIZE, PROT_READ), 0);
	assert_eq(mm_mprotect(mm, AT(0), PAGE_SIZE, RW), 0);
	assert_false(pgtable_walk(mm, AT(0))->pte & PTE_W);
	store(mm, 0, 5);
	assert_true(pgtable_walk(mm, AT(0))->pte & PTE_D);
	end();
}

static void test_populate_asks_for_each_page(void **state)
{
	(void)state;
	begin(SHARED | MAP_POPULATE);
	for (unsigned int i = 0; i < OBJECT_PAGES; i++) {
		assert_eq(pager.asked[i], 1);
		assert_non_null(page_of(mm, i));
	}
	end();
}

static void test_a_request_names_what_is_missing(void **state)
{
	(void)state;
	begin(SHARED);
	give(5, contents(5));
	assert_eq(load(mm, 1), contents(1));
	assert_eq(pager.ahead, 4);
	assert_eq(load(mm, 7), contents(7));
	assert_eq(pager.ahead, 1);
	assert_eq(load(mm, 4), contents(4));
	assert_eq(pager.ahead, 1);
	end();
}

/* ---- written back ---- */

#define COPIES	OBJECT_PAGES	/* where the pager's copies go: anonymous pages behind the object's */

/* memobj_writeback() of all: the first page and how many, as a number. */
static long write_back(void)
{
	unsigned long pgoff = 0;
	long nr;

	sim_run(mm);
	nr = memobj_writeback(obj, &pgoff, AT(COPIES), OBJECT_PAGES);
	return nr > 0 ? (long)pgoff * 100 + nr : nr;
}

static void begin_dirty(void)
{
	begin(SHARED);
	map_pages(mm, COPIES, 2 * OBJECT_PAGES, RW);
	load(mm, 1);
	store(mm, 2, 22);
	store(mm, 3, 33);
}

static void test_what_was_written_to_is_written_back(void **state)
{
	(void)state;
	begin_dirty();
	assert_eq(write_back(), 202);
	assert_eq(load(mm, COPIES), 22);
	assert_eq(load(mm, COPIES + 1), 33);
	assert_false(pgtable_walk(mm, AT(2))->pte & (PTE_W | PTE_D));
	sim_audit(mm);			/* no hart may still store there */
	assert_eq(write_back(), 0);
	store(mm, 3, 44);
	memobj_written(obj, 0, OBJECT_PAGES, true);
	assert_eq(write_back(), 301);
	assert_eq(load(mm, COPIES), 44);
	memobj_written(obj, 3, 3, false);
	assert_eq(write_back(), 301);
	end();
}

static void store_again(void)
{
	sim_set_hart(1);
	store(mm, 2, 55);
	sim_set_hart(0);
}

/* A store between the two steps: whether it is in the copy or not, the page is dirty afterwards. */
static void test_a_store_while_the_right_is_taken_away(void **state)
{
	(void)state;
	begin_dirty();
	sim_at_race_point("writeback: not dirty, still writable", store_again);
	assert_eq(write_back(), 202);
	assert_true(sim_race_point_passed());
	assert_eq(load(mm, COPIES), 55);
	sim_at_race_point("writeback: write-protected, not copied", store_again);
	memobj_written(obj, 0, OBJECT_PAGES, false);
	assert_eq(write_back(), 202);
	assert_true(sim_race_point_passed());
	memobj_written(obj, 0, OBJECT_PAGES, true);
	assert_eq(write_back(), 201);
	assert_eq(load(mm, COPIES), 55);
	end();
}

static void move_page_2(void)
{
	struct page *old = page_of(mm, 2);

	assert_true(lru_isolate_page(old));
	assert_true(migrate_page(old, alloc_page(GFP_NOWAIT | __GFP_MOVABLE)));
	page_clear(old, PG_isolated);
	put_page(old);
	assert_ptr_not_equal(page_of(mm, 2), old);
}

/* Neither a fork nor a move to another frame may give the right to write to a clean page. */
static void test_a_clean_page_stays_clean_when_it_moves(void **state)
{
	struct mm_struct *child;

	(void)state;
	begin_dirty();
	assert_eq(write_back(), 202);
	move_page_2();
	memobj_written(obj, 0, OBJECT_PAGES, false);	/* the mark has moved along */
	assert_eq(write_back(), 202);
	memobj_written(obj, 0, OBJECT_PAGES, true);
	move_page_2();
	child = test_fork(mm);
	assert_false(pgtable_walk(mm, AT(2))->pte & PTE_W);
	store(child, 2, 66);
	assert_eq(write_back(), 201);
	assert_eq(load(mm, COPIES), 66);
	test_mm_exit(child);
	end();
}

static void test_reclaim_drops_what_is_stored_and_asks_for_the_rest(void **state)
{
	struct page *page;

	(void)state;
	begin_dirty();
	page = page_of(mm, 2);
	reclaim_all();
	assert_true(pager.dirty);
	assert_ptr_equal(page_of(mm, 2), page);	/* not even unmapped */
	assert_eq(write_back(), 202);
	reclaim_all();
	assert_true(memobj_resident(obj, 2));	/* not stored yet */
	memobj_written(obj, 2, 2, true);
	reclaim_all();
	reclaim_all();
	assert_false(memobj_resident(obj, 2));
	assert_true(memobj_resident(obj, 3));
	end();
}

/* ---- moved ---- */

static void test_supplied_pages_move(void **state)
{
	struct mm_struct *child;
	struct page *page;

	(void)state;
	begin(SHARED);
	map_pages(mm, COPIES, COPIES + 4, RW);
	for (unsigned int i = 0; i < 4; i++)
		store(mm, COPIES + i, 70 + i);
	page = page_of(mm, COPIES);
	assert_eq(memobj_supply(obj, 0, AT(COPIES), 2, /* move = */ true), 2);
	sim_audit(mm);			/* no hart may still store there */
	assert_eq(load(mm, 0), 70);
	assert_eq(load(mm, 1), 71);
	assert_ptr_equal(page_of(mm, 0), page);
	assert_eq(load(mm, COPIES), 0);
	child = test_fork(mm);
	sim_run(mm);
	assert_eq(memobj_supply(obj, 2, AT(COPIES + 2), 1, /* move = */ true), 1);
	assert_eq(load(mm, COPIES + 2), 72);	/* the child has it, too: copied */
	assert_eq(load(child, 2), 72);
	assert_eq(pager.asked[0] + pager.asked[1] + pager.asked[2], 0);
	test_mm_exit(child);
	end();
}

static void kill_it(void)
{
	assert_null(page_of(mm, COPIES));
	current->work |= WORK_FATAL;
}

/* Killed, or out of memory, when the pages are in neither place: they are the caller's still. */
static void test_pages_that_are_not_supplied_go_back(void **state)
{
	(void)state;
	begin(SHARED);
	map_pages(mm, COPIES, COPIES + 2, RW);
	store(mm, COPIES, 70);
	store(mm, COPIES + 1, 71);
	sim_at_race_point("memobj_supply: taken, not in the object", kill_it);
	assert_eq(memobj_supply(obj, 3, AT(COPIES), 2, /* move = */ true), -EINTR);
	assert_true(sim_race_point_passed());
	current->work = 0;
	assert_eq(load(mm, COPIES), 70);
	assert_eq(load(mm, COPIES + 1), 71);
	assert_eq(load(mm, 3), contents(3));
	end();
}

/* ---- another size ---- */

static void cut(void)
{
	assert_eq(memobj_resize(obj, PAGE_SIZE + 8), 0);
}

static void test_a_smaller_object_ends_in_a_bus_error(void **state)
{
	(void)state;
	begin_dirty();
	store(mm, 1, 11);
	((u64 *)page_to_virt(page_of(mm, 1)))[1] = 12;
	cut();
	assert_null(page_of(mm, 2));
	sim_audit(mm);
	assert_eq(read_fault(2), VM_FAULT_SIGBUS);
	assert_eq(load(mm, 1), 11);
	assert_eq(((u64 *)page_to_virt(page_of(mm, 1)))[1], 0);
	assert_eq(memobj_resize(obj, OBJECT_PAGES * PAGE_SIZE), 0);
	assert_eq(load(mm, 2), contents(2));
	assert_eq(memobj_resize(obj, ~PAGE_SIZE), -ENOMEM);
	assert_eq(load(mm, 2), contents(2));
	end();
}

/* The fault has looked at the size, and makes a page behind the new end. */
static void test_a_fault_while_the_object_becomes_smaller(void **state)
{
	(void)state;
	begin(SHARED);
	memobj_put(obj);
	test_mm_exit(mm);
	mm = test_mm();
	obj = memobj_create_shmem(OBJECT_PAGES * PAGE_SIZE);
	assert_eq(mm_mmap(mm, AT(0), OBJECT_PAGES * PAGE_SIZE, RW, SHARED, obj, 0), AT(0));
	sim_at_race_point("do_file_page: before the end, page not looked for", cut);
	assert_eq(read_fault(3), VM_FAULT_SIGBUS);
	assert_true(sim_race_point_passed());
	assert_null(page_of(mm, 3));
	test_mm_exit(mm);
	memobj_put(obj);
}

/* The supply has looked at the size, and has its page ready. */
static void test_a_supply_while_the_object_becomes_smaller(void **state)
{
	(void)state;
	begin(SHARED);
	map_pages(mm, COPIES, COPIES + 1, RW);
	store(mm, COPIES, 70);
	sim_at_race_point("memobj_supply: filled, not in the object", cut);
	assert_eq(memobj_supply(obj, 3, AT(COPIES), 1, /* move = */ false), -EINVAL);
	assert_true(sim_race_point_passed());
	assert_false(memobj_resident(obj, 3));
	assert_eq(memobj_resize(obj, OBJECT_PAGES * PAGE_SIZE), 0);
	assert_eq(load(mm, 3), contents(3));
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		mm_unit_test(test_a_page_is_asked_for_once),
		mm_unit_test(test_a_private_write_gets_a_copy),
		mm_unit_test(test_a_pager_that_fails_is_a_bus_error),
		mm_unit_test(test_answers_without_a_page),
		mm_unit_test(test_what_is_supplied_twice_stays_as_it_was),
		mm_unit_test(test_the_mapping_changes_while_the_pager_is_asked),
		mm_unit_test(test_reclaim_drops_what_the_pager_has),
		mm_unit_test(test_reclaim_leaves_what_the_pager_has_not),
		mm_unit_test(test_mprotect_leaves_the_first_write_to_a_fault),
		mm_unit_test(test_populate_asks_for_each_page),
		mm_unit_test(test_a_request_names_what_is_missing),
		mm_unit_test(test_what_was_written_to_is_written_back),
		mm_unit_test(test_a_store_while_the_right_is_taken_away),
		mm_unit_test(test_a_clean_page_stays_clean_when_it_moves),
		mm_unit_test(test_reclaim_drops_what_is_stored_and_asks_for_the_rest),
		mm_unit_test(test_supplied_pages_move),
		mm_unit_test(test_pages_that_are_not_supplied_go_back),
		mm_unit_test(test_a_smaller_object_ends_in_a_bus_error),
		mm_unit_test(test_a_fault_while_the_object_becomes_smaller),
		mm_unit_test(test_a_supply_while_the_object_becomes_smaller),
	};

	sim_boot();
	return RUN_APART("pagers", tests);
}
