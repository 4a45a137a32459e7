/* SPDX-License-Identifier: MIT */
/* Handle tables: places, numbers, and what fork and exit do with them; handle.h. */
#include "kernel/ipc/handle.h"
#include "kernel/core/bug.h"
#include "kernel/core/race.h"
#include "kernel/ipc/endpoint.h"
#include "kernel/ipc/kernel_call.h"
#include "kernel/mm/frame/gfp.h"
#include "kernel/mm/memobj.h"
#include "kernel/sched/sched.h"
#include "kernel/task/process.h"
#include "lib/errno.h"
#include "lib/string.h"

DEFINE_SPINLOCK(ipc_lock);

static struct kmem_cache *table_cache, *chunk_cache;

void handles_init(void)
{
	table_cache = kmem_cache_create("handle_table", sizeof(struct handle_table), 0, 0, NULL);
	chunk_cache = kmem_cache_create("handle_chunk", HANDLE_CHUNK * sizeof(struct handle), 0, 0, NULL);
}

/* ---- places ---- */

/* Append @chunk, zeroed, to @table, which has room for it. */
static void add_chunk(struct handle_table *table, struct handle *chunk)
{
	table->chunks[table->nr_slots / HANDLE_CHUNK] = chunk;
	for (unsigned int i = HANDLE_CHUNK; i-- > 0; ) {
		chunk[i].number = table->nr_slots + i;
		chunk[i].table = table;
		handle_push_free(&chunk[i]);
	}
	table->nr_slots += HANDLE_CHUNK;
}

/* Current's process gets a table, unless another thread is faster. */
static int make_table(struct process *p)
{
	struct handle_table *table = kmem_cache_alloc(table_cache, GFP_KERNEL | __GFP_ZERO);

	if (!table)
		return -ENOMEM;
	spin_lock(&ipc_lock);
	if (!p->handles) {
		WRITE_ONCE(p->handles, table);
		table = NULL;
	}
	spin_unlock(&ipc_lock);
	if (table)
		kmem_cache_free(table_cache, table);
	return 0;
}

static int grow(struct handle_table *table)
{
	struct handle *chunk = kmem_cache_alloc(chunk_cache, GFP_KERNEL | __GFP_ZERO);
	int ret = -EMFILE;

	if (!chunk)
		return -ENOMEM;
	spin_lock(&ipc_lock);
	if (table->nr_slots < HANDLES_MAX) {
		add_chunk(table, chunk);
		chunk = NULL;
		ret = 0;
	}
	spin_unlock(&ipc_lock);
	if (chunk)
		kmem_cache_free(chunk_cache, chunk);
	return ret;
}

int handle_reserve(unsigned int n)
{
	struct process *p = current->proc;
	int ret = 0;

	VM_BUG_ON(n > HANDLE_CHUNK);
	if (!READ_ONCE(p->handles))
		ret = make_table(p);
	while (ret == 0 && READ_ONCE(p->handles->nr_free) < n)
		ret = grow(p->handles);
	return ret;
}

int handle_lock_room(unsigned int n)
{
	int ret;

	for (;;) {
		ret = handle_reserve(n);
		if (ret < 0)
			return ret;
		spin_lock(&ipc_lock);
		if (likely(current->proc->handles->nr_free >= n))
			return 0;
		spin_unlock(&ipc_lock);		/* another thread was faster */
	}
}

void handle_share(struct handle *new, const struct handle *old, unsigned int rights, unsigned long badge)
{
	VM_BUG_ON(!spin_is_held(&ipc_lock) || new->kind != old->kind || old->kind == HANDLE_REPLY);
	switch (old->kind) {
	case HANDLE_ENDPOINT:
		endpoint_name(new, old->ep, rights, badge);
		break;
	case HANDLE_MEMOBJ:
		memobj_get(old->obj);
		handle_name_object(new, old->obj, rights);
		break;
	case HANDLE_TASK:
		handle_name_task(new, old->pid, old->badge, rights);
		break;
	case HANDLE_IRQ:
		handle_name_irq(new, old->irq, rights);
		break;
	}
}

/* ---- fork and exit ---- */

static void free_table(struct handle_table *table)
{
	for (unsigned int i = 0; i < table->nr_slots / HANDLE_CHUNK; i++)
		kmem_cache_free(chunk_cache, table->chunks[i]);
	kmem_cache_free(table_cache, table);
}

/* The handles of @old's chunk @i, but for reply handles, by the same numbers into @table, which is nobody's yet. */
static void copy_chunk(struct handle_table *table, const struct handle_table *old, unsigned int i)
{
	struct handle *to = table->chunks[i];
	const struct handle *from = old->chunks[i];

	spin_lock(&ipc_lock);
	for (unsigned int j = 0; j < HANDLE_CHUNK; j++) {
		to[j].number = from[j].number;
		if (from[j].kind == HANDLE_FREE || from[j].kind == HANDLE_REPLY)
			continue;
		to[j].kind = from[j].kind;
		handle_share(&to[j], &from[j], from[j].rights, from[j].badge);
	}
	spin_unlock(&ipc_lock);
}

/* The free places of @table, when all chunks have been copied: the lowest are given out first. */
static void link_free(struct handle_table *table)
{
	table->nr_free = 0;
	table->first_free = NULL;
	for (unsigned int i = table->nr_slots; i-- > 0; ) {
		struct handle *h = handle_at(table, i);

		if (h->kind == HANDLE_FREE)
			handle_push_free(h);
	}
}

static bool handles_in_use(const struct handle_table *table)
{
	bool any;

	spin_lock(&ipc_lock);
	any = table->nr_free < table->nr_slots;
	spin_unlock(&ipc_lock);
	return any;
}

int handles_fork(struct process *child)
{
	struct handle_table *old = READ_ONCE(current->proc->handles), *table;
	struct handle *chunk;

	if (!old || !handles_in_use(old))	/* the shell has had some, and closed them */
		return 0;
	table = kmem_cache_alloc(table_cache, GFP_KERNEL | __GFP_ZERO);
	if (!table)
		return -ENOMEM;
	while (table->nr_slots < READ_ONCE(old->nr_slots)) {
		chunk = kmem_cache_alloc(chunk_cache, GFP_KERNEL | __GFP_ZERO);
		if (!chunk) {
			free_table(table);
			return -ENOMEM;
		}
		add_chunk(table, chunk);
	}
	race_point_sleep("handles_fork: nothing copied yet");
	for (unsigned int i = 0; i < table->nr_slots / HANDLE_CHUNK; i++) {
		copy_chunk(table, old, i);
		cond_resched();
	}
	link_free(table);
	child->handles = table;
	return 0;
}

void handles_exit(struct process *p)
{
	struct handle_table *table = p->handles;

	if (p->personality)
		endpoint_swap(&p->personality, NULL);
	if (!table)
		return;
	for (unsigned int i = 0; i < table->nr_slots; i++) {
		struct handle *h = handle_at(table, i);

		if (h->kind == HANDLE_FREE)
			continue;
		spin_lock(&ipc_lock);
		handle_close(h);
		cond_resched();
	}
	spin_lock(&ipc_lock);		/* for handles_pages() */
	p->handles = NULL;
	spin_unlock(&ipc_lock);
	free_table(table);
}

unsigned long handles_pages(const struct process *p)
{
	const struct handle_table *table;
	unsigned long pages = 0;

	if (!READ_ONCE(p->handles))
		return 0;
	spin_lock(&ipc_lock);
	table = p->handles;
	for (unsigned int i = 0; table && i < table->nr_slots; i++) {
		const struct handle *h = handle_at(table, i);

		if (h->kind == HANDLE_MEMOBJ)
			pages += memobj_pages(h->obj);
	}
	spin_unlock(&ipc_lock);
	return pages;
}
