/* SPDX-License-Identifier: MIT */
/*
 * Random mremap beside the model. The old range lies in one VMA of the kernel's, which the driver looks up
 * only to choose arguments; Linux before 6.17 refuses ranges that span several.
 */
#include "kernel/core/bug.h"
#include "kernel/mm/vma.h"
#include "lib/errno.h"
#include "tests/host/sim/driver.h"
#include "uapi/mman.h"

#define MAX_MOVE	80u		/* pages */

struct remap {
	unsigned long addr, old_len, new_len, flags, new_addr;
	unsigned long vma_start, vma_end;	/* of the VMA at addr */
};

static void pick_remap(struct remap *r)
{
	static const u8 kinds[] = {
		0, MREMAP_MAYMOVE, MREMAP_MAYMOVE, MREMAP_MAYMOVE | MREMAP_FIXED, MREMAP_MAYMOVE | MREMAP_FIXED,
		MREMAP_MAYMOVE | MREMAP_DONTUNMAP, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, MREMAP_FIXED,
	};
	struct mm_struct *mm = driver.here->mm;
	struct vm_area_struct *vma;
	unsigned long pages;

	*r = (struct remap){ .addr = pick_page(), .flags = kinds[pick(ARRAY_SIZE(kinds))] };
	mmap_read_lock(mm);
	vma = vma_lookup(mm, r->addr);
	r->vma_start = vma ? vma->vm_start : r->addr;
	r->vma_end = vma ? vma->vm_end : r->addr + PAGE_SIZE;
	mmap_read_unlock(mm);

	pages = (r->vma_end - r->addr) >> PAGE_SHIFT;
	pages = one_in(2) ? min(pages, 64UL) : 1 + pick(min(pages, 64UL));
	r->old_len = one_in(24) ? 0 : pages << PAGE_SHIFT;
	r->new_len = one_in(3) && r->old_len ? r->old_len : (1 + pick(one_in(4) ? 64 : pages + 4)) << PAGE_SHIFT;
	if (r->flags & MREMAP_FIXED) {
		r->new_addr = pick_page();
		while (model_index(r->new_addr + r->new_len - PAGE_SIZE) < 0)
			r->new_len -= PAGE_SIZE;
		/* A second view of a mapping, put on top of it: Linux has lost the first by then. Not asked. */
		if (!r->old_len && r->new_addr <= r->addr && r->addr < r->new_addr + r->new_len)
			r->old_len = PAGE_SIZE;
	}
}

/* Errors that do not depend on free places. 0: go on. */
static long remap_error(struct space *s, const struct remap *r)
{
	struct model_page *p = model_at(s, r->addr);

	if ((r->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) && !(r->flags & MREMAP_MAYMOVE))
		return -EINVAL;
	if ((r->flags & MREMAP_DONTUNMAP) && r->old_len != r->new_len)
		return -EINVAL;
	if (!p || !(p->flags & MP_MAPPED))
		return -EFAULT;
	if (!r->old_len && !(p->flags & MP_MAYSHARE))
		return -EINVAL;
	/* Linux compares with new_addr even where it is only a hint. */
	if ((r->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) && r->addr + r->old_len > r->new_addr &&
	    r->new_addr + r->new_len > r->addr)
		return -EINVAL;
	return 0;
}

/* Nothing mapped in [addr, addr + len)? The gap of a stack above does not count. */
static bool is_hole(struct space *s, unsigned long addr, unsigned long len)
{
	for (unsigned long end = addr + len; addr < end; addr += PAGE_SIZE)
		if (model_mapped(s, addr))
			return false;
	return true;
}

/* Where the mapping ends up, or -errno; *@moves: not where it was. */
static unsigned long remap_place(struct space *s, const struct remap *r, bool *moves)
{
	unsigned long end = r->addr + r->old_len, place;

	*moves = true;
	if (r->flags & MREMAP_FIXED)
		return r->new_addr;
	if (!(r->flags & MREMAP_DONTUNMAP)) {
		*moves = false;
		if (r->new_len <= r->old_len)
			return r->addr;
		if (r->old_len && end == r->vma_end && end + r->new_len - r->old_len <= TASK_SIZE &&
		    is_hole(s, end, r->new_len - r->old_len))
			return r->addr;
		if (!(r->flags & MREMAP_MAYMOVE))
			return -ENOMEM;
		*moves = true;
	}
	place = model_place(s, 0, r->new_len);
	return place ? place : (unsigned long)-ENOMEM;
}

/* The first @n pages at @addr, each with its reference of its object. */
static void save_pages(struct space *s, unsigned long addr, unsigned int n, struct model_page *saved)
{
	for (unsigned int i = 0; i < n; i++)
		model_copy_page(&saved[i], model_at(s, addr + ((unsigned long)i << PAGE_SHIFT)));
}

/*
 * A DONTUNMAP source stays mapped, with nothing of its own in it. Its VMA, or what the destination at @to has left of that,
 * is not locked any more.
 */
static void empty_source(struct space *s, const struct remap *r, unsigned long to)
{
	unsigned long start = r->vma_start, end = r->vma_end;

	if (to < r->addr)
		start = max(start, to + r->new_len);
	else
		end = min(end, to);
	for (unsigned long va = start; va < end; va += PAGE_SIZE)
		model_at(s, va)->flags &= ~(MP_LOCKED | MP_ONFAULT);
	for (unsigned long va = r->addr; va < r->addr + r->old_len; va += PAGE_SIZE)
		model_at(s, va)->flags &= ~MP_CONTENT;
}

static void model_move(struct space *s, const struct remap *r, unsigned long to)
{
	static struct model_page saved[MAX_MOVE];
	unsigned int old = min(r->old_len, r->new_len) >> PAGE_SHIFT, pages = r->new_len >> PAGE_SHIFT;
	struct model_page first = *model_at(s, r->addr);
	bool modelled = model_index(to) >= 0;

	BUG_ON(old > MAX_MOVE);
	save_pages(s, r->addr, old, saved);
	if (!(r->flags & MREMAP_DONTUNMAP))
		model_unmap(s, r->addr, r->addr + r->old_len);
	else
		empty_source(s, r, to);
	model_unmap(s, to, to + r->new_len);
	for (unsigned int i = 0; modelled && i < pages; i++) {
		unsigned long va = to + ((unsigned long)i << PAGE_SHIFT);

		model_map(s, va, va + PAGE_SIZE, (first.flags & ~MP_CONTENT) | (i < old ? saved[i].flags & MP_CONTENT : 0),
			  first.object, first.offset + i);
		model_at(s, va)->word = i < old ? saved[i].word : 0;
	}
	for (unsigned int i = 0; i < old; i++)		/* give the saved references back */
		model_forget_page(&saved[i]);
}

static void model_resize(struct space *s, const struct remap *r)
{
	struct model_page first = *model_at(s, r->addr);

	if (r->new_len < r->old_len)
		model_unmap(s, r->addr + r->new_len, r->addr + r->old_len);
	else
		model_map(s, r->addr + r->old_len, r->addr + r->new_len, first.flags & ~MP_CONTENT, first.object,
			  first.offset + (r->old_len >> PAGE_SHIFT));
}

/* A move with fewer pages than before cuts the rest off first; that stays so when the move then fails. */
static void adopt_cut(struct space *s, const struct remap *r)
{
	unsigned long cut = r->addr + r->new_len;

	if ((r->flags & MREMAP_FIXED) && r->new_len < r->old_len && !model_kernel_flags(s, cut))
		model_unmap(s, cut, r->addr + r->old_len);
}

static bool in_one_window(unsigned long start, unsigned long len)
{
	return model_index(start) >= 0 && model_index(start + len - PAGE_SIZE) >= 0;
}

/* The call succeeded: do the same to the model. */
static void apply(struct space *s, const struct remap *r, unsigned long to, bool moves)
{
	if (moves)
		model_move(s, r, to);
	else
		model_resize(s, r);
	if (!in_one_window(to, r->new_len)) {	/* the windows are full: not for the model */
		expect_result("munmap", mm_munmap(s->mm, to, r->new_len), 0);
		model_unmap(s, to, to + r->new_len);
	}
	model_adopt_copies(s);
}

void op_mremap(void)
{
	struct space *s = driver.here;
	unsigned long got, want;
	bool moves = false;
	struct remap r;

	pick_remap(&r);
	want = remap_error(s, &r);
	if (!want)
		want = remap_place(s, &r, &moves);
	if (!moves && !IS_ERR_VALUE(want) && !in_one_window(want, r.new_len))
		return;			/* would grow out of the window */
	begin_memory_call();
	got = mm_mremap(s->mm, r.addr, r.old_len, r.new_len, r.flags, r.new_addr);
	say("mremap %#lx+%#lx -> %#lx+%#lx flags %lu: %#lx", r.addr, r.old_len, r.new_addr, r.new_len, r.flags, got);
	if (call_failed(got == (unsigned long)-ENOMEM)) {
		adopt_cut(s, &r);
		return;
	}
	if (driver.fired && !moves && got != want) {	/* no memory to grow in place, so it moved */
		moves = true;
		want = model_place(s, 0, r.new_len);
	}
	expect_result("mremap", got, want);
	if (!IS_ERR_VALUE(got))
		apply(s, &r, got, moves);
}
