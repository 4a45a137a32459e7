/* SPDX-License-Identifier: MIT */
/*
 * Kernel stacks in the vmalloc window, one slot each; the lower half of a slot is
 * never mapped:
 *
 *	slot 0                    slot 1                    slot 2
 *	| hole   | stack 0      | | hole   | stack 1      | | hole ...
 *	         <- KSTACK_SIZE ->
 *
 * A stack that is freed stays mapped and is kept for the next task, up to a number: so fork and
 * exit cost no page-table work and no TLB flush on other harts.
 */
#include "kernel/mm/frame/vmalloc.h"
#include "kernel/core/bug.h"
#include "kernel/core/config.h"
#include "kernel/core/spinlock.h"
#include "kernel/mm/frame/gfp.h"
#include "kernel/mm/frame/kmap.h"
#include "lib/bitmap.h"

#define SLOT_SIZE	(2 * KSTACK_SIZE)
#define NR_SLOTS	4096UL
#define STACKS_END	(VMALLOC_START + NR_SLOTS * SLOT_SIZE)
#define NR_KEPT		32

_Static_assert(STACKS_END <= VMALLOC_END, "the stacks fit into the window");

static DEFINE_SPINLOCK(kstack_lock);
/* kstack_lock. */
static DECLARE_BITMAP(slots_used, NR_SLOTS);
static void *kept[NR_KEPT];	/* mapped and not in use; their slots count as used */
static unsigned int nr_kept;

static unsigned long slot_stack(size_t slot)
{
	return VMALLOC_START + slot * SLOT_SIZE + (SLOT_SIZE - KSTACK_SIZE);
}

static void release_slot(unsigned long stack)
{
	spin_lock(&kstack_lock);
	bitmap_clear(slots_used, (stack - VMALLOC_START) / SLOT_SIZE);
	spin_unlock(&kstack_lock);
}

/* Unmap [@stack, @stack + @size) everywhere, then free the frames that were behind it. */
static void unmap_stack(unsigned long stack, unsigned long size)
{
	struct page *pages[KSTACK_SIZE / PAGE_SIZE];
	unsigned int n = 0;

	for (unsigned long va = stack; va < stack + size; va += PAGE_SIZE)
		pages[n++] = phys_to_page(kernel_walk(va));
	if (size > 0)
		kernel_unmap(stack, size);
	while (n > 0)
		put_page(pages[--n]);
}

static bool map_stack(unsigned long stack)
{
	for (unsigned long va = stack; va < stack + KSTACK_SIZE; va += PAGE_SIZE) {
		struct page *page = alloc_page(GFP_KERNEL | __GFP_NOFAIL_INJECT);

		if (page && kernel_map(va, page_to_phys(page), PAGE_SIZE, KMAP_RW) == 0)
			continue;
		if (page)
			put_page(page);
		unmap_stack(stack, va - stack);
		return false;
	}
	return true;
}

void *kstack_alloc(void)
{
	void *stack = NULL;
	size_t slot = 0;

	/* Counted here, once, so that what is kept for reuse does not change the count. */
	if (should_fail_alloc(GFP_KERNEL))
		return NULL;

	spin_lock(&kstack_lock);
	if (nr_kept > 0) {
		stack = kept[--nr_kept];
	} else {
		slot = bitmap_next_clear(slots_used, NR_SLOTS, 0);
		if (slot < NR_SLOTS)
			bitmap_set(slots_used, slot);
	}
	spin_unlock(&kstack_lock);
	if (stack || slot == NR_SLOTS)
		return stack;

	if (!map_stack(slot_stack(slot))) {
		release_slot(slot_stack(slot));
		return NULL;
	}
	return (void *)slot_stack(slot);
}

static void destroy_stack(void *stack)
{
	unmap_stack((unsigned long)stack, KSTACK_SIZE);
	release_slot((unsigned long)stack);
}

/* Is @stack the lowest address of a stack that we handed out? */
static __unused bool is_stack(const void *stack)
{
	unsigned long va = (unsigned long)stack;
	size_t slot = (va - VMALLOC_START) / SLOT_SIZE;

	return va >= VMALLOC_START && va < STACKS_END && va == slot_stack(slot) &&
	       bitmap_test(slots_used, slot);
}

void kstack_free(void *stack)
{
	bool keep;

	VM_BUG_ON(!is_stack(stack));
	spin_lock(&kstack_lock);
	for (unsigned int i = 0; i < nr_kept; i++)
		VM_BUG_ON(kept[i] == stack);		/* freed twice */
	keep = nr_kept < NR_KEPT;
	if (keep)
		kept[nr_kept++] = stack;
	spin_unlock(&kstack_lock);
	if (!keep)
		destroy_stack(stack);
}

void kstack_drain(void)
{
	for (;;) {
		void *stack = NULL;

		spin_lock(&kstack_lock);
		if (nr_kept > 0)
			stack = kept[--nr_kept];
		spin_unlock(&kstack_lock);
		if (!stack)
			return;
		destroy_stack(stack);
	}
}

bool kstack_guard_hit(unsigned long addr)
{
	return addr >= VMALLOC_START && addr < STACKS_END &&
	       (addr - VMALLOC_START) % SLOT_SIZE < SLOT_SIZE - KSTACK_SIZE;
}
