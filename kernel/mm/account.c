/* SPDX-License-Identifier: MIT */
/*
 * Counting and limiting address space: RLIMIT_AS and RLIMIT_DATA per process, and the promise of
 * memory for the whole machine (overcommit). Modes, as vm.overcommit_memory:
 *
 *	0	refuse only a single request that exceeds all of RAM and swap
 *	1	never refuse
 *	2	the sum of all promises stays below swap + half of RAM
 *
 * Charged are private writable mappings (VM_ACCOUNT) and shared anonymous objects.
 */
#include "kernel/mm/account.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/mm/vma.h"
#include "lib/string.h"

unsigned int sysctl_overcommit_memory = OVERCOMMIT_GUESS;
static long committed_pages;		/* atomic */

/* Counts against RLIMIT_DATA: private, writable, not a stack. */
static bool is_data_mapping(unsigned long vm_flags)
{
	return (vm_flags & (VM_WRITE | VM_SHARED | VM_GROWSDOWN)) == VM_WRITE;
}

bool may_expand_vm(struct mm_struct *mm, unsigned long vm_flags, unsigned long pages)
{
	if (mm->total_vm + pages > mm->rlim_as >> PAGE_SHIFT)
		return false;
	return !is_data_mapping(vm_flags) || mm->data_vm + pages <= mm->rlim_data >> PAGE_SHIFT;
}

bool may_change_flags(struct mm_struct *mm, unsigned long old, unsigned long new, unsigned long pages)
{
	if (!is_data_mapping(new) || is_data_mapping(old))
		return true;
	return mm->data_vm + pages <= mm->rlim_data >> PAGE_SHIFT;
}

void vm_stat_account(struct mm_struct *mm, unsigned long vm_flags, long pages)
{
	mm->total_vm += pages;
	if (is_data_mapping(vm_flags))
		mm->data_vm += pages;
	else if (vm_flags & VM_GROWSDOWN)
		mm->stack_vm += pages;
	if (vm_flags & VM_LOCKED)
		mm->locked_vm += pages;
	if (mm->total_vm > mm->hiwater_vm)
		mm->hiwater_vm = mm->total_vm;
}

static unsigned long commit_limit(void)
{
	return nr_total_pages() / 2 + swap_total();
}

int vm_commit(unsigned long pages)
{
	long total = __atomic_add_fetch(&committed_pages, pages, __ATOMIC_RELAXED);
	bool refuse = false;

	if (sysctl_overcommit_memory == OVERCOMMIT_GUESS)
		refuse = pages > nr_total_pages() && pages > nr_total_pages() + swap_total();
	else if (sysctl_overcommit_memory == OVERCOMMIT_NEVER)
		refuse = total > (long)commit_limit();
	if (refuse)
		vm_uncommit(pages);
	return refuse ? -ENOMEM : 0;
}

void vm_commit_moved(unsigned long pages)
{
	__atomic_add_fetch(&committed_pages, pages, __ATOMIC_RELAXED);
}

void vm_uncommit(unsigned long pages)
{
	long left = __atomic_sub_fetch(&committed_pages, pages, __ATOMIC_RELAXED);

	VM_WARN_ON(left < 0);
}

long vm_committed(void)
{
	return __atomic_load_n(&committed_pages, __ATOMIC_RELAXED);
}

void vm_uncharge(unsigned long vm_flags, unsigned long pages)
{
	if ((vm_flags & VM_ACCOUNT) && pages)
		vm_uncommit(pages);
}

/* ---- knobs ---- */

#define MAP_COUNT_MAX	0x7fffffffUL

long mm_knob_get(const char *name)
{
	if (strcmp(name, "overcommit_memory") == 0)
		return READ_ONCE(sysctl_overcommit_memory);
	if (strcmp(name, "max_map_count") == 0)
		return READ_ONCE(sysctl_max_map_count);
	return -ENOENT;
}

int mm_knob_set(const char *name, unsigned long value)
{
	if (strcmp(name, "overcommit_memory") == 0) {
		if (value > OVERCOMMIT_NEVER)
			return -EINVAL;
		WRITE_ONCE(sysctl_overcommit_memory, (unsigned int)value);
		return 0;
	}
	if (strcmp(name, "max_map_count") == 0) {
		if (value > MAP_COUNT_MAX)
			return -EINVAL;
		WRITE_ONCE(sysctl_max_map_count, (int)value);
		return 0;
	}
	return -ENOENT;
}
