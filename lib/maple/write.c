/* SPDX-License-Identifier: MIT */
/*
 * write.c - carrying out a planned store: one routine for each kind that stays in one leaf.
 *
 *	kind               what happens                                          new nodes
 *	exact fit          one slot's entry is overwritten                       0
 *	slot store         a boundary moves in place (outside RCU mode)          0
 *	append             the last slot is cut, one pivot publishes it          0
 *	                   (outside RCU mode also where the slot begins)
 *	node store         the leaf is copied with the change                    1
 *	split, rebalance,  see rebuild.c                                         2 and more
 *	spanning
 *	new root           a tree without nodes gets its first                   1
 *
 * In place a writer only overwrites the entry of a slot whose bounds stay, or appends. Everything else is built
 * in new nodes, published by one release store (a slot of the parent, or ma_root), and only then the old
 * nodes are marked dead. The same code serves trees outside RCU mode, except that dead nodes are freed at once.
 *
 * Where the speed comes from (instructions per operation in RCU mode, gaps tracked, x86-64, gcc 12 -O2; load at
 * 1,000 ranges, the others at 2,000: load 148, append 913, erase 1285, random insert 1555, split 1299):
 *	- The planner looks at the leaf once; most stores are then one of the kinds that touch one leaf. A node store
 *	  is a copy of 256 bytes by constant size, then only the slots from the change on are moved.
 *	- A number of slots is never stored nor searched for: unused pivots hold the node's last key, so a search
 *	  stops by itself. Searches are unrolled and begin with the middle pivot.
 *	- Gaps: the gap stored in the parent usually gives the leaf's new longest gap without reading it
 *	  (ma_planned_gap()), and the update of the ancestors ends where nothing changes.
 *	- A full leaf first shares with a neighbour (fewer nodes, so fewer levels and cache lines); where entries are
 *	  appended, nodes are cut 16 | 7 | 5 instead of evenly, so that 11 slots go in between two cuts.
 *	- Nodes are taken from the allocator as they are needed: nothing is visible before the one publishing store,
 *	  so failure needs no reserve, only the built nodes are freed. mas_preallocate() counts by a dry run.
 */
#include "maple_internal.h"

static void mas_at(struct ma_state *mas, struct ma_plan *plan, struct maple_node *leaf, unsigned int offset)
{
	mas->node = mt_enode(leaf, maple_leaf_64);
	mas->min = plan->min;
	mas->max = plan->max;
	mas->offset = offset;
	mas->status = ma_active;
}

/* The cursor stands on [index,last], but its next move has to look for the node. */
static void mas_lost(struct ma_state *mas)
{
	mas->node = NULL;
	mas->status = ma_active;
}

/* Publish @new in the place of @old, whose keys it covers, and free @old. @gap: longest free stretch in @new. */
void ma_replace(struct ma_state *mas, struct maple_node *old, struct maple_node *new, enum maple_type type,
		unsigned long gap)
{
	uintptr_t word = old->any.parent;

	ma_store_relaxed(&new->any.parent, word);
	if (ma_word_is_root(word))
		ma_publish(&mas->tree->ma_root, mt_enode(new, type));
	else
		ma_publish(&ma_slots(mte_node((void *)word), ma_word_type(word))[ma_word_slot(word)],
			   mt_enode(new, type));
	if (mt_is_alloc(mas->tree))
		ma_update_gap(new, gap);
	mas_dead_node(mas, old);
}

static void ma_leaf_gap_changed(struct ma_plan *plan)
{
	if (mt_is_alloc(plan->mas->tree))
		ma_update_gap(plan->node, ma_planned_gap(plan, plan->node));
}

/*
 * Exact fit: the range is one slot.
 *
 *	before  | A | B | C |       store X over B
 *	after   | A | X | C |       one store
 */
static int write_exact(struct ma_plan *plan)
{
	ma_publish(&plan->node->r.slot[plan->offset], plan->entry);
	if (!plan->entry != !plan->old)
		ma_leaf_gap_changed(plan);
	mas_at(plan->mas, plan, plan->node, plan->offset);
	return 0;
}

/*
 * Slot store (outside RCU mode only): one boundary moves, the number of slots stays.
 *
 *	before  | A 9 | B 19 |      store X over 0..14        store X over 5..19
 *	after                       | X 14 | B 19 |           | A 4 | X 19 |
 */
static int write_slot(struct ma_plan *plan)
{
	struct maple_node *leaf = plan->node;
	unsigned int i = plan->offset;

	if (plan->first > plan->lo) {
		ma_store_relaxed(&leaf->r.pivot[i], plan->first - 1);
		i++;
	} else {
		ma_store_relaxed(&leaf->r.pivot[i], plan->last);
	}
	ma_store_relaxed(&leaf->r.slot[i], plan->entry);
	ma_leaf_gap_changed(plan);
	mas_at(plan->mas, plan, leaf, i);
	return 0;
}

/*
 * Append: cut the last slot, behind its start. The store of one pivot publishes it; until then the slots behind
 * are past the leaf's end. At its start it is cut outside RCU mode only.
 *
 *	before  | A 9 | NULL max |                     store X over 20..29
 *	        | A 9 | NULL max | X 29 | NULL max |   not visible: the first pivot that is >= any key is slot 1's
 *	after   | A 9 | NULL 19  | X 29 | NULL max |
 *
 *	before  | A 9 | NULL max |                     store X over 10..29
 *	after   | A 9 | X 29 | NULL max |
 */
static int write_append(struct ma_plan *plan)
{
	struct maple_node *leaf = plan->node;
	unsigned int i = plan->offset, at = i;

	if (plan->first == plan->lo) {		/* outside RCU mode: two words that readers would have to see at once */
		ma_store_relaxed(&leaf->r.slot[i + 1], leaf->r.slot[i]);
		ma_store_relaxed(&leaf->r.slot[i], plan->entry);
		ma_store_relaxed(&leaf->r.pivot[i], plan->last);
	} else {
		if (plan->last < plan->max) {
			ma_store_relaxed(&leaf->r.slot[i + 2], leaf->r.slot[i]);
			ma_store_relaxed(&leaf->r.pivot[i + 1], plan->last);
		}
		at = i + 1;
		ma_store_relaxed(&leaf->r.slot[at], plan->entry);
		ma_publish(&leaf->r.pivot[i], plan->first - 1);
	}
	ma_leaf_gap_changed(plan);
	mas_at(plan->mas, plan, leaf, at);
	return 0;
}

static inline void leaf_put(struct maple_node *leaf, unsigned int i, void *entry, unsigned long last)
{
	leaf->r.slot[i] = entry;
	if (i < RANGE_PIVOTS)
		leaf->r.pivot[i] = last;
}

/*
 * Node store: the result fits, build it in a copy.
 *
 *	before  | A 9 | B 19 | C 29 | D 39 |        store X over 5..24
 *	new     | A 4 | X 24 | C 29 | D 39 |        head, entry, tail, the rest
 */
static int write_node(struct ma_plan *plan)
{
	struct maple_node *old = plan->node, *new = mas_new_node(plan->mas, plan->gfp);
	unsigned int i, j, offset;

	if (!new)
		return -ENOMEM;
	*new = *old;
	i = plan->offset;
	if (plan->first > plan->lo)
		new->r.pivot[i++] = plan->first - 1;
	offset = i;
	leaf_put(new, i++, plan->entry, plan->last);
	if (plan->last < plan->hi)
		leaf_put(new, i++, old->r.slot[plan->end_offset], plan->hi);
	j = plan->end_offset + 1;
	if (i != j) {
		for (; j < plan->count; j++)
			leaf_put(new, i++, old->r.slot[j], j < RANGE_PIVOTS ? old->r.pivot[j] : plan->max);
		for (; i < plan->count; i++)
			leaf_put(new, i, NULL, plan->max);
	}
	ma_replace(plan->mas, old, new, maple_leaf_64,
		   mt_is_alloc(plan->mas->tree) ? ma_planned_gap(plan, new) : 0);
	mas_at(plan->mas, plan, new, offset);
	return 0;
}

/*
 * New root: the tree is empty or one entry at [0,0], and becomes a leaf.
 *
 *	before  ma_root = A                         store X over 5..9
 *	after   ma_root -> | A 0 | NULL 4 | X 9 | NULL max |
 */
static int write_new_root(struct ma_plan *plan)
{
	struct ma_state *mas = plan->mas;
	struct maple_node *leaf = mas_new_node(mas, plan->gfp);
	void *single = mas->tree->ma_root;
	unsigned int i = 0;

	if (!leaf)
		return -ENOMEM;
	if (plan->first && single)
		leaf_put(leaf, i++, single, 0);
	if (plan->first > i)
		leaf_put(leaf, i++, NULL, plan->first - 1);
	plan->min = 0;
	plan->max = ULONG_MAX;
	plan->offset = i;
	leaf_put(leaf, i++, plan->entry, plan->last);
	for (; i < RANGE_SLOTS; i++)
		leaf_put(leaf, i, NULL, ULONG_MAX);
	leaf->any.parent = (uintptr_t)mas->tree | MA_PARENT_ROOT;
	ma_publish(&mas->tree->ma_root, mt_enode(leaf, maple_leaf_64));
	mas_at(mas, plan, leaf, plan->offset);
	return 0;
}

/* The root itself becomes @root: NULL or the entry of [0,0]. */
static int write_root(struct ma_plan *plan, void *root)
{
	struct ma_state *mas = plan->mas;
	void *old = mas->tree->ma_root;

	ma_publish(&mas->tree->ma_root, root);
	if (mt_root_is_node(old))
		ma_destroy_tree(mas->tree, old);
	mas->node = NULL;
	mas->status = root ? ma_root : ma_none;
	return 0;
}

/*
 * ma_do_store() - carry out the plan.
 * Returns: 0, or -ENOMEM with the tree unchanged. The cursor is on the range stored.
 */
int ma_do_store(struct ma_plan *plan)
{
	int err;

	switch (plan->kind) {
	case store_empty:
		err = write_root(plan, NULL);
		break;
	case store_root:
		err = write_root(plan, plan->entry);
		break;
	case store_new_root:
		err = write_new_root(plan);
		break;
	case store_exact:
		err = write_exact(plan);
		break;
	case store_slot:
		err = write_slot(plan);
		break;
	case store_append:
		err = write_append(plan);
		break;
	case store_node:
		err = write_node(plan);
		break;
	case store_none:
		mas_lost(plan->mas);
		err = 0;
		break;
	case store_split:
	case store_rebalance:
	case store_spanning:
	default:
		err = ma_rebuild(plan);
		if (!err)
			mas_lost(plan->mas);
		break;
	}
	if (!err) {
		plan->mas->index = plan->first;
		plan->mas->last = plan->last;
	}
	return err;
}

/*
 * The store that needs no plan: one entry for another over just the range that the cursor is on, as when a
 * duplicated tree is given entries of its own.
 * Returns: the old entry, or NULL: not such a store.
 */
static inline void *store_in_place(struct ma_state *mas, void *entry)
{
	struct maple_node *node = mte_node(mas->node);
	unsigned int i = mas->offset;
	void *old;

	if (mas->status != ma_active || !mas->node || !entry || mas->alloc || ma_dead(node))
		return NULL;
	if (mas->index != (i ? node->r.pivot[i - 1] + 1 : mas->min) ||
	    mas->last != (i < RANGE_PIVOTS ? node->r.pivot[i] : mas->max))
		return NULL;
	old = node->r.slot[i];
	if (old)
		ma_publish(&node->r.slot[i], entry);
	return old;
}

/* Plan and do. Returns: the old entry at the first key; an error is in the cursor. */
static void *mas_store_with(struct ma_state *mas, void *entry, gfp_t gfp)
{
	struct ma_plan plan;
	void *old = store_in_place(mas, entry);

	if (old)
		return old;
	if (mas->index > mas->last) {
		mas_set_err(mas, -EINVAL);
		return NULL;
	}
	ma_plan_store(&plan, mas, entry, gfp);
	if (ma_do_store(&plan)) {
		mas->failed = entry;
		mas_set_err(mas, -ENOMEM);
		return NULL;
	}
	if (mas->alloc && !mas->bulk)
		mas_give_back(mas);
	return plan.old;
}

/*
 * mas_store() - store @entry over [index,last]; NULL clears the range. Locks: the writers'.
 * Returns: the old entry at index. Without memory, or if index > last, the cursor is in error: see mas_nomem().
 */
void *mas_store(struct ma_state *mas, void *entry)
{
	return mas_store_with(mas, entry, GFP_NOWAIT);
}

/* Storing may sleep for memory without dropping the tree's lock, or must not sleep at all. */
static bool mas_gets_memory_at_once(struct ma_state *mas, gfp_t gfp)
{
	return MAPLE_LOCK_SLEEPS || mt_external_lock(mas->tree) || !MAPLE_GFP_BLOCKS(gfp);
}

/*
 * mas_store_try() - store @entry over [index,last] with memory from @gfp.
 * Returns: true when that is settled (see mas_is_err()); false if the tree's lock was dropped to get the
 * memory, which is now in reserve: look again, then try again.
 */
bool mas_store_try(struct ma_state *mas, void *entry, gfp_t gfp)
{
	bool at_once = mas_gets_memory_at_once(mas, gfp);

	mas_store_with(mas, entry, at_once ? gfp : GFP_NOWAIT);
	return at_once || !mas_nomem(mas, gfp);
}

/*
 * mas_store_gfp() - the same, with memory from @gfp. May drop and retake the tree's own lock to get it.
 * Returns: 0; -EINVAL: index > last; -ENOMEM with nothing changed.
 */
int mas_store_gfp(struct ma_state *mas, void *entry, gfp_t gfp)
{
	if (mas->status == ma_error)
		mas_reset(mas);
	while (!mas_store_try(mas, entry, gfp))
		;
	return mas->status == ma_error ? mas->err : 0;
}

/*
 * mas_erase() - remove the range that contains index. Locks: the writers'; may drop and retake the tree's own.
 * Returns: its entry, or NULL: nothing there (or no memory, then the cursor is in error).
 */
void *mas_erase(struct ma_state *mas)
{
	unsigned long index = mas->index;
	void *entry;

	do {
		entry = mas_restart(mas, index);
		if (!entry)
			break;
	} while (!mas_store_try(mas, NULL, GFP_KERNEL));
	if (mas->alloc && !mas->bulk)
		mas_give_back(mas);
	return mas->status == ma_error ? NULL : entry;
}
