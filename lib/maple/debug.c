/* SPDX-License-Identifier: MIT */
/*
 * debug.c - mt_validate() and mt_dump(): the tree looked at as a whole; mas_dump(): a cursor.
 *
 * mt_validate() derives everything again from the leaves up: order, depth, links, gaps, occupancy, and that the
 * words past a node's end are what a search relies on.
 */
#include "maple_internal.h"

/* What one subtree has to fit into, and what the walk carries from leaf to leaf. */
struct ma_check {
	const struct maple_tree *mt;
	unsigned int depth;		/* of all leaves; 0: not yet known */
	bool null_before;		/* the slot before this one (in key order) is NULL */
};

#define MT_BUG_ON(mt, cond, node, fmt, ...)						\
	do {										\
		if (cond) {								\
			mt_dump((mt), mt_dump_hex);					\
			MAPLE_BUG("mt_validate: node %p: " fmt "\n", (void *)(node), ##__VA_ARGS__); \
		}									\
	} while (0)

static enum maple_type inner_type(const struct maple_tree *mt)
{
	return mt_is_alloc(mt) ? maple_arange_64 : maple_range_64;
}

/* Can @enode be a node of @mt at all? What is not is neither followed nor printed. */
static bool enode_sane(const struct maple_tree *mt, void *enode)
{
	enum maple_type type = mte_type(enode);

	return mte_node(enode) && mt_enode(mte_node(enode), type) == enode &&
	       (type == maple_leaf_64 || type == inner_type(mt));
}

/* Behind the last slot in use: pivots at max, slots NULL, gaps 0. */
static void check_past_end(struct ma_check *c, struct maple_node *node, enum maple_type type, unsigned int n,
			   unsigned long max)
{
	unsigned int i;

	for (i = n; i < mt_slots(type); i++) {
		MT_BUG_ON(c->mt, ma_slots(node, type)[i], node, "slot %u past the end is not NULL", i);
		MT_BUG_ON(c->mt, i < mt_pivots(type) && ma_pivots(node)[i] != max, node,
			  "pivot %u past the end is %lu, not %lu", i, ma_pivots(node)[i], max);
		MT_BUG_ON(c->mt, type == maple_arange_64 && node->a.gap[i], node, "gap %u past the end", i);
	}
}

/* Returns: longest free stretch of one leaf slot over [lo,hi]. */
static unsigned long check_leaf_slot(struct ma_check *c, struct maple_node *node, unsigned int i, unsigned long lo,
				     unsigned long hi)
{
	bool null = !node->r.slot[i];

	MT_BUG_ON(c->mt, null && c->null_before, node, "slot %u: two free stretches meet at %lu", i, lo);
	c->null_before = null;
	return null ? hi - lo + 1 : 0;
}

/* Returns: longest free stretch below @enode, which covers [min,max]. */
static unsigned long check_node(struct ma_check *c, void *enode, uintptr_t parent, unsigned int depth,
				unsigned long min, unsigned long max)
{
	struct maple_node *node = mte_node(enode);
	enum maple_type type = mte_type(enode);
	unsigned long best = 0, gap, lo = min, hi;
	unsigned int i;

	MT_BUG_ON(c->mt, !enode_sane(c->mt, enode), node, "pointer %p is no node of this tree", enode);
	MT_BUG_ON(c->mt, node->any.parent == (uintptr_t)node, node, "is dead but reachable");
	MT_BUG_ON(c->mt, node->any.parent != parent, node, "parent word is %lx, not %lx",
		  (unsigned long)node->any.parent, (unsigned long)parent);
	if (type == maple_leaf_64) {
		MT_BUG_ON(c->mt, c->depth && c->depth != depth, node, "leaf at depth %u, not %u", depth, c->depth);
		c->depth = depth;
	}
	MT_BUG_ON(c->mt, depth >= MAX_LEVELS, node, "too deep");
	for (i = 0; i < mt_slots(type); i++) {
		hi = i < mt_pivots(type) ? ma_pivots(node)[i] : max;
		MT_BUG_ON(c->mt, hi < lo || hi > max, node, "pivot %u is %lu, not in [%lu,%lu]", i, hi, lo, max);
		if (type == maple_leaf_64) {
			gap = check_leaf_slot(c, node, i, lo, hi);
		} else {
			void *child = ma_slots(node, type)[i];

			MT_BUG_ON(c->mt, !child, node, "slot %u has no child", i);
			gap = check_node(c, child, ma_parent_word(node, type, i), depth + 1, lo, hi);
			MT_BUG_ON(c->mt, type == maple_arange_64 && node->a.gap[i] != gap, node,
				  "gap %u is %lu, not %lu", i, node->a.gap[i], gap);
		}
		best = gap > best ? gap : best;
		if (hi == max)
			break;
		lo = hi + 1;
	}
	check_past_end(c, node, type, i + 1, max);
	MT_BUG_ON(c->mt, !ma_word_is_root(parent) && i + 1 < mt_min_slots(type), node, "only %u slots in use", i + 1);
	MT_BUG_ON(c->mt, ma_word_is_root(parent) && type != maple_leaf_64 && !i, node, "root with one child");
	MT_BUG_ON(c->mt, type == maple_leaf_64 && c->null_before && max != ULONG_MAX, node, "ends in NULL");
	return best;
}

/* Abort if the tree is damaged. Assumes: no writer at work. */
void mt_validate(struct maple_tree *mt)
{
	struct ma_check c = { .mt = mt };
	void *root = mt->ma_root;

	if (!mt_root_is_node(root))
		return;
	check_node(&c, root, (uintptr_t)mt | MA_PARENT_ROOT, 1, 0, ULONG_MAX);
	MT_BUG_ON(mt, mte_is_leaf(root) && !mte_node(root)->r.slot[0] && mte_node(root)->r.pivot[0] == ULONG_MAX,
		  root, "an empty tree has a node");
}

static void dump_indent(unsigned int depth)
{
	while (depth--)
		MAPLE_PRINT("  ");
}

static void dump_range(unsigned long lo, unsigned long hi, enum mt_dump_format format)
{
	if (format == mt_dump_hex)
		MAPLE_PRINT("[%lx,%lx]", lo, hi);
	else
		MAPLE_PRINT("[%lu,%lu]", lo, hi);
}

static void dump_node(const struct maple_tree *mt, void *enode, unsigned int depth, unsigned long min,
		      unsigned long max, enum mt_dump_format format)
{
	static const char *const name[] = { "?", "leaf_64", "range_64", "arange_64" };
	struct maple_node *node = mte_node(enode);
	enum maple_type type = mte_type(enode);
	unsigned long lo = min, hi;
	unsigned int i;

	dump_indent(depth);
	MAPLE_PRINT("%s %p ", name[type], (void *)node);
	dump_range(min, max, format);
	MAPLE_PRINT(" parent %lx\n", (unsigned long)node->any.parent);
	for (i = 0; i < mt_slots(type) && depth < MAX_LEVELS; i++) {
		hi = i < mt_pivots(type) ? ma_pivots(node)[i] : max;
		dump_indent(depth + 1);
		MAPLE_PRINT("%u: ", i);
		dump_range(lo, hi, format);
		MAPLE_PRINT(" %p", ma_slots(node, type)[i]);
		if (type == maple_arange_64)
			MAPLE_PRINT(" gap %lu", node->a.gap[i]);
		MAPLE_PRINT("\n");
		if (type != maple_leaf_64 && enode_sane(mt, ma_slots(node, type)[i]))
			dump_node(mt, ma_slots(node, type)[i], depth + 1, lo, hi, format);
		if (hi >= max || hi < lo)
			break;
		lo = hi + 1;
	}
}

/* Print the whole tree. Assumes: no writer at work. */
void mt_dump(const struct maple_tree *mt, enum mt_dump_format format)
{
	MAPLE_PRINT("maple_tree %p flags %x height %u root %p\n", (const void *)mt, mt->ma_flags, mt_height(mt),
		    mt->ma_root);
	if (mt_root_is_node(mt->ma_root) && enode_sane(mt, mt->ma_root))
		dump_node(mt, mt->ma_root, 0, 0, ULONG_MAX, format);
}

/*
 * mas_dump() - print the cursor: where it stands, its leaf, its reserve. Follows no pointer, so that a cursor whose
 * tree or node is gone may be printed too. Locks: none, the cursor is its user's.
 */
void mas_dump(const struct ma_state *mas)
{
	static const char *const name[] = {
		[ma_active] = "active", [ma_start] = "start", [ma_root] = "root", [ma_none] = "none",
		[ma_pause] = "pause", [ma_overflow] = "overflow", [ma_underflow] = "underflow", [ma_error] = "error",
	};

	MAPLE_PRINT("ma_state %p tree %p status %s ", (const void *)mas, (const void *)mas->tree,
		    mas->status <= ma_error ? name[mas->status] : "?");
	dump_range(mas->index, mas->last, mt_dump_hex);
	if (mas->status == ma_error)
		MAPLE_PRINT(" err %d", mas->err);
	if (mas->node) {
		MAPLE_PRINT(" node %p ", (void *)mas->node);
		dump_range(mas->min, mas->max, mt_dump_hex);
		MAPLE_PRINT(" offset %u", mas->offset);
	}
	MAPLE_PRINT(" reserve %u%s\n", mas->nr_alloc, mas->bulk ? " bulk" : "");
}
