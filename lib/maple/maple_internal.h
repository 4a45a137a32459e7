/* SPDX-License-Identifier: MIT */
/*
 * maple_internal.h - what a node looks like, and what the maple tree's files share.
 *
 *	leaf_64 / range_64                        arange_64 (internal node of a gap-tracking tree)
 *	+--------+--------------+-------------+   +--------+------------+-----------+----------+-----+
 *	| parent | pivot[0..14] | slot[0..15] |   | parent | pivot[0..8]| slot[0..9]| gap[0..9]|     |
 *	+--------+--------------+-------------+   +--------+------------+-----------+----------+-----+
 *	0        8              128        256    0        8            80          160        240 256
 *
 * Slot i covers (pivot[i-1], pivot[i]]; slot 0 starts at the node's first key, the last slot in use ends at the
 * node's last key ("max"). Pivots behind the last slot in use all hold max and slots there are NULL, so that a
 * search needs no count: it stops at the first pivot >= index. gap[i] is the longest free stretch below slot i.
 *
 * A leaf's NULL slot is a free stretch. Two never touch; a stretch that meets a leaf's end belongs to the leaf on
 * the right, so only the tree's last leaf may end in NULL.
 *
 * Words with a tag in the low 8 bits, free because nodes are aligned to 256:
 *	enode (ma_root, slots of internal nodes)   node | type << 3 | 2
 *	parent word                                parent node | own slot there << 3 | parent is arange << 7
 *	                                           root: tree | 1      dead node: its own address
 *
 * What a reader may rely on while a node is alive: its first and last key never change, an internal node's
 * pivots never change, a leaf's pivots only by one store that cuts its last slot in two (append).
 */
#ifndef MAPLE_INTERNAL_H
#define MAPLE_INTERNAL_H

#include "maple_tree.h"

#define RANGE_SLOTS	MAPLE_RANGE64_SLOTS
#define RANGE_PIVOTS	(RANGE_SLOTS - 1)
#define ARANGE_SLOTS	MAPLE_ARANGE64_SLOTS
#define ARANGE_PIVOTS	(ARANGE_SLOTS - 1)
#define MAX_SLOTS	(RANGE_SLOTS > ARANGE_SLOTS ? RANGE_SLOTS : ARANGE_SLOTS)
#define MAX_LEVELS	32
/*
 * The most nodes that one store makes in a tree of @height levels. On each level it replaces what lies side by side, of which it
 * leaves what fits into two nodes and the part of a third, filled up from a sibling; and the tree may grow by a level.
 */
#define STORE_NODES_MAX(height)	(3 * (height) + 1)

#define MAX_SPARE	4	/* nodes that a bulk load needs for a while besides those that stay */

enum maple_type { maple_leaf_64 = 1, maple_range_64 = 2, maple_arange_64 = 3 };

struct maple_node {
	union {
		struct {
			uintptr_t parent;
			unsigned long pivot[RANGE_PIVOTS];
			void *slot[RANGE_SLOTS];
		} r;					/* leaf_64, range_64 */
		struct {
			uintptr_t parent;
			unsigned long pivot[ARANGE_PIVOTS];
			void *slot[ARANGE_SLOTS];
			unsigned long gap[ARANGE_SLOTS];
		} a;					/* arange_64 */
		struct {
			uintptr_t parent;
			unsigned long pivot[1];
		} any;
		struct maple_node *next;		/* in a reserve */
		unsigned char bytes[MAPLE_NODE_SIZE];
	};
} __attribute__((aligned(MAPLE_NODE_SIZE)));

_Static_assert(sizeof(struct maple_node) == MAPLE_NODE_SIZE, "a node is 256 bytes");
_Static_assert(RANGE_SLOTS >= 4 && RANGE_SLOTS <= 16, "a first leaf needs 4 slots; parent words hold 4 bits");
_Static_assert(ARANGE_SLOTS >= 3 && ARANGE_SLOTS <= 10, "arange slots");

/* --- words shared between one writer and many readers --- */
#define ma_load(p)		__atomic_load_n((p), __ATOMIC_ACQUIRE)
#define ma_load_relaxed(p)	__atomic_load_n((p), __ATOMIC_RELAXED)
#ifndef ma_publish	/* a test may have one that is broken */
#define ma_publish(p, v)	__atomic_store_n((p), (v), __ATOMIC_RELEASE)
#endif
#define ma_store_relaxed(p, v)	__atomic_store_n((p), (v), __ATOMIC_RELAXED)

#define ma_likely(x)		__builtin_expect(!!(x), 1)
#define ma_unlikely(x)		__builtin_expect(!!(x), 0)

/* The zero entry: occupies its range for the mas_ calls, reads as nothing elsewhere. */
#define MA_ZERO_ENTRY		((void *)1030)

/* --- enodes --- */
static inline struct maple_node *mte_node(const void *enode)
{
	return (struct maple_node *)((uintptr_t)enode & ~(uintptr_t)(MAPLE_NODE_SIZE - 1));
}

static inline enum maple_type mte_type(const void *enode)
{
	return ((uintptr_t)enode >> 3) & 3;
}

static inline bool mte_is_leaf(const void *enode)
{
	return mte_type(enode) == maple_leaf_64;
}

static inline void *mt_enode(struct maple_node *node, enum maple_type type)
{
	return (void *)((uintptr_t)node | (uintptr_t)type << 3 | 2);
}

/* Is the root word a node? Anything else but NULL is the entry of [0,0]. */
static inline bool mt_root_is_node(const void *root)
{
	return ((uintptr_t)root & 3) == 2;
}

/* May @entry, stored at [0,0] alone, live in ma_root? */
static inline bool mt_entry_fits_root(const void *entry)
{
	return ((uintptr_t)entry & 3) != 2;
}

static inline bool mt_is_alloc(const struct maple_tree *mt)
{
	return ma_load_relaxed(&mt->ma_flags) & MT_FLAGS_ALLOC_RANGE;
}

/* --- slots, pivots, gaps by type --- */
static inline unsigned int mt_slots(enum maple_type type)
{
	return type == maple_arange_64 ? ARANGE_SLOTS : RANGE_SLOTS;
}

static inline unsigned int mt_pivots(enum maple_type type)
{
	return mt_slots(type) - 1;
}

/* Fewest slots in use in a node that is not the root: about a third. An internal node has two children. */
static inline unsigned int mt_min_slots(enum maple_type type)
{
	unsigned int min = mt_slots(type) / 3;

	return type != maple_leaf_64 && min < 2 ? 2 : min;
}

static inline void **ma_slots(struct maple_node *node, enum maple_type type)
{
	return type == maple_arange_64 ? node->a.slot : node->r.slot;
}

static inline unsigned long *ma_pivots(struct maple_node *node)
{
	return (unsigned long *)((char *)node + offsetof(struct maple_node, any.pivot));
}

/* --- parent words --- */
#define MA_PARENT_ROOT	1u

static inline uintptr_t ma_parent_word(struct maple_node *parent, enum maple_type type, unsigned int slot)
{
	return (uintptr_t)parent | (uintptr_t)slot << 3 | (type == maple_arange_64 ? 0x80 : 0);
}

static inline bool ma_word_is_root(uintptr_t word)
{
	return word & MA_PARENT_ROOT;
}

static inline unsigned int ma_word_slot(uintptr_t word)
{
	return (word >> 3) & 15;
}

static inline enum maple_type ma_word_type(uintptr_t word)
{
	return word & 0x80 ? maple_arange_64 : maple_range_64;
}

/* Dead: replaced and about to be freed. What was read from the node before this question is void if so. */
static inline bool ma_dead(const struct maple_node *node)
{
	return ma_load(&node->any.parent) == (uintptr_t)node;
}

/*
 * First slot whose pivot is >= @index; @nr when there is none. @nr is a constant: the loops unroll, and the
 * middle pivot saves half of the comparisons. An append under way writes one pivot behind the leaf's end before
 * it publishes: two pivots in a row below @index prove that the first of them is not that one.
 */
static inline __attribute__((always_inline)) unsigned int ma_scan_nr(const unsigned long *pivot, unsigned int nr,
								     unsigned long index)
{
	unsigned int i, half = nr / 2;

	if (ma_load(&pivot[half]) < index && ma_load(&pivot[half - 1]) < index) {
#pragma GCC unroll 8
		for (i = half + 1; i < nr; i++)
			if (ma_load(&pivot[i]) >= index)
				return i;
		return nr;
	}
#pragma GCC unroll 8
	for (i = 0; i < half; i++)
		if (ma_load(&pivot[i]) >= index)
			return i;
	return half;
}

static inline unsigned int ma_scan_leaf(const struct maple_node *leaf, unsigned long index)
{
	return ma_scan_nr(leaf->r.pivot, RANGE_PIVOTS, index);
}

static inline unsigned int ma_scan(const struct maple_node *node, enum maple_type type, unsigned long index)
{
	if (type == maple_arange_64)
		return ma_scan_nr(node->a.pivot, ARANGE_PIVOTS, index);
	return ma_scan_nr(node->r.pivot, RANGE_PIVOTS, index);
}

/* Slots in use in a leaf that ends at @max. Mostly they are many: counted from the end. */
static inline unsigned int ma_leaf_count(const struct maple_node *leaf, unsigned long max)
{
	unsigned int n = RANGE_SLOTS;

	while (n > 1 && leaf->r.pivot[n - 2] == max)
		n--;
	return n;
}

/* Slots in use in an internal node, where unused slots are NULL. */
static inline unsigned int ma_children(struct maple_node *node, enum maple_type type)
{
	void **slot = ma_slots(node, type);
	unsigned int n = mt_slots(type);

	while (n && !ma_load(&slot[n - 1]))
		n--;
	return n;
}

struct ma_plan;

/* read.c */
void *mas_restart(struct ma_state *mas, unsigned long index);

/* step.c */
void *mas_step_next(struct ma_state *mas, unsigned long max, bool empty);
void *mas_step_prev(struct ma_state *mas, unsigned long min, bool empty);
void *mas_next_single(struct ma_state *mas);
void *mas_prev_single(struct ma_state *mas, unsigned long min);

/* gap.c */
unsigned long ma_leaf_gap(struct maple_node *node, unsigned long min, unsigned long max);
unsigned long ma_planned_gap(struct ma_plan *plan, struct maple_node *leaf);
void ma_update_gap(struct maple_node *node, unsigned long gap);

/* alloc.c */
struct maple_node *mas_new_node(struct ma_state *mas, gfp_t gfp);
void mas_unused_node(struct ma_state *mas, struct maple_node *node);
void mas_dead_node(struct ma_state *mas, struct maple_node *node);
int mas_reserve(struct ma_state *mas, unsigned int nr, gfp_t gfp);
void mas_give_back(struct ma_state *mas);
void mas_set_err(struct ma_state *mas, int err);

/* plan.c: what a store will do. */
enum store_kind {
	store_none,	/* nothing to do: NULL over NULL */
	store_empty,	/* everything goes, the root becomes NULL */
	store_root,	/* the tree is empty and becomes one entry in ma_root */
	store_new_root,	/* the tree is no node yet and becomes a leaf */
	store_exact,	/* one whole slot: overwrite its entry */
	store_slot,	/* one boundary moves (outside RCU mode) */
	store_append,	/* cuts the leaf's last slot, behind its start */
	store_node,	/* fits into a copy of the leaf */
	store_split,	/* the leaf overflows */
	store_rebalance,/* the leaf becomes too sparse */
	store_spanning,	/* more than one leaf */
};

struct ma_plan {
	struct ma_state *mas;
	void *entry;
	gfp_t gfp;
	enum store_kind kind;
	unsigned long first, last;	/* the range, grown by the free stretches around it if entry is NULL */

	/* The leaf of @first. */
	struct maple_node *node;
	unsigned long min, max;
	unsigned int offset;		/* slot that holds first ... */
	unsigned long lo;		/* ... and where it starts */

	/* The leaf of @last (often the same). */
	struct maple_node *end_node;
	unsigned long end_max;
	unsigned int end_offset;	/* slot that holds last ... */
	unsigned long hi;		/* ... and where it ends */

	void *old;			/* entry at the first key */
	unsigned int count;		/* slots the leaf has now ... */
	unsigned int want;		/* ... and after the store (one leaf) */
};

void ma_plan_store(struct ma_plan *plan, struct ma_state *mas, void *entry, gfp_t gfp);
unsigned int ma_plan_nodes(struct ma_plan *plan);

/* write.c */
int ma_do_store(struct ma_plan *plan);
bool mas_store_try(struct ma_state *mas, void *entry, gfp_t gfp);
void ma_replace(struct ma_state *mas, struct maple_node *old, struct maple_node *new, enum maple_type type,
		unsigned long gap);

/* rebuild.c */
int ma_rebuild(struct ma_plan *plan);
unsigned int ma_rebuild_nodes(struct ma_plan *plan);

/* Frees all nodes below @root, at once or after a grace period. */
void ma_destroy_tree(struct maple_tree *mt, void *root);

#endif /* MAPLE_INTERNAL_H */
