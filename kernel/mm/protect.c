/* SPDX-License-Identifier: MIT */
/*
 * mprotect: new rights for VMAs (split and merged as needed) and for the entries that exist.
 * Write permission is only taken at once; it is given by the next write fault, which decides about COW,
 * except to pages that are the process's own already.
 */
#include "kernel/arch/machine.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/tlb.h"
#include "kernel/mm/vma.h"
#include "kernel/sched/sched.h"
#include "uapi/mman.h"

/* May the entry @pte be writable at once, without a fault to decide? */
static bool writable_now(const struct vm_area_struct *vma, pte_t pte)
{
	struct page *page = pte_page(pte);

	if (vma->vm_flags & VM_SHARED)
		return !vma->vm_file->pager_ops;	/* that one is told of the first write */
	return page_is_anon(page) && page_test(page, PG_anon_exclusive);
}

/* Entries of one table. Returns how many changed. */
static unsigned long protect_ptes(struct vm_area_struct *vma, pte_t *ptep, unsigned long start, unsigned long end)
{
	unsigned long bits = pte_flags_of(vma->vm_flags), changed = 0;
	spinlock_t *ptl = pte_lockptr(ptep);

	spin_lock(ptl);
	for (; start < end; start += PAGE_SIZE, ptep++) {
		pte_t old = pte_read(ptep), new;

		if (!pte_present(old)) {
			changed += !pte_none(old);	/* reclaim may not have flushed it yet */
			continue;
		}
		if (pte_page(old) == zero_page || !writable_now(vma, old))
			new = pte_make(pte_pfn(old), bits & ~PTE_W);
		else
			new = pte_make(pte_pfn(old), bits);
		new.pte |= old.pte & (PTE_D | PTE_DEVICE);
		if (new.pte == (old.pte | PTE_A))
			continue;
		old = pte_xchg(ptep, new);
		if ((old.pte & PTE_D) && !(new.pte & PTE_D))	/* the hardware set it just now */
			__atomic_fetch_or(&ptep->pte, PTE_D, __ATOMIC_RELAXED);
		changed++;
	}
	spin_unlock(ptl);
	return changed;
}

void change_protection(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct mm_struct *mm = vma->vm_mm;
	unsigned long va = start, changed = 0;

	if ((vma->vm_flags & VM_EXEC) && flush_site_active(FLUSH_CODE_PROTECT))	/* what was stored there as data may be executed from now on */
		machine_sync_icache();
	while (va < end) {
		pte_t pgd = pte_read(&mm->pgd[pgd_index(va)]), pmd;
		unsigned long next = min(ALIGN_DOWN(va, PMD_SIZE) + PMD_SIZE, end);

		if (!(pgd.pte & PTE_V)) {
			va = ALIGN_DOWN(va, PGD_SIZE) + PGD_SIZE;
			continue;
		}
		pmd = pte_read(&pte_to_table(pgd)[pmd_index(va)]);
		if (pmd.pte & PTE_V)
			changed += protect_ptes(vma, &pte_to_table(pmd)[pte_index(va)], va, next);
		va = next;
		if (va < end)
			cond_resched();
	}
	if (changed && flush_site_active(FLUSH_MPROTECT))
		flush_tlb_range(mm, start, end);
}

/* One VMA's part of an mprotect: [start, end) of @vma gets @prot (VM_READ | ...). 0 or -errno. */
static int mprotect_vma(struct vma_iterator *vmi, struct vm_area_struct *vma,
			unsigned long start, unsigned long end, unsigned long prot)
{
	struct mm_struct *mm = vma->vm_mm;
	unsigned long old = vma->vm_flags, new = (old & ~VM_PROT_MASK) | prot;
	unsigned long pages = (end - start) >> PAGE_SHIFT, charged = 0;

	if (VM_MAY(prot) & ~old)
		return -EACCES;
	if (new == old)
		return 0;
	if (!may_change_flags(mm, old, new, pages))
		return -ENOMEM;
	/* What becomes private and writable is charged, and stays so. */
	if ((new & VM_WRITE) && !(old & (VM_ACCOUNT | VM_SHARED | VM_NORESERVE))) {
		new |= VM_ACCOUNT;
		charged = pages;
		if (vm_charge(mm, new, charged))
			return -ENOMEM;
	}
	vma = vma_modify_flags(vmi, vma, start, end, new);
	if (IS_ERR(vma)) {
		vm_uncharge(new, charged);
		return PTR_ERR(vma);
	}
	vm_stat_account(mm, old, -(long)pages);
	vm_stat_account(mm, new, pages);
	change_protection(vma, start, end);
	debug_validate_mm(mm);
	return 0;
}

/*
 * PROT_GROWSDOWN moves *@start to the beginning of the stack that lies in the range; PROT_GROWSUP asks for
 * a VMA that grows upwards, of which there is none. 0 or -errno, as Linux.
 */
static int mprotect_grows(struct mm_struct *mm, unsigned long *start, unsigned long end, unsigned long grows)
{
	struct vm_area_struct *vma;

	if (!grows)
		return 0;
	vma = find_vma_intersection(mm, *start, end);
	if (!vma || (!(grows & PROT_GROWSDOWN) && vma->vm_start > *start))
		return -ENOMEM;
	*start = vma->vm_start;
	return (grows & PROT_GROWSDOWN) && (vma->vm_flags & VM_GROWSDOWN) ? 0 : -EINVAL;
}

int mm_mprotect(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned long prot)
{
	const unsigned long any_grows = PROT_GROWSDOWN | PROT_GROWSUP;
	unsigned long grows = prot & any_grows, end;
	int err;

	prot &= ~any_grows;
	if (grows == any_grows || !page_aligned(addr))
		return -EINVAL;
	if (!len)
		return 0;
	end = addr + PAGE_ALIGN(len);
	if (end <= addr || end > TASK_SIZE)
		return -ENOMEM;
	if (prot & ~(unsigned long)(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM))
		return -EINVAL;
	prot &= ~(unsigned long)PROT_SEM;
	err = mmap_write_lock_killable(mm);
	if (err)
		return err;
	err = mprotect_grows(mm, &addr, end, grows);
	if (!err)
		err = vma_each_part(mm, addr, end, mprotect_vma, prot);
	mmap_write_unlock(mm);
	return err;
}
