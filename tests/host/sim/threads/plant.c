/* SPDX-License-Identifier: MIT */
/*
 * Between kernel/mm and its locks (the linker's --wrap): counts the spinlocks that a hart holds, and leaves some
 * locks and other steps out when a test has asked for it, to see whether that is noticed.
 */
#include "kernel/core/bug.h"
#include "kernel/mm/frame/page_internal.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/tlb.h"
#include "kernel/sched/rwsem.h"
#include "tests/host/sim/threads/threads.h"

#define NR_KNOWN	64u

enum plant planted;
bool plant_no_release;
const char *const plant_names[NR_PLANTS] = {
	"none", "counter", "fault-lock", "zone-lock", "i-mmap", "flush", "mm-list", "vma-wait", "grace", "rcu-mode",
	"second-look", "release", "tables",
};

_Thread_local bool plant_in_fault;
static _Thread_local unsigned int spinlocks;
static struct mm_struct *mms[NR_KNOWN];
static struct memobj *objects[NR_KNOWN];

void plant_know_mm(unsigned int slot, struct mm_struct *mm)
{
	BUG_ON(slot >= NR_KNOWN);
	__atomic_store_n(&mms[slot], mm, __ATOMIC_RELAXED);
}

void plant_know_object(unsigned int slot, struct memobj *obj)
{
	BUG_ON(slot >= NR_KNOWN);
	__atomic_store_n(&objects[slot], obj, __ATOMIC_RELAXED);
}

unsigned int hart_spinlocks(void)
{
	return spinlocks;
}

/* Of an mm, or of a table: those stand in their struct page. */
static bool is_page_table_lock(const spinlock_t *lock)
{
	for (unsigned int i = 0; i < NR_KNOWN; i++) {
		struct mm_struct *mm = __atomic_load_n(&mms[i], __ATOMIC_RELAXED);

		if (mm && lock == &mm->page_table_lock)
			return true;
	}
	return (const char *)lock >= (const char *)pfn_to_page(min_pfn) && (const char *)lock < (const char *)pfn_to_page(max_pfn);
}

static bool is_i_mmap_lock(const struct rw_semaphore *sem)
{
	for (unsigned int i = 0; i < NR_KNOWN; i++) {
		struct memobj *obj = __atomic_load_n(&objects[i], __ATOMIC_RELAXED);

		if (obj && sem == &obj->i_mmap_lock)
			return true;
	}
	return false;
}

static bool leave_out(const spinlock_t *lock)
{
	switch (planted) {
	case PLANT_FAULT_LOCK:
		return plant_in_fault && is_page_table_lock(lock);
	case PLANT_ZONE_LOCK:
		return lock == &zone.lock;
	case PLANT_MM_LIST:
		return lock == &mm_list_lock;
	default:
		return false;
	}
}

void __real_spin_lock(spinlock_t *lock);
void __wrap_spin_lock(spinlock_t *lock);
void __real_spin_unlock(spinlock_t *lock);
void __wrap_spin_unlock(spinlock_t *lock);
bool __real_spin_is_held(const spinlock_t *lock);
bool __wrap_spin_is_held(const spinlock_t *lock);
void __real_vma_start_write_slow(struct vm_area_struct *vma);
void __wrap_vma_start_write_slow(struct vm_area_struct *vma);
void __real_tlb_remove_table(struct mmu_gather *tlb, struct page *table);
void __wrap_tlb_remove_table(struct mmu_gather *tlb, struct page *table);
void __real_down_write(struct rw_semaphore *sem);
void __wrap_down_write(struct rw_semaphore *sem);
void __real_up_write(struct rw_semaphore *sem);
void __wrap_up_write(struct rw_semaphore *sem);

void __wrap_spin_lock(spinlock_t *lock)
{
	spinlocks++;
	if (!leave_out(lock))
		__real_spin_lock(lock);
}

void spin_lock_nest_lock(spinlock_t *lock, const spinlock_t *outer)
{
	BUG_ON(!spin_is_held(outer));
	__wrap_spin_lock(lock);
}

void __wrap_spin_unlock(spinlock_t *lock)
{
	spinlocks--;
	if (!leave_out(lock))
		__real_spin_unlock(lock);
}

bool __wrap_spin_is_held(const spinlock_t *lock)
{
	return leave_out(lock) || __real_spin_is_held(lock);
}

/* Marked, so that the assertions are content. */
void __wrap_vma_start_write_slow(struct vm_area_struct *vma)
{
	if (planted == PLANT_VMA_WAIT)
		WRITE_ONCE(vma->vm_lock_seq, vma->vm_mm->mm_lock_seq);
	else
		__real_vma_start_write_slow(vma);
}

void __wrap_tlb_remove_table(struct mmu_gather *tlb, struct page *table)
{
	if (planted != PLANT_TABLES) {
		__real_tlb_remove_table(tlb, table);
		return;
	}
	page_clear(table, PG_pgtable);
	put_page(table);
}

void __wrap_down_write(struct rw_semaphore *sem)
{
	if (planted != PLANT_I_MMAP || !is_i_mmap_lock(sem))
		__real_down_write(sem);
}

void __wrap_up_write(struct rw_semaphore *sem)
{
	if (planted != PLANT_I_MMAP || !is_i_mmap_lock(sem))
		__real_up_write(sem);
}
