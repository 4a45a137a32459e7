/* SPDX-License-Identifier: MIT */
/*
 * maple_port.h - everything the maple tree needs from its surroundings.
 *
 * A kernel (or a test) compiles with -DMAPLE_PORT_HEADER='"its/header.h"'; without it there is the hosted port:
 * malloc, a pthread mutex and liburcu. A port supplies
 *
 *	gfp_t, GFP_KERNEL, GFP_NOWAIT, GFP_ATOMIC
 *	MAPLE_GFP_BLOCKS(gfp)		may an allocation with @gfp sleep?
 *	MAPLE_LOCK_SLEEPS		1 when the tree's own lock may be held across such an allocation
 *	maple_lock_t, MAPLE_LOCK_INIT(name), maple_lock_init(l), maple_lock_acquire(l), maple_lock_release(l)
 *	void *maple_node_alloc(gfp)	MAPLE_NODE_SIZE bytes, aligned to that size, contents undefined; or NULL
 *	void maple_node_free(p)		at once
 *	void maple_node_free_rcu(p)	after a grace period. The 16 bytes at p + MAPLE_NODE_RCU_OFFSET are its to use:
 *					a reader may still load them, and then finds the node dead. So they are written
 *					after what was written before the call (release stores, or a write barrier
 *					first). The rest of the node is being read and must stay as it is.
 *	rcu_read_lock(), rcu_read_unlock()
 *	MAPLE_PRINT(fmt, ...)		one piece of a dump
 *	MAPLE_BUG(fmt, ...)		print and stop
 * and may supply (the defaults are at the end)
 *
 *	maple_lock_acquire_irqsave(l, flags), maple_lock_release_irqrestore(l, flags)
 *					for a lock that interrupt handlers take too. Default: as without, @flags 0
 *	maple_lock_is_held(l)		does the caller hold @l? For assertions. Default: true, not known
 *	maple_cache_shrink()		give free nodes of the allocator back to the system. Default: nothing
 *
 * Used besides:
 *
 *	memcpy(), memmove(), memset(); the errno numbers EINVAL, ENOMEM, EEXIST, EBUSY; bool
 */
#ifndef MAPLE_PORT_H
#define MAPLE_PORT_H

#define MAPLE_NODE_SIZE		256
#define MAPLE_NODE_RCU_OFFSET	(MAPLE_NODE_SIZE - 16)

#ifdef MAPLE_PORT_HEADER
#include MAPLE_PORT_HEADER
#else

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <urcu.h>	/* the memb flavour */

typedef unsigned int gfp_t;
#ifndef GFP_KERNEL
#define GFP_NOWAIT	0u
#define GFP_ATOMIC	1u
#define GFP_KERNEL	2u
#endif
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

/* The head lies inside the node, and the node is aligned to its size. */
static inline void maple_rcu_free_cb(struct rcu_head *head)
{
	free((void *)((uintptr_t)head & ~(uintptr_t)(MAPLE_NODE_SIZE - 1)));
}

static inline void maple_node_free_rcu(void *node)
{
	cmm_smp_wmb();	/* the node is dead before the head is written into it */
	call_rcu((struct rcu_head *)((char *)node + MAPLE_NODE_RCU_OFFSET), maple_rcu_free_cb);
}

#define MAPLE_PRINT(...)	printf(__VA_ARGS__)
#define MAPLE_BUG(...)							\
	do {								\
		fprintf(stderr, __VA_ARGS__);				\
		fflush(stderr);						\
		abort();						\
	} while (0)

#endif /* MAPLE_PORT_HEADER */

#ifndef maple_lock_acquire_irqsave
#define maple_lock_acquire_irqsave(l, flags)		\
	do {						\
		(flags) = 0;				\
		maple_lock_acquire(l);			\
	} while (0)
#define maple_lock_release_irqrestore(l, flags)		\
	do {						\
		(void)(flags);				\
		maple_lock_release(l);			\
	} while (0)
#endif
#ifndef maple_lock_is_held
#define maple_lock_is_held(l)	((void)(l), true)
#endif
#ifndef maple_cache_shrink
#define maple_cache_shrink()	do { } while (0)
#endif

#endif /* MAPLE_PORT_H */
