/* SPDX-License-Identifier: MIT */
/*
 * read.c - from the root down to one key: mtree_load(), mas_walk().
 *
 *	root  [ . 99 | . 499 | . max ]           index 123: first pivot >= 123 is 499
 *	              |
 *	leaf  [ A 119 | NULL 129 | B 499 ]       first pivot >= 123 is 129: free, [120,129]
 *
 * Readers hold rcu_read_lock() only. Whatever was loaded from a node counts only if the node was still alive
 * afterwards (ma_dead()); otherwise the walk starts again from the root. In a leaf the slot's pivot is loaded
 * again after the entry: an append between the two shortens the slot, and the entry could be a later one.
 */
#include "maple_internal.h"

/* mtree_load() - the entry at @index, or NULL; the zero entry reads as NULL. Locks: rcu_read_lock() inside. */
void *mtree_load(struct maple_tree *mt, unsigned long index)
{
	struct maple_node *node;
	const unsigned long *pivot;
	unsigned int nr, i;
	void *p;

	rcu_read_lock();
restart:
	p = ma_load(&mt->ma_root);
	if (ma_unlikely(!mt_root_is_node(p))) {
		if (index)
			p = NULL;
		goto out;
	}
	for (;;) {
		enum maple_type type = mte_type(p);

		node = mte_node(p);
		pivot = ma_pivots(node);
		nr = mt_pivots(type);
again:
		i = ma_scan(node, type, index);
		p = ma_load(&ma_slots(node, type)[i]);
		if (ma_unlikely(ma_dead(node)))
			goto restart;
		if (type == maple_leaf_64)
			break;
	}
	if (ma_unlikely(i < nr && ma_load(&pivot[i]) < index))
		goto again;
out:
	rcu_read_unlock();
	return p == MA_ZERO_ENTRY ? NULL : p;
}

/* The cursor on a tree without nodes: empty, or one entry at [0,0]. */
static void *mas_walk_root(struct ma_state *mas, void *root, unsigned long index)
{
	mas->node = NULL;
	mas->min = 0;
	mas->max = ULONG_MAX;
	mas->offset = 0;
	if (root && !index) {
		mas->status = ma_root;
		mas->index = mas->last = 0;
		return root;
	}
	mas->status = ma_none;
	mas->index = root ? 1 : 0;
	mas->last = ULONG_MAX;
	return NULL;
}

/*
 * mas_restart() - search @index from the root.
 * Returns: the entry, or NULL; the cursor is on its range, or on the free stretch around @index.
 */
void *mas_restart(struct ma_state *mas, unsigned long index)
{
	unsigned long min, max, lo, hi;
	struct maple_node *node;
	unsigned long *pivot;
	unsigned int nr, i;
	void *p, *enode;

restart:
	p = ma_load(&mas->tree->ma_root);
	if (!mt_root_is_node(p))
		return mas_walk_root(mas, p, index);
	min = 0;
	max = ULONG_MAX;
	for (;;) {
		enum maple_type type = mte_type(p);

		enode = p;
		node = mte_node(enode);
		pivot = ma_pivots(node);
		nr = mt_pivots(type);
again:
		i = ma_scan(node, type, index);
		lo = i ? ma_load(&pivot[i - 1]) + 1 : min;
		hi = i < nr ? ma_load(&pivot[i]) : max;
		p = ma_load(&ma_slots(node, type)[i]);
		if (ma_unlikely(ma_dead(node)))
			goto restart;
		if (type == maple_leaf_64)
			break;
		min = lo;
		max = hi;
	}
	if (ma_unlikely(hi < index || (i < nr && ma_load(&pivot[i]) != hi)))
		goto again;
	mas->node = enode;
	mas->min = min;
	mas->max = max;
	mas->offset = i;
	mas->index = lo;
	mas->last = hi;
	mas->status = ma_active;
	return p;
}

/*
 * mas_walk() - search index, whatever the status was. Locks: rcu_read_lock() or the writers'.
 * Returns: the entry, or NULL; [index,last] is its range, or the free stretch around index.
 */
void *mas_walk(struct ma_state *mas)
{
	return mas_restart(mas, mas->index);
}
