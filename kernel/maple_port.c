/* SPDX-License-Identifier: MIT */
/* Nodes of maple trees: 256 bytes on a 256-byte boundary, whose low pointer bits the tree uses. */
#include "kernel/mm/gfp.h"
#include "lib/maple/maple_port.h"

static struct kmem_cache *node_cache;

void maple_port_init(void)
{
	node_cache = kmem_cache_create("maple_node", MAPLE_NODE_SIZE, MAPLE_NODE_SIZE, 0, NULL);
}

void *maple_node_alloc(gfp_t gfp)
{
	return kmem_cache_alloc(node_cache, gfp);
}

void maple_node_free(void *node)
{
	kmem_cache_free(node_cache, node);
}

void maple_node_free_rcu(void *node)
{
	panic("maple node %p of a tree in RCU mode", node);
}
