/* SPDX-License-Identifier: MIT */
/*
 * threadtest: how threads begin and end, where the C library's threads do not look.
 *
 *	the others	loop | sleep in futex | sleep in read | fault all the time | come and go
 *	the end		exit_group | execve, by the leader or not | SIGKILL | a fault | the leader first, then all
 *
 * Each pair in a child, whose status is looked at. Afterwards every frame and every object of the kernel is back.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "user/libsys/census.h"
#include "user/libsys/thread.h"
#include "user/tests/tap.h"

#define OTHERS		8
#define AGAIN		42		/* what the program says when it is executed with an argument */
#define CLONE_PTRACE	0x00002000L
#define CLONE_NEWNS	0x00020000L

static struct thread others[OTHERS], more[16];
static int never;			/* a futex that nobody wakes */
static int pipe_fds[2];
static char *storm_page;

/* ---- what the others do ---- */

static int loop(long unused)
{
	(void)unused;
	for (;;)
		;
	return 0;
}

static int sleep_in_futex(long unused)
{
	(void)unused;
	for (;;)
		futex_wait(&never, 0);
	return 0;
}

static int sleep_in_read(long unused)
{
	char c;

	(void)unused;
	for (;;)
		raw_syscall(SYS_read, (long)pipe_fds[0], &c, 1L);
	return 0;
}

/* A page that comes with each write and goes again. */
static int fault(long number)
{
	char *page = storm_page + (unsigned long)number / 2 * PAGE_SIZE;	/* two threads to a page */

	for (;;) {
		*(volatile char *)page = 1;
		raw_syscall(SYS_madvise, page, PAGE_SIZE, 4L /* MADV_DONTNEED */);
	}
	return 0;
}

static int nothing(long value)
{
	return (int)value;
}

/* A thread that starts threads, and waits for each. */
static int come_and_go(long number)
{
	struct thread *t = &more[number];

	for (;;) {
		while (thread_start(t, nothing, 0) < 0)
			raw_syscall(SYS_sched_yield);
		thread_join(t);
	}
	return 0;
}

static const struct kind {
	const char *name;
	int (*body)(long number);
} kinds[] = {
	{ "loop", loop }, { "sleep in futex", sleep_in_futex }, { "sleep in read", sleep_in_read }, { "fault", fault },
	{ "come and go", come_and_go },
};

static void start_others(const struct kind *kind)
{
	if (pipe(pipe_fds) != 0)
		_exit(90);
	storm_page = map_pages(OTHERS);
	for (long i = 0; i < OTHERS; i++)
		if (thread_start(&others[i], kind->body, i) < 0)
			_exit(91);
	sleep_ms(2);
}

/* ---- the ends ---- */

static int execute(long unused)
{
	static char *const argv[] = { "/bin/threadtest", "again", NULL };

	(void)unused;
	raw_syscall(SYS_execve, argv[0], argv, environ);
	return 92;
}

static int exit_all(long status)
{
	return (int)raw_syscall(SYS_exit_group, status);
}

static int touch_nothing(long unused)
{
	(void)unused;
	*(volatile int *)8 = 1;
	return 93;
}

static int (*by_thread)(long);

static int in_a_thread(long kind)
{
	static struct thread t;

	start_others(&kinds[kind]);
	if (thread_start(&t, by_thread, 17) < 0)
		return 94;
	return sleep_in_futex(0);
}

static int by_leader(long kind)
{
	start_others(&kinds[kind]);
	return by_thread(17);
}

/* The leader ends, a thread ends all. */
static int leader_first(long kind)
{
	static struct thread t;

	start_others(&kinds[kind]);
	if (thread_start(&t, by_thread, 17) < 0)
		return 94;
	return (int)raw_syscall(SYS_exit, 18L);
}

static int until_killed(long kind)
{
	start_others(&kinds[kind]);
	return sleep_in_futex(0);
}

static void check_end(const char *name, int (*body)(long kind), int (*by)(long), int status)
{
	static struct census before;

	by_thread = by;
	(void)in_child(body == until_killed ? in_a_thread : body, 0);	/* what stays in memory is there from now on */
	census_take(&before);
	for (long kind = 0; kind < (long)ARRAY_SIZE(kinds); kind++) {
		pid_t pid = spawn_child(body, kind);
		int got;

		if (body == until_killed) {
			sleep_ms(5 + (unsigned long)kind);
			kill(pid, SIGKILL);
		}
		waitpid(pid, &got, 0);
		is(got, status, "%s while %d threads %s", name, OTHERS, kinds[kind].name);
	}
	ok(census_same("threadtest", &before), "%s: everything came back", name);
}

/* ---- clone's flags ---- */

static void refused(const char *name, long flags)
{
	static struct thread t;

	is_errno(thread_clone(flags, t.stack + THREAD_STACK, NULL, NULL, NULL, nothing, 0), EINVAL, "clone: %s", name);
}

static void check_flags(void)
{
	refused("a thread without memory", CLONE_THREAD | CLONE_SIGHAND | CLONE_FILES);
	refused("a thread without handlers", CLONE_THREAD | CLONE_VM | CLONE_FILES);
	refused("a thread without files", CLONE_THREAD | CLONE_VM | CLONE_SIGHAND);
	refused("a thread and vfork", CLONE_A_THREAD | CLONE_VFORK);
	refused("handlers without a thread", CLONE_SIGHAND | SIGCHLD);
	refused("handlers and memory without a thread", CLONE_SIGHAND | CLONE_VM | SIGCHLD);
	refused("a name space", CLONE_NEWNS | SIGCHLD);
	refused("tracing", CLONE_PTRACE | SIGCHLD);
	refused("signal 65", 65);
}

/* ---- a leader that has ended ---- */

static int go;

static int end_when_told(long status)
{
	while (!__atomic_load_n(&go, __ATOMIC_ACQUIRE))
		raw_syscall(SYS_sched_yield);
	return (int)status;
}

static int leader_leaves(long unused)
{
	(void)unused;
	if (thread_start(&others[0], end_when_told, 3) < 0)
		return 94;
	return (int)raw_syscall(SYS_exit, 5L);
}

static void tell(int sig)
{
	(void)sig;
	go = 1;
}

static void check_dead_leader(void)
{
	pid_t pid;
	int status = 0;

	signal(SIGUSR1, tell);
	pid = spawn_child(leader_leaves, 0);
	sleep_ms(20);
	is(waitpid(pid, &status, WNOHANG), 0, "a process whose leader has ended is not waited for");
	is(raw_syscall(SYS_tkill, (long)pid, 0L), 0, "the leader's id is there");
	is(kill(pid, SIGUSR1), 0, "a signal to the process");
	is(waitpid(pid, &status, 0), pid, "it ends with the last thread");
	is(status, exited_with(5), "with the leader's status");
	is_errno(raw_syscall(SYS_tkill, (long)pid, 0L), ESRCH, "the id is gone");
}

/* kill(2) takes any thread's id for the process. */
static void check_kill_by_thread(void)
{
	int tid;

	go = 0;
	signal(SIGUSR1, tell);
	thread_start(&others[0], end_when_told, 0);
	tid = others[0].tid;
	is(raw_syscall(SYS_kill, (long)tid, 0L), 0, "kill finds a process by another thread's id");
	is(raw_syscall(SYS_kill, (long)tid, (long)SIGUSR1), 0, "and signals it");
	go = 1;
	thread_join(&others[0]);
	is_errno(raw_syscall(SYS_kill, (long)tid, 0L), ESRCH, "not when the thread has ended");
}

/* ---- in the middle of clone and of execve ---- */

/* Threads that start threads that start threads, as many as there are stacks. */
static int bomb(long unused)
{
	static struct thread stacks[16];
	static int next;

	(void)unused;
	for (;;) {
		struct thread *t = &stacks[__atomic_fetch_add(&next, 1, __ATOMIC_RELAXED) % 16];
		int none = 0;

		if (__atomic_compare_exchange_n(&t->tid, &none, -1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED) &&
		    thread_clone(CLONE_A_THREAD | CLONE_CHILD_CLEARTID, t->stack + THREAD_STACK, NULL, NULL, &t->tid, bomb, 0) < 0)
			__atomic_store_n(&t->tid, 0, __ATOMIC_RELEASE);
		raw_syscall(SYS_sched_yield);
		if (__atomic_load_n(&next, __ATOMIC_RELAXED) % 7 == 0)
			return 0;
	}
}

static int bomb_of_process(long unused)
{
	(void)unused;
	bomb(0);
	return sleep_in_futex(0);
}

static int exec_by_all(long unused)
{
	(void)unused;
	for (long i = 0; i < OTHERS; i++)
		thread_start(&others[i], execute, 0);
	return execute(0);
}

/* @body in children of which some are killed at once. Returns how many ended otherwise than killed or with @status. */
static int many_ends(int (*body)(long), int rounds, int status, int kill_each)
{
	int wrong = 0, got;

	for (int i = 0; i < rounds; i++) {
		pid_t pid = spawn_child(body, 0);

		if (i % kill_each == 0) {
			sleep_ms((unsigned long)i % 5);
			kill(pid, SIGKILL);
		}
		waitpid(pid, &got, 0);
		wrong += got != status && !(i % kill_each == 0 && got == killed_by(SIGKILL));
	}
	return wrong;
}

static void check_storms(const struct census *before)
{
	is(many_ends(bomb_of_process, 10, killed_by(SIGKILL), 1), 0, "SIGKILL while threads start threads");
	is(many_ends(exec_by_all, 12, exited_with(AGAIN), 3), 0, "execve by all threads at once, SIGKILL for some");
	ok(census_same("threadtest", before), "everything came back");
}

/* Until the parent has ended. */
static int live_on(long parent)
{
	while (raw_syscall(SYS_getppid) == parent)
		raw_syscall(SYS_sched_yield);
	return 0;
}

/*
 * All threads execute while another process uses the same table of descriptors. Failed once: each took a table for itself and
 * gave the shared one back once more, so that it was freed in the other process's hands.
 */
static int share_files_and_exec(long unused)
{
	static struct thread sharer;
	long pid = thread_clone(CLONE_FILES | SIGCHLD, sharer.stack + THREAD_STACK, NULL, NULL, NULL, live_on, getpid());

	(void)unused;
	return pid < 0 ? 95 : exec_by_all(0);
}

static void check_shared_files(const struct census *before)
{
	is(many_ends(share_files_and_exec, 12, exited_with(AGAIN), 100), 0, "execve by all threads with a shared table of files");
	ok(census_same("threadtest", before), "every table came back");
}

int main(int argc, char **argv)
{
	static struct census before;

	(void)argv;
	if (argc > 1)
		return AGAIN;
	check_flags();
	check_dead_leader();
	check_kill_by_thread();
	check_end("exit_group by a thread", in_a_thread, exit_all, exited_with(17));
	check_end("exit_group by the leader", by_leader, exit_all, exited_with(17));
	check_end("exit_group without leader", leader_first, exit_all, exited_with(17));
	check_end("execve by a thread", in_a_thread, execute, exited_with(AGAIN));
	check_end("execve by the leader", by_leader, execute, exited_with(AGAIN));
	check_end("execve without leader", leader_first, execute, exited_with(AGAIN));
	check_end("a fault", in_a_thread, touch_nothing, killed_by(SIGSEGV));
	check_end("SIGKILL", until_killed, exit_all, killed_by(SIGKILL));
	census_take(&before);
	check_storms(&before);
	check_shared_files(&before);
	return tap_done();
}
