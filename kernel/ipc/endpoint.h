/* SPDX-License-Identifier: MIT */
/*
 * Endpoints: where callers and receivers meet.
 *
 *	callers		calls that nobody has received yet, oldest first: their tasks sleep
 *	receivers	tasks that sleep in recv
 *	cancels		reply handles whose callers have gone; the server is to be told
 *	notified	bits that were set and not received
 *
 * While a receiver waits there is nothing that it could receive (of cancels: nothing of its process).
 *
 * A call goes through these states, each step with ipc_lock held:
 *
 *	QUEUED ----- received ------> SERVED ---- replied, or reply handle closed ----> DONE
 *	  |  last RECV handle closed: DONE	  |
 *	  |  signal, deadline			  |  signal, deadline: the reply handle loses its caller,
 *	  v					  v		      and the server gets CANCEL
 *	left the queue				left the reply handle
 *
 * The message stays in the caller's registers, and what goes along in its table, until somebody receives it. So a queue
 * holds no references: endpoints whose only handles are in messages to each other are freed with their senders.
 *
 * An endpoint is freed with the last handle that names it. One that waits has no reference: callers leave with the last RECV
 * handle at the latest, receivers with the handle by which they receive, and who waits for a reply does so through
 * a reply handle.
 */
#ifndef KERNEL_IPC_ENDPOINT_H
#define KERNEL_IPC_ENDPOINT_H

#include "kernel/ipc/handle.h"

struct task;
struct pt_regs;

struct endpoint {			/* all of it: ipc_lock */
	unsigned int refs;		/* handles of every kind; objects, interrupts, personalities and the console, which hold it */
	unsigned int nr_send, nr_recv;	/* of them with that right (holders have SEND). No RECV: it is dead, since nobody can make one any more */
	bool turn_of_callers;		/* the last message was of notified bits: a call comes first now */
	unsigned long notified;
	struct list_head callers, receivers;	/* of ipc_wait.node */
	struct list_head cancels;	/* of handle.cancel_node */
};

enum ipc_state { IPC_QUEUED, IPC_SERVED, IPC_RECEIVING, IPC_DONE };

/* A task that waits in call or recv; on its kernel stack. */
struct ipc_wait {			/* all but task and regs: ipc_lock */
	struct list_head node;		/* QUEUED: on ep->callers; RECEIVING: on ep->receivers */
	struct task *task;
	struct pt_regs *regs;		/* where its message is, or is to be: the task's, or page_in()'s own */
	enum ipc_state state;
	struct handle_table *table;	/* the task's; NULL: the message has no handles and takes none */
	struct handle *reply;		/* SERVED */
	struct endpoint *ep;		/* QUEUED, RECEIVING */
	u32 number;			/* RECEIVING: of the handle by which it does */
	bool handles_left;		/* a caller's: handles of its message have moved away, so that it cannot be sent again */
	unsigned long badge;		/* a caller's */
	long result;			/* DONE: what the call answers. IPC_AGAIN: look for a message once more */
};

#define IPC_AGAIN	1000L		/* no IPC_MSG_* */

void endpoints_init(void);

/* endpoint_alloc(), endpoint_free() - one without handles. Without ipc_lock. NULL: no memory. */
struct endpoint *endpoint_alloc(void);
void endpoint_free(struct endpoint *ep);

/* Those below assume that ipc_lock is held. */

/* endpoint_name() - @h, just allocated, names @ep. */
void endpoint_name(struct handle *h, struct endpoint *ep, unsigned int rights, unsigned long badge);
/*
 * endpoint_put() - one handle of @ep less. Returns: true when that was the last one; then the caller frees it once it has dropped
 * ipc_lock.
 */
static inline bool __must_check endpoint_put(struct endpoint *ep)
{
	VM_BUG_ON(!spin_is_held(&ipc_lock) || ep->refs == 0);
	return --ep->refs == 0;
}

/* reply_free() - @h, a reply handle without caller and on no list, is used up. Returns: the endpoint, if that is to be freed. */
static inline struct endpoint *__must_check reply_free(struct handle *h)
{
	struct endpoint *ep = h->ep;

	VM_BUG_ON(h->kind != HANDLE_REPLY);
	handle_free(h);
	return unlikely(endpoint_put(ep)) ? ep : NULL;
}

/* ipc_finish() - @w, on no queue any more, has what it waited for: its call answers @result. The caller wakes its task. */
static inline void ipc_finish(struct ipc_wait *w, long result)
{
	w->result = result;
	w->state = IPC_DONE;
}

/* receiver_waits() - does a thread receive by @h, which has RECV, just now? */
bool receiver_waits(const struct handle *h);

/*
 * handle_close() - close @h of any kind, and do what follows from it. Assumes: ipc_lock held, which is dropped. May let others
 * run.
 */
void handle_close(struct handle *h);

/* endpoint_hold() - the kernel itself may call @ep from now on, as by a handle with SEND. endpoint_release() - no more; without ipc_lock. */
void endpoint_hold(struct endpoint *ep);
void endpoint_release(struct endpoint *ep);

/* endpoint_notify() - a receiver of @ep gets @bits, which are not 0, or they wait for one. Never sleeps; also in an interrupt. */
void endpoint_notify(struct endpoint *ep, unsigned long bits);

/* endpoint_check() - in debug builds: what the head of this file says of queues. */
#ifdef RELEASE
static inline void endpoint_check(const struct endpoint *ep) { (void)ep; }
#else
void endpoint_check(const struct endpoint *ep);
#endif

#endif
