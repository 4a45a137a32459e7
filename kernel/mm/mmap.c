/* SPDX-License-Identifier: MIT */
/*
 * mmap, munmap and brk: checking what the user asks, finding a place, and putting a VMA there (or taking it
 * away) with the calls of vma.c. Linux's rules and error codes.
 *
 *	0x10000      brk ->            <- mmap_base                    <- stack   TASK_SIZE
 *	   [image][heap....           ....mmap][   gap for the stack   ][stack]
 */
#include "kernel/mm/account.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/mmap.h"
#include "kernel/mm/vma.h"
#include "uapi/mman.h"

/* ---- finding a place ---- */

/* Where the range that belongs to @vma begins for others: a stack keeps its guard gap below. */
static unsigned long vm_start_gap(const struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_GROWSDOWN))
		return vma->vm_start;
	return vma->vm_start > STACK_GUARD_GAP ? vma->vm_start - STACK_GUARD_GAP : 0;
}

bool range_is_free(struct mm_struct *mm, unsigned long addr, unsigned long len)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	return !vma || addr + len <= vm_start_gap(vma);
}

/* The highest free place of @len bytes in [MMAP_MIN_ADDR, @limit), or -ENOMEM. */
static unsigned long area_topdown(struct mm_struct *mm, unsigned long len, unsigned long limit)
{
	VMA_ITERATOR(vmi, mm, 0);

	while (!vma_iter_area_highest(&vmi, MMAP_MIN_ADDR, limit, len)) {
		unsigned long addr = vma_iter_end(&vmi) - len;
		struct vm_area_struct *next = find_vma(mm, addr);

		if (!next || addr + len <= vm_start_gap(next))
			return addr;
		limit = vm_start_gap(next);	/* inside a stack's gap: look below it */
	}
	return -ENOMEM;
}

unsigned long get_unmapped_area(struct mm_struct *mm, unsigned long hint, unsigned long len)
{
	unsigned long addr;

	mmap_assert_locked(mm);
	if (len > TASK_SIZE - MMAP_MIN_ADDR)
		return -ENOMEM;
	hint &= PAGE_MASK;
	if (hint >= MMAP_MIN_ADDR && hint <= TASK_SIZE - len && range_is_free(mm, hint, len))
		return hint;
	addr = area_topdown(mm, len, mm->mmap_base);
	return IS_ERR_VALUE(addr) ? area_topdown(mm, len, TASK_SIZE) : addr;
}

/* The address that mmap's flags lead to: MAP_FIXED, MAP_FIXED_NOREPLACE or a free place. */
static unsigned long choose_address(struct mm_struct *mm, unsigned long addr, unsigned long len,
				    unsigned long flags)
{
	if (!(flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)))
		return get_unmapped_area(mm, addr, len);
	if (len > TASK_SIZE || addr > TASK_SIZE - len)
		return -ENOMEM;
	if (!page_aligned(addr))
		return -EINVAL;
	if (addr < MMAP_MIN_ADDR)
		return -EPERM;
	if ((flags & MAP_FIXED_NOREPLACE) && find_vma_intersection(mm, addr, addr + len))
		return -EEXIST;
	return addr;
}

/* ---- mmap ---- */

unsigned long calc_vm_flags(unsigned long prot, unsigned long flags)
{
	unsigned long f = prot & VM_PROT_MASK;		/* PROT_* are VM_READ, VM_WRITE, VM_EXEC */

	if (flags & MAP_GROWSDOWN)
		f |= VM_GROWSDOWN;
	if (flags & MAP_LOCKED)
		f |= VM_LOCKED;
	/* In mode 2 (no overcommit) MAP_NORESERVE is ignored. */
	if ((flags & MAP_NORESERVE) && sysctl_overcommit_memory != OVERCOMMIT_NEVER)
		f |= VM_NORESERVE;
	return f | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;
}

/*
 * map_region() - put a mapping of @file (NULL: anonymous) at [addr, addr + len), in place of whatever is there if
 * it is @occupied. mmap_lock held for write. Returns 0 or -ENOMEM with nothing changed.
 */
static int map_region(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned long vm_flags,
		      struct memobj *file, unsigned long pgoff, bool occupied)
{
	VMA_ITERATOR(vmi, mm, addr);
	struct vma_merge vmg = {
		.vmi = &vmi, .mm = mm, .start = addr, .end = addr + len, .flags = vm_flags,
		.pgoff = pgoff, .file = file,
	};
	struct vm_area_struct *vma;

	VM_BUG_ON_MM(!occupied && find_vma_intersection(mm, addr, addr + len), mm);
	if (!occupied && !(vm_flags & VM_GROWSDOWN) && vma_merge(&vmg)) {
		vm_stat_account(mm, vm_flags, len >> PAGE_SHIFT);
		return 0;
	}
	vma = vm_area_alloc(mm, addr, addr + len, vm_flags);
	if (!vma)
		return -ENOMEM;
	vma->vm_pgoff = pgoff;
	vma->vm_file = file;
	if (file)
		memobj_get(file);
	if (occupied ? vma_replace_range(&vmi, mm, addr, addr + len, vma) : vma_link(&vmi, vma)) {
		vm_area_free(vma);
		return -ENOMEM;
	}
	vm_stat_account(mm, vm_flags, len >> PAGE_SHIFT);
	if (occupied) {			/* the neighbours may agree with it now */
		vmg.middle = vma;
		vma_merge(&vmg);
	}
	return 0;
}

unsigned long do_mmap(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned long vm_flags,
		      unsigned long flags, struct memobj *file, unsigned long pgoff)
{
	unsigned long pages = len >> PAGE_SHIFT, old_pages = 0;
	bool occupied = false;

	mmap_assert_write_locked(mm);
	if (mm->map_count > sysctl_max_map_count)
		return -ENOMEM;
	addr = choose_address(mm, addr, len, flags);
	if (IS_ERR_VALUE(addr))
		return addr;
	if (file && (vm_flags & VM_GROWSDOWN))	/* an object has one size for all */
		return -EINVAL;
	if (flags & MAP_FIXED) {
		occupied = find_vma_intersection(mm, addr, addr + len);
		old_pages = pages_mapped(mm, addr, addr + len);
	}
	if (!may_expand_vm(mm, vm_flags, pages - old_pages))
		return -ENOMEM;
	if ((vm_flags & (VM_WRITE | VM_SHARED | VM_NORESERVE)) == VM_WRITE)
		vm_flags |= VM_ACCOUNT;
	if (vm_charge(mm, vm_flags, pages))
		return -ENOMEM;
	if (map_region(mm, addr, len, vm_flags, file, file ? pgoff : addr >> PAGE_SHIFT, occupied)) {
		vm_uncharge(vm_flags, pages);
		return -ENOMEM;
	}
	return addr;
}

/* Bytes already mapped of [start, end), in pages. */
unsigned long pages_mapped(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	VMA_ITERATOR(vmi, mm, start);
	struct vm_area_struct *vma;
	unsigned long bytes = 0;

	for_each_vma_range(vmi, vma, end)
		bytes += min(vma->vm_end, end) - max(vma->vm_start, start);
	return bytes >> PAGE_SHIFT;
}

/* Check mmap's arguments that need no look at the mm. Returns 0 or -errno; *@len is rounded up. */
static long mmap_check(unsigned long *len, unsigned long flags, unsigned long pgoff, struct memobj *file)
{
	unsigned long type = flags & MAP_TYPE;

	if (!*len)
		return -EINVAL;
	*len = PAGE_ALIGN(*len);
	if (!*len)
		return -ENOMEM;
	if (pgoff + (*len >> PAGE_SHIFT) < pgoff)
		return -EOVERFLOW;
	if (type != MAP_PRIVATE && type != MAP_SHARED && !(type == MAP_SHARED_VALIDATE && file))
		return -EINVAL;
	return 0;
}

/* Registers are not copied, so no mapping is private; and they are no code. 0 or -errno. */
static long check_device(unsigned long prot, unsigned long flags)
{
	if ((flags & MAP_TYPE) == MAP_PRIVATE)
		return -EINVAL;
	return prot & PROT_EXEC ? -EACCES : 0;
}

unsigned long mm_mmap(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flags, struct memobj *file, unsigned long pgoff)
{
	unsigned long vm_flags = calc_vm_flags(prot, flags);
	struct memobj *shmem = NULL;
	long err = mmap_check(&len, flags, pgoff, file);

	if (err)
		return err;
	if ((flags & MAP_TYPE) != MAP_PRIVATE) {
		vm_flags |= VM_SHARED | VM_MAYSHARE;
		if (file && file->image) {	/* an image: may be seen, not changed */
			if (prot & PROT_WRITE)
				return -EACCES;
			vm_flags &= ~(VM_MAYWRITE | VM_SHARED);
		}
	}
	if (file && file->device_pfn) {
		err = check_device(prot, flags);
		if (err)
			return err;
		vm_flags &= ~VM_MAYEXEC;
	}
	if (!file && (vm_flags & VM_SHARED)) {
		if (len > TASK_SIZE)
			return -ENOMEM;
		file = shmem = memobj_create_shmem(len);
		if (!shmem)
			return -ENOMEM;
		pgoff = 0;
	}

	err = mmap_write_lock_killable(mm);
	if (err) {
		addr = (unsigned long)err;
	} else {
		vm_flags |= mm->def_flags;
		addr = do_mmap(mm, addr, len, vm_flags, flags, file, pgoff);
		debug_validate_mm(mm);
		mmap_write_unlock(mm);
	}
	if (shmem)
		memobj_put(shmem);
	/* Nobody reads ahead for MAP_NONBLOCK: it undoes MAP_POPULATE. */
	if (!IS_ERR_VALUE(addr) && ((flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE || (vm_flags & VM_LOCKED)))
		mm_populate(mm, addr, addr + len);
	return addr;
}

/* ---- munmap ---- */

int do_munmap(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	VMA_ITERATOR(vmi, mm, start);

	return vma_replace_range(&vmi, mm, start, end, NULL);
}

int mm_munmap(struct mm_struct *mm, unsigned long addr, unsigned long len)
{
	int err;

	if (!page_aligned(addr) || addr > TASK_SIZE || len > TASK_SIZE - addr)
		return -EINVAL;
	len = PAGE_ALIGN(len);
	if (!len)
		return -EINVAL;
	err = mmap_write_lock_killable(mm);
	if (err)
		return err;
	err = do_munmap(mm, addr, addr + len);
	debug_validate_mm(mm);
	mmap_write_unlock(mm);
	return err;
}

/* ---- brk ---- */

void mm_set_brk(struct mm_struct *mm, unsigned long addr)
{
	mm->start_brk = mm->brk = PAGE_ALIGN(addr);
}

/* Map [start, end) as heap. 0 or -errno. */
static int brk_grow(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	unsigned long flags = VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | VM_ACCOUNT;
	unsigned long pages = (end - start) >> PAGE_SHIFT;

	flags |= mm->def_flags;
	if (mm->map_count > sysctl_max_map_count)
		return -ENOMEM;
	/* One page more: the heap does not touch what lies above. */
	if (end > TASK_SIZE - PAGE_SIZE || !range_is_free(mm, start, end + PAGE_SIZE - start))
		return -ENOMEM;
	if (!may_expand_vm(mm, flags, pages) || vm_charge(mm, flags, pages))
		return -ENOMEM;
	if (map_region(mm, start, end - start, flags, NULL, start >> PAGE_SHIFT,
		       /* occupied = */ false)) {
		vm_uncharge(flags, pages);
		return -ENOMEM;
	}
	return 0;
}

/* Heap and data segment together against RLIMIT_DATA. */
static bool brk_within_limit(const struct mm_struct *mm, unsigned long brk)
{
	return mm->rlim_data == ~0UL ||
	       (brk - mm->start_brk) + (mm->end_data - mm->start_data) <= mm->rlim_data;
}

unsigned long mm_brk(struct mm_struct *mm, unsigned long brk)
{
	unsigned long old_end = 0, new_end, end_of_heap = 0, mapped, lock;
	int err = 0;

	if (mmap_write_lock_killable(mm) < 0)
		return READ_ONCE(mm->brk);
	if (brk < mm->start_brk || brk >= TASK_SIZE || !brk_within_limit(mm, brk))
		goto out;
	old_end = PAGE_ALIGN(mm->brk);
	new_end = PAGE_ALIGN(brk);
	if (new_end > old_end) {
		err = brk_grow(mm, old_end, new_end);
		end_of_heap = new_end;
	} else if (new_end < old_end) {
		mapped = mm->total_vm;
		err = do_munmap(mm, new_end, old_end);
		if (!err && mm->total_vm == mapped)	/* nothing of the heap was left there */
			err = -EINVAL;
	}
	if (!err)
		mm->brk = brk;
out:
	debug_validate_mm(mm);
	brk = mm->brk;
	lock = mm->def_flags & VM_LOCKED;
	mmap_write_unlock(mm);
	if (!err && end_of_heap && lock)
		mm_populate(mm, old_end, end_of_heap);
	return brk;
}
