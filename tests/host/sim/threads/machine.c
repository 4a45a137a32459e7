/* SPDX-License-Identifier: MIT */
/*
 * kernel/arch/machine.h and user memory for two threads, on the TLB model of the single-thread machine.
 *
 * The model is hardware: it is compiled without instrumentation and has a lock of its own that the sanitizer
 * does not see (below), so it orders nothing that a real TLB would not. Two things of it do order harts, and are
 * told to the sanitizer:
 *
 *	the walker's loads	walker_load(): who reaches a page by an entry sees what was written before the
 *				entry was
 *	a remote flush		the other hart's accesses through old translations are over when it returns:
 *				done[hart], written after each access, read by the flush
 */
#include "kernel/arch/machine.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/bug.h"
#include "kernel/core/printk.h"
#include "kernel/core/time.h"
#include "kernel/mm/frame/kmap.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/mm/tlb.h"
#include "kernel/mm/tlb_defer.h"
#include "kernel/sched/sched.h"
#include "tests/host/sim/threads/threads.h"

struct sim_config sim_config = { .asid_bits = SIM_ASID_BITS, .hardware_ad = true };
enum flush_site flush_site_broken;
u64 kernel_pgd[SV39_ENTRIES];

static struct mm_struct *running[NR_HARTS];	/* each hart's own */
static unsigned long done[NR_HARTS];		/* user accesses; atomic */
static bool defers[NR_HARTS];			/* in a section that defers flushes; atomic */

/* tlb_lock.c: not instrumented. */
void tlb_lock(void);
void tlb_unlock(void);

/* ---- kernel/arch/machine.h ---- */

unsigned int machine_asid_bits(void)
{
	return sim_config.asid_bits;
}

/*
 * The kernel loads the root, then flushes what it may not use; no user access comes between, but a page may be freed
 * by the other hart. So the model gets the root when switch_mm() is through.
 */
static struct root {
	unsigned long pa;
	unsigned int asid;
	bool user;
} roots[NR_HARTS];

static void load_root(struct root root)
{
	unsigned int hart = this_cpu_id();

	roots[hart] = root;
	tlb_lock();
	tlb_model_load(hart, 0, 0, /* user = */ false);
	tlb_unlock();
}

void machine_load_root(unsigned long root_pa, unsigned int asid)
{
	load_root((struct root){ root_pa, asid, /* user = */ true });
}

void machine_load_kernel_root(__unused unsigned long root_pa)
{
	load_root((struct root){ 0 });
}

void machine_flush_local_all(void)
{
	tlb_lock();
	tlb_model_flush_all(this_cpu_id());
	tlb_unlock();
}

void machine_flush_local_asid(unsigned int asid)
{
	tlb_lock();
	tlb_model_flush_asid(this_cpu_id(), asid);
	tlb_unlock();
}

void machine_flush_local_page(unsigned int asid, unsigned long va)
{
	tlb_lock();
	tlb_model_flush_page(this_cpu_id(), asid, va);
	tlb_unlock();
}

/* The harts of @cpumask have done all that they did with what was just flushed there. */
static void remote_flushed(unsigned long cpumask)
{
	for (unsigned int hart = 0; hart < NR_HARTS; hart++)
		if (cpumask & 1UL << hart)
			__atomic_load_n(&done[hart], __ATOMIC_ACQUIRE);
}

void machine_flush_remote(unsigned long cpumask, unsigned int asid, unsigned long va, unsigned long size)
{
	BUG_ON(cpumask & 1UL << this_cpu_id() || cpumask >> NR_HARTS);
	tlb_lock();
	for (unsigned int hart = 0; hart < NR_HARTS; hart++) {
		if (!(cpumask & 1UL << hart))
			continue;
		if (!size)
			tlb_model_flush_asid(hart, asid);
		for (unsigned long at = va; at < va + size; at += PAGE_SIZE)
			tlb_model_flush_page(hart, asid, at);
	}
	tlb_unlock();
	remote_flushed(cpumask);
}

void machine_flush_remote_all(unsigned long cpumask)
{
	BUG_ON(cpumask & 1UL << this_cpu_id() || cpumask >> NR_HARTS);
	tlb_lock();
	for (unsigned int hart = 0; hart < NR_HARTS; hart++)
		if (cpumask & 1UL << hart)
			tlb_model_flush_all(hart);
	tlb_unlock();
	remote_flushed(cpumask);
}

void machine_sync_icache(void)
{
}

void dump_pt_path(unsigned long root, unsigned long va)
{
	printk("page table at %#lx, address %#lx\n", root, va);
}

/* Time goes on when it is looked at, so that a task that spins gives up in the end. */
u64 ktime_get_ns(void)
{
	static u64 now;

	return __atomic_add_fetch(&now, 1000, __ATOMIC_RELAXED);
}

/* ---- watching kernel/mm: the linker sends these calls here (--wrap) ---- */

void __real_put_page(struct page *page);
void __wrap_put_page(struct page *page);
void __real_free_pages(struct page *page, unsigned int order);
void __wrap_free_pages(struct page *page, unsigned int order);
bool __real_should_fail_alloc(gfp_t gfp);
bool __wrap_should_fail_alloc(gfp_t gfp);

static void frames_freed(struct page *page, unsigned int order)
{
	tlb_lock();
	for (unsigned long i = 0; i < 1UL << order; i++)
		tlb_model_frame_freed(page_to_pfn(page) + i);
	tlb_unlock();
}

void __wrap_put_page(struct page *page)
{
	/* Somebody may take a reference meanwhile; but then nobody may reach the frame either. */
	if (atomic_read(&page->refcount) == 1)
		frames_freed(page, 0);
	__real_put_page(page);
}

void __wrap_free_pages(struct page *page, unsigned int order)
{
	frames_freed(page, order);
	__real_free_pages(page, order);
}

bool __wrap_should_fail_alloc(gfp_t gfp)
{
	if ((gfp & __GFP_RECLAIM) && hart_spinlocks())
		panic("sim: an allocation that may sleep, with %u spinlocks held", hart_spinlocks());
	return __real_should_fail_alloc(gfp);
}

/* ---- the hardware's walk; the model has its lock ---- */

/* Between the note that there is something to flush and the flush, the kernel has no word that says so. */
bool hart_will_flush(unsigned int hart)
{
	return __atomic_load_n(&defers[hart], __ATOMIC_RELAXED);
}

u64 walker_load(const u64 *entry)
{
	return __atomic_load_n(entry, __ATOMIC_ACQUIRE);
}

bool walker_set(u64 *entry, u64 old, u64 bits)
{
	return __atomic_compare_exchange_n(entry, &old, old | bits, false, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE);
}

void kernel_enter(struct mm_struct *mm)
{
	__atomic_store_n(&defers[this_cpu_id()], true, __ATOMIC_RELAXED);
	tlb_defer_begin(mm);
}

void kernel_leave(void)
{
	unsigned int hart = this_cpu_id();

	tlb_defer_end();
	__atomic_store_n(&defers[hart], false, __ATOMIC_RELAXED);
	tlb_lock();
	tlb_model_audit_freed(hart);
	tlb_unlock();
}

void hart_run(struct mm_struct *mm)
{
	unsigned int hart = this_cpu_id();

	sim_quiescent();
	switch_mm(mm);
	running[hart] = mm;
	tlb_lock();
	tlb_model_load(hart, roots[hart].pa, roots[hart].asid, roots[hart].user);
	tlb_unlock();
}

/* ---- user memory ---- */

/* One load or store of @size bytes (8 or 1). User programs may race with each other, but not with the kernel. */
static void load_store(void *at, enum sim_access type, void *value, size_t size)
{
	if (size == 1 && type == SIM_WRITE)
		__atomic_store_n((u8 *)at, *(u8 *)value, __ATOMIC_RELAXED);
	else if (size == 1)
		*(u8 *)value = __atomic_load_n((u8 *)at, __ATOMIC_RELAXED);
	else if (type == SIM_WRITE)
		__atomic_store_n((u64 *)at, *(u64 *)value, __ATOMIC_RELAXED);
	else
		*(u64 *)value = __atomic_load_n((u64 *)at, __ATOMIC_RELAXED);
}

/* The access itself, if the TLB or the walker allows it: no flush comes between translation and access. */
static bool try_access(unsigned long va, enum sim_access type, void *value, size_t size)
{
	unsigned int hart = this_cpu_id();
	unsigned long pa;
	bool ok;

	tlb_lock();
	ok = tlb_model_translate(hart, va, type, &pa);
	if (ok) {
		load_store(phys_to_virt(pa), type, value, size);
		__atomic_fetch_add(&done[hart], 1, __ATOMIC_RELEASE);
	}
	tlb_unlock();
	return ok;
}

static enum vm_fault user_access(unsigned long va, enum sim_access type, void *value, size_t size)
{
	unsigned int flags = FAULT_FLAG_USER | (type == SIM_WRITE ? FAULT_FLAG_WRITE : 0);
	enum vm_fault fault;

	BUG_ON(!uaccess_allowed());
	/* The other hart may take the page away again, each time. */
	for (int tries = 0; tries < 1000; tries++) {
		if (try_access(va, type, value, size))
			return VM_FAULT_DONE;
		plant_in_fault = true;
		fault = in_kernel(running[this_cpu_id()], handle_mm_fault(running[this_cpu_id()], va, flags));
		plant_in_fault = false;
		if (fault != VM_FAULT_DONE)
			return fault;
	}
	panic("sim: access %d at %#lx faults for ever", (int)type, va);
}

enum vm_fault sim_access(unsigned long va, enum sim_access type, u64 *word)
{
	sim_quiescent();
	return user_access(va, type, word, sizeof(*word));
}

int copy_to_user(unsigned long uaddr, const void *src, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (user_access(uaddr + i, SIM_WRITE, (u8 *)src + i, 1) != VM_FAULT_DONE)
			return -EFAULT;
	return 0;
}

int copy_from_user(void *dst, unsigned long uaddr, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (user_access(uaddr + i, SIM_READ, (u8 *)dst + i, 1) != VM_FAULT_DONE)
			return -EFAULT;
	return 0;
}

/* ---- power on ---- */

void machine_boot(unsigned long frames)
{
	tlb_model_reset();
	hart_start(0);
	ram_map(SIM_RAM);
	page_alloc_init((struct mem_region){ RAM_START, RAM_START + SIM_RAM }, NULL, 0);
	slab_init();
	maple_port_init();
	mm_init();
	BUG_ON(sim_swapon());
	while (nr_free_pages() > frames)
		BUG_ON(!alloc_page(GFP_NOWAIT | __GFP_NOFAIL_INJECT));
	balance_start();
}
