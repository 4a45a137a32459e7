/* SPDX-License-Identifier: MIT */
/*
 * Red-black trees threaded through the objects they hold, with a value kept
 * per subtree when the user wants one (see interval_tree.c).
 *
 * The caller brings the lock. Look-ups are written by the caller, which has the key:
 * walk down from root->node by comparing.
 */
#ifndef LIB_RBTREE_H
#define LIB_RBTREE_H

#include "lib/types.h"

struct rb_node {
	struct rb_node *parent, *left, *right;
	bool red;
};

struct rb_root {
	struct rb_node *node;	/* the top, NULL when empty */
	struct rb_node *first;	/* leftmost, so that the smallest costs nothing to find */
};

#define RB_ROOT		{ NULL, NULL }

#define rb_entry(ptr, type, member)	container_of(ptr, type, member)

/*
 * Recompute @node's subtree value from @node and its children, whose values are right. Returns whether it
 * changed: if not, nothing above can.
 */
typedef bool rb_update_fn(struct rb_node *node);

/*
 * rb_insert_at() - add @node at @link, the empty place below @parent (NULL: the root) that the caller found on
 * the way down; @leftmost: it went left everywhere. The subtree values on that way, and @node's, are right
 * already. @update may be NULL; so in rb_remove().
 */
void rb_insert_at(struct rb_root *root, struct rb_node *node, struct rb_node *parent, struct rb_node **link,
		  bool leftmost, rb_update_fn *update);
/* rb_remove() - take @node, which is in @root, out. */
void rb_remove(struct rb_root *root, struct rb_node *node, rb_update_fn *update);

static inline bool rb_empty(const struct rb_root *root) { return !root->node; }
static inline struct rb_node *rb_first(const struct rb_root *root) { return root->first; }
/* rb_next(), rb_prev() - neighbours in order, NULL at the ends. */
struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_prev(const struct rb_node *node);

#endif
