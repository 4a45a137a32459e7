/* SPDX-License-Identifier: MIT */
/*
 * Calls that the kernel makes to servers in the name of current, which waits: for a page (page_in.c), for the console
 * (posix/tty_server.c). They are calls like any other, but the message is in registers on the kernel stack.
 */
#ifndef KERNEL_IPC_KERNEL_CALL_H
#define KERNEL_IPC_KERNEL_CALL_H

#include "kernel/arch/regs.h"
#include "lib/types.h"

struct endpoint;
struct handle_table;

/*
 * receives_from() - can the process of @table (or NULL) receive from @ep? With ipc_lock. If it is current's it would wait for itself.
 */
bool receives_from(const struct handle_table *table, const struct endpoint *ep);
/*
 * kernel_call() - the words in @regs (a1 ..) go to *@ep with @badge, and the reply comes there. @ep is looked at with ipc_lock held; what
 * it names has not to be held any longer than that. With IPC_TAKE_HANDLES in t5, for which current's table has room, handles of the reply come
 * there. Current sleeps in @state, until @deadline (0: none).
 * Returns: 0; -EPIPE: nobody receives, or the call was dropped; -EDEADLK: current's process could receive it itself; -ERESTARTSYS: a
 * signal that ends @state; -ETIMEDOUT.
 */
long kernel_call(struct endpoint *const *ep, struct pt_regs *regs, unsigned long badge, unsigned int state, u64 deadline);

/* message_put(), message_get() - words 1 to 7 of a message as @size bytes of a structure of uapi/protocol.h. */
void message_put(struct pt_regs *regs, const void *from, size_t size);
void message_get(const struct pt_regs *regs, void *to, size_t size);

/* endpoint_swap() - *@where names @ep (held, or NULL) from now on, and what it named is released. */
void endpoint_swap(struct endpoint **where, struct endpoint *ep);
/*
 * endpoint_of_handle() - *@ep is the endpoint of current's handle @number, which needs @right: held; *@badge the handle's. 0, -EBADF or
 * -EACCES.
 */
int __must_check endpoint_of_handle(unsigned long number, unsigned int right, struct endpoint **ep, unsigned long *badge);
/* endpoint_serves() - does *@where name an endpoint of which somebody may receive? */
bool endpoint_serves(struct endpoint *const *where);

#endif
