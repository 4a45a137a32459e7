/* SPDX-License-Identifier: MIT */
/*
 * Handle tables: what the numbers that a process uses for endpoints and replies stand for.
 *
 *	process -> handle_table: chunks[] -> chunk of HANDLE_CHUNK handles -> endpoint
 *						handles do not move: queues link them
 *
 *	number	31			    10 9       0
 *		0|       generation	      |  index	|	generation: how often this place has been given out
 *
 * so that the number of a closed handle does not soon stand for another one. 0 is no handle's number.
 *
 * fork: the child has copies of all handles, by the same numbers, but for reply handles: a call is answered once. exec keeps
 * them all. Threads share the table; it is freed with the process.
 *
 * Lock: ipc_lock, for all of kernel/ipc: each table, each handle, each endpoint, each waiting task's struct ipc_wait. It is
 * held for a bounded time (a message, or a look through a table), and a call needs it once on each side, where locks of two tables, an endpoint
 * and two waiters would have to be ordered. Up to a few harts that is faster, too (Peters et al., "For a Microkernel, a
 * Big Lock Is Fine", APSys 2015). Order: ipc_lock > a run queue's lock; nothing is allocated or freed with it held.
 */
#ifndef KERNEL_IPC_HANDLE_H
#define KERNEL_IPC_HANDLE_H

#include "kernel/core/bug.h"
#include "kernel/core/spinlock.h"
#include "kernel/ipc/irq.h"
#include "lib/errno.h"
#include "lib/list.h"
#include "lib/types.h"
#include "uapi/ipc.h"

struct endpoint;
struct ipc_wait;
struct memobj;

#define HANDLE_INDEX_BITS	10
#define HANDLE_CHUNK		16u
_Static_assert(HANDLES_MAX == 1 << HANDLE_INDEX_BITS, "an index for each handle");

enum handle_kind { HANDLE_FREE, HANDLE_ENDPOINT, HANDLE_REPLY, HANDLE_MEMOBJ, HANDLE_TASK, HANDLE_IRQ };

struct handle {
	u32 number;			/* while it is free: the last one that it had */
	u8 kind;			/* enum handle_kind */
	u8 rights;			/* RIGHT_*; SEND and RECV: it is an endpoint's. 0 if it is free or a reply's */
	union {
		struct endpoint *ep;	/* counted: of a reply handle, where the call was received */
		struct memobj *obj;	/* counted */
		unsigned long pid;	/* of the process that began at @badge; it may have ended */
		struct irq *irq;	/* counted */
		struct handle *next_free;	/* while it is free */
	};
	unsigned long badge;		/* of calls through it; reply: of the call; task: when its process began, ns */
	struct ipc_wait *caller;	/* reply: who waits for it; NULL: nobody any more */
	struct list_head cancel_node;	/* reply, without caller: on ep->cancels until the server has been told */
	struct handle_table *table;	/* that it is in, always */
} __aligned(64);			/* an index is a shift */

struct handle_table {
	unsigned int nr_slots;		/* places in all chunks */
	unsigned int nr_free;		/* of them free. Also read without the lock, as a hint */
	struct handle *first_free;
	struct handle *chunks[HANDLES_MAX / HANDLE_CHUNK];
};

extern spinlock_t ipc_lock;

void handles_init(void);

/*
 * handle_reserve() - let current's table have room for @n more. Another thread may take it before the caller has ipc_lock.
 * May sleep. Returns: 0, -EMFILE when the table has no more places, -ENOMEM.
 */
int __must_check handle_reserve(unsigned int n);

/* handle_lock_room() - the same, and ipc_lock is held on return if that is 0: the room is there. */
int __must_check handle_lock_room(unsigned int n);

/* Those below assume that ipc_lock is held. */

/* The place @index of @table, below nr_slots. */
static inline struct handle *handle_at(const struct handle_table *table, unsigned int index)
{
	return &table->chunks[index / HANDLE_CHUNK][index % HANDLE_CHUNK];
}

/* The place that @number, which may be anything, has in @table, which may be NULL: it or NULL. Its kind has still to be asked for. */
static inline struct handle *handle_place(const struct handle_table *table, unsigned long number)
{
	unsigned long index = number & (HANDLES_MAX - 1);
	struct handle *chunk, *h;

	chunk = likely(table) ? table->chunks[index / HANDLE_CHUNK] : NULL;
	if (unlikely(!chunk))
		return NULL;
	h = &chunk[index % HANDLE_CHUNK];
	return likely(h->number == number) ? h : NULL;
}

/* handle_lookup() - @number in @table, which may be NULL. Returns: NULL when it is none or of another @kind. */
static inline struct handle *handle_lookup(const struct handle_table *table, unsigned long number, enum handle_kind kind)
{
	struct handle *h = handle_place(table, number);

	return likely(h && h->kind == kind) ? h : NULL;
}

/* handle_checked() - the same, and with the @right. NULL: *@err is -EBADF or -EACCES; else 0. */
static inline struct handle *handle_checked(const struct handle_table *table, unsigned long number, enum handle_kind kind,
					    unsigned int right, long *err)
{
	struct handle *h = handle_lookup(table, number, kind);

	*err = !h ? -EBADF : h->rights & right ? 0 : -EACCES;
	return *err ? NULL : h;
}

/* handle_with() - handle_lookup() for an endpoint's that has the @right. NULL: handle_refused() says why. */
static inline struct handle *handle_with(const struct handle_table *table, unsigned long number, unsigned int right)
{
	struct handle *h = handle_place(table, number);

	return likely(h && (h->rights & right)) ? h : NULL;
}

static inline long handle_refused(const struct handle_table *table, unsigned long number)
{
	return handle_lookup(table, number, HANDLE_ENDPOINT) ? -EACCES : -EBADF;
}

/* handle_push_free() - @h is the first free place of its table from now on. */
static inline void handle_push_free(struct handle *h)
{
	struct handle_table *table = h->table;

	h->kind = HANDLE_FREE;
	h->next_free = table->first_free;
	table->first_free = h;
	WRITE_ONCE(table->nr_free, table->nr_free + 1);
}

/* handle_alloc() - a free place of @table, which has one, with a new number and the kind @kind; the caller fills in the rest. */
static inline struct handle *handle_alloc(struct handle_table *table, enum handle_kind kind)
{
	struct handle *h = table->first_free;

	VM_BUG_ON(!spin_is_held(&ipc_lock) || !h || h->kind != HANDLE_FREE || h->table != table);
	table->first_free = h->next_free;
	WRITE_ONCE(table->nr_free, table->nr_free - 1);
	/* The next generation; after the last one, 1: generation 0 is of places that were never used. */
	h->number += HANDLES_MAX;
	if (unlikely(h->number & IPC_MOVE))
		h->number = (h->number & (HANDLES_MAX - 1)) + HANDLES_MAX;
	h->kind = kind;
	return h;
}

/* handle_name_object() - @h, just allocated, names the memory object @obj, whose reference of the caller's is the handle's now. */
static inline void handle_name_object(struct handle *h, struct memobj *obj, unsigned int rights)
{
	VM_BUG_ON(!spin_is_held(&ipc_lock) || h->kind != HANDLE_MEMOBJ);
	h->obj = obj;
	h->rights = (u8)rights;
}

/* handle_name_task() - @h, just allocated, names the process @pid that began at @start_ns. */
static inline void handle_name_task(struct handle *h, unsigned long pid, unsigned long start_ns, unsigned int rights)
{
	VM_BUG_ON(!spin_is_held(&ipc_lock) || h->kind != HANDLE_TASK);
	h->pid = pid;
	h->badge = start_ns;
	h->rights = (u8)rights;
}

/* handle_share() - @new, just allocated, names what @old does, which is no reply handle. @badge is for endpoints. */
void handle_share(struct handle *new, const struct handle *old, unsigned int rights, unsigned long badge);

/* handle_name_irq() - @h, just allocated, is one more that names the interrupt @irq. */
static inline void handle_name_irq(struct handle *h, struct irq *irq, unsigned int rights)
{
	VM_BUG_ON(!spin_is_held(&ipc_lock) || h->kind != HANDLE_IRQ);
	h->irq = irq;
	h->rights = (u8)rights;
	irq->refs++;
}

/* handle_free() - give the place back. The caller has dealt with what it stood for. */
static inline void handle_free(struct handle *h)
{
	VM_BUG_ON(!spin_is_held(&ipc_lock) || h->kind == HANDLE_FREE);
	h->rights = 0;
	handle_push_free(h);
}

#endif
