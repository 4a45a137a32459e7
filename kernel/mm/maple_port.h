/* SPDX-License-Identifier: MIT */
/*
 * What lib/maple needs from the kernel (lib/maple/maple_port.h lists it): nodes from a slab cache, the
 * tree's lock a spinlock, readers without a lock those of kernel/sched/rcu.h. Nodes of a tree that is not in RCU mode
 * (MT_FLAGS_USE_RCU) go back at once: a lock of its user's keeps readers out.
 */
#ifndef KERNEL_MM_MAPLE_PORT_H
#define KERNEL_MM_MAPLE_PORT_H

#include "kernel/core/bug.h"
#include "kernel/core/printk.h"
#include "kernel/core/spinlock.h"
#include "kernel/mm/frame/gfp.h"
#include "kernel/sched/rcu.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "lib/types.h"

#define MAPLE_GFP_BLOCKS(gfp)	(((gfp) & __GFP_RECLAIM) != 0)

typedef spinlock_t maple_lock_t;
#define MAPLE_LOCK_SLEEPS	0
#define MAPLE_LOCK_INIT(name)	SPINLOCK_INIT
#define maple_lock_init(l)	spin_lock_init(l)
#define maple_lock_acquire(l)	spin_lock(l)
#define maple_lock_release(l)	spin_unlock(l)
#define maple_lock_is_held(l)	spin_is_held(l)

/* maple_port_init() - the node cache; after slab_init(), before the first tree. */
void maple_port_init(void);
void *maple_node_alloc(gfp_t gfp);
void maple_node_free(void *node);
/* maple_node_free_rcu() - after a grace period; any context. The tree's user calls rcu_throttle() where it may sleep. */
void maple_node_free_rcu(void *node);

#define MAPLE_PRINT(...)	maple_print(__VA_ARGS__)
void maple_print(const char *fmt, ...) __printf(1, 2);
#define MAPLE_BUG(...)		panic(__VA_ARGS__)

struct maple_tree;
/*
 * mt_dump_to() - the text of mt_dump() into @buf, at most @size bytes, cut there. Returns its length. The
 * tree's lock is held for reading; may sleep.
 */
size_t mt_dump_to(const struct maple_tree *mt, char *buf, size_t size);

#endif
