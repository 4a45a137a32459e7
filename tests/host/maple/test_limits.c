/* SPDX-License-Identifier: MIT */
/*
 * Where each call goes on after a limit has stopped the one before, and what a range step returns from a
 * start in a free stretch. All eight moves, from both sides.
 *
 *	key	0 .. 9 | 10 .. 20 | 21 .. 29 | 30 .. 40 | 41 .. 49 | 50 .. 60 | 61 .. max
 *	entry	  .    |     1    |     .    |     2    |     .    |     3    |     .
 */
#include "tests/host/maple/maple_test.h"

#define SAMPLE "10-20:1 30-40:2 50-60:3"

typedef void *(*move_fn)(struct ma_state *mas, unsigned long limit);

/* One call and what it gives. */
struct outcome {
	const char *name;
	move_fn move;
	unsigned long limit;
	unsigned int entry;		/* 0: NULL */
	unsigned long first, last;
	enum maple_status status;
};
#define MOVE(f)	#f, f

static void check(struct ma_state *mas, const struct outcome *o)
{
	void *got = o->move(mas, o->limit), *want = o->entry ? ENTRY(o->entry) : NULL;

	if (got != want || mas->index != o->first || mas->last != o->last || mas->status != o->status)
		print_message("%s up to %lu:\n", o->name, o->limit);
	assert_at(mas, got, want, o->first, o->last);
	assert_status(mas, o->status);
}

/* Each of @o from the range of key 35, where @stop with its limit @at has just been stopped. */
static void check_all(struct maple_tree *mt, move_fn stop, unsigned long at, const struct outcome *o, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		MA_STATE(mas, mt, 35, 35);

		assert_at(&mas, mas_walk(&mas), ENTRY(2), 30, 40);
		assert_at(&mas, stop(&mas, at), NULL, 30, 40);
		check(&mas, &o[i]);
	}
}

/* Failed once: both mas_find_rev() variants gave [30,40] again, both mas_find() variants passed over it. */
static void test_each_move_after_an_overflow(void **state)
{
	static const struct outcome outcomes[] = {
		{ MOVE(mas_next), MAX, 3, 50, 60, ma_active },
		{ MOVE(mas_next_range), MAX, 0, 41, 49, ma_active },
		{ MOVE(mas_prev), 0, 2, 30, 40, ma_active },
		{ MOVE(mas_prev_range), 0, 2, 30, 40, ma_active },
		{ MOVE(mas_find), MAX, 2, 30, 40, ma_active },
		{ MOVE(mas_find_range), MAX, 2, 30, 40, ma_active },
		{ MOVE(mas_find_rev), 0, 1, 10, 20, ma_active },
		{ MOVE(mas_find_range_rev), 0, 0, 21, 29, ma_active },
		/* a limit again */
		{ MOVE(mas_next), 40, 0, 30, 40, ma_overflow },
		{ MOVE(mas_prev), 30, 0, 30, 40, ma_underflow },
		{ MOVE(mas_find), 40, 0, 30, 40, ma_overflow },
		{ MOVE(mas_find_rev), 30, 0, 30, 40, ma_underflow },
	};

	fill(*state, SAMPLE);
	check_all(*state, mas_next, 40, outcomes, ARRAY_LEN(outcomes));
	check_all(*state, mas_next_range, 40, outcomes, ARRAY_LEN(outcomes));
}

static void test_each_move_after_an_underflow(void **state)
{
	static const struct outcome outcomes[] = {
		{ MOVE(mas_next), MAX, 2, 30, 40, ma_active },
		{ MOVE(mas_next_range), MAX, 2, 30, 40, ma_active },
		{ MOVE(mas_prev), 0, 1, 10, 20, ma_active },
		{ MOVE(mas_prev_range), 0, 0, 21, 29, ma_active },
		{ MOVE(mas_find), MAX, 2, 30, 40, ma_active },
		{ MOVE(mas_find_range), MAX, 2, 30, 40, ma_active },
		{ MOVE(mas_find_rev), 0, 1, 10, 20, ma_active },
		{ MOVE(mas_find_range_rev), 0, 0, 21, 29, ma_active },
		{ MOVE(mas_next), 40, 0, 30, 40, ma_overflow },
		{ MOVE(mas_prev), 30, 0, 30, 40, ma_underflow },
		{ MOVE(mas_find), 30, 0, 30, 40, ma_overflow },
		{ MOVE(mas_find_rev), 30, 0, 30, 40, ma_underflow },
	};

	fill(*state, SAMPLE);
	check_all(*state, mas_prev, 30, outcomes, ARRAY_LEN(outcomes));
	check_all(*state, mas_prev_range, 30, outcomes, ARRAY_LEN(outcomes));
	/* Failed once: the limit left the status "active", so a turn passed over [30,40]. */
	check_all(*state, mas_find_rev, 30, outcomes, ARRAY_LEN(outcomes));
	check_all(*state, mas_find_range_rev, 30, outcomes, ARRAY_LEN(outcomes));
}

/* mas_find() at its limit stays active: what follows steps. */
static void test_each_move_after_find_at_its_limit(void **state)
{
	static const struct outcome outcomes[] = {
		{ MOVE(mas_next), MAX, 3, 50, 60, ma_active },
		{ MOVE(mas_prev), 0, 1, 10, 20, ma_active },
		{ MOVE(mas_find), MAX, 3, 50, 60, ma_active },
		{ MOVE(mas_find_range), MAX, 0, 41, 49, ma_active },
		{ MOVE(mas_find_rev), 0, 1, 10, 20, ma_active },
	};

	fill(*state, SAMPLE);
	check_all(*state, mas_find, 40, outcomes, ARRAY_LEN(outcomes));
	check_all(*state, mas_find_range, 40, outcomes, ARRAY_LEN(outcomes));
}

/* Stopped in a free stretch there is no entry to give again: all go on from the stretch. */
static void test_each_move_after_a_limit_in_a_free_stretch(void **state)
{
	static const struct outcome outcomes[] = {
		{ MOVE(mas_next), MAX, 2, 30, 40, ma_active },
		{ MOVE(mas_find), MAX, 2, 30, 40, ma_active },
		{ MOVE(mas_find_range), MAX, 2, 30, 40, ma_active },
		{ MOVE(mas_prev), 0, 1, 10, 20, ma_active },
		{ MOVE(mas_find_rev), 0, 1, 10, 20, ma_active },
		{ MOVE(mas_find_range_rev), 0, 1, 10, 20, ma_active },
	};

	fill(*state, SAMPLE);
	for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
		MA_STATE(mas, *state, 15, 15);

		assert_at(&mas, mas_next(&mas, 25), NULL, 21, 29);
		assert_status(&mas, ma_overflow);
		check(&mas, &outcomes[i]);
		mas_set(&mas, 35);
		assert_at(&mas, mas_prev(&mas, 25), NULL, 21, 29);
		assert_status(&mas, ma_underflow);
		check(&mas, &outcomes[i]);
	}
}

/* Failed once: the free stretch came back as a result of its own. */
static void test_find_range_from_a_start_in_a_free_stretch(void **state)
{
	static const struct outcome outcomes[] = {
		{ MOVE(mas_find_range), MAX, 2, 30, 40, ma_active },
		{ MOVE(mas_find_range), 30, 2, 30, 40, ma_active },
		{ MOVE(mas_find_range), 29, 0, 21, 29, ma_overflow },
		{ MOVE(mas_find_range_rev), 0, 1, 10, 20, ma_active },
		{ MOVE(mas_find_range_rev), 20, 1, 10, 20, ma_active },
		{ MOVE(mas_find_range_rev), 21, 0, 21, 29, ma_underflow },
	};

	fill(*state, SAMPLE);
	for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
		MA_STATE(mas, *state, 25, 25);

		check(&mas, &outcomes[i]);
		/* "none" set by the user is a start too. */
		mas.index = mas.last = 25;
		mas.status = ma_none;
		check(&mas, &outcomes[i]);
	}
}

int main(void)
{
	static const struct tree_test tests[] = {
		TREE_TEST(test_each_move_after_an_overflow),
		TREE_TEST(test_each_move_after_an_underflow),
		TREE_TEST(test_each_move_after_find_at_its_limit),
		TREE_TEST(test_each_move_after_a_limit_in_a_free_stretch),
		TREE_TEST(test_find_range_from_a_start_in_a_free_stretch),
	};

	return RUN_TREE_TESTS("maple cursor at limits", tests);
}
