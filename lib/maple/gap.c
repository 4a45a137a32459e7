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
	unsigned long best = 0;
	unsigned int i;

	for (i = 0; i < RANGE_SLOTS; i++) {
		unsigned long end = i < RANGE_PIVOTS ? node->r.pivot[i] : max;

		if (!node->r.slot[i] && end - min + 1 > best)
			best = end - min + 1;
		if (end == max)
			break;
		min = end + 1;
	}
	return best;
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
		for (i = 0; i < ARANGE_SLOTS; i++)
			if (parent->a.gap[i] > gap)
				gap = parent->a.gap[i];
		node = parent;
	}
}

/* Put the cursor on the stretch found. */
static int mas_found_gap(struct ma_state *mas, unsigned long first, unsigned long last)
{
	mas->index = first;
	mas->last = last;
	return 0;
}

/* Overlap of [lo,hi] and [min,max] if it has room for @size keys. */
static bool gap_fits(unsigned long *lo, unsigned long *hi, unsigned long min, unsigned long max, unsigned long size)
{
	if (*lo < min)
		*lo = min;
	if (*hi > max)
		*hi = max;
	return *lo <= *hi && *hi - *lo >= size - 1;
}

/*
 * ma_gap_skip() - from the root towards @at, find a subtree over [lo,hi] that holds no stretch of @size keys.
 * Returns: true with its bounds in *@lo, *@hi, or false: the leaf of @at has to be read.
 */
static bool ma_gap_skip(struct ma_state *mas, unsigned long at, unsigned long size, unsigned long *lo,
			unsigned long *hi)
{
	void *p = ma_load(&mas->tree->ma_root);

	*lo = 0;
	*hi = ULONG_MAX;
	while (mt_root_is_node(p) && mte_type(p) == maple_arange_64) {
		struct maple_node *node = mte_node(p);
		unsigned int i = ma_scan(node->a.pivot, ARANGE_PIVOTS, at);
		unsigned long gap = ma_load_relaxed(&node->a.gap[i]);

		if (i)
			*lo = ma_load(&node->a.pivot[i - 1]) + 1;
		if (i < ARANGE_PIVOTS)
			*hi = ma_load(&node->a.pivot[i]);
		p = ma_load(&node->a.slot[i]);
		if (ma_dead(node))
			return false;
		if (gap < size)
			return true;
	}
	return false;
}

static int gap_args(struct ma_state *mas, unsigned long min, unsigned long max, unsigned long size)
{
	if (mas->status == ma_error)
		mas_reset(mas);
	if (min > max || !size || max - min < size - 1)
		return -EINVAL;
	return 0;
}

/* Nothing found: the cursor is as it was before the search. */
static int gap_none(struct ma_state *mas, unsigned long index, unsigned long last)
{
	mas_set_range(mas, index, last);
	return -EBUSY;
}

int mas_empty_area(struct ma_state *mas, unsigned long min, unsigned long max, unsigned long size)
{
	unsigned long index = mas->index, last = mas->last, at = min, lo, hi;
	int err = gap_args(mas, min, max, size);

	if (err)
		return err;
	for (;;) {
		if (!ma_gap_skip(mas, at, size, &lo, &hi)) {
			void *entry = mas_restart(mas, at);

			lo = mas->index;
			hi = mas->last;
			if (!entry && gap_fits(&lo, &hi, min, max, size))
				return mas_found_gap(mas, lo, lo + size - 1);
			hi = mas->last;
		}
		if (hi >= max)
			return gap_none(mas, index, last);
		at = hi + 1;
	}
}

int mas_empty_area_rev(struct ma_state *mas, unsigned long min, unsigned long max, unsigned long size)
{
	unsigned long index = mas->index, last = mas->last, at = max, lo, hi;
	int err = gap_args(mas, min, max, size);

	if (err)
		return err;
	for (;;) {
		if (!ma_gap_skip(mas, at, size, &lo, &hi)) {
			void *entry = mas_restart(mas, at);

			lo = mas->index;
			hi = mas->last;
			if (!entry && gap_fits(&lo, &hi, min, max, size))
				return mas_found_gap(mas, hi - size + 1, hi);
			lo = mas->index;
		}
		if (lo <= min)
			return gap_none(mas, index, last);
		at = lo - 1;
	}
}
