/* SPDX-License-Identifier: MIT */
/*
 * Page faults: from "this access did not go through" to an entry that lets it, or the reason why not.
 *
 *	handle_mm_fault		find the VMA and lock it, or take mmap_lock; or grow a stack
 *	 fault_locked		by what the entry says:
 *	  none			do_anonymous_page / do_file_page
 *	  swap entry		do_swap_page
 *	  migration entry	wait until the page has moved
 *	  read-only		do_wp_page: reuse the page or copy it (COW)
 *	  fine already		another hart handled the fault first, or the hardware wants A or D set
 *
 * A fault holds its VMA's lock (vma_lock.h), or mmap_lock for reading where it cannot have that, or for writing while a stack grows. Each
 * keeps the VMA and the tables of its range as they are, but entries can change: each path prepares its page without a spinlock, then looks at the entry again under the lock of its table.
 */
#include "kernel/arch/machine.h"
#include "kernel/core/race.h"
#include "kernel/mm/frame/page_ops.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/page_lock.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/reclaim/lru.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/mm/tlb.h"
#include "kernel/mm/trace.h"
#include "kernel/mm/vma.h"
#include "kernel/mm/vmstat.h"
#include "kernel/sched/sched.h"

/* One fault on its way through the functions below. */
struct vm_fault_state {
	struct mm_struct *mm;
	struct vm_area_struct *vma;
	unsigned long addr;		/* page aligned */
	unsigned int flags;		/* FAULT_FLAG_* */
	pte_t *ptep;
	spinlock_t *ptl;		/* of ptep's table */
	pte_t orig;			/* what was there when the fault began */
};

/* Drop the lock that the fault runs with: it has to sleep for long. VM_FAULT_RETRY follows. */
static void fault_unlock(struct vm_fault_state *vf)
{
	count_vm_event(VMALOCK_RETRY);
	if (vf->flags & FAULT_FLAG_VMA_LOCK)
		vma_end_read(vf->vma);
	else if (rwsem_is_write_held(&vf->mm->mmap_lock))
		mmap_write_unlock(vf->mm);
	else
		mmap_read_unlock(vf->mm);
}

/* Take the lock of the entry's table if the entry is still what it was; otherwise another hart has handled the fault. */
static inline bool pte_lock_same(struct vm_fault_state *vf)
{
	race_point_sleep("fault: entry read, not locked");
	spin_lock(vf->ptl);
	if (likely(second_look(pte_read(vf->ptep).pte == vf->orig.pte))) {
		race_point("fault: entry as before, locked");
		return true;
	}
	spin_unlock(vf->ptl);
	return false;
}

/* Entry bits for @vma; W, and D with it, only when this access may write now. (A forced write sets D without W.) */
static unsigned long pte_bits(const struct vm_area_struct *vma, bool writable)
{
	unsigned long bits = pte_flags_of(vma->vm_flags);

	return writable && (vma->vm_flags & VM_WRITE) ? bits | PTE_D : bits & ~PTE_W;
}

/* Write the entry for @page, which was empty, drop the lock. */
static void install_and_unlock(struct vm_fault_state *vf, struct page *page, unsigned long bits)
{
	pte_write(vf->ptep, pte_make(page_to_pfn(page), bits));
	trace_mm(MM_TRACE_PTE, vf->addr, vf->ptep->pte);
	spin_unlock(vf->ptl);
	flush_tlb_new(vf->mm, vf->addr);
}

/* The same page may be written to from now on. This hart has just used the old entry: forget it. Drops the lock. */
static void make_writable_and_unlock(struct vm_fault_state *vf, struct page *page, unsigned long bits)
{
	pte_write(vf->ptep, pte_make(page_to_pfn(page), bits));
	trace_mm(MM_TRACE_PTE, vf->addr, vf->ptep->pte);
	spin_unlock(vf->ptl);
	flush_tlb_spurious(vf->mm, vf->addr);
	trace_mm(MM_TRACE_FLUSH, vf->addr, 0);
}

/*
 * Before another page takes the place of the one that vf->orig maps: no hart may use the old translation as soon as one can use
 * the new one. Else a thread reads what was there before another one stored, after it has learned of the store:
 *
 *	hart 0			hart 1 (new entry)	hart 2 (old translation)
 *	x = 1 (new page)
 *				sees x == 1, y = 1
 *							sees y == 1, x == 0
 *
 * The table's lock is held, so a fault meanwhile waits, and finds the new entry.
 */
static inline void clear_and_flush(struct vm_fault_state *vf)
{
	pte_write(vf->ptep, (pte_t){ 0 });
	if (flush_site_active(FLUSH_COW))
		flush_tlb_page(vf->mm, vf->addr);
	trace_mm(MM_TRACE_FLUSH, vf->addr, 1);
}

/* A fresh anonymous page takes the place of vf->orig, which maps nothing or the zero page; unless another hart was first. */
static inline void install_new_anon(struct vm_fault_state *vf, struct page *page)
{
	page_set_anon(page, vf->vma, vf->addr);
	lru_add_new(page);
	if (!pte_lock_same(vf)) {
		put_page(page);
		return;
	}
	atomic_set(&page->mapcount, 1);
	mm_count(&vf->mm->nr_anon, 1);
	if (!pte_none(vf->orig))
		clear_and_flush(vf);
	install_and_unlock(vf, page, pte_bits(vf->vma, /* writable = */ true) | PTE_D);
	count_vm_event(PGALLOC_ANON);
}

/* A fresh frame for vf->vma, which can be found by its anon_vma once it is mapped. NULL: no memory. */
static inline struct page *new_anon_page(struct vm_fault_state *vf, gfp_t gfp)
{
	struct page *page;

	if (unlikely(anon_vma_prepare(vf->vma)))
		return NULL;
	trace_mm(MM_TRACE_ANON_VMA, vf->addr, (unsigned long)vf->vma->anon_vma);
	page = alloc_page(gfp);
	if (unlikely(!page))
		return NULL;
	trace_mm(MM_TRACE_ALLOC, vf->addr, page_to_pfn(page));
	return page;
}

/* A frame has new contents: before an entry lets a hart execute them, no hart may still have the old ones. */
static inline void sync_code(const struct vm_fault_state *vf)
{
	if (unlikely(vf->vma->vm_flags & VM_EXEC) && flush_site_active(FLUSH_CODE_FAULT))
		machine_sync_icache();
}

/* A fresh page of zeroes is mapped for a write, in the place of nothing or of the zero page. */
static inline enum vm_fault install_zeroes(struct vm_fault_state *vf)
{
	struct page *page = new_anon_page(vf, GFP_USER | __GFP_ZERO);

	if (unlikely(!page))
		return VM_FAULT_OOM;
	sync_code(vf);
	install_new_anon(vf, page);
	return VM_FAULT_DONE;
}

/* Nothing there yet, and the VMA is anonymous. */
static enum vm_fault do_anonymous_page(struct vm_fault_state *vf)
{
	if (vf->flags & FAULT_FLAG_WRITE)
		return install_zeroes(vf);
	if (pte_lock_same(vf)) {
		install_and_unlock(vf, zero_page, pte_bits(vf->vma, /* writable = */ false));
		count_vm_event(ZERO_MAP);
	}
	return VM_FAULT_DONE;
}

/* A private copy of @from for vf->vma; NULL: no memory. */
static inline struct page *copy_for_write(struct vm_fault_state *vf, struct page *from)
{
	struct page *page = new_anon_page(vf, GFP_USER);

	if (unlikely(!page))
		return NULL;
	copy_page(page_to_virt(page), page_to_virt(from));
	trace_mm(MM_TRACE_COPY, vf->addr, page_to_pfn(from));
	sync_code(vf);
	return page;
}

/* swap_in() or memobj_get_page() gave no page, but @err. 0: no entry has the slot any more. */
static enum vm_fault no_page(int err)
{
	switch (err) {
	case 0:
		return VM_FAULT_DONE;
	case -ENOMEM:
		return VM_FAULT_OOM;
	case -EINTR:
		return VM_FAULT_KILLED;
	default:
		return VM_FAULT_SIGBUS;
	}
}

/* The page at @pgoff of @obj has to come from its pager: ask for it without a lock. Then the fault begins again, or has failed. */
static __noinline enum vm_fault ask_pager(struct vm_fault_state *vf, struct memobj *obj, unsigned long pgoff)
{
	unsigned long addr = vf->addr;
	int err;

	memobj_get(obj);
	fault_unlock(vf);		/* vf->vma may go */
	trace_mm(MM_TRACE_ASKED, addr, pgoff);
	err = memobj_ask(obj, pgoff, vf->flags & FAULT_FLAG_WRITE);
	trace_mm(MM_TRACE_ANSWERED, addr, (unsigned long)current->server << 32 | (unsigned long)-err);
	memobj_put(obj);
	return VM_FAULT_UNLOCKED | no_page(err);
}

/* Nothing there yet, and the VMA shows the registers of a device. */
static enum vm_fault do_device_page(struct vm_fault_state *vf)
{
	const struct memobj *obj = vf->vma->vm_file;
	unsigned long pgoff = linear_page_index(vf->vma, vf->addr);
	unsigned long bits = pte_bits(vf->vma, /* writable = */ true) | PTE_DEVICE;

	if (pgoff >= obj->size >> PAGE_SHIFT)
		return VM_FAULT_SIGBUS;
	if (!pte_lock_same(vf))
		return VM_FAULT_DONE;
	pte_write(vf->ptep, pte_make(obj->device_pfn + pgoff, bits));
	trace_mm(MM_TRACE_PTE, vf->addr, vf->ptep->pte);
	spin_unlock(vf->ptl);
	flush_tlb_new(vf->mm, vf->addr);
	return VM_FAULT_DONE;
}

/* Nothing there yet, and the VMA shows a memory object. */
static __noinline enum vm_fault do_file_page(struct vm_fault_state *vf)
{
	struct memobj *obj = vf->vma->vm_file;
	unsigned long pgoff = linear_page_index(vf->vma, vf->addr);
	bool write = vf->flags & FAULT_FLAG_WRITE;
	struct page *page, *copy;
	int err;

	if (unlikely(obj->device_pfn))
		return do_device_page(vf);
	if (pgoff >= object_pages(obj))
		return VM_FAULT_SIGBUS;
	race_point_sleep("do_file_page: before the end, page not looked for");
	page = memobj_get_page(obj, pgoff, &err);
	if (unlikely(!page))
		return err == -ENODATA ? ask_pager(vf, obj, pgoff) : no_page(err);
	VM_BUG_ON_PAGE(!page_uptodate(page), page);
	if (write && !(vf->vma->vm_flags & VM_SHARED)) {
		copy = copy_for_write(vf, page);
		put_page(page);
		if (!copy)
			return VM_FAULT_OOM;
		install_new_anon(vf, copy);
		return VM_FAULT_DONE;
	}

	if (!obj->image)		/* an image was fetched anew when its page was filled */
		sync_code(vf);
	if (!pte_lock_same(vf)) {
		put_page(page);
		return VM_FAULT_DONE;
	}
	/*
	 * MADV_REMOVE: the object has another page now, or none. memobj_resize() sets the size, then takes out the pages behind it: it
	 * finds this one, or we see the new size.
	 */
	if (unlikely(page->mapping != (unsigned long)obj || pgoff >= object_pages(obj))) {
		spin_unlock(vf->ptl);
		put_page(page);
		return VM_FAULT_DONE;
	}
	atomic_inc(&page->mapcount);		/* our reference becomes the entry's */
	mm_count(object_counter(vf->mm, obj), 1);
	/* A pager is told of changes: a page of one is not dirty before it is written to, and writable only while it is. */
	if (obj->pager_ops && write)
		page_set(page, PG_dirty);
	install_and_unlock(vf, page, pte_bits(vf->vma, (vf->vma->vm_flags & VM_SHARED) && (write || !obj->pager_ops)));
	return VM_FAULT_DONE;
}

/*
 * Entry bits after a write to a page that was there: the rights stand in the old entry already, all but W;
 * a forced write does not give that.
 */
static inline unsigned long wp_bits(const struct vm_fault_state *vf)
{
	return (vf->orig.pte & ((1UL << PTE_PPN_SHIFT) - 1)) | PTE_A | PTE_D | (vf->vma->vm_flags & VM_WRITE) << 1;
}

/*
 * May the writer take over @page, which is not marked exclusive? When there is no other mapping and no other reference.
 * The table's lock is held: our entry is the only way by which another one could come to be.
 */
static bool wp_can_take_over(struct page *page)
{
	return page_is_anon(page) && page_refs(page) == 1 && atomic_read(&page->mapcount) == 1;
}

/* The page is ours alone: write in place. The table's lock is held; dropped on return. */
static enum vm_fault wp_reuse(struct vm_fault_state *vf, struct page *page, bool exclusive)
{
	if (!exclusive) {
		page_set(page, PG_anon_exclusive);
		/* From now on a walk from it need not visit the ancestors it was shared with. */
		WRITE_ONCE(page->mapping, (unsigned long)vf->vma->anon_vma | PAGE_MAPPING_ANON);
	}
	make_writable_and_unlock(vf, page, wp_bits(vf));
	count_vm_event(COW_REUSE);
	return VM_FAULT_DONE;
}

/* The page has other owners as well: the writer gets a copy. @old has an extra reference, dropped here. */
static enum vm_fault wp_copy(struct vm_fault_state *vf, struct page *old)
{
	struct page *new = copy_for_write(vf, old);

	if (unlikely(!new)) {
		put_page(old);
		return VM_FAULT_OOM;
	}
	page_set_anon(new, vf->vma, vf->addr);
	lru_add_new(new);
	if (!pte_lock_same(vf)) {
		put_page(new);
		put_page(old);
		return VM_FAULT_DONE;
	}
	atomic_set(&new->mapcount, 1);
	atomic_dec(&old->mapcount);
	if (!page_is_anon(old)) {
		mm_count(object_counter(vf->mm, vf->vma->vm_file), -1);
		mm_count(&vf->mm->nr_anon, 1);
	}
	clear_and_flush(vf);
	pte_write(vf->ptep, pte_make(page_to_pfn(new), wp_bits(vf)));
	trace_mm(MM_TRACE_PTE, vf->addr, vf->ptep->pte);
	spin_unlock(vf->ptl);

	atomic_dec(&old->refcount);		/* ours, not the last */
	put_page(old);				/* the entry's, only after the flush */
	count_vm_event(COW_COPY);
	return VM_FAULT_DONE;
}

/* A write to a page that is there but read-only. */
static enum vm_fault do_wp_page(struct vm_fault_state *vf)
{
	struct page *page = pte_page(vf->orig);
	bool exclusive;

	VM_BUG_ON(pte_device(vf->orig));	/* shared, and without a pager: writable as soon as its VMA is */
	if (page == zero_page)
		return install_zeroes(vf);
	if (!pte_lock_same(vf))
		return VM_FAULT_DONE;
	if (vf->vma->vm_flags & VM_SHARED) {
		if (vf->vma->vm_file->pager_ops)
			page_set(page, PG_dirty);
		make_writable_and_unlock(vf, page, pte_bits(vf->vma, /* writable = */ true));
		return VM_FAULT_DONE;
	}
	exclusive = page_test(page, PG_anon_exclusive);
	if (exclusive || wp_can_take_over(page))
		return wp_reuse(vf, page, exclusive);
	get_page(page);
	spin_unlock(vf->ptl);
	return wp_copy(vf, page);
}

/* Wait until the frame that the entry speaks of has been moved; then the fault starts again. */
static __noinline enum vm_fault do_migration_entry(struct vm_fault_state *vf)
{
	struct page *page = pfn_to_page(entry_value(vf->orig));
	bool got, killed, retry = !(vf->flags & FAULT_FLAG_TRIED);

	if (!pte_lock_same(vf))
		return VM_FAULT_DONE;
	got = atomic_inc_not_zero(&page->refcount);	/* while its entry stands, the mover holds it */
	spin_unlock(vf->ptl);
	if (!got)
		return VM_FAULT_DONE;
	if (retry)
		fault_unlock(vf);
	killed = lock_page_killable(page) < 0;
	if (!killed)
		unlock_page(page);
	put_page(page);
	return retry ? VM_FAULT_RETRY : killed ? VM_FAULT_KILLED : VM_FAULT_DONE;
}

/* Was @page, locked and just found by @entry, the only copy for the only owner of the entry? */
static bool swapped_page_exclusive(struct page *page, pte_t entry)
{
	if (entry.pte & PTE_ENTRY_EXCLUSIVE)
		return true;
	/* Ours and the swap cache's reference, and no other entry of the slot. */
	return swap_count(entry_value(entry)) == 1 && !atomic_read(&page->mapcount) &&
	       page_refs(page) == 2;
}

/*
 * Map @page, which is locked; the entry gets a reference of its own, since as soon as the table's lock is dropped the owner
 * may write, copy and drop that one. The table's lock is held; dropped on return.
 */
static void install_swapped(struct vm_fault_state *vf, struct page *page)
{
	bool exclusive = swapped_page_exclusive(page, vf->orig);
	struct anon_vma *anon_vma = vf->vma->anon_vma;

	if (!page_is_anon(page)) {	/* just read from the device: not mapped yet */
		page->index = linear_page_index(vf->vma, vf->addr);
		/* Shared with whom we cannot know: the root reaches the whole family. */
		anon_vma = exclusive ? anon_vma : anon_vma->root;
		WRITE_ONCE(page->mapping, (unsigned long)anon_vma | PAGE_MAPPING_ANON);
	}
	if (exclusive)
		page_set(page, PG_anon_exclusive);
	get_page(page);
	atomic_inc(&page->mapcount);
	mm_count(&vf->mm->nr_anon, 1);
	mm_count(&vf->mm->nr_swap, -1);
	install_and_unlock(vf, page, pte_bits(vf->vma, (vf->flags & FAULT_FLAG_WRITE) && exclusive));
}

/* The page is in swap. A writer that shares it gets it read-only here, and its copy by the fault that follows. */
static __noinline enum vm_fault do_swap_page(struct vm_fault_state *vf)
{
	unsigned long slot = entry_value(vf->orig);
	struct page *page;
	int err;

	if (!(vf->flags & FAULT_FLAG_TRIED) && swap_in_sleeps()) {
		fault_unlock(vf);	/* read it into the swap cache first */
		page = swap_in(slot, &err);
		if (page) {
			unlock_page(page);
			put_page(page);
		}
		return VM_FAULT_RETRY;
	}
	page = swap_in(slot, &err);
	if (!page)
		return no_page(err);
	sync_code(vf);
	if (pte_lock_same(vf)) {
		install_swapped(vf, page);
		race_point_sleep("do_swap_page: mapped, still locked");
		swap_drop(slot);
		try_to_free_swap(page);
	}
	unlock_page(page);
	put_page(page);
	return VM_FAULT_DONE;
}

/* The entry allows the access: set A (and D), which some hardware leaves to us, and forget older copies. */
static __noinline enum vm_fault do_spurious(struct vm_fault_state *vf)
{
	unsigned long bits = PTE_A | (vf->flags & FAULT_FLAG_WRITE ? PTE_D : 0);
	bool complete = (vf->orig.pte & bits) == bits;

	if (pte_lock_same(vf)) {
		if (!complete)
			pte_write(vf->ptep, (pte_t){ vf->orig.pte | bits });
		trace_mm(MM_TRACE_PTE, vf->addr, vf->ptep->pte);
		spin_unlock(vf->ptl);
	}
	trace_mm(MM_TRACE_FLUSH, vf->addr, 0);
	if (complete)
		flush_tlb_spurious_tables(vf->mm);
	else
		flush_tlb_spurious(vf->mm, vf->addr);
	return VM_FAULT_DONE;
}

static bool access_allowed(const struct vm_area_struct *vma, unsigned int flags)
{
	if (flags & FAULT_FLAG_FORCE)	/* never into what others share and may not write */
		return !(flags & FAULT_FLAG_WRITE) || (vma->vm_flags & VM_WRITE) || is_cow_mapping(vma->vm_flags);
	if (flags & FAULT_FLAG_WRITE)
		return vma->vm_flags & VM_WRITE;
	if (flags & FAULT_FLAG_EXEC)
		return vma->vm_flags & VM_EXEC;
	return vma->vm_flags & (VM_READ | VM_WRITE);
}

/* What the entry says, for an access that the VMA allows. */
static inline enum vm_fault fault_by_entry(struct vm_fault_state *vf)
{
	vf->orig = pte_read(vf->ptep);
	count_vm_event(PGFAULT);
	if (pte_none(vf->orig))
		return vf->vma->vm_file ? do_file_page(vf) : do_anonymous_page(vf);
	if (unlikely(!pte_present(vf->orig)))
		return pte_is_swap(vf->orig) ? do_swap_page(vf) : do_migration_entry(vf);
	if ((vf->flags & FAULT_FLAG_WRITE) && !(vf->orig.pte & PTE_W))
		return do_wp_page(vf);
	return do_spurious(vf);
}

enum vm_fault fault_locked(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr,
			   unsigned int flags)
{
	struct vm_fault_state vf;
	enum vm_fault ret;

	vma_assert_locked(vma);
	if (unlikely(!access_allowed(vma, flags)))
		return VM_FAULT_ACCERR;
	vf.mm = mm;
	vf.vma = vma;
	vf.addr = addr & PAGE_MASK;
	vf.flags = flags;
	vf.ptep = pgtable_alloc(mm, addr);
	if (unlikely(!vf.ptep))
		return VM_FAULT_OOM;
	vf.ptl = pte_lockptr(vf.ptep);
	ret = fault_by_entry(&vf);
	VM_BUG_ON(!(ret & VM_FAULT_UNLOCKED) && !vma_is_attached(vma));	/* however long it slept */
	return ret;
}

/*
 * expand_stack() - let the stack VMA above @addr grow down to it. mmap_lock held for write.
 * Returns: the VMA, or NULL when there is none, its limit is reached, another mapping is
 * nearer than the guard gap, or no memory.
 */
struct vm_area_struct *expand_stack(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *prev, *vma = find_vma_prev(mm, addr, &prev);
	unsigned long grow;

	addr &= PAGE_MASK;
	if (!vma || vma->vm_start <= addr)
		return vma;
	if (!(vma->vm_flags & VM_GROWSDOWN) || addr < MMAP_MIN_ADDR)
		return NULL;
	if (prev && !(prev->vm_flags & VM_GROWSDOWN) && (prev->vm_flags & VM_PROT_MASK) &&
	    addr - prev->vm_end < STACK_GUARD_GAP)
		return NULL;
	grow = (vma->vm_start - addr) >> PAGE_SHIFT;
	if (grow > vma->vm_pgoff)	/* moved here from low addresses by mremap: offsets would wrap */
		return NULL;
	if (vma->vm_end - addr > mm->rlim_stack || !may_expand_vm(mm, vma->vm_flags, grow))
		return NULL;
	if (vm_charge(mm, vma->vm_flags, grow))
		return NULL;

	VMA_ITERATOR(vmi, mm, addr);
	if (vma_expand(&vmi, vma, addr, vma->vm_end)) {
		vm_uncharge(vma->vm_flags, grow);
		return NULL;
	}
	vm_stat_account(mm, vma->vm_flags, grow);
	debug_validate_mm(mm);
	return vma;
}

/* No VMA at @addr: perhaps a stack can grow. That changes the tree, hence the write lock. */
static enum vm_fault fault_grow_stack(struct mm_struct *mm, unsigned long addr, unsigned int flags)
{
	enum vm_fault ret = VM_FAULT_MAPERR;
	struct vm_area_struct *vma;

	if (mmap_write_lock_killable(mm) < 0)
		return VM_FAULT_KILLED;
	vma = expand_stack(mm, addr);
	trace_mm(MM_TRACE_VMA, addr, vma ? vma->vm_start : 0);
	if (vma)
		ret = fault_locked(mm, vma, addr, flags);
	if (!(ret & VM_FAULT_UNLOCKED))
		mmap_write_unlock(mm);
	return ret;
}

/* The VMA cannot be had alone. */
static __noinline enum vm_fault fault_with_mmap_lock(struct mm_struct *mm, unsigned long addr, unsigned int flags)
{
	struct vm_area_struct *vma;
	enum vm_fault ret;

	if (mmap_read_lock_killable(mm) < 0)
		return VM_FAULT_KILLED;
	vma = vma_lookup(mm, addr);
	if (!(flags & FAULT_FLAG_TRIED))
		count_vm_event(vma ? VMALOCK_BUSY : VMALOCK_NONE);
	trace_mm(MM_TRACE_VMA, addr, vma ? vma->vm_start : 0);
	trace_mm(MM_TRACE_LOCK, addr, flags & FAULT_FLAG_TRIED ? LOCK_MMAP_RETRY : vma ? LOCK_MMAP_BUSY : LOCK_MMAP_NONE);
	if (!vma) {
		mmap_read_unlock(mm);
		return fault_grow_stack(mm, addr, flags);
	}
	ret = fault_locked(mm, vma, addr, flags);
	if (!(ret & VM_FAULT_UNLOCKED))
		mmap_read_unlock(mm);
	return ret;
}

enum vm_fault handle_mm_fault(struct mm_struct *mm, unsigned long addr, unsigned int flags)
{
	struct vm_area_struct *vma;
	enum vm_fault ret;

	if (unlikely(addr >= TASK_SIZE))
		return VM_FAULT_MAPERR;
	vma = vma_lock_find(mm, addr);
	if (likely(vma)) {
		trace_mm(MM_TRACE_VMA, addr, vma->vm_start);
		trace_mm(MM_TRACE_LOCK, addr, LOCK_VMA);
		ret = fault_locked(mm, vma, addr, flags | FAULT_FLAG_VMA_LOCK);
		if (likely(!(ret & VM_FAULT_UNLOCKED))) {
			vma_end_read(vma);
			return ret;
		}
		if (ret != VM_FAULT_RETRY)
			return ret & ~VM_FAULT_UNLOCKED;
		flags |= FAULT_FLAG_TRIED;
	}
	ret = fault_with_mmap_lock(mm, addr, flags);
	while (unlikely(ret == VM_FAULT_RETRY))
		ret = fault_with_mmap_lock(mm, addr, flags | FAULT_FLAG_TRIED);
	return ret & ~VM_FAULT_UNLOCKED;
}
