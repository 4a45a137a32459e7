/* SPDX-License-Identifier: MIT */
/*
 * Saying what mm's objects look like, and checking that they are what they should be. validate_mm()
 * derives every redundant fact anew; DEBUG_VM=1 calls it after each change of an address space.
 */
#include "kernel/core/panic.h"
#include "kernel/core/printk.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/mm/vma.h"
#include "kernel/sched/task.h"

void dump_vma(const struct vm_area_struct *vma)
{
	printk("vma %p: [%lx, %lx) flags %lx pgoff %lx mm %p file %p anon_vma %p%s\n", (void *)vma,
	       vma->vm_start, vma->vm_end, vma->vm_flags, vma->vm_pgoff, (void *)vma->vm_mm,
	       (void *)vma->vm_file, (void *)vma->anon_vma, vma_is_attached(vma) ? "" : " detached");
}

void dump_mm(const struct mm_struct *mm)
{
	printk("mm %p: users %d maps %d total %lu data %lu stack %lu locked %lu\n", (void *)mm,
	       atomic_read(&mm->mm_users), mm->map_count, mm->total_vm, mm->data_vm, mm->stack_vm, mm->locked_vm);
	printk("  anon %lu file %lu shmem %lu swap %lu tables %lu brk [%lx, %lx) pgd %p asid %lx harts %lx\n",
	       mm->nr_anon, mm->nr_file, mm->nr_shmem, mm->nr_swap, mm->pgtables_bytes,
	       mm->start_brk, mm->brk, (void *)mm->pgd, mm->asid_gen, mm->cpu_mask);
}

void dump_page(const struct page *page)
{
	printk("page %p: pfn %lx flags %lx refs %d maps %d mapping %lx index %lx private %lx\n", (void *)page,
	       page_to_pfn(page), page->flags, atomic_read(&page->refcount), atomic_read(&page->mapcount),
	       page->mapping, page->index, page->private);
}

void dump_fault_context(unsigned long addr)
{
	struct mm_struct *mm = addr < TASK_SIZE ? current->mm : NULL;
	struct vm_area_struct *vma;
	unsigned long index = addr;

	if (mm) {		/* no lock: the machine is stopping */
		vma = mt_find(&mm->mm_mt, &index, ~0UL);
		dump_mm(mm);
		printk("address %lx is %s\n", addr, !vma ? "above all mappings" :
		       addr < vma->vm_start ? "in a hole below" : "inside");
		if (vma)
			dump_vma(vma);
	}
	dump_pt_path(mm ? virt_to_phys(mm->pgd) : kernel_image_to_phys(kernel_pgd), addr);
}

/* ---- validate_mm ---- */

/* What a walk over all tables of an mm finds. */
struct pgtable_census {
	unsigned long anon, file, shmem, swap, tables, zero;
};

/*
 * Does @page belong to the object that @vma shows? One that MADV_REMOVE is taking away (memobj_punch()) belongs to none, but is
 * locked until no entry is left; that is another mm's call perhaps, so it can happen at any time. The lock was taken before the
 * mapping went, and is looked at after it.
 */
static bool page_of_object(const struct page *page, const struct vm_area_struct *vma)
{
	unsigned long mapping = __atomic_load_n(&page->mapping, __ATOMIC_ACQUIRE);

	return vma->vm_file && (mapping == (unsigned long)vma->vm_file || (!mapping && page_test(page, PG_locked)));
}

/* An entry that is not empty. The table's lock is held: no entry goes meanwhile. */
static void census_pte(struct mm_struct *mm, unsigned long va, pte_t pte, struct pgtable_census *c)
{
	struct vm_area_struct *vma = vma_lookup(mm, va);
	struct page *page;

	BUG_ON(!vma);				/* mapped outside every VMA */
	if (pte_is_swap(pte)) {
		BUG_ON(!swap_count(entry_value(pte)));
		c->swap++;
		return;
	}
	if (pte_is_migration(pte)) {
		*(entry_anon(pte) ? &c->anon : vma->vm_file->image ? &c->file : &c->shmem) += 1;
		return;
	}
	VM_BUG_ON_VMA((pte.pte & PTE_W) && !(vma->vm_flags & VM_WRITE), vma);
	if (pte_device(pte)) {
		VM_BUG_ON_VMA(!vma_is_device(vma) || pfn_valid(pte_pfn(pte)) || (pte.pte & PTE_X), vma);
		VM_BUG_ON_VMA(pte_pfn(pte) != vma->vm_file->device_pfn + linear_page_index(vma, va), vma);
		return;
	}
	VM_BUG_ON_VMA(vma_is_device(vma), vma);
	BUG_ON(!pfn_valid(pte_pfn(pte)));
	page = pte_page(pte);
	if (page == zero_page) {
		VM_BUG_ON_VMA(pte.pte & PTE_W, vma);
		c->zero++;
		return;
	}
	VM_BUG_ON_PAGE(atomic_read(&page->refcount) < atomic_read(&page->mapcount), page);
	VM_BUG_ON_PAGE(atomic_read(&page->mapcount) <= 0, page);
	if (!page_is_anon(page)) {
		VM_BUG_ON_VMA(!page_of_object(page, vma), vma);
		*(vma->vm_file->image ? &c->file : &c->shmem) += 1;
		return;
	}
	VM_BUG_ON_VMA(!vma->anon_vma || page_anon_vma(page)->root != vma->anon_vma->root, vma);
	VM_BUG_ON_PAGE(page->index != linear_page_index(vma, va), page);
	VM_BUG_ON_PAGE((pte.pte & PTE_W) && !page_test(page, PG_anon_exclusive), page);
	VM_BUG_ON_PAGE(page_test(page, PG_anon_exclusive) && atomic_read(&page->mapcount) != 1, page);
	c->anon++;
}

static void census_table(struct mm_struct *mm, unsigned long va, const pte_t *table, struct pgtable_census *c)
{
	c->tables++;
	for (unsigned long k = 0; k < PTRS_PER_TABLE; k++)
		if (!pte_none(pte_read(&table[k])))
			census_pte(mm, va | k << PAGE_SHIFT, pte_read(&table[k]), c);
}

static void lock_table(struct mm_struct *mm, unsigned long va, const pte_t *table, struct pgtable_census *c)
{
	(void)va;
	(void)c;
	spin_lock_nest_lock(pte_lockptr(table), &mm->page_table_lock);
}

static void unlock_table(struct mm_struct *mm, unsigned long va, const pte_t *table, struct pgtable_census *c)
{
	(void)mm;
	(void)va;
	(void)c;
	spin_unlock(pte_lockptr(table));
}

/* @visit every last-level table, and count the tables of the middle level if there is a @c. page_table_lock held. */
static void each_table(struct mm_struct *mm, struct pgtable_census *c,
		       void (*visit)(struct mm_struct *, unsigned long, const pte_t *, struct pgtable_census *))
{
	for (unsigned long i = 0; i < USER_PGD_ENTRIES; i++) {
		pte_t pgd = pte_read(&mm->pgd[i]);

		if (!(pgd.pte & PTE_V))
			continue;
		if (c)
			c->tables++;
		for (unsigned long j = 0; j < PTRS_PER_TABLE; j++) {
			pte_t pmd = pte_read(&pte_to_table(pgd)[j]);

			if (pmd.pte & PTE_V)
				visit(mm, i << PGD_SHIFT | j << PMD_SHIFT, pte_to_table(pmd), c);
		}
	}
}

/* The tables against the counters. With the locks of all tables: reclaim and faults of other threads change both. */
static void validate_tables(struct mm_struct *mm)
{
	struct pgtable_census c = { 0 };

	spin_lock(&mm->page_table_lock);
	each_table(mm, NULL, lock_table);
	each_table(mm, &c, census_table);
	VM_BUG_ON_MM(c.anon != mm->nr_anon || c.file != mm->nr_file || c.shmem != mm->nr_shmem, mm);
	VM_BUG_ON_MM(c.swap != mm->nr_swap, mm);
	VM_BUG_ON_MM(c.tables * PAGE_SIZE != mm->pgtables_bytes, mm);
	each_table(mm, NULL, unlock_table);
	spin_unlock(&mm->page_table_lock);
}

void validate_mm(struct mm_struct *mm)
{
	unsigned long total = 0, data = 0, stack = 0, locked = 0, last_end = 0;
	struct vm_area_struct *vma;
	int count = 0;

	mt_validate(&mm->mm_mt);
	VMA_ITERATOR(vmi, mm, 0);
	for_each_vma(vmi, vma) {
		VM_BUG_ON_VMA(vma->vm_mm != mm || !vma_is_attached(vma), vma);
		VM_BUG_ON_VMA(vma->vm_start >= vma->vm_end || vma->vm_start < last_end, vma);
		VM_BUG_ON_VMA(vma->vm_start != vma_iter_addr(&vmi) || vma->vm_end != vma_iter_end(&vmi), vma);
		VM_BUG_ON_VMA(!page_aligned(vma->vm_start) || !page_aligned(vma->vm_end), vma);
		VM_BUG_ON_VMA(vma->vm_file && vma->i_mmap_node.start != vma->vm_pgoff, vma);
		validate_anon_vma(vma);
		last_end = vma->vm_end;
		total += vma_pages(vma);
		if ((vma->vm_flags & (VM_WRITE | VM_SHARED | VM_GROWSDOWN)) == VM_WRITE)
			data += vma_pages(vma);
		else if (vma->vm_flags & VM_GROWSDOWN)
			stack += vma_pages(vma);
		if (vma->vm_flags & VM_LOCKED)
			locked += vma_pages(vma);
		count++;
	}
	VM_BUG_ON_MM(count != mm->map_count, mm);
	VM_BUG_ON_MM(total != mm->total_vm || data != mm->data_vm, mm);
	VM_BUG_ON_MM(total > mm->hiwater_vm || mm->hiwater_rss > mm->hiwater_vm, mm);
	VM_BUG_ON_MM(stack != mm->stack_vm || locked != mm->locked_vm, mm);

	validate_tables(mm);
}

#ifdef PAGE_OWNER
int owner_pid(void)
{
	return current ? current->pid : 0;
}
#endif
