/* SPDX-License-Identifier: MIT */
/* Endpoints: counting their handles, and what happens when one is closed; endpoint.h. */
#include "kernel/ipc/endpoint.h"
#include "kernel/core/bug.h"
#include "kernel/ipc/message.h"
#include "kernel/mm/frame/gfp.h"
#include "kernel/mm/memobj.h"
#include "kernel/sched/sched.h"
#include "lib/errno.h"

static struct kmem_cache *endpoint_cache;

void endpoints_init(void)
{
	endpoint_cache = kmem_cache_create("endpoint", sizeof(struct endpoint), 0, 0, NULL);
}

struct endpoint *endpoint_alloc(void)
{
	struct endpoint *ep = kmem_cache_alloc(endpoint_cache, GFP_KERNEL | __GFP_ZERO);

	if (!ep)
		return NULL;
	INIT_LIST_HEAD(&ep->callers);
	INIT_LIST_HEAD(&ep->receivers);
	INIT_LIST_HEAD(&ep->cancels);
	return ep;
}

void endpoint_free(struct endpoint *ep)
{
	VM_BUG_ON(ep->refs || ep->nr_send || ep->nr_recv);
	VM_BUG_ON(!list_empty(&ep->callers) || !list_empty(&ep->receivers) || !list_empty(&ep->cancels));
	kmem_cache_free(endpoint_cache, ep);
}

void endpoint_name(struct handle *h, struct endpoint *ep, unsigned int rights, unsigned long badge)
{
	VM_BUG_ON(!spin_is_held(&ipc_lock) || h->kind != HANDLE_ENDPOINT);
	h->ep = ep;
	h->rights = (u8)rights;
	h->badge = badge;
	ep->refs++;
	ep->nr_send += !!(rights & RIGHT_SEND);
	ep->nr_recv += !!(rights & RIGHT_RECV);
}

bool receiver_waits(const struct handle *h)
{
	struct ipc_wait *w;

	VM_BUG_ON(!spin_is_held(&ipc_lock));
	list_for_each_entry(w, &h->ep->receivers, node)
		if (w->table == h->table && w->number == h->number)
			return true;
	return false;
}

void endpoint_notify(struct endpoint *ep, unsigned long bits)
{
	struct ipc_wait *w;

	VM_BUG_ON(!spin_is_held(&ipc_lock));
	if (list_empty(&ep->receivers)) {
		ep->notified |= bits;
	} else {
		w = list_first_entry(&ep->receivers, struct ipc_wait, node);
		list_del(&w->node);
		put_notification(w->regs, bits);
		ipc_finish(w, IPC_MSG_NOTIFY);
		wake_up_process(w->task);
	}
	endpoint_check(ep);
}

#ifndef RELEASE
void endpoint_check(const struct endpoint *ep)
{
	VM_BUG_ON(!spin_is_held(&ipc_lock));
	VM_BUG_ON(ep->refs < max(ep->nr_send, ep->nr_recv));
	VM_BUG_ON(!list_empty(&ep->receivers) && (!list_empty(&ep->callers) || ep->notified));
}
#endif

/* ---- closing ---- */

/* Take @w off its queue with @error and wake it. Drops ipc_lock for a moment: a queue may be long. */
static void send_away(struct ipc_wait *w, long error)
{
	list_del(&w->node);
	ipc_finish(w, error);
	wake_up_process(w->task);
	spin_unlock(&ipc_lock);
	cond_resched();
	spin_lock(&ipc_lock);
}

/* The handle @number of @table, which names @ep, is closed: no thread receives by it any longer. */
static void receivers_leave(struct endpoint *ep, const struct handle_table *table, u32 number)
{
	struct ipc_wait *w, *found;

	do {
		found = NULL;
		list_for_each_entry(w, &ep->receivers, node)
			if (w->table == table && w->number == number) {
				found = w;
				break;
			}
		if (found)
			send_away(found, -EBADF);
	} while (found);
}

/* No handle with RECV: nobody will ever answer. Those whose calls have been received wait for their reply handles still. */
static void callers_leave(struct endpoint *ep)
{
	while (ep->nr_recv == 0 && !list_empty(&ep->callers))
		send_away(list_first_entry(&ep->callers, struct ipc_wait, node), -EPIPE);
}

/* No handle with SEND: nothing will come, unless a receiver makes one. */
static void senders_left(struct endpoint *ep)
{
	while (ep->nr_send == 0 && !list_empty(&ep->receivers))
		send_away(list_first_entry(&ep->receivers, struct ipc_wait, node), -ENOTCONN);
}

/* @ep has a reference for each handle; the one of the handle just freed keeps it until the end. Drops ipc_lock. */
static void drop_endpoint(struct endpoint *ep)
{
	bool last = endpoint_put(ep);

	endpoint_check(ep);
	spin_unlock(&ipc_lock);
	if (last)
		endpoint_free(ep);
}

static void close_endpoint(struct handle *h)
{
	struct handle_table *table = h->table;
	struct endpoint *ep = h->ep;
	unsigned int rights = h->rights;
	u32 number = h->number;

	handle_free(h);
	if (rights & RIGHT_RECV) {
		ep->nr_recv--;
		receivers_leave(ep, table, number);
		callers_leave(ep);
	}
	if (rights & RIGHT_SEND) {
		ep->nr_send--;
		senders_left(ep);
	}
	drop_endpoint(ep);
}

static void close_reply(struct handle *h)
{
	struct endpoint *gone;

	if (h->caller) {
		ipc_finish(h->caller, -EPIPE);
		wake_up_process(h->caller->task);
	} else {
		list_del(&h->cancel_node);
	}
	gone = reply_free(h);
	spin_unlock(&ipc_lock);
	if (gone)
		endpoint_free(gone);
}

static void close_object(struct handle *h)
{
	struct memobj *obj = h->obj;

	handle_free(h);
	spin_unlock(&ipc_lock);
	memobj_put(obj);
}

static void close_task(struct handle *h)
{
	handle_free(h);
	spin_unlock(&ipc_lock);
}

static void close_irq(struct handle *h)
{
	struct endpoint *bound = irq_put(h->irq);

	handle_free(h);
	spin_unlock(&ipc_lock);
	if (bound)
		endpoint_release(bound);
}

void handle_close(struct handle *h)
{
	static void (*const close[])(struct handle *h) = {
		[HANDLE_ENDPOINT] = close_endpoint, [HANDLE_REPLY] = close_reply, [HANDLE_MEMOBJ] = close_object, [HANDLE_TASK] = close_task,
		[HANDLE_IRQ] = close_irq,
	};

	VM_BUG_ON(!spin_is_held(&ipc_lock) || h->kind == HANDLE_FREE);
	close[h->kind](h);
}

/* ---- an object's pager ---- */

void endpoint_hold(struct endpoint *ep)
{
	VM_BUG_ON(!spin_is_held(&ipc_lock));
	ep->refs++;
	ep->nr_send++;
}

void endpoint_release(struct endpoint *ep)
{
	spin_lock(&ipc_lock);
	ep->nr_send--;
	senders_left(ep);
	drop_endpoint(ep);
}
