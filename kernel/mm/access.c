/* SPDX-License-Identifier: MIT */
/*
 * Looking into an address space from outside: exec writes the new program's stack, queries read,
 * /proc/PID/maps lists. Pages are faulted in as the process's own access would.
 */
#include "kernel/mm/internal.h"
#include "kernel/mm/mmap.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/vma.h"
#include "lib/format.h"
#include "lib/string.h"
#include "uapi/mman.h"

/* The page at @addr, present and (with WRITE) not shared, with a reference. NULL: cannot be had, *@err says why. */
static struct page *get_user_page(struct mm_struct *mm, unsigned long addr, unsigned int flags, int *err)
{
	for (;;) {
		enum vm_fault fault = handle_mm_fault(mm, addr, flags);
		struct page *page = NULL;
		pte_t *ptep;

		if (fault != VM_FAULT_DONE) {
			*err = fault == VM_FAULT_OOM ? -ENOMEM : -EFAULT;
			return NULL;
		}
		down_read(&mm->mmap_lock);
		spin_lock(&mm->page_table_lock);
		ptep = pgtable_walk(mm, addr);
		if (ptep && pte_present(pte_read(ptep))) {
			page = pte_page(pte_read(ptep));
			/* A forced write to a read-only VMA: ours alone is enough. */
			if ((flags & FAULT_FLAG_WRITE) && !(pte_read(ptep).pte & PTE_W) &&
			    !(page_is_anon(page) && page_test(page, PG_anon_exclusive)))
				page = NULL;
		}
		if (page)
			get_page(page);
		spin_unlock(&mm->page_table_lock);
		up_read(&mm->mmap_lock);
		if (page)
			return page;	/* else it went away in between: once more */
	}
}

static int access_mm(struct mm_struct *mm, unsigned long addr, void *buf, size_t len, unsigned int flags)
{
	while (len) {
		unsigned long in_page = addr & (PAGE_SIZE - 1), n = min(len, PAGE_SIZE - in_page);
		int err = 0;
		struct page *page = get_user_page(mm, addr, flags, &err);
		char *bytes;

		if (!page)
			return err;
		bytes = (char *)page_to_virt(page) + in_page;
		if (flags & FAULT_FLAG_WRITE)
			memcpy(bytes, buf, n);
		else
			memcpy(buf, bytes, n);
		put_page(page);
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
	struct vm_area_struct *vma;
	char line[MAPS_LINE_MAX];
	size_t used = 0;

	down_read(&mm->mmap_lock);
	VMA_ITERATOR(vmi, mm, *addr);
	for_each_vma(vmi, vma) {
		size_t n = format_maps_line(vma, line);

		if (n > size - used)
			break;
		memcpy(buf + used, line, n);
		used += n;
		*addr = vma->vm_end;
	}
	up_read(&mm->mmap_lock);
	return used;
}
