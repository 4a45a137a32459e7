/* SPDX-License-Identifier: MIT */
/*
 * gap.c - free stretches: keeping gap[] exact, and searching by it.
 *
 *	arange  [ A: gap 0 | B: gap 7 | C: gap 3 ]      a search for 5 free keys descends to B only
 *
 * A reader may search too. The gaps above a leaf lag behind a store that is under way, so they only choose the
 * children to look at; what counts is the leaf, read while it was alive.
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
 * The gap in the parent, still that of the leaf before, mostly gives it without a look at every slot: a new
 * stretch can only raise the longest, and one that was used up matters only if it was the longest.
 */
unsigned long ma_planned_gap(struct ma_plan *plan, struct maple_node *leaf)
{
	uintptr_t word = plan->node->any.parent;
	unsigned long before, size, used = 0;

	if (ma_word_is_root(word))
		return 0;
	before = mte_node((void *)word)->a.gap[ma_word_slot(word)];
	if (!plan->entry) {
		size = plan->last - plan->first + 1;
		return size > before ? size : before;
	}
	if (plan->offset != plan->end_offset)
		return ma_leaf_gap(leaf, plan->min, plan->max);
	if (!plan->old)
		used = plan->hi - plan->lo + 1;
	if (used < before)
		return before;
	/* What remains behind the entry is longer than all that lies before it. */
	size = plan->hi - plan->last;
	if (!plan->old && size >= plan->first - plan->min && plan->hi == plan->max)
		return size;
	return ma_leaf_gap(leaf, plan->min, plan->max);
}

/* The longest free stretch below @node is now @gap: store it in the ancestors, up to where nothing changes. */
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

/*
 * A search under way: what of the window is left to look at. Backwards it shrinks from above, else from below. The
 * direction is a constant argument, so that each is compiled by itself (gap_forward(), gap_back()).
 */
struct ma_gap {
	struct ma_state *mas;
	unsigned long min, max, size;
};
#define gap_inline	static inline __attribute__((always_inline))

/* What a part of the search returns, besides 0 (found) and -EBUSY (the window ends here). */
enum { GAP_BEYOND = 1,		/* not below this node, but the window goes on */
       GAP_AGAIN };		/* a node was dead or a slot just changed: start again at the root */

/* Put the cursor on the free stretch [lo,hi], as far as it lies in the window. Returns: false if that is too short. */
gap_inline bool gap_take(struct ma_gap *g, unsigned long lo, unsigned long hi, bool rev)
{
	lo = lo > g->min ? lo : g->min;
	hi = hi < g->max ? hi : g->max;
	if (lo > hi || hi - lo < g->size - 1)
		return false;
	g->mas->index = rev ? hi - g->size + 1 : lo;
	g->mas->last = g->mas->index + g->size - 1;
	g->mas->status = ma_start;
	g->mas->node = NULL;
	return true;
}

/* A tree without nodes: all of it is free, or all but key 0. */
static int gap_no_node(struct ma_gap *g, void *root, bool rev)
{
	return gap_take(g, root ? 1 : 0, ULONG_MAX, rev) ? 0 : -EBUSY;
}

/* The key of a node over [min,max] at which the search enters it. */
gap_inline unsigned long gap_from(struct ma_gap *g, unsigned long min, unsigned long max, bool rev)
{
	if (rev)
		return g->max < max ? g->max : max;
	return g->min > min ? g->min : min;
}

/* All slots of @node over [min,max] that lie ahead were looked at. */
gap_inline int gap_end(struct ma_gap *g, struct maple_node *node, unsigned long min, unsigned long max, bool rev)
{
	if (ma_dead(node))
		return GAP_AGAIN;
	if (rev ? min <= g->min : max >= g->max)
		return -EBUSY;
	if (rev)
		g->max = min - 1;
	else
		g->min = max + 1;
	return GAP_BEYOND;
}

/*
 * The nearest free slot of @leaf from @i on; if none before the key @end, a number too large. A slot counts only
 * after the pivot before it was seen: an append writes the slots first.
 */
gap_inline unsigned int leaf_skip(struct maple_node *leaf, unsigned int i, unsigned long end, bool rev)
{
	if (rev) {
		while (ma_load(&leaf->r.slot[i]))
			if (!i--)
				return RANGE_SLOTS;
		return i;
	}
	for (; i < RANGE_SLOTS && ma_load(&leaf->r.slot[i]); i++)
		if (i < RANGE_PIVOTS && ma_load(&leaf->r.pivot[i]) >= end)
			return RANGE_SLOTS;
	return i;
}

/*
 * A slot was NULL, then ended at hi: as a slot's end only ever moves down, all of it was free at the first of these
 * moments. But where the search enters, an append in between would hide the part of the slot behind hi.
 */
gap_inline int gap_in_leaf(struct ma_gap *g, void *enode, unsigned long min, unsigned long max, bool rev)
{
	struct maple_node *leaf = mte_node(enode);
	unsigned long from = gap_from(g, min, max, rev), end = g->max < max ? g->max : max, lo, hi;
	unsigned int first = ma_scan_leaf(leaf, from), i = first;

	for (;;) {
		i = leaf_skip(leaf, i, end, rev);
		if (i >= RANGE_SLOTS)
			return gap_end(g, leaf, min, max, rev);
		lo = i ? ma_load(&leaf->r.pivot[i - 1]) + 1 : min;
		hi = i < RANGE_PIVOTS ? ma_load(&leaf->r.pivot[i]) : max;
		if (ma_unlikely(i == first && hi < from) || ma_dead(leaf))
			return GAP_AGAIN;
		if (gap_take(g, lo, hi, rev))
			break;
		if (rev ? !i : hi >= end)
			return gap_end(g, leaf, min, max, rev);
		i += rev ? -1 : 1;
	}
	g->mas->status = ma_active;
	g->mas->node = enode;
	g->mas->min = min;
	g->mas->max = max;
	g->mas->offset = i;
	return 0;
}

/* The nearest slot from @i on with a long enough stretch below; if none, past the node's first or last slot. */
gap_inline unsigned int gap_skip(struct ma_gap *g, struct maple_node *node, unsigned int i, bool rev)
{
	const unsigned long *gap = node->a.gap, size = g->size;

	if (rev) {
		while (i < ARANGE_SLOTS && ma_load_relaxed(&gap[i]) < size)
			if (!i--)
				return ARANGE_SLOTS;
		return i;
	}
	while (i < ARANGE_SLOTS && ma_load_relaxed(&gap[i]) < size)
		i++;
	return i;
}

static int gap_forward(struct ma_gap *g, void *enode, unsigned long min, unsigned long max);
static int gap_back(struct ma_gap *g, void *enode, unsigned long min, unsigned long max);

/* Child after child of @node, so that the search goes on here when one has nothing. Without gaps, all children. */
gap_inline int gap_in_node(struct ma_gap *g, struct maple_node *node, unsigned long min, unsigned long max,
			   enum maple_type type, bool rev)
{
	unsigned int nr = mt_pivots(type), i = ma_scan(node, type, gap_from(g, min, max, rev));
	unsigned long *pivot = ma_pivots(node), lo, hi;
	void *child;
	int ret;

	for (;; i += rev ? -1 : 1) {
		if (type == maple_arange_64)
			i = gap_skip(g, node, i, rev);
		if (i > nr)
			return gap_end(g, node, min, max, rev);
		lo = i ? ma_load(&pivot[i - 1]) + 1 : min;
		hi = i < nr ? ma_load(&pivot[i]) : max;
		child = ma_load(&ma_slots(node, type)[i]);
		if (ma_dead(node))
			return GAP_AGAIN;
		if (!child || (rev ? hi < g->min : lo > g->max))
			return gap_end(g, node, min, max, rev);
		ret = rev ? gap_back(g, child, lo, hi) : gap_forward(g, child, lo, hi);
		if (ret != GAP_BEYOND)
			return ret;
	}
}

/* The search below @enode, which covers [min,max]. Calls itself as deep as the tree is high. */
gap_inline int gap_below(struct ma_gap *g, void *enode, unsigned long min, unsigned long max, bool rev)
{
	enum maple_type type = mte_type(enode);

	if (type == maple_leaf_64)
		return gap_in_leaf(g, enode, min, max, rev);
	if (type == maple_arange_64)
		return gap_in_node(g, mte_node(enode), min, max, maple_arange_64, rev);
	return gap_in_node(g, mte_node(enode), min, max, maple_range_64, rev);
}

static int gap_forward(struct ma_gap *g, void *enode, unsigned long min, unsigned long max)
{
	return gap_below(g, enode, min, max, /* rev = */ false);
}

static int gap_back(struct ma_gap *g, void *enode, unsigned long min, unsigned long max)
{
	return gap_below(g, enode, min, max, /* rev = */ true);
}

/* First (@rev: last) stretch of @size keys in [min,max]. */
static int mas_gap(struct ma_state *mas, unsigned long min, unsigned long max, unsigned long size, bool rev)
{
	struct ma_gap g = { .mas = mas, .min = min, .max = max, .size = size };
	void *root;
	int err;

	if (min > max || !size || max - min < size - 1)
		return -EINVAL;
	do {
		root = ma_load(&mas->tree->ma_root);
		if (!mt_root_is_node(root))
			err = gap_no_node(&g, root, rev);
		else
			err = rev ? gap_back(&g, root, 0, ULONG_MAX) : gap_forward(&g, root, 0, ULONG_MAX);
	} while (err == GAP_AGAIN);
	if (err)
		mas_reset(mas);
	return err;
}

/*
 * mas_empty_area() - lowest free stretch of @size keys in [min,max].
 * Assumes: rcu_read_lock() or the writers' lock held; the second if the stretch is to be stored to.
 * Returns: 0 with the cursor on exactly that stretch; -EBUSY: none; -EINVAL: no such window.
 */
int mas_empty_area(struct ma_state *mas, unsigned long min, unsigned long max, unsigned long size)
{
	return mas_gap(mas, min, max, size, /* rev = */ false);
}

/* mas_empty_area_rev() - the same, highest stretch. */
int mas_empty_area_rev(struct ma_state *mas, unsigned long min, unsigned long max, unsigned long size)
{
	return mas_gap(mas, min, max, size, /* rev = */ true);
}
