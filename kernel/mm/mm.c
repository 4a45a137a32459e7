/* SPDX-License-Identifier: MIT */
/*
 * Birth and death of address spaces. fork is in fork.c; loading one on a hart in tlb.c.
 */
#include "kernel/mm/internal.h"
#include "kernel/mm/page_lock.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/reclaim/reclaim.h"
#include "kernel/mm/tlb.h"
#include "kernel/mm/vma.h"
#include "kernel/mm/vmstat.h"
#include "kernel/sched/sched.h"
#include "lib/string.h"

#define STACK_RLIMIT_DEFAULT	(8UL << 20)
#define MMAP_BASE_GAP_MIN	(128UL << 20)	/* between STACK_TOP and the highest mapping */
#define MMAP_BASE_GAP_MAX	(TASK_SIZE / 6 * 5)

struct list_head mm_list = LIST_HEAD_INIT(mm_list);
DEFINE_SPINLOCK(mm_list_lock);
unsigned long vm_events[NR_CPUS][32];

static struct kmem_cache *mm_cache;

unsigned long vm_event_sum(enum vm_event e)
{
	unsigned long sum = 0;

	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		sum += READ_ONCE(vm_events[cpu][e]);
	return sum;
}

void mm_init(void)
{
	mm_cache = kmem_cache_create("mm_struct", sizeof(struct mm_struct), 0, 0, NULL);
	maple_tree_init();
	vma_init();
	vma_lock_init();
	rmap_init();
	memobj_init();
	page_lock_init();
	pgtable_init();
	tlb_init();
	reclaim_init();
}

/* The highest address of mmap's search: below the room that the stack may grow into. */
static unsigned long mmap_base(unsigned long stack_limit)
{
	unsigned long gap = stack_limit + STACK_GUARD_GAP;

	if (gap < stack_limit || gap > MMAP_BASE_GAP_MAX)
		gap = MMAP_BASE_GAP_MAX;
	return PAGE_ALIGN(STACK_TOP - max(gap, MMAP_BASE_GAP_MIN));
}

/* Everything but the tree's contents and the page table. */
static void mm_init_struct(struct mm_struct *mm)
{
	memset(mm, 0, sizeof(*mm));
	init_rwsem(&mm->mmap_lock);
	mt_init_flags(&mm->mm_mt, MT_FLAGS_ALLOC_RANGE | MT_FLAGS_LOCK_EXTERN);
	mt_set_external_lock(&mm->mm_mt, &mm->mmap_lock);
	spin_lock_init(&mm->page_table_lock);
	atomic_set(&mm->mm_users, 1);
	mm->mm_lock_seq = 1;
	mm->rlim_as = mm->rlim_data = ~0UL;
	mm->rlim_stack = STACK_RLIMIT_DEFAULT;
	mm->mmap_base = mmap_base(mm->rlim_stack);
}

struct mm_struct *mm_alloc(void)
{
	struct mm_struct *mm = kmem_cache_alloc(mm_cache, GFP_KERNEL);

	if (!mm)
		return NULL;
	mm_init_struct(mm);
	mm->pgd = pgtable_alloc_root();
	if (!mm->pgd) {
		kmem_cache_free(mm_cache, mm);
		return NULL;
	}
	spin_lock(&mm_list_lock);
	list_add_tail(&mm->mm_list, &mm_list);
	spin_unlock(&mm_list_lock);
	return mm;
}

void mmget(struct mm_struct *mm)
{
	VM_BUG_ON_MM(atomic_read(&mm->mm_users) <= 0, mm);
	atomic_inc(&mm->mm_users);
}

void mm_set_shared(struct mm_struct *mm)
{
	if (likely(mm_is_shared(mm)))
		return;
	mmap_write_lock(mm);
	mt_set_in_rcu(&mm->mm_mt);
	mmap_write_unlock(mm);
}

int for_each_mm(int (*fn)(struct mm_struct *mm))
{
	struct mm_struct *mm, *prev = NULL;
	int err = 0;

	/* One reference at a time; a listed mm whose users are 0 is about to leave the list. */
	spin_lock(&mm_list_lock);
	list_for_each_entry(mm, &mm_list, mm_list) {
		if (!atomic_inc_not_zero(&mm->mm_users))
			continue;
		spin_unlock(&mm_list_lock);
		if (prev)
			mmput(prev);
		prev = mm;		/* keeps its place in the list until the next is found */
		err = fn(mm);
		spin_lock(&mm_list_lock);
		if (err)
			break;
	}
	spin_unlock(&mm_list_lock);
	if (prev)
		mmput(prev);
	return err;
}

/*
 * All pages and tables of @mm. Tables are freed from low addresses up: below a VMA none is left, so
 * each VMA frees all tables up to the start of the next.
 */
static void unmap_all(struct mm_struct *mm)
{
	struct vm_area_struct *vma, *next;
	struct mmu_gather tlb;

	VMA_ITERATOR(vmi, mm, 0);
	tlb_gather_mmu(&tlb, mm);
	for (vma = vma_next(&vmi); vma; vma = next) {
		next = vma_next(&vmi);
		unmap_page_range(&tlb, vma, vma->vm_start, vma->vm_end);
		pgtable_free_range(&tlb, vma->vm_start, vma->vm_end, 0, next ? next->vm_start : TASK_SIZE);
		cond_resched();
	}
	if (mm->pgtables_bytes)		/* in a hole, left by a move that ran out of memory */
		pgtable_free_range(&tlb, 0, TASK_SIZE, 0, TASK_SIZE);
	tlb_finish_mmu(&tlb);
}

/* Unmap and free all; no other task can reach @mm, except through reverse mapping, which this undoes. */
static void exit_mmap(struct mm_struct *mm)
{
	struct vm_area_struct *vma;

	mmap_write_lock(mm);
	mt_clear_in_rcu(&mm->mm_mt);	/* nobody is left who could be looking */
	unmap_all(mm);
	VMA_ITERATOR(vmi, mm, 0);
	for_each_vma(vmi, vma) {
		vm_stat_account(mm, vma->vm_flags, -(long)vma_pages(vma));
		vm_uncharge(vma->vm_flags, vma_pages(vma));
		vma_unmapped(vma);
		cond_resched();
	}
	__mt_destroy(&mm->mm_mt);
	mmap_write_unlock(mm);

	VM_WARN_ON(mm->map_count || mm->total_vm || mm->nr_anon || mm->nr_file || mm->nr_shmem);
	VM_WARN_ON(mm->pgtables_bytes || mm->nr_swap);
}

void mmput(struct mm_struct *mm)
{
	if (!atomic_dec_and_test(&mm->mm_users))
		return;
	spin_lock(&mm_list_lock);
	list_del(&mm->mm_list);
	spin_unlock(&mm_list_lock);
	tlb_forget_mm(mm);
	exit_mmap(mm);
	rwsem_destroy(&mm->mmap_lock);
	pgtable_free_root(mm->pgd);
	kmem_cache_free(mm_cache, mm);
}
