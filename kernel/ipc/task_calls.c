/* SPDX-License-Identifier: MIT */
/*
 * Tasks by handle, and the system calls by which a server acts on the address space of another process: mmap, munmap, mprotect, a
 * look at its VMAs, copies from and to its memory.
 *
 * A handle names the process by pid and by the time when it began, so that it is of no use for another one that gets the
 * number later. It keeps nothing alive: with the process's end each call is -ESRCH.
 */
#include "kernel/arch/regs.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/syscall.h"
#include "kernel/ipc/handle.h"
#include "kernel/ipc/memobj_calls.h"
#include "kernel/ipc/personality.h"
#include "kernel/ipc/task_calls.h"
#include "kernel/mm/mm.h"
#include "kernel/sched/sched.h"
#include "kernel/task/process.h"
#include "lib/errno.h"
#include "uapi/mman.h"
#include "uapi/query.h"

/*
 * Whose address space may current change? Its own, that of a child, which has what it has from its parent, and of a process whose
 * personality it is. Process 1, which starts the servers, may open every task. tasklist_lock held.
 */
static bool may_open(const struct process *p)
{
	return p == current->proc || p->parent == current->proc || current->proc->pid == 1 || personality_is_mine(p);
}

/* task_open(pid) - 0: the caller's own process. */
SYSCALL_DEFINE(sys_task_open)
{
	const struct process *p;
	unsigned long start_ns = 0;
	struct handle *h;
	long ret;

	spin_lock(&tasklist_lock);
	p = (int)a0 == 0 ? current->proc : find_process((int)a0);
	ret = !p || p->zombie ? -ESRCH : may_open(p) ? p->pid : -EPERM;
	if (ret > 0)
		start_ns = p->start_ns;
	spin_unlock(&tasklist_lock);
	if (ret < 0)
		return ret;

	a0 = (unsigned long)ret;
	ret = handle_lock_room(1);
	if (ret < 0)
		return ret;
	h = handle_alloc(current->proc->handles, HANDLE_TASK);
	handle_name_task(h, a0, start_ns, TASK_RIGHTS_ALL);
	ret = h->number;
	spin_unlock(&ipc_lock);
	return ret;
}

long task_of_handle(unsigned long number, struct task_name *name)
{
	const struct handle *h;
	long ret;

	spin_lock(&ipc_lock);
	h = handle_checked(READ_ONCE(current->proc->handles), number, HANDLE_TASK, RIGHT_CONTROL, &ret);
	if (h) {
		name->pid = h->pid;
		name->start_ns = h->badge;
	}
	spin_unlock(&ipc_lock);
	return ret;
}

/* The address space of the task @number, with a reference. NULL: *@err is -EBADF, -EACCES or -ESRCH. */
static struct mm_struct *get_mm(unsigned long number, long *err)
{
	struct task_name name;
	struct mm_struct *mm;

	*err = task_of_handle(number, &name);
	if (*err)
		return NULL;
	mm = get_process_mm((int)name.pid, name.start_ns);
	if (!mm)
		*err = -ESRCH;
	return mm;
}

/* vm_map(task, addr, len, prot, flags, memobj, offset) - without an object: MAP_ANONYMOUS. */
SYSCALL_DEFINE(sys_vm_map)
{
	unsigned long offset = task_pt_regs(current)->a6;
	struct memobj *obj = NULL;
	struct mm_struct *mm;
	long ret = 0;

	if (!IS_ALIGNED(offset, PAGE_SIZE) || !a5 != !!(a4 & MAP_ANONYMOUS))
		return -EINVAL;
	if (a5)
		obj = get_object(a5, RIGHT_MAP, &ret);
	if (ret < 0)
		return ret;
	mm = get_mm(a0, &ret);
	if (mm) {
		ret = (long)mm_mmap(mm, a1, a2, a3, a4, obj, offset >> PAGE_SHIFT);
		mmput(mm);
	}
	if (obj)
		memobj_put(obj);
	return ret;
}

/* vm_unmap(task, addr, len) */
SYSCALL_DEFINE(sys_vm_unmap)
{
	long ret;
	struct mm_struct *mm = get_mm(a0, &ret);

	if (!mm)
		return ret;
	ret = mm_munmap(mm, a1, a2);
	mmput(mm);
	return ret;
}

/* vm_protect(task, addr, len, prot) */
SYSCALL_DEFINE(sys_vm_protect)
{
	long ret;
	struct mm_struct *mm = get_mm(a0, &ret);

	if (!mm)
		return ret;
	ret = mm_mprotect(mm, a1, a2, a3);
	mmput(mm);
	return ret;
}

/* vm_query(task, addr, buffer, bytes) - its VMAs from the first on that ends above addr. How many fit. */
SYSCALL_DEFINE(sys_vm_query)
{
	long ret;
	struct mm_struct *mm = get_mm(a0, &ret);

	if (!mm)
		return ret;
	ret = mm_query(mm, QUERY_VMAS, a1, a2, a3);
	mmput(mm);
	return ret;
}

/* One piece, within a page of @mm, by way of @buffer. 0 or -errno. */
static int copy_piece(struct mm_struct *mm, unsigned long addr, unsigned long ubuf, size_t n, void *buffer, bool write)
{
	int err;

	if (!write) {
		err = mm_read(mm, addr, buffer, n);
		return err ? err : copy_to_user(ubuf, buffer, n) < 0 ? -EFAULT : 0;
	}
	return copy_from_user(buffer, ubuf, n) < 0 ? -EFAULT : mm_write(mm, addr, buffer, n, /* force = */ true);
}

/* Returns how many bytes were copied, if not the first piece failed. */
static long copy_memory(unsigned long task, unsigned long addr, unsigned long ubuf, unsigned long len, bool write)
{
	long err;
	struct mm_struct *mm = get_mm(task, &err);
	struct page *buffer;
	unsigned long done = 0, n;

	if (!mm)
		return err;
	buffer = alloc_page(GFP_KERNEL);
	if (!buffer)
		err = -ENOMEM;
	while (err == 0 && done < len) {
		n = min(len - done, PAGE_SIZE - (addr + done) % PAGE_SIZE);
		err = copy_piece(mm, addr + done, ubuf + done, n, page_to_virt(buffer), write);
		if (err == 0)
			done += n;
		if (fatal_signal_pending(current))
			break;
		cond_resched();
	}
	if (buffer)
		put_page(buffer);
	mmput(mm);
	return done ? (long)done : err;
}

/* vm_read(task, addr, buffer, bytes) */
SYSCALL_DEFINE(sys_vm_read)
{
	return copy_memory(a0, a1, a2, a3, /* write = */ false);
}

/* vm_write(task, addr, buffer, bytes) - also where the task may only read private memory: whoever has CONTROL could change that. */
SYSCALL_DEFINE(sys_vm_write)
{
	return copy_memory(a0, a1, a2, a3, /* write = */ true);
}
