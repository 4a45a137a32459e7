/* SPDX-License-Identifier: MIT */
/* lib/list.h against an array of numbers in the order that the list should have. */
#include "tests/host/support/check.h"
#include "tests/host/support/run_apart.h"

#include "lib/list.h"

#define ITEMS	12

struct item {
	int id;
	struct list_head node;
};

static struct item items[ITEMS];

/* The list holds exactly @n ids, in this order, forward and backward. */
static void assert_order(struct list_head *head, size_t n, const int *ids)
{
	struct item *pos, *next;
	size_t i = 0;

	list_for_each_entry(pos, head, node) {
		assert_true(i < n);
		assert_eq(pos->id, ids[i++]);
	}
	assert_eq(i, n);
	list_for_each_entry_reverse(pos, head, node)
		assert_eq(pos->id, ids[--i]);
	assert_eq(i, 0);
	list_for_each_entry_safe(pos, next, head, node)
		assert_eq(pos->id, ids[i++]);
	assert_eq(i, n);
	assert_eq(list_empty(head), n == 0);
}
#define ASSERT_ORDER(head, ...) \
	assert_order(head, ARRAY_SIZE(((int[]){ __VA_ARGS__ })), (int[]){ __VA_ARGS__ })

static int setup(void **state)
{
	(void)state;
	for (int i = 0; i < ITEMS; i++) {
		items[i].id = i;
		INIT_LIST_HEAD(&items[i].node);
	}
	return 0;
}

static void test_add_moves_and_removes_keep_order(void **state)
{
	LIST_HEAD(head);

	(void)state;
	assert_order(&head, 0, NULL);
	list_add_tail(&items[1].node, &head);
	list_add_tail(&items[2].node, &head);
	list_add(&items[0].node, &head);
	ASSERT_ORDER(&head, 0, 1, 2);
	list_move(&items[2].node, &head);
	ASSERT_ORDER(&head, 2, 0, 1);
	list_move_tail(&items[0].node, &head);
	ASSERT_ORDER(&head, 2, 1, 0);
	assert_eq(list_first_entry(&head, struct item, node)->id, 2);
	assert_eq(list_last_entry(&head, struct item, node)->id, 0);
	assert_eq(list_next_entry(&items[2], node)->id, 1);
	list_del_init(&items[1].node);
	assert_true(list_empty(&items[1].node));
	ASSERT_ORDER(&head, 2, 0);
	list_del(&items[2].node);
	assert_null(items[2].node.next);
	list_del(&items[0].node);
	assert_order(&head, 0, NULL);
}

static void test_splice_puts_all_in_front(void **state)
{
	LIST_HEAD(a);
	LIST_HEAD(b);

	(void)state;
	list_splice_init(&a, &b);
	assert_order(&b, 0, NULL);
	list_add_tail(&items[0].node, &a);
	list_add_tail(&items[1].node, &a);
	list_splice_init(&a, &b);
	assert_order(&a, 0, NULL);
	ASSERT_ORDER(&b, 0, 1);
	list_add_tail(&items[2].node, &a);
	list_add_tail(&items[3].node, &a);
	list_splice_init(&a, &b);
	ASSERT_ORDER(&b, 2, 3, 0, 1);
	list_splice_init(&a, &b);
	ASSERT_ORDER(&b, 2, 3, 0, 1);
}

static void test_safe_walk_survives_removal_of_each(void **state)
{
	struct item *pos, *next;
	LIST_HEAD(head);
	LIST_HEAD(odd);

	(void)state;
	for (int i = 0; i < 6; i++)
		list_add_tail(&items[i].node, &head);
	list_for_each_entry_safe(pos, next, &head, node)
		if (pos->id % 2)
			list_move_tail(&pos->node, &odd);
		else
			list_del(&pos->node);
	assert_order(&head, 0, NULL);
	ASSERT_ORDER(&odd, 1, 3, 5);
}

static void test_random_changes_agree_with_an_array(void **state)
{
	int model[ITEMS], n = 0;
	unsigned long rnd = 5;
	LIST_HEAD(head);

	(void)state;
	for (int step = 0; step < 5000; step++) {
		int id = (int)(test_random(&rnd) % ITEMS), at = 0;
		bool front = test_random(&rnd) % 2;

		while (at < n && model[at] != id)
			at++;
		if (at < n) {
			memmove(model + at, model + at + 1, (size_t)(n - at - 1) * sizeof(int));
			n--;
			list_del_init(&items[id].node);
		} else if (front) {
			memmove(model + 1, model, (size_t)n++ * sizeof(int));
			model[0] = id;
			list_add(&items[id].node, &head);
		} else {
			model[n++] = id;
			list_add_tail(&items[id].node, &head);
		}
		assert_order(&head, (size_t)n, model);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_add_moves_and_removes_keep_order, setup),
		cmocka_unit_test_setup(test_splice_puts_all_in_front, setup),
		cmocka_unit_test_setup(test_safe_walk_survives_removal_of_each, setup),
		cmocka_unit_test_setup(test_random_changes_agree_with_an_array, setup),
	};

	return RUN_APART("list", tests);
}
