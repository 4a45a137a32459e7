/* SPDX-License-Identifier: MIT */
/* The system calls on memory objects: made, mapped and supplied by handle. */
#include "kernel/arch/regs.h"
#include "kernel/core/syscall.h"
#include "kernel/dev/devices.h"
#include "kernel/ipc/handle.h"
#include "kernel/ipc/memobj_calls.h"
#include "kernel/ipc/page_in.h"
#include "kernel/mm/memobj.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/tlb_defer.h"
#include "kernel/task/process.h"
#include "lib/errno.h"
#include "uapi/mman.h"

struct memobj *get_object(unsigned long number, unsigned int right, long *err)
{
	struct memobj *obj = NULL;
	const struct handle *h;

	spin_lock(&ipc_lock);
	h = handle_checked(READ_ONCE(current->proc->handles), number, HANDLE_MEMOBJ, right, err);
	if (h) {
		obj = h->obj;
		memobj_get(obj);
	}
	spin_unlock(&ipc_lock);
	return obj;
}

/* A handle with @rights for @obj, whose reference becomes the handle's. Else -EMFILE or -ENOMEM. */
static long name_object(struct memobj *obj, unsigned int rights)
{
	struct handle *h;
	long ret = handle_lock_room(1);

	if (ret < 0)
		return ret;
	h = handle_alloc(current->proc->handles, HANDLE_MEMOBJ);
	handle_name_object(h, obj, rights);
	ret = h->number;
	spin_unlock(&ipc_lock);
	return ret;
}

/* memobj_create(size, endpoint, cookie) - endpoint 0: pages of zeroes, without a pager. */
SYSCALL_DEFINE(sys_memobj_create)
{
	struct memobj *obj;
	long ret = 0;

	if (a0 == 0 || a0 > TASK_SIZE)
		return -EINVAL;
	if (a1) {
		ret = paged_object_create(&obj, a0, a1, a2);
	} else {
		obj = memobj_create_shmem(a0);
		if (!obj)
			ret = -ENOMEM;
	}
	if (ret < 0)
		return ret;
	ret = name_object(obj, MEMOBJ_RIGHTS_ALL);
	if (ret < 0)
		memobj_put(obj);
	return ret;
}

/*
 * memobj_create_physical(addr, size) - the registers of a device that a server may drive; the handle has the rights MAP and GRANT. -EPERM:
 * not the root task; -EINVAL: not in whole pages; -ENODEV: no device is all of that; -EBUSY: the kernel drives it.
 */
SYSCALL_DEFINE(sys_memobj_create_physical)
{
	const struct device *d = device_at(a0, a1);
	struct memobj *obj;
	long ret;

	if (!is_root_task(current))
		return -EPERM;
	if (a1 == 0 || !IS_ALIGNED(a0 | a1, PAGE_SIZE))
		return -EINVAL;
	if (!d)
		return -ENODEV;
	if (!d->offered)
		return -EBUSY;
	obj = memobj_create_device(a0, a1);
	if (!obj)
		return -ENOMEM;
	ret = name_object(obj, RIGHT_MAP | RIGHT_GRANT);
	if (ret < 0)
		memobj_put(obj);
	return ret;
}

/* memobj_map(object, addr, len, prot, flags, offset) - mmap of the object. */
SYSCALL_DEFINE(sys_memobj_map)
{
	struct memobj *obj;
	long ret;

	if (!IS_ALIGNED(a5, PAGE_SIZE) || (a4 & MAP_ANONYMOUS))
		return -EINVAL;
	obj = get_object(a0, RIGHT_MAP, &ret);
	if (!obj)
		return ret;
	ret = (long)tlb_deferring(current->mm, mm_mmap(current->mm, a1, a2, a3, a4, obj, a5 >> PAGE_SHIFT));
	memobj_put(obj);
	return ret;
}

/* memobj_supply(object, offset, addr, pages, flags) - the caller's pages, copied or (SUPPLY_MOVE) moved; how many, if not the first failed. */
SYSCALL_DEFINE(sys_memobj_supply)
{
	struct memobj *obj;
	long ret;

	if (!IS_ALIGNED(a1 | a2, PAGE_SIZE) || (a4 & ~SUPPLY_MOVE))
		return -EINVAL;
	obj = get_object(a0, RIGHT_CONTROL, &ret);
	if (!obj)
		return ret;
	ret = obj->pager_ops ? memobj_supply(obj, a1 >> PAGE_SHIFT, a2, a3, a4 & SUPPLY_MOVE) : -EINVAL;
	memobj_put(obj);
	return ret;
}

/* memobj_invalidate(object, offset, pages) - they leave all mappings; the next access asks the pager, or finds zeroes. */
SYSCALL_DEFINE(sys_memobj_invalidate)
{
	unsigned long first = a1 >> PAGE_SHIFT;
	struct memobj *obj;
	long ret;

	if (!IS_ALIGNED(a1, PAGE_SIZE) || first + a2 < first)
		return -EINVAL;
	obj = get_object(a0, RIGHT_CONTROL, &ret);
	if (!obj)
		return ret;
	if (a2)
		ret = tlb_deferring(current->mm, memobj_punch(obj, first, first + a2 - 1));
	memobj_put(obj);
	return ret;
}

/* memobj_resize(object, size) */
SYSCALL_DEFINE(sys_memobj_resize)
{
	struct memobj *obj;
	long ret;

	if (a1 == 0 || a1 > TASK_SIZE)
		return -EINVAL;
	obj = get_object(a0, RIGHT_CONTROL, &ret);
	if (!obj)
		return ret;
	ret = obj->device_pfn ? -EINVAL : memobj_resize(obj, a1);
	memobj_put(obj);
	return ret;
}

/* memobj_writeback(object, offset, addr, pages) - how many dirty pages were copied to addr; a1: the offset of the first. */
SYSCALL_DEFINE(sys_memobj_writeback)
{
	unsigned long pgoff = a1 >> PAGE_SHIFT;
	struct memobj *obj;
	long ret;

	if (!IS_ALIGNED(a1 | a2, PAGE_SIZE) || a3 == 0)
		return -EINVAL;
	obj = get_object(a0, RIGHT_CONTROL, &ret);
	if (!obj)
		return ret;
	ret = obj->pager_ops ? memobj_writeback(obj, &pgoff, a2, a3) : -EINVAL;
	if (ret > 0)
		task_pt_regs(current)->a1 = pgoff << PAGE_SHIFT;
	memobj_put(obj);
	return ret;
}

/* memobj_written(object, offset, pages, failed) */
SYSCALL_DEFINE(sys_memobj_written)
{
	unsigned long first = a1 >> PAGE_SHIFT;
	struct memobj *obj;
	long ret;

	if (!IS_ALIGNED(a1, PAGE_SIZE) || first + a2 < first || a3 > 1)
		return -EINVAL;
	obj = get_object(a0, RIGHT_CONTROL, &ret);
	if (!obj)
		return ret;
	ret = obj->pager_ops ? 0 : -EINVAL;
	if (ret == 0 && a2)
		memobj_written(obj, first, first + a2 - 1, /* stored = */ a3 == 0);
	memobj_put(obj);
	return ret;
}
