/* SPDX-License-Identifier: MIT */
/*
 * mremap: a mapping shrinks, grows in place, or moves. A move takes page-table entries along, never contents;
 * where source and destination are both aligned to 2 MiB, it takes whole last-level tables:
 *
 *	before	pmd[src] -> table -> pages	pmd[dst] -> nothing
 *	after	pmd[src] -> nothing		pmd[dst] -> the same table
 *
 * Before the commit line of move_vma(), tables for the destination exist, and a source that is to go is a VMA by itself.
 */
#include "kernel/mm/account.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/mmap.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/tlb.h"
#include "kernel/mm/vma.h"
#include "kernel/sched/sched.h"
#include "uapi/mman.h"

/* One mremap on its way. Bytes; lengths are multiples of a page. */
struct mremap {
	struct mm_struct *mm;
	struct vm_area_struct *vma;	/* the one that covers addr */
	unsigned long addr, old_len, new_len;
	unsigned long flags, new_addr;
};

/* ---- moving entries ---- */

/* How far from @off both sides stay inside one last-level table each. */
static unsigned long step_len(unsigned long src, unsigned long dst, unsigned long left)
{
	unsigned long n = min(PMD_SIZE - (src & ~PMD_MASK), PMD_SIZE - (dst & ~PMD_MASK));

	return min(n, left);
}

/* May the whole table of @src become that of @dst? */
static bool whole_table(struct mm_struct *mm, unsigned long src, unsigned long dst, unsigned long n)
{
	pte_t *to = pgtable_walk_pmd(mm, dst);

	return n == PMD_SIZE && (!to || pte_none(pte_read(to))) && IS_ALIGNED(src | dst, PMD_SIZE);
}

/* Make every table that move_entries() will need. False: no memory. */
static bool prepare_tables(struct mm_struct *mm, unsigned long src, unsigned long dst, unsigned long len)
{
	unsigned long n;

	for (; len; src += n, dst += n, len -= n) {
		pte_t *from = pgtable_walk_pmd(mm, src);

		n = step_len(src, dst, len);
		if (!from || pte_none(pte_read(from)))
			continue;
		if (whole_table(mm, src, dst, n) ? !pgtable_alloc_pmd(mm, dst) : !pgtable_alloc(mm, dst))
			return false;
		cond_resched();
	}
	return true;
}

/*
 * Entries of one table to another one, or to another place in the same. Nobody else takes the locks of two tables of one mm, so their
 * order does not matter: mmap_lock is held for writing.
 */
static void move_ptes(struct mm_struct *mm, unsigned long src, unsigned long dst, unsigned long n)
{
	pte_t *from = pgtable_walk(mm, src), *to = pgtable_walk(mm, dst);
	spinlock_t *from_ptl = pte_lockptr(from), *to_ptl = pte_lockptr(to);

	spin_lock(from_ptl);
	if (to_ptl != from_ptl)
		spin_lock(to_ptl);
	for (; n; n -= PAGE_SIZE, from++, to++) {
		if (pte_none(pte_read(from)))
			continue;
		VM_BUG_ON(!pte_none(pte_read(to)));
		pte_write(to, pte_xchg(from, (pte_t){ 0 }));
	}
	if (to_ptl != from_ptl)
		spin_unlock(to_ptl);
	spin_unlock(from_ptl);
}

/* The entries of one step, or their whole table. */
static void move_step(struct mm_struct *mm, unsigned long src, unsigned long dst, unsigned long n)
{
	pte_t *from = pgtable_walk_pmd(mm, src);

	if (!from || pte_none(pte_read(from)))
		return;
	if (!whole_table(mm, src, dst, n)) {
		move_ptes(mm, src, dst, n);
		return;
	}
	spin_lock(&mm->page_table_lock);
	pte_write(pgtable_walk_pmd(mm, dst), pte_xchg(from, (pte_t){ 0 }));
	spin_unlock(&mm->page_table_lock);
}

/*
 * Move the entries of [src, src + len) of @vma. The rmap locks are held throughout: a walk that restores
 * migration entries must not look at the destination before, and at the source after.
 */
static void move_entries(struct vm_area_struct *vma, unsigned long src, unsigned long dst, unsigned long len)
{
	unsigned long n, start = src, end = src + len;
	struct mm_struct *mm = vma->vm_mm;
	struct anon_vma *root = vma->anon_vma ? vma->anon_vma->root : NULL;

	if (vma->vm_file)
		down_write(&vma->vm_file->i_mmap_lock);
	if (root)
		down_write(&root->rwsem);
	for (; len; src += n, dst += n, len -= n) {
		n = step_len(src, dst, len);
		move_step(mm, src, dst, n);
		cond_resched();
	}
	if (root)
		up_write(&root->rwsem);
	if (vma->vm_file)
		up_write(&vma->vm_file->i_mmap_lock);
	if (flush_site_active(FLUSH_MREMAP))
		flush_tlb_range(mm, start, end);
}

/* ---- moving a mapping ---- */

/* The VMA of the destination, detached. NULL: no memory. */
static struct vm_area_struct *destination_vma(struct mremap *mr)
{
	struct vm_area_struct *src = mr->vma;
	struct vm_area_struct *vma = vm_area_alloc(mr->mm, mr->new_addr, mr->new_addr + mr->new_len, src->vm_flags);

	if (!vma)
		return NULL;
	if (src->anon_vma || src->vm_file)	/* else nothing refers to the offset: start anew */
		vma->vm_pgoff = linear_page_index(src, mr->addr);
	vma->vm_file = src->vm_file;
	if (vma->vm_file)
		memobj_get(vma->vm_file);
	vma->anon_vma = src->anon_vma;
	if (anon_vma_clone(vma, src, VMA_OP_REMAP)) {
		vm_area_free(vma);
		return NULL;
	}
	return vma;
}

/*
 * After a successful move the source goes, or (DONTUNMAP) stays mapped without pages. Then its VMA was not split, and as on Linux
 * all of it is unlocked, however little has moved. @vmi: as vma_remove_whole() wants it.
 */
static void finish_source(struct mremap *mr, struct vm_area_struct *src, struct vma_iterator *vmi)
{
	if (!(mr->flags & MREMAP_DONTUNMAP)) {
		vma_remove_whole(vmi, src);
		return;
	}
	vm_stat_account(mr->mm, src->vm_flags, -(long)vma_pages(src));
	WRITE_ONCE(src->vm_flags, src->vm_flags & ~(VM_LOCKED | VM_LOCKONFAULT));
	vm_stat_account(mr->mm, src->vm_flags, vma_pages(src));
	if (!src->vm_file && src->vm_start == mr->addr && src->vm_end == mr->addr + mr->old_len)
		unlink_anon_vmas(src);	/* no page of it is left here */
}

/* Neighbours of the destination may agree with it. */
static void merge_destination(struct vma_iterator *vmi, struct vm_area_struct *vma)
{
	struct vma_merge vmg = {
		.vmi = vmi, .mm = vma->vm_mm, .middle = vma, .start = vma->vm_start, .end = vma->vm_end,
		.flags = vma->vm_flags, .pgoff = vma->vm_pgoff, .file = vma->vm_file,
	};

	vma_iter_set(vmi, vma->vm_start);	/* others have changed the tree since */
	vma_merge(&vmg);
}

/* Pages to promise before the move, beyond what the source gives back. */
static unsigned long move_charge(const struct mremap *mr)
{
	unsigned long kept = (mr->flags & MREMAP_DONTUNMAP) ? 0 : mr->old_len;

	return mr->new_len > kept ? (mr->new_len - kept) >> PAGE_SHIFT : 0;
}

/* Move [addr, addr + old_len) to new_addr, with new_len >= old_len. The new address or -ENOMEM. */
static unsigned long move_vma(struct mremap *mr)
{
	struct mm_struct *mm = mr->mm;
	unsigned long charge = move_charge(mr), pages = mr->new_len >> PAGE_SHIFT;
	bool carved = mr->old_len && !(mr->flags & MREMAP_DONTUNMAP);
	struct vm_area_struct *src = mr->vma, *dst;

	VMA_ITERATOR(vmi, mm, mr->addr);
	VMA_ITERATOR(removal, mm, mr->addr);
	if (vm_charge(mm, src->vm_flags, charge))
		return -ENOMEM;
	if (carved) {
		src = vma_carve(&vmi, src, mr->addr, mr->addr + mr->old_len);
		if (IS_ERR(src)) {
			vm_uncharge(mr->vma->vm_flags, charge);
			return -ENOMEM;
		}
		mr->vma = src;
	}
	vma_start_write(src);
	dst = destination_vma(mr);
	if (!dst)
		goto out_merge_back;
	if (!prepare_tables(mm, mr->addr, mr->new_addr, mr->old_len))
		goto out_free_dst;
	if (mm->map_count >= sysctl_max_map_count)
		goto out_free_dst;
	if (carved && vma_iter_prealloc_any(&removal))
		goto out_free_dst;
	vma_iter_set(&vmi, mr->new_addr);
	if (vma_replace_range(&vmi, mm, mr->new_addr, mr->new_addr + mr->new_len, dst))
		goto out_free_dst;

	/* commit: nothing below fails */
	vm_stat_account(mm, dst->vm_flags, pages);
	if (dst->vm_flags & VM_ACCOUNT)
		vm_commit_moved(pages - charge);
	if (mr->old_len) {		/* else a second view, and its source may just have lost the part at mr->addr */
		VM_BUG_ON_VMA(carved && vma_lookup(mm, mr->addr) != src, src);
		src = vma_lookup(mm, mr->addr);		/* not carved, it may have lost a part to the destination */
		move_entries(src, mr->addr, mr->new_addr, mr->old_len);
		finish_source(mr, src, &removal);
	}
	merge_destination(&vmi, dst);
	return mr->new_addr;

out_free_dst:
	vma_iter_free(&removal);
	vm_area_free(dst);
	if (!find_vma_intersection(mm, mr->new_addr, mr->new_addr + mr->new_len))
		free_unused_tables(mm, mr->new_addr, mr->new_addr + mr->new_len);
out_merge_back:
	vm_uncharge(src->vm_flags, charge);
	if (carved)
		merge_destination(&vmi, src);
	return -ENOMEM;
}

/* ---- the call ---- */

/* Limits for a mapping that becomes @pages larger. 0 or -errno. */
static int check_growth(struct mremap *mr, unsigned long pages)
{
	if (mr->old_len > mr->vma->vm_end - mr->addr)
		return -EFAULT;
	return may_expand_vm(mr->mm, mr->vma->vm_flags, pages) ? 0 : -ENOMEM;
}

/* Grow without moving. The address, or -ENOMEM when something is in the way (or no memory). */
static unsigned long grow_in_place(struct mremap *mr)
{
	struct vm_area_struct *vma = mr->vma;
	unsigned long delta = mr->new_len - mr->old_len, pages = delta >> PAGE_SHIFT;

	if (mr->addr + mr->old_len != vma->vm_end || vma->vm_end + delta > TASK_SIZE ||
	    vma->vm_end + delta < vma->vm_end || find_vma_intersection(mr->mm, vma->vm_end, vma->vm_end + delta))
		return -ENOMEM;
	if (vm_charge(mr->mm, vma->vm_flags, pages))
		return -ENOMEM;
	VMA_ITERATOR(vmi, mr->mm, vma->vm_start);
	if (vma_expand(&vmi, vma, vma->vm_start, vma->vm_end + delta)) {
		vm_uncharge(vma->vm_flags, pages);
		return -ENOMEM;
	}
	vm_stat_account(mr->mm, vma->vm_flags, pages);
	return mr->addr;
}

/* MREMAP_FIXED and MREMAP_DONTUNMAP: always a move, the former to new_addr. */
static unsigned long mremap_to(struct mremap *mr)
{
	unsigned long src_end = mr->addr + mr->old_len, grow;
	int err;

	if (!page_aligned(mr->new_addr) || mr->new_len > TASK_SIZE || mr->new_addr > TASK_SIZE - mr->new_len)
		return -EINVAL;
	if (src_end > mr->new_addr && mr->new_addr + mr->new_len > mr->addr)
		return -EINVAL;
	/* A second view of shared memory (old_len 0) cannot take the place of what it shows. */
	if ((mr->flags & MREMAP_FIXED) && mr->addr - mr->new_addr < mr->new_len)
		return -EFAULT;
	if (mr->old_len > mr->new_len) {
		err = do_munmap(mr->mm, mr->addr + mr->new_len, src_end);
		if (err)
			return err;
		mr->old_len = mr->new_len;
		mr->vma = vma_lookup(mr->mm, mr->addr);
	}
	grow = (mr->flags & MREMAP_DONTUNMAP ? mr->new_len : mr->new_len - mr->old_len) >> PAGE_SHIFT;
	err = check_growth(mr, grow);
	if (err)
		return err;
	if (!(mr->flags & MREMAP_FIXED)) {
		mr->new_addr = get_unmapped_area(mr->mm, mr->new_addr, mr->new_len);
		if (IS_ERR_VALUE(mr->new_addr))
			return mr->new_addr;
	} else if (mr->new_addr < MMAP_MIN_ADDR) {
		return -EPERM;
	}
	return move_vma(mr);
}

static unsigned long mremap_locked(struct mremap *mr)
{
	unsigned long ret;
	int err;

	mr->vma = vma_lookup(mr->mm, mr->addr);
	if (!mr->vma)
		return -EFAULT;
	if (!mr->old_len && !(mr->vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (mr->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP))
		return mremap_to(mr);
	if (mr->old_len >= mr->new_len) {
		err = mr->old_len == mr->new_len ? 0 :
		      do_munmap(mr->mm, mr->addr + mr->new_len, mr->addr + mr->old_len);
		return err ? (unsigned long)err : mr->addr;
	}
	err = check_growth(mr, (mr->new_len - mr->old_len) >> PAGE_SHIFT);
	if (err)
		return err;
	ret = mr->old_len ? grow_in_place(mr) : (unsigned long)-ENOMEM;
	if (!IS_ERR_VALUE(ret) || !(mr->flags & MREMAP_MAYMOVE))
		return ret;
	mr->new_addr = get_unmapped_area(mr->mm, 0, mr->new_len);
	return IS_ERR_VALUE(mr->new_addr) ? mr->new_addr : move_vma(mr);
}

/* Arguments that are wrong whatever is mapped. */
static bool mremap_args_ok(const struct mremap *mr)
{
	if (mr->flags & ~(unsigned long)(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP))
		return false;
	if ((mr->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) && !(mr->flags & MREMAP_MAYMOVE))
		return false;
	if ((mr->flags & MREMAP_DONTUNMAP) && mr->old_len != mr->new_len)
		return false;
	return page_aligned(mr->addr) && mr->new_len;
}

unsigned long mm_mremap(struct mm_struct *mm, unsigned long addr, unsigned long old_len, unsigned long new_len,
			unsigned long flags, unsigned long new_addr)
{
	struct mremap mr = {
		.mm = mm, .addr = addr, .old_len = PAGE_ALIGN(old_len), .new_len = PAGE_ALIGN(new_len),
		.flags = flags, .new_addr = new_addr,
	};
	unsigned long ret;
	bool locked;

	if (!mremap_args_ok(&mr))
		return -EINVAL;
	if (addr >= TASK_SIZE)
		return -EFAULT;
	if (mr.old_len > TASK_SIZE - addr)
		return -EINVAL;
	ret = (unsigned long)mmap_write_lock_killable(mm);
	if (ret)
		return ret;
	ret = mremap_locked(&mr);
	locked = !IS_ERR_VALUE(ret) && mr.new_len > mr.old_len && (vma_lookup(mm, ret)->vm_flags & VM_LOCKED);
	debug_validate_mm(mm);
	mmap_write_unlock(mm);
	if (locked)
		mm_populate(mm, ret + mr.old_len, ret + mr.new_len);
	return ret;
}
