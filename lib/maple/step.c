/* SPDX-License-Identifier: MIT */
/*
 * step.c - one range forward or back, across leaves. Called by iterate.c.
 *
 *	          [ P ]                    behind the leaf's last slot: up until an ancestor has another
 *	         /     \                   child behind the one we come from, then down its left edge
 *	     [ P ]     [ P ]
 *	    ..   [leaf]-->[leaf] ..
 *
 * Each step loads, then asks whether the node was still alive. If not, or if the range under the cursor is not
 * [index,last] any more, the cursor searches its last key (backwards: its first) again from the root and goes on from
 * there: whatever happens meanwhile, ranges come in order and none begins inside one seen before.
 */
#include "maple_internal.h"

/* Last key below @node, from its ancestors' pivots. Returns: false if one of them is dead. */
static bool ma_node_max(struct maple_node *node, unsigned long *max)
{
	for (;;) {
		uintptr_t word = ma_load(&node->any.parent);
		struct maple_node *parent = mte_node((void *)word);
		unsigned int slot = ma_word_slot(word);

		if (word == (uintptr_t)node)
			return false;
		if (ma_word_is_root(word)) {
			*max = ULONG_MAX;
			return true;
		}
		if (slot < mt_pivots(ma_word_type(word))) {
			*max = ma_load(&ma_pivots(parent)[slot]);
			return !ma_dead(parent);
		}
		node = parent;
	}
}

/* Down the left edge below @p to a leaf, which becomes the cursor's. */
static bool mas_leftmost(struct ma_state *mas, void *p, unsigned long min, unsigned long max)
{
	while (!mte_is_leaf(p)) {
		struct maple_node *node = mte_node(p);

		max = ma_load(&ma_pivots(node)[0]);
		p = ma_load(&ma_slots(node, mte_type(p))[0]);
		if (ma_dead(node))
			return false;
	}
	mas->node = p;
	mas->min = min;
	mas->max = max;
	return true;
}

/* Down the right edge. */
static bool mas_rightmost(struct ma_state *mas, void *p, unsigned long min, unsigned long max)
{
	while (!mte_is_leaf(p)) {
		struct maple_node *node = mte_node(p);
		unsigned int n = ma_children(node, mte_type(p));

		if (n > 1)
			min = ma_load(&ma_pivots(node)[n - 2]) + 1;
		p = n ? ma_load(&ma_slots(node, mte_type(p))[n - 1]) : NULL;
		if (ma_dead(node))
			return false;
	}
	mas->node = p;
	mas->min = min;
	mas->max = max;
	return true;
}

/* A walk leaf by leaf needs this one soon: prefetch it. */
static inline void prefetch_node(const void *enode)
{
	const char *line = (const char *)mte_node(enode);

	if (!line)
		return;
	__builtin_prefetch(line);
	__builtin_prefetch(line + MAPLE_NODE_SIZE / 4);
	__builtin_prefetch(line + MAPLE_NODE_SIZE / 2);
	__builtin_prefetch(line + MAPLE_NODE_SIZE * 3 / 4);
}

/*
 * mas_next_leaf() - to the leaf behind the cursor's. Assumes: there is one (max is not ULONG_MAX).
 * Returns: false if a dead node was met; the cursor is unchanged then.
 */
static bool mas_next_leaf(struct ma_state *mas)
{
	struct maple_node *node = mte_node(mas->node);

	for (;;) {
		uintptr_t word = ma_load(&node->any.parent);
		struct maple_node *parent = mte_node((void *)word);
		unsigned int slot = ma_word_slot(word) + 1;
		enum maple_type type = ma_word_type(word);
		unsigned long max = 0;
		void *child = NULL;

		if (word == (uintptr_t)node || ma_word_is_root(word))
			return false;
		if (slot < mt_slots(type))
			child = ma_load(&ma_slots(parent, type)[slot]);
		if (child && slot < mt_pivots(type))
			max = ma_load(&ma_pivots(parent)[slot]);
		if (ma_dead(parent))
			return false;
		if (child) {
			if (slot == mt_pivots(type) && !ma_node_max(parent, &max))
				return false;
			if (slot + 1 < mt_slots(type))
				prefetch_node(ma_load_relaxed(&ma_slots(parent, type)[slot + 1]));
			return mas_leftmost(mas, child, mas->max + 1, max);
		}
		node = parent;
	}
}

/* To the leaf before. Assumes: min is not 0. */
static bool mas_prev_leaf(struct ma_state *mas)
{
	struct maple_node *node = mte_node(mas->node);

	for (;;) {
		uintptr_t word = ma_load(&node->any.parent);
		struct maple_node *parent = mte_node((void *)word);
		unsigned int slot = ma_word_slot(word);
		unsigned long min;
		void *child;

		if (word == (uintptr_t)node || ma_word_is_root(word))
			return false;
		if (!slot) {
			if (ma_dead(parent))
				return false;
			node = parent;
			continue;
		}
		child = ma_load(&ma_slots(parent, ma_word_type(word))[slot - 1]);
		if (slot > 1) {
			min = ma_load(&ma_pivots(parent)[slot - 2]) + 1;
		} else {
			/* The first child starts where its parent starts: it is found on the way down. */
			struct ma_state tmp = *mas;

			if (ma_dead(parent))
				return false;
			mas_restart(&tmp, mas->min - 1);
			if (!mas_is_active(&tmp) || tmp.max != mas->min - 1)
				return false;
			mas->node = tmp.node;
			mas->min = tmp.min;
			mas->max = tmp.max;
			return true;
		}
		if (ma_dead(parent))
			return false;
		return mas_rightmost(mas, child, min, mas->min - 1);
	}
}

/*
 * Load slot @i of the cursor's leaf.
 * Returns: false if the leaf is dead; else *@hi is where the slot ends and *@entry what it holds, from one state.
 */
static inline bool mas_read_slot(struct ma_state *mas, unsigned int i, unsigned long *hi, void **entry)
{
	struct maple_node *node = mte_node(mas->node);

	do {
		*hi = i < RANGE_PIVOTS ? ma_load(&node->r.pivot[i]) : mas->max;
		*entry = ma_load(&node->r.slot[i]);
	} while (i < RANGE_PIVOTS && ma_unlikely(ma_load(&node->r.pivot[i]) != *hi));
	return !ma_dead(node);
}

/* Where the cursor's slot ends. */
static inline unsigned long mas_slot_end(struct ma_state *mas)
{
	return mas->offset < RANGE_PIVOTS ? ma_load(&mte_node(mas->node)->r.pivot[mas->offset]) : mas->max;
}

/*
 * mas_forward() - one slot forward, from [index,last] to the range behind it.
 * Returns: false if the cursor's place is gone, with the cursor unchanged.
 */
static inline bool mas_forward(struct ma_state *mas, void **entry)
{
	unsigned long hi;

	if (ma_unlikely(!mas->node || mas_slot_end(mas) != mas->last))
		return false;
	if (mas->last == mas->max) {
		struct ma_state tmp = *mas;

		if (!mas_next_leaf(&tmp) || !mas_read_slot(&tmp, 0, &hi, entry))
			return false;
		mas->node = tmp.node;
		mas->min = tmp.min;
		mas->max = tmp.max;
		mas->offset = 0;
	} else {
		if (!mas_read_slot(mas, mas->offset + 1, &hi, entry))
			return false;
		mas->offset++;
	}
	mas->index = mas->last + 1;
	mas->last = hi;
	return true;
}

/* One slot back. A live leaf's slot keeps its start, so that of the cursor needs no second look. */
static inline bool mas_back(struct ma_state *mas, void **entry)
{
	struct ma_state tmp = *mas;
	unsigned long hi;

	if (ma_unlikely(!mas->node))
		return false;
	if (mas->offset) {
		tmp.offset--;
	} else {
		if (!mas_prev_leaf(&tmp))
			return false;
		tmp.offset = ma_scan_leaf(mte_node(tmp.node), tmp.max);
	}
	tmp.index = tmp.offset ? ma_load(&mte_node(tmp.node)->r.pivot[tmp.offset - 1]) + 1 : tmp.min;
	if (!mas_read_slot(&tmp, tmp.offset, &hi, entry) || hi != mas->index - 1)
		return false;
	tmp.last = hi;
	*mas = tmp;
	return true;
}

/* On a tree without nodes: nothing lies behind the entry at [0,0] ... */
void *mas_next_single(struct ma_state *mas)
{
	if (mas->status == ma_root) {
		mas->status = ma_none;
		mas->index = 1;
		mas->last = ULONG_MAX;
	}
	return NULL;
}

/* ... and, from behind it, the entry before; from it, nothing. */
void *mas_prev_single(struct ma_state *mas, unsigned long min)
{
	if (mas->status == ma_root || !mas->index) {
		mas->status = ma_none;
		return NULL;
	}
	if (min) {
		mas->status = ma_underflow;
		return NULL;
	}
	return mas_restart(mas, 0);
}

/*
 * mas_step_next() - one or more slots forward.
 * @empty: stop at a free stretch too.
 * Returns: the entry, or NULL: status is then ma_overflow if @max stopped it.
 */
void *mas_step_next(struct ma_state *mas, unsigned long max, bool empty)
{
	void *entry;

	/* The user may have shortened [index,last]. */
	if (mas->node && mas->last < mas_slot_end(mas))
		mas->last = mas_slot_end(mas);
	do {
		if (mas->last >= max) {
			mas->status = ma_overflow;
			return NULL;
		}
		if (ma_likely(mas_forward(mas, &entry))) {
			if (entry || empty)
				return entry;
			continue;
		}
		mas_restart(mas, mas->last);
	} while (mas->status == ma_active);
	return mas_next_single(mas);
}

void *mas_step_prev(struct ma_state *mas, unsigned long min, bool empty)
{
	void *entry;

	if (mas->node)
		mas->index = mas->offset ? ma_load(&mte_node(mas->node)->r.pivot[mas->offset - 1]) + 1 : mas->min;
	do {
		if (mas->index <= min) {
			mas->status = ma_underflow;
			return NULL;
		}
		if (ma_likely(mas_back(mas, &entry))) {
			if (entry || empty)
				return entry;
			continue;
		}
		mas_restart(mas, mas->index);
	} while (mas->status == ma_active);
	return mas_prev_single(mas, min);
}
