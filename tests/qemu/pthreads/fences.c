/* SPDX-License-Identifier: MIT */
/* membarrier: one thread does without a fence where the other makes up for it. Never do both miss each other's store. */
#include <sys/syscall.h>
#include "say.h"

#define ROUNDS		2000
#define CMD_QUERY	0
#define CMD_EXPEDITED	8
#define CMD_REGISTER	16

static volatile int fast_word, slow_word, fast_saw, slow_saw;
static int round_of[2];

static long membarrier(int cmd, int flags)
{
	return syscall(SYS_membarrier, cmd, flags, 0);
}

/* Both threads begin round @n together. */
static void meet(int me, int n)
{
	__atomic_store_n(&round_of[me], n, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&round_of[!me], __ATOMIC_SEQ_CST) < n)
		sched_yield();
}

static void *fast(void *arg)
{
	for (int n = 1; n <= 2 * ROUNDS; n += 2) {
		meet(0, n);
		fast_word = n;
		asm volatile("" : : : "memory");	/* a compiler's fence, no more */
		fast_saw = slow_word;
		meet(0, n + 1);
	}
	return arg;
}

static int slow(void)
{
	int missed = 0;

	for (int n = 1; n <= 2 * ROUNDS; n += 2) {
		meet(1, n);
		slow_word = n;
		membarrier(CMD_EXPEDITED, 0);
		slow_saw = fast_word;
		meet(1, n + 1);
		missed += fast_saw != n && slow_saw != n;
	}
	return missed;
}

static void tell(const char *what, long result)
{
	printf("%s: %ld, %s\n", what, result, strerror(errno));
}

int main(void)
{
	pthread_t t;

	printf("has what we need: %d\n", (membarrier(CMD_QUERY, 0) & (CMD_EXPEDITED | CMD_REGISTER)) == (CMD_EXPEDITED | CMD_REGISTER));
	tell("flags", membarrier(CMD_REGISTER, 7));
	tell("unknown", membarrier(77, 0));
	tell("not registered", membarrier(CMD_EXPEDITED, 0));
	printf("register: %ld\n", membarrier(CMD_REGISTER, 0));
	t = start(fast, 0);
	printf("both missed: %d\n", slow());
	join(t);
	return 0;
}
