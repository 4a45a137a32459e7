/* SPDX-License-Identifier: MIT */
/*
 * dup.c - whole trees: duplicate, destroy, measure, RCU mode on and off.
 *
 * A duplicate is a copy node by node, depth first: a node's 256 bytes are copied as they are, then the child
 * pointers and the parent word are put right. Keys, gaps and entries need no second look.
 */
#include "maple_internal.h"

/* Free the nodes of a tree that is not published, down from @enode. */
static void free_copy(void *enode)
{
	struct maple_node *node = mte_node(enode);
	unsigned int i;

	if (!mte_is_leaf(enode))
		for (i = 0; i < mt_slots(mte_type(enode)) && ma_slots(node, mte_type(enode))[i]; i++)
			free_copy(ma_slots(node, mte_type(enode))[i]);
	maple_node_free(node);
}

/* Returns: the copy of @enode and all below, its parent word set to @parent; NULL without memory. */
static void *copy_node(void *enode, uintptr_t parent, gfp_t gfp)
{
	enum maple_type type = mte_type(enode);
	struct maple_node *node = maple_node_alloc(gfp);
	void **slot, *child;
	unsigned int i;

	if (!node)
		return NULL;
	memcpy(node, mte_node(enode), sizeof(*node));
	node->any.parent = parent;
	if (type == maple_leaf_64)
		return mt_enode(node, type);
	slot = ma_slots(node, type);
	for (i = 0; i < mt_slots(type) && slot[i]; i++) {
		child = copy_node(slot[i], ma_parent_word(node, type, i), gfp);
		slot[i] = child;
		if (!child) {
			free_copy(mt_enode(node, type));
			return NULL;
		}
	}
	return mt_enode(node, type);
}

/*
 * __mt_dup() - make @new an exact copy of @mt.
 * Assumes: both locks held; @new empty, with the same flags.
 * Returns: 0; -EINVAL if @new is not so; -ENOMEM with @new still empty.
 */
int __mt_dup(struct maple_tree *mt, struct maple_tree *new, gfp_t gfp)
{
	void *root = mt->ma_root;

	if (((mt->ma_flags ^ new->ma_flags) & ~MT_FLAGS_ALLOC_WRAPPED) || new->ma_root)
		return -EINVAL;
	if (mt_root_is_node(root)) {
		root = copy_node(root, (uintptr_t)new | MA_PARENT_ROOT, gfp);
		if (!root)
			return -ENOMEM;
	}
	new->ma_flags = mt->ma_flags;
	ma_publish(&new->ma_root, root);
	return 0;
}

/* mtree_dup() - the same, taking both locks. */
int mtree_dup(struct maple_tree *mt, struct maple_tree *new, gfp_t gfp)
{
	int err;

	mtree_lock(new);
	mtree_lock_nested(mt, 1);
	err = __mt_dup(mt, new, MAPLE_LOCK_SLEEPS ? gfp : GFP_NOWAIT);
	mtree_unlock(mt);
	mtree_unlock(new);
	return err;
}

/* Mark all nodes below @root, which is no longer reachable, dead and free them (in RCU mode after a grace period). */
void ma_destroy_tree(struct maple_tree *mt, void *root)
{
	struct maple_node *node = mte_node(root);
	enum maple_type type = mte_type(root);
	void *child;
	unsigned int i;

	ma_publish(&node->any.parent, (uintptr_t)node);
	for (i = 0; type != maple_leaf_64 && i < mt_slots(type); i++) {
		child = ma_slots(node, type)[i];
		if (!child)
			break;
		ma_destroy_tree(mt, child);
	}
	if (mt_in_rcu(mt))
		maple_node_free_rcu(node);
	else
		maple_node_free(node);
}

/* __mt_destroy() - empty the tree and free its nodes; entries are the user's. Locks: the writers'. */
void __mt_destroy(struct maple_tree *mt)
{
	void *root = mt->ma_root;

	ma_publish(&mt->ma_root, NULL);
	if (mt_root_is_node(root))
		ma_destroy_tree(mt, root);
}

/* mtree_destroy() - the same, taking the tree's lock. */
void mtree_destroy(struct maple_tree *mt)
{
	mtree_lock(mt);
	__mt_destroy(mt);
	mtree_unlock(mt);
}

static void mt_change_rcu(struct maple_tree *mt, bool on)
{
	if (mt_in_rcu(mt) == on)
		return;
	if (!mt_external_lock(mt))
		mtree_lock(mt);
	ma_store_relaxed(&mt->ma_flags, on ? mt->ma_flags | MT_FLAGS_USE_RCU : mt->ma_flags & ~MT_FLAGS_USE_RCU);
	if (!mt_external_lock(mt))
		mtree_unlock(mt);
}

/* mt_set_in_rcu() - from now on readers need no lock. Takes the tree's own lock; an external one is held already. */
void mt_set_in_rcu(struct maple_tree *mt)
{
	mt_change_rcu(mt, true);
}

/* mt_clear_in_rcu() - back again. Assumes: no reader without a lock is in the tree. */
void mt_clear_in_rcu(struct maple_tree *mt)
{
	mt_change_rcu(mt, false);
}

/* Nothing to prepare: nodes come from the port. Kept because callers expect it at start-up. */
void maple_tree_init(void)
{
}

static unsigned long nr_nodes_below(void *enode)
{
	struct maple_node *node = mte_node(enode);
	enum maple_type type = mte_type(enode);
	unsigned long n = 1;

	for (unsigned int i = type == maple_leaf_64 ? 0 : ma_children(node, type); i-- > 0; )
		n += nr_nodes_below(ma_slots(node, type)[i]);
	return n;
}

/* mt_nr_nodes() - how many nodes the tree consists of. Assumes: no writer at work. Recursive: a level each. */
unsigned long mt_nr_nodes(const struct maple_tree *mt)
{
	return mt_root_is_node(mt->ma_root) ? nr_nodes_below(mt->ma_root) : 0;
}

/* Levels of nodes: 0 without any. */
unsigned int mt_height(const struct maple_tree *mt)
{
	unsigned int height = 0;
	void *p;

	rcu_read_lock();
	for (p = ma_load(&mt->ma_root); mt_root_is_node(p); p = ma_load(&ma_slots(mte_node(p), mte_type(p))[0])) {
		height++;
		if (mte_is_leaf(p))
			break;
	}
	rcu_read_unlock();
	return height;
}
