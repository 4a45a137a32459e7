/* SPDX-License-Identifier: MIT */
/*
 * gap.c - free stretches: keeping gap[] exact, and searching by it.
 *
 *	arange  [ A: gap 0 | B: gap 7 | C: gap 3 ]      "where are 5 free keys?": only below B
 *
 * A reader may search too. The gaps above a leaf lag behind a store that is under way, so they only guide; what
 * counts is the leaf, read while it was alive.
 */
#include "maple_internal.h"

/* Longest free stretch in a leaf over [min,max]. */
unsigned long ma_leaf_gap(struct maple_node *node, unsigned long min, unsigned long max)
{
	unsigned long best = 0, end, size;
	unsigned int i;

	for (i = 0; i < RANGE_PIVOTS; i++) {
		end = node->r.pivot[i];
		size = node->r.slot[i] ? 0 : end - min + 1;
		best = size > best ? size : best;
		if (end == max)
			return best;
		min = end + 1;
	}
	size = node->r.slot[i] ? 0 : max - min + 1;
	return size > best ? size : best;
}

/*
 * ma_planned_gap() - longest free stretch of @leaf, which now holds what @plan stored.
 * What the parent knows of the leaf before (@plan->node) mostly answers it without a look at every slot: a new
 * stretch can only raise the longest, and one that was used up matters only if it was the longest.
 */
unsigned long ma_planned_gap(struct ma_plan *plan, struct maple_node *leaf)
{
	uintptr_t word = plan->node->any.parent;
	unsigned long known, size, used = 0;

	if (ma_word_is_root(word))
		return 0;
	known = mte_node((void *)word)->a.gap[ma_word_slot(word)];
	if (!plan->entry) {
		size = plan->last - plan->first + 1;
		return size > known ? size : known;
	}
	if (plan->offset != plan->end_offset)
		return ma_leaf_gap(leaf, plan->min, plan->max);
	if (!plan->old)
		used = plan->hi - plan->lo + 1;
	if (used < known)
		return known;
	/* What remains behind the entry is longer than all that lies before it. */
	size = plan->hi - plan->last;
	if (!plan->old && size >= plan->first - plan->min && plan->hi == plan->max)
		return size;
	return ma_leaf_gap(leaf, plan->min, plan->max);
}

/* The longest free stretch below @node is now @gap: tell its ancestors, as far as it matters to them. */
void ma_update_gap(struct maple_node *node, unsigned long gap)
{
	for (;;) {
		uintptr_t word = node->any.parent;
		struct maple_node *parent = mte_node((void *)word);
		unsigned int slot = ma_word_slot(word), i;

		if (ma_word_is_root(word) || parent->a.gap[slot] == gap)
			return;
		ma_store_relaxed(&parent->a.gap[slot], gap);
		/* A stretch longer than all keys before it needs no comparison with those. */
		i = slot && gap > parent->a.pivot[slot - 1] ? slot + 1 : 0;
		for (; i < ARANGE_SLOTS && parent->a.slot[i]; i++)
			gap = parent->a.gap[i] > gap ? parent->a.gap[i] : gap;
		node = parent;
	}
}

/* A search under way: the window, and the slot it looks at. */
struct ma_gap {
	unsigned long min, max, size;
	void *p;			/* node of that slot, or its child */
	unsigned long node_min, node_max;
	unsigned int i;
	unsigned long lo, hi;		/* the slot's keys */
	unsigned long gap;		/* longest stretch below it */
};

/* Look at slot g->i of the node g->p. Returns: false if the node is dead or the slot just changed. */
static bool gap_read_slot(struct ma_gap *g, void **child)
{
	struct maple_node *node = mte_node(g->p);
	enum maple_type type = mte_type(g->p);
	unsigned long *pivot = ma_pivots(node);
	unsigned int i = g->i, nr = mt_pivots(type);

	g->lo = i ? ma_load(&pivot[i - 1]) + 1 : g->node_min;
	g->hi = i < nr ? ma_load(&pivot[i]) : g->node_max;
	*child = ma_load(&ma_slots(node, type)[i]);
	if (type == maple_leaf_64) {
		g->gap = *child ? 0 : g->hi - g->lo + 1;
		if (i < nr && ma_load(&pivot[i]) != g->hi)
			return false;
	} else {
		g->gap = type == maple_arange_64 ? ma_load_relaxed(&node->a.gap[i]) : ULONG_MAX;
	}
	return !ma_dead(node);
}

/* The slot's part of the window has room: put the cursor on it. A NULL root counts as a slot. */
static bool gap_take(struct ma_state *mas, struct ma_gap *g, bool rev)
{
	unsigned long lo = g->lo > g->min ? g->lo : g->min, hi = g->hi < g->max ? g->hi : g->max;

	if (lo > hi || hi - lo < g->size - 1)
		return false;
	mas->index = rev ? hi - g->size + 1 : lo;
	mas->last = mas->index + g->size - 1;
	mas->status = ma_start;
	mas->node = NULL;
	if (mt_root_is_node(g->p)) {
		mas->status = ma_active;
		mas->node = g->p;
		mas->min = g->node_min;
		mas->max = g->node_max;
		mas->offset = g->i;
	}
	return true;
}

/* A tree without nodes: all of it is free, or all but key 0. */
static int gap_no_node(struct ma_state *mas, struct ma_gap *g, bool rev)
{
	g->lo = g->p ? 1 : 0;
	g->hi = ULONG_MAX;
	return gap_take(mas, g, rev) ? 0 : -EBUSY;
}

/*
 * gap_search() - first (@rev: last) stretch of g->size keys in [g->min,g->max].
 * Goes from slot to slot in key order. A slot without such a stretch below is passed over; at a node's end
 * the walk starts again from the root at the next key, so it needs no stack and can not go astray.
 */
static int gap_search(struct ma_state *mas, struct ma_gap *g, bool rev)
{
	unsigned long at = rev ? g->max : g->min;
	void *child;

restart:
	g->p = ma_load(&mas->tree->ma_root);
	if (!mt_root_is_node(g->p))
		return gap_no_node(mas, g, rev);
	g->node_min = 0;
	g->node_max = ULONG_MAX;
descend:
	g->i = ma_scan(mte_node(g->p), mte_type(g->p), at);
	for (;;) {
		if (!gap_read_slot(g, &child))
			goto restart;
		if (g->gap >= g->size && !mte_is_leaf(g->p)) {
			g->p = child;
			g->node_min = g->lo;
			g->node_max = g->hi;
			goto descend;
		}
		if (g->gap >= g->size && gap_take(mas, g, rev))
			return 0;
		if (rev ? g->lo <= g->min : g->hi >= g->max)
			return -EBUSY;
		at = rev ? g->lo - 1 : g->hi + 1;
		if (rev ? !g->i : g->hi == g->node_max)
			goto restart;
		g->i += rev ? -1 : 1;
	}
}

static int mas_gap(struct ma_state *mas, unsigned long min, unsigned long max, unsigned long size, bool rev)
{
	struct ma_gap g = { .min = min, .max = max, .size = size };
	int err;

	if (min > max || !size || max - min < size - 1)
		return -EINVAL;
	err = gap_search(mas, &g, rev);
	if (err)
		mas_reset(mas);
	return err;
}

/*
 * mas_empty_area() - lowest free stretch of @size keys in [min,max].
 * Returns: 0 with the cursor on exactly that stretch; -EBUSY: none; -EINVAL: no such window.
 */
int mas_empty_area(struct ma_state *mas, unsigned long min, unsigned long max, unsigned long size)
{
	return mas_gap(mas, min, max, size, /* rev = */ false);
}

/* The same, highest stretch. */
int mas_empty_area_rev(struct ma_state *mas, unsigned long min, unsigned long max, unsigned long size)
{
	return mas_gap(mas, min, max, size, /* rev = */ true);
}
