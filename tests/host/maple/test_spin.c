/* SPDX-License-Identifier: MIT */
/*
 * The tree under a lock that must not be held while memory is waited for (a kernel's spinlock, see
 * port_spin.h): every call that takes GFP_KERNEL drops the lock to get its memory, and when another
 * writer came in between, the call's outcome is right for the tree as it is then.
 */
#include "tests/host/maple/maple_test.h"

int port_locks_held;
bool port_irqs_on = true;
unsigned int port_shrunk;
bool port_nowait_fails;
void (*port_while_unlocked)(void);
void (*port_at_free_rcu)(void);

static struct maple_tree *meddled;

/* Full leaves, so that any store needs a node. Keys 0..639, ranges of 4. */
static struct maple_tree *filled(void **state)
{
	struct maple_tree *mt = *state;

	for (unsigned long i = 0; i < 160; i++)
		assert_int_equal(mtree_store_range(mt, i * 4, i * 4 + 3, ENTRY(i), GFP_KERNEL), 0);
	meddled = mt;
	port_nowait_fails = true;
	return mt;
}

static void expect_calm(struct maple_tree *mt)
{
	port_nowait_fails = false;
	assert_null(port_while_unlocked);	/* the hook has run */
	assert_int_equal(port_locks_held, 0);
	mt_validate(mt);
}

static void nothing(void)
{
}

static void test_stores_get_their_memory_unlocked(void **state)
{
	struct maple_tree *mt = filled(state);
	MA_STATE(mas, mt, 301, 302);

	port_while_unlocked = nothing;
	assert_int_equal(mtree_store(mt, 201, ENTRY(900), GFP_KERNEL), 0);
	expect_calm(mt);
	port_nowait_fails = true;
	assert_int_equal(mtree_store_range(mt, 401, 502, ENTRY(901), GFP_KERNEL), 0);
	assert_int_equal(mtree_store(mt, 5, ENTRY(1), GFP_NOWAIT), -ENOMEM);
	assert_int_equal(mtree_insert(mt, 9000, ENTRY(902), GFP_KERNEL), 0);
	mas_lock(&mas);
	assert_int_equal(mas_store_gfp(&mas, ENTRY(903), GFP_KERNEL), 0);
	assert_int_equal(port_locks_held, 1);
	mas_set(&mas, 100);
	assert_ptr_equal(mas_erase(&mas), ENTRY(25));
	mas_set_range(&mas, 101, 102);
	do {
		mas_store(&mas, ENTRY(904));
	} while (mas_nomem(&mas, GFP_KERNEL));
	assert_false(mas_is_err(&mas));
	mas_unlock(&mas);
	expect_calm(mt);
	assert_ptr_equal(mtree_load(mt, 201), ENTRY(900));
	assert_ptr_equal(mtree_load(mt, 450), ENTRY(901));
	assert_ptr_equal(mtree_load(mt, 9000), ENTRY(902));
	assert_ptr_equal(mtree_load(mt, 302), ENTRY(903));
	assert_null(mtree_load(mt, 100));
	assert_ptr_equal(mtree_load(mt, 102), ENTRY(904));
}

/* Free keys inside full leaves: taking a part of such a hole needs a node. */
static struct maple_tree *with_holes(void **state)
{
	struct maple_tree *mt = filled(state);

	port_nowait_fails = false;
	assert_int_equal(mtree_store_range(mt, 640, MAX, ENTRY(7), GFP_KERNEL), 0);
	assert_int_equal(mtree_store_range(mt, 101, 102, NULL, GFP_KERNEL), 0);
	assert_int_equal(mtree_store_range(mt, 201, 202, NULL, GFP_KERNEL), 0);
	assert_int_equal(mtree_store_range(mt, 301, 302, NULL, GFP_KERNEL), 0);
	port_nowait_fails = true;
	return mt;
}

static void take_lowest(void)
{
	assert_int_equal(mtree_store_range(meddled, 101, 102, ENTRY(810), GFP_NOWAIT), 0);
}

static void take_highest(void)
{
	assert_int_equal(mtree_store_range(meddled, 300, 303, ENTRY(811), GFP_NOWAIT), 0);
}

static void test_insert_fails_if_somebody_was_faster(void **state)
{
	struct maple_tree *mt = with_holes(state);

	port_while_unlocked = take_lowest;
	assert_int_equal(mtree_insert(mt, 101, ENTRY(801), GFP_KERNEL), -EEXIST);
	expect_calm(mt);
	assert_ptr_equal(mtree_load(mt, 101), ENTRY(810));
	assert_ptr_equal(mtree_load(mt, 102), ENTRY(810));
}

static void test_alloc_searches_again_if_somebody_was_faster(void **state)
{
	struct maple_tree *mt = with_holes(state);
	unsigned long start = 0, next = 0;

	if (!(tree_flags() & MT_FLAGS_ALLOC_RANGE)) {
		port_nowait_fails = false;
		return;
	}
	port_while_unlocked = take_highest;
	assert_int_equal(mtree_alloc_rrange(mt, &start, ENTRY(820), 1, 0, MAX, GFP_KERNEL), 0);
	assert_int_equal(start, 202);
	expect_calm(mt);
	assert_ptr_equal(mtree_load(mt, 302), ENTRY(811));
	assert_ptr_equal(mtree_load(mt, 202), ENTRY(820));
	port_nowait_fails = true;
	port_while_unlocked = take_lowest;
	assert_int_equal(mtree_alloc_cyclic(mt, &start, ENTRY(821), 0, MAX, &next, GFP_KERNEL), 0);
	assert_int_equal(start, 201);
	assert_int_equal(next, 202);
	expect_calm(mt);
	assert_ptr_equal(mtree_load(mt, 101), ENTRY(810));
	assert_int_equal(mtree_alloc_range(mt, &start, ENTRY(822), 1, 0, MAX, GFP_KERNEL), -EBUSY);
}

static void replace_100(void)
{
	assert_int_equal(mtree_store_range(meddled, 100, 101, ENTRY(830), GFP_NOWAIT), 0);
}

static void test_erase_takes_what_is_there_then(void **state)
{
	struct maple_tree *mt = filled(state);

	/* The neighbour is free: clearing merges with it, which needs a node. */
	port_nowait_fails = false;
	assert_ptr_equal(mtree_erase(mt, 104), ENTRY(26));
	port_nowait_fails = true;
	port_while_unlocked = replace_100;
	assert_ptr_equal(mtree_erase(mt, 100), ENTRY(830));
	expect_calm(mt);
	assert_null(mtree_load(mt, 101));
	assert_ptr_equal(mtree_load(mt, 102), ENTRY(25));
}

static void empty_it(void)
{
	assert_int_equal(mtree_store_range(meddled, 0, MAX, NULL, GFP_NOWAIT), 0);
}

static void test_store_into_a_tree_that_was_emptied_meanwhile(void **state)
{
	struct maple_tree *mt = filled(state);
	MA_STATE(mas, mt, 201, 202);

	port_while_unlocked = empty_it;
	mas_lock(&mas);
	assert_ptr_equal(mas_walk(&mas), ENTRY(50));
	mas.index = 201;
	mas.last = 202;
	assert_int_equal(mas_store_gfp(&mas, ENTRY(840), GFP_KERNEL), 0);
	assert_true(mas.index == 201 && mas.last == 202);
	mas_unlock(&mas);
	expect_calm(mt);
	assert_tree(mt, "201-202:840");
}

/*
 * In the middle of a store over two leaves: the new ones are published, the first of the old ones is dead, the
 * other not yet. A look-up from the root sees the store; a cursor on the other leaf, afterwards, does not.
 */
static struct ma_state *old_cursor;
static void *seen_new, *seen_old;

static void look_new_then_old(void)
{
	seen_new = mtree_load(meddled, 330);
	seen_old = mas_next(old_cursor, MAX);
}

static void test_a_look_up_may_see_a_store_and_the_next_one_not(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 320, 320);

	if (!(tree_flags() & MT_FLAGS_USE_RCU))
		return;
	filled(state);
	port_nowait_fails = false;
	old_cursor = &mas;
	rcu_read_lock();
	assert_ptr_equal(mas_walk(&mas), ENTRY(80));
	port_at_free_rcu = look_new_then_old;
	assert_int_equal(mtree_store_range(mt, 4, 339, ENTRY(900), GFP_KERNEL), 0);
	assert_null(port_at_free_rcu);
	assert_ptr_equal(seen_new, ENTRY(900));
	assert_at(&mas, seen_old, ENTRY(81), 324, 327);
	/* The store has returned: from here on it is seen. */
	assert_at(&mas, mas_next(&mas, MAX), ENTRY(85), 340, 343);
	rcu_read_unlock();
}

static void test_lock_is_held_tells_what_the_port_tells(void **state)
{
	struct maple_tree *mt = *state;

	assert_false(mt_lock_is_held(mt) || mt_write_lock_is_held(mt));
	mtree_lock(mt);
	assert_true(mt_lock_is_held(mt) && mt_write_lock_is_held(mt));
	mtree_unlock(mt);
	/* Which lock is the user's the tree cannot tell. */
	mt_init_flags(mt, tree_flags() | MT_FLAGS_LOCK_EXTERN);
	assert_true(mt_lock_is_held(mt) && mt_write_lock_is_held(mt));
	mt_init_flags(mt, tree_flags());
}

static void test_irqsave_restores_what_was_before(void **state)
{
	MA_STATE(mas, *state, 5, 5);
	unsigned long flags, inner = 7;

	mas_lock_irqsave(&mas, flags);
	assert_true(!port_irqs_on && mt_write_lock_is_held(*state));
	mas_store_gfp(&mas, ENTRY(1), GFP_NOWAIT);
	mas_unlock_irqrestore(&mas, flags);
	assert_true(port_irqs_on && !mt_write_lock_is_held(*state));
	port_irqs_on = false;
	mas_lock_irqsave(&mas, inner);
	mas_unlock_irqrestore(&mas, inner);
	assert_false(port_irqs_on);
	port_irqs_on = true;
	assert_tree(*state, "5:1");
}

static void test_cache_shrink_is_the_ports(void **state)
{
	unsigned int before = port_shrunk;

	(void)state;
	mt_cache_shrink();
	assert_int_equal(port_shrunk, before + 1);
}

int main(void)
{
	static const struct tree_test tests[] = {
		TREE_TEST(test_stores_get_their_memory_unlocked),
		TREE_TEST(test_insert_fails_if_somebody_was_faster),
		TREE_TEST(test_alloc_searches_again_if_somebody_was_faster),
		TREE_TEST(test_erase_takes_what_is_there_then),
		TREE_TEST(test_store_into_a_tree_that_was_emptied_meanwhile),
		TREE_TEST(test_a_look_up_may_see_a_store_and_the_next_one_not),
		TREE_TEST(test_lock_is_held_tells_what_the_port_tells),
		TREE_TEST(test_irqsave_restores_what_was_before),
		TREE_TEST(test_cache_shrink_is_the_ports),
	};

	return RUN_TREE_TESTS("maple under a spinning lock", tests);
}
