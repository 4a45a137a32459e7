/* SPDX-License-Identifier: MIT */
/* Messages: handles that go along, and those that the kernel sends; message.h. */
#include "kernel/ipc/message.h"
#include "kernel/core/bug.h"
#include "kernel/mm/memobj.h"
#include "lib/errno.h"

static int check_handle(const struct handle_table *table, unsigned long word)
{
	const struct handle *h = handle_place(table, word & ~IPC_MOVE);

	if (!h || h->kind == HANDLE_FREE || h->kind == HANDLE_REPLY)
		return -EBADF;
	if (!(h->rights & RIGHT_GRANT))
		return -EACCES;
	return (word & IPC_MOVE) && (h->rights & RIGHT_RECV) && receiver_waits(h) ? -EBUSY : 0;
}

int check_handles(const struct handle_table *table, unsigned long packed)
{
	unsigned long first = IPC_FIRST(packed), second = IPC_SECOND(packed);
	int ret = 0;

	VM_BUG_ON(!spin_is_held(&ipc_lock));
	if (first && second && ((first ^ second) & ~IPC_MOVE) == 0 && ((first | second) & IPC_MOVE))
		return -EINVAL;
	if (first)
		ret = check_handle(table, first);
	if (ret == 0 && second)
		ret = check_handle(table, second);
	return ret;
}

static void pass_endpoint(struct handle *new, struct handle *old, bool move)
{
	struct endpoint *ep = old->ep;
	bool last;

	endpoint_name(new, ep, old->rights, old->badge);
	if (!move)
		return;
	ep->nr_send -= !!(old->rights & RIGHT_SEND);
	ep->nr_recv -= !!(old->rights & RIGHT_RECV);
	last = endpoint_put(ep);
	VM_BUG_ON(last);
	(void)last;
}

static unsigned long pass_handle(struct handle_table *to, const struct handle_table *from, unsigned long word, bool *moved)
{
	struct handle *old = handle_place(from, word & ~IPC_MOVE);
	struct handle *new = handle_alloc(to, old->kind);
	bool move = word & IPC_MOVE;

	if (old->kind == HANDLE_ENDPOINT) {
		pass_endpoint(new, old, move);
	} else {
		handle_share(new, old, old->rights, old->badge);
		/* Not the last reference: there is the new handle's. */
		if (move && old->kind == HANDLE_MEMOBJ)
			memobj_put(old->obj);
		else if (move && old->kind == HANDLE_IRQ)
			old->irq->refs--;
	}
	if (move) {
		*moved = true;
		handle_free(old);
	}
	return new->number;
}

unsigned long pass_handles(struct handle_table *to, const struct handle_table *from, unsigned long packed, bool *moved)
{
	unsigned long first = IPC_FIRST(packed), second = IPC_SECOND(packed);

	VM_BUG_ON(!spin_is_held(&ipc_lock) || to->nr_free < nr_packed(packed));
	if (first)
		first = pass_handle(to, from, first, moved);
	if (second)
		second = pass_handle(to, from, second, moved);
	return IPC_PACK(first, second);
}

static void clear_words(struct pt_regs *to)
{
	to->a1 = to->a2 = to->a3 = to->a4 = to->a5 = to->a6 = 0;
	to->t0 = to->t1 = to->t2 = to->t3 = to->t5 = 0;
}

void put_notification(struct pt_regs *to, unsigned long bits)
{
	clear_words(to);
	to->a1 = bits;
}

void put_cancel(struct pt_regs *to, const struct handle *reply)
{
	clear_words(to);
	to->a1 = reply->number;
	to->t5 = reply->badge;
}
