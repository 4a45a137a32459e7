/* SPDX-License-Identifier: MIT */
/*
 * alloc.c - where nodes come from and where they go; cursors in error; preallocation.
 *
 * A cursor may hold a reserve (mas_preallocate(), mas_nomem(), mas_expected_entries()): nodes linked by their first
 * word. A store takes from the reserve first. Outside RCU mode a bulk load puts the nodes it replaces back there.
 */
#include "maple_internal.h"

void mas_set_err(struct ma_state *mas, int err)
{
	mas->status = ma_error;
	mas->err = err;
	mas->node = NULL;
}

struct maple_node *mas_new_node(struct ma_state *mas, gfp_t gfp)
{
	struct maple_node *node = mas->alloc;

	if (!node)
		return maple_node_alloc(gfp);
	mas->alloc = node->next;
	mas->nr_alloc--;
	return node;
}

/* A node that no reader has seen. */
void mas_unused_node(struct ma_state *mas, struct maple_node *node)
{
	node->next = mas->alloc;
	mas->alloc = node;
	mas->nr_alloc++;
}

/* A node that was just taken out of the tree: readers may still be in it. */
void mas_dead_node(struct ma_state *mas, struct maple_node *node)
{
	ma_publish(&node->any.parent, (uintptr_t)node);
	if (mt_in_rcu(mas->tree))
		maple_node_free_rcu(node);
	else if (mas->bulk)
		mas_unused_node(mas, node);
	else
		maple_node_free(node);
}

void mas_give_back(struct ma_state *mas)
{
	while (mas->alloc) {
		struct maple_node *node = mas->alloc;

		mas->alloc = node->next;
		maple_node_free(node);
	}
	mas->nr_alloc = 0;
}

/* Fill the reserve up to @nr nodes. Returns: 0, or -ENOMEM with an empty reserve. */
int mas_reserve(struct ma_state *mas, unsigned int nr, gfp_t gfp)
{
	while (mas->nr_alloc < nr) {
		struct maple_node *node = maple_node_alloc(gfp);

		if (!node) {
			mas_give_back(mas);
			return -ENOMEM;
		}
		mas_unused_node(mas, node);
	}
	return 0;
}

/*
 * mas_preallocate() - reserve what mas_store_prealloc() of @entry over [index,last] needs.
 * Locks: the writers', held from here to that store. Unused, the reserve goes back by mas_destroy().
 * Returns: 0; -EINVAL: index > last; -ENOMEM with no reserve.
 */
int mas_preallocate(struct ma_state *mas, void *entry, gfp_t gfp)
{
	struct ma_plan plan;

	if (mas->index > mas->last)
		return -EINVAL;
	if (mas->status == ma_error)
		mas_reset(mas);
	ma_plan_store(&plan, mas, entry, gfp);
	if (mas_reserve(mas, ma_plan_nodes(&plan), gfp)) {
		mas_reset(mas);
		return -ENOMEM;
	}
	return 0;
}

/*
 * mas_preallocate_any() - reserve so much that mas_preallocate() needs no more, of whatever entry over whatever range, even after
 * one store through another cursor: the last of several changes is sure to succeed before the first is made.
 * Locks and what becomes of the reserve: as for mas_preallocate(). Returns: 0, or -ENOMEM with no reserve.
 */
int mas_preallocate_any(struct ma_state *mas, gfp_t gfp)
{
	return mas_reserve(mas, STORE_NODES_MAX(mt_height(mas->tree) + 1), gfp);
}

/* mas_store_prealloc() - the store of which mas_preallocate() was told: same range, same tree. Can not fail. */
void mas_store_prealloc(struct ma_state *mas, void *entry)
{
	struct ma_plan plan;

	ma_plan_store(&plan, mas, entry, GFP_NOWAIT);
	if (ma_do_store(&plan))
		MAPLE_BUG("mas_store_prealloc: [%lu,%lu] needs more than was preallocated\n",
			  mas->index, mas->last);
	mas_give_back(mas);
}

/*
 * mas_nomem() - after a mas_store() that ran out of memory: get what the store needs.
 * Returns: true if the store should be tried again. May have dropped and retaken the tree's lock.
 */
bool mas_nomem(struct ma_state *mas, gfp_t gfp)
{
	struct ma_plan plan;
	bool drop = !MAPLE_LOCK_SLEEPS && MAPLE_GFP_BLOCKS(gfp) && !mt_external_lock(mas->tree);
	unsigned int need;

	if (mas->status != ma_error || mas->err != -ENOMEM)
		return false;
	mas_reset(mas);
	ma_plan_store(&plan, mas, mas->failed, gfp);
	need = ma_plan_nodes(&plan);
	if (drop)
		mas_unlock(mas);
	if (mas_reserve(mas, need, gfp))
		mas_set_err(mas, -ENOMEM);
	if (drop)
		mas_lock(mas);
	return mas->status != ma_error;
}

/*
 * mas_expected_entries() - reserve for about @nr ascending stores into an empty tree.
 * Locks: the writers'. Returns: 0 or -ENOMEM; mas_destroy() ends the load in both cases.
 * Every entry may be followed by a free stretch, so it takes two slots; leaves end up full.
 */
int mas_expected_entries(struct ma_state *mas, unsigned long nr)
{
	unsigned long fan = mt_is_alloc(mas->tree) ? ARANGE_SLOTS : RANGE_SLOTS;
	unsigned long level = (2 * nr + 1) / (RANGE_SLOTS - 1) + 1, sum = level;

	while (level > 1) {
		level = (level + fan - 2) / (fan - 1);
		sum += level;
	}
	if (mas->status == ma_error)
		mas_reset(mas);
	mas->bulk = 1;
	if (mas_reserve(mas, sum + MAX_SPARE, GFP_KERNEL)) {
		mas->bulk = 0;
		mas_set_err(mas, -ENOMEM);
		return -ENOMEM;
	}
	return 0;
}

/* mas_destroy() - end of a bulk load, or the reserve is not needed: give it back. No lock needed. */
void mas_destroy(struct ma_state *mas)
{
	mas->bulk = 0;
	mas_give_back(mas);
}

/* mt_cache_shrink() - let the allocator give back the memory of free nodes, if it can. May be called at any time. */
void mt_cache_shrink(void)
{
	maple_cache_shrink();
}
