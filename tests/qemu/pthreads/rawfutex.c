/* SPDX-License-Identifier: MIT */
/* futex() without glibc: what each operation answers. */
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include "say.h"

#define PRIVATE	FUTEX_PRIVATE_FLAG

static unsigned int word, other, third;

static int futex(unsigned int *addr, int op, unsigned int val, const void *timeout, unsigned int *addr2, unsigned int val3)
{
	return syscall(SYS_futex, addr, op, val, timeout, addr2, val3) < 0 ? -errno : 0;
}

static long answer(unsigned int *addr, int op, unsigned int val, long val2, unsigned int *addr2, unsigned int val3)
{
	long ret = syscall(SYS_futex, addr, op, val, val2, addr2, val3);

	return ret < 0 ? -errno : ret;
}

static void tell(const char *what, long ret)
{
	if (ret < 0)
		printf("%s: %s\n", what, error((int)-ret));
	else
		printf("%s: %ld\n", what, ret);
}

static unsigned int begin;

static void *sleeper(void *arg)
{
	return (void *)answer(&begin, FUTEX_WAIT_BITSET | PRIVATE, 0, 0, NULL, (unsigned int)(long)arg);
}

/* How many wait for @addr: moved away and back. */
static long waiting(unsigned int *addr)
{
	static unsigned int away;

	answer(addr, FUTEX_REQUEUE | PRIVATE, 0, 1000, &away, 0);
	return answer(&away, FUTEX_REQUEUE | PRIVATE, 0, 1000, addr, 0);
}

/*
 * Until @n threads wait for @addr, moved there from @from, and stay. Linux may wake a task late for its sleep before this one: then it waits
 * for the first word again, although it was moved.
 */
static void settle(unsigned int *from, unsigned int *addr, long n)
{
	struct timespec moment = { 0, 1000000 };

	for (int calm = 0; calm < 5; calm++) {
		while (answer(from, FUTEX_REQUEUE | PRIVATE, 0, 1000, addr, 0) != 0 || waiting(addr) != n) {
			calm = 0;
			sched_yield();
		}
		nanosleep(&moment, NULL);
	}
}

static pthread_t sleeping[70];
static int nr_sleeping;

static void add_sleepers(int n, unsigned int bits)
{
	for (int i = 0; i < n; i++)
		sleeping[nr_sleeping++] = start(sleeper, bits);
	settle(&begin, &word, nr_sleeping);
}

static void join_all(void)
{
	long wrong = 0;

	for (int i = 0; i < nr_sleeping; i++)
		wrong += join(sleeping[i]) != 0;
	nr_sleeping = 0;
	printf("joined, %ld wrong\n", wrong);
}

static void errors(void)
{
	char *gone = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct timespec bad = { 0, 1000000000 }, negative = { -1, 0 };

	munmap(gone, 4096);
	tell("another value", futex(&word, FUTEX_WAIT, 1, NULL, NULL, 0));
	tell("misaligned wait", futex((unsigned int *)((char *)&word + 1), FUTEX_WAIT, 0, NULL, NULL, 0));
	tell("misaligned wake", futex((unsigned int *)((char *)&word + 2), FUTEX_WAKE, 1, NULL, NULL, 0));
	tell("unmapped wait", futex((unsigned int *)gone, FUTEX_WAIT, 0, NULL, NULL, 0));
	tell("unmapped private wait", futex((unsigned int *)gone, FUTEX_WAIT | PRIVATE, 0, NULL, NULL, 0));
	tell("unmapped wake", futex((unsigned int *)gone, FUTEX_WAKE, 1, NULL, NULL, 0));
	tell("unmapped private wake", futex((unsigned int *)gone, FUTEX_WAKE | PRIVATE, 1, NULL, NULL, 0));
	tell("kernel address", futex((unsigned int *)-8L, FUTEX_WAKE | PRIVATE, 1, NULL, NULL, 0));
	tell("bad nanoseconds", futex(&word, FUTEX_WAIT, 0, &bad, NULL, 0));
	tell("negative time", futex(&word, FUTEX_WAIT, 0, &negative, NULL, 0));
	tell("bad timeout address", futex(&word, FUTEX_WAIT, 0, gone, NULL, 0));
	tell("no bits to wait for", futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0));
	tell("no bits to wake", futex(&word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0));
	tell("no operation", futex(&word, 77, 0, NULL, NULL, 0));
	tell("real time for wake", futex(&word, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 0, NULL, NULL, 0));
	tell("requeue to unmapped", answer(&word, FUTEX_REQUEUE | PRIVATE, 1, 1, (unsigned int *)gone, 0));
	tell("requeue to misaligned", answer(&word, FUTEX_REQUEUE, 1, 1, (unsigned int *)((char *)&other + 1), 0));
	tell("requeue of -1", answer(&word, FUTEX_REQUEUE, 1, -1, &other, 0));
	tell("cmp_requeue of another value", answer(&word, FUTEX_CMP_REQUEUE, 1, 1, &other, 5));
	tell("wake_op without the page", answer(&word, FUTEX_WAKE_OP, 1, 1, (unsigned int *)gone, 0));
	tell("wake nobody", answer(&word, FUTEX_WAKE, 1, 0, NULL, 0));
}

static void timeouts(void)
{
	struct timespec soon = { 0, 20000000 }, over = { 1, 0 };
	struct timespec mono = in_ms(CLOCK_MONOTONIC, 20), real = in_ms(CLOCK_REALTIME, 40);
	long long begin = clock_ns(CLOCK_MONOTONIC);

	tell("relative", futex(&word, FUTEX_WAIT | PRIVATE, 0, &soon, NULL, 0));
	printf("early: %d\n", clock_ns(CLOCK_MONOTONIC) < begin + 20000000);
	tell("absolute", futex(&word, FUTEX_WAIT_BITSET | PRIVATE, 0, &mono, NULL, 1));
	tell("real time", futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &real, NULL, 1));
	printf("early: %d\n", clock_ns(CLOCK_REALTIME) < real.tv_sec * 1000000000LL + real.tv_nsec);
	tell("over", futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &over, NULL, 1));
	tell("over, another value", futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 3, &over, NULL, 1));
}

static void wakes(void)
{
	add_sleepers(3, 1);
	add_sleepers(2, 2);
	add_sleepers(1, 3);
	tell("bits 4", answer(&word, FUTEX_WAKE_BITSET | PRIVATE, 100, 0, NULL, 4));
	tell("the other kind of key", answer(&other, FUTEX_WAKE | PRIVATE, 100, 0, NULL, 0));
	tell("bits 2", answer(&word, FUTEX_WAKE_BITSET | PRIVATE, 100, 0, NULL, 2));
	tell("one", answer(&word, FUTEX_WAKE | PRIVATE, 1, 0, NULL, 0));
	tell("wake of 0", answer(&word, FUTEX_WAKE | PRIVATE, 0, 0, NULL, 0));
	tell("the rest", answer(&word, FUTEX_WAKE | PRIVATE, 1000, 0, NULL, 0));
	join_all();
	add_sleepers(3, -1);
	tell("wake_op with 0 and 0", answer(&third, FUTEX_WAKE_OP | PRIVATE, 0, 0, &word, 0));
	tell("wake_op with -1", answer(&word, FUTEX_WAKE_OP | PRIVATE, -1, 0, &other, 0));
	tell("the rest", answer(&word, FUTEX_WAKE | PRIVATE, 1000, 0, NULL, 0));
	join_all();
}

static void requeues(void)
{
	add_sleepers(10, -1);
	tell("requeue 2 and 3", answer(&word, FUTEX_REQUEUE | PRIVATE, 2, 3, &other, 0));
	tell("of the second", answer(&other, FUTEX_WAKE | PRIVATE, 2, 0, NULL, 0));
	tell("cmp_requeue, 0 and all", answer(&word, FUTEX_CMP_REQUEUE | PRIVATE, 0, 1000, &other, 0));
	tell("none at the first", answer(&word, FUTEX_WAKE | PRIVATE, 1000, 0, NULL, 0));
	tell("all at the second", answer(&other, FUTEX_WAKE | PRIVATE, 1000, 0, NULL, 0));
	join_all();
	add_sleepers(70, -1);
	tell("more than a batch, on itself", answer(&word, FUTEX_CMP_REQUEUE | PRIVATE, 1, 1000, &word, 0) > 0);
	tell("more than a batch", answer(&word, FUTEX_REQUEUE | PRIVATE, 0, 1000, &other, 0) >= 69);
	tell("woken", answer(&other, FUTEX_WAKE | PRIVATE, 1000, 0, NULL, 0) >= 69);
	join_all();
}

/* One FUTEX_WAKE_OP on a word that is @value: what becomes of it. */
static void change(const char *name, unsigned int code, unsigned int value)
{
	long woken;

	other = value;
	woken = answer(&word, FUTEX_WAKE_OP, 1, 1, &other, code);
	printf("%s %03x: %ld %x\n", name, code >> 12 & 0xfff, woken, other);
}

static void ops(void)
{
	static const char *const name[] = { "set", "add", "or", "andn", "xor" };
	static const unsigned int arg[] = { 0, 5, 0xffa, 0x7ff, 0x800 };

	for (unsigned int op = 0; op < 5; op++) {
		for (unsigned int i = 0; i < 5; i++) {
			change(name[op], op << 28 | i << 24 | arg[i] << 12 | arg[4 - i], 0x12345678);
			change(name[op], (op | 8) << 28 | i << 24 | (i * 7) << 12, 0xffffff00);
		}
	}
	tell("no such operation", answer(&word, FUTEX_WAKE_OP, 1, 1, &other, 5u << 28));
	tell("no such comparison", answer(&word, FUTEX_WAKE_OP, 1, 1, &other, 6u << 24));
	tell("misaligned second", answer(&word, FUTEX_WAKE_OP, 1, 1, (unsigned int *)((char *)&other + 1), 0));
}

static void *at_zero(void *arg)
{
	return (void *)answer(arg, FUTEX_WAIT | PRIVATE, 0, 0, NULL, 0);
}

/* A thread that waits for @addr: moved there, so that it sleeps for sure. */
static pthread_t sleeper_at(unsigned int *addr)
{
	static unsigned int zero;
	pthread_t t = start(at_zero, (long)&zero);

	settle(&zero, addr, 1);
	return t;
}

/* A waiter of the first word is woken always, one of the second word if what that was compares to 0. */
static void comparisons(void)
{
	static const char *const name[] = { "==", "!=", "<", "<=", ">", ">=" };

	for (unsigned int cmp = 0; cmp < 6; cmp++) {
		printf("%s:", name[cmp]);
		for (int old = -1; old < 2; old++) {
			pthread_t t[2];

			other = (unsigned int)old;
			t[0] = sleeper_at(&third);
			t[1] = sleeper_at(&other);
			printf(" %ld", answer(&third, FUTEX_WAKE_OP | PRIVATE, 1, 1, &other, cmp << 24 | 9u << 12));
			answer(&other, FUTEX_WAKE | PRIVATE, 1, 0, NULL, 0);
			if (join(t[0]) | join(t[1]))
				printf("?");
		}
		printf("\n");
	}
}

int main(void)
{
	errors();
	timeouts();
	wakes();
	requeues();
	ops();
	comparisons();
	return 0;
}
