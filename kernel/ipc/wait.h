/* SPDX-License-Identifier: MIT */
/*
 * What both sides of a message do: sleep, and hand over a call. In a header since it is the whole of what each call and each
 * reply costs in the kernel. All of it with ipc_lock held.
 */
#ifndef KERNEL_IPC_WAIT_H
#define KERNEL_IPC_WAIT_H

#include "kernel/core/bug.h"
#include "kernel/core/time.h"
#include "kernel/ipc/message.h"
#include "kernel/sched/sched.h"
#include "lib/errno.h"

/* ipc_interrupted() - is current to wait no longer? 0, -ERESTARTSYS or -ETIMEDOUT. */
static inline long ipc_interrupted(u64 deadline)
{
	if (unlikely(signal_pending(current)))
		return -ERESTARTSYS;
	return unlikely(deadline) && ktime_get_ns() >= deadline ? -ETIMEDOUT : 0;
}
/* ipc_sleep_until() - the half of ipc_sleep() with a deadline or without a partner. */
void ipc_sleep_until(struct ipc_wait *partner, u64 deadline);
/*
 * ipc_sleep() - current sleeps in @state until it is woken, a signal that ends that or @deadline (0: none). @partner (or NULL), whose wait has been finished,
 * is woken; it returns to user mode at once if it can, so its a0 is set here. ipc_lock is dropped meanwhile.
 */
static inline void ipc_sleep(struct ipc_wait *partner, u64 deadline, unsigned int state)
{
	WRITE_ONCE(current->state, state);		/* before ipc_lock is dropped: whoever wakes us takes it */
	if (likely(partner && !deadline)) {
		struct pt_regs *regs = partner->regs;

		regs->a0 = (unsigned long)partner->result;
		/* Who waits with a deadline has a timer on its stack. */
		schedule_to(partner->task, &ipc_lock, !regs->t4);
	} else {
		ipc_sleep_until(partner, deadline);
	}
	spin_lock(&ipc_lock);
}

/*
 * send_call() - hand the call of @w, current's, to a receiver of @ep that waits, or queue it. Returns: the receiver, to be woken, or
 * NULL; *@error: the call cannot be sent. give_up() - @w is not done, and its task waits no longer.
 */
struct ipc_wait *send_call(struct ipc_wait *w, struct endpoint *ep, long *error);
void give_up(struct ipc_wait *w);
/* pass_call_handles() - the half of deliver_call() for what goes along. *@packed: the numbers in the receiver's table. */
int __must_check pass_call_handles(struct ipc_wait *c, struct ipc_wait *r, unsigned long *packed);
/*
 * deliver_call() - @r gets the call of @c and a reply handle for it; the caller takes them off their queues. Returns: 0;
 * -EMFILE: the table of @r has no room; other errors are @c's: its handles cannot be passed.
 */
static inline int __must_check deliver_call(struct ipc_wait *c, struct ipc_wait *r, struct endpoint *ep)
{
	struct pt_regs *to = r->regs, *from = c->regs;
	unsigned long packed = from->t2;
	struct handle *reply;
	int ret;

	VM_BUG_ON(!spin_is_held(&ipc_lock));
	if (unlikely(packed)) {
		ret = pass_call_handles(c, r, &packed);
		if (ret < 0)
			return ret;
	} else if (unlikely(r->table->nr_free == 0)) {
		return -EMFILE;
	}

	/* commit: nothing below fails */
	reply = handle_alloc(r->table, HANDLE_REPLY);
	reply->ep = ep;
	ep->refs++;
	reply->badge = c->badge;
	reply->caller = c;
	c->reply = reply;
	c->state = IPC_SERVED;
#ifndef RELEASE
	c->task->server = r->task->tgid;
#endif
	copy_words(to, from);
	to->t2 = packed;
	to->t3 = reply->number;
	to->t5 = c->badge;
	return 0;
}

#endif
