/* SPDX-License-Identifier: MIT */
/*
 * The maple tree's port as a kernel with spinlocks has it: memory that may have to be waited for is
 * asked for with the tree's lock released. For tests of one thread, which this port watches and meddles
 * with: a blocking allocation under the lock stops the program; allocations that must not block can be
 * made to fail; and what another writer could do while the lock is free is done by a hook.
 */
#ifndef TESTS_HOST_MAPLE_PORT_SPIN_H
#define TESTS_HOST_MAPLE_PORT_SPIN_H

#include "tests/host/maple/port_c11.h"

extern int port_locks_held;
extern bool port_irqs_on;
extern unsigned int port_shrunk;		/* calls of maple_cache_shrink() */
extern bool port_nowait_fails;			/* allocations which may not block: no memory */
extern void (*port_at_free_rcu)(void);		/* called once, when a node that was replaced is freed */
extern void (*port_while_unlocked)(void);	/* called once, at the next blocking allocation */

#undef MAPLE_LOCK_SLEEPS
#define MAPLE_LOCK_SLEEPS	0

#undef maple_lock_acquire
#define maple_lock_acquire(l)	port_lock(l)
#undef maple_lock_release
#define maple_lock_release(l)	port_unlock(l)
#define maple_lock_is_held(l)	((void)(l), port_locks_held > 0)
#define maple_lock_acquire_irqsave(l, flags) \
	((flags) = port_irqs_on, port_irqs_on = false, port_lock(l))
#define maple_lock_release_irqrestore(l, flags) \
	(port_unlock(l), (void)(port_irqs_on = (flags)))
#define maple_cache_shrink()	((void)port_shrunk++)
#define maple_node_alloc(gfp)	port_node_alloc(gfp)
#define maple_node_free_rcu(p)	port_node_free_rcu(p)

static inline void port_lock(pthread_mutex_t *lock)
{
	pthread_mutex_lock(lock);
	port_locks_held++;
}

static inline void port_unlock(pthread_mutex_t *lock)
{
	port_locks_held--;
	pthread_mutex_unlock(lock);
}

static inline void *port_node_alloc(gfp_t gfp)
{
	void (*meddle)(void) = port_while_unlocked;

	if (!MAPLE_GFP_BLOCKS(gfp))
		return port_nowait_fails ? NULL : (maple_node_alloc)(gfp);
	if (port_locks_held)
		MAPLE_BUG("an allocation that may sleep under the tree's lock\n");
	if (meddle) {
		port_while_unlocked = NULL;
		port_nowait_fails = false;
		meddle();
		port_nowait_fails = true;
	}
	return (maple_node_alloc)(gfp);
}

static inline void port_node_free_rcu(void *node)
{
	void (*look)(void) = port_at_free_rcu;

	port_at_free_rcu = NULL;
	if (look)
		look();
	(maple_node_free_rcu)(node);
}

#endif /* TESTS_HOST_MAPLE_PORT_SPIN_H */
