/* SPDX-License-Identifier: MIT */
/*
 * ASIDs and flushing.
 *
 * Each mm that runs has an address-space identifier, so that switching needs no flush. ASIDs are
 * handed out once each per generation; when they run out, a new generation begins: mms that are loaded
 * at that moment keep theirs, all others get a new one when they are loaded next. An mm that gets an ASID has
 * an empty cpu_mask, and a hart that is not in the mask flushes the ASID when it loads the mm: that
 * rids it of the former owner's translations.
 *
 *	mm->asid_gen = generation << 16 | asid		generation 0: none yet
 *
 * Which harts to flush: mm->cpu_mask gains a hart before the hart loads the mm, and the flusher
 * reads the mask after it wrote the entries (both sides full barriers), so a hart that it does not
 * see will read the new entries. A hart that has another mm loaded cannot use what it kept of this one:
 * instead of an interrupt it loses its bit, and flushes the ASID by itself when it loads the mm again.
 */
#include "kernel/arch/machine.h"
#include "kernel/core/percpu.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/tlb.h"
#include "kernel/sched/sched.h"
#include "lib/string.h"

#define FLUSH_ALL_PAGES	64	/* above so many pages, flush the whole ASID */

static struct {
	spinlock_t lock;
	unsigned int nr;			/* ASIDs are 1..nr-1; 0 is the kernel's */
	unsigned int next;
	unsigned long generation;
	struct mm_struct *loaded[NR_CPUS];	/* what each hart runs with; NULL: kernel_pgd */
	u64 kept[(1 << ASID_SHIFT) / 64];	/* ASIDs carried over into this generation */
} asids = { .lock = SPINLOCK_INIT };

void tlb_init(void)
{
	asids.nr = 1u << machine_asid_bits();
	asids.next = 1;
	asids.generation = 1;
}

/* Begin a generation: loaded mms keep their ASIDs, all others get a new one when they are loaded. */
static void asid_rollover(void)
{
	memset(asids.kept, 0, sizeof(asids.kept));
	asids.generation++;
	asids.next = 1;
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		struct mm_struct *mm = asids.loaded[cpu];
		unsigned long asid;

		if (!mm)
			continue;
		asid = mm->asid_gen & ASID_MASK;
		WRITE_ONCE(mm->asid_gen, asids.generation << ASID_SHIFT | asid);
		asids.kept[asid / 64] |= 1UL << (asid % 64);
	}
}

/* An ASID of this generation for @mm. asids.lock held. */
static void asid_assign(struct mm_struct *mm)
{
	/* At most NR_CPUS mms are carried over; there are more ASIDs than that. */
	for (;;) {
		unsigned int asid = asids.next++;

		if (asid >= asids.nr) {
			asid_rollover();
			continue;
		}
		if (asids.kept[asid / 64] & (1UL << (asid % 64)))
			continue;
		WRITE_ONCE(mm->asid_gen, asids.generation << ASID_SHIFT | asid);
		/* Loaded nowhere; what harts keep under this ASID is its former owner's. */
		WRITE_ONCE(mm->cpu_mask, 0);
		return;
	}
}

void switch_mm(struct mm_struct *next)
{
	unsigned int cpu = this_cpu_id();
	unsigned long bit = 1UL << cpu;
	bool few_asids = asids.nr <= NR_CPUS + 1, known;

	if (asids.loaded[cpu] == next)	/* only this hart writes its own slot */
		return;
	spin_lock(&asids.lock);
	WRITE_ONCE(asids.loaded[cpu], NULL);
	if (!next) {
		machine_load_kernel_root(kernel_image_to_phys(kernel_pgd));
	} else {
		if (!few_asids && next->asid_gen >> ASID_SHIFT != asids.generation)
			asid_assign(next);
		WRITE_ONCE(asids.loaded[cpu], next);
		known = __atomic_fetch_or(&next->cpu_mask, bit, __ATOMIC_SEQ_CST) & bit;
		machine_load_root(virt_to_phys(next->pgd), mm_asid(next));
		if (!known && flush_site_active(FLUSH_ASID))
			machine_flush_local_asid(mm_asid(next));
	}
	if (unlikely(few_asids) && flush_site_active(FLUSH_ASID))	/* everybody is ASID 0 */
		machine_flush_local_all();
	spin_unlock(&asids.lock);
}

void tlb_forget_mm(struct mm_struct *mm)
{
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		VM_BUG_ON_MM(READ_ONCE(asids.loaded[cpu]) == mm, mm);
}

/* ---- flushing ---- */

static void flush_local(unsigned int asid, unsigned long start, unsigned long end)
{
	if ((end - start) >> PAGE_SHIFT > FLUSH_ALL_PAGES) {
		machine_flush_local_asid(asid);
		return;
	}
	for (; start < end; start += PAGE_SIZE)
		machine_flush_local_page(asid, start);
}

/* Of the harts in @mask, those that have @mm loaded; the others leave mm->cpu_mask. */
static unsigned long harts_with(struct mm_struct *mm, unsigned long mask)
{
	unsigned long loaded = 0;

	spin_lock(&asids.lock);
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		if (asids.loaded[cpu] == mm)
			loaded |= 1UL << cpu;
	__atomic_fetch_and(&mm->cpu_mask, ~(mask & ~loaded), __ATOMIC_SEQ_CST);
	spin_unlock(&asids.lock);
	return mask & loaded;
}

unsigned long tlb_harts_to_tell(struct mm_struct *mm)
{
	unsigned long mask, self = 1UL << this_cpu_id();

	__atomic_thread_fence(__ATOMIC_SEQ_CST);	/* entries written > mask read; see switch_mm() */
	mask = READ_ONCE(mm->cpu_mask);
	if (mask & ~self)
		mask = (mask & self) | harts_with(mm, mask & ~self);
	return mask;
}

void flush_tlb_range(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	unsigned long harts = tlb_harts_to_tell(mm), self = 1UL << this_cpu_id();
	unsigned int asid = mm_asid(mm);

	if (harts & self)
		flush_local(asid, start, end);
	if (harts & ~self)
		machine_flush_remote(harts & ~self, asid, start,
				     (end - start) >> PAGE_SHIFT > FLUSH_ALL_PAGES ? 0 : end - start);
}

void flush_tlb_harts(unsigned long harts)
{
	unsigned long self = 1UL << this_cpu_id();

	if (harts & self)
		machine_flush_local_all();
	if (harts & ~self)
		machine_flush_remote_all(harts & ~self);
}

void flush_tlb_page(struct mm_struct *mm, unsigned long va)
{
	VM_BUG_ON(!page_aligned(va));
	__atomic_thread_fence(__ATOMIC_SEQ_CST);	/* entry written > mask read; see switch_mm() */
	if (likely(READ_ONCE(mm->cpu_mask) == 1UL << this_cpu_id()))
		machine_flush_local_page(mm_asid(mm), va);
	else
		flush_tlb_range(mm, va, va + PAGE_SIZE);
}

void flush_tlb_mm(struct mm_struct *mm)
{
	flush_tlb_range(mm, 0, TASK_SIZE);
}

/* ---- mmu_gather ---- */

void tlb_gather_mmu(struct mmu_gather *tlb, struct mm_struct *mm)
{
	tlb->mm = mm;
	tlb->start = ~0UL;
	tlb->end = 0;
	tlb->tables = false;
	tlb->nr = 0;
	tlb->max = GATHER_ON_STACK;
	tlb->pages = tlb->on_stack;
	tlb->batch = NULL;
}

bool tlb_gather_grow(struct mmu_gather *tlb)
{
	if (tlb->batch)
		return false;
	tlb->batch = alloc_page(GFP_NOWAIT | __GFP_NOFAIL_INJECT);
	if (!tlb->batch)
		return false;
	tlb->pages = page_to_virt(tlb->batch);
	memcpy(tlb->pages, tlb->on_stack, tlb->nr * sizeof(struct page *));
	tlb->max = PAGE_SIZE / sizeof(struct page *);
	return true;
}

void tlb_remove_table(struct mmu_gather *tlb, struct page *table)
{
	page_clear(table, PG_pgtable);
	tlb->tables = true;
	/* The entry above is gone already, so it is safe to flush with page_table_lock held. */
	if (tlb_remove_page(tlb, table))
		tlb_flush_mmu(tlb);
}

void tlb_flush_mmu(struct mmu_gather *tlb)
{
	struct mm_struct *mm = tlb->mm;

	if (tlb->tables && flush_site_active(FLUSH_GATHER))
		flush_tlb_mm(mm);	/* cached upper levels may be of any address */
	else if (tlb->start < tlb->end && flush_site_active(FLUSH_GATHER))
		flush_tlb_range(mm, tlb->start, tlb->end);

	for (unsigned int i = 0; i < tlb->nr; i++)
		put_page(tlb->pages[i]);
	tlb->nr = 0;
	tlb->start = ~0UL;
	tlb->end = 0;
	tlb->tables = false;
}

void tlb_finish_mmu(struct mmu_gather *tlb)
{
	tlb_flush_mmu(tlb);
	if (tlb->batch)
		put_page(tlb->batch);
}
