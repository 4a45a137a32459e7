/* SPDX-License-Identifier: MIT */
/*
 * vmtest: a task's address space changed by another process that has a handle of it. Each group of checks in a child; afterwards every
 * frame and every object of the kernel is back.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include "user/libsys/census.h"
#include "user/libsys/ipc.h"
#include "user/libsys/thread.h"
#include "user/tests/tap.h"

#define RW	(PROT_READ | PROT_WRITE)
#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)

/* In memory that parent and child share. */
static struct board {
	int step;			/* what the child is to do next, and has done */
	unsigned long value;
	unsigned long *at;
} *board;

static void await(const int *word, int value)
{
	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != value)
		sched_yield();
}

static void set_step(int step) { __atomic_store_n(&board->step, step, __ATOMIC_RELEASE); }

static char *own(unsigned long pages)
{
	return mmap(NULL, pages * PAGE_SIZE, RW, ANON, -1, 0);
}

/* A child that loads *board->at into board->value at each odd step. */
static pid_t start_reader(void)
{
	pid_t pid;

	memset(board, 0, sizeof(*board));
	pid = fork();
	for (int step = 1; pid == 0; step += 2) {
		await(&board->step, step);
		board->value = *(volatile unsigned long *)board->at;
		set_step(step + 1);
	}
	return pid;
}

static unsigned long child_loads(void *at)
{
	board->at = at;
	set_step(board->step + 1);
	while (__atomic_load_n(&board->step, __ATOMIC_ACQUIRE) % 2)
		sched_yield();
	return board->value;
}

static int end_of(pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	return status;
}

static int end(pid_t pid)
{
	kill(pid, SIGKILL);
	return end_of(pid);
}

/* ---- handles ---- */

static void test_open(void)
{
	struct q_vma vma;
	long self = task_open(0), again = task_open(getpid()), ep = endpoint_create(), task, weak;
	pid_t pid = start_reader();

	ok(self > 0 && again > 0 && self != again, "a handle of oneself, by 0 and by pid");
	task = task_open(pid);
	ok(task > 0 && vm_query((unsigned long)task, 0, &vma, sizeof(vma)) == 1, "a handle of a child");
	ok(task_open(1) == -EPERM, "of one that is no child: EPERM");
	ok(task_open(30000) == -ESRCH && task_open(-1) == -ESRCH, "of nobody: ESRCH");
	weak = handle_dup((unsigned long)task, RIGHT_GRANT, 0);
	ok(weak > 0 && vm_query((unsigned long)weak, 0, &vma, sizeof(vma)) == -EACCES, "without CONTROL: EACCES");
	ok(handle_dup((unsigned long)weak, RIGHT_CONTROL, 0) == -EACCES && handle_dup((unsigned long)task, RIGHT_CONTROL, 1) == -EINVAL,
	   "no rights are added, and a task has no badge");
	ok(vm_query((unsigned long)ep, 0, &vma, sizeof(vma)) == -EBADF && vm_query(12345, 0, &vma, sizeof(vma)) == -EBADF,
	   "an endpoint is no task, nor is any number");
	end(pid);
	ok(vm_query((unsigned long)task, 0, &vma, sizeof(vma)) == -ESRCH && vm_read((unsigned long)task, &vma, &vma, 8) == -ESRCH,
	   "one that has ended: ESRCH");
	ok(handle_close((unsigned long)task) == 0 && handle_close((unsigned long)weak) == 0, "its handles can be closed");
	handle_close((unsigned long)self);
	handle_close((unsigned long)again);
	handle_close((unsigned long)ep);
}

/* A handle in a message: the server opens nothing, its client gives it a handle of itself. */
static void test_pass(void)
{
	unsigned long ep = (unsigned long)endpoint_create();
	struct ipc_msg m = { .flags = IPC_TAKE_HANDLES };
	unsigned long word = 7, status;
	pid_t pid = fork();

	if (pid == 0) {
		m.flags = 0;
		m.handle[0] = (unsigned int)task_open(0) | (unsigned int)IPC_MOVE;
		m.word[0] = (unsigned long)&word;
		_exit(ipc_call(ep, &m) == 0 && word == 8 ? 5 : 6);
	}
	ok(ipc_recv(ep, &m) == IPC_MSG_CALL && m.handle[0], "a client sends a handle of itself");
	ok(vm_read(m.handle[0], (void *)m.word[0], &word, sizeof(word)) == sizeof(word) && word == 7, "the server reads its memory");
	word = 8;
	ok(vm_write(m.handle[0], (void *)m.word[0], &word, sizeof(word)) == sizeof(word), "and writes there");
	handle_close(m.handle[0]);
	m.handle[0] = 0;
	m.flags = 0;
	ipc_reply(&m);
	status = (unsigned long)end_of(pid);
	handle_close(ep);
	ok(status == 5 << 8, "the client finds what was written");
}

/* ---- memory ---- */

static void test_map(void)
{
	pid_t pid = start_reader();
	unsigned long task = (unsigned long)task_open(pid), object = (unsigned long)memobj_create(4 * PAGE_SIZE, 0, 0);
	unsigned long *mine = memobj_map(object, NULL, 4 * PAGE_SIZE, RW, MAP_SHARED, 0);
	char *theirs;

	mine[PAGE_SIZE / 8] = 1234;
	theirs = vm_map(task, NULL, 3 * PAGE_SIZE, PROT_READ, MAP_SHARED, object, PAGE_SIZE);
	ok((long)theirs > 0, "an object is mapped into a child");
	ok(child_loads(theirs) == 1234, "which sees it, from the offset on");
	ok(vm_map(task, theirs, PAGE_SIZE, RW, MAP_SHARED | MAP_FIXED, object, 0) == theirs && child_loads(theirs) == 0, "MAP_FIXED replaces it");
	ok((long)vm_map(task, NULL, PAGE_SIZE, RW, ANON, object, 0) == -EINVAL && (long)vm_map(task, NULL, PAGE_SIZE, RW, MAP_SHARED, 0, 0) == -EINVAL,
	   "either an object or MAP_ANONYMOUS");
	ok((long)vm_map(task, NULL, PAGE_SIZE, RW, MAP_SHARED, object, 1) == -EINVAL && (long)vm_map(task, NULL, PAGE_SIZE, RW, MAP_SHARED, task, 0) == -EBADF,
	   "a bad offset; a task is no object");
	theirs = vm_map(task, NULL, PAGE_SIZE, RW, ANON, 0, 0);
	ok((long)theirs > 0 && child_loads(theirs) == 0, "anonymous memory");
	ok(vm_unmap(task, theirs, PAGE_SIZE) == 0, "unmapped");
	board->at = (unsigned long *)theirs;
	set_step(board->step + 1);
	ok(end_of(pid) == SIGSEGV, "and the child's next load there is a SIGSEGV");
	munmap(mine, 4 * PAGE_SIZE);
	handle_close(task);
	handle_close(object);
}

static struct q_vma vmas[64];

static void test_protect(void)
{
	struct q_vma one;
	unsigned long *p = (unsigned long *)own(4), task;
	long n;
	pid_t pid;

	p[0] = 5;
	pid = start_reader();
	task = (unsigned long)task_open(pid);
	ok(vm_protect(task, p, PAGE_SIZE, PROT_READ) == 0 && child_loads(p) == 5, "read-only, and read");
	ok(vm_query(task, (unsigned long)p, &one, sizeof(one)) == 1 && one.start == (unsigned long)p && one.end == one.start + PAGE_SIZE,
	   "the VMA has been split");
	n = vm_query(task, 0, vmas, sizeof(vmas));
	ok(n > 5 && vmas[0].end <= vmas[1].start, "all VMAs, in order");
	ok(vm_query(task, ~0UL, vmas, sizeof(vmas)) == 0 && vm_query(task, 0, (struct q_vma *)8, sizeof(one)) == -EFAULT, "none, and a bad buffer");
	ok(vm_protect(task, p, PAGE_SIZE, PROT_NONE) == 0, "no access");
	board->at = p;
	set_step(board->step + 1);
	ok(end_of(pid) == SIGSEGV && p[0] == 5, "the child ends by a SIGSEGV, the parent still reads");
	handle_close(task);
	munmap(p, 4 * PAGE_SIZE);
}

static void test_copy(void)
{
	unsigned long *p = (unsigned long *)own(4), *buf = (unsigned long *)own(4), task;
	pid_t pid;

	for (unsigned long i = 0; i < 4 * PAGE_SIZE / 8; i++)
		p[i] = i;
	mprotect(p, 2 * PAGE_SIZE, PROT_READ);
	pid = start_reader();
	task = (unsigned long)task_open(pid);
	ok(vm_read(task, (char *)p + 100, buf, 3 * PAGE_SIZE) == 3 * PAGE_SIZE && memcmp((char *)p + 100, buf, 3 * PAGE_SIZE) == 0, "read across pages");
	buf[0] = 99;
	ok(vm_write(task, &p[3], buf, 8) == 8 && child_loads(&p[3]) == 99, "written where the child may only read");
	ok(p[3] == 3, "and not in the parent's copy of the page");
	ok(vm_read(task, p, buf, 0) == 0, "no bytes");
	ok(vm_read(task, (void *)0x1000, buf, 8) == -EFAULT && vm_write(task, (void *)~7UL, buf, 8) == -EFAULT, "from and to nothing: EFAULT");
	ok(vm_read(task, p, (void *)0x1000, 8) == -EFAULT && vm_write(task, p, (void *)0x1000, 8) == -EFAULT, "a bad buffer: EFAULT");
	munmap(buf + 2 * PAGE_SIZE / 8, 2 * PAGE_SIZE);
	ok(vm_read(task, p, buf, 4 * PAGE_SIZE) == 2 * PAGE_SIZE, "what fits was copied");
	end(pid);
	munmap(p, 4 * PAGE_SIZE);
	munmap(buf, 2 * PAGE_SIZE);
	handle_close(task);
}

/* Its threads run, map and end while another process reads, writes and maps there. */
static volatile unsigned long *busy_at;

static int churn(long worker)
{
	for (;;) {
		char *p = own(2);

		*(volatile char *)p = (char)worker;
		munmap(p, 2 * PAGE_SIZE);
		(*busy_at)++;
	}
	return 0;
}

static void test_busy(void)
{
	static struct thread threads[2];
	unsigned long rounds = 0, bad = 0, task, *p = (unsigned long *)own(1);
	pid_t pid;

	p[1] = 77;
	busy_at = p;
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 2; i++)
			if (thread_start(&threads[i], churn, i) < 0)
				_exit(1);
		churn(2);
	}
	task = (unsigned long)task_open(pid);
	for (; rounds < 100; rounds++) {
		unsigned long word = 0;
		char *theirs = vm_map(task, NULL, PAGE_SIZE, RW, ANON, 0, 0);

		bad += (long)theirs < 0 || vm_write(task, theirs, &rounds, 8) != 8 || vm_read(task, theirs, &word, 8) != 8 || word != rounds;
		bad += vm_read(task, &p[1], &word, 8) != 8 || word != 77;
		bad += vm_unmap(task, theirs, PAGE_SIZE) != 0;
		if (rounds == 90)
			kill(pid, SIGKILL);
		if (bad)
			break;
	}
	ok(rounds >= 90, "90 rounds and more beside three busy threads: %lu", rounds);
	ok(end(pid) == SIGKILL, "which were killed in the middle");
	ok(vm_read(task, p, &rounds, 8) == -ESRCH, "and cannot be looked at any more");
	handle_close(task);
	munmap(p, PAGE_SIZE);
}

static void all_checks(void)
{
	test_open();
	test_pass();
	test_map();
	test_protect();
	test_copy();
	test_busy();
}

int main(void)
{
	static struct census before;
	unsigned long p[1] = { 5 }, task;

	busy_at = p;		/* these pages are there before the census */
	memset(vmas, 1, sizeof(vmas));

	board = mmap(NULL, PAGE_SIZE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	task = (unsigned long)task_open(0);		/* the table of handles stays */
	ok(vm_write(task, &p[0], p, 8) == 8 && vm_read(task, p, p, 8) == 8, "one's own memory");
	handle_close(task);
	end(start_reader());
	census_take(&before);
	all_checks();
	ok(census_same("vmtest", &before), "every frame and every object came back");
	return tap_done();
}
