/* SPDX-License-Identifier: MIT */
/*
 * perstest: a server that is the personality of other processes, asked for what the kernel does not have. The server is a child, told on
 * the board what it is to do wrong; the clients are children of the test. Afterwards every frame and every object of the kernel is back.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include "user/libsys/census.h"
#include "user/libsys/serve.h"
#include "user/tests/tap.h"

#define RW		(PROT_READ | PROT_WRITE)
#define NO_CALL		400L	/* numbers that the kernel has no function for */
#define SUM		401L
#define SLEEP		402L
#define DIE		403L
#define READ_ME		404L
#define RESTART		405L
#define NO_FD		99

/* In memory that all share. */
static struct board {
	unsigned long calls, badge, cancels, map_flags;
	int forks, exits, parent, child, status, asleep, ran_early;
	long opened, word;
	int silent;			/* the server answers nothing any more */
} *board;

static unsigned long server_end, object;

/* ---- the server ---- */

static long serve_personality_syscall(const struct personality_syscall_request *in, struct personality_syscall_reply *out, struct ipc_msg *m)
{
	unsigned long task;
	long word = 0;

	(void)out;
	board->calls++;
	board->badge = m->badge;
	switch ((long)in->nr) {
	case SUM:
		return (long)(in->args[0] + in->args[1] + in->args[2] + in->args[3] + in->args[4] + in->args[5]);
	case SLEEP:
		__atomic_store_n(&board->asleep, 1, __ATOMIC_RELEASE);
		return SERVE_LATER;
	case DIE:
		_exit(0);
	case READ_ME:
		board->opened = task_open((long)(m->badge & ~PERSONALITY_BADGE));
		task = (unsigned long)board->opened;
		vm_read(task, (void *)in->args[0], &word, sizeof(word));
		handle_close(task);
		return word;
	case RESTART:
		return -512;		/* what the kernel uses inside to have a call made again */
	default:
		return -ENOSYS;
	}
}

static long serve_personality_map(const struct personality_map_request *in, struct personality_map_reply *out, struct ipc_msg *m)
{
	board->map_flags = in->flags;
	if (in->fd != NO_FD)
		return in->fd == NO_FD + 1 ? 0 : in->fd == NO_FD + 2 ? 7 : -EACCES;
	out->offset = in->offset + PAGE_SIZE;
	m->handle[0] = (unsigned int)object;
	return 0;
}

static long serve_personality_fork(const struct personality_fork_request *in, struct personality_fork_reply *out, struct ipc_msg *m)
{
	(void)out;
	(void)m;
	board->parent = in->parent;
	board->child = in->child;
	sleep_ms(20);			/* the child must not have run before the reply */
	board->ran_early = __atomic_load_n(&board->asleep, __ATOMIC_ACQUIRE);
	board->forks++;
	return 0;
}

static long serve_personality_exit(const struct personality_exit_request *in, struct personality_exit_reply *out, struct ipc_msg *m)
{
	(void)out;
	(void)m;
	sleep_ms(20);			/* nor must the parent have learnt of it */
	board->child = in->pid;
	board->status = in->status;
	board->exits++;
	return 0;
}

PROTOCOL_DISPATCH(serve_one, PERSONALITY_PROTOCOL)

static int serve(long unused)
{
	struct ipc_msg m = { 0 };
	long kind;

	(void)unused;
	for (;;) {
		kind = ipc_reply_recv(server_end, &m);
		if (kind < 0)
			return 0;
		board->cancels += kind == IPC_MSG_CANCEL;
		while (board->silent)
			sleep_ms(10);
		m.handle[0] = m.handle[1] = 0;
		if (kind == IPC_MSG_CALL)
			serve_one(&m);
	}
}

/* A server, and its endpoint as a handle with SEND: the caller's processes to come may have it as personality. */
static pid_t start_server(unsigned long *send)
{
	pid_t pid;

	memset(board, 0, sizeof(*board));
	server_end = (unsigned long)endpoint_create();
	*send = (unsigned long)handle_dup(server_end, RIGHT_SEND, 0);
	pid = spawn_child(serve, 0);
	handle_close(server_end);
	return pid;
}

static void stop_server(pid_t pid, unsigned long send)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	handle_close(send);
}

/* Runs @body in a child whose personality is @send. Its wait status. */
static int with_personality(unsigned long send, int (*body)(long), long arg)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		unsigned long self = (unsigned long)task_open(0);

		if (task_personality(self, send) != 0)
			_exit(99);
		handle_close(self);
		_exit(body(arg));
	}
	waitpid(pid, &status, 0);
	return status;
}

/* ---- clients ---- */

static int calls(long unused)
{
	long word = 4711;

	(void)unused;
	if (raw_syscall(SUM, 1L, 2L, 3L, 4L, 5L, 6L) != 21)
		return 1;
	if (raw_syscall(SUM, -8L, 2L, 0L, 0L, 0L, 0L) != -6)
		return 2;
	if (raw_syscall(NO_CALL, 0L, 0L, 0L, 0L, 0L, 0L) != -ENOSYS)
		return 3;
	if (raw_syscall(READ_ME, &word, 0L, 0L, 0L, 0L, 0L) != word)
		return 4;
	if (raw_syscall(RESTART, 0L, 0L, 0L, 0L, 0L, 0L) != -EINTR)
		return 5;
	return board->badge == (PERSONALITY_BADGE | (unsigned long)getpid()) ? 0 : 6;
}

static void on_alarm(int unused) { (void)unused; }

static int interrupted(long unused)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	pid_t self = getpid();
	long ret;

	(void)unused;
	sigaction(SIGUSR1, &sa, NULL);
	if (fork() == 0) {
		while (!__atomic_load_n(&board->asleep, __ATOMIC_ACQUIRE))
			sleep_ms(1);
		kill(self, SIGUSR1);
		_exit(0);
	}
	ret = raw_syscall(SLEEP, 0L, 0L, 0L, 0L, 0L, 0L);
	wait(NULL);
	return ret == -EINTR ? 0 : 1;
}

static int maps(long unused)
{
	unsigned long *p = mmap(NULL, PAGE_SIZE, PROT_READ, MAP_SHARED, NO_FD, PAGE_SIZE);

	(void)unused;
	if (p == MAP_FAILED || *(volatile unsigned long *)p != 77)
		return 1;
	if (raw_syscall(SYS_mmap, 0L, PAGE_SIZE, (long)PROT_READ, (long)MAP_SHARED, (long)NO_FD + 1, 0L) != -EBADF)
		return 2;		/* a reply without a handle */
	if (raw_syscall(SYS_mmap, 0L, PAGE_SIZE, (long)PROT_READ, (long)MAP_SHARED, (long)NO_FD + 2, 0L) != -EINVAL)
		return 3;		/* a result that is none */
	if (raw_syscall(SYS_mmap, 0L, PAGE_SIZE, (long)PROT_READ, (long)MAP_PRIVATE, (long)NO_FD + 3, 0L) != -EACCES)
		return 4;
	return raw_syscall(SYS_mmap, 0L, PAGE_SIZE, (long)RW, (long)(MAP_PRIVATE | MAP_ANONYMOUS), -1L, 0L) > 0 ? 0 : 5;
}

static int forks(long unused)
{
	int status, exits = board->exits;
	pid_t pid;

	(void)unused;
	pid = fork();
	if (pid == 0) {
		__atomic_store_n(&board->asleep, 1, __ATOMIC_RELEASE);
		_exit(raw_syscall(SUM, 1L, 1L, 1L, 1L, 1L, 1L) == 6 && board->badge == (PERSONALITY_BADGE | (unsigned long)getpid()) ? 3 : 4);
	}
	if (board->forks != 1 || board->parent != getpid() || board->child != pid || board->ran_early)
		return 1;
	waitpid(pid, &status, 0);
	return status == exited_with(3) && board->exits == exits + 1 && board->status == status && board->child == pid ? 0 : 2;
}

/* ---- checks ---- */

static void check_calls(void)
{
	unsigned long send, *p;
	pid_t server;

	object = (unsigned long)memobj_create(4 * PAGE_SIZE, 0, 0);
	p = memobj_map(object, NULL, 4 * PAGE_SIZE, RW, MAP_SHARED, 0);
	p[2 * PAGE_SIZE / 8] = 77;
	munmap(p, 4 * PAGE_SIZE);
	server = start_server(&send);
	is_errno(raw_syscall(SUM, 1L, 2L, 3L, 4L, 5L, 6L), ENOSYS, "without a personality");
	is(with_personality(send, calls, 0), 0, "calls that the kernel does not have are the server's");
	is((long)board->exits, 1, "which has learned of the end");
	is(with_personality(send, interrupted, 0), 0, "a signal interrupts such a call");
	is((long)board->cancels, 1, "and the server knows");
	board->asleep = 0;
	board->forks = 0;
	is(with_personality(send, maps, 0), 0, "mmap of a descriptor of the server's");
	is((long)board->map_flags, MAP_PRIVATE, "it is told how");
	is(with_personality(send, forks, 0), 0, "a child has the personality; fork and exit are told before either side runs on");
	stop_server(server, send);
	handle_close(object);
}

static int call_one(long nr)
{
	long ret = raw_syscall(nr, 1L, 2L, 3L, 4L, 5L, 6L);

	return ret < 0 ? (int)-ret : 0;
}

static int call_none(long unused)
{
	(void)unused;
	return 0;
}

static int sleep_then_killed(long unused)
{
	pid_t self = getpid();

	(void)unused;
	if (fork() == 0) {
		while (!__atomic_load_n(&board->asleep, __ATOMIC_ACQUIRE))
			sleep_ms(1);
		kill(self, SIGKILL);
		_exit(0);
	}
	return call_one(SLEEP);
}

static void check_ends(void)
{
	unsigned long send, self, weak, began;
	pid_t server = start_server(&send);

	is(with_personality(send, sleep_then_killed, 0), killed_by(SIGKILL), "who waits for it can be killed");
	is((long)board->status, killed_by(SIGKILL), "and the server learns of that, too");
	is(with_personality(send, call_one, DIE), exited_with(EPIPE), "a server that dies in a call: EPIPE");
	is(with_personality(send, call_one, SUM), exited_with(EPIPE), "and a dead one");
	stop_server(server, send);

	server = start_server(&send);
	board->silent = 1;
	began = now_ns();
	is(with_personality(send, call_none, 0), exited_with(0), "a process whose server is silent ends");
	ok(now_ns() - began < 5000000000UL, "after a second");
	stop_server(server, send);

	server = start_server(&send);
	self = (unsigned long)task_open(0);
	is_errno(task_personality(self, self), EBADF, "a task is no server");
	is_errno(task_personality(send, send), EBADF, "and an endpoint no task");
	weak = (unsigned long)handle_dup(self, RIGHT_GRANT, 0);
	is_errno(task_personality(weak, send), EACCES, "without CONTROL");
	handle_close(weak);
	is(task_personality(self, send), 0, "a personality");
	is(raw_syscall(SUM, 1L, 1L, 1L, 1L, 1L, 1L), 6, "serves");
	is(task_personality(self, 0), 0, "none");
	is_errno(raw_syscall(SUM, 1L, 1L, 1L, 1L, 1L, 1L), ENOSYS, "does not");
	stop_server(server, send);
	handle_close(self);
}

/* A server that is its own personality could not answer itself. */
static int own_personality(long unused)
{
	(void)unused;
	server_end = (unsigned long)endpoint_create();
	if (task_personality((unsigned long)task_open(0), server_end) != 0)
		return 1;
	if (raw_syscall(SUM, 1L, 1L, 1L, 1L, 1L, 1L) != -ENOSYS)
		return 2;
	return raw_syscall(SYS_mmap, 0L, PAGE_SIZE, (long)PROT_READ, (long)MAP_SHARED, (long)NO_FD, 0L) == -EBADF ? 0 : 3;
}

int main(void)
{
	static struct census before;

	board = mmap(NULL, PAGE_SIZE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(board, 0, sizeof(*board));
	in_child(own_personality, 0);
	server_end = object = 0;
	handle_close((unsigned long)endpoint_create());		/* the table of handles stays */
	census_take(&before);
	check_calls();
	check_ends();
	is(in_child(own_personality, 0), exited_with(0), "a server does not serve itself");
	ok(census_same("perstest", &before), "every frame and every object came back");
	return tap_done();
}
