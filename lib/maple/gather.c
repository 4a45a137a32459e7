/* SPDX-License-Identifier: MIT */
/*
 * gather.c - the first half of a rebuild's level: which nodes go, and the items that stay.
 *
 *	leaves        L | A 9 | B 19 | C 29 |      R | D 39 | E 49 |        store X over 15..34
 *	buffer          | A 9 | B 14 | X 34 | D 39 | E 49 |
 *
 * A run that became too small takes in its neighbour; one that became too large shares with it.
 */
#include "maple_rebuild.h"

/* First and last key of a node, from its ancestors. */
static unsigned long node_min(struct maple_node *node)
{
	for (; !node_is_root(node); node = node_parent(node)) {
		unsigned int slot = ma_word_slot(node->any.parent);

		if (slot)
			return ma_pivots(node_parent(node))[slot - 1] + 1;
	}
	return 0;
}

static unsigned long node_max(struct maple_node *node)
{
	for (; !node_is_root(node); node = node_parent(node)) {
		unsigned int slot = ma_word_slot(node->any.parent);

		if (slot < mt_pivots(ma_word_type(node->any.parent)))
			return ma_pivots(node_parent(node))[slot];
	}
	return ULONG_MAX;
}

/* The node of the same level to the right (@step 1) or left (-1); NULL at the edge, or outside @node's parent. */
struct maple_node *rb_neighbour(struct maple_node *node, int step, bool same_parent)
{
	unsigned int up = 0;

	while (!node_is_root(node)) {
		uintptr_t word = node->any.parent;
		enum maple_type type = ma_word_type(word);
		void **slot = ma_slots(node_parent(node), type);
		int i = (int)ma_word_slot(word) + step;

		node = node_parent(node);
		if (i >= 0 && i < (int)mt_slots(type) && slot[i]) {
			node = mte_node(slot[i]);
			while (up--)
				node = mte_node(ma_slots(node, type)[step > 0 ? 0 : ma_children(node, type) - 1]);
			return node;
		}
		if (same_parent)
			return NULL;
		up++;
	}
	return NULL;
}

static unsigned int node_count(struct ma_rebuild *rb, struct maple_node *node)
{
	if (rb->type == maple_leaf_64)
		return ma_leaf_count(node, node_max(node));
	return ma_children(node, rb->type);
}

void rb_add_item(struct ma_rebuild *rb, void *slot, unsigned long pivot, unsigned long gap)
{
	rb->slot[rb->n] = slot;
	rb->pivot[rb->n] = pivot;
	rb->gap[rb->n] = gap;
	rb->n++;
}

/* Append the slots [from,to) of @node, which ends at @max. */
static void add_slots(struct ma_rebuild *rb, struct maple_node *node, unsigned int from, unsigned int to,
		      unsigned long max)
{
	unsigned int n = rb->n, count = to - from;

	if (from >= to)
		return;
	memcpy(rb->slot + n, ma_slots(node, rb->type) + from, count * sizeof(rb->slot[0]));
	if (to > mt_pivots(rb->type)) {
		memcpy(rb->pivot + n, ma_pivots(node) + from, (count - 1) * sizeof(rb->pivot[0]));
		rb->pivot[n + count - 1] = max;
	} else {
		memcpy(rb->pivot + n, ma_pivots(node) + from, count * sizeof(rb->pivot[0]));
	}
	if (rb->type == maple_arange_64)
		memcpy(rb->gap + n, node->a.gap + from, count * sizeof(rb->gap[0]));
	rb->n = n + count;
}

/* Take the neighbour @node into the run: its items join the buffer. */
static void join(struct ma_rebuild *rb, struct maple_node *node, int step)
{
	unsigned long max = node_max(node);
	unsigned int count = node_count(rb, node), n = rb->n;

	if (step > 0) {
		add_slots(rb, node, 0, count, max);
		rb->right[rb->level] = node;
		return;
	}
	memmove(rb->slot + count, rb->slot, n * sizeof(rb->slot[0]));
	memmove(rb->pivot + count, rb->pivot, n * sizeof(rb->pivot[0]));
	if (rb->type == maple_arange_64)
		memmove(rb->gap + count, rb->gap, n * sizeof(rb->gap[0]));
	rb->n = 0;
	add_slots(rb, node, 0, count, max);
	rb->n = n + count;
	rb->new_from += count;
	rb->left[rb->level] = node;
	if (rb->type == maple_leaf_64)
		rb->min = node_min(node);
}

/* Too few items: the neighbour's join, from the same parent if it has another child. */
void rb_fill_up(struct ma_rebuild *rb)
{
	while (rb->n < mt_min_slots(rb->type)) {
		struct maple_node *left = rb->left[rb->level], *right = rb->right[rb->level], *node;

		if ((node = rb_neighbour(right, 1, /* same_parent = */ true)))
			join(rb, node, 1);
		else if ((node = rb_neighbour(left, -1, /* same_parent = */ true)))
			join(rb, node, -1);
		else if ((node = rb_neighbour(right, 1, /* same_parent = */ false)))
			join(rb, node, 1);
		else if ((node = rb_neighbour(left, -1, /* same_parent = */ false)))
			join(rb, node, -1);
		else
			return;
	}
}

/* One node too full: a neighbour with room under the same parent saves a node. */
void rb_share(struct ma_rebuild *rb)
{
	unsigned int limit = mt_slots(rb->type) - SHARE_ROOM;
	struct maple_node *left = rb_neighbour(rb->left[rb->level], -1, /* same_parent = */ true);
	struct maple_node *right = rb_neighbour(rb->right[rb->level], 1, /* same_parent = */ true);
	unsigned int nl = left ? node_count(rb, left) : MAX_SLOTS;
	unsigned int nr = right ? node_count(rb, right) : MAX_SLOTS;

	if (limit > 2 * mt_slots(rb->type) - 1 - rb->n)
		limit = 2 * mt_slots(rb->type) - 1 - rb->n;
	if (left && nl <= limit && nl <= nr)
		join(rb, left, -1);
	else if (right && nr <= limit)
		join(rb, right, 1);
}

/* The first level: what remains of the leaves L and R around the range. */
void rb_first_level(struct ma_rebuild *rb)
{
	struct ma_plan *plan = rb->plan;
	unsigned int count;

	rb->type = maple_leaf_64;
	rb->left[0] = plan->node;
	rb->right[0] = plan->end_node;
	rb->min = plan->min;
	add_slots(rb, plan->node, 0, plan->offset, plan->max);
	if (plan->first > plan->lo)
		rb_add_item(rb, plan->node->r.slot[plan->offset], plan->first - 1, 0);
	rb_add_item(rb, plan->entry, plan->last, 0);
	if (plan->last < plan->hi)
		rb_add_item(rb, plan->end_node->r.slot[plan->end_offset], plan->hi, 0);
	count = ma_leaf_count(plan->end_node, plan->end_max);
	add_slots(rb, plan->end_node, plan->end_offset + 1, count, plan->end_max);
}

/* One level up: the parents of the run, with the new nodes in the place of the run. */
void rb_next_level(struct ma_rebuild *rb)
{
	uintptr_t lword = rb->left[rb->level]->any.parent, rword = rb->right[rb->level]->any.parent;
	struct maple_node *left = mte_node((void *)lword), *right = mte_node((void *)rword);
	unsigned int i;

	rb->type = ma_word_type(lword);
	rb->level++;
	rb->left[rb->level] = left;
	rb->right[rb->level] = right;
	rb->n = 0;
	add_slots(rb, left, 0, ma_word_slot(lword), 0);
	rb->new_from = rb->n;
	for (i = 0; i < rb->pieces; i++)
		rb_add_item(rb, rb->piece[i], rb->piece_pivot[i], rb->piece_gap[i]);
	add_slots(rb, right, ma_word_slot(rword) + 1, ma_children(right, rb->type), node_max(right));
}
