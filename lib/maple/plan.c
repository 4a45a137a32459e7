/* SPDX-License-Identifier: MIT */
/*
 * plan.c - what kind of write a store is. Nothing is changed here.
 *
 * The planner finds the slots that hold the range's first and last key. A NULL range is first extended by the free
 * stretches that it touches, so that two never lie side by side:
 *
 *	slots   | A | NULL | B | C | NULL | D |        store NULL over B and C
 *	range               [=====]
 *	grown         [=================]              one stretch afterwards
 *
 * and a NULL range that reaches the end of a leaf goes on in the next one, which makes the store a spanning one
 * (a leaf's end is never free, see maple_internal.h). Then the kind follows from the number of slots afterwards.
 */
#include "maple_internal.h"

/* A leaf and its keys. */
struct ma_leaf {
	struct maple_node *node;
	unsigned long min, max;
};

/* The leaf of @index, below the root node @p. */
static struct ma_leaf find_leaf(void *p, unsigned long index)
{
	unsigned long min = 0, max = ULONG_MAX;

	for (;;) {
		struct maple_node *node = mte_node(p);
		enum maple_type type = mte_type(p);
		unsigned int i;

		if (type == maple_leaf_64)
			return (struct ma_leaf){ node, min, max };
		i = ma_scan(node, type, index);
		if (i)
			min = ma_pivots(node)[i - 1] + 1;
		if (i < mt_pivots(type))
			max = ma_pivots(node)[i];
		p = ma_slots(node, type)[i];
	}
}

static inline unsigned long leaf_end(struct maple_node *node, unsigned int slot, unsigned long max)
{
	return slot < RANGE_PIVOTS ? node->r.pivot[slot] : max;
}

/* The slot of the range's first key; for NULL, with the free stretch before it. */
static void plan_first(struct ma_plan *plan)
{
	struct maple_node *node = plan->node;
	unsigned int i = ma_scan_leaf(node, plan->first);

	plan->old = node->r.slot[i];
	if (!plan->entry && i && plan->old && plan->first == node->r.pivot[i - 1] + 1 && !node->r.slot[i - 1])
		i--;
	plan->offset = i;
	plan->lo = i ? node->r.pivot[i - 1] + 1 : plan->min;
	if (!plan->entry && !node->r.slot[i])
		plan->first = plan->lo;
}

/* The leaf and slot of the range's last key; for NULL, with the free stretch behind it. */
static void plan_last(struct ma_plan *plan)
{
	struct ma_leaf tail = { plan->node, plan->min, plan->max };
	unsigned int i = plan->offset;

	if (plan->last > tail.max) {
		tail = find_leaf(plan->mas->tree->ma_root, plan->last);
		i = 0;
	}
	for (;; i = 0) {
		while (i < RANGE_PIVOTS && tail.node->r.pivot[i] < plan->last)
			i++;
		plan->hi = leaf_end(tail.node, i, tail.max);
		if (plan->entry)
			break;
		if (!tail.node->r.slot[i]) {
			plan->last = plan->hi;
		} else if (plan->last == plan->hi && plan->hi != tail.max && !tail.node->r.slot[i + 1]) {
			i++;
			plan->last = plan->hi = leaf_end(tail.node, i, tail.max);
		}
		if (plan->last != tail.max || tail.max == ULONG_MAX)
			break;
		/* The stretch would be this leaf's end: it is the next leaf's start instead. */
		tail = find_leaf(plan->mas->tree->ma_root, tail.max + 1);
		if (tail.node->r.slot[0]) {
			plan->end_node = tail.node;
			plan->end_max = tail.max;
			plan->end_offset = 0;
			plan->hi = leaf_end(tail.node, 0, tail.max);
			return;
		}
		plan->last = tail.min;
	}
	plan->end_node = tail.node;
	plan->end_max = tail.max;
	plan->end_offset = i;
}

/* The range lies in one leaf: count its slots before and after. */
static enum store_kind plan_leaf(struct ma_plan *plan)
{
	unsigned int from = plan->offset, to = plan->end_offset;
	bool head = plan->first > plan->lo, tail = plan->last < plan->hi;
	bool root = ma_word_is_root(plan->node->any.parent);

	if (from == to) {
		if (!plan->entry && !plan->node->r.slot[from])
			return store_none;
		if (!head && !tail)
			return store_exact;
	}
	plan->count = ma_leaf_count(plan->node, plan->max);
	plan->want = plan->count - (to - from) + head + tail;
	if (plan->want > RANGE_SLOTS)
		return store_split;
	if (from == to && to + 1 == plan->count && (head || !mt_in_rcu(plan->mas->tree)))
		return store_append;
	if (root ? !plan->entry && plan->want == 1 : plan->want < mt_min_slots(maple_leaf_64))
		return root ? store_empty : store_rebalance;
	if (to == from + 1 && head + tail == 1 && !mt_in_rcu(plan->mas->tree))
		return store_slot;
	return store_node;
}

/*
 * ma_plan_store() - plan to store @entry over [index,last] of @mas.
 * Assumes: index <= last; the caller is the tree's only writer.
 */
void ma_plan_store(struct ma_plan *plan, struct ma_state *mas, void *entry, gfp_t gfp)
{
	void *root = mas->tree->ma_root;

	plan->mas = mas;
	plan->entry = entry;
	plan->gfp = gfp;
	plan->first = mas->index;
	plan->last = mas->last;
	if (!mt_root_is_node(root)) {
		plan->old = plan->first ? NULL : root;
		if (!plan->entry && (!root || !plan->first))
			plan->kind = root ? store_empty : store_none;
		else if (!plan->entry)
			plan->kind = store_none;
		else if (!plan->last && mt_entry_fits_root(plan->entry))
			plan->kind = store_root;
		else
			plan->kind = store_new_root;
		return;
	}
	if (mas->status == ma_active && mas->node && mas->min <= mas->index && mas->index <= mas->max &&
	    !ma_dead(mte_node(mas->node))) {
		plan->node = mte_node(mas->node);
		plan->min = mas->min;
		plan->max = mas->max;
	} else {
		struct ma_leaf leaf = find_leaf(root, plan->first);

		plan->node = leaf.node;
		plan->min = leaf.min;
		plan->max = leaf.max;
	}
	plan_first(plan);
	plan_last(plan);
	if (plan->first == 0 && plan->last == ULONG_MAX && !plan->entry)
		plan->kind = store_empty;
	else
		plan->kind = plan->end_node == plan->node ? plan_leaf(plan) : store_spanning;
}

/* How many nodes the planned store takes: exact for the tree as it is. */
unsigned int ma_plan_nodes(struct ma_plan *plan)
{
	switch (plan->kind) {
	case store_new_root:
	case store_node:
		return 1;
	case store_split:
	case store_rebalance:
	case store_spanning:
		return ma_rebuild_nodes(plan);
	default:
		return 0;
	}
}
