/* SPDX-License-Identifier: MIT */
/* Nodes of a tree in RCU mode (kernel/mm/maple_port.c): they go back when no hart is in a section, and not before. */
#include "tests/host/mm/mm_test.h"
#include "kernel/sched/sched.h"
#include "lib/maple/maple_tree.h"

static char value;

static unsigned long nodes(void)
{
	struct slab_info info;

	for (int i = 0; slab_info_get(i, &info); i++)
		if (strcmp(info.name, "maple_node") == 0)
			return info.in_use;
	fail();
	return 0;
}

static void fill(struct maple_tree *mt, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		assert_eq(mtree_store_range(mt, i * 10, i * 10 + 5, &value, GFP_KERNEL), 0);
}

static void test_nodes_live_on_while_another_hart_reads(void **state)
{
	struct mm_struct *mm = test_mm();
	unsigned long before = nodes(), kept;
	struct maple_tree mt;

	(void)state;
	mt_init_flags(&mt, MT_FLAGS_USE_RCU);
	sim_set_hart(1);
	rcu_read_lock();
	sim_set_hart(0);
	fill(&mt, 100);
	kept = nodes();
	sim_run(mm);
	assert_eq(nodes(), kept);
	sim_set_hart(1);
	rcu_read_unlock();
	sim_set_hart(0);
	sim_run(mm);
	assert_true(nodes() < kept);
	mtree_destroy(&mt);
	assert_true(nodes() > before);
	sim_run(mm);
	assert_eq(nodes(), before);
	test_mm_exit(mm);
}

/* What the node holds stays until it is freed: only the last 16 bytes are the head's. */
static void test_a_reader_finds_its_entry_in_a_replaced_node(void **state)
{
	struct maple_tree mt;
	unsigned long index = 0;

	(void)state;
	mt_init_flags(&mt, MT_FLAGS_USE_RCU);
	fill(&mt, 100);
	{
		MA_STATE(reader, &mt, 505, 505);

		rcu_read_lock();
		assert_ptr_equal(mas_walk(&reader), &value);
		for (index = 0; index < 100; index++)
			assert_eq(mtree_store_range(&mt, index * 10 + 6, index * 10 + 8, &value, GFP_NOWAIT), 0);
		assert_ptr_equal(mtree_load(&mt, 505), &value);
		assert_ptr_equal(mas_find(&reader, 999), &value);
		rcu_read_unlock();
	}
	mtree_destroy(&mt);
	sim_rcu_flush();
}

static void test_a_section_that_sleeps_is_a_bug(void **state)
{
	(void)state;
	rcu_read_lock();
	assert_panics("rcu_depth", cond_resched_now());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		mm_unit_test(test_nodes_live_on_while_another_hart_reads),
		mm_unit_test(test_a_reader_finds_its_entry_in_a_replaced_node),
		cmocka_unit_test(test_a_section_that_sleeps_is_a_bug),
	};

	sim_boot();
	return RUN_APART("RCU", tests);
}
