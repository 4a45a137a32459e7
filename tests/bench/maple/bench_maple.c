/* SPDX-License-Identifier: MIT */
/*
 * The maple tree as the benchmark's driver sees it, in RCU mode and plain; a gap-tracking tree as a
 * memory map needs it. Called by bench.c.
 */
#include "lib/maple/maple_tree.h"
#include "tests/bench/maple/bench.h"

struct queued_node *queued_nodes;
unsigned int nr_queued_nodes;

static struct maple_tree tree, copy;
static unsigned int flags;

/* There is one thread, and it is not reading: every queued node can go. */
void rcu_barrier(void)
{
	struct queued_node *q = queued_nodes;

	while (q) {
		struct queued_node *next = q->next;

		freelist_free((char *)q - MAPLE_NODE_RCU_OFFSET, MAPLE_NODE_SIZE);
		q = next;
	}
	queued_nodes = NULL;
	nr_queued_nodes = 0;
}

static void init_plain(void)
{
	flags = MT_FLAGS_ALLOC_RANGE;
	mt_init_flags(&tree, flags);
}

static void init_rcu(void)
{
	flags = MT_FLAGS_ALLOC_RANGE | MT_FLAGS_USE_RCU;
	mt_init_flags(&tree, flags);
}

static void destroy(void)
{
	mtree_destroy(&tree);
	rcu_barrier();
}

static void *load(unsigned long key)
{
	return mtree_load(&tree, key);
}

static void store(unsigned long first, unsigned long last, void *entry)
{
	mtree_store_range(&tree, first, last, entry, GFP_KERNEL);
}

static void erase(unsigned long key)
{
	mtree_erase(&tree, key);
}

static unsigned long iterate(void)
{
	MA_STATE(mas, &tree, 0, 0);
	unsigned long nr = 0;
	void *entry;

	rcu_read_lock();
	mas_for_each(&mas, entry, ULONG_MAX)
		nr++;
	rcu_read_unlock();
	return nr;
}

static unsigned long gap_from_top(unsigned long max, unsigned long size)
{
	MA_STATE(mas, &tree, 0, 0);
	int err;

	rcu_read_lock();
	err = mas_empty_area_rev(&mas, 0, max, size);
	rcu_read_unlock();
	return err ? 0 : mas.last;
}

static void dup(void)
{
	mt_init_flags(&copy, flags);
	mtree_dup(&tree, &copy, GFP_KERNEL);
}

static void drop_dup(void)
{
	mtree_destroy(&copy);
	rcu_barrier();
}

static void quiesce(void)
{
	rcu_barrier();
}

#define COMMON \
	.destroy = destroy, .load = load, .store = store, .erase = erase, .iterate = iterate, \
	.gap_from_top = gap_from_top, .dup = dup, .drop_dup = drop_dup, .quiesce = quiesce

const struct tree_ops maple_rcu = { .name = "rcu", .init = init_rcu, COMMON };
const struct tree_ops maple_plain = { .name = "plain", .init = init_plain, COMMON };
