/* SPDX-License-Identifier: MIT */
/*
 * The lock of one VMA, by which a fault finds and keeps it without mmap_lock.
 *
 *	fault					who holds mmap_lock for writing
 *	find the VMA under RCU
 *	seq = mm_lock_seq			vm_lock_seq = mm_lock_seq	"write-locked"
 *	vm_readers++ (.aqrl)			fence
 *	vm_lock_seq >= seq? give up		vm_readers? wait until there are none
 *	is addr inside? else give up		... change bounds, flags, tree ...
 *	... handle the fault ...
 *	vm_readers-- (.rl)			mm_lock_seq++ (release): all write locks are gone; then mmap_lock
 *
 * Each side writes its word and then reads the other's, with a fence in between (RVWMO: the acquire-release AMO, the fence;
 * docs/litmus.md, tests/spin/vma_lock.pml), so at least one sees the other: no fault runs while its VMA changes. A lock of an older writer shows a number below seq, since
 * that one has increased mm_lock_seq when it was done; and what it changed is seen, since seq was loaded before the AMO and the VMA
 * is read after it. A reader never waits: it gives up, counted by reason, and takes mmap_lock.
 *
 * A VMA that has left the tree may be found by a walk that began before. It is write-locked when it leaves, is empty
 * ([0, 0)) before the lock is gone, and is freed after an RCU grace period, as the nodes of the tree are. All that from the moment
 * on when the address space gets a second user (mm_set_shared()); before, nobody can be beside the one that changes it.
 *
 * Who reads a VMA holds mmap_lock or this lock; who changes what a fault depends on (bounds, flags, anon_vma once it is set, the tree)
 * holds mmap_lock for writing and has called vma_start_write(). A fault may set anon_vma for the first time: rmap.c.
 */
#ifndef KERNEL_MM_VMA_LOCK_H
#define KERNEL_MM_VMA_LOCK_H

#include "kernel/core/bug.h"
#include "kernel/core/race.h"
#include "kernel/mm/mm_types.h"
#include "kernel/mm/vma.h"

/* vm_area_struct.vm_readers: faults that hold it, times this, and a writer that sleeps until they have left. */
#define VMA_READER		2u
#define VMA_WRITER_WAITS	1u

/* vma_end_read() - the fault is done with @vma. */
void vma_wake_writer(struct vm_area_struct *vma);
static inline void vma_end_read(struct vm_area_struct *vma)
{
	if (unlikely(__atomic_fetch_sub(&vma->vm_readers, VMA_READER, __ATOMIC_RELEASE) == (VMA_READER | VMA_WRITER_WAITS)))
		vma_wake_writer(vma);
}

/* vma_start_read() - false: @vma, of @mm, is write-locked. Inside an RCU section. */
static inline bool vma_start_read(const struct mm_struct *mm, struct vm_area_struct *vma)
{
	u32 seq = READ_ONCE(mm->mm_lock_seq);

	__atomic_fetch_add(&vma->vm_readers, VMA_READER, __ATOMIC_ACQ_REL);
	/* As a difference: the numbers wrap. A VMA that was locked two billion writers ago seems locked; it is the slower for it. */
	if (likely((s32)(READ_ONCE(vma->vm_lock_seq) - seq) < 0))
		return true;
	vma_end_read(vma);
	return false;
}

/*
 * vma_start_write() - nobody else reads @vma until mmap_lock is dropped: to be called before anything in it changes. mmap_lock
 * held for writing, no rmap lock. May sleep. An address space with a single user has no readers beside the writer.
 */
void vma_start_write_slow(struct vm_area_struct *vma);
static inline void vma_start_write(struct vm_area_struct *vma)
{
	if (unlikely(mm_is_shared(vma->vm_mm)) && READ_ONCE(vma->vm_lock_seq) != vma->vm_mm->mm_lock_seq)
		vma_start_write_slow(vma);
}

/* vma_lock_find() - the VMA of @mm at @addr, locked for reading; NULL: there is none, or a writer has it. */
static inline struct vm_area_struct *vma_lock_find(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma;

	rcu_read_lock();
	vma = vma_lookup(mm, addr);
	race_point("vma_lock_find: found, not locked");
	if (unlikely(!vma || !vma_start_read(mm, vma))) {
		vma = NULL;
	} else if (unlikely(addr < vma->vm_start || addr >= vma->vm_end)) {
		vma_end_read(vma);
		vma = NULL;
	}
	rcu_read_unlock();
	return vma;
}

/*
 * For queries, which do not stop the process that they look at. vma_read_next() - the first VMA of @mm that ends above @addr, held by
 * its own lock, or by mmap_lock where a writer has that. False: there is none. vma_read_done() - let it go.
 */
struct vma_reader {
	struct vm_area_struct *vma;
	bool mmap_lock;
};
bool vma_read_next(struct mm_struct *mm, unsigned long addr, struct vma_reader *r);
void vma_read_done(struct mm_struct *mm, const struct vma_reader *r);

static inline void vma_assert_write_locked(const struct vm_area_struct *vma)
{
	VM_BUG_ON(mm_is_shared(vma->vm_mm) && vma->vm_lock_seq != vma->vm_mm->mm_lock_seq);
	VM_BUG_ON(!rwsem_is_write_held(&vma->vm_mm->mmap_lock));
}

/* vma_assert_locked() - may its fields be read? */
static inline void vma_assert_locked(const struct vm_area_struct *vma)
{
	VM_BUG_ON(READ_ONCE(vma->vm_readers) < VMA_READER && !rwsem_is_locked(&vma->vm_mm->mmap_lock));
}

#endif
