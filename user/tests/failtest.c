/* SPDX-License-Identifier: MIT */
/*
 * failtest: each kind of call with its 1st, 2nd, 3rd ... allocation failing, until it gets through.
 * The call must say -ENOMEM (or succeed all the same); where a page fault was hit, the kernel
 * may kill. Each try is a process of its own. Afterwards every frame and every slab object must be back.
 *
 * execve is also tried beside other threads, by the leader and by another thread: when it fails they go on as before.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include "user/libsys/census.h"
#include "user/libsys/thread.h"
#include "user/tests/tap.h"

#define MAX_NTH		400

static char *area;			/* touched pages, so that fork has something to copy */

static long call_fork(void)
{
	long pid = raw_syscall(SYS_clone, 17L, 0L, 0L, 0L, 0L);
	int status;

	if (pid == 0)
		_exit(0);
	if (pid > 0 && (waitpid((pid_t)pid, &status, 0) != pid || status != 0))
		return -EIO;
	return pid < 0 ? pid : 0;
}

static int end(long unused)
{
	(void)unused;
	return 0;
}

static long call_clone_thread(void)
{
	static struct thread t;
	long tid;

	memset(t.stack, 0, sizeof(t.stack));
	tid = thread_start(&t, end, 0);
	if (tid > 0)
		thread_join(&t);
	return tid < 0 ? tid : 0;
}

static long call_exec(void)
{
	/* Running itself with an argument means: got through. The count went with the old program's calls. */
	char *argv[] = { "/bin/failtest", "again", NULL };

	return raw_syscall(SYS_execve, argv[0], argv, environ);
}

static long call_pipe(void)
{
	int fds[2];
	long err = raw_syscall(SYS_pipe2, fds, 0L);

	if (err == 0) {
		close(fds[0]);
		close(fds[1]);
	}
	return err;
}

static long call_maps(void)
{
	long fd = raw_syscall(SYS_openat, -100L, "/proc/self/maps", (long)O_RDONLY, 0L);

	return fd < 0 ? fd : close((int)fd);
}

static long call_mmap(void)
{
	long addr = raw_syscall(SYS_mmap, 0L, 64 * PAGE_SIZE, (long)(PROT_READ | PROT_WRITE),
				(long)(MAP_SHARED | MAP_ANONYMOUS), -1L, 0L);

	return addr < 0 && addr > -4096 ? addr : raw_syscall(SYS_munmap, addr, 64 * PAGE_SIZE);
}

static long call_mprotect(void)
{
	long err = raw_syscall(SYS_mprotect, area + 2 * PAGE_SIZE, PAGE_SIZE, (long)PROT_READ);

	(void)mprotect(area, 8 * PAGE_SIZE, PROT_READ | PROT_WRITE);
	return err;
}

static long call_munmap(void)
{
	long addr = raw_syscall(SYS_munmap, area + 4 * PAGE_SIZE, PAGE_SIZE);

	(void)mmap(area + 4 * PAGE_SIZE, PAGE_SIZE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	return addr;
}

static long call_query(void)
{
	struct q_task tasks[8];		/* on the stack, which is there already: no fault in the copy */
	long n = raw_syscall(SYS_samara_query, (long)QUERY_TASKS, 0L, 0L, tasks, sizeof(tasks));

	return n < 0 ? n : 0;
}

/* ---- execve beside threads ---- */

static struct thread busy, asleep, caller;
static int beats, wake_up, awake, stop;		/* atomic */
static long call_result;
static unsigned long call_left;

/* Pages come and go while the new program is built. */
static int work(long unused)
{
	(void)unused;
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		*(volatile char *)area = 1;
		raw_syscall(SYS_madvise, area, PAGE_SIZE, (long)MADV_DONTNEED);
		__atomic_add_fetch(&beats, 1, __ATOMIC_RELEASE);
		raw_syscall(SYS_sched_yield);	/* on one hart a whole slice each time would take long */
	}
	return 0;
}

static int sleep_and_answer(long unused)
{
	(void)unused;
	while (!__atomic_load_n(&wake_up, __ATOMIC_ACQUIRE))
		futex_wait(&wake_up, 0);
	__atomic_store_n(&awake, 1, __ATOMIC_RELEASE);
	futex_wake(&awake, 1);
	return 0;
}

static bool lives(const struct thread *t)
{
	return raw_syscall(SYS_tgkill, (long)getpid(), (long)t->tid, 0L) == 0;
}

/* Do both threads do what they did? To their end. */
static bool threads_go_on(void)
{
	int before = __atomic_load_n(&beats, __ATOMIC_ACQUIRE);

	if (!lives(&busy) || !lives(&asleep) || awake)
		return false;
	while (__atomic_load_n(&beats, __ATOMIC_ACQUIRE) == before)
		raw_syscall(SYS_sched_yield);
	__atomic_store_n(&wake_up, 1, __ATOMIC_RELEASE);
	futex_wake(&wake_up, 1);
	while (!__atomic_load_n(&awake, __ATOMIC_ACQUIRE))
		futex_wait(&awake, 0);
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	thread_join(&busy);
	thread_join(&asleep);
	return true;
}

/* With allocation @nth failing; what is left of the count in call_left. */
static int exec_with_failure(long nth)
{
	raw_syscall(SYS_samara_fail_alloc, nth);
	call_result = call_exec();
	call_left = (unsigned long)raw_syscall(SYS_samara_fail_alloc, 0L);
	return 0;
}

/* The count is the caller's, which is this thread or another one: what the others allocate is not counted. */
static long exec_beside_threads(bool by_leader)
{
	unsigned long nth = (unsigned long)fail_alloc(0);

	if (thread_start(&busy, work, 0) < 0 || thread_start(&asleep, sleep_and_answer, 0) < 0)
		return -EIO;
	while (!__atomic_load_n(&beats, __ATOMIC_ACQUIRE))
		raw_syscall(SYS_sched_yield);
	if (by_leader)
		exec_with_failure((long)nth);
	else if (thread_start(&caller, exec_with_failure, (long)nth) > 0)
		thread_join(&caller);
	else
		return -EIO;
	if (!threads_go_on())
		return -EIO;
	fail_alloc(call_left);
	return call_result;
}

static long call_exec_by_leader(void)
{
	return exec_beside_threads(true);
}

static long call_exec_by_thread(void)
{
	return exec_beside_threads(false);
}

/* ---- all of them ---- */

/* None is what a thread ends with. */
enum { GOT_THROUGH = 41, NO_MEMORY = 42, OTHER_ERROR = 43, NOT_REACHED = 44 };

struct attempt {
	long (*call)(void);
	unsigned long nth;
};

/* One try, in a child. */
static int attempt(long arg)
{
	const struct attempt *a = (const struct attempt *)arg;
	long err;

	fail_alloc(a->nth);
	err = a->call();
	if (fail_alloc(0) != 0)
		return NOT_REACHED;
	return err == 0 ? GOT_THROUGH : err == -ENOMEM ? NO_MEMORY : OTHER_ERROR;
}

static void check(const char *name, long (*call)(void))
{
	static struct census before;
	struct attempt a = { .call = call, .nth = MAX_NTH };
	int status = 0, refused = 0;

	(void)in_child(attempt, (long)&a);	/* what stays for ever is there from now on */
	if (!in_storm())		/* there it is never calm enough */
		census_take(&before);
	for (a.nth = 1; a.nth < MAX_NTH; a.nth++) {
		status = in_child(attempt, (long)&a);
		/* In a storm the user copy's page may be out, and what fails is the fault: -EFAULT. */
		if (status == exited_with(NOT_REACHED) || (status == exited_with(OTHER_ERROR) && !in_storm()))
			break;
		refused += status == exited_with(NO_MEMORY);
		if (status != exited_with(GOT_THROUGH) && status != exited_with(NO_MEMORY) &&
		    status != killed_by(SIGKILL) && !in_storm())
			break;
	}
	is(status, exited_with(NOT_REACHED), "%s with each of its %lu allocations failing", name, a.nth - 1);
	calm_ok(refused > 0, "%s was refused %d times", name, refused);
	calm_ok(in_storm() || census_same("failtest", &before), "%s: everything came back", name);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return NOT_REACHED;	/* the exec below got through */
	area = map_pages(8);
	memset(area, 1, 8 * PAGE_SIZE);
	check("fork", call_fork);
	check("a thread", call_clone_thread);
	check("execve", call_exec);
	check("execve beside threads", call_exec_by_leader);
	check("execve by a thread", call_exec_by_thread);
	check("pipe2", call_pipe);
	check("open of maps", call_maps);
	check("mmap", call_mmap);
	check("mprotect", call_mprotect);
	check("munmap", call_munmap);
	check("query tasks", call_query);
	return tap_done();
}
