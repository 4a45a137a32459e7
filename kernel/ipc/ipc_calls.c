/* SPDX-License-Identifier: MIT */
/*
 * The system calls that make, copy and close handles, and ipc_notify(). Those that wait are in call.c and recv.c. uapi/ipc.h says
 * which register is what.
 */
#include "kernel/arch/regs.h"
#include "kernel/core/syscall.h"
#include "kernel/ipc/ipc.h"
#include "kernel/ipc/message.h"
#include "kernel/mm/memobj.h"
#include "kernel/sched/sched.h"
#include "kernel/task/process.h"
#include "lib/errno.h"

void ipc_init(void)
{
	handles_init();
	endpoints_init();
}

/* endpoint_create() */
SYSCALL_DEFINE(sys_endpoint_create)
{
	struct endpoint *ep = endpoint_alloc();
	struct handle *h;
	long ret;

	if (!ep)
		return -ENOMEM;
	ret = handle_lock_room(1);
	if (ret < 0) {
		endpoint_free(ep);
		return ret;
	}
	h = handle_alloc(current->proc->handles, HANDLE_ENDPOINT);
	endpoint_name(h, ep, RIGHTS_ALL, 0);
	ret = h->number;
	spin_unlock(&ipc_lock);
	return ret;
}

/*
 * May a handle with @rights and @badge be made of @h? Whoever has RECV answers the calls, and so decides who may call, and by which
 * badge he knows them; others hand on what they have, and give a badge to what has none.
 */
static int may_dup_endpoint(const struct handle *h, unsigned long rights, unsigned long badge)
{
	unsigned long allowed = h->rights | (h->rights & RIGHT_RECV ? RIGHT_SEND : 0);

	if (rights & ~allowed)
		return -EACCES;
	return badge && badge != h->badge && h->badge && !(h->rights & RIGHT_RECV) ? -EACCES : 0;
}

/* The same for a memory object, a task or an interrupt, which have no badge. */
static int may_dup_object(const struct handle *h, unsigned long rights, unsigned long badge)
{
	return badge ? -EINVAL : rights & ~(unsigned long)h->rights ? -EACCES : 0;
}

static int may_dup(const struct handle *h, unsigned long rights, unsigned long badge)
{
	switch (h->kind) {
	case HANDLE_ENDPOINT:
		return may_dup_endpoint(h, rights, badge);
	case HANDLE_MEMOBJ:
	case HANDLE_TASK:
	case HANDLE_IRQ:
		return may_dup_object(h, rights, badge);
	default:
		return -EBADF;
	}
}

/* handle_dup(handle, rights, badge) */
SYSCALL_DEFINE(sys_handle_dup)
{
	struct handle_table *table;
	struct handle *h, *new;
	long ret;

	if (a1 == 0 || (a1 & ~(unsigned long)(RIGHTS_ALL | MEMOBJ_RIGHTS_ALL)) || (a2 & PERSONALITY_BADGE))
		return -EINVAL;
	ret = handle_lock_room(1);
	if (ret < 0)
		return ret;
	table = current->proc->handles;
	h = handle_place(table, a0);
	ret = h ? may_dup(h, a1, a2) : -EBADF;
	if (ret == 0) {
		new = handle_alloc(table, h->kind);
		handle_share(new, h, (unsigned int)a1, a2 ? a2 : h->badge);
		ret = new->number;
	}
	spin_unlock(&ipc_lock);
	return ret;
}

/* handle_close(handle) */
SYSCALL_DEFINE(sys_handle_close)
{
	const struct handle_table *table = READ_ONCE(current->proc->handles);
	struct handle *h;

	spin_lock(&ipc_lock);
	h = handle_place(table, a0);
	if (!h || h->kind == HANDLE_FREE) {
		spin_unlock(&ipc_lock);
		return -EBADF;
	}
	handle_close(h);
	return 0;
}

/* ipc_notify(endpoint, bits) */
SYSCALL_DEFINE(sys_ipc_notify)
{
	const struct handle_table *table = READ_ONCE(current->proc->handles);
	const struct handle *h;
	long ret;

	spin_lock(&ipc_lock);
	h = handle_with(table, a0, RIGHT_SEND);
	ret = !h ? handle_refused(table, a0) : h->ep->nr_recv == 0 ? -EPIPE : 0;
	if (ret == 0 && a1)
		endpoint_notify(h->ep, a1);
	spin_unlock(&ipc_lock);
	return ret;
}
