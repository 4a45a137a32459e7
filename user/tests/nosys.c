/* SPDX-License-Identifier: MIT */
/* nosys: numbers that mean no system call. */
#include "user/tests/tap.h"

int main(void)
{
	static const unsigned long unknown[] = {
		244, 245, 600, 999, 0xfff, 0x1002 + 100, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff, 1UL << 32,
		(1UL << 32) + SYS_getpid, 1UL << 63, -1UL,
	};

	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		is_errno(raw_syscall(unknown[i], 1L, 2L, 3L, 4L, 5L, 6L), ENOSYS, "system call 0x%lx", unknown[i]);
	is(raw_syscall(SYS_getpid), getpid(), "a known one works afterwards");
	return tap_done();
}
