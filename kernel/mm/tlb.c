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
 *
 * Which mm a hart has loaded, and its bit in the mask of that mm, change under the lock of the hart alone: harts that switch do not
 * wait for each other, and a flusher takes the locks of the harts in the mask. asids.lock serializes the hand-out. A hart can
 * pass it with an ASID of the current generation and find, with its own lock taken, that a new one has begun; then it asks
 * again. If it does not find that, the hart that begins one has still to take this hart's lock, and will see the mm there.
 *
 * A hart that has the mm loaded and defers flushes is left a note in place of an interrupt:
 *
 *	NO	tlb_defer_begin()	-> YES		a store with release: its user accesses so far are done
 *	YES	the hart's own flush	-> RANGE
 *	YES, RANGE  another hart's	-> ALL		after it wrote the entries
 *	any	tlb_defer_end()		-> NO		an exchange, before any later user access; then the hart flushes what it found
 *
 * The flusher's access and the exchange are ordered: either the flusher comes first, and the hart flushes, or it sees NO and
 * interrupts the hart.
 */
#include "kernel/arch/machine.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/percpu.h"
#include "kernel/core/race.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/tlb.h"
#include "kernel/mm/tlb_defer.h"
#include "kernel/mm/vmstat.h"
#include "kernel/sched/sched.h"
#include "lib/string.h"

#define FLUSH_ALL_PAGES	64	/* above so many pages, flush the whole ASID */

static struct {
	spinlock_t lock;			/* before the lock of a hart */
	unsigned int nr;			/* ASIDs are 1..nr-1; 0 is the kernel's; set once by tlb_init() */
	unsigned int next;			/* lock */
	unsigned long generation;		/* written under lock, read at any time */
	u64 kept[(1 << ASID_SHIFT) / 64];	/* ASIDs carried over into this generation; lock */
} asids = { .lock = SPINLOCK_INIT };

enum { DEFER_NO, DEFER_YES, DEFER_RANGE, DEFER_ALL };

static struct loaded {
	spinlock_t lock;
	u32 defer;				/* DEFER_*; atomic, see above */
	unsigned long start, end;		/* with DEFER_RANGE: what to flush; only this hart looks at it */
	struct mm_struct *mm;			/* what this hart runs with; NULL: kernel_pgd. Written by this hart, under lock */
} __aligned(64) loaded[NR_CPUS] = { [0 ... NR_CPUS - 1] = { .lock = SPINLOCK_INIT } };

void tlb_init(void)
{
	asids.nr = 1u << machine_asid_bits();
	asids.next = 1;
	asids.generation = 1;
}

/* The ASID of @mm goes over into the new generation. asids.lock held. */
static void asid_keep(struct mm_struct *mm)
{
	unsigned long asid = mm_asid(mm);

	WRITE_ONCE(mm->asid_gen, asids.generation << ASID_SHIFT | asid);
	asids.kept[asid / 64] |= 1UL << (asid % 64);
}

/* Begin a generation: loaded mms keep their ASIDs, all others get a new one when they are loaded. asids.lock held. */
static void asid_rollover(void)
{
	memset(asids.kept, 0, sizeof(asids.kept));
	asids.next = 1;
	WRITE_ONCE(asids.generation, asids.generation + 1);
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		spin_lock(&loaded[cpu].lock);
		if (loaded[cpu].mm)
			asid_keep(loaded[cpu].mm);
		spin_unlock(&loaded[cpu].lock);
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
		/* Loaded nowhere; what harts keep under this ASID is its former owner's. */
		WRITE_ONCE(mm->cpu_mask, 0);
		/* From here on another hart can load @mm without asids.lock, and enters the mask. */
		__atomic_store_n(&mm->asid_gen, asids.generation << ASID_SHIFT | asid, __ATOMIC_RELEASE);
		race_point("asid_assign: ASID visible");
		return;
	}
}

static bool few_asids(void)
{
	return unlikely(asids.nr <= NR_CPUS + 1);	/* every mm has ASID 0 */
}

static bool asid_is_current(struct mm_struct *mm)
{
	/* In this order: an ASID of a generation that this hart does not see yet counts as old, and it asks again. */
	unsigned long generation = __atomic_load_n(&mm->asid_gen, __ATOMIC_ACQUIRE) >> ASID_SHIFT;

	return generation == READ_ONCE(asids.generation);
}

static __noinline void asid_get(struct mm_struct *mm)
{
	spin_lock(&asids.lock);
	if (!asid_is_current(mm))
		asid_assign(mm);
	spin_unlock(&asids.lock);
}

/* The lock of hart @me, which is this one, with an ASID of the current generation for @mm. */
static void lock_with_asid(struct loaded *me, struct mm_struct *mm)
{
	spin_lock(&me->lock);
	while (!few_asids() && unlikely(!asid_is_current(mm))) {
		spin_unlock(&me->lock);
		asid_get(mm);
		race_point("switch_mm: ASID given, hart not locked");
		spin_lock(&me->lock);
	}
}

static void load_mm(struct loaded *me, struct mm_struct *mm)
{
	unsigned long bit = 1UL << (me - loaded);
	bool known;

	lock_with_asid(me, mm);
	WRITE_ONCE(me->mm, mm);
	known = __atomic_fetch_or(&mm->cpu_mask, bit, __ATOMIC_SEQ_CST) & bit;
	machine_load_root(virt_to_phys(mm->pgd), mm_asid(mm));
	if (!known && flush_site_active(FLUSH_ASID))
		machine_flush_local_asid(mm_asid(mm));
	spin_unlock(&me->lock);
}

static void load_kernel(struct loaded *me)
{
	spin_lock(&me->lock);
	WRITE_ONCE(me->mm, NULL);
	machine_load_kernel_root(kernel_image_to_phys(kernel_pgd));
	spin_unlock(&me->lock);
}

void switch_mm(struct mm_struct *next)
{
	struct loaded *me = this_cpu_of(loaded);

	if (me->mm == next)
		return;
	if (next)
		load_mm(me, next);
	else
		load_kernel(me);
	if (few_asids() && flush_site_active(FLUSH_ASID))
		machine_flush_local_all();
}

void tlb_forget_mm(struct mm_struct *mm)
{
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		VM_BUG_ON_MM(READ_ONCE(loaded[cpu].mm) == mm, mm);
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

bool tlb_caches_empty;		/* set once, never cleared */

void flush_tlb_spurious_tables(struct mm_struct *mm)
{
	if (READ_ONCE(mm->cpu_mask) == 1UL << this_cpu_id())	/* no other hart has made the entry complete */
		WRITE_ONCE(tlb_caches_empty, true);
	if (flush_site_active(FLUSH_SPURIOUS))
		machine_flush_local_asid(mm_asid(mm));
}

void tlb_defer_start(struct mm_struct *mm)
{
	struct loaded *me = this_cpu_of(loaded);

	VM_BUG_ON_MM(me->mm != mm || (current->flags & TASK_TLB_DEFER), mm);
	current->flags |= TASK_TLB_DEFER;
	__atomic_store_n(&me->defer, DEFER_YES, __ATOMIC_RELEASE);
	race_point("tlb_defer_begin: flushes are deferred");
}

void tlb_defer_stop(void)
{
	struct loaded *me = this_cpu_of(loaded);
	u32 owed;

	race_point("tlb_defer_end: flushes are still deferred");
	current->flags &= ~TASK_TLB_DEFER;
	owed = __atomic_exchange_n(&me->defer, DEFER_NO, __ATOMIC_SEQ_CST);
	if (!flush_site_active(FLUSH_DEFERRED))
		return;
	if (owed == DEFER_ALL)
		machine_flush_local_asid(mm_asid(me->mm));
	else if (owed == DEFER_RANGE)
		flush_local(mm_asid(me->mm), me->start, me->end);
}

/* Make @hart, which has the mm loaded, flush all of it before it touches user memory. False: it may be doing that now. */
static bool defer_flush(struct loaded *hart)
{
	u32 old = __atomic_load_n(&hart->defer, __ATOMIC_SEQ_CST);

	while (old != DEFER_NO)
		if (__atomic_compare_exchange_n(&hart->defer, &old, DEFER_ALL, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			return true;
	return false;
}

/* The same for this hart itself, and [@start, @end). */
static void defer_own_flush(unsigned long start, unsigned long end)
{
	struct loaded *me = this_cpu_of(loaded);
	u32 old = DEFER_YES;

	if (__atomic_compare_exchange_n(&me->defer, &old, DEFER_RANGE, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
		me->start = start;
		me->end = end;
	} else if (old == DEFER_RANGE) {
		me->start = min(me->start, start);
		me->end = max(me->end, end);
	}
}

bool uaccess_allowed(void)
{
	return !(current->flags & TASK_TLB_DEFER);
}

bool tlb_hart_will_flush(unsigned int cpu)
{
	return __atomic_load_n(&loaded[cpu].defer, __ATOMIC_ACQUIRE) >= DEFER_RANGE;
}

/*
 * Of the harts in @mask, those to interrupt: they have @mm loaded, and do not defer the flush, or may not. Those that have not
 * loaded it leave mm->cpu_mask.
 */
static __noinline unsigned long harts_with(struct mm_struct *mm, unsigned long mask, bool may_defer)
{
	unsigned long with = 0, nr = 0;

	for_each_cpu(cpu, mask) {
		spin_lock(&loaded[cpu].lock);
		if (loaded[cpu].mm != mm)
			__atomic_fetch_and(&mm->cpu_mask, ~(1UL << cpu), __ATOMIC_SEQ_CST);
		else if (may_defer && defer_flush(&loaded[cpu]))
			count_vm_event(TLB_DEFERRED);
		else
			with |= 1UL << cpu, nr++;
		spin_unlock(&loaded[cpu].lock);
	}
	count_vm_events(TLB_REMOTE, nr);
	return with;
}

static unsigned long harts_to_flush(struct mm_struct *mm, bool may_defer)
{
	unsigned long mask, self = 1UL << this_cpu_id();

	__atomic_thread_fence(__ATOMIC_SEQ_CST);	/* entries written > mask read; see switch_mm() */
	mask = READ_ONCE(mm->cpu_mask);
	if ((mask & self) && loaded[this_cpu_id()].mm != mm)
		mask = __atomic_and_fetch(&mm->cpu_mask, ~self, __ATOMIC_SEQ_CST);
	if (mask & ~self)
		mask = (mask & self) | harts_with(mm, mask & ~self, may_defer);
	return mask;
}

unsigned long tlb_harts_to_tell(struct mm_struct *mm)
{
	return harts_to_flush(mm, /* may_defer = */ true);
}

static bool this_hart_defers(const struct mm_struct *mm)
{
	return (current->flags & TASK_TLB_DEFER) && loaded[this_cpu_id()].mm == mm;
}

static void flush_remote(struct mm_struct *mm, unsigned long harts, unsigned long start, unsigned long end)
{
	harts &= ~(1UL << this_cpu_id());
	if (harts)
		machine_flush_remote(harts, mm_asid(mm), start, (end - start) >> PAGE_SHIFT > FLUSH_ALL_PAGES ? 0 : end - start);
}

void flush_tlb_range(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	unsigned long harts = tlb_harts_to_tell(mm);

	if (this_hart_defers(mm))
		defer_own_flush(start, end);
	else if (harts & 1UL << this_cpu_id())
		flush_local(mm_asid(mm), start, end);
	flush_remote(mm, harts, start, end);
}

/* Tables are about to be freed; what is cached of upper levels may be of any address. Not deferred: tlb_defer.h says why. */
static void flush_tlb_tables(struct mm_struct *mm)
{
	unsigned long harts = harts_to_flush(mm, /* may_defer = */ false);

	if (harts & 1UL << this_cpu_id())
		machine_flush_local_asid(mm_asid(mm));
	flush_remote(mm, harts, 0, TASK_SIZE);
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
		flush_tlb_tables(mm);
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
