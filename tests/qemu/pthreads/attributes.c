/* SPDX-License-Identifier: MIT */
/* Attributes of threads: stack size, own stack, guard page, detached state, affinity; names; concurrency of one hart. */
#include <sched.h>
#include <setjmp.h>
#include <sys/mman.h>
#include "say.h"

#define STACK	(128 * 1024UL)

static char altstack[4][16384];
static __thread sigjmp_buf escape;
static void *guard_hit;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	guard_hit = info->si_addr;
	siglongjmp(escape, 1);
}

/* Deeper than any stack here. */
static long recurse(volatile char *above, int depth)
{
	volatile char room[1024];

	room[0] = above[0];
	return depth ? recurse(room, depth - 1) + room[0] : 0;
}

static void *overflow(void *arg)
{
	stack_t ss = { .ss_sp = altstack[0], .ss_size = sizeof(altstack[0]) };
	pthread_attr_t attr;
	volatile char c = 0;
	size_t size, guard;
	void *addr;

	(void)arg;
	need(sigaltstack(&ss, NULL));
	must(pthread_getattr_np(pthread_self(), &attr));
	must(pthread_attr_getstack(&attr, &addr, &size));
	must(pthread_attr_getguardsize(&attr, &guard));
	printf("stack of %zu, guard of %zu, we are on it: %d\n", size, guard, (char *)&c >= (char *)addr &&
	       (char *)&c < (char *)addr + size);
	if (sigsetjmp(escape, 1) == 0)
		recurse(&c, 10000);
	printf("the fault is in the guard: %d\n", (char *)guard_hit < (char *)addr + guard &&
	       (char *)guard_hit >= (char *)addr - guard);
	return NULL;
}

static void *where(void *arg)
{
	char here;

	return (void *)(long)(&here > (char *)arg && &here < (char *)arg + STACK);
}

static void stacks(void)
{
	pthread_attr_t attr;
	pthread_t t;
	void *own = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(pthread_attr_init(&attr));
	must(pthread_attr_setstacksize(&attr, STACK));
	must(pthread_create(&t, &attr, overflow, NULL));
	join(t);
	must(pthread_attr_setstack(&attr, own, STACK));
	must(pthread_create(&t, &attr, where, own));
	printf("on a stack of our own: %ld\n", join(t));
	must(pthread_attr_destroy(&attr));
	must(pthread_attr_init(&attr));
	must(pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED));
	must(pthread_create(&t, &attr, where, own));
	printf("small stack: %s\n", error(pthread_attr_setstacksize(&attr, 100)));
}

static void *on_cpu(void *arg)
{
	cpu_set_t set, got;
	long wrong = 0;

	for (int i = 0; i < 20; i++) {
		int cpu = (int)((long)arg + i) % (int)sysconf(_SC_NPROCESSORS_ONLN);

		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
		must(pthread_setaffinity_np(pthread_self(), sizeof(set), &set));
		wrong += sched_getcpu() != cpu;
		must(pthread_getaffinity_np(pthread_self(), sizeof(got), &got));
		wrong += !CPU_EQUAL(&set, &got);
		for (int j = 0; j < 20; j++) {
			sched_yield();
			wrong += sched_getcpu() != cpu;
		}
	}
	return (void *)wrong;
}

static void *spin(void *stop)
{
	while (!__atomic_load_n((int *)stop, __ATOMIC_SEQ_CST))
		;
	return (void *)(long)sched_getcpu();
}

/* Bound by another thread while it runs, it goes there. */
static void affinity(void)
{
	pthread_t t[4];
	cpu_set_t set;
	long wrong = 0;
	int stop = 0, last = (int)sysconf(_SC_NPROCESSORS_ONLN) - 1;

	for (long i = 0; i < 4; i++)
		t[i] = start(on_cpu, i);
	for (int i = 0; i < 4; i++)
		wrong += join(t[i]);
	printf("affinity: %ld wrong\n", wrong);
	for (int cpu = 0; cpu <= last; cpu += last ? last : 1) {
		stop = 0;
		t[0] = start(spin, (long)&stop);
		sleep_ms(2);
		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
		must(pthread_setaffinity_np(t[0], sizeof(set), &set));
		sleep_ms(20);
		__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
		wrong += join(t[0]) != cpu;
	}
	CPU_ZERO(&set);
	printf("bound from outside: %ld wrong\n", wrong);
	printf("to none: %s\n", error(pthread_setaffinity_np(pthread_self(), sizeof(set), &set)));
	CPU_SET(1000, &set);
	printf("to one that is not there: %s\n", error(pthread_setaffinity_np(pthread_self(), sizeof(set), &set)));
}

int main(void)
{
	struct sigaction act = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	struct sched_param param = { 0 };
	int policy;

	setvbuf(stdout, NULL, _IOLBF, 0);
	need(sigaction(SIGSEGV, &act, NULL));
	stacks();
	affinity();
	must(pthread_getschedparam(pthread_self(), &policy, &param));
	printf("policy %d, priority %d, set again %s\n", policy, param.sched_priority,
	       error(pthread_setschedparam(pthread_self(), policy, &param)));
	return 0;
}
