/* SPDX-License-Identifier: MIT */
/*
 * sysfuzz [-n TASKS] [-t SECONDS] [-s SEED]: random system calls. Each task is a child that makes a few hundred calls, mostly
 * about memory, with arguments from pools of what hurts, and is replaced when it has ended, however that came about. Every
 * other task has several threads that make calls at once, and that end and start others.
 *
 *	parent --fork--> child: own pipes as 0, 1, 2; own arena and a shared one; calls until one ends it
 *	   |  \--fork--> child
 *	   +-- once in a while: replace the ended, kill those that hang
 *
 * A task's calls follow from SEED and its number; the other tasks and threads come in between as they like. At the end every
 * child has to be gone soon after SIGKILL, and every frame and object back.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "user/libsys/census.h"
#include "user/libsys/ipc.h"
#include "user/libsys/sys.h"
#include "user/libsys/thread.h"

#define MAX_TASKS	32
#define CALLS		400		/* of one child */
#define ARENA_PAGES	256
#define HANGS_NS	1000000000ULL	/* a child older than this is killed: some calls sleep, and may */
#define GONE_NS		10000000000ULL
#define WARM_UP_NS	1000000000ULL
#define TASK_SIZE	0x4000000000UL
#define RW		(PROT_READ | PROT_WRITE)
#define O_NONBLOCK	04000L
#define THREADS		4		/* of one child, with those that come later */

struct task {
	pid_t pid;
	unsigned long long born;
};

#define SHARED_PAGES	64

static struct task tasks[MAX_TASKS];	/* the parent's; a child has what there was when it began */
static char *shared;			/* pages that all tasks write to */

static unsigned long nr_tasks = 8, seconds = 5, seed = 1;

/* ---- numbers ---- */

static unsigned long rng;

/* SplitMix64 (Steele, Lea, Flood 2014): its state is a counter, which several threads can share. */
static unsigned long random_word(void)
{
	unsigned long z = __atomic_add_fetch(&rng, 0x9e3779b97f4a7c15UL, __ATOMIC_RELAXED);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9UL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebUL;
	return z ^ z >> 31;
}

static unsigned long below(unsigned long n)
{
	return random_word() % n;
}

static const short memory_calls[] = {
	SYS_mmap, SYS_mmap, SYS_mmap, SYS_munmap, SYS_munmap, SYS_mremap, SYS_mremap, SYS_mprotect, SYS_mprotect, SYS_madvise,
	SYS_madvise, SYS_msync, SYS_mlock, SYS_mlock2, SYS_munlock, SYS_mlockall, SYS_munlockall, SYS_mincore, SYS_brk,
	SYS_samara_query, SYS_samara_fail_alloc, SYS_clone, SYS_futex, SYS_futex,
};

static const short other_calls[] = {
	SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pipe2, SYS_openat, SYS_close, SYS_lseek, SYS_fstat, SYS_newfstatat,
	SYS_ioctl, SYS_fcntl, SYS_dup, SYS_dup3, SYS_readlinkat, SYS_faccessat, SYS_getrandom, SYS_uname, SYS_sysinfo,
	SYS_getrusage, SYS_times, SYS_prlimit64, SYS_wait4, SYS_kill, SYS_tgkill, SYS_tkill, SYS_rt_sigaction,
	SYS_rt_sigprocmask, SYS_rt_sigpending, SYS_rt_sigreturn, SYS_sigaltstack, SYS_set_tid_address, SYS_set_robust_list,
	SYS_setpgid, SYS_getpgid, SYS_setsid, SYS_getsid, SYS_sched_yield, SYS_clock_gettime, SYS_gettimeofday,
	SYS_nanosleep, SYS_execve, SYS_swapon, SYS_swapoff, SYS_riscv_flush_icache, SYS_restart_syscall,
	SYS_futex, SYS_clone3, SYS_get_robust_list, SYS_rt_sigtimedwait, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo,
	SYS_sched_setaffinity, SYS_sched_getaffinity, SYS_setitimer, SYS_getitimer,
};

static long random_call(void)
{
	unsigned long kind = below(100);

	if (kind < 55)
		return memory_calls[below(ARRAY_SIZE(memory_calls))];
	if (kind < 65)
		return SYS_ipc_first + (long)below(32);
	if (kind < 92)
		return other_calls[below(ARRAY_SIZE(other_calls))];
	return kind < 98 ? (long)below(501) : 0x1000 + (long)below(16);
}

/* ---- arguments ---- */

static char *arena;			/* the child's own; parts of it come and go */

static unsigned long random_size(void)
{
	static const unsigned long sizes[] = {
		0, 1, 7, 8, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1, 2 * PAGE_SIZE, 16 * PAGE_SIZE, 2UL << 20, 1UL << 30, 1UL << 31,
		1UL << 32, TASK_SIZE - 1, TASK_SIZE, TASK_SIZE + 1, 1UL << 62, 1UL << 63, -PAGE_SIZE, -1UL,
	};

	return below(3) ? (1 + below(32)) * PAGE_SIZE : sizes[below(ARRAY_SIZE(sizes))];
}

static unsigned long random_address(void)
{
	static const unsigned long odd[] = {
		0, 1, 0xfff, 0x1000, 0x10000, TASK_SIZE - PAGE_SIZE, TASK_SIZE - 1, TASK_SIZE, TASK_SIZE + 1, 1UL << 38, 1UL << 63,
		0xffffffc080000000UL, 0xffffffc080200000UL, 0xfffffff000000000UL, 0xffffffff80200000UL, -PAGE_SIZE, -8UL, -1UL,
	};
	unsigned long page = below(ARENA_PAGES) * PAGE_SIZE;

	switch (below(10)) {
	case 0:
		return odd[below(ARRAY_SIZE(odd))];
	case 1:
		return (unsigned long)arena + page + below(PAGE_SIZE);
	case 2:
		return (unsigned long)arena + page + PAGE_SIZE - below(16);
	case 3:
		return (unsigned long)shared + below(SHARED_PAGES * PAGE_SIZE);
	case 4:
		return (unsigned long)&page & -PAGE_SIZE;		/* the stack */
	case 5:
		return (unsigned long)memory_calls & -PAGE_SIZE;	/* the program */
	}
	return (unsigned long)arena + page;
}

/* Another task, or one that was: never this child's ancestors, which have to see the end. */
static long random_pid(void)
{
	pid_t pid = tasks[below(nr_tasks)].pid;

	return pid > 0 ? pid : getpid();
}

static unsigned long random_argument(void)
{
	switch (below(8)) {
	case 0:
		return random_size();
	case 1:
		return below(64);
	case 2:
		return 1UL << below(64);
	case 3:
		return random_word() & 0x3f;
	case 4:
		return -below(5);
	case 5:
		return (unsigned long)random_pid();
	}
	return random_address();
}

static const struct { long sec, nsec; } short_time = { 0, 2000000 };

/* A time-out, mostly: else the call may sleep until the task is killed. */
static unsigned long random_timeout(void)
{
	return below(8) ? (unsigned long)&short_time : below(2) ? 0 : random_address();
}

/* What a call about threads is given, so that it gets beyond its first test. */
static void thread_arguments(long call, unsigned long a[6])
{
	static const unsigned long affinity[] = { 1, 2, 3, 6, 0xff, 0 };

	switch (call) {
	case SYS_futex:
		a[0] = below(8) ? random_address() & ~3UL : a[0];
		a[1] = below(8) ? below(11) | (below(2) ? FUTEX_PRIVATE_FLAG : 0) | (below(8) ? 0 : FUTEX_CLOCK_REALTIME) : a[1];
		a[2] = below(2);
		a[3] = (a[1] & 7) < 3 || (a[1] & 15) == FUTEX_WAIT_BITSET ? random_timeout() : below(4);
		a[4] = below(8) ? random_address() & ~3UL : a[4];
		break;
	case SYS_clone3:
		a[1] = below(4) ? 64 + 8 * below(4) : a[1];
		break;
	case SYS_rt_sigtimedwait:
		a[2] = random_timeout();
		a[3] = 8;
		break;
	case SYS_sched_setaffinity:
		a[0] = below(2) ? 0 : (unsigned long)random_pid();
		a[1] = 8;
		a[2] = below(4) ? (unsigned long)&affinity[below(ARRAY_SIZE(affinity))] : a[2];
		break;
	case SYS_rt_sigqueueinfo:
	case SYS_rt_tgsigqueueinfo:
		a[0] = a[1] = (unsigned long)random_pid();
		a[call == SYS_rt_sigqueueinfo ? 1 : 2] = below(65);
		break;
	case SYS_execve:
		a[0] = below(2) ? (unsigned long)"/bin/hello" : a[0];
		a[1] = a[2] = below(2) ? 0 : a[1];
		break;
	}
}

/* Arguments for @call: an address and a size first where that is the usual order, and nothing that reaches beyond the tasks. */
static void random_arguments(long call, unsigned long a[6])
{
	for (int i = 0; i < 6; i++)
		a[i] = random_argument();
	if (call >= SYS_brk && call <= SYS_madvise && below(4)) {
		a[0] = random_address();
		a[1] = random_size();
		a[2] = below(8);
	}
	switch (call) {
	case SYS_mmap:
		a[3] = below(2) ? MAP_PRIVATE | MAP_ANONYMOUS | (below(4) ? 0 : MAP_FIXED) : random_word() & 0x1fffff;
		if (!(a[3] & MAP_FIXED) && below(2))
			a[0] = 0;
		break;
	case SYS_madvise:
		a[2] = below(26);
		break;
	case SYS_kill:
	case SYS_tkill:
		a[0] = (unsigned long)random_pid();
		break;
	case SYS_tgkill:
		a[0] = a[1] = (unsigned long)random_pid();
		break;
	case SYS_clone:
		a[0] = (random_word() & 0xffffff00) | (below(2) ? SIGCHLD : below(65));
		a[1] = below(4) ? 0 : a[1];
		break;
	case SYS_nanosleep:
	case SYS_clock_nanosleep:
		a[0] &= 0xff;			/* a time of nowhere: no sleep of years */
		break;
	case SYS_samara_query:
		a[0] = below(16);
		a[1] = below(2) ? 0 : (unsigned long)random_pid();
		break;
	case SYS_samara_fail_alloc:
		a[0] = below(40);
		break;
	}
	thread_arguments(call, a);
}

/* ---- handles and messages ---- */

#define ENDPOINTS	8	/* that all tasks share: the parent's */

/* Mostly the number of a place that has been given out once or a few times. */
static unsigned long random_handle(void)
{
	return below(8) ? below(ENDPOINTS * 2 + 2) + HANDLES_MAX * (1 + below(2)) : below(2) ? random_argument() : random_word();
}

/* A call with all its registers. One that waits does so for a short time, mostly. */
static void message_call(long call, const unsigned long a[6])
{
	struct ipc_msg m = { .reply = random_handle(), .flags = below(2), .deadline = below(8) ? now_ns() + below(2000000) : below(3) };

	for (int i = 0; i < IPC_WORDS; i++)
		m.word[i] = a[i % 6];
	if (call == SYS_handle_dup && below(8)) {
		m.word[0] = below(8);
		m.word[1] = below(3);
	}
	for (int i = 0; i < 2; i++)
		m.handle[i] = below(2) ? 0 : (unsigned int)(random_handle() | (below(2) ? IPC_MOVE : 0));
	ipc_syscall(call, random_handle(), &m);
}

/* Memory objects of a few pages, mostly. Who needs a page of a pager that does not answer waits until it is killed. */
static void object_call(long call, const unsigned long a[6])
{
	unsigned long handle = random_handle(), offset = below(8) ? below(32) * PAGE_SIZE : a[1];

	switch (call) {
	case SYS_memobj_create:
		raw_syscall(call, below(8) ? (1 + below(64)) * PAGE_SIZE : a[0], below(2) ? 0 : handle, a[2]);
		break;
	case SYS_memobj_map:
		raw_syscall(call, handle, below(2) ? 0 : a[1], below(8) ? (1 + below(32)) * PAGE_SIZE : a[2], below(8) ? RW : a[3],
			    below(8) ? MAP_SHARED + below(2) : a[4], offset);
		break;
	default:
		raw_syscall(call, handle, offset, below(8) ? (unsigned long)arena : a[2], below(8) ? below(16) : a[3]);
		break;
	}
}

/* Oneself or a child, and what is there or is not. */
static void task_call(long call, const unsigned long a[6])
{
	unsigned long task = random_handle(), addr = below(8) ? (unsigned long)arena + below(64) * PAGE_SIZE : a[1];

	switch (call) {
	case SYS_task_open:
		task_open(below(2) ? 0 : random_pid());
		break;
	case SYS_vm_map:
		vm_map(task, below(2) ? NULL : (void *)addr, below(8) ? (1 + below(32)) * PAGE_SIZE : a[2], below(8) ? RW : (int)a[3],
		       (int)(below(8) ? MAP_SHARED + below(2) : a[4]), below(2) ? 0 : random_handle(), below(8) ? below(32) * PAGE_SIZE : a[5]);
		break;
	default:
		raw_syscall(call, task, addr, below(8) ? (unsigned long)arena : a[2], below(8) ? below(32) * PAGE_SIZE : a[3]);
		break;
	}
}

/* Those of servers that drive devices. */
static void device_call(long call, const unsigned long a[6])
{
	switch (call) {
	case SYS_memobj_create_physical:
		raw_syscall(call, below(4) ? 0x101000UL : a[0], below(2) ? PAGE_SIZE : a[1]);
		break;
	case SYS_irq_bind:
		raw_syscall(call, random_handle(), random_handle(), a[2]);
		break;
	case SYS_console_event:
		raw_syscall(call, random_handle(), below(5), a[2]);
		break;
	default:
		raw_syscall(call, random_handle(), a[1], a[2]);
	}
}

/* As process 1 it can have the clock's registers and its interrupt, beside the endpoints: handles that the tasks find by chance. */
static long clock_irq = -1, an_endpoint;

static void open_clock(void)
{
	struct q_device devices[8];
	long n = query(QUERY_DEVICES, 0, 0, devices, sizeof(devices));

	for (long i = 0; i < n && getpid() == 1; i++)
		if (devices[i].offered && memobj_create_physical(devices[i].addr, devices[i].size) > 0)
			clock_irq = irq_create(devices[i].irq);
}

/* ---- a task ---- */

static void prepare_child(unsigned long number)
{
	int fds[2];

	rng = seed * 0x9e3779b97f4a7c15UL + number * 0xbf58476d1ce4e5b9UL + 1;
	setpgid(0, 0);
	if (raw_syscall(SYS_pipe2, fds, O_NONBLOCK) != 0)
		_exit(1);
	raw_syscall(SYS_dup3, (long)fds[0], 0L, 0L);
	raw_syscall(SYS_dup3, (long)fds[1], 1L, 0L);
	raw_syscall(SYS_dup3, (long)fds[1], 2L, 0L);
	arena = mmap(NULL, ARENA_PAGES * PAGE_SIZE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (arena == MAP_FAILED)
		_exit(1);
	for (unsigned long i = 0; i < ARENA_PAGES; i += 3)
		arena[i * PAGE_SIZE] = 1;
}

static struct thread threads[THREADS];	/* those of the child */

static int make_calls(long number);

/* One more thread, if a stack is free. */
static void start_thread(void)
{
	struct thread *t = &threads[below(THREADS)];
	int none = 0;

	if (__atomic_compare_exchange_n(&t->tid, &none, -1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED) &&
	    thread_clone(CLONE_A_THREAD | CLONE_CHILD_CLEARTID, t->stack + THREAD_STACK, NULL, NULL, &t->tid, make_calls, 1) < 0)
		__atomic_store_n(&t->tid, 0, __ATOMIC_RELEASE);
}

static int make_calls(long may_end)
{
	long self = raw_syscall(SYS_gettid);
	unsigned long a[6];

	for (int i = 0; i < CALLS; i++) {
		long call = random_call();

		if (call == SYS_exit || call == SYS_exit_group || call == SYS_rt_sigsuspend)
			continue;		/* no end and no endless sleep by chance */
		random_arguments(call, a);
		if (call >= SYS_task_open && call <= SYS_vm_write)
			task_call(call, a);
		else if (call >= SYS_memobj_create && call <= SYS_memobj_written)
			object_call(call, a);
		else if (call >= SYS_memobj_create_physical && call <= SYS_console_event)
			device_call(call, a);
		else if (call >= SYS_ipc_first && call <= SYS_ipc_notify)
			message_call(call, a);
		else
			raw_syscall(call, a[0], a[1], a[2], a[3], a[4], a[5]);
		if (raw_syscall(SYS_gettid) != self)
			_exit(0);		/* a child of this one */
		if (may_end && below(100) == 0)
			return 0;
		if (may_end && below(50) == 0)
			start_thread();
	}
	return 0;
}

static void child(unsigned long number)
{
	prepare_child(number);
	for (unsigned int i = 0; number % 2 && i < THREADS; i++)
		start_thread();
	make_calls(0);
	if (number % 4 == 1)
		raw_syscall(SYS_exit, 0L);	/* the others go on for a while */
	_exit(0);
}

/* ---- the parent ---- */

static unsigned long started, hung;

static void start(struct task *t)
{
	pid_t pid = fork();

	if (pid == 0)
		child(started);
	t->pid = pid;			/* -1, without memory: tried again */
	t->born = now_ns();
	started += pid > 0;
}

/* Collect what has ended. Returns how many tasks are left. */
static unsigned long collect(void)
{
	unsigned long left = 0;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG | 0x40000000)) > 0)	/* __WALL */
		for (unsigned long i = 0; i < nr_tasks; i++)
			if (tasks[i].pid == pid)
				tasks[i].pid = 0;
	for (unsigned long i = 0; i < nr_tasks; i++)
		left += tasks[i].pid > 0;
	return left;
}

static void run_tasks(unsigned long long duration)
{
	unsigned long long end = now_ns() + duration;

	while (now_ns() < end) {
		collect();
		for (unsigned long i = 0; i < nr_tasks; i++) {
			struct task *t = &tasks[i];

			if (t->pid <= 0) {
				start(t);
			} else if (now_ns() - t->born > HANGS_NS) {
				kill(t->pid, SIGKILL);
				hung++;
				t->born = now_ns();
			}
		}
		sleep_ms(2);
	}
}

/* Kill what is left. Returns how long it took, or 0: some did not go. */
static unsigned long long end_tasks(void)
{
	unsigned long long begin = now_ns();

	for (unsigned long i = 0; i < nr_tasks; i++)
		if (tasks[i].pid > 0)
			kill(tasks[i].pid, SIGKILL);
	while (collect() > 0) {
		if (now_ns() - begin > GONE_NS)
			return 0;
		sleep_ms(1);
	}
	return now_ns() - begin;
}

/* The tasks turn swap off and on as they like; memory is counted without it. Returns its size, MiB. */
static unsigned long swap_off(void)
{
	struct q_mem mem = query_mem();

	raw_syscall(SYS_swapoff, "swap");
	return mem.swap_total ? (mem.swap_total + 1) * PAGE_SIZE >> 20 : 0;
}

/* The disk, if there is one, else RAM. */
static void swap_on(unsigned long mib)
{
	char size[24];

	snprintf(size, sizeof(size), "%luM", mib);
	if (mib && raw_syscall(SYS_swapon, "/dev/vda", 0L) != 0 && raw_syscall(SYS_swapon, size, 0L) != 0)
		die("sysfuzz: swapon");
}

static bool parse_options(int argc, char **argv)
{
	for (int i = 1; i < argc; i += 2) {
		unsigned long value;

		if (argv[i][0] != '-' || i + 1 == argc || !parse_ulong(argv[i + 1], &value))
			return false;
		switch (argv[i][1]) {
		case 'n': nr_tasks = value; break;
		case 't': seconds = value; break;
		case 's': seed = value; break;
		default: return false;
		}
	}
	return nr_tasks >= 1 && nr_tasks <= MAX_TASKS && seconds >= 1;
}

int main(int argc, char **argv)
{
	static struct census before;
	unsigned long long ns;
	unsigned long swap;
	bool back;

	if (!parse_options(argc, argv)) {
		fprintf(stderr, "usage: sysfuzz [-n 1..%d] [-t SECONDS] [-s SEED]\n", MAX_TASKS);
		return 2;
	}
	printf("sysfuzz: %lu tasks, %lu s, seed %lu\n", nr_tasks, seconds, seed);
	shared = mmap(NULL, SHARED_PAGES * PAGE_SIZE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("sysfuzz: mmap");
	memset(shared, 1, SHARED_PAGES * PAGE_SIZE);
	swap = swap_off();
	for (int i = 0; i < ENDPOINTS; i++)
		an_endpoint = endpoint_create();
	open_clock();
	if (clock_irq > 0)
		irq_bind((unsigned long)clock_irq, (unsigned long)an_endpoint, 1);
	/* A short round first: pages of programs' files that somebody reads stay in memory for the next reader. */
	run_tasks(WARM_UP_NS);
	if (!end_tasks())
		die("sysfuzz: some do not end");
	census_take(&before);
	swap_on(swap);
	run_tasks(seconds * 1000000000ULL);
	ns = end_tasks();
	swap_off();
	if (clock_irq > 0)		/* a task's endpoint, though dead, is kept by what is bound to it */
		irq_bind((unsigned long)clock_irq, (unsigned long)an_endpoint, 1);
	back = ns && census_same("sysfuzz", &before);
	printf("sysfuzz: %lu children of up to %d calls, %lu killed because they slept; gone after %llu ms\n", started, CALLS,
	       hung, ns / 1000000);
	printf("sysfuzz: %s\n", !ns ? "FAILED: some do not end" : !back ? "FAILED: memory was lost" : "every frame and every object came back");
	return !back;
}
