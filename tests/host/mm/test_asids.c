/* SPDX-License-Identifier: MIT */
/*
 * Two harts load mms (kernel/mm/tlb.c): at a race point of one, the other hart's step runs whole.
 *
 *	hart 0	ASID given ----------------------- hart locked: is it current still?
 *	hart 1	            a generation begins
 */
#include "kernel/mm/internal.h"
#include "kernel/mm/tlb.h"
#include "tests/host/mm/mm_test.h"

static struct mm_struct *mm;

#define ASIDS	(1U << SIM_ASID_BITS)

/* Another hart loads so many new mms that a generation begins, and one of them is given every ASID that is not kept. */
static void others_take_all_asids(void)
{
	struct mm_struct *other[ASIDS];

	sim_set_hart(1);
	for (unsigned int i = 0; i < ASIDS; i++) {
		other[i] = mm_alloc();
		assert_non_null(other[i]);
		sim_run(other[i]);
	}
	sim_run(NULL);
	for (unsigned int i = 0; i < ASIDS; i++)
		mmput(other[i]);
}

/* Without the second look the hart runs with an ASID of the generation before, and is not told of what @mm loses. */
static void test_a_generation_begins_while_a_hart_loads_an_mm(void **state)
{
	(void)state;
	mm = mm_alloc();
	assert_non_null(mm);
	sim_set_hart(0);
	sim_at_race_point("switch_mm: ASID given, hart not locked", others_take_all_asids);
	sim_run(mm);
	assert_true(sim_race_point_passed());
	map_pages(mm, 0, 2, RW);
	store(mm, 0, 1);
	sim_set_hart(1);
	sim_run(mm);
	assert_eq(load(mm, 0), 1);
	sim_set_hart(1);
	assert_eq(mm_munmap(mm, AT(0), PAGE_SIZE), 0);
	sim_audit(mm);
	test_mm_exit(mm);
}

static void another_hart_loads_it(void)
{
	sim_set_hart(1);
	sim_run(mm);
}

/* Failed once: the mask was cleared after the ASID was written, and lost the hart that was faster. */
static void test_two_harts_load_a_new_mm(void **state)
{
	u64 word = 0;

	(void)state;
	mm = mm_alloc();
	assert_non_null(mm);
	sim_set_hart(0);
	sim_at_race_point("asid_assign: ASID visible", another_hart_loads_it);
	sim_run(mm);
	assert_true(sim_race_point_passed());
	map_pages(mm, 0, 2, RW);
	sim_set_hart(1);
	store(mm, 0, 1);
	sim_set_hart(0);
	assert_eq(mm_munmap(mm, AT(0), PAGE_SIZE), 0);
	sim_set_hart(1);
	assert_eq(sim_access(AT(0), SIM_READ, &word), VM_FAULT_MAPERR);
	test_mm_exit(mm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		mm_unit_test(test_a_generation_begins_while_a_hart_loads_an_mm),
		mm_unit_test(test_two_harts_load_a_new_mm),
	};

	sim_boot();
	return RUN_APART("ASIDs", tests);
}
