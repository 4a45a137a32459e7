/* SPDX-License-Identifier: MIT */
/*
 * bench: what the operations of a memory subsystem cost, in instructions. Run under QEMU's
 * "-icount shift=0,sleep=off", where every instruction takes one nanosecond, so that the time register counts
 * instructions (in steps of 100, for it runs at 10 MHz). Prints "bench NAME INSTRUCTIONS", or "bench NAME -"
 * for an operation whose system call does not exist. tests/bench/run makes a table of it.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "user/libsys/ipc.h"
#include "user/libsys/sys.h"

#define RW		(PROT_READ | PROT_WRITE)
#define ANON		(MAP_PRIVATE | MAP_ANONYMOUS)
#define TICK		100	/* instructions for one step of the time register */
#define BIG_PAGES	8192UL	/* 32 MiB */
#define FORK_PAGES	16384UL	/* 64 MiB */
#define COW_PAGES	2048UL
#define SPLIT_PAGES	1024UL
#define SWAP_PAGES	8192UL
#define PAGER_PAGES	1024UL
#define MANY_VMAS	20000UL
#define STRIDE		7919UL	/* prime: visits MANY_VMAS pages in a scattered order, each once */

static unsigned long rdtime(void)
{
	unsigned long t;

	asm volatile("rdtime %0" : "=r"(t) :: "memory");
	return t;
}

/* report() - @ticks for @n operations. */
static void report(const char *name, unsigned long ticks, unsigned long n)
{
	printf("bench %s %lu\n", name, ticks * TICK / n);
}

static void missing(const char *name)
{
	printf("bench %s -\n", name);
}

static void write_pages(volatile char *p, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		p[i * PAGE_SIZE] = 1;
}

static void read_pages(volatile char *p, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		(void)p[i * PAGE_SIZE];
}

/* fork without libsys's care for stdio; the child ends without any either. */
static long quick_fork(void)
{
	return raw_syscall(SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L);
}

static void quick_exit(void)
{
	raw_syscall(SYS_exit_group, 0L);
}

static void quick_wait(void)
{
	raw_syscall(SYS_wait4, -1L, 0L, 0L, 0L);
}

static void bench_null_syscall(void)
{
	unsigned long start = rdtime(), n = 20000;

	for (unsigned long i = 0; i < n; i++)
		raw_syscall(SYS_getpid);
	report("null_syscall", rdtime() - start, n);
}

static void bench_faults(void)
{
	char *p = map_pages(BIG_PAGES);
	unsigned long start = rdtime();

	write_pages(p, BIG_PAGES);
	report("fault_anon_write", rdtime() - start, BIG_PAGES);
	munmap(p, BIG_PAGES * PAGE_SIZE);

	p = map_pages(BIG_PAGES);
	start = rdtime();
	read_pages(p, BIG_PAGES);
	report("fault_anon_read", rdtime() - start, BIG_PAGES);
	munmap(p, BIG_PAGES * PAGE_SIZE);

	p = map_pages(BIG_PAGES);
	write_pages(p, BIG_PAGES);
	start = rdtime();
	munmap(p, BIG_PAGES * PAGE_SIZE);
	report("munmap_touched_page", rdtime() - start, BIG_PAGES);
}

static void bench_map_unmap(void)
{
	unsigned long start = rdtime(), n = 1000;

	for (unsigned long i = 0; i < n; i++)
		munmap(mmap(NULL, PAGE_SIZE, RW, ANON, -1, 0), PAGE_SIZE);
	report("mmap_munmap_1p", rdtime() - start, n);

	n = 300;
	start = rdtime();
	for (unsigned long i = 0; i < n; i++) {
		char *p = mmap(NULL, 16 * PAGE_SIZE, RW, ANON, -1, 0);

		write_pages(p, 16);
		munmap(p, 16 * PAGE_SIZE);
	}
	report("mmap_touch_munmap_16p", rdtime() - start, n);
}

static void bench_brk(void)
{
	unsigned long heap = raw_syscall(SYS_brk, 0L), now = raw_syscall(SYS_brk, heap + PAGE_SIZE), n = 1000;
	unsigned long start = rdtime();

	for (unsigned long i = 0; i < n; i++) {
		raw_syscall(SYS_brk, now + PAGE_SIZE);
		raw_syscall(SYS_brk, now);
	}
	report("brk_grow_shrink_1p", rdtime() - start, n);
}

static void fork_exit_wait(const char *name, unsigned long n)
{
	unsigned long start = rdtime();

	for (unsigned long i = 0; i < n; i++) {
		if (quick_fork() == 0)
			quick_exit();
		quick_wait();
	}
	report(name, rdtime() - start, n);
}

/* fork_only() - the ticks until fork has returned here. */
static unsigned long fork_only(unsigned long n)
{
	unsigned long sum = 0;

	for (unsigned long i = 0; i < n; i++) {
		unsigned long start = rdtime();

		if (quick_fork() == 0)
			quick_exit();
		sum += rdtime() - start;
		quick_wait();
	}
	return sum;
}

/* fork_alone() - the same for one fork, the first of this memory, whose child sleeps in read() until it is over. */
static unsigned long fork_alone(void)
{
	unsigned long start, ticks;
	int fds[2];
	char c;

	if (pipe(fds) != 0)
		die("pipe");
	start = rdtime();
	if (quick_fork() == 0) {
		close(fds[1]);
		(void)!read(fds[0], &c, 1);
		quick_exit();
	}
	ticks = rdtime() - start;
	close(fds[0]);
	close(fds[1]);
	quick_wait();
	return ticks;
}

static void bench_fork(void)
{
	char *p;

	fork_exit_wait("fork_exit_wait_small", 100);
	p = map_pages(FORK_PAGES);
	write_pages(p, FORK_PAGES);
	fork_exit_wait("fork_exit_wait_64MiB", 8);
	report("fork_only_64MiB", fork_only(8), 8);
	munmap(p, FORK_PAGES * PAGE_SIZE);
}

/* The child breaks sharing and tells its own measure through a pipe; afterwards the parent is alone. */
static void bench_cow(void)
{
	char *p = map_pages(COW_PAGES);
	unsigned long start, ticks = 0;
	int fds[2];

	write_pages(p, COW_PAGES);
	if (pipe(fds) != 0)
		die("pipe");
	if (quick_fork() == 0) {
		start = rdtime();
		write_pages(p, COW_PAGES);
		ticks = rdtime() - start;
		write(fds[1], &ticks, sizeof(ticks));
		quick_exit();
	}
	if (read(fds[0], &ticks, sizeof(ticks)) != sizeof(ticks))
		die("read");
	quick_wait();
	report("cow_break_copy", ticks, COW_PAGES);
	munmap(p, COW_PAGES * PAGE_SIZE);

	p = map_pages(COW_PAGES);
	write_pages(p, COW_PAGES);
	if (quick_fork() == 0)
		quick_exit();
	quick_wait();
	start = rdtime();
	write_pages(p, COW_PAGES);
	report("cow_reuse_after_exit", rdtime() - start, COW_PAGES);
	munmap(p, COW_PAGES * PAGE_SIZE);
	close(fds[0]);
	close(fds[1]);
}

/* protect_every_other() - ticks for n/2 calls. */
static unsigned long protect_every_other(char *p, unsigned long n, int prot)
{
	unsigned long start = rdtime();

	for (unsigned long i = 0; i < n; i += 2)
		if (mprotect(p + i * PAGE_SIZE, PAGE_SIZE, prot) != 0)
			die("mprotect of page %lu", i);
	return rdtime() - start;
}

static void bench_mprotect(void)
{
	char *p = map_pages(SPLIT_PAGES);

	write_pages(p, SPLIT_PAGES);
	report("mprotect_split", protect_every_other(p, SPLIT_PAGES, PROT_READ), SPLIT_PAGES / 2);
	report("mprotect_merge", protect_every_other(p, SPLIT_PAGES, RW), SPLIT_PAGES / 2);
	munmap(p, SPLIT_PAGES * PAGE_SIZE);
}

static void bench_many_vmas(void)
{
	volatile char *p = map_pages(MANY_VMAS);
	unsigned long start, page = 0;

	report("split_to_20k_vmas", protect_every_other((char *)p, MANY_VMAS, PROT_READ), MANY_VMAS / 2);
	start = rdtime();
	for (unsigned long i = 0; i < MANY_VMAS; i++) {
		(void)p[page * PAGE_SIZE];
		page += STRIDE;
		if (page >= MANY_VMAS)
			page -= MANY_VMAS;
	}
	report("fault_read_20k_vmas_rand", rdtime() - start, MANY_VMAS);
	report("fork_20k_vmas", fork_alone(), 1);
	start = rdtime();
	munmap((void *)p, MANY_VMAS * PAGE_SIZE);
	report("munmap_20k_vmas", rdtime() - start, MANY_VMAS);
}

static void bench_mremap(void)
{
	char *p = map_pages(64), *q;
	unsigned long start, n = 1000;

	write_pages(p, 64);
	start = rdtime();
	for (unsigned long i = 0; i < n; i++) {
		q = mremap(p, 64 * PAGE_SIZE, 128 * PAGE_SIZE, MREMAP_MAYMOVE);
		if (q == MAP_FAILED || mremap(q, 128 * PAGE_SIZE, 64 * PAGE_SIZE, 0) == MAP_FAILED) {
			missing("mremap_grow_shrink");
			return;
		}
		p = q;
	}
	report("mremap_grow_shrink", rdtime() - start, 2 * n);
	munmap(p, 64 * PAGE_SIZE);
}

static void bench_pipe(void)
{
	unsigned long start, n = 1000;
	int down[2], up[2];
	char c = 0;

	if (pipe(down) != 0 || pipe(up) != 0)
		die("pipe");
	if (quick_fork() == 0) {
		for (unsigned long i = 0; i < n + 1; i++)
			if (read(down[0], &c, 1) != 1 || write(up[1], &c, 1) != 1)
				break;
		quick_exit();
	}
	/* Once before: the child's first faults are not a part of it. */
	if (write(down[1], &c, 1) != 1 || read(up[0], &c, 1) != 1)
		die("pipe");
	start = rdtime();
	for (unsigned long i = 0; i < n; i++)
		if (write(down[1], &c, 1) != 1 || read(up[0], &c, 1) != 1)
			die("pipe");
	report("pipe_roundtrip", rdtime() - start, n);
	quick_wait();
}

static void pin(unsigned long harts)
{
	if (raw_syscall(SYS_sched_setaffinity, 0L, 8L, &harts) != 0)
		die("sched_setaffinity");
}

/* Calls of a server that only replies, with all eight words. @server, @client: bit n: may run on hart n. */
static void bench_ipc(const char *name, unsigned long server, unsigned long client)
{
	unsigned long start, n = 2000;
	struct ipc_msg m = { 0 };
	long ep = endpoint_create();

	if (ep < 0) {
		missing(name);
		return;
	}
	if (quick_fork() == 0) {
		pin(server);
		while (ipc_reply_recv((unsigned long)ep, &m) == IPC_MSG_CALL)
			;
		quick_exit();
	}
	pin(client);
	for (int i = 0; i < 10; i++)		/* the child's first faults are not a part of it */
		if (ipc_call((unsigned long)ep, &m) != 0)
			die("ipc_call");
	start = rdtime();
	for (unsigned long i = 0; i < n; i++)
		if (ipc_call((unsigned long)ep, &m) != 0)
			die("ipc_call");
	report(name, rdtime() - start, n);
	ipc_notify((unsigned long)ep, 1);
	quick_wait();
	handle_close((unsigned long)ep);
}

/* A pager that supplies one page for each request. */
static void serve_pages(unsigned long ep, unsigned long object)
{
	struct ipc_msg m = { 0 };
	char *supplied = map_pages(1);	/* static, it would be an area more in all other rows */

	supplied[0] = 1;
	while (ipc_reply_recv(ep, &m) == IPC_MSG_CALL)
		m.word[0] = memobj_supply(object, m.word[2], supplied, 1) != 1;
	quick_exit();
}

/* Pages from a pager: on demand, one fault each; those that are there already; and supplied ahead. */
static void bench_pager(void)
{
	unsigned long start, size = PAGER_PAGES * PAGE_SIZE, object;
	long ep = endpoint_create(), pager;
	char *p;

	object = (unsigned long)memobj_create(size, (unsigned long)ep, 0);
	pager = quick_fork();
	if (pager == 0)
		serve_pages((unsigned long)ep, object);
	handle_close((unsigned long)ep);
	p = memobj_map(object, NULL, size, RW, MAP_SHARED, 0);
	read_pages(p, 16);		/* the child's first faults are not a part of it */
	start = rdtime();
	read_pages(p + 16 * PAGE_SIZE, PAGER_PAGES - 16);
	report("fault_file_pager", rdtime() - start, PAGER_PAGES - 16);
	munmap(p, size);

	p = memobj_map(object, NULL, size, RW, MAP_SHARED, 0);
	start = rdtime();
	read_pages(p, PAGER_PAGES);
	report("fault_object_resident", rdtime() - start, PAGER_PAGES);
	munmap(p, size);

	if (memobj_invalidate(object, 0, PAGER_PAGES) != 0)
		die("memobj_invalidate");
	p = map_pages(PAGER_PAGES);
	write_pages(p, PAGER_PAGES);
	start = rdtime();
	if (memobj_supply_move(object, 0, p, PAGER_PAGES) != (long)PAGER_PAGES)
		die("memobj_supply_move");
	report("ipc_transfer_page", rdtime() - start, PAGER_PAGES);
	munmap(p, size);
	kill((pid_t)pager, SIGKILL);
	quick_wait();
	handle_close(object);
}

/* The swap area is in RAM (swap=64M), so this is the way there and back without a disk. */
static void bench_swap(void)
{
	char *p = map_pages(SWAP_PAGES);
	unsigned long start;

	write_pages(p, SWAP_PAGES);
	start = rdtime();
	if (madvise(p, SWAP_PAGES * PAGE_SIZE, MADV_PAGEOUT) != 0)
		die("madvise");
	report("pageout", rdtime() - start, SWAP_PAGES);
	start = rdtime();
	read_pages(p, SWAP_PAGES);
	report("swap_in", rdtime() - start, SWAP_PAGES);
	munmap(p, SWAP_PAGES * PAGE_SIZE);
}

/* bench 2harts: what needs two of them. */
int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "2harts") == 0) {
		bench_ipc("ipc_roundtrip_2harts", 2, 1);
		printf("bench done\n");
		return 0;
	}
	bench_null_syscall();
	bench_faults();
	bench_map_unmap();
	bench_brk();
	bench_fork();
	bench_cow();
	bench_mprotect();
	bench_many_vmas();
	bench_mremap();
	bench_pipe();
	bench_ipc("ipc_roundtrip", 1, 1);
	bench_pager();
	bench_swap();
	printf("bench done\n");
	return 0;
}
