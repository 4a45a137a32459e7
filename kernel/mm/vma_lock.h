/* SPDX-License-Identifier: MIT */
/*
 * The lock of one VMA, by which a fault finds and keeps it without mmap_lock.
 *
 *	fault					who holds mmap_lock for writing
 *	find the VMA under RCU
 *	vm_readers++				vm_lock_seq = mm_lock_seq	"write-locked"
 *	   (acquire: before the loads)		fence
 *	vm_lock_seq == mm_lock_seq? give up	vm_readers? wait until there are none
 *	is addr still inside? else give up	... change bounds, flags, tree ...
 *	... handle the fault ...
 *	vm_readers--				mm_lock_seq++: all write locks are gone; then mmap_lock
 *
 * Each side writes its word and then reads the other's, with a fence in between (RVWMO: the AMO with .aq, the fence), so at least one
 * sees the other: no fault runs while its VMA changes. A reader never waits: it gives up, counted by reason, and takes
 * mmap_lock.
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
#include "kernel/mm/mm_types.h"

/* vm_area_struct.vm_readers: a writer sleeps until all the others have left | faults that hold it. */
#define VMA_WRITER_WAITS	0x80000000u

/* @mm: the VMA's. */
static inline bool vma_is_write_locked(const struct mm_struct *mm, const struct vm_area_struct *vma)
{
	/* In this order: a newer mm_lock_seq says that a lock taken under an older one is gone, and brings what was changed. */
	u32 locked = READ_ONCE(vma->vm_lock_seq);

	return locked == __atomic_load_n(&mm->mm_lock_seq, __ATOMIC_ACQUIRE);
}

/* vma_end_read() - the fault is done with @vma. */
void vma_wake_writer(struct vm_area_struct *vma);
static inline void vma_end_read(struct vm_area_struct *vma)
{
	if (unlikely(__atomic_fetch_sub(&vma->vm_readers, 1, __ATOMIC_RELEASE) == (VMA_WRITER_WAITS | 1)))
		vma_wake_writer(vma);
}

/* vma_start_read() - false: @vma, of @mm, is write-locked. Inside an RCU section. */
static inline bool vma_start_read(const struct mm_struct *mm, struct vm_area_struct *vma)
{
	__atomic_fetch_add(&vma->vm_readers, 1, __ATOMIC_ACQ_REL);	/* .aqrl: before the loads that follow */
	if (likely(!vma_is_write_locked(mm, vma)))
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

/* vma_lock_find() - the VMA of @mm at @addr, locked for reading; NULL, counted: none, or a writer has it. */
struct vm_area_struct *vma_lock_find(struct mm_struct *mm, unsigned long addr);

/* vma_lock_neighbour() - the same for one that may be missing or busy without a fault being the worse for it: not counted. */
struct vm_area_struct *vma_lock_neighbour(struct mm_struct *mm, unsigned long addr);

/* vma_lock_setup() - the boot argument vmalock=off: all faults take mmap_lock, to compare. */
void vma_lock_setup(bool on);

static inline void vma_assert_write_locked(const struct vm_area_struct *vma)
{
	VM_BUG_ON(mm_is_shared(vma->vm_mm) && !vma_is_write_locked(vma->vm_mm, vma));
	VM_BUG_ON(!rwsem_is_write_held(&vma->vm_mm->mmap_lock));
}

/* vma_assert_locked() - may its fields be read? */
static inline void vma_assert_locked(const struct vm_area_struct *vma)
{
	VM_BUG_ON(!(READ_ONCE(vma->vm_readers) & ~VMA_WRITER_WAITS) && !rwsem_is_locked(&vma->vm_mm->mmap_lock));
}

#endif
