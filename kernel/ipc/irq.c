/* SPDX-License-Identifier: MIT */
/* Interrupts by handle; irq.h. The interrupt itself comes with interrupts off and no lock held, so it takes ipc_lock as a call does. */
#include "kernel/ipc/irq.h"
#include "kernel/core/syscall.h"
#include "kernel/dev/devices.h"
#include "kernel/dev/plic.h"
#include "kernel/ipc/endpoint.h"
#include "kernel/sched/sched.h"
#include "kernel/task/process.h"
#include "lib/errno.h"

static struct irq irqs[PLIC_SOURCES];

/* In an interrupt. Masked first: its line stays up until the server has served the device. */
static void irq_interrupt(unsigned int source)
{
	struct irq *irq = &irqs[source];

	spin_lock(&ipc_lock);
	plic_mask(source);
	irq->fired = true;
	if (irq->ep)
		endpoint_notify(irq->ep, irq->bits);
	spin_unlock(&ipc_lock);
}

void irqs_init(void)
{
	const struct device *d;

	for (unsigned long i = 0; (d = device_get(i)) != NULL; i++)
		if (d->irq && plic_request(d->irq, irq_interrupt))
			plic_mask(d->irq);
}

struct endpoint *irq_put(struct irq *irq)
{
	struct endpoint *ep = NULL;

	VM_BUG_ON(!spin_is_held(&ipc_lock) || irq->refs == 0);
	if (--irq->refs == 0) {
		plic_mask(irq->source);
		ep = irq->ep;
		irq->ep = NULL;
		irq->fired = false;
	}
	return ep;
}

/*
 * irq_create(source) - a handle of the interrupt of a device that a server may drive. -EPERM: not the root task; -ENODEV: no device has
 * this source; -EBUSY: the kernel drives it, or there are handles of it.
 */
SYSCALL_DEFINE(sys_irq_create)
{
	const struct device *d = device_of_irq(a0);
	struct handle *h;
	long ret;

	if (!is_root_task(current))
		return -EPERM;
	if (!d || !plic_serves(d->irq))
		return -ENODEV;
	if (!d->offered)
		return -EBUSY;
	ret = handle_lock_room(1);
	if (ret < 0)
		return ret;
	if (irqs[d->irq].refs == 0) {
		irqs[d->irq].source = d->irq;
		h = handle_alloc(current->proc->handles, HANDLE_IRQ);
		handle_name_irq(h, &irqs[d->irq], IRQ_RIGHTS_ALL);
		ret = h->number;
	} else {
		ret = -EBUSY;
	}
	spin_unlock(&ipc_lock);
	return ret;
}

/* The interrupt of handle @number, which needs CONTROL. With ipc_lock. NULL: *@err. */
static struct irq *find_irq(const struct handle_table *table, unsigned long number, long *err)
{
	const struct handle *h = handle_checked(table, number, HANDLE_IRQ, RIGHT_CONTROL, err);

	return h ? h->irq : NULL;
}

/* irq_bind(irq, endpoint, bits) - from now on the interrupt is a notification of @endpoint, a handle with SEND. */
SYSCALL_DEFINE(sys_irq_bind)
{
	const struct handle_table *table = READ_ONCE(current->proc->handles);
	struct endpoint *old = NULL;
	const struct handle *h;
	struct irq *irq;
	long ret;

	if (a2 == 0)
		return -EINVAL;
	spin_lock(&ipc_lock);
	irq = find_irq(table, a0, &ret);
	h = irq ? handle_with(table, a1, RIGHT_SEND) : NULL;
	if (irq && !h)
		ret = handle_refused(table, a1);
	if (ret == 0) {
		old = irq->ep;
		irq->ep = h->ep;
		irq->bits = a2;
		endpoint_hold(irq->ep);
		if (irq->fired)
			endpoint_notify(irq->ep, irq->bits);
		else
			plic_unmask(irq->source);
	}
	spin_unlock(&ipc_lock);
	if (old)
		endpoint_release(old);
	return ret;
}

/* irq_ack(irq) - the device has been served: it may interrupt again. -EINVAL: not bound. */
SYSCALL_DEFINE(sys_irq_ack)
{
	const struct handle_table *table = READ_ONCE(current->proc->handles);
	struct irq *irq;
	long ret;

	spin_lock(&ipc_lock);
	irq = find_irq(table, a0, &ret);
	if (irq && !irq->ep)
		ret = -EINVAL;
	if (ret == 0) {
		irq->fired = false;
		plic_unmask(irq->source);
	}
	spin_unlock(&ipc_lock);
	return ret;
}
