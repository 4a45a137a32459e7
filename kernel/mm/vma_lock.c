/* SPDX-License-Identifier: MIT */
/* Finding a VMA and its lock; vma_lock.h. */
#include "kernel/core/race.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/vma.h"
#include "kernel/mm/vma_lock.h"
#include "kernel/mm/vmstat.h"
#include "kernel/sched/rcu.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/wait.h"

/* Writers that wait for the readers of a VMA, by its address: the last reader may not touch the mm, which may go. */
#define NR_QUEUES	64
static struct wait_queue queues[NR_QUEUES];

static bool switched_off;

void vma_lock_init(void)
{
	for (unsigned int i = 0; i < NR_QUEUES; i++)
		init_wait_queue(&queues[i]);
}

void vma_lock_setup(bool on)
{
	switched_off = !on;
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
	mmap_assert_write_locked(vma->vm_mm);
	WRITE_ONCE(vma->vm_lock_seq, vma->vm_mm->mm_lock_seq);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);	/* "locked" before the look at the readers; see vma_lock.h */
	race_point_sleep("vma_start_write: marked, readers not looked at");
	if (likely(!__atomic_load_n(&vma->vm_readers, __ATOMIC_ACQUIRE)))
		return;
	__atomic_fetch_or(&vma->vm_readers, VMA_WRITER_WAITS, __ATOMIC_SEQ_CST);
	wait_event(queue_of(vma), __atomic_load_n(&vma->vm_readers, __ATOMIC_ACQUIRE) == VMA_WRITER_WAITS);
	__atomic_fetch_and(&vma->vm_readers, ~VMA_WRITER_WAITS, __ATOMIC_RELAXED);
}

/* Lock what the tree has at @addr. NULL with *@missed VMALOCK_NONE or VMALOCK_BUSY. */
static inline struct vm_area_struct *find_and_lock(struct mm_struct *mm, unsigned long addr, enum vm_event *missed)
{
	struct vm_area_struct *vma;

	*missed = VMALOCK_NONE;
	rcu_read_lock();
	vma = vma_lookup(mm, addr);
	if (unlikely(!vma))
		goto out;
	race_point("vma_lock_find: found, not locked");
	*missed = VMALOCK_BUSY;
	if (unlikely(!vma_start_read(mm, vma))) {
		vma = NULL;
	} else if (unlikely(addr < vma->vm_start || addr >= vma->vm_end)) {
		vma_end_read(vma);
		vma = NULL;
	}
out:
	rcu_read_unlock();
	return vma;
}

struct vm_area_struct *vma_lock_find(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma;
	enum vm_event missed;

	if (unlikely(switched_off))
		return NULL;
	vma = find_and_lock(mm, addr, &missed);
	if (unlikely(!vma))
		count_vm_event(missed);
	return vma;
}

struct vm_area_struct *vma_lock_neighbour(struct mm_struct *mm, unsigned long addr)
{
	enum vm_event missed;

	return find_and_lock(mm, addr, &missed);
}
