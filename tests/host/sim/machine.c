/* SPDX-License-Identifier: MIT */
/*
 * What kernel/mm asks of the rest of the kernel: kernel/arch/machine.h on top of the TLB model, user
 * memory through it, and the moments at which the model must look (frames freed, memory
 * allocated). Also power on.
 */
#include "kernel/arch/machine.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/bug.h"
#include "kernel/core/printk.h"
#include "kernel/core/race.h"
#include "kernel/core/time.h"
#include "kernel/mm/frame/kmap.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/mm/tlb.h"
#include "kernel/mm/tlb_defer.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/task.h"
#include "lib/string.h"
#include "tests/host/sim/sim.h"

struct sim_config sim_config = { .asid_bits = SIM_ASID_BITS, .hardware_ad = true };
enum flush_site flush_site_broken;
u64 kernel_pgd[SV39_ENTRIES];

static struct task hart_tasks[SIM_HARTS];
static struct mm_struct *running[SIM_HARTS];

/* ---- kernel/arch/machine.h ---- */

unsigned int machine_asid_bits(void)
{
	return sim_config.asid_bits;
}

void machine_load_root(unsigned long root_pa, unsigned int asid)
{
	tlb_model_load(this_cpu_id(), root_pa, asid, /* user = */ true);
}

void machine_load_kernel_root(__unused unsigned long root_pa)
{
	tlb_model_load(this_cpu_id(), 0, 0, /* user = */ false);
}

void machine_flush_local_all(void)
{
	tlb_model_flush_all(this_cpu_id());
}

void machine_flush_local_asid(unsigned int asid)
{
	tlb_model_flush_asid(this_cpu_id(), asid);
}

void machine_flush_local_page(unsigned int asid, unsigned long va)
{
	tlb_model_flush_page(this_cpu_id(), asid, va);
}

void machine_flush_remote(unsigned long cpumask, unsigned int asid, unsigned long va, unsigned long size)
{
	BUG_ON(cpumask & 1UL << this_cpu_id() || cpumask >> SIM_HARTS);
	sim_stats.remote_flushes++;
	for (unsigned int hart = 0; hart < SIM_HARTS; hart++) {
		if (!(cpumask & 1UL << hart))
			continue;
		if (!size)
			tlb_model_flush_asid(hart, asid);
		for (unsigned long at = va; at < va + size; at += PAGE_SIZE)
			tlb_model_flush_page(hart, asid, at);
	}
}

void machine_flush_remote_all(unsigned long cpumask)
{
	BUG_ON(cpumask & 1UL << this_cpu_id() || cpumask >> SIM_HARTS);
	sim_stats.remote_flushes++;
	for (unsigned int hart = 0; hart < SIM_HARTS; hart++)
		if (cpumask & 1UL << hart)
			tlb_model_flush_all(hart);
}

void machine_sync_icache(void)
{
	for (unsigned int hart = 0; hart < SIM_HARTS; hart++)
		tlb_model_sync(hart);
}

void dump_pt_path(unsigned long root, unsigned long va)
{
	printk("page table at %#lx, address %#lx\n", root, va);
}

u64 ktime_get_ns(void)
{
	return sim_stats.accesses;
}

/* ---- watching kernel/mm: the linker sends these calls here (--wrap) ---- */

void __real_put_page(struct page *page);
void __wrap_put_page(struct page *page);
void __real_free_pages(struct page *page, unsigned int order);
void __wrap_free_pages(struct page *page, unsigned int order);
bool __real_should_fail_alloc(gfp_t gfp);
bool __wrap_should_fail_alloc(gfp_t gfp);

void __wrap_put_page(struct page *page)
{
	if (atomic_read(&page->refcount) == 1)
		tlb_model_frame_freed(page_to_pfn(page));
	__real_put_page(page);
}

void __wrap_free_pages(struct page *page, unsigned int order)
{
	for (unsigned long i = 0; i < 1UL << order; i++)
		tlb_model_frame_freed(page_to_pfn(page) + i);
	__real_free_pages(page, order);
}

bool __wrap_should_fail_alloc(gfp_t gfp)
{
	if ((gfp & __GFP_RECLAIM) && spin_locks_held())
		panic("sim: an allocation that may sleep, with %u spinlocks held", spin_locks_held());
	return __real_should_fail_alloc(gfp);
}

/* ---- race points ---- */

bool second_look_left_out;
unsigned long race_seed;		/* not 0: kernel/mm tells where it is */
static const char *race_name;
static void (*race_fn)(void);

void sim_at_race_point(const char *name, void (*fn)(void))
{
	race_name = name;
	race_fn = fn;
	race_seed = !!fn;
}

bool sim_race_point_passed(void)
{
	return !race_fn;
}

void race_delay(const char *name, const void *caller, bool may_sleep)
{
	unsigned int self = this_cpu_id();
	void (*fn)(void) = race_fn;

	(void)caller;
	(void)may_sleep;
	if (strcmp(name, race_name) != 0)
		return;
	sim_at_race_point(NULL, NULL);	/* once */
	fn();
	sim_set_hart(self);
}

/* ---- the hardware's walk ---- */

bool hart_will_flush(unsigned int hart)
{
	return tlb_hart_will_flush(hart);
}

u64 walker_load(const u64 *entry)
{
	return *entry;
}

bool walker_set(u64 *entry, u64 old, u64 bits)
{
	*entry = old | bits;		/* nobody else can have changed it */
	return true;
}

/* ---- harts ---- */

void sim_set_hart(unsigned int hart)
{
	current_task = &hart_tasks[hart];
}

void sim_run(struct mm_struct *mm)
{
	unsigned int hart = this_cpu_id();

	sim_quiescent();
	tlb_defer_end();
	switch_mm(mm);
	running[hart] = mm;
	if (mm && tlb_model_root(hart) != virt_to_phys(mm->pgd))
		panic("sim: hart %u runs with the wrong page table", hart);
	tlb_model_audit(hart);
}

void sim_leave(struct mm_struct *mm)
{
	unsigned int self = this_cpu_id();

	for (unsigned int hart = 0; hart < SIM_HARTS; hart++) {
		if (running[hart] != mm)
			continue;
		sim_set_hart(hart);
		sim_run(NULL);
	}
	sim_set_hart(self);
}

void sim_audit(struct mm_struct *mm)
{
	for (unsigned int hart = 0; hart < SIM_HARTS; hart++)
		if (running[hart] == mm)
			tlb_model_audit(hart);
}

/* ---- user memory ---- */

/* Where @va is, for an access of this hart; faults are handled. */
static enum vm_fault user_address(unsigned long va, enum sim_access type, void **at)
{
	static const unsigned int flags[] = {
		[SIM_READ] = 0, [SIM_WRITE] = FAULT_FLAG_WRITE, [SIM_EXEC] = FAULT_FLAG_EXEC,
	};
	unsigned int hart = this_cpu_id();
	enum vm_fault fault;
	unsigned long pa;

	BUG_ON(!uaccess_allowed());

	for (int tries = 0; tries < 8; tries++) {
		if (tlb_model_translate(hart, va, type, &pa)) {
			*at = phys_to_virt(pa);
			return VM_FAULT_DONE;
		}
		sim_stats.faults++;
		tlb_defer_begin(running[hart]);
		fault = handle_mm_fault(running[hart], va, flags[type] | FAULT_FLAG_USER);
		tlb_defer_end();
		if (fault != VM_FAULT_DONE)
			return fault;
	}
	panic("sim: access %d at %#lx faults for ever", (int)type, va);
}

enum vm_fault sim_access(unsigned long va, enum sim_access type, u64 *word)
{
	enum vm_fault fault;
	void *at;

	BUG_ON(!running[this_cpu_id()] || va % sizeof(*word));
	sim_quiescent();
	sim_stats.accesses++;
	fault = user_address(va, type, &at);
	if (fault != VM_FAULT_DONE)
		return fault;
	if (type == SIM_EXEC) {
		*word = tlb_model_fetch(this_cpu_id(), virt_to_phys(at));
	} else if (type == SIM_WRITE) {
		*(u64 *)at = *word;
		tlb_model_stored(virt_to_phys(at));
	} else {
		*word = *(u64 *)at;
	}
	return VM_FAULT_DONE;
}

/* One direction of a user copy; page by page. */
static int user_copy(unsigned long va, void *buf, size_t n, enum sim_access type)
{
	if (!access_ok(va, n))
		return -EFAULT;
	while (n) {
		size_t part = min(n, PAGE_SIZE - (va & (PAGE_SIZE - 1)));
		void *at;

		if (user_address(va, type, &at) != VM_FAULT_DONE)
			return -EFAULT;
		if (type == SIM_WRITE)
			memcpy(at, buf, part);
		else
			memcpy(buf, at, part);
		va += part;
		buf = (char *)buf + part;
		n -= part;
	}
	return 0;
}

int copy_from_user(void *dst, unsigned long uaddr, size_t n)
{
	return user_copy(uaddr, dst, n, SIM_READ);
}

int copy_to_user(unsigned long uaddr, const void *src, size_t n)
{
	return user_copy(uaddr, (void *)src, n, SIM_WRITE);
}

static struct page *page_at(const struct mm_struct *mm, unsigned long va)
{
	pte_t *ptep = pgtable_walk(mm, va);

	return ptep && pte_present(pte_read(ptep)) ? pte_page(pte_read(ptep)) : NULL;
}

enum sim_content sim_peek(const struct mm_struct *mm, unsigned long va, u64 *word)
{
	pte_t *ptep = pgtable_walk(mm, va);
	struct page *page = page_at(mm, va);

	if (!page)
		return ptep && !pte_none(pte_read(ptep)) ? SIM_SWAPPED : SIM_NOTHING;
	*word = *(u64 *)((char *)page_to_virt(page) + (va & (PAGE_SIZE - 1)));
	return SIM_IN_MEMORY;
}

bool sim_has_copy(const struct mm_struct *mm, unsigned long va)
{
	pte_t *ptep = pgtable_walk(mm, va);
	struct page *page = page_at(mm, va);

	return page ? page_is_anon(page) : ptep && pte_is_swap(pte_read(ptep));
}

/* ---- power on ---- */

/* Leave @frames free: what a driver that never gives back would do. */
static void take_the_rest(unsigned long frames)
{
	while (nr_free_pages() > frames)
		BUG_ON(!alloc_page(GFP_NOWAIT | __GFP_NOFAIL_INJECT));
}

void sim_boot(void)
{
	nr_cpus = SIM_HARTS;
	tlb_model_reset();
	memset(running, 0, sizeof(running));
	for (unsigned int hart = 0; hart < SIM_HARTS; hart++)
		hart_tasks[hart].cpu = hart;
	sim_set_hart(0);
	world_start(SIM_RAM);
	slab_init();
	maple_port_init();
	mm_init();
	BUG_ON(sim_swapon());
	if (sim_config.frames)
		take_the_rest(sim_config.frames);
	balance_start();
}

void sim_shutdown_check(void)
{
	sim_check_no_locks();
	balance_check();
}
