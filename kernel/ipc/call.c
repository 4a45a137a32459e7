/* SPDX-License-Identifier: MIT */
/*
 * ipc_call(): the side that asks.
 *
 *	a receiver waits:	the message into its registers, a reply handle into its table; it goes on, we sleep
 *	none waits:		on ep->callers; we sleep until somebody receives, and then until he replies
 *
 * A signal or the deadline ends both: endpoint.h has the states.
 */
#include "kernel/core/bug.h"
#include "kernel/core/race.h"
#include "kernel/core/syscall.h"
#include "kernel/ipc/wait.h"
#include "kernel/sched/timer.h"
#include "kernel/task/process.h"
#include "lib/errno.h"

void ipc_sleep_until(struct ipc_wait *partner, u64 deadline)
{
	if (partner)
		wake_up_process(partner->task);
	spin_unlock(&ipc_lock);
	schedule_until(deadline ? deadline : ~0ULL);
}

int pass_call_handles(struct ipc_wait *c, struct ipc_wait *r, unsigned long *packed)
{
	int ret = r->regs->t5 & IPC_TAKE_HANDLES ? check_handles(c->table, *packed) : -EOPNOTSUPP;

	if (ret < 0)
		return ret;
	if (r->table->nr_free < 1 + nr_packed(*packed))
		return -EMFILE;
	*packed = pass_handles(r->table, c->table, *packed, &c->handles_left);
	return 0;
}

/* One whose table is full is sent to make room: the call is in the queue when it looks again. */
__step struct ipc_wait *send_call(struct ipc_wait *w, struct endpoint *ep, long *error)
{
	struct ipc_wait *r;
	int ret;

	while (!list_empty(&ep->receivers)) {
		r = list_first_entry(&ep->receivers, struct ipc_wait, node);
		ret = deliver_call(w, r, ep);
		if (unlikely(ret < 0 && ret != -EMFILE)) {
			*error = ret;
			return NULL;
		}
		list_del(&r->node);
		if (likely(ret == 0)) {
			ipc_finish(r, IPC_MSG_CALL);
			return r;
		}
		ipc_finish(r, IPC_AGAIN);
		wake_up_process(r->task);
	}
	w->state = IPC_QUEUED;
	list_add_tail(&w->node, &ep->callers);
	return NULL;
}

/*
 * The caller of @reply has gone: the process that has received the call is told, at once if a thread of it waits. Else the handle
 * itself is the message: no memory is needed.
 */
static void cancel_reply(struct handle *reply)
{
	struct endpoint *ep = reply->ep, *gone;
	struct ipc_wait *r;

	reply->caller = NULL;
	list_for_each_entry(r, &ep->receivers, node)
		if (r->table == reply->table) {
			list_del(&r->node);
			put_cancel(r->regs, reply);
			gone = reply_free(reply);
			VM_BUG_ON(gone);	/* the receiver has a handle of it */
			(void)gone;
			ipc_finish(r, IPC_MSG_CANCEL);
			wake_up_process(r->task);
			return;
		}
	list_add_tail(&reply->cancel_node, &ep->cancels);
}

void give_up(struct ipc_wait *w)
{
	if (w->state == IPC_QUEUED)
		list_del(&w->node);
	else
		cancel_reply(w->reply);
}

/* The message in current's registers goes to the endpoint @number, and the reply comes there. */
static __step long call(unsigned long number)
{
	struct handle_table *table = READ_ONCE(current->proc->handles);
	struct pt_regs *regs = task_pt_regs(current);
	u64 deadline = regs->t4;
	const struct handle *h;
	struct endpoint *ep;
	struct ipc_wait w, *partner;		/* each field is set when it is needed */
	long ret = 0;

	w.task = current;
	w.regs = regs;
	w.table = table;
	w.handles_left = false;
	if (unlikely(regs->t5 & IPC_TAKE_HANDLES)) {
		ret = handle_reserve(2);
		if (ret < 0)
			return ret;
	}
	spin_lock(&ipc_lock);
	h = handle_with(table, number, RIGHT_SEND);
	if (unlikely(!h))
		ret = handle_refused(table, number);
	else if (unlikely(regs->t2))
		ret = check_handles(table, regs->t2);
	if (likely(ret == 0) && unlikely(h->ep->nr_recv == 0))
		ret = -EPIPE;
	if (unlikely(ret < 0))
		goto out;
	w.badge = h->badge;
	ep = h->ep;
	partner = send_call(&w, ep, &ret);	/* @h itself may have moved */
	endpoint_check(ep);
	if (unlikely(ret < 0))
		goto out;

	for (;;) {
		ipc_sleep(partner, deadline, TASK_INTERRUPTIBLE);
		race_point("ipc_call: awake, state not looked at");
		if (likely(w.state == IPC_DONE)) {
			ret = w.result;
			break;
		}
		ret = ipc_interrupted(deadline);
		if (ret < 0) {
			give_up(&w);
			if (ret == -ERESTARTSYS && w.handles_left)
				ret = -EINTR;
			break;
		}
		partner = NULL;
	}
out:
	spin_unlock(&ipc_lock);
	return ret;
}

/* ipc_call(endpoint; registers) */
SYSCALL_DEFINE(sys_ipc_call)
{
	return call(a0);
}
