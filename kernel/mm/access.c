/* SPDX-License-Identifier: MIT */
/*
 * Looking into an address space from outside: exec writes the new program's stack, queries read,
 * /proc/PID/maps lists. Pages are faulted in as the process's own access would.
 */
#include "kernel/arch/machine.h"
#include "kernel/core/race.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/mmap.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/tlb.h"
#include "kernel/mm/vma.h"
#include "kernel/sched/sched.h"
#include "lib/format.h"
#include "lib/string.h"
#include "uapi/mman.h"

#define GET_TRIES	100	/* reclaim that takes a page away so often as soon as it has come leaves no memory to work with */

/* The page that @ptep maps, if it is there and may be accessed as @flags say; or NULL. The table's lock is held. */
static struct page *accessible_page(const pte_t *ptep, unsigned int flags)
{
	struct page *page;

	if (!ptep || !pte_present(pte_read(ptep)))
		return NULL;
	page = pte_page(pte_read(ptep));
	/* A forced write to a read-only VMA: ours alone is enough. */
	if ((flags & FAULT_FLAG_WRITE) && !(pte_read(ptep).pte & PTE_W) &&
	    !(page_is_anon(page) && page_test(page, PG_anon_exclusive)))
		return NULL;
	return page;
}

/* A page of a process, held for an access. */
struct user_page {
	struct page *page;		/* with a reference */
	bool executable;
};

/* The page at @addr, present and (with WRITE) not shared. 0 or -errno: -EFAULT also for a device's registers, which have none. */
static int get_user_page(struct mm_struct *mm, unsigned long addr, unsigned int flags, struct user_page *up)
{
	for (int tries = 0; tries < GET_TRIES && !fatal_signal_pending(current); tries++) {
		enum vm_fault fault = handle_mm_fault(mm, addr, flags);
		pte_t *ptep;
		bool device;

		if (fault != VM_FAULT_DONE)
			return fault == VM_FAULT_OOM ? -ENOMEM : -EFAULT;
		race_point_sleep("get_user_page: faulted in, not held");
		mmap_read_lock(mm);
		ptep = pgtable_walk_lock(mm, addr);
		device = ptep && pte_present(pte_read(ptep)) && pte_device(pte_read(ptep));
		up->page = device ? NULL : accessible_page(ptep, flags);
		if (up->page) {
			get_page(up->page);
			up->executable = pte_read(ptep).pte & PTE_X;
		}
		if (ptep)
			pte_unlock(ptep);
		mmap_read_unlock(mm);
		if (up->page)
			return 0;
		if (device)
			return -EFAULT;
		cond_resched();		/* it went away in between: once more */
	}
	return -ENOMEM;
}

/* Store into a page that is held. What reclaim is just writing out is dirty again; what harts have fetched is old. */
static void store_to_page(const struct user_page *up, unsigned long in_page, const void *buf, size_t n)
{
	race_point_sleep("store_to_page: held, not stored");
	memcpy((char *)page_to_virt(up->page) + in_page, buf, n);
	race_point_sleep("store_to_page: stored, not marked dirty");
	page_set(up->page, PG_dirty);	/* the entry's D may have been taken away before the store */
	if (up->executable && flush_site_active(FLUSH_CODE_WRITE))
		machine_sync_icache();
}

static int access_mm(struct mm_struct *mm, unsigned long addr, void *buf, size_t len, unsigned int flags)
{
	while (len) {
		unsigned long in_page = addr & (PAGE_SIZE - 1), n = min(len, PAGE_SIZE - in_page);
		struct user_page up;
		int err = get_user_page(mm, addr, flags, &up);

		if (err)
			return err;
		if (flags & FAULT_FLAG_WRITE)
			store_to_page(&up, in_page, buf, n);
		else
			memcpy(buf, (char *)page_to_virt(up.page) + in_page, n);
		put_page(up.page);
		buf = (char *)buf + n;
		addr += n;
		len -= n;
	}
	return 0;
}

int mm_write(struct mm_struct *mm, unsigned long addr, const void *buf, size_t len, bool force)
{
	return access_mm(mm, addr, (void *)buf, len, FAULT_FLAG_WRITE | (force ? FAULT_FLAG_FORCE : 0));
}

int mm_read(struct mm_struct *mm, unsigned long addr, void *buf, size_t len)
{
	return access_mm(mm, addr, buf, len, 0);
}

int mm_setup_stack(struct mm_struct *mm, unsigned long size)
{
	unsigned long addr;

	size = PAGE_ALIGN(size);
	addr = mm_mmap(mm, STACK_TOP - size, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN, NULL, 0);
	return IS_ERR_VALUE(addr) ? (int)addr : 0;
}

void vma_name(const struct vm_area_struct *vma, char *buf, size_t size)
{
	const struct mm_struct *mm = vma->vm_mm;
	const char *name = "";

	if (vma->vm_file)
		name = vma->vm_file->shmem ? "/dev/zero (deleted)" : vma->vm_file->name;
	else if (vma->vm_start < mm->brk && vma->vm_end > mm->start_brk)
		name = "[heap]";
	else if (vma->vm_start <= mm->start_stack && vma->vm_end >= mm->start_stack && mm->start_stack)
		name = "[stack]";
	strscpy(buf, name, size);
}

/* One line of /proc/PID/maps into @buf; returns its length. Never more than MAPS_LINE_MAX. */
#define MAPS_LINE_MAX 192
static int format_maps_line(const struct vm_area_struct *vma, char *buf)
{
	bool object = vma->vm_file;
	char name[64];
	int n;

	vma_name(vma, name, sizeof(name));
	n = fmt_snprintf(buf, MAPS_LINE_MAX, "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu ",
			 vma->vm_start, vma->vm_end,
			 vma->vm_flags & VM_READ ? 'r' : '-', vma->vm_flags & VM_WRITE ? 'w' : '-',
			 vma->vm_flags & VM_EXEC ? 'x' : '-', vma->vm_flags & VM_MAYSHARE ? 's' : 'p',
			 object ? vma->vm_pgoff << PAGE_SHIFT : 0UL, 0, object, object ? 1UL : 0UL);
	if (name[0]) {
		while (n < 73)
			buf[n++] = ' ';
		n += fmt_snprintf(buf + n, MAPS_LINE_MAX - n, "%s", name);
	}
	buf[n++] = '\n';
	return n;
}

size_t mm_format_maps(struct mm_struct *mm, unsigned long *addr, char *buf, size_t size)
{
	char line[MAPS_LINE_MAX];
	struct vma_reader r;
	size_t used = 0;

	while (vma_read_next(mm, *addr, &r)) {
		unsigned long end = r.vma->vm_end;
		size_t n = format_maps_line(r.vma, line);

		vma_read_done(mm, &r);
		if (n > size - used)
			break;
		memcpy(buf + used, line, n);
		used += n;
		*addr = end;
	}
	return used;
}

bool user_address_is_device(unsigned long uaddr)
{
	struct vm_area_struct *vma;
	bool device;

	mmap_read_lock(current->mm);
	vma = vma_lookup(current->mm, uaddr);
	device = vma && vma_is_device(vma);
	mmap_read_unlock(current->mm);
	return device;
}

int mm_shared_object(struct mm_struct *mm, unsigned long addr, struct memobj **obj, u64 *offset)
{
	struct vm_area_struct *vma;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, addr);
	if (vma && (vma->vm_flags & VM_SHARED) && vma->vm_file) {
		*obj = vma->vm_file;
		memobj_get(*obj);
		*offset = ((u64)linear_page_index(vma, addr) << PAGE_SHIFT) + addr % PAGE_SIZE;
	}
	mmap_read_unlock(mm);
	return vma ? 0 : -EFAULT;
}
