/* SPDX-License-Identifier: MIT */
/*
 * rebuild.c - stores that change the number of leaves: split, rebalance, spanning.
 *
 * All three are one walk up the tree. At each level a run of neighbouring nodes is replaced by new ones:
 *
 *	level 1   .. [   P   ] ..           the slots of L..R in P give way to those of the new leaves
 *	              /  |  \
 *	level 0      L   .   R              what remains left of the range in L, the entry, what remains
 *	               [===]                right of it in R: gathered in a buffer, cut into new leaves
 *
 * The walk ends where one node replaces one node: it is published there by one store. Nothing is visible before,
 * so running out of memory on the way only means to free what was built. "dry" walks the same way and counts.
 */
#include "maple_rebuild.h"

/* Nodes for @n items, such that each cut may move by one (see cut()). */
static unsigned int nr_pieces(unsigned int n, unsigned int slots)
{
	unsigned int m = 1;

	while (n > m * slots - (m - 1))
		m++;
	return m;
}

/* At the tree's right edge entries are probably being appended. */
static bool appending(struct ma_rebuild *rb)
{
	return rb->plan->kind == store_split && rb->plan->end_max == ULONG_MAX;
}

/* More than one old node goes at this level. */
static bool joined(struct ma_rebuild *rb)
{
	return rb->left[rb->level] != rb->right[rb->level];
}

/*
 * How many nodes this level becomes. When appending, three where two would do: the left one full, the right one
 * as small as may be, so that the next cut is far away.
 */
static unsigned int level_pieces(struct ma_rebuild *rb)
{
	unsigned int slots = mt_slots(rb->type);

	if (appending(rb) && joined(rb) && rb->n > slots + 2 * mt_min_slots(rb->type))
		return 3;
	return nr_pieces(rb->n, slots);
}

/*
 * Where piece @i of @m ends: evenly, but see level_pieces(). A leaf must not end in NULL: the cut moves by one
 * item (two NULLs never touch).
 */
static unsigned int cut(struct ma_rebuild *rb, unsigned int i, unsigned int m)
{
	unsigned int slots = mt_slots(rb->type), at;

	if (i == m)
		return rb->n;
	if (appending(rb)) {
		at = rb->n - mt_min_slots(rb->type);
		if (i == 1 && (joined(rb) || at > slots))
			at = slots;
		return rb->type == maple_leaf_64 && !rb->slot[at - 1] ? at - 1 : at;
	}
	at = rb->n * i / m;
	return rb->type == maple_leaf_64 && !rb->slot[at - 1] ? at + 1 : at;
}

/* A new node from the items [from,to); its gap comes out in *@gap. @min: first key, needed for leaves. */
static struct maple_node *build(struct ma_rebuild *rb, unsigned int from, unsigned int to, unsigned long min,
				unsigned long *gap)
{
	struct maple_node *node = mas_new_node(rb->plan->mas, rb->plan->gfp);
	unsigned int slots = mt_slots(rb->type), count = to - from, i;
	unsigned long max = rb->pivot[to - 1], best = 0, *pivot;
	void **slot;

	if (!node)
		return NULL;
	slot = ma_slots(node, rb->type);
	pivot = ma_pivots(node);
	memcpy(slot, rb->slot + from, count * sizeof(slot[0]));
	memcpy(pivot, rb->pivot + from, (count - 1) * sizeof(pivot[0]));
	for (i = count - 1; i < slots - 1; i++) {
		pivot[i] = max;
		slot[i + 1] = NULL;
	}
	for (i = rb->new_from; rb->type != maple_leaf_64 && i < rb->new_from + rb->pieces_below; i++)
		if (i >= from && i < to)
			mte_node(rb->slot[i])->any.parent = ma_parent_word(node, rb->type, i - from);
	if (rb->type == maple_leaf_64 && mt_is_alloc(rb->plan->mas->tree))
		best = ma_leaf_gap(node, min, max);
	if (rb->type == maple_arange_64) {
		memcpy(node->a.gap, rb->gap + from, count * sizeof(rb->gap[0]));
		for (i = 0; i < count; i++)
			best = node->a.gap[i] > best ? node->a.gap[i] : best;
		for (; i < slots; i++)
			node->a.gap[i] = 0;
	}
	*gap = best;
	return node;
}

/* Cut the buffer into new nodes. */
static int cut_level(struct ma_rebuild *rb)
{
	unsigned int m = level_pieces(rb), i, from = 0;
	unsigned long min = rb->min;

	/* One child and no neighbour: it needs no parent, the tree gets lower. */
	if (rb->type != maple_leaf_64 && rb->n == 1) {
		rb->pieces = 1;
		rb->piece[0] = rb->slot[0];
		rb->piece_pivot[0] = rb->pivot[0];
		rb->piece_gap[0] = rb->gap[0];
		return 0;
	}
	rb->pieces_below = rb->pieces;
	rb->pieces = m;
	rb->nr_nodes += m;
	for (i = 0; i < m; i++) {
		unsigned int to = cut(rb, i + 1, m);
		struct maple_node *node = NULL;

		rb->piece_gap[i] = 0;
		if (!rb->dry) {
			node = build(rb, from, to, min, &rb->piece_gap[i]);
			if (!node)
				return -ENOMEM;
			rb->list[rb->nr_list++] = mt_enode(node, rb->type);
		}
		rb->piece[i] = mt_enode(node, rb->type);
		rb->piece_pivot[i] = rb->pivot[to - 1];
		min = rb->pivot[to - 1] + 1;
		from = to;
	}
	return 0;
}

/* The root was cut in pieces: a new one above them. */
static int grow(struct ma_rebuild *rb)
{
	unsigned int i;

	rb->type = mt_is_alloc(rb->plan->mas->tree) ? maple_arange_64 : maple_range_64;
	rb->n = rb->new_from = 0;
	for (i = 0; i < rb->pieces; i++)
		rb_add_item(rb, rb->piece[i], rb->piece_pivot[i], rb->piece_gap[i]);
	return cut_level(rb);
}

/*
 * Split: the leaf has too many items. If a neighbour under the same parent has room, the two share.
 *
 *	before  P: | L |                    L: 16 slots, and the store makes it 17 or 18
 *	after   P: | 8 | 9 |
 *
 *	before  P: | 6 | L |                a neighbour with room: no node more, and both fuller
 *	after   P: | 11 | 12 |
 */
static void split_leaf(struct ma_rebuild *rb)
{
	rb_first_level(rb);
	rb_share(rb);
}

/*
 * Rebalance: the store leaves too few items, a neighbour's join them.
 *
 *	before  P: | A: 7 | L |             the store covers all of L but 4 slots
 *	after   P: | 11 |                   or two, if that is too much for one
 */
static void rebalance_leaf(struct ma_rebuild *rb)
{
	rb_first_level(rb);
	rb_fill_up(rb);
}

/*
 * Spanning: the range reaches from one leaf into another; what lies between them is removed.
 *
 *	before  | A 9 | B 19 | C 29 |   ...   | D 59 | E 69 |        store X over 15..64
 *	after   | A 9 | B 14 | X 64 | E 69 |
 */
static void span_leaves(struct ma_rebuild *rb)
{
	rb_first_level(rb);
	rb_fill_up(rb);
}

static void gather_leaves(struct ma_rebuild *rb)
{
	switch (rb->plan->kind) {
	case store_split:
		split_leaf(rb);
		break;
	case store_rebalance:
		rebalance_leaf(rb);
		break;
	default:
		span_leaves(rb);
	}
}

/* From the leaves up to the level where one node replaces one. */
static int climb(struct ma_rebuild *rb)
{
	gather_leaves(rb);
	for (;;) {
		if (cut_level(rb))
			return -ENOMEM;
		if (!joined(rb)) {
			if (rb->pieces == 1)
				return 0;
			if (node_is_root(rb->left[rb->level]))
				return grow(rb);
		}
		rb_next_level(rb);
		if (rb->n < mt_min_slots(rb->type))
			rb_fill_up(rb);
		else if (rb->n > mt_slots(rb->type) && !joined(rb))
			rb_share(rb);
	}
}

/* Set the parent words of a new internal node's children. */
static void set_parents(void *enode)
{
	struct maple_node *node = mte_node(enode);
	enum maple_type type = mte_type(enode);
	uintptr_t word = ma_parent_word(node, type, 0);
	void **slot = ma_slots(node, type);
	unsigned int i, slots = mt_slots(type);

	for (i = 0; i < slots && slot[i]; i++, word += ma_parent_word(NULL, 0, 1))
		ma_publish(&mte_node(slot[i])->any.parent, word);
}

/* Free the replaced nodes of all levels. Each level is walked by the slots of its parents, which are freed after it. */
static void free_replaced(struct ma_rebuild *rb)
{
	unsigned int level;

	for (level = 0; level <= rb->level; level++) {
		struct maple_node *node = rb->left[level], *next;

		for (;;) {
			bool last = node == rb->right[level];

			next = last ? NULL : rb_neighbour(node, 1, /* same_parent = */ false);
			mas_dead_node(rb->plan->mas, node);
			if (last)
				break;
			node = next;
		}
	}
}

/*
 * Make the new nodes visible. Order: build() has set their parent words; one store publishes them all; the children
 * that stay get their new parent word; only then are the old nodes marked dead, so that a reader which meets one and
 * starts again at the root reaches live nodes only.
 */
static void commit(struct ma_rebuild *rb)
{
	struct ma_state *mas = rb->plan->mas;
	struct maple_node *top = mte_node(rb->piece[0]);
	uintptr_t word = rb->left[rb->level]->any.parent;
	unsigned int i;

	ma_store_relaxed(&top->any.parent, word);
	if (ma_word_is_root(word))
		ma_publish(&mas->tree->ma_root, rb->piece[0]);
	else
		ma_publish(&ma_slots(mte_node((void *)word), ma_word_type(word))[ma_word_slot(word)], rb->piece[0]);
	for (i = 0; i < rb->nr_list; i++)
		if (!mte_is_leaf(rb->list[i]))
			set_parents(rb->list[i]);
	if (mt_is_alloc(mas->tree))
		ma_update_gap(top, rb->piece_gap[0]);
	free_replaced(rb);
}

/* What was built is not needed: the reserve gets back what came from it. */
static void undo(struct ma_rebuild *rb, unsigned int reserve)
{
	while (rb->nr_list) {
		struct maple_node *node = mte_node(rb->list[--rb->nr_list]);

		if (rb->plan->mas->nr_alloc < reserve)
			mas_unused_node(rb->plan->mas, node);
		else
			maple_node_free(node);
	}
}

int ma_rebuild(struct ma_plan *plan)
{
	unsigned int reserve = plan->mas->nr_alloc;
	struct ma_rebuild rb;

	rb.plan = plan;
	rb.dry = false;
	rb.nr_nodes = rb.level = rb.n = rb.new_from = rb.pieces = rb.nr_list = 0;
	if (climb(&rb)) {
		undo(&rb, reserve);
		return -ENOMEM;
	}
	commit(&rb);
	return 0;
}

unsigned int ma_rebuild_nodes(struct ma_plan *plan)
{
	struct ma_rebuild rb;

	rb.plan = plan;
	rb.dry = true;
	rb.nr_nodes = rb.level = rb.n = rb.new_from = rb.pieces = rb.nr_list = 0;
	climb(&rb);
	return rb.nr_nodes;
}
