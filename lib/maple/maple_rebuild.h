/* SPDX-License-Identifier: MIT */
/*
 * maple_rebuild.h - one rebuild under way: what gather.c collects and rebuild.c cuts into nodes.
 */
#ifndef MAPLE_REBUILD_H
#define MAPLE_REBUILD_H

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

static inline bool node_is_root(const struct maple_node *node)
{
	return ma_word_is_root(node->any.parent);
}

static inline struct maple_node *node_parent(const struct maple_node *node)
{
	return mte_node((void *)node->any.parent);
}

/* gather.c */
struct maple_node *rb_neighbour(struct maple_node *node, int step, bool same_parent);
void rb_add_item(struct ma_rebuild *rb, void *slot, unsigned long pivot, unsigned long gap);
void rb_first_level(struct ma_rebuild *rb);
void rb_next_level(struct ma_rebuild *rb);
void rb_fill_up(struct ma_rebuild *rb);
void rb_share(struct ma_rebuild *rb);

#endif /* MAPLE_REBUILD_H */
