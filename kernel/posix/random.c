/* SPDX-License-Identifier: MIT */
/* The random numbers of random.h. */
#include "kernel/posix/random.h"
#include "kernel/arch/riscv.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/syscall.h"
#include "kernel/mm/frame/page.h"
#include "kernel/sched/sched.h"
#include "kernel/task/signal.h"
#include "lib/errno.h"
#include "lib/string.h"

static u64 counter;

static u64 next_random(void)
{
	u64 x = __atomic_add_fetch(&counter, 0x9e3779b97f4a7c15UL, __ATOMIC_RELAXED);

	x ^= csr_read(time) << 20;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9UL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebUL;
	return x ^ (x >> 31);
}

void get_random_bytes(void *buf, size_t n)
{
	char *to = buf;

	while (n > 0) {
		u64 x = next_random();
		size_t part = min(n, sizeof(x));

		memcpy(to, &x, part);
		to += part;
		n -= part;
	}
}

/* getrandom(buf, len, flags) */
SYSCALL_DEFINE(sys_getrandom)
{
	char chunk[256];
	size_t done = 0;

	if (a2 & ~7UL)
		return -EINVAL;
	a1 = min(a1, 0x7fffffffUL);
	while (done < a1) {
		size_t n = min(a1 - done, sizeof(chunk));

		get_random_bytes(chunk, n);
		if (copy_to_user(a0 + done, chunk, n) < 0)
			return done ? (long)done : -EFAULT;
		done += n;
		if (done % PAGE_SIZE == 0 && signal_pending(current))
			break;
		cond_resched();
	}
	return (long)done;
}
