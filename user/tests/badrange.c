/* SPDX-License-Identifier: MIT */
/* badrange: misaligned, empty, overflowing and too high ranges, in every memory call. */
#include "user/tests/tap.h"

#define TASK_SIZE	0x4000000000UL
#define RW		(PROT_READ | PROT_WRITE)
#define ANON		(MAP_PRIVATE | MAP_ANONYMOUS)

static long map(unsigned long addr, unsigned long len, long prot, long flags)
{
	return raw_syscall(SYS_mmap, addr, len, prot, flags, -1L, 0L);
}

static void check_mmap(void)
{
	is_errno(map(0, 0, RW, ANON), EINVAL, "mmap of nothing");
	is_errno(map(0, -1UL, RW, ANON), ENOMEM, "mmap of 2^64 - 1 bytes");
	is_errno(map(0, -4096UL, RW, ANON), ENOMEM, "mmap of 2^64 - 4096 bytes");
	is_errno(map(0, TASK_SIZE + 4096, RW, ANON), ENOMEM, "mmap of more than an address space");
	is_errno(map(0, TASK_SIZE, RW, ANON), ENOMEM, "mmap of a whole address space");
	is_errno(map(0x20000001, 4096, RW, ANON | MAP_FIXED), EINVAL, "mmap fixed, misaligned");
	is_errno(map(TASK_SIZE, 4096, RW, ANON | MAP_FIXED), ENOMEM, "mmap fixed at the end of user space");
	is_errno(map(TASK_SIZE - 4096, 8192, RW, ANON | MAP_FIXED), ENOMEM, "mmap fixed across the end of user space");
	is_errno(map(0xffffffc000000000, 4096, RW, ANON | MAP_FIXED), ENOMEM, "mmap fixed in the kernel");
	is_errno(map(-4096UL, 8192, RW, ANON | MAP_FIXED), ENOMEM, "mmap fixed, wrapping around");
	is_errno(map(0, 4096, RW, MAP_ANONYMOUS), EINVAL, "mmap neither shared nor private");
	is_errno(map(0, 4096, RW, MAP_PRIVATE), EBADF, "mmap of descriptor -1");
	is(map(0x20000001, 4096, RW, ANON), 0x20000000, "mmap with a misaligned hint: to the page's start");
	is(raw_syscall(SYS_munmap, 0x20000000L, 4096L), 0, "munmap of it");
	ok(map(TASK_SIZE + 4096, 4096, RW, ANON) > 0, "mmap with a hint in the kernel goes elsewhere");
	long fixed = map(0x20000000, 4096, RW, ANON | MAP_FIXED_NOREPLACE);

	is(fixed, 0x20000000, "mmap at a fixed free place");
	is_errno(map(0x20000000, 4096, RW, ANON | MAP_FIXED_NOREPLACE), EEXIST, "mmap there again, not replacing");
	is(raw_syscall(SYS_munmap, 0x20000000L, 4096L), 0, "munmap of it");
}

static void check_munmap(void)
{
	is_errno(raw_syscall(SYS_munmap, 0x20000001L, 4096L), EINVAL, "munmap, misaligned");
	is_errno(raw_syscall(SYS_munmap, 0x20000000L, 0L), EINVAL, "munmap of nothing");
	is_errno(raw_syscall(SYS_munmap, 0x20000000L, -1L), EINVAL, "munmap of 2^64 - 1 bytes");
	is_errno(raw_syscall(SYS_munmap, 0x20000000L, -4096L), EINVAL, "munmap, wrapping around");
	is_errno(raw_syscall(SYS_munmap, TASK_SIZE, 4096L), EINVAL, "munmap beyond user space");
	is_errno(raw_syscall(SYS_munmap, TASK_SIZE - 4096, 8192L), EINVAL, "munmap across the end of user space");
	is_errno(raw_syscall(SYS_munmap, 0xffffffc000000000, 4096L), EINVAL, "munmap in the kernel");
	is(raw_syscall(SYS_munmap, 0x20000000L, 4096L), 0, "munmap of a hole is fine");
}

static void check_mprotect(void)
{
	char *p = map_pages(4);

	is_errno(raw_syscall(SYS_mprotect, p + 1, 4096L, (long)RW), EINVAL, "mprotect, misaligned");
	is(raw_syscall(SYS_mprotect, p, 0L, (long)RW), 0, "mprotect of nothing is fine");
	is_errno(raw_syscall(SYS_mprotect, p, 4096L, 0x40L), EINVAL, "mprotect with unknown bits");
	is_errno(raw_syscall(SYS_mprotect, p, -4096L, (long)RW), ENOMEM, "mprotect, wrapping around");
	is_errno(raw_syscall(SYS_mprotect, 0x20000000L, 4096L, (long)RW), ENOMEM, "mprotect of a hole");
	is_errno(raw_syscall(SYS_mprotect, TASK_SIZE, 4096L, (long)RW), ENOMEM, "mprotect beyond user space");
	is_errno(raw_syscall(SYS_mprotect, 0xffffffc000000000, 4096L, (long)RW), ENOMEM, "mprotect in the kernel");
	is(munmap(p + PAGE_SIZE, PAGE_SIZE), 0, "a hole in the second page");
	is_errno(raw_syscall(SYS_mprotect, p, 4 * PAGE_SIZE, (long)PROT_READ), ENOMEM, "mprotect over the hole");
	is(munmap(p, 4 * PAGE_SIZE), 0, "munmap over the hole");
}

static void check_brk(void)
{
	long now = raw_syscall(SYS_brk, 0L);

	ok(now > 0, "brk(0) tells the break");
	is(raw_syscall(SYS_brk, 1L), now, "brk below the heap changes nothing");
	is(raw_syscall(SYS_brk, TASK_SIZE), now, "brk at the end of user space changes nothing");
	is(raw_syscall(SYS_brk, -1L), now, "brk at 2^64 - 1 changes nothing");
	is(raw_syscall(SYS_brk, 0xffffffc000000000), now, "brk in the kernel changes nothing");
	is(raw_syscall(SYS_brk, now + 5), now + 5, "brk may be anywhere in a page");
	*(char *)(now + 4) = 1;
	is(raw_syscall(SYS_brk, now), now, "and back");
}

static void check_query(void)
{
	char small[8];

	is_errno(raw_syscall(SYS_samara_query, 0L, 0L, 0L, small, 8L), EINVAL, "query 0");
	is_errno(raw_syscall(SYS_samara_query, 9999L, 0L, 0L, small, 8L), EINVAL, "query 9999");
	is_errno(raw_syscall(SYS_samara_query, (long)QUERY_VMAS, 99999L, 0L, small, 8L), ESRCH, "query of nobody");
	is_errno(raw_syscall(SYS_samara_query, (long)QUERY_VMAS, -5L, 0L, small, 8L), ESRCH, "query of process -5");
	is(raw_syscall(SYS_samara_query, (long)QUERY_VMAS, 0L, 0L, small, 8L), 0, "no area fits 8 bytes");
	is(raw_syscall(SYS_samara_query, (long)QUERY_TASKS, 0L, 0L, small, 8L), 0, "no task fits 8 bytes");
}

int main(void)
{
	check_mmap();
	check_munmap();
	check_mprotect();
	check_brk();
	check_query();
	return tap_done();
}
