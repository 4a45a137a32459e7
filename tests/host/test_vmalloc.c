/* SPDX-License-Identifier: MIT */
/*
 * Kernel stacks: each has its own mapped frames and a hole below; freeing gives all
 * back. A table of pages stands in for the kernel's page table.
 */
#include "tests/host/support/check.h"
#include "tests/host/support/run_apart.h"

#include "kernel/core/config.h"
#include "kernel/mm/frame/kmap.h"
#include "kernel/mm/frame/vmalloc.h"
#include "lib/errno.h"
#include "tests/host/support/world.h"

#define MIB		(1UL << 20)
#define STACK_PAGES	(KSTACK_SIZE / PAGE_SIZE)
#define WINDOW_PAGES	(4096UL * 2 * STACK_PAGES)

static unsigned long mapped[WINDOW_PAGES];	/* physical address, 0: nothing */
static unsigned long nr_unmaps;
static unsigned long refuse_after;		/* kernel_map() calls that succeed; 0: all */

static unsigned long *entry(unsigned long va)
{
	assert_true(va >= VMALLOC_START && (va - VMALLOC_START) / PAGE_SIZE < WINDOW_PAGES);
	return &mapped[(va - VMALLOC_START) / PAGE_SIZE];
}

int kernel_map(unsigned long va, unsigned long pa, unsigned long size, unsigned long pte_flags)
{
	assert_eq(pte_flags, KMAP_RW);
	if (refuse_after && --refuse_after == 0)
		return -ENOMEM;
	for (; size > 0; size -= PAGE_SIZE, va += PAGE_SIZE, pa += PAGE_SIZE) {
		assert_eq(*entry(va), 0);
		*entry(va) = pa;
	}
	return 0;
}

void kernel_unmap(unsigned long va, unsigned long size)
{
	nr_unmaps++;
	for (; size > 0; size -= PAGE_SIZE, va += PAGE_SIZE) {
		assert_true(*entry(va) != 0);
		/* The frame is still its owner's: it may be freed only after the flush. */
		assert_eq(atomic_read(&phys_to_page(*entry(va))->refcount), 1);
		*entry(va) = 0;
	}
}

unsigned long kernel_walk(unsigned long va)
{
	return *entry(va) ? *entry(va) : -1UL;
}

static unsigned long free_at_start;

static void start(unsigned long ram)
{
	kstack_drain();
	world_start(ram);
	memset(mapped, 0, sizeof(mapped));
	nr_unmaps = 0;
	refuse_after = 0;
	free_at_start = nr_free_pages();
}

static void check_nothing_is_left(void)
{
	kstack_drain();
	for (unsigned long i = 0; i < WINDOW_PAGES; i++)
		assert_eq(mapped[i], 0);
	assert_eq(nr_free_pages(), free_at_start);
	page_alloc_validate();
	assert_eq(world_locks_held(), 0);
}

static void check_mapped_with_hole_below(void *stack)
{
	unsigned long va = (unsigned long)stack;

	for (unsigned long i = 0; i < STACK_PAGES; i++) {
		assert_true(*entry(va + i * PAGE_SIZE) != 0);
		assert_false(kstack_guard_hit(va + i * PAGE_SIZE));
	}
	assert_eq(*entry(va - 1), 0);
	assert_true(kstack_guard_hit(va - 1));
	assert_true(kstack_guard_hit(va - PAGE_SIZE));
	assert_false(kstack_guard_hit(va + KSTACK_SIZE - 1));
	assert_true(kstack_guard_hit(va + KSTACK_SIZE));	/* the next one's */
}

static void test_stacks_are_apart_and_all_return(void **state)
{
	enum { N = 100 };
	void *stacks[N];

	(void)state;
	start(64 * MIB);
	for (int i = 0; i < N; i++) {
		assert_non_null(stacks[i] = kstack_alloc());
		check_mapped_with_hole_below(stacks[i]);
	}
	assert_eq(nr_free_pages(), free_at_start - N * STACK_PAGES);
	for (int i = 0; i < N; i++)
		kstack_free(stacks[i]);
	check_nothing_is_left();
}

static void test_reuse_maps_and_unmaps_nothing(void **state)
{
	(void)state;
	start(64 * MIB);
	kstack_free(kstack_alloc());
	refuse_after = 1;
	for (int i = 0; i < 1000; i++) {
		void *stack = kstack_alloc();

		assert_non_null(stack);
		kstack_free(stack);
	}
	assert_eq(nr_unmaps, 0);
	refuse_after = 0;
	check_nothing_is_left();
}

static void test_every_failure_unwinds(void **state)
{
	(void)state;
	start(64 * MIB);
	for (unsigned long n = 1; n <= STACK_PAGES; n++) {
		refuse_after = n;
		assert_null(kstack_alloc());
		check_nothing_is_left();
	}
	refuse_after = 0;
	fail_alloc_set(1);
	assert_null(kstack_alloc());
	kstack_free(kstack_alloc());
	fail_alloc_set(1);
	assert_null(kstack_alloc());		/* also with one at hand */
	check_nothing_is_left();
}

static void test_exhausted_frames_and_slots_return_null(void **state)
{
	static void *stacks[5000];
	unsigned long n = 0;

	(void)state;
	start(16 * MIB);			/* frames run out first */
	while ((stacks[n] = kstack_alloc()))
		n++;
	assert_true(n > 500 && n < 1024);
	while (n > 0)
		kstack_free(stacks[--n]);
	check_nothing_is_left();

	start(128 * MIB);			/* slots run out first */
	while ((stacks[n] = kstack_alloc()))
		n++;
	assert_eq(n, 4096);
	while (n > 0)
		kstack_free(stacks[--n]);
	check_nothing_is_left();
}

static void test_guard_ends_with_the_window(void **state)
{
	(void)state;
	assert_false(kstack_guard_hit(VMALLOC_START - 1));
	assert_true(kstack_guard_hit(VMALLOC_START));
	assert_false(kstack_guard_hit(VMALLOC_END));
	assert_false(kstack_guard_hit(0));
}

static void test_misuse_is_caught(void **state)
{
	char *stack;

	(void)state;
	start(64 * MIB);
	stack = kstack_alloc();
	assert_panics("is_stack", kstack_free(stack + PAGE_SIZE));
	assert_panics("is_stack", kstack_free(stack + 2 * KSTACK_SIZE));
	assert_panics("is_stack", kstack_free(&stack));
	kstack_free(stack);
	assert_panics("kept[i] == stack", kstack_free(stack));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stacks_are_apart_and_all_return),
		cmocka_unit_test(test_reuse_maps_and_unmaps_nothing),
		cmocka_unit_test(test_every_failure_unwinds),
		cmocka_unit_test(test_exhausted_frames_and_slots_return_null),
		cmocka_unit_test(test_guard_ends_with_the_window),
		cmocka_unit_test(test_misuse_is_caught),
	};

	return RUN_APART("vmalloc", tests);
}
