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
#include "kernel/ipc/endpoint.h"
#include "kernel/ipc/kernel_call.h"
#include "kernel/mm/frame/gfp.h"
#include "kernel/mm/memobj.h"
#include "kernel/sched/sched.h"
#include "kernel/task/process.h"
#include "lib/errno.h"
#include "uapi/protocol.h"

struct object_pager {
	struct endpoint *ep;		/* held: endpoint_hold() */
	unsigned long badge, cookie;
};

static int page_in(void *pager, __unused struct memobj *obj, unsigned long pgoff, unsigned long pages, bool write)
{
	struct object_pager *p = pager;
	const struct page_in_request request = { .cookie = p->cookie, .offset = pgoff << PAGE_SHIFT, .pages = pages, .write = write };
	struct pt_regs regs = { .a1 = CALL_page_in };
	long ret;

	/* One that ends cannot be killed any more, so it does without: its robust futexes, and the word of its id. */
	if (unlikely(current->flags & TASK_EXITING))
		return -EIO;
	message_put(&regs, &request, sizeof(request));
	ret = kernel_call(&p->ep, &regs, p->badge, killable_state(), 0);
	if (ret == -ERESTARTSYS)
		return -EINTR;
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

int paged_object_create(struct memobj **obj, unsigned long size, unsigned long endpoint, unsigned long cookie)
{
	struct object_pager *p = kzalloc(sizeof(*p), GFP_KERNEL);
	int ret;

	if (!p)
		return -ENOMEM;
	p->cookie = cookie;
	ret = endpoint_of_handle(endpoint, RIGHT_SEND, &p->ep, &p->badge);
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
