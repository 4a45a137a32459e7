/* SPDX-License-Identifier: MIT */
/* Nodes of maple trees: 256 bytes on a 256-byte boundary, whose low pointer bits the tree uses. */
#include "kernel/core/percpu.h"
#include "kernel/mm/frame/gfp.h"
#include "kernel/sched/rwsem.h"
#include "kernel/sched/sched.h"
#include "lib/format.h"
#include "lib/maple/maple_tree.h"

static struct kmem_cache *node_cache;

/* A dump goes to the console, unless the current task has asked for it in memory. */
static struct mutex dump_lock;
static struct {
	struct task *owner;		/* written under dump_lock; others compare it with themselves */
	char *buf;			/* the owner's, like the rest */
	size_t used, size;
} dump;

void maple_port_init(void)
{
	mutex_init(&dump_lock);
	node_cache = kmem_cache_create("maple_node", MAPLE_NODE_SIZE, MAPLE_NODE_SIZE, 0, NULL);
}

void *maple_node_alloc(gfp_t gfp)
{
	if (gfp & __GFP_RECLAIM)
		cond_resched();		/* a tree may have thousands of nodes to make */
	return kmem_cache_alloc(node_cache, gfp);
}

void maple_node_free(void *node)
{
	kmem_cache_free(node_cache, node);
}

static void node_rcu_callback(struct rcu_head *head)
{
	maple_node_free((char *)head - MAPLE_NODE_RCU_OFFSET);
}

void maple_node_free_rcu(void *node)
{
	/* The node is dead before the head is written into it: a reader that loads a part of the head finds that out. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	call_rcu((struct rcu_head *)((char *)node + MAPLE_NODE_RCU_OFFSET), node_rcu_callback);
}

void maple_print(const char *fmt, ...)
{
	char line[160];
	size_t n;
	va_list ap;

	va_start(ap, fmt);
	fmt_vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (READ_ONCE(dump.owner) != current) {
		printk("%s", line);
		return;
	}
	n = min(strlen(line), dump.size - dump.used);
	memcpy(dump.buf + dump.used, line, n);
	dump.used += n;
}

size_t mt_dump_to(const struct maple_tree *mt, char *buf, size_t size)
{
	mutex_lock(&dump_lock);
	dump.buf = buf;
	dump.size = size;
	dump.used = 0;
	WRITE_ONCE(dump.owner, current);
	mt_dump(mt, mt_dump_hex);
	WRITE_ONCE(dump.owner, NULL);
	size = dump.used;
	mutex_unlock(&dump_lock);
	return size;
}
