/* SPDX-License-Identifier: MIT */
/* The slow side of a VMA's lock; vma_lock.h. */
#include "kernel/core/race.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/vma_lock.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/wait.h"

/* Writers that wait for the readers of a VMA, by its address: the last reader may not touch the mm, which may go. */
#define NR_QUEUES	64
static struct wait_queue queues[NR_QUEUES];

void vma_lock_init(void)
{
	for (unsigned int i = 0; i < NR_QUEUES; i++)
		init_wait_queue(&queues[i]);
}

u32 vma_lock_step = 1;

void vma_lock_setup(bool on)
{
	vma_lock_step = on;
}

static struct wait_queue *queue_of(const struct vm_area_struct *vma)
{
	return &queues[(unsigned long)vma / 64 % NR_QUEUES];
}

void vma_wake_writer(struct vm_area_struct *vma)
{
	wake_up(queue_of(vma));
}

void vma_start_write_slow(struct vm_area_struct *vma)
{
	u64 until = 0;

	mmap_assert_write_locked(vma->vm_mm);
	WRITE_ONCE(vma->vm_lock_seq, vma->vm_mm->mm_lock_seq);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);	/* "locked" before the look at the readers; see vma_lock.h */
	race_point_sleep("vma_start_write: marked, readers not looked at");
	do {
		if (likely(!__atomic_load_n(&vma->vm_readers, __ATOMIC_ACQUIRE)))
			return;
	} while (spin_a_while(&until));
	__atomic_fetch_or(&vma->vm_readers, VMA_WRITER_WAITS, __ATOMIC_SEQ_CST);
	wait_event(queue_of(vma), __atomic_load_n(&vma->vm_readers, __ATOMIC_ACQUIRE) == VMA_WRITER_WAITS);
	__atomic_fetch_and(&vma->vm_readers, ~VMA_WRITER_WAITS, __ATOMIC_RELAXED);
}

/* Returns whether *@vma, found at @addr or above, is held now; with false, NULL says that there is none. */
static bool find_and_hold(struct mm_struct *mm, unsigned long addr, struct vm_area_struct **vma)
{
	unsigned long index = addr;
	bool held;

	rcu_read_lock();
	*vma = mt_find(&mm->mm_mt, &index, ~0UL);
	held = *vma && vma_start_read(mm, *vma);
	if (held && (*vma)->vm_end <= addr) {	/* it has shrunk meanwhile, or is gone */
		vma_end_read(*vma);
		held = false;
	}
	rcu_read_unlock();
	return held;
}

bool vma_read_next(struct mm_struct *mm, unsigned long addr, struct vma_reader *r)
{
	r->mmap_lock = false;
	if (find_and_hold(mm, addr, &r->vma))
		return true;
	if (!r->vma)
		return false;
	mmap_read_lock(mm);
	r->vma = find_vma(mm, addr);
	r->mmap_lock = r->vma;
	if (!r->vma)
		mmap_read_unlock(mm);
	return r->vma;
}

void vma_read_done(struct mm_struct *mm, const struct vma_reader *r)
{
	if (r->mmap_lock)
		mmap_read_unlock(mm);
	else
		vma_end_read(r->vma);
}
