/* SPDX-License-Identifier: MIT */
/*
 * The wrapped malloc family: see wrap_malloc.h. Counters are atomic since RCU callbacks may free in a
 * thread of their own.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

#include "tests/host/maple/wrap_malloc.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t nr, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
int __real_posix_memalign(void **out, size_t align, size_t size);
void __real_free(void *block);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t nr, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);
int __wrap_posix_memalign(void **out, size_t align, size_t size);
void __wrap_free(void *block);

static atomic_long live;
static atomic_ulong tried;
static atomic_ulong fail_from, fail_to;		/* numbers of the allocations that fail: from..to-1 */
static atomic_bool failed;

void fail_allocation(unsigned long nth, bool for_good)
{
	atomic_store(&failed, false);
	atomic_store(&fail_from, atomic_load(&tried) + nth);
	atomic_store(&fail_to, for_good ? (unsigned long)-1 : atomic_load(&tried) + nth + 1);
}

bool fail_nothing(void)
{
	atomic_store(&fail_to, 0);
	return atomic_load(&failed);
}

long live_blocks(void)
{
	return atomic_load(&live);
}

unsigned long allocations(void)
{
	return atomic_load(&tried);
}

static bool must_fail(void)
{
	unsigned long nr = atomic_fetch_add(&tried, 1) + 1;

	if (nr < atomic_load(&fail_from) || nr >= atomic_load(&fail_to))
		return false;
	atomic_store(&failed, true);
	return true;
}

static void *counted(void *block)
{
	if (block)
		atomic_fetch_add(&live, 1);
	return block;
}

void *__wrap_malloc(size_t size)
{
	return must_fail() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t nr, size_t size)
{
	return must_fail() ? NULL : counted(__real_calloc(nr, size));
}

void *__wrap_aligned_alloc(size_t align, size_t size)
{
	return must_fail() ? NULL : counted(__real_aligned_alloc(align, size));
}

int __wrap_posix_memalign(void **out, size_t align, size_t size)
{
	int err = must_fail() ? ENOMEM : __real_posix_memalign(out, align, size);

	if (!err)
		atomic_fetch_add(&live, 1);
	return err;
}

void __wrap_free(void *block)
{
	if (block)
		atomic_fetch_sub(&live, 1);
	__real_free(block);
}
