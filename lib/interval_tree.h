/* SPDX-License-Identifier: MIT */
/*
 * Intervals [start, last], both ends inclusive, that may overlap, duplicate and nest;
 * finds those that overlap a given interval. The reverse map uses it to find the
 * VMAs that map a page.
 */
#ifndef LIB_INTERVAL_TREE_H
#define LIB_INTERVAL_TREE_H

#include "lib/rbtree.h"

struct interval_node {
	struct rb_node rb;
	unsigned long start, last;	/* set before insertion, constant while in the tree */
	unsigned long subtree_last;	/* the greatest last of this node and those below */
};

void interval_tree_insert(struct interval_node *node, struct rb_root *root);
void interval_tree_remove(struct interval_node *node, struct rb_root *root);

/*
 * interval_tree_iter_first(), interval_tree_iter_next() - the intervals that overlap
 * [@start, @last], in order of their start; NULL at the end. The tree must not change between
 * the calls. O(log n) each.
 */
struct interval_node *interval_tree_iter_first(const struct rb_root *root,
					       unsigned long start, unsigned long last);
struct interval_node *interval_tree_iter_next(const struct interval_node *node,
					      unsigned long start, unsigned long last);

#define interval_tree_for_each(pos, root, start, last)				\
	for (pos = interval_tree_iter_first(root, start, last); pos;		\
	     pos = interval_tree_iter_next(pos, start, last))

#endif
