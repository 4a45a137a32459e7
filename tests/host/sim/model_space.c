/* SPDX-License-Identifier: MIT */
/* The reference model's view of whole address spaces: free places, and the comparison with the kernel. */
#include "kernel/core/bug.h"
#include "kernel/mm/account.h"
#include "kernel/mm/vma.h"
#include "tests/host/sim/model.h"
#include "tests/host/sim/sim.h"

/* ---- places ---- */

/* The address from which on others may not map, because of the mapping that begins at page @index. */
static unsigned long keep_off(const struct space *s, unsigned int index)
{
	unsigned long start = model_addr(index);

	if (!(s->pages[index].flags & MP_GROWSDOWN))
		return start;
	return start > STACK_GUARD_GAP ? start - STACK_GUARD_GAP : 0;
}

bool model_free(struct space *s, unsigned long addr, unsigned long len)
{
	for (unsigned int i = model_index_from(addr); i < MODEL_PAGES; i++)
		if (s->pages[i].flags & MP_MAPPED)
			return addr + len <= keep_off(s, i);
	return true;
}

/* The highest mapped page below @end, as an index; -1: none. */
static int mapped_below(const struct space *s, unsigned long end)
{
	int i = model_index_from(end);

	while (--i >= 0 && !(s->pages[i].flags & MP_MAPPED))
		;
	return i;
}

/* The highest hole of @len bytes below @limit, gaps not looked at. 0: none. */
static unsigned long hole_below(const struct space *s, unsigned long len, unsigned long limit)
{
	for (unsigned long end = limit;;) {
		int below = mapped_below(s, end);
		unsigned long start = below < 0 ? MMAP_MIN_ADDR : model_addr(below) + PAGE_SIZE;

		if (end >= start && end - start >= len)
			return end - len;
		if (below < 0)
			return 0;
		end = model_addr(below);
	}
}

/* A stack's gap moves the whole search below it, as Linux does. */
static unsigned long place_below(struct space *s, unsigned long len, unsigned long limit)
{
	for (;;) {
		unsigned long addr = hole_below(s, len, limit);
		unsigned int next = model_index_from(addr);

		while (next < MODEL_PAGES && !(s->pages[next].flags & MP_MAPPED))
			next++;
		if (!addr || next == MODEL_PAGES || addr + len <= keep_off(s, next))
			return addr;
		limit = keep_off(s, next);
	}
}

unsigned long model_place(struct space *s, unsigned long hint, unsigned long len)
{
	unsigned long addr;

	hint &= PAGE_MASK;
	if (hint >= MMAP_MIN_ADDR && hint <= TASK_SIZE - len && model_free(s, hint, len))
		return hint;
	addr = place_below(s, len, s->mm->mmap_base);
	return addr ? addr : place_below(s, len, TASK_SIZE);
}

/*
 * A stack that mremap moved up from low addresses has page offsets that run out before its room does. The
 * model has no offsets of anonymous pages and asks the kernel, if its stack still begins at @top.
 */
static bool offsets_left(struct space *s, unsigned long top, unsigned long grow)
{
	struct vm_area_struct *vma;

	mmap_read_lock(s->mm);
	vma = vma_lookup(s->mm, top);
	mmap_read_unlock(s->mm);
	return !vma || vma->vm_start != top || vma->vm_pgoff >= grow;
}

struct model_page *model_stack_above(struct space *s, unsigned long va, unsigned long *top)
{
	unsigned int i = model_index_from(va & PAGE_MASK), below = i;
	unsigned long addr = va & PAGE_MASK;

	while (i < MODEL_PAGES && !(s->pages[i].flags & MP_MAPPED))
		i++;
	if (i == MODEL_PAGES || !(s->pages[i].flags & MP_GROWSDOWN) || addr < MMAP_MIN_ADDR)
		return NULL;
	*top = model_addr(i);
	if (*top - addr > s->mm->rlim_stack / 2)
		return NULL;		/* in another window, which is farther than any limit */
	if (!offsets_left(s, *top, (*top - addr) >> PAGE_SHIFT))
		return NULL;
	while (below-- > 0) {
		const struct model_page *p = &s->pages[below];

		if (!(p->flags & MP_MAPPED))
			continue;
		/* Somebody's accessible memory below, nearer than the gap: the stack may not come closer. */
		if (!(p->flags & MP_GROWSDOWN) && (p->flags & MP_PROT) &&
		    addr - (model_addr(below) + PAGE_SIZE) < STACK_GUARD_GAP)
			return NULL;
		break;
	}
	return &s->pages[i];
}

/* ---- comparing ---- */

void model_touched(struct space *s, unsigned long va)
{
	struct model_page *p = model_at(s, va);
	u64 word, there;

	if (!model_word(p, &word))
		return;
	if ((p->flags & MP_FREE) && sim_peek(s->mm, (va & PAGE_MASK) + WORD_OFFSET, &there) == SIM_IN_MEMORY &&
	    model_word_ok(p, word, there))
		word = there;
	model_write(p, word);
}

void model_adopt_copies(struct space *s)
{
	for (unsigned int i = 0; i < MODEL_PAGES; i++) {
		struct model_page *p = &s->pages[i];
		u64 word;

		if (objects[p->object].shmem && !(p->flags & (MP_SHARED | MP_OWN)) &&
		    sim_has_copy(s->mm, model_addr(i)) && model_word(p, &word))
			model_write(p, word);
	}
}

static u32 flags_of_vma(const struct vm_area_struct *vma)
{
	static const struct { unsigned long vm; u32 mp; } map[] = {
		{ VM_READ, MP_R }, { VM_WRITE, MP_W }, { VM_EXEC, MP_X }, { VM_SHARED, MP_SHARED },
		{ VM_MAYSHARE, MP_MAYSHARE }, { VM_GROWSDOWN, MP_GROWSDOWN }, { VM_ACCOUNT, MP_ACCOUNT },
		{ VM_NORESERVE, MP_NORESERVE }, { VM_LOCKED, MP_LOCKED }, { VM_LOCKONFAULT, MP_ONFAULT },
		{ VM_DONTCOPY, MP_DONTFORK }, { VM_WIPEONFORK, MP_WIPE },
	};
	u32 flags = MP_MAPPED;

	for (unsigned int i = 0; i < ARRAY_SIZE(map); i++)
		if (vma->vm_flags & map[i].vm)
			flags |= map[i].mp;
	return vma->vm_flags & VM_MAYWRITE ? flags : flags | MP_NOWRITE;
}

u32 model_kernel_flags(struct space *s, unsigned long va)
{
	struct vm_area_struct *vma;

	mmap_read_lock(s->mm);
	vma = vma_lookup(s->mm, va);
	mmap_read_unlock(s->mm);
	return vma ? flags_of_vma(vma) : 0;
}

static void check_page(struct space *s, unsigned long va, const struct model_page *p,
		       const struct vm_area_struct *vma)
{
	u32 want = p->flags & ~MP_CONTENT, got = vma ? flags_of_vma(vma) : 0;
	unsigned long offset;
	u64 word, there;

	if (want != got)
		panic("sim: page %#lx: flags %#x in the model, %#x in the kernel", va, want, got);
	if (!vma)
		return;
	offset = vma->vm_pgoff + ((va - vma->vm_start) >> PAGE_SHIFT);
	if (!vma->vm_file != !p->object || (vma->vm_file && offset != p->offset))
		panic("sim: page %#lx: object %u page %u in the model, page %lu in the kernel", va,
		      p->object, p->offset, offset);
	switch (sim_peek(s->mm, va + WORD_OFFSET, &there)) {
	case SIM_SWAPPED:
		return;
	case SIM_NOTHING:
		there = 0;
		if (!(p->flags & MP_OWN))
			return;
		break;
	case SIM_IN_MEMORY:
		break;
	}
	if (!model_word(p, &word) || !model_word_ok(p, word, there))
		panic("sim: page %#lx holds %#lx, the model says %#lx", va, (unsigned long)there, (unsigned long)word);
}

struct totals {
	unsigned long mapped, data, stack, locked;
};

static void add_page(struct totals *t, u32 flags)
{
	t->mapped++;
	if ((flags & (MP_W | MP_SHARED | MP_GROWSDOWN)) == MP_W)
		t->data++;
	else if (flags & MP_GROWSDOWN)
		t->stack++;
	if (flags & MP_LOCKED)
		t->locked++;
}

void model_check_space(struct space *s)
{
	struct mm_struct *mm = s->mm;
	struct vm_area_struct *vma = NULL;
	struct totals t = { 0 };

	mmap_read_lock(mm);
	for (unsigned int i = 0; i < MODEL_PAGES; i++) {
		unsigned long va = model_addr(i);

		if (!vma || va >= vma->vm_end)
			vma = find_vma(mm, va);
		check_page(s, va, &s->pages[i], vma && vma->vm_start <= va ? vma : NULL);
		if (s->pages[i].flags & MP_MAPPED)
			add_page(&t, s->pages[i].flags);
	}
	validate_mm(mm);
	mmap_read_unlock(mm);
	if (mm->total_vm != t.mapped || mm->data_vm != t.data || mm->stack_vm != t.stack ||
	    mm->locked_vm != t.locked)
		panic("sim: total %lu data %lu stack %lu locked %lu in the kernel; %lu %lu %lu %lu in the model",
		      mm->total_vm, mm->data_vm, mm->stack_vm, mm->locked_vm, t.mapped, t.data, t.stack, t.locked);
	if (mm->brk != s->brk)
		panic("sim: brk %#lx in the kernel, %#lx in the model", mm->brk, s->brk);
}

void model_check_commit(const struct space *spaces, unsigned int n)
{
	unsigned long pages = 0;

	for (unsigned int i = 1; i < NR_OBJECTS; i++)
		if (objects[i].shmem)
			pages += objects[i].pages;
	for (; n > 0; n--, spaces++)
		for (unsigned int i = 0; spaces->mm && i < MODEL_PAGES; i++)
			pages += !!(spaces->pages[i].flags & MP_ACCOUNT);
	if (vm_committed() != (long)pages)
		panic("sim: %ld pages promised in the kernel, %lu in the model", vm_committed(), pages);
}
