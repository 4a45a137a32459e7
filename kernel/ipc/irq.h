/* SPDX-License-Identifier: MIT */
/*
 * Interrupts of devices by handle: an interrupt is a notification.
 *
 *	source --PLIC--> irq_interrupt(): masked; bits into the endpoint --> server: serves its device, irq_ack(): open again
 *
 * What comes while nobody is bound, or while the server is dead, is not lost: the source stays masked, and the one that binds it
 * next is notified at once.
 */
#ifndef KERNEL_IPC_IRQ_H
#define KERNEL_IPC_IRQ_H

#include "lib/types.h"

struct endpoint;

struct irq {				/* ipc_lock. One for each source, for ever */
	unsigned int source;
	unsigned int refs;		/* handles; 0: nobody's */
	struct endpoint *ep;		/* bound to; held: endpoint_hold(). NULL: not bound, and masked */
	unsigned long bits;
	bool fired;			/* it has interrupted and was not acknowledged: masked */
};

/* irqs_init() - the PLIC sends the sources of all devices that servers may drive here. Before plic_init_hart(). */
void irqs_init(void);

/*
 * irq_put() - one handle of @irq less. With ipc_lock. The last one masks the source and unbinds it. Returns: the endpoint that it
 * was bound to, for endpoint_release() without ipc_lock; or NULL.
 */
struct endpoint *__must_check irq_put(struct irq *irq);

#endif
