/* SPDX-License-Identifier: MIT */
/*
 * Red-black trees after Cormen, Leiserson, Rivest and Stein, chapter 13, with NULL
 * in place of the sentinel leaf. What always holds between calls:
 *
 *	- the root is black, and a red node has no red child
 *	- every way down to a leaf passes the same number of black nodes
 *
 * so that no way down is more than twice as long as another. Subtree values: a
 * rotation recomputes the two nodes that it turns; the caller that inserts has updated the way down; removal
 * recomputes what is above the place that changed, as far as it makes a difference.
 *
 *	    y     rotate right     x
 *	   / \    ----------->    / \
 *	  x   C                  A   y
 *	 / \      <-----------      / \
 *	A   B     rotate left      B   C
 */
#include "lib/rbtree.h"

static bool is_red(const struct rb_node *node)
{
	return node && node->red;
}

/* Let @new stand where @old hangs below its parent. */
static void replace_child(struct rb_root *root, struct rb_node *old, struct rb_node *new)
{
	struct rb_node *parent = old->parent;

	if (!parent)
		root->node = new;
	else if (parent->left == old)
		parent->left = new;
	else
		parent->right = new;
	if (new)
		new->parent = parent;
}

static void rotate_left(struct rb_root *root, struct rb_node *x, rb_update_fn *update)
{
	struct rb_node *y = x->right;

	x->right = y->left;
	if (x->right)
		x->right->parent = x;
	replace_child(root, x, y);
	y->left = x;
	x->parent = y;
	if (update) {
		update(x);
		update(y);
	}
}

static void rotate_right(struct rb_root *root, struct rb_node *y, rb_update_fn *update)
{
	struct rb_node *x = y->left;

	y->left = x->right;
	if (y->left)
		y->left->parent = y;
	replace_child(root, y, x);
	x->right = y;
	y->parent = x;
	if (update) {
		update(y);
		update(x);
	}
}

static void update_upward(struct rb_node *node, rb_update_fn *update)
{
	while (update && node && update(node))
		node = node->parent;
}

/* @node is red and perhaps its parent too: recolour upward, or rotate and be done. */
static void insert_fixup(struct rb_root *root, struct rb_node *node, rb_update_fn *update)
{
	while (is_red(node->parent)) {
		struct rb_node *parent = node->parent, *grand = parent->parent;
		bool on_left = parent == grand->left;
		struct rb_node *uncle = on_left ? grand->right : grand->left;

		if (is_red(uncle)) {
			parent->red = false;
			uncle->red = false;
			grand->red = true;
			node = grand;
			continue;
		}
		/* Straighten a bend first: node - parent - grand in one line. */
		if (on_left && node == parent->right) {
			rotate_left(root, parent, update);
			parent = node;
		} else if (!on_left && node == parent->left) {
			rotate_right(root, parent, update);
			parent = node;
		}
		parent->red = false;
		grand->red = true;
		if (on_left)
			rotate_right(root, grand, update);
		else
			rotate_left(root, grand, update);
		break;
	}
	root->node->red = false;
}

void rb_insert_at(struct rb_root *root, struct rb_node *node, struct rb_node *parent, struct rb_node **link,
		  bool leftmost, rb_update_fn *update)
{
	*node = (struct rb_node){ .parent = parent, .red = true };
	*link = node;
	if (leftmost)
		root->first = node;
	insert_fixup(root, node, update);
}

/*
 * The ways down through @node (a child of @parent, maybe NULL) lack one black. With w the
 * other child of @parent:
 *
 *	w red            rotate it above parent: then w is black
 *	w's children black   colour w red, the lack moves up to parent
 *	w's far child black  rotate the red near child into w's place
 *	w's far child red    rotate w above parent: done
 */
static void remove_fixup(struct rb_root *root, struct rb_node *node, struct rb_node *parent,
			 rb_update_fn *update)
{
	while (parent && !is_red(node)) {
		bool left = node == parent->left;
		struct rb_node *w = left ? parent->right : parent->left;

		if (w->red) {
			w->red = false;
			parent->red = true;
			if (left)
				rotate_left(root, parent, update);
			else
				rotate_right(root, parent, update);
			w = left ? parent->right : parent->left;
		}
		if (!is_red(w->left) && !is_red(w->right)) {
			w->red = true;
			node = parent;
			parent = node->parent;
			continue;
		}
		if (left && !is_red(w->right)) {
			w->left->red = false;
			w->red = true;
			rotate_right(root, w, update);
			w = parent->right;
		} else if (!left && !is_red(w->left)) {
			w->right->red = false;
			w->red = true;
			rotate_left(root, w, update);
			w = parent->left;
		}
		w->red = parent->red;
		parent->red = false;
		if (left) {
			w->right->red = false;
			rotate_left(root, parent, update);
		} else {
			w->left->red = false;
			rotate_right(root, parent, update);
		}
		return;
	}
	if (node)
		node->red = false;
}

void rb_remove(struct rb_root *root, struct rb_node *node, rb_update_fn *update)
{
	struct rb_node *child, *parent;	/* the place where the tree gets one node shorter */
	struct rb_node *next = NULL;
	bool lost_black = !node->red;

	if (root->first == node)
		root->first = rb_next(node);

	if (!node->left || !node->right) {
		child = node->left ? node->left : node->right;
		parent = node->parent;
		replace_child(root, node, child);
	} else {
		/* Two children: the next node in order moves into this place and takes its colour. */
		next = rb_next(node);
		lost_black = !next->red;
		child = next->right;
		parent = next;
		if (next->parent != node) {
			parent = next->parent;
			replace_child(root, next, child);
			next->right = node->right;
			next->right->parent = next;
		}
		replace_child(root, node, next);
		next->left = node->left;
		next->left->parent = next;
		next->red = node->red;
	}
	update_upward(parent, update);
	if (next && update) {		/* it brought the value of its old place: no telling what changed above */
		update(next);
		update_upward(next->parent, update);
	}
	if (lost_black)
		remove_fixup(root, child, parent, update);
}

struct rb_node *rb_next(const struct rb_node *node)
{
	const struct rb_node *n = node->right;

	if (n) {
		while (n->left)
			n = n->left;
		return (struct rb_node *)n;
	}
	for (n = node; n->parent && n == n->parent->right; n = n->parent)
		;
	return n->parent;
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	const struct rb_node *n = node->left;

	if (n) {
		while (n->right)
			n = n->right;
		return (struct rb_node *)n;
	}
	for (n = node; n->parent && n == n->parent->left; n = n->parent)
		;
	return n->parent;
}
