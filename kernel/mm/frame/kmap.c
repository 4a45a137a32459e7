/* SPDX-License-Identifier: MIT */
/*
 * Page tables of the kernel's own half. boot/paging.c fills it; later only the vmalloc
 * window changes, in 4 KiB leaves whose tables come from alloc_page() and go back when empty.
 *
 *	kernel_pgd -> level 1 (fixed after boot) -> level 0: 512 pages, 2 MiB
 *					page->private counts the leaves of an allocated level 0 table
 */
#include "kernel/arch/sbi.h"
#include "kernel/core/bug.h"
#include "kernel/core/percpu.h"
#include "kernel/core/printk.h"
#include "kernel/core/spinlock.h"
#include "kernel/mm/frame/gfp.h"
#include "kernel/mm/frame/kmap.h"
#include "lib/errno.h"
#include "lib/list.h"

u64 kernel_pgd[SV39_ENTRIES] __aligned(4096);
static DEFINE_SPINLOCK(kmap_lock);	/* every table below kernel_pgd, once boot is over */
static unsigned long next_mmio = MMIO_START;

static u64 *entry_table(u64 entry)
{
	return phys_to_virt((entry & PTE_PPN_MASK) >> PTE_PPN_SHIFT << PAGE_SHIFT);
}

static u64 make_entry(unsigned long pa, unsigned long flags)
{
	return (pa >> PAGE_SHIFT << PTE_PPN_SHIFT) | flags;
}

static bool is_leaf(u64 entry)
{
	return entry & (PTE_R | PTE_W | PTE_X);
}

/* The entry for @va at @level; missing tables above come from @alloc. */
static u64 *boot_entry(unsigned long va, int level, unsigned long (*alloc)(void))
{
	u64 *table = kernel_pgd;
	int l;

	for (l = SV39_LEVELS - 1; l > level; l--) {
		u64 *entry = &table[SV39_INDEX(va, l)];

		if (!(*entry & PTE_V))
			*entry = make_entry(alloc(), PTE_V);
		BUG_ON(is_leaf(*entry));
		table = entry_table(*entry);
	}
	return &table[SV39_INDEX(va, level)];
}

void kernel_map_boot(unsigned long va, unsigned long pa, unsigned long size, unsigned long pte_flags,
		     unsigned long (*alloc)(void))
{
	unsigned long end = va + size;

	BUG_ON(!IS_ALIGNED(va | pa | size, PAGE_SIZE));
	if (size == 0)
		boot_entry(va, 1, alloc);
	while (va != end) {
		int level = SV39_LEVELS - 1;
		u64 *entry;

		while (level > 0 && (!IS_ALIGNED(va | pa, 1UL << SV39_SHIFT(level)) ||
				     end - va < 1UL << SV39_SHIFT(level)))
			level--;
		entry = boot_entry(va, level, alloc);
		BUG_ON(*entry & PTE_V);
		*entry = make_entry(pa, pte_flags);
		va += 1UL << SV39_SHIFT(level);
		pa += 1UL << SV39_SHIFT(level);
	}
}

void *map_mmio(unsigned long pa, unsigned long size, unsigned long (*alloc)(void))
{
	unsigned long offset = pa & ~PAGE_MASK;
	unsigned long va = next_mmio;

	size = PAGE_ALIGN(offset + size);
	BUG_ON(size > MMIO_END - va);
	next_mmio += size;
	kernel_map_boot(va, pa - offset, size, KMAP_RW, alloc);
	return (void *)(va + offset);
}

/* Level 1 entry of @va in the vmalloc window: its table has been there since boot. */
static u64 *level1_entry(unsigned long va)
{
	u64 root = kernel_pgd[SV39_INDEX(va, 2)];

	BUG_ON(!(root & PTE_V) || is_leaf(root));
	return &entry_table(root)[SV39_INDEX(va, 1)];
}

static void check_range(unsigned long va, unsigned long pa, unsigned long size)
{
	BUG_ON(!IS_ALIGNED(va | pa | size, PAGE_SIZE) || size == 0);
	BUG_ON(va < VMALLOC_START || size > VMALLOC_END - VMALLOC_START || va > VMALLOC_END - size);
}

/* The level 0 table under @upper; NULL: none. */
static u64 *level0_table(const u64 *upper)
{
	return *upper & PTE_V ? entry_table(*upper) : NULL;
}

/* The same; a missing one is made. NULL: no memory. */
static u64 *level0_make(u64 *upper)
{
	struct page *page;

	if (*upper & PTE_V)
		return entry_table(*upper);
	page = alloc_page(GFP_ATOMIC | __GFP_ZERO);
	if (!page)
		return NULL;
	page_set(page, PG_pgtable);
	page->private = 0;
	*upper = make_entry(page_to_phys(page), PTE_V);
	return page_to_virt(page);
}

/* Clear the leaves of [@va, @end); tables that end empty are unlinked and put on @empty. */
static void clear_range(unsigned long va, unsigned long end, struct list_head *empty)
{
	for (; va != end; va += PAGE_SIZE) {
		u64 *upper = level1_entry(va);
		u64 *table = level0_table(upper);
		struct page *page;

		if (!table || !(table[SV39_INDEX(va, 0)] & PTE_V))
			continue;
		table[SV39_INDEX(va, 0)] = 0;
		page = virt_to_page(table);
		if (--page->private == 0) {
			*upper = 0;
			list_add(&page->lru, empty);
		}
	}
}

/* After the flush no hart walks them any more. */
static void free_tables(struct list_head *empty)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, empty, lru) {
		list_del(&page->lru);
		page_clear(page, PG_pgtable);
		put_page(page);
	}
}

/* All harts forget what they know of [@va, @va + @size); a flush by address covers leaves only, @tables needs a full one. */
static void flush_kernel_range(unsigned long va, unsigned long size, bool tables)
{
	if (tables)
		remote_sfence_vma(cpus_online_mask(), 0, -1UL);
	else
		remote_sfence_vma(cpus_online_mask(), va, size);
}

int kernel_map(unsigned long va, unsigned long pa, unsigned long size, unsigned long pte_flags)
{
	bool new_table = false;
	unsigned long done;

	check_range(va, pa, size);
	BUG_ON((pte_flags & PTE_W) && (pte_flags & PTE_X));
	spin_lock(&kmap_lock);
	for (done = 0; done < size; done += PAGE_SIZE) {
		u64 *upper = level1_entry(va + done), *table, *entry;

		new_table |= !level0_table(upper);
		table = level0_make(upper);
		if (!table)
			goto out_unmap;
		entry = &table[SV39_INDEX(va + done, 0)];
		BUG_ON(*entry & PTE_V);
		*entry = make_entry(pa + done, pte_flags);
		virt_to_page(table)->private++;
	}
	spin_unlock(&kmap_lock);
	/* A hart may remember that the page was absent, and a stack must be there at its first use. */
	flush_kernel_range(va, size, new_table);
	return 0;

out_unmap:
	spin_unlock(&kmap_lock);
	if (done)
		kernel_unmap(va, done);
	return -ENOMEM;
}

void kernel_unmap(unsigned long va, unsigned long size)
{
	LIST_HEAD(empty);

	check_range(va, 0, size);
	spin_lock(&kmap_lock);
	clear_range(va, va + size, &empty);
	spin_unlock(&kmap_lock);
	flush_kernel_range(va, size, !list_empty(&empty));
	free_tables(&empty);
}

unsigned long kernel_walk(unsigned long va)
{
	u64 *table = kernel_pgd;
	int level;

	for (level = SV39_LEVELS - 1; level >= 0; level--) {
		u64 entry = table[SV39_INDEX(va, level)];
		unsigned long low = (1UL << SV39_SHIFT(level)) - 1;

		if (!(entry & PTE_V))
			break;
		if (is_leaf(entry))
			return (((entry & PTE_PPN_MASK) >> PTE_PPN_SHIFT << PAGE_SHIFT) & ~low) | (va & low);
		table = entry_table(entry);
	}
	return -1UL;
}

static void print_entry(int level, unsigned long index, u64 entry)
{
	static const char names[] = "vrwxugad";
	char bits[9];
	int i;

	for (i = 0; i < 8; i++)
		bits[7 - i] = entry & (1UL << i) ? names[i] : '-';
	bits[8] = '\0';
	printk("  level %d [%3lu] = 0x%016lx  pa 0x%lx %s\n", level, index, (unsigned long)entry,
	       (unsigned long)((entry & PTE_PPN_MASK) >> PTE_PPN_SHIFT << PAGE_SHIFT), bits);
}

void dump_pt_path(unsigned long root, unsigned long va)
{
	u64 *table = phys_to_virt(root);
	int level;

	printk("page tables at 0x%lx for address 0x%lx:\n", root, va);
	for (level = SV39_LEVELS - 1; level >= 0; level--) {
		unsigned long index = SV39_INDEX(va, level);
		u64 entry = table[index];

		print_entry(level, index, entry);
		if (!(entry & PTE_V) || is_leaf(entry))
			return;
		/* A table outside RAM would fault here and hide the real report. */
		if (!pfn_valid((entry & PTE_PPN_MASK) >> PTE_PPN_SHIFT)) {
			printk("  the next table is not in RAM\n");
			return;
		}
		table = entry_table(entry);
	}
}
