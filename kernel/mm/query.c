/* SPDX-License-Identifier: MIT */
/*
 * mm's answers to the read-only query call (uapi/query.h). Each record is put together under the locks that
 * it needs and copied out without any, since the copy may fault on the caller's own memory.
 */
#include "kernel/mm/account.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/reclaim/storm.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/mm/trace.h"
#include "kernel/mm/vma.h"
#include "kernel/mm/vmstat.h"
#include "lib/string.h"
#include "uapi/query.h"

/* Copy record @i of @size bytes to the user's array. */
static int put_record(unsigned long buf, size_t i, const void *rec, size_t size)
{
	return copy_to_user(buf + i * size, rec, size);
}

/* The first VMA that ends above *@addr, as a record; *@addr moves behind it. */
static bool next_vma_record(struct mm_struct *mm, unsigned long *addr, struct q_vma *rec)
{
	struct vma_reader r;

	if (!vma_read_next(mm, *addr, &r))
		return false;
	*rec = (struct q_vma){
		.start = r.vma->vm_start, .end = r.vma->vm_end, .flags = r.vma->vm_flags, .pgoff = r.vma->vm_pgoff,
		.anon_vma = (unsigned long)READ_ONCE(r.vma->anon_vma),
	};
	vma_name(r.vma, rec->name, sizeof(rec->name));
	*addr = rec->end;
	vma_read_done(mm, &r);
	return true;
}

static long query_vmas(struct mm_struct *mm, unsigned long addr, unsigned long buf, size_t len)
{
	struct q_vma rec;
	size_t n = 0;

	while ((n + 1) * sizeof(rec) <= len && next_vma_record(mm, &addr, &rec)) {
		if (put_record(buf, n, &rec, sizeof(rec)))
			return -EFAULT;
		n++;
	}
	return n;
}

/* The way of @addr through the tables. mmap_lock held for read, so that tables stay. */
static void walk_tables(struct mm_struct *mm, unsigned long addr, struct q_walk *walk)
{
	pte_t *table = mm->pgd;

	for (int level = 0; level < 3; level++) {
		unsigned int shift = PGD_SHIFT - 9 * level;
		unsigned long index = (addr >> shift) & 511;
		pte_t e = pte_read(&table[index]);

		walk->level[level].table_pa = virt_to_phys(table);
		walk->level[level].index = index;
		walk->level[level].pte = e.pte;
		walk->levels = level + 1;
		if (!(e.pte & PTE_V) && level < 2)
			return;
		if (level == 2)
			walk->present = pte_present(e);
		else
			table = pte_to_table(e);
	}
}

static long query_pte(struct mm_struct *mm, unsigned long addr, unsigned long buf, size_t len)
{
	struct q_walk walk = { 0 };

	if (addr >= TASK_SIZE || len < sizeof(walk))
		return -EINVAL;
	mmap_read_lock(mm);
	walk_tables(mm, addr, &walk);
	mmap_read_unlock(mm);
	return put_record(buf, 0, &walk, sizeof(walk)) ? -EFAULT : 1;
}

static long query_page(struct mm_struct *mm, unsigned long addr, unsigned long buf, size_t len)
{
	struct q_page rec = { 0 };
	pte_t *ptep, pte = { 0 };

	if (addr >= TASK_SIZE || len < sizeof(rec))
		return -EINVAL;
	mmap_read_lock(mm);
	ptep = pgtable_walk_lock(mm, addr);
	if (ptep)
		pte = pte_read(ptep);
	if (pte_present(pte) && !pte_device(pte)) {
		struct page *page = pte_page(pte);

		rec.pfn = pte_pfn(pte);
		rec.flags = page->flags;
		rec.refcount = atomic_read(&page->refcount);
		rec.mapcount = atomic_read(&page->mapcount);
		rec.mapping = page->mapping;
		rec.index = page->index;
		rec.anon_exclusive = page_test(page, PG_anon_exclusive);
		rec.is_zero_page = page == zero_page;
	}
	if (ptep)
		pte_unlock(ptep);
	mmap_read_unlock(mm);
	if (!pte_present(pte) || pte_device(pte))
		return 0;
	return put_record(buf, 0, &rec, sizeof(rec)) ? -EFAULT : 1;
}

static unsigned long total_slab_pages(void)
{
	struct slab_info info;
	unsigned long pages = 0;

	for (int i = 0; slab_info_get(i, &info); i++)
		pages += info.pages;
	return pages;
}

static long query_mem(unsigned long buf, size_t len)
{
	struct q_mem rec = { .total = nr_total_pages(), .free = nr_free_pages() };
	struct image_count images;
	struct mm_struct *mm;

	if (len < sizeof(rec))
		return -EINVAL;
	page_alloc_free_blocks(rec.free_blocks);
	rec.slab_pages = total_slab_pages();
	images = memobj_count_images();
	rec.files = images.objects;
	rec.file_pages = images.pages;
	rec.file_nodes = images.nodes;
	spin_lock(&mm_list_lock);
	list_for_each_entry(mm, &mm_list, mm_list) {
		/* Read without their locks: a snapshot for people. */
		rec.pgtable_pages += READ_ONCE(mm->pgtables_bytes) / PAGE_SIZE + 1;
		rec.anon_pages += READ_ONCE(mm->nr_anon);
		rec.shmem_pages += READ_ONCE(mm->nr_shmem);
	}
	spin_unlock(&mm_list_lock);
	rec.swap_total = swap_total();
	rec.swap_free = swap_free_slots();
	rec.swap_most_in_flight = swap_most_in_flight();
	rec.storms = nr_storms();
	return put_record(buf, 0, &rec, sizeof(rec)) ? -EFAULT : 1;
}

static long query_slabs(unsigned long buf, size_t len)
{
	struct slab_info info;
	size_t n = 0;

	while ((n + 1) * sizeof(struct q_slab) <= len && slab_info_get(n, &info)) {
		struct q_slab rec = {
			.object_size = info.object_size, .in_use = info.in_use,
			.total = info.total, .pages = info.pages,
		};

		strscpy(rec.name, info.name, sizeof(rec.name));
		if (put_record(buf, n, &rec, sizeof(rec)))
			return -EFAULT;
		n++;
	}
	return n;
}

static long query_vmstat(unsigned long buf, size_t len)
{
	size_t n = 0;

	for (; n < NR_VM_EVENTS && (n + 1) * sizeof(u64) <= len; n++) {
		u64 v = vm_event_sum(n);

		if (put_record(buf, n, &v, sizeof(v)))
			return -EFAULT;
	}
	return n;
}

/* The two lists of names belong together. */
_Static_assert(NR_VM_EVENTS == (int)Q_NR_VMSTAT && OOM_KILL == (int)Q_OOM_KILL && PSWPIN == (int)Q_PSWPIN, "vmstat");

static long query_maps(struct mm_struct *mm, unsigned long buf, size_t len)
{
	unsigned long addr = 0;
	char text[512];
	size_t used = 0, n;

	while ((n = mm_format_maps(mm, &addr, text, min(sizeof(text), len - used))) > 0) {
		if (copy_to_user(buf + used, text, n))
			return -EFAULT;
		used += n;
	}
	return used;
}

#define MTREE_TEXT_MAX	65536

static long query_mtree(struct mm_struct *mm, unsigned long buf, size_t len)
{
	char *text = kmalloc(MTREE_TEXT_MAX, GFP_KERNEL);
	size_t n;
	int err;

	if (!text)
		return -ENOMEM;
	mmap_read_lock(mm);
	n = mt_dump_to(&mm->mm_mt, text, min(len, (size_t)MTREE_TEXT_MAX));
	mmap_read_unlock(mm);
	err = copy_to_user(buf, text, n);
	kfree(text);
	return err ? err : (long)n;
}

static long query_mmstat(struct mm_struct *mm, unsigned long buf, size_t len)
{
	struct q_mmstat rec;

	if (len < sizeof(rec))
		return -EINVAL;
	mmap_read_lock(mm);
	rec = (struct q_mmstat){
		.total_vm = mm->total_vm, .data_vm = mm->data_vm, .stack_vm = mm->stack_vm,
		.locked_vm = mm->locked_vm, .nr_anon = mm->nr_anon, .nr_file = mm->nr_file,
		.nr_shmem = mm->nr_shmem, .nr_swap = mm->nr_swap, .pgtables_bytes = mm->pgtables_bytes,
		.map_count = mm->map_count, .tree_height = mt_height(&mm->mm_mt), .tree_nodes = mt_nr_nodes(&mm->mm_mt),
	};
	mmap_read_unlock(mm);
	return put_record(buf, 0, &rec, sizeof(rec)) ? -EFAULT : 1;
}

long mm_query(struct mm_struct *mm, unsigned int what, unsigned long arg, unsigned long buf, size_t len)
{
	switch (what) {
	case QUERY_MEM:
		return query_mem(buf, len);
	case QUERY_SLABS:
		return query_slabs(buf, len);
	case QUERY_VMSTAT:
		return query_vmstat(buf, len);
	case QUERY_TRACE:
		return mm_trace_query(buf, len);
	}
	if (!mm)
		return -ESRCH;
	switch (what) {
	case QUERY_VMAS:
		return query_vmas(mm, arg, buf, len);
	case QUERY_PTE:
		return query_pte(mm, arg, buf, len);
	case QUERY_PAGE:
		return query_page(mm, arg, buf, len);
	case QUERY_MAPS:
		return query_maps(mm, buf, len);
	case QUERY_MTREE:
		return query_mtree(mm, buf, len);
	case QUERY_MMSTAT:
		return query_mmstat(mm, buf, len);
	}
	return -EINVAL;
}
