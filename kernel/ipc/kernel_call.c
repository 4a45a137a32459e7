/* SPDX-License-Identifier: MIT */
/* Calls that the kernel makes; kernel_call.h. */
#include "kernel/ipc/kernel_call.h"
#include "kernel/core/race.h"
#include "kernel/ipc/wait.h"
#include "kernel/task/process.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "uapi/protocol.h"

bool receives_from(const struct handle_table *table, const struct endpoint *ep)
{
	VM_BUG_ON(!spin_is_held(&ipc_lock));
	for (unsigned int i = 0; table && i < table->nr_slots; i++) {
		const struct handle *h = handle_at(table, i);

		if (h->kind == HANDLE_ENDPOINT && h->ep == ep && (h->rights & RIGHT_RECV))
			return true;
	}
	return false;
}

/* Send @w to @ep and wait for the reply. ipc_lock held. */
static long call_and_wait(struct ipc_wait *w, struct endpoint *ep, unsigned int state, u64 deadline)
{
	struct ipc_wait *partner;
	long ret = 0;

	partner = send_call(w, ep, &ret);
	endpoint_check(ep);
	while (ret == 0) {
		ipc_sleep(partner, deadline, state);
		race_point("kernel_call: awake, state not looked at");
		partner = NULL;
		if (likely(w->state == IPC_DONE))
			return w->result;
		if (signal_wakes(state))
			ret = -ERESTARTSYS;
		else if (deadline && ktime_get_ns() >= deadline)
			ret = -ETIMEDOUT;
		if (ret < 0)
			give_up(w);
	}
	return ret;
}

long kernel_call(struct endpoint *const *ep, struct pt_regs *regs, unsigned long badge, unsigned int state, u64 deadline)
{
	struct ipc_wait w = { .task = current, .regs = regs, .badge = badge };
	long ret;

	w.table = regs->t5 & IPC_TAKE_HANDLES ? current->proc->handles : NULL;
	/* Somebody is on this kernel stack, so its partner must not return to user mode in its place: as who waits with a deadline. */
	regs->t4 = 1;
	spin_lock(&ipc_lock);
	if (!*ep || (*ep)->nr_recv == 0)
		ret = -EPIPE;
	else if (receives_from(current->proc->handles, *ep))
		ret = -EDEADLK;
	else
		ret = call_and_wait(&w, *ep, state, deadline);
	spin_unlock(&ipc_lock);
	return ret;
}

void message_put(struct pt_regs *regs, const void *from, size_t size)
{
	unsigned long words[IPC_WORDS - 1] = { 0 };

	VM_BUG_ON(size > MESSAGE_BYTES);
	memcpy(words, from, size);
	regs->a2 = words[0];
	regs->a3 = words[1];
	regs->a4 = words[2];
	regs->a5 = words[3];
	regs->a6 = words[4];
	regs->t0 = words[5];
	regs->t1 = words[6];
}

void message_get(const struct pt_regs *regs, void *to, size_t size)
{
	const unsigned long words[IPC_WORDS - 1] = { regs->a2, regs->a3, regs->a4, regs->a5, regs->a6, regs->t0, regs->t1 };

	VM_BUG_ON(size > MESSAGE_BYTES);
	memcpy(to, words, size);
}

void endpoint_swap(struct endpoint **where, struct endpoint *ep)
{
	struct endpoint *old;

	spin_lock(&ipc_lock);
	old = *where;
	*where = ep;
	spin_unlock(&ipc_lock);
	if (old)
		endpoint_release(old);
}

int endpoint_of_handle(unsigned long number, unsigned int right, struct endpoint **ep, unsigned long *badge)
{
	const struct handle_table *table = READ_ONCE(current->proc->handles);
	const struct handle *h;
	int ret = 0;

	VM_BUG_ON(right & ~(RIGHT_SEND | RIGHT_RECV));		/* only an endpoint's has one of them */
	spin_lock(&ipc_lock);
	h = handle_with(table, number, right);
	if (h) {
		*ep = h->ep;
		*badge = h->badge;
		endpoint_hold(*ep);
	} else {
		ret = (int)handle_refused(table, number);
	}
	spin_unlock(&ipc_lock);
	return ret;
}

bool endpoint_serves(struct endpoint *const *where)
{
	bool serves;

	spin_lock(&ipc_lock);
	serves = *where && (*where)->nr_recv > 0;
	spin_unlock(&ipc_lock);
	return serves;
}
