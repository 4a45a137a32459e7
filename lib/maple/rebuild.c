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
 *	split      one leaf, 17 items:      | 17 items |          ->  | 8 | | 9 |
 *	           with room next door:     | 6 | 17 items |      ->  | 11 | | 12 |
 *	rebalance  one leaf, too few:       | 4 | 12 |            ->  | 16 |
 *	spanning   L..R, the middle drops:  | A B C | .. | D E |  ->  | A X E |
 *
 * The walk ends where one node replaces one node: it is published there by one store. Nothing is visible before,
 * so running out of memory on the way only means to free what was built. "dry" walks the same way and counts.
 */
#include "maple_internal.h"

#define BUF_ITEMS	(3 * MAX_SLOTS + 4)
#define SHARE_ROOM	2	/* free slots that make a neighbour worth sharing with */

struct ma_rebuild {
	struct ma_plan *plan;
	bool dry;
	unsigned int nr_nodes;			/* built, or in a dry run counted */

	/* This level: the run of nodes, and the items which replace it. */
	unsigned int level;
	enum maple_type type;
	struct maple_node *left[MAX_LEVELS];	/* first ... */
	struct maple_node *right[MAX_LEVELS];	/* ... and last node of the run, for each level so far */
	unsigned long min;			/* level 0: first key of the run */
	unsigned int n;
	unsigned int new_from;			/* levels above 0: index of the first new child */
	unsigned long pivot[BUF_ITEMS];
	void *slot[BUF_ITEMS];
	unsigned long gap[BUF_ITEMS];

	/* What the last level was cut into. */
	unsigned int pieces;
	unsigned int pieces_below;		/* and the level below this one */
	void *piece[4];
	unsigned long piece_pivot[4];
	unsigned long piece_gap[4];

	void *list[3 * MAX_LEVELS];		/* all new nodes */
	unsigned int nr_list;
};

static bool node_is_root(struct maple_node *node)
{
	return ma_word_is_root(node->any.parent);
}

static struct maple_node *node_parent(struct maple_node *node)
{
	return mte_node((void *)node->any.parent);
}

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
static struct maple_node *neighbour(struct maple_node *node, int step, bool same_parent)
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

static void add_item(struct ma_rebuild *rb, void *slot, unsigned long pivot, unsigned long gap)
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
static void fill_up(struct ma_rebuild *rb)
{
	while (rb->n < mt_min_slots(rb->type)) {
		struct maple_node *left = rb->left[rb->level], *right = rb->right[rb->level], *node;

		if ((node = neighbour(right, 1, /* same_parent = */ true)))
			join(rb, node, 1);
		else if ((node = neighbour(left, -1, /* same_parent = */ true)))
			join(rb, node, -1);
		else if ((node = neighbour(right, 1, /* same_parent = */ false)))
			join(rb, node, 1);
		else if ((node = neighbour(left, -1, /* same_parent = */ false)))
			join(rb, node, -1);
		else
			return;
	}
}

/* One node too full: a neighbour with room under the same parent saves a node. */
static void share(struct ma_rebuild *rb)
{
	unsigned int limit = mt_slots(rb->type) - SHARE_ROOM;
	struct maple_node *left = neighbour(rb->left[rb->level], -1, /* same_parent = */ true);
	struct maple_node *right = neighbour(rb->right[rb->level], 1, /* same_parent = */ true);
	unsigned int nl = left ? node_count(rb, left) : MAX_SLOTS;
	unsigned int nr = right ? node_count(rb, right) : MAX_SLOTS;

	if (limit > 2 * mt_slots(rb->type) - 1 - rb->n)
		limit = 2 * mt_slots(rb->type) - 1 - rb->n;
	if (left && nl <= limit && nl <= nr)
		join(rb, left, -1);
	else if (right && nr <= limit)
		join(rb, right, 1);
}

/* Nodes for @n items, such that each cut may move by one (see cut()). */
static unsigned int nr_pieces(unsigned int n, unsigned int slots)
{
	unsigned int m = 1;

	while (n > m * slots - (m - 1))
		m++;
	return m;
}

/* At the tree's right edge entries are being appended; @rb has been joined by the node on the left. */
static bool appending(struct ma_rebuild *rb)
{
	return rb->plan->kind == store_split && rb->plan->end_max == ULONG_MAX;
}

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

/* The first level: what remains of the leaves L and R around the range. */
static void first_level(struct ma_rebuild *rb)
{
	struct ma_plan *plan = rb->plan;
	unsigned int count;

	rb->type = maple_leaf_64;
	rb->left[0] = plan->node;
	rb->right[0] = plan->end_node;
	rb->min = plan->min;
	add_slots(rb, plan->node, 0, plan->offset, plan->max);
	if (plan->first > plan->lo)
		add_item(rb, plan->node->r.slot[plan->offset], plan->first - 1, 0);
	add_item(rb, plan->entry, plan->last, 0);
	if (plan->last < plan->hi)
		add_item(rb, plan->end_node->r.slot[plan->end_offset], plan->hi, 0);
	count = ma_leaf_count(plan->end_node, plan->end_max);
	add_slots(rb, plan->end_node, plan->end_offset + 1, count, plan->end_max);
}

/* One level up: the parents of the run, with the new nodes in the place of the run. */
static void next_level(struct ma_rebuild *rb)
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
		add_item(rb, rb->piece[i], rb->piece_pivot[i], rb->piece_gap[i]);
	add_slots(rb, right, ma_word_slot(rword) + 1, ma_children(right, rb->type), node_max(right));
}

/* The root was cut in pieces: a new one above them. */
static int grow(struct ma_rebuild *rb)
{
	unsigned int i;

	rb->type = mt_is_alloc(rb->plan->mas->tree) ? maple_arange_64 : maple_range_64;
	rb->n = rb->new_from = 0;
	for (i = 0; i < rb->pieces; i++)
		add_item(rb, rb->piece[i], rb->piece_pivot[i], rb->piece_gap[i]);
	return cut_level(rb);
}

/* From the leaves up to the level where one node replaces one. */
static int climb(struct ma_rebuild *rb)
{
	first_level(rb);
	for (;;) {
		if (rb->n < mt_min_slots(rb->type))
			fill_up(rb);
		else if (rb->n > mt_slots(rb->type) && rb->left[rb->level] == rb->right[rb->level])
			share(rb);
		if (cut_level(rb))
			return -ENOMEM;
		if (rb->left[rb->level] == rb->right[rb->level]) {
			if (rb->pieces == 1)
				return 0;
			if (node_is_root(rb->left[rb->level]))
				return grow(rb);
		}
		next_level(rb);
	}
}

/* The children of a new internal node learn whose they are. */
static void adopt(void *enode)
{
	struct maple_node *node = mte_node(enode);
	enum maple_type type = mte_type(enode);
	uintptr_t word = ma_parent_word(node, type, 0);
	void **slot = ma_slots(node, type);
	unsigned int i, slots = mt_slots(type);

	for (i = 0; i < slots && slot[i]; i++, word += ma_parent_word(NULL, 0, 1))
		ma_publish(&mte_node(slot[i])->any.parent, word);
}

/* Bury the runs of all levels. Each is walked by its parents' slots, which die only after it. */
static void bury(struct ma_rebuild *rb)
{
	unsigned int level;

	for (level = 0; level <= rb->level; level++) {
		struct maple_node *node = rb->left[level], *next;

		for (;;) {
			bool last = node == rb->right[level];

			next = last ? NULL : neighbour(node, 1, /* same_parent = */ false);
			mas_dead_node(rb->plan->mas, node);
			if (last)
				break;
			node = next;
		}
	}
}

/*
 * Make the new nodes visible. Order: they know their parents (build()); one store publishes them all; the children that
 * were taken over learn their new parent; only then the old nodes die, so that a reader which starts again
 * always finds a way.
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
			adopt(rb->list[i]);
	if (mt_is_alloc(mas->tree))
		ma_update_gap(top, rb->piece_gap[0]);
	bury(rb);
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
