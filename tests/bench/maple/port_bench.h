/* SPDX-License-Identifier: MIT */
/*
 * The maple tree's port for benchmarks: nodes from the free lists that the red-black tree uses too,
 * deferred frees on a plain queue, and locks and read sections that cost nothing, as on one hart.
 */
#ifndef TESTS_BENCH_MAPLE_PORT_BENCH_H
#define TESTS_BENCH_MAPLE_PORT_BENCH_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/maple/freelist.h"

typedef unsigned int gfp_t;
#define GFP_NOWAIT	0u
#define GFP_ATOMIC	1u
#define GFP_KERNEL	2u
#define MAPLE_GFP_BLOCKS(gfp)	(((gfp) & GFP_KERNEL) != 0)

typedef int maple_lock_t;
#define MAPLE_LOCK_SLEEPS	1
#define MAPLE_LOCK_INIT(name)	0
#define maple_lock_init(l)	(*(l) = 0)
#define maple_lock_acquire(l)	((void)(l))
#define maple_lock_release(l)	((void)(l))

#define rcu_read_lock()		__asm__ volatile("" ::: "memory")
#define rcu_read_unlock()	__asm__ volatile("" ::: "memory")

/* Nodes that wait; the head lies in the node's last 16 bytes. Freed in batches, as a tick would. */
struct queued_node {
	struct queued_node *next;
	void *reserved;
};
extern struct queued_node *queued_nodes;
extern unsigned int nr_queued_nodes;
void rcu_barrier(void);

static inline void *maple_node_alloc(gfp_t gfp)
{
	(void)gfp;
	return freelist_alloc(MAPLE_NODE_SIZE);
}

static inline void maple_node_free(void *node)
{
	freelist_free(node, MAPLE_NODE_SIZE);
}

static inline void maple_node_free_rcu(void *node)
{
	struct queued_node *q = (struct queued_node *)((char *)node + MAPLE_NODE_RCU_OFFSET);

	q->next = queued_nodes;
	queued_nodes = q;
	if (++nr_queued_nodes >= 256)
		rcu_barrier();
}

#define MAPLE_PRINT(...)	printf(__VA_ARGS__)
#define MAPLE_BUG(...) do { \
	fprintf(stderr, __VA_ARGS__); \
	abort(); \
} while (0)

#endif /* TESTS_BENCH_MAPLE_PORT_BENCH_H */
