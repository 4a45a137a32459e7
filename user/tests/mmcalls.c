/* SPDX-License-Identifier: MIT */
/*
 * mmcalls: what single memory calls promise and a comparison of random ones cannot see: the stack's
 * guard gap, an alternate stack when the stack is full, vfork, shared anonymous memory, mlock, mincore.
 */
#include <signal.h>
#include <string.h>
#include "user/tests/tap.h"

#define RW	(PROT_READ | PROT_WRITE)
#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)
#define GAP	256UL		/* pages that a stack keeps below it */
#define BUS_ADRERR	2

static struct q_mmstat mmstat(void)
{
	struct q_mmstat stat;

	if (query(QUERY_MMSTAT, 0, 0, &stat, sizeof(stat)) < 0)
		die("query");
	return stat;
}

/* ---- the stack ---- */

static unsigned long stack_start(void)
{
	unsigned long here = (unsigned long)__builtin_frame_address(0);
	static struct q_vma vmas[64];
	long n = query(QUERY_VMAS, 0, 0, vmas, sizeof(vmas));

	for (long i = 0; i < n; i++)
		if (vmas[i].start <= here && here < vmas[i].end)
			return vmas[i].start;
	die("no stack");
}

struct gap {
	int prot;			/* of the neighbour */
	unsigned long pages;		/* from its end to the page that is touched */
};

/* With a neighbour 400 pages below the stack: touch the page that leaves gap->pages free. */
static int touch_near_neighbour(long arg)
{
	const struct gap *gap = (const struct gap *)arg;
	unsigned long neighbour = stack_start() - 400 * PAGE_SIZE;

	if (mmap((void *)neighbour, PAGE_SIZE, gap->prot, ANON | MAP_FIXED_NOREPLACE, -1, 0) != (void *)neighbour)
		return 1;
	*(volatile char *)(neighbour + PAGE_SIZE + gap->pages * PAGE_SIZE) = 1;
	return 0;
}

static void check_guard_gap(void)
{
	const struct gap far = { RW, GAP }, near = { RW, GAP - 1 }, quiet = { PROT_NONE, GAP - 1 };
	char *hint;

	is(in_child(touch_near_neighbour, (long)&far), 0, "a stack grows to 256 pages above its neighbour");
	is(in_child(touch_near_neighbour, (long)&near), killed_by(SIGSEGV), "and not one page nearer");
	is(in_child(touch_near_neighbour, (long)&quiet), 0, "unless nobody may touch the neighbour");
	hint = (char *)stack_start() - 100 * PAGE_SIZE;
	ok(mmap(hint, PAGE_SIZE, RW, ANON, -1, 0) != hint, "a hint in the gap is not taken");
	ok(mmap(hint, PAGE_SIZE, RW, ANON | MAP_FIXED, -1, 0) == hint, "MAP_FIXED is");
	munmap(hint, PAGE_SIZE);
}

/* 2 KiB of stack for each level. */
static int overflow(long levels)
{
	volatile char room[2048];

	room[0] = (char)levels;
	return levels ? overflow(levels - 1) + room[0] : 0;
}

static unsigned long lowest_stack;

static void on_overflow(int sig, siginfo_t *info, void *uc)
{
	unsigned long addr = (unsigned long)info->si_addr;
	stack_t now;

	(void)uc;
	sigaltstack(NULL, &now);
	if (sig != SIGSEGV || info->si_code != SEGV_MAPERR)
		_exit(2);
	if (!(now.ss_flags & SS_ONSTACK))
		_exit(3);
	_exit(addr < lowest_stack && addr > lowest_stack - (9UL << 20) ? 7 : 4);
}

static int overflow_with_altstack(long onstack)
{
	stack_t ss = { .ss_sp = map_pages(4), .ss_size = 4 * PAGE_SIZE };
	struct sigaction act = { .sa_sigaction = on_overflow, .sa_flags = SA_SIGINFO | onstack };
	volatile char top = 0;

	lowest_stack = (unsigned long)&top;
	if (sigaltstack(&ss, NULL) != 0 || sigaction(SIGSEGV, &act, NULL) != 0)
		return 1;
	return overflow(1L << 20);
}

static void check_altstack(void)
{
	is(in_child(overflow_with_altstack, SA_ONSTACK), exited_with(7), "a full stack's SIGSEGV is handled on the other one");
	is(in_child(overflow_with_altstack, 0), killed_by(SIGSEGV), "without SA_ONSTACK there is no room for it");
}

/* ---- memory of two processes ---- */

static void check_vfork(void)
{
	static volatile int step;
	char *p = map_pages(1);
	unsigned long before = mmstat().nr_anon, seen;
	pid_t pid = vfork();

	if (pid == 0) {
		p[0] = 42;		/* the parent's page, not a copy */
		step++;
		_exit(5);
	}
	seen = mmstat().nr_anon;
	ok(step == 1 && p[0] == 42, "a vfork child writes into its parent's memory, and the parent waits");
	ok(seen <= before + 2, "nothing was copied for it");
	waitpid(pid, NULL, 0);
	munmap(p, PAGE_SIZE);
}

static int bump_twice(long arg)
{
	volatile int *p = (volatile int *)arg;
	pid_t pid;

	p[0]++;
	pid = fork();
	if (pid == 0) {
		p[PAGE_SIZE / 4] = 9;	/* a page that nobody has touched yet */
		munmap((void *)p, PAGE_SIZE);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	p[0]++;
	return p[PAGE_SIZE / 4] == 9 ? 0 : 1;
}

static siginfo_t last_info;

static void on_bus(int sig, siginfo_t *info, void *uc)
{
	(void)sig;
	(void)uc;
	last_info = *info;
	_exit(info->si_signo == SIGBUS && info->si_code == BUS_ADRERR ? 6 : 1);
}

static int touch_past_object(long addr)
{
	struct sigaction act = { .sa_sigaction = on_bus, .sa_flags = SA_SIGINFO };

	sigaction(SIGBUS, &act, NULL);
	*(volatile char *)addr = 1;
	return 0;
}

static void check_shared(void)
{
	int *p = mmap(NULL, 2 * PAGE_SIZE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *q;

	ok(p != MAP_FAILED, "shared anonymous memory");
	p[0] = 1;
	is(in_child(bump_twice, (long)p), 0, "a child sees what its own child wrote");
	is(p[0], 3, "the parent sees what the child wrote");
	is(p[PAGE_SIZE / 4], 9, "and what the grandchild wrote, to a page that was new");

	q = mremap(p, 0, 2 * PAGE_SIZE, MREMAP_MAYMOVE);
	ok(q != MAP_FAILED && q != (char *)p && *(int *)q == 3, "mremap with length 0 makes a second view");
	munmap(p, 2 * PAGE_SIZE);
	is(*(int *)q, 3, "which outlives the first");
	q = mremap(q, 2 * PAGE_SIZE, 4 * PAGE_SIZE, MREMAP_MAYMOVE);
	ok(q != MAP_FAILED, "it grows, its object does not");
	is(in_child(touch_past_object, (long)q + PAGE_SIZE), 0, "inside the object all is well");
	is(in_child(touch_past_object, (long)q + 2 * PAGE_SIZE), exited_with(6), "past it there is SIGBUS, BUS_ADRERR");
	munmap(q, 4 * PAGE_SIZE);
}

/* How many of @n pages at @p are in memory, or -errno. */
static long resident(void *p, unsigned long n)
{
	unsigned char vec[32];
	long ret = raw_syscall(SYS_mincore, p, n * PAGE_SIZE, vec);

	for (unsigned long i = 0; ret >= 0 && i < n; i++)
		ret += vec[i] & 1;
	return ret;
}

/* ---- MADV_REMOVE ---- */

#define SHARED_PAGES	8L

/* Writes to all pages, again and again, until the word behind them says to stop. */
static int keep_writing(long arg)
{
	volatile char *p = (volatile char *)arg;

	while (!p[SHARED_PAGES * PAGE_SIZE])
		for (long i = 0; i < SHARED_PAGES; i++)
			p[i * PAGE_SIZE]++;
	for (long i = 0; i < SHARED_PAGES; i++)
		p[i * PAGE_SIZE] = 'a' + i;
	return 0;
}

/* While others write to pages that are taken away all the time, all must see the same pages in the end. */
static void check_remove_race(void)
{
	char *p = mmap(NULL, (SHARED_PAGES + 1) * PAGE_SIZE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pids[3];
	long same = 0, ret = 0;
	int status;

	for (int i = 0; i < 3; i++)
		pids[i] = spawn_child(keep_writing, (long)p);
	for (int i = 0; i < 100 && ret == 0; i++)
		ret = raw_syscall(SYS_madvise, p, SHARED_PAGES * PAGE_SIZE, (long)MADV_REMOVE);
	is(ret, 0, "100 times MADV_REMOVE while three others write");
	p[SHARED_PAGES * PAGE_SIZE] = 1;
	for (int i = 0; i < 3; i++)
		waitpid(pids[i], &status, 0);
	for (long i = 0; i < SHARED_PAGES; i++)
		same += p[i * PAGE_SIZE] == 'a' + i;
	is(same, SHARED_PAGES, "then all see the same pages");
	munmap(p, (SHARED_PAGES + 1) * PAGE_SIZE);
}

static int reads_zero(long arg)
{
	return *(volatile char *)arg;
}

static void check_remove(void)
{
	char *p = mmap(NULL, SHARED_PAGES * PAGE_SIZE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0), *q;

	memset(p, 7, SHARED_PAGES * PAGE_SIZE);
	q = mremap(p, 0, SHARED_PAGES * PAGE_SIZE, MREMAP_MAYMOVE);
	is(q[2 * PAGE_SIZE], 7, "two views of shared memory");
	raw_syscall(SYS_mlock, q, SHARED_PAGES * PAGE_SIZE);
	is(raw_syscall(SYS_madvise, p + 2 * PAGE_SIZE, 3 * PAGE_SIZE, (long)MADV_REMOVE), 0, "MADV_REMOVE of three pages");
	is(resident(p, SHARED_PAGES), SHARED_PAGES - 3, "takes them out of memory");
	is(p[2 * PAGE_SIZE], 0, "they read zero");
	is(q[4 * PAGE_SIZE], 0, "in the other view, too, although it is locked");
	is(in_child(reads_zero, (long)p + 3 * PAGE_SIZE), 0, "and in a child");
	is(p[PAGE_SIZE] + p[5 * PAGE_SIZE], 14, "their neighbours stay");
	is_errno(raw_syscall(SYS_madvise, q, PAGE_SIZE, (long)MADV_REMOVE), EINVAL, "MADV_REMOVE through a locked view");
	munmap(q, SHARED_PAGES * PAGE_SIZE);
	munmap(p, SHARED_PAGES * PAGE_SIZE);
	p = map_pages(1);
	is_errno(raw_syscall(SYS_madvise, p, PAGE_SIZE, (long)MADV_REMOVE), EINVAL, "MADV_REMOVE of private memory");
	munmap(p, PAGE_SIZE);
}

/* ---- brk ---- */

/* A heap that somebody else has unmapped: brk back over the hole is refused, back over what is left is not. */
static int brk_over_hole(long unused)
{
	char *heap = sbrk(0), *top;

	(void)unused;
	heap = (char *)(((unsigned long)heap + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1));
	top = heap + 8 * PAGE_SIZE;
	if (raw_syscall(SYS_brk, top) != (long)top)
		return 1;
	munmap(heap + 4 * PAGE_SIZE, 4 * PAGE_SIZE);
	if (raw_syscall(SYS_brk, heap + 6 * PAGE_SIZE) != (long)top)
		return 2;
	if (raw_syscall(SYS_brk, heap + 3 * PAGE_SIZE) != (long)heap + 3 * (long)PAGE_SIZE)
		return 3;
	return 0;
}

/* ---- mlock, mincore ---- */

static int locked_in_child(long unused)
{
	(void)unused;
	return mmstat().locked_vm != 0;
}

static void check_mlock(void)
{
	char *p = map_pages(8);

	is(resident(p, 8), 0, "mincore: nothing is in memory before the first touch");
	p[PAGE_SIZE] = 1;
	calm_is(resident(p, 8), 1, "one page after it");
	is(raw_syscall(SYS_mlock2, p + 4 * PAGE_SIZE, 4 * PAGE_SIZE, (long)MLOCK_ONFAULT), 0, "mlock2 with MLOCK_ONFAULT");
	calm_is(resident(p, 8), 1, "brings nothing in");
	is(raw_syscall(SYS_mlock, p + 1, 2 * PAGE_SIZE), 0, "mlock of two pages' length across three");
	is(resident(p, 8), 3, "brings in all three");
	is(mmstat().locked_vm, 7, "seven pages are locked");
	is_errno(raw_syscall(SYS_madvise, p, PAGE_SIZE, (long)MADV_DONTNEED), EINVAL, "MADV_DONTNEED of a locked page");
	is(raw_syscall(SYS_madvise, p, PAGE_SIZE, (long)MADV_DONTNEED_LOCKED), 0, "MADV_DONTNEED_LOCKED of it");
	is(resident(p, 1), 0, "takes the page");
	is(raw_syscall(SYS_madvise, p, PAGE_SIZE, (long)MADV_DONTDUMP), 0, "MADV_DONTDUMP");
	is(raw_syscall(SYS_madvise, p, PAGE_SIZE, (long)MADV_DODUMP), 0, "MADV_DODUMP");
	is(in_child(locked_in_child, 0), 0, "a child has none of the locks");
	munmap(p + 7 * PAGE_SIZE, PAGE_SIZE);
	is(mmstat().locked_vm, 6, "munmap of a locked page gives it back");
	is_errno(raw_syscall(SYS_mlock, p, 8 * PAGE_SIZE), ENOMEM, "mlock up to a hole");
	is(mmstat().locked_vm, 7, "locks what precedes it");
	is_errno(raw_syscall(SYS_munlock, p + 7 * PAGE_SIZE, PAGE_SIZE), ENOMEM, "munlock of a hole");
	is(raw_syscall(SYS_munlock, p, 7 * PAGE_SIZE), 0, "munlock");
	is(mmstat().locked_vm, 0, "none is locked");
	is_errno(resident(p, 8), ENOMEM, "mincore across a hole");
	is_errno(raw_syscall(SYS_mincore, p, PAGE_SIZE, 0L), EFAULT, "mincore without a vector");
	munmap(p, 7 * PAGE_SIZE);
}

static int mlockall_future(long unused)
{
	unsigned long before = mmstat().total_vm;
	char *p;

	(void)unused;
	if (raw_syscall(SYS_mlockall, (long)(MCL_CURRENT | MCL_FUTURE)) != 0 || mmstat().locked_vm != before)
		return 1;
	p = map_pages(5);
	if (resident(p, 5) != 5 || mmstat().locked_vm != before + 5)
		return 2;
	if (raw_syscall(SYS_munlockall) != 0 || mmstat().locked_vm != 0)
		return 3;
	return resident(map_pages(5), 5) == 0 ? 0 : 4;
}

static void check_msync(void)
{
	char *p = map_pages(3);

	munmap(p + PAGE_SIZE, PAGE_SIZE);
	is(raw_syscall(SYS_msync, p, PAGE_SIZE, (long)MS_SYNC), 0, "msync");
	is_errno(raw_syscall(SYS_msync, p, 3 * PAGE_SIZE, (long)MS_SYNC), ENOMEM, "msync across a hole");
	is_errno(raw_syscall(SYS_msync, p, PAGE_SIZE, (long)(MS_SYNC | MS_ASYNC)), EINVAL, "msync, now and later");
	raw_syscall(SYS_mlock, p, PAGE_SIZE);
	is_errno(raw_syscall(SYS_msync, p, PAGE_SIZE, (long)MS_INVALIDATE), EBUSY, "MS_INVALIDATE of a locked page");
	munmap(p, 3 * PAGE_SIZE);
}

int main(void)
{
	check_guard_gap();
	check_altstack();
	check_vfork();
	check_shared();
	check_remove();
	check_remove_race();
	is(in_child(brk_over_hole, 0), 0, "brk back over a hole");
	check_mlock();
	is(in_child(mlockall_future, 0), 0, "mlockall: what is there and what will come; munlockall ends both");
	check_msync();
	return tap_done();
}
