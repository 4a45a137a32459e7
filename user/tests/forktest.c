/* SPDX-License-Identifier: MIT */
/* forktest: fork, wait4, exit statuses, orphans, vfork, many children, kill of a whole family. */
#include <signal.h>
#include <string.h>
#include "user/tests/tap.h"

static int return_it(long code)
{
	return code;
}

static void check_status(void)
{
	int status;

	is(in_child(return_it, 0), exited_with(0), "exit status 0");
	is(in_child(return_it, 255), exited_with(255), "exit status 255");
	is(in_child(return_it, 256 + 3), exited_with(3), "only eight bits of it");
	is_errno(raw_syscall(SYS_wait4, -1L, &status, 0L, 0L), ECHILD, "wait without children");
	is_errno(raw_syscall(SYS_wait4, 99999L, &status, 0L, 0L), ECHILD, "wait for nobody");
	is_errno(raw_syscall(SYS_wait4, -1L, &status, 0x12340000L, 0L), EINVAL, "wait with unknown options");
}

static void check_ids(void)
{
	int fds[2], ids[2], status;
	pid_t pid;

	pipe(fds);
	pid = fork();
	if (pid == 0) {
		ids[0] = getpid();
		ids[1] = getppid();
		_exit(write(fds[1], ids, sizeof(ids)) == sizeof(ids) ? 0 : 1);
	}
	is(read(fds[0], ids, sizeof(ids)), sizeof(ids), "the child reports");
	is(ids[0], pid, "its getpid is what fork told");
	is(ids[1], getpid(), "its getppid is me");
	is(gettid(), getpid(), "gettid is getpid here");
	waitpid(pid, &status, 0);
	close(fds[0]);
	close(fds[1]);
}

static void check_nohang(void)
{
	int gate[2], status = -1;
	pid_t pid;
	char c;

	pipe(gate);
	pid = fork();
	if (pid == 0) {
		close(gate[1]);
		read(gate[0], &c, 1);
		_exit(9);
	}
	is(waitpid(pid, &status, WNOHANG), 0, "WNOHANG: not yet");
	close(gate[1]);
	is(waitpid(pid, &status, 0), pid, "wait for that child");
	is(status, exited_with(9), "and get its status");
	close(gate[0]);
}

/* An orphan's parent becomes process 1, which collects it. */
static void check_orphan(void)
{
	int fds[2], ppid = -1, status;
	pid_t pid;

	pipe(fds);
	pid = fork();
	if (pid == 0) {
		pid_t parent = getpid();

		if (fork() == 0) {
			while (getppid() == parent)
				sleep_ms(1);
			ppid = getppid();
			_exit(write(fds[1], &ppid, sizeof(ppid)) == sizeof(ppid) ? 0 : 1);
		}
		_exit(0);
	}
	is(waitpid(pid, &status, 0), pid, "the parent of the orphan is gone");
	close(fds[1]);
	is(read(fds[0], &ppid, sizeof(ppid)), sizeof(ppid), "the orphan reports");
	is(ppid, 1, "its parent is process 1");
	close(fds[0]);
}

static void check_many(void)
{
	enum { N = 40 };
	long sum = 0, want = 0;
	int status, got = 0;

	for (int i = 0; i < N; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(i);
		if (pid < 0)
			break;
		want += i;
	}
	while (wait(&status) > 0) {
		got++;
		sum += status >> 8;
	}
	is(got, N, "%d children come back", N);
	is(sum, want, "each with its own status");
}

/* A tree of processes, 2^depth leaves; every one waits for its two children. */
static int tree(long depth)
{
	pid_t a, b;
	int sa = -1, sb = -1;

	if (depth == 0)
		return 1;
	a = fork();
	if (a == 0)
		_exit(tree(depth - 1));
	b = fork();
	if (b == 0)
		_exit(tree(depth - 1));
	waitpid(a, &sa, 0);
	waitpid(b, &sb, 0);
	return (sa >> 8) + (sb >> 8);
}

static volatile int shared_variable = 1;

static void check_vfork(void)
{
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		shared_variable = 2;
		_exit(4);
	}
	is(shared_variable, 2, "vfork: the child ran in my memory, before me");
	is(waitpid(pid, &status, 0), pid, "vfork: wait");
	is(status, exited_with(4), "vfork: status");
}

__attribute__((noreturn)) static void spin_for_ever(void)
{
	for (;;)
		asm volatile("");
}

/* A program that never makes a system call is preempted, and can be killed. */
static void check_kill_spinner(void)
{
	int status;
	pid_t pids[6];

	for (int i = 0; i < 6; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			spin_for_ever();
	}
	sleep_ms(50);
	for (int i = 0; i < 6; i++)
		kill(pids[i], SIGKILL);
	for (int i = 0; i < 6; i++) {
		waitpid(pids[i], &status, 0);
		is(status, killed_by(SIGKILL), "endless loop %d is killed", i);
	}
}

static void check_sleep(void)
{
	unsigned long long start = now_ns(), ms;

	sleep_ms(50);
	ms = (now_ns() - start) / 1000000;
	ok(ms >= 50, "50 ms of sleep take %llu ms", ms);
}

int main(void)
{
	check_status();
	check_ids();
	check_nohang();
	check_orphan();
	check_many();
	is(in_child(tree, 5), exited_with(32), "a tree of 63 processes");
	check_vfork();
	check_kill_spinner();
	check_sleep();
	return tap_done();
}
