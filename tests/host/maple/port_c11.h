/* SPDX-License-Identifier: MIT */
/*
 * The maple tree's port for runs under ThreadSanitizer: as the hosted one, but with the small RCU of
 * rcu_c11.h instead of liburcu. Named to the library with -DMAPLE_PORT_HEADER.
 */
#ifndef TESTS_HOST_MAPLE_PORT_C11_H
#define TESTS_HOST_MAPLE_PORT_C11_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/host/maple/rcu_c11.h"

typedef unsigned int gfp_t;
#define GFP_NOWAIT	0u
#define GFP_ATOMIC	1u
#define GFP_KERNEL	2u
#define MAPLE_GFP_BLOCKS(gfp)	(((gfp) & GFP_KERNEL) != 0)

typedef pthread_mutex_t maple_lock_t;
#define MAPLE_LOCK_SLEEPS	1
#define MAPLE_LOCK_INIT(name)	PTHREAD_MUTEX_INITIALIZER
#define maple_lock_init(l)	pthread_mutex_init((l), NULL)
#define maple_lock_acquire(l)	pthread_mutex_lock(l)
#define maple_lock_release(l)	pthread_mutex_unlock(l)

static inline void *maple_node_alloc(gfp_t gfp)
{
	(void)gfp;
	return aligned_alloc(MAPLE_NODE_SIZE, MAPLE_NODE_SIZE);
}

static inline void maple_node_free(void *node)
{
	free(node);
}

static inline void port_free_rcu(struct rcu_head *head)
{
	free((char *)head - MAPLE_NODE_RCU_OFFSET);
}

static inline void maple_node_free_rcu(void *node)
{
	call_rcu((struct rcu_head *)((char *)node + MAPLE_NODE_RCU_OFFSET), port_free_rcu);
}

#define MAPLE_PRINT(...)	printf(__VA_ARGS__)
#define MAPLE_BUG(...) do { \
	fprintf(stderr, __VA_ARGS__); \
	abort(); \
} while (0)

#endif /* TESTS_HOST_MAPLE_PORT_C11_H */
