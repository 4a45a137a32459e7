/* SPDX-License-Identifier: MIT */
/*
 * Messages between processes (docs/ipc.md). All in one place, since each call is one instruction and its registers. A server:
 *
 *	struct ipc_msg m = { 0 };
 *
 *	for (;;) {
 *		ipc_reply_recv(endpoint, &m);		answers what came before, if that was a call
 *		m.word[0]++;				what the server does
 *	}
 *
 * and its client: m.word[0] = 1; ipc_call(endpoint, &m). Each call answers as the kernel does, -errno included.
 */
#ifndef USER_LIBSYS_IPC_H
#define USER_LIBSYS_IPC_H

#include "uapi/ipc.h"
#include "uapi/query.h"

long raw_syscall(long nr, ...);

/* As uapi/ipc.h has the registers. All zero: no handles, no reply, no deadline. */
struct ipc_msg {
	unsigned long word[IPC_WORDS];
	unsigned int handle[2];		/* to go along, with IPC_MOVE or without; or those that came. 0: none */
	unsigned long reply;		/* reply handle */
	unsigned long deadline;		/* ns of CLOCK_MONOTONIC, now_ns() + ...; IPC_FOREVER, IPC_POLL */
	unsigned long flags;		/* IPC_TAKE_HANDLES */
	unsigned long badge;		/* the sender's */
};

static inline long ipc_syscall(long nr, unsigned long endpoint, struct ipc_msg *m)
{
	register unsigned long a0 asm("a0") = endpoint, a1 asm("a1") = m->word[0], a2 asm("a2") = m->word[1];
	register unsigned long a3 asm("a3") = m->word[2], a4 asm("a4") = m->word[3], a5 asm("a5") = m->word[4];
	register unsigned long a6 asm("a6") = m->word[5], t0 asm("t0") = m->word[6], t1 asm("t1") = m->word[7];
	register unsigned long t2 asm("t2") = IPC_PACK(m->handle[0], m->handle[1]), t3 asm("t3") = m->reply;
	register unsigned long t4 asm("t4") = m->deadline, t5 asm("t5") = m->flags;
	register long a7 asm("a7") = nr;

	asm volatile("ecall" : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(a4), "+r"(a5), "+r"(a6), "+r"(t0), "+r"(t1), "+r"(t2),
			       "+r"(t3), "+r"(t5) : "r"(a7), "r"(t4) : "memory");
	m->word[0] = a1;
	m->word[1] = a2;
	m->word[2] = a3;
	m->word[3] = a4;
	m->word[4] = a5;
	m->word[5] = a6;
	m->word[6] = t0;
	m->word[7] = t1;
	m->handle[0] = (unsigned int)t2;
	m->handle[1] = (unsigned int)(t2 >> 32);
	m->reply = t3;
	m->badge = t5;
	return (long)a0;
}

/* ipc_call() - send @m, wait for the reply, which is in @m then. 0, or -errno. */
static inline long ipc_call(unsigned long endpoint, struct ipc_msg *m)
{
	return ipc_syscall(SYS_ipc_call, endpoint, m);
}

/* ipc_recv() - the next message. Returns: IPC_MSG_*, or -errno. */
static inline long ipc_recv(unsigned long endpoint, struct ipc_msg *m)
{
	return ipc_syscall(SYS_ipc_recv, endpoint, m);
}

/* ipc_reply() - answer the call that came with m->reply. ipc_reply_recv() - the same if that is not 0, and the next message. */
static inline long ipc_reply(struct ipc_msg *m)
{
	return ipc_syscall(SYS_ipc_reply, 0, m);
}

static inline long ipc_reply_recv(unsigned long endpoint, struct ipc_msg *m)
{
	return ipc_syscall(SYS_ipc_reply_recv, endpoint, m);
}

static inline long ipc_notify(unsigned long endpoint, unsigned long bits)
{
	return raw_syscall(SYS_ipc_notify, endpoint, bits);
}

static inline long endpoint_create(void)
{
	return raw_syscall(SYS_endpoint_create);
}

/*
 * memobj_create() - a memory object of @size bytes: a handle with all rights. Its pages come from who receives from @endpoint, a handle
 * with SEND; user/libsys/pager.h. @endpoint 0: zeroes, and no pager. memobj_map() - mmap of it.
 */
static inline long memobj_create(unsigned long size, unsigned long endpoint, unsigned long cookie)
{
	return raw_syscall(SYS_memobj_create, size, endpoint, cookie);
}

static inline void *memobj_map(unsigned long object, void *addr, unsigned long len, int prot, int flags, unsigned long offset)
{
	return (void *)raw_syscall(SYS_memobj_map, object, addr, len, (long)prot, (long)flags, offset);
}

/* memobj_supply() - copies of the @pages pages at @from, page aligned, are the object's from @offset on. How many, or -errno. */
static inline long memobj_supply(unsigned long object, unsigned long offset, const void *from, unsigned long pages)
{
	return raw_syscall(SYS_memobj_supply, object, offset, from, pages);
}

/* memobj_invalidate() - the object's pages from @offset on leave all mappings: whoever needs one again asks for it anew. */
static inline long memobj_invalidate(unsigned long object, unsigned long offset, unsigned long pages)
{
	return raw_syscall(SYS_memobj_invalidate, object, offset, pages);
}

/* memobj_resize() - @size bytes from now on; what is behind the end leaves all mappings, and an access there is SIGBUS. */
static inline long memobj_resize(unsigned long object, unsigned long size)
{
	return raw_syscall(SYS_memobj_resize, object, size);
}

/*
 * memobj_writeback() - copies of dirty pages in a row, at most @pages, the first from *@offset on, to @to, page aligned. How many; 0: none
 * is dirty. *@offset says which. Once they are stored, memobj_written() makes them clean; with @failed they are dirty still.
 */
static inline long memobj_writeback(unsigned long object, unsigned long *offset, void *to, unsigned long pages)
{
	register unsigned long a0 asm("a0") = object, a1 asm("a1") = *offset, a2 asm("a2") = (unsigned long)to, a3 asm("a3") = pages;
	register long a7 asm("a7") = SYS_memobj_writeback;

	asm volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a3), "r"(a7) : "memory");
	*offset = a1;
	return (long)a0;
}

static inline long memobj_written(unsigned long object, unsigned long offset, unsigned long pages, int failed)
{
	return raw_syscall(SYS_memobj_written, object, offset, pages, (long)failed);
}

/*
 * task_open() - a handle of the caller's process (@pid 0) or of a child. With it, the others act on that one's address space: as
 * mmap (@object 0: MAP_ANONYMOUS), munmap and mprotect; vm_query() puts records of its VMAs from @addr on into @vmas, and says how many;
 * vm_read() and vm_write() copy from and to its memory, and say how many bytes.
 */
static inline long task_open(long pid)
{
	return raw_syscall(SYS_task_open, pid);
}

/* task_personality() - @task, and the children that it will have, ask @endpoint (0: nobody) for what the kernel does not have. */
static inline long task_personality(unsigned long task, unsigned long endpoint)
{
	return raw_syscall(SYS_task_personality, task, endpoint);
}

static inline void *vm_map(unsigned long task, void *addr, unsigned long len, int prot, int flags, unsigned long object,
			   unsigned long offset)
{
	register unsigned long a0 asm("a0") = task, a1 asm("a1") = (unsigned long)addr, a2 asm("a2") = len;
	register long a3 asm("a3") = prot, a4 asm("a4") = flags, a7 asm("a7") = SYS_vm_map;
	register unsigned long a5 asm("a5") = object, a6 asm("a6") = offset;

	asm volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a6), "r"(a7) : "memory");
	return (void *)a0;
}

static inline long vm_unmap(unsigned long task, void *addr, unsigned long len)
{
	return raw_syscall(SYS_vm_unmap, task, addr, len);
}

static inline long vm_protect(unsigned long task, void *addr, unsigned long len, int prot)
{
	return raw_syscall(SYS_vm_protect, task, addr, len, (long)prot);
}

static inline long vm_query(unsigned long task, unsigned long addr, struct q_vma *vmas, unsigned long bytes)
{
	return raw_syscall(SYS_vm_query, task, addr, vmas, bytes);
}

static inline long vm_read(unsigned long task, const void *addr, void *buf, unsigned long bytes)
{
	return raw_syscall(SYS_vm_read, task, addr, buf, bytes);
}

static inline long vm_write(unsigned long task, void *addr, const void *buf, unsigned long bytes)
{
	return raw_syscall(SYS_vm_write, task, addr, buf, bytes);
}

/*
 * For servers that drive devices, of the root task: memobj_create_physical() - a device's registers, to be mapped with MAP_SHARED.
 * irq_create() - its interrupt; irq_bind() - it is a notification of @endpoint with @bits, and then masked until irq_ack().
 */
static inline long memobj_create_physical(unsigned long addr, unsigned long size)
{
	return raw_syscall(SYS_memobj_create_physical, addr, size);
}

static inline long irq_create(unsigned long source)
{
	return raw_syscall(SYS_irq_create, source);
}

static inline long irq_bind(unsigned long irq, unsigned long endpoint, unsigned long bits)
{
	return raw_syscall(SYS_irq_bind, irq, endpoint, bits);
}

static inline long irq_ack(unsigned long irq)
{
	return raw_syscall(SYS_irq_ack, irq);
}

/* handle_dup() - another handle of the same object, with these @rights (RIGHT_*); @badge 0: the one that @handle has. */
static inline long handle_dup(unsigned long handle, unsigned long rights, unsigned long badge)
{
	return raw_syscall(SYS_handle_dup, handle, rights, badge);
}

static inline long handle_close(unsigned long handle)
{
	return raw_syscall(SYS_handle_close, handle);
}

#endif
