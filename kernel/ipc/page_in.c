/* SPDX-License-Identifier: MIT */
/*
 * Pagers in user space: the kernel's half of mm/pager.c. A task that needs a page calls the pager's endpoint as ipc_call() would, but
 * its message is in registers on its kernel stack, and only its death ends the wait.
 *
 *	faulting task		page_in(): PAGER_PAGE_IN {cookie, offset, pages, write} --> endpoint
 *	pager			memobj_supply(), then a reply with 0; or a reply with an error: SIGBUS
 *
 * An object holds its endpoint as a SEND handle does.
 */
#include "kernel/ipc/page_in.h"
#include "kernel/core/race.h"
#include "kernel/ipc/wait.h"
#include "kernel/mm/frame/gfp.h"
#include "kernel/mm/memobj.h"
#include "kernel/task/process.h"
#include "lib/errno.h"

struct object_pager {
	struct endpoint *ep;		/* held: endpoint_hold() */
	unsigned long badge, cookie;
};

/* Could current's process answer what it asks for? Then it would wait for itself. */
static bool receives_from(const struct handle_table *table, const struct endpoint *ep)
{
	VM_BUG_ON(!spin_is_held(&ipc_lock));
	for (unsigned int i = 0; table && i < table->nr_slots; i++) {
		const struct handle *h = handle_at(table, i);

		if (h->kind == HANDLE_ENDPOINT && h->ep == ep && (h->rights & RIGHT_RECV))
			return true;
	}
	return false;
}

/* Send @w to @ep and wait for the reply. ipc_lock held. 0, -EINTR: the task has to end; or what the call came to. */
static long call_pager(struct ipc_wait *w, struct endpoint *ep)
{
	struct ipc_wait *partner;
	long ret = 0;

	partner = send_call(w, ep, &ret);
	endpoint_check(ep);
	while (ret == 0) {
		ipc_sleep(partner, 0, killable_state());
		race_point("page_in: awake, state not looked at");
		partner = NULL;
		if (likely(w->state == IPC_DONE))
			return w->result;
		if (fatal_signal_pending(current)) {
			give_up(w);
			ret = -EINTR;
		}
	}
	return ret;
}

static int page_in(void *pager, __unused struct memobj *obj, unsigned long pgoff, unsigned long pages, bool write)
{
	struct object_pager *p = pager;
	/* t4: somebody is on this kernel stack, so it cannot return to user mode from ipc_sleep() of its partner. */
	struct pt_regs regs = { .a1 = PAGER_PAGE_IN, .a2 = p->cookie, .a3 = pgoff << PAGE_SHIFT, .a4 = pages, .a5 = write, .t4 = 1 };
	struct ipc_wait w = { .task = current, .regs = &regs, .badge = p->badge };
	long ret;

	spin_lock(&ipc_lock);
	if (p->ep->nr_recv == 0)
		ret = -EPIPE;
	else if (receives_from(current->proc->handles, p->ep))
		ret = -EDEADLK;
	else
		ret = call_pager(&w, p->ep);
	spin_unlock(&ipc_lock);
	return ret == 0 && regs.a1 ? -EIO : (int)ret;
}

/* Reclaim has met a page that only the pager can store. It asks which ones there are when it likes: no memory is needed for this. */
static void dirty(void *pager)
{
	const struct object_pager *p = pager;

	spin_lock(&ipc_lock);
	if (p->ep->nr_recv)
		endpoint_notify(p->ep, PAGER_DIRTY);
	spin_unlock(&ipc_lock);
}

static void release(void *pager)
{
	struct object_pager *p = pager;

	endpoint_release(p->ep);
	kfree(p);
}

static const struct pager_ops ops = { .page_in = page_in, .dirty = dirty, .release = release };

/* The endpoint that @number, which needs SEND, names: held, with the handle's badge. */
static int hold_endpoint(struct object_pager *p, unsigned long number)
{
	const struct handle_table *table = READ_ONCE(current->proc->handles);
	const struct handle *h;
	int ret = 0;

	spin_lock(&ipc_lock);
	h = handle_with(table, number, RIGHT_SEND);
	if (h) {
		p->ep = h->ep;
		p->badge = h->badge;
		endpoint_hold(p->ep);
	} else {
		ret = (int)handle_refused(table, number);
	}
	spin_unlock(&ipc_lock);
	return ret;
}

int paged_object_create(struct memobj **obj, unsigned long size, unsigned long endpoint, unsigned long cookie)
{
	struct object_pager *p = kzalloc(sizeof(*p), GFP_KERNEL);
	int ret;

	if (!p)
		return -ENOMEM;
	p->cookie = cookie;
	ret = hold_endpoint(p, endpoint);
	if (ret < 0) {
		kfree(p);
		return ret;
	}
	*obj = memobj_create_paged(size, &ops, p);
	if (!*obj) {
		release(p);
		return -ENOMEM;
	}
	return 0;
}
