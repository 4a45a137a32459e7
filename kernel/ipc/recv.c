/* SPDX-License-Identifier: MIT */
/*
 * ipc_recv(), ipc_reply() and ipc_reply_recv(): the side that answers.
 *
 *	receive		a CANCEL of this process | notified bits | the oldest call | none: sleep on ep->receivers
 *	reply		the message into the caller's registers; it goes on, the reply handle is used up
 *
 * Bits and calls take turns, so that neither holds up the other.
 */
#include "kernel/core/bug.h"
#include "kernel/core/race.h"
#include "kernel/core/syscall.h"
#include "kernel/ipc/wait.h"
#include "kernel/task/process.h"
#include "lib/errno.h"

/* ---- receiving ---- */

/* The oldest of @ep's cancelled reply handles in @table, or NULL. */
static struct handle *find_cancel(const struct endpoint *ep, const struct handle_table *table)
{
	struct handle *h;

	list_for_each_entry(h, &ep->cancels, cancel_node)
		if (h->table == table)
			return h;
	return NULL;
}

static long take_cancel(struct handle *reply, struct ipc_wait *w)
{
	struct endpoint *gone;

	put_cancel(w->regs, reply);
	list_del(&reply->cancel_node);
	gone = reply_free(reply);
	VM_BUG_ON(gone);		/* we have a handle of it */
	(void)gone;
	return IPC_MSG_CANCEL;
}

static long take_notification(struct endpoint *ep, struct ipc_wait *w)
{
	put_notification(w->regs, ep->notified);
	ep->notified = 0;
	ep->turn_of_callers = true;
	return IPC_MSG_NOTIFY;
}

static inline bool endpoint_is_empty(const struct endpoint *ep)
{
	return list_empty(&ep->callers) && !ep->notified && list_empty(&ep->cancels);
}

/*
 * The next message of @ep into the registers of @w, current's. Returns: IPC_MSG_*; -EAGAIN: there is none; -EMFILE: the next call
 * needs room for *@needed handles; IPC_AGAIN: it could not be sent, perhaps the one after it can.
 */
static __noinline long take_message(struct endpoint *ep, struct ipc_wait *w, unsigned int *needed)
{
	struct handle *reply;
	struct ipc_wait *c;
	int ret;

	if (unlikely(!list_empty(&ep->cancels))) {
		reply = find_cancel(ep, w->table);
		if (reply)
			return take_cancel(reply, w);
	}
	if (unlikely(ep->notified && !(ep->turn_of_callers && !list_empty(&ep->callers))))
		return take_notification(ep, w);
	if (list_empty(&ep->callers))
		return -EAGAIN;

	c = list_first_entry(&ep->callers, struct ipc_wait, node);
	ret = deliver_call(c, w, ep);
	if (unlikely(ret == -EMFILE)) {
		if (ep->notified)
			return take_notification(ep, w);
		*needed = 1 + nr_packed(c->regs->t2);
		return -EMFILE;
	}
	list_del(&c->node);
	if (likely(ret == 0)) {
		ep->turn_of_callers = false;
		return IPC_MSG_CALL;
	}
	ipc_finish(c, ret);
	wake_up_process(c->task);
	return IPC_AGAIN;
}

/*
 * Receive by the handle @number of @table into @regs, both current's. @partner: one that is to be woken before this one sleeps, or
 * NULL. Assumes: ipc_lock held, which is dropped.
 */
static __step long receive(unsigned long number, struct pt_regs *regs, struct handle_table *table, struct ipc_wait *partner)
{
	u64 deadline = regs->t4;
	const struct handle *h;
	struct endpoint *ep;
	unsigned int needed;
	struct ipc_wait w;		/* each field is set when it is needed */
	long ret;

	w.task = current;
	w.regs = regs;
	w.table = table;
	w.number = (u32)number;
	for (;;) {
		h = handle_with(table, number, RIGHT_RECV);
		if (unlikely(!h)) {
			ret = handle_refused(table, number);
			break;
		}
		ep = h->ep;
		ret = endpoint_is_empty(ep) ? -EAGAIN : take_message(ep, &w, &needed);
		endpoint_check(ep);		/* not by @h, which may have moved in a call of another thread */
		if (unlikely(ret == -EMFILE || ret == IPC_AGAIN)) {
			if (partner)
				wake_up_process(partner->task);
			partner = NULL;
			spin_unlock(&ipc_lock);
			cond_resched();
			ret = ret == -EMFILE ? handle_reserve(needed) : 0;
			if (ret < 0)
				return ret;
			spin_lock(&ipc_lock);
			continue;
		}
		if (ret >= 0)
			break;
		ret = unlikely(ep->nr_send == 0) ? -ENOTCONN : ipc_interrupted(deadline);
		if (unlikely(ret < 0))
			break;
		w.state = IPC_RECEIVING;
		list_add_tail(&w.node, &ep->receivers);
		ipc_sleep(partner, deadline, TASK_INTERRUPTIBLE);
		partner = NULL;
		race_point("ipc_recv: awake, state not looked at");
		if (unlikely(w.state == IPC_RECEIVING)) {
			list_del(&w.node);
		} else if (likely(w.result != IPC_AGAIN)) {
			ret = w.result;
			break;
		}
	}
	if (partner)
		wake_up_process(partner->task);
	spin_unlock(&ipc_lock);
	return ret;
}

/* ---- replying ---- */

/* The handles of the reply @regs go from @from to the caller @c, who has to want them and to have room. */
static __noinline long pass_reply_handles(struct ipc_wait *c, const struct pt_regs *regs, const struct handle_table *from)
{
	bool moved = false;

	if (!(c->regs->t5 & IPC_TAKE_HANDLES))
		return -EOPNOTSUPP;
	if (c->table->nr_free < nr_packed(regs->t2))
		return -EMFILE;
	c->regs->t2 = pass_handles(c->table, from, regs->t2, &moved);
	return 0;
}

struct replied {
	struct ipc_wait *partner;	/* to be woken; or NULL */
	struct endpoint *gone;		/* to be freed; or NULL */
	bool used;			/* the reply handle is used up: always, but for mistakes of the server's own */
};

/* Reply handle @h has lost its caller; so has the server its CANCEL. */
static __noinline long reply_to_nobody(struct handle *h)
{
	list_del(&h->cancel_node);
	return -ESRCH;
}

/*
 * The message in @regs, current's, is the reply to the call of the reply handle in @table that they name. Returns: 0; -EBADF,
 * -EACCES, -EINVAL, -EBUSY: a handle is not what it should be; -ESRCH: the caller has gone; -EOPNOTSUPP, -EMFILE: the caller cannot
 * take the handles, and is told the same.
 */
static __step long reply(struct pt_regs *regs, const struct handle_table *table, struct replied *done)
{
	struct handle *h = handle_lookup(table, regs->t3, HANDLE_REPLY);
	struct ipc_wait *c;
	struct pt_regs *to;
	long ret = 0;

	*done = (struct replied){ NULL, NULL, false };
	if (unlikely(!h))
		return -EBADF;
	if (unlikely(regs->t2)) {
		ret = check_handles(table, regs->t2);
		if (ret < 0)
			return ret;
	}

	/* commit: the reply handle is used up */
	c = h->caller;
	if (likely(c)) {
		VM_BUG_ON(c->state != IPC_SERVED || c->reply != h);
		to = c->regs;
		if (unlikely(regs->t2))
			ret = pass_reply_handles(c, regs, table);
		else
			to->t2 = 0;
		if (likely(ret == 0))
			copy_words(to, regs);
		ipc_finish(c, ret);
		done->partner = c;
	} else {
		ret = reply_to_nobody(h);
	}
	done->gone = reply_free(h);
	done->used = true;
	return ret;
}

/* ---- the three calls of a server: one function, so that both steps are in one piece ---- */

#define SERVE_REPLY	1u
#define SERVE_RECV	2u

/* What must wait until ipc_lock is dropped, or will not be done by receive(). */
static __noinline void settle(struct ipc_wait *partner, struct endpoint *gone)
{
	if (partner)
		wake_up_process(partner->task);
	spin_unlock(&ipc_lock);
	if (gone)
		endpoint_free(gone);
}

/*
 * Reply, receive, or both: then that the caller has gone is the caller's affair, unless handles were to go to it, and the next message
 * is received.
 */
static long serve(unsigned long number, unsigned int what)
{
	struct handle_table *table = READ_ONCE(current->proc->handles);
	struct pt_regs *regs = task_pt_regs(current);
	struct replied done = { NULL, NULL, false };
	long ret = 0;

	spin_lock(&ipc_lock);
	if (what & SERVE_REPLY) {
		ret = reply(regs, table, &done);
		if (!(what & SERVE_RECV)) {
			settle(done.partner, done.gone);
			return ret;
		}
		if (likely(done.used))
			regs->t3 = 0;
		if (unlikely(ret == -ESRCH && !regs->t2))
			ret = 0;
		if (unlikely(done.gone || ret < 0)) {
			settle(done.partner, done.gone);
			if (ret < 0)
				return ret;
			done.partner = NULL;
			spin_lock(&ipc_lock);
		}
		regs->t2 = 0;
	}
	return receive(number, regs, table, done.partner);
}

/* ipc_recv(endpoint; registers) */
SYSCALL_DEFINE(sys_ipc_recv)
{
	return serve(a0, SERVE_RECV);
}

/* ipc_reply(registers) */
SYSCALL_DEFINE(sys_ipc_reply)
{
	return serve(0, SERVE_REPLY);
}

/* ipc_reply_recv(endpoint; registers) */
SYSCALL_DEFINE(sys_ipc_reply_recv)
{
	return serve(a0, task_pt_regs(current)->t3 ? SERVE_REPLY | SERVE_RECV : SERVE_RECV);
}
