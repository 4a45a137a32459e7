/* SPDX-License-Identifier: MIT */
/*
 * Handles, endpoints and messages (docs/ipc.md).
 *
 * A message is eight words and up to two handles. It is in registers on both sides:
 *
 *	register	call, reply, reply_recv, recv: given		answered
 *	a7		number of the call				the same
 *	a0		endpoint (reply: unused)			IPC_MSG_* (call, reply: 0), or -errno
 *	a1..a6, t0, t1	the eight words					the eight words
 *	t2		two handles to go along, IPC_PACK()		two handles that came, or 0
 *	t3		reply handle (reply, reply_recv)		reply handle of a call that came; 0: none
 *	t4		deadline, ns of CLOCK_MONOTONIC; 0: none	the same
 *	t5		IPC_TAKE_HANDLES or 0				badge of the sender (not by call, reply)
 *
 * With an error the registers are as they were given, but for t3 of reply_recv: it is 0 when the reply handle has been used up, so that
 * the same call made again only receives (t2 is then 0, too, unless the error says that handles did not go).
 */
#ifndef UAPI_IPC_H
#define UAPI_IPC_H

#define SYS_ipc_first		0x1100
#define SYS_handle_close	0x1100	/* (handle) */
#define SYS_handle_dup		0x1101	/* (handle, rights, badge; 0: the same badge): a new handle */
#define SYS_endpoint_create	0x1102	/* (): a handle with all rights */
#define SYS_ipc_call		0x1103	/* send, wait for the reply */
#define SYS_ipc_recv		0x1104
#define SYS_ipc_reply		0x1105
#define SYS_ipc_reply_recv	0x1106	/* reply if t3 is not 0, then recv */
#define SYS_ipc_notify		0x1107	/* (endpoint, bits): never waits */
#define SYS_memobj_create	0x1108	/* (size, endpoint or 0, cookie): a handle of a new memory object */
#define SYS_memobj_map		0x1109	/* (memobj, addr, len, prot, flags, offset): as mmap */
#define SYS_memobj_supply	0x110a	/* (memobj, offset, addr, pages, SUPPLY_*): the caller's pages */
#define SYS_memobj_invalidate	0x110b	/* (memobj, offset, pages): they are to come anew */
#define SYS_task_open		0x110c	/* (pid; 0: the caller's own): a handle of a process */
#define SYS_vm_map		0x110d	/* (task, addr, len, prot, flags, memobj or 0, offset): as mmap */
#define SYS_vm_unmap		0x110e	/* (task, addr, len) */
#define SYS_vm_protect		0x110f	/* (task, addr, len, prot) */
#define SYS_vm_query		0x1110	/* (task, addr, buffer, bytes): struct q_vma[] from addr on; how many */
#define SYS_vm_read		0x1111	/* (task, addr, buffer, bytes): how many bytes */
#define SYS_vm_write		0x1112	/* (task, addr, buffer, bytes): how many bytes */
#define SYS_memobj_resize	0x1113	/* (memobj, size) */
#define SYS_memobj_writeback	0x1114	/* (memobj, offset, addr, pages): copies of dirty pages; how many, and in a1 the offset of the first */
#define SYS_memobj_written	0x1115	/* (memobj, offset, pages, 0: stored, 1: dirty still): what memobj_writeback() has given */

#define SYS_task_personality	0x1116	/* (task, endpoint or 0): who is asked for what the kernel does not have; PERSONALITY_PROTOCOL */

/* For servers that drive devices. The root task alone, process 1, has handles made of what the device tree lists (QUERY_DEVICES). */
#define SYS_memobj_create_physical 0x1118	/* (address, size): a handle of a device's registers; MAP_SHARED only, not executable */
#define SYS_irq_create		0x1119	/* (source): a handle of its interrupt */
#define SYS_irq_bind		0x111a	/* (irq, endpoint, bits): it is a notification with these bits; masked then until irq_ack */
#define SYS_irq_ack		0x111b	/* (irq): the device has been served */

/*
 * For the console. (endpoint, 0: the kernel itself): who receives from it serves the console from now on (CONSOLE_PROTOCOL of
 * uapi/protocol.h); the root task's. And what the one who receives from it, @endpoint with RECV, tells the kernel:
 */
#define SYS_console_serve	0x111c
#define SYS_console_event	0x111d	/* (endpoint, CONSOLE_*, arg) */
#define CONSOLE_SIGNAL		1	/* SIGINT or SIGQUIT was typed */
#define CONSOLE_READABLE	2	/* 1: a read need not wait; 0: it has to */
#define CONSOLE_SIZE		3	/* rows << 16 | columns */

/* Rights of a handle: of an endpoint, of a memory object, of a task, or of several of them. */
#define RIGHT_SEND		0x1	/* call, notify */
#define RIGHT_RECV		0x2	/* recv; and to make SEND handles of it, with any badge */
#define RIGHT_GRANT		0x4	/* may go along with a message */
#define RIGHT_MAP		0x8	/* to map the object */
#define RIGHT_CONTROL		0x10	/* to supply and to invalidate its pages; to change a task's address space; of an interrupt: bind, ack */
#define RIGHTS_ALL		(RIGHT_SEND | RIGHT_RECV | RIGHT_GRANT)
#define MEMOBJ_RIGHTS_ALL	(RIGHT_MAP | RIGHT_CONTROL | RIGHT_GRANT)
#define TASK_RIGHTS_ALL		(RIGHT_CONTROL | RIGHT_GRANT)
#define IRQ_RIGHTS_ALL		(RIGHT_CONTROL | RIGHT_GRANT)

/* What recv answers in a0. */
#define IPC_MSG_CALL		0	/* a call: words, handles, reply handle, badge */
#define IPC_MSG_NOTIFY		1	/* a1: the bits that were set since the last one */
#define IPC_MSG_CANCEL		2	/* a1: a reply handle that came with a call whose caller does not wait any more; it is closed */

/*
 * The call by which the kernel asks a pager for a page, with the badge of the handle that memobj_create() was given. The reply's first
 * word is 0 when the page has been supplied; with another one whoever needs the page gets SIGBUS.
 */
#define PAGER_PAGE_IN		1	/* word 0. Then: cookie, offset in bytes, pages, 1 if the first is to be written to */
/*
 * Of the pages that it names only the first is needed; those after it are not there either, and may be supplied with it.
 *
 * The bit that a pager is notified of when memory is short and some of its objects have dirty pages: memobj_writeback() says which.
 */
#define PAGER_DIRTY		(1UL << 63)

/* How pages are supplied. */
#define SUPPLY_COPY		0UL
#define SUPPLY_MOVE		1UL	/* the frames themselves, where nobody else has them; zeroes are in their place then */

#define PERSONALITY_BADGE	(1UL << 63)	/* in the badge of what the kernel asks a personality; no handle has it */

#define IPC_WORDS		8
#define IPC_TAKE_HANDLES	0x1UL	/* t5: without it, a message with handles is refused to its sender: -EOPNOTSUPP */
#define IPC_FOREVER		0UL	/* t4 */
#define IPC_POLL		1UL	/* a time that has passed */

/* t2: a handle is a number of 31 bits, bit 31 says that it moves; else the sender keeps it and the receiver gets a copy. */
#define IPC_MOVE		0x80000000UL
#define IPC_PACK(first, second)	((unsigned long)(first) | (unsigned long)(second) << 32)
#define IPC_FIRST(packed)	((packed) & 0xffffffffUL)
#define IPC_SECOND(packed)	((packed) >> 32)

#define HANDLES_MAX		1024	/* in a table, reply handles among them */

#endif
