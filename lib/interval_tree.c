/* SPDX-License-Identifier: MIT */
/*
 * A red-black tree ordered by start in which each node holds the greatest last
 * below it: a subtree whose subtree_last is under the wanted start holds no hit.
 *
 *	                 [20,29] max 60
 *	                /              \
 *	        [5,60] max 60       [30,31] max 45
 *	        /                       \
 *	   [1,3] max 3               [40,45] max 45
 *
 *	wanted [35,50]: left of the root is worth a visit (60 >= 35), [1,3] is not
 */
#include "lib/interval_tree.h"

static struct interval_node *to_interval(const struct rb_node *rb)
{
	return rb ? rb_entry(rb, struct interval_node, rb) : NULL;
}

static bool update_last(struct rb_node *rb)
{
	struct interval_node *node = to_interval(rb);
	unsigned long last = node->last, old = node->subtree_last;

	if (rb->left)
		last = max(last, to_interval(rb->left)->subtree_last);
	if (rb->right)
		last = max(last, to_interval(rb->right)->subtree_last);
	node->subtree_last = last;
	return last != old;
}

/* Equal starts stay in order of insertion. */
void interval_tree_insert(struct interval_node *node, struct rb_root *root)
{
	struct rb_node *parent = NULL, **link = &root->node;
	unsigned long start = node->start, last = node->last;
	bool leftmost = true;

	while (*link) {
		struct interval_node *above = to_interval(parent = *link);

		if (above->subtree_last < last)
			above->subtree_last = last;
		if (start < above->start) {
			link = &parent->left;
		} else {
			link = &parent->right;
			leftmost = false;
		}
	}
	node->subtree_last = last;
	rb_insert_at(root, &node->rb, parent, link, leftmost, update_last);
}

void interval_tree_remove(struct interval_node *node, struct rb_root *root)
{
	rb_remove(root, &node->rb, update_last);
}

/* May the subtree at @rb hold an interval that ends at or after @start? */
static bool reaches(const struct rb_node *rb, unsigned long start)
{
	return rb && to_interval(rb)->subtree_last >= start;
}

/*
 * The first hit in the subtree at @rb. When the left side reaches @start it has an interval
 * that ends late enough; if even that one begins after @last, so does all that
 * follows. So one way down is enough.
 */
static struct interval_node *first_below(const struct rb_node *rb, unsigned long start,
					 unsigned long last)
{
	while (reaches(rb, start)) {
		struct interval_node *node = to_interval(rb);

		if (reaches(rb->left, start)) {
			rb = rb->left;
			continue;
		}
		if (node->start > last)
			return NULL;
		if (node->last >= start)
			return node;
		rb = rb->right;
	}
	return NULL;
}

struct interval_node *interval_tree_iter_first(const struct rb_root *root,
					       unsigned long start, unsigned long last)
{
	return first_below(root->node, start, last);
}

struct interval_node *interval_tree_iter_next(const struct interval_node *node,
					      unsigned long start, unsigned long last)
{
	const struct rb_node *rb = &node->rb;

	for (;;) {
		if (reaches(rb->right, start))
			return first_below(rb->right, start, last);

		/* All below is done: up to the first ancestor that lies to the right. */
		while (rb->parent && rb == rb->parent->right)
			rb = rb->parent;
		rb = rb->parent;
		if (!rb || to_interval(rb)->start > last)
			return NULL;
		if (to_interval(rb)->last >= start)
			return to_interval(rb);
	}
}
