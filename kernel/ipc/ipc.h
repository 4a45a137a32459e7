/* SPDX-License-Identifier: MIT */
/*
 * Communication between processes: calls to endpoints. docs/ipc.md tells it from the outside, endpoint.h how a call goes.
 *
 *	handle.c	a process's table of handles: fork, exit
 *	endpoint.c	endpoints; what closing a handle does to those who wait
 *	message.c	registers and handles from one task to another
 *	call.c, recv.c	the two sides that wait
 *	ipc_calls.c	the calls that do not
 *	kernel_call.c	calls that the kernel makes: for pages (page_in.c), for the console
 *	irq.c		interrupts of devices
 *	memobj_calls.c	memory objects by handle; page_in.c: those whose pager is a server
 *	task_calls.c	tasks by handle, and their address spaces
 *
 * What fork and exit call is declared in kernel/task/process.h.
 */
#ifndef KERNEL_IPC_IPC_H
#define KERNEL_IPC_IPC_H

/* ipc_init() - the caches. After slab_init(). */
void ipc_init(void);

#endif
