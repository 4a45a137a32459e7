/* SPDX-License-Identifier: MIT */
/*
 * The maple tree's port for a program of one thread that makes and frees nodes by the million (exhaustive.c,
 * random_tiny): nodes come from a list of free ones, and each is filled with ALONE_POISON when it is freed, so that a
 * later look at it finds nothing that was ever stored.
 *
 * A grace period ends when nobody reads and nobody holds a lock. Here that is so whenever the only thread is about to
 * take one: what maple_node_free_rcu() was given is freed then.
 */
#ifndef TESTS_HOST_MAPLE_PORT_ALONE_H
#define TESTS_HOST_MAPLE_PORT_ALONE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALONE_POISON	0x5a

typedef unsigned int gfp_t;
#define GFP_NOWAIT	0u
#define GFP_ATOMIC	1u
#define GFP_KERNEL	2u
#define MAPLE_GFP_BLOCKS(gfp)	(((gfp) & GFP_KERNEL) != 0)

typedef char maple_lock_t;
#define MAPLE_LOCK_SLEEPS	1
#define MAPLE_LOCK_INIT(name)	0
#define maple_lock_init(l)	((void)(*(l) = 0))
#define maple_lock_acquire(l)	((void)(*(l) = 1), rcu_barrier())
#define maple_lock_release(l)	((void)(*(l) = 0))
#define maple_lock_is_held(l)	(*(l) != 0)

#define rcu_read_lock()		((void)0)
#define rcu_read_unlock()	((void)0)
#define rcu_register_thread()	((void)0)
#define rcu_unregister_thread()	((void)0)

/* Both linked through MAPLE_NODE_RCU_OFFSET, the bytes of a dead node that are the port's. */
extern void *alone_free, *alone_waiting;

static inline void **alone_next(void *node)
{
	return (void **)((char *)node + MAPLE_NODE_RCU_OFFSET);
}

static inline void *maple_node_alloc(gfp_t gfp)
{
	void *node = alone_free;

	(void)gfp;
	if (!node)
		return aligned_alloc(MAPLE_NODE_SIZE, MAPLE_NODE_SIZE);
	alone_free = *alone_next(node);
	return node;
}

static inline void maple_node_free(void *node)
{
	memset(node, ALONE_POISON, MAPLE_NODE_SIZE);
	*alone_next(node) = alone_free;
	alone_free = node;
}

static inline void maple_node_free_rcu(void *node)
{
	*alone_next(node) = alone_waiting;
	alone_waiting = node;
}

static inline void rcu_barrier(void)
{
	while (alone_waiting) {
		void *node = alone_waiting;

		alone_waiting = *alone_next(node);
		maple_node_free(node);
	}
}

#define MAPLE_PRINT(...)	printf(__VA_ARGS__)
#define MAPLE_BUG(...) do { \
	fprintf(stderr, __VA_ARGS__); \
	abort(); \
} while (0)

#endif /* TESTS_HOST_MAPLE_PORT_ALONE_H */
