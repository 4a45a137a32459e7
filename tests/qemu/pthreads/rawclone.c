/* SPDX-License-Identifier: MIT */
/* clone and clone3 without glibc: what they refuse, the words of the ids, processes that share memory or descriptors. */
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "say.h"

struct big_args {
	struct clone_args args;
	unsigned long more[2];
};

static char stack[65536] __attribute__((aligned(16)));
static int shared;

static void try(const char *name, struct clone_args args, size_t size)
{
	long pid = syscall(SYS_clone3, &args, size);
	int status;

	if (pid == 0)
		_exit(4);
	if (pid < 0) {
		printf("%s: %s\n", name, error(errno));
		return;
	}
	need(waitpid((pid_t)pid, &status, __WALL));
	printf("%s: made, status %x\n", name, status);
}

#define TRY(name, size, ...) try(name, (struct clone_args){ __VA_ARGS__ }, size)

static void clone3_errors(void)
{
	const size_t v0 = CLONE_ARGS_SIZE_VER0, v1 = CLONE_ARGS_SIZE_VER1, v2 = CLONE_ARGS_SIZE_VER2;
	struct big_args big = { .args = { .exit_signal = SIGCHLD } };

	TRY("plain", v0, .exit_signal = SIGCHLD);
	TRY("version 1", v1, .exit_signal = SIGCHLD);
	TRY("version 2", v2, .exit_signal = SIGCHLD);
	TRY("no signal", v0, .exit_signal = 0);
	TRY("too small", v0 - 1, .exit_signal = SIGCHLD);
	TRY("nothing", 0, .exit_signal = SIGCHLD);
	TRY("too large", 5000, .exit_signal = SIGCHLD);
	TRY("signal 65", v0, .exit_signal = 65);
	TRY("signal 300", v0, .exit_signal = 300);
	TRY("signal in flags", v0, .flags = SIGCHLD);
	TRY("detached", v0, .flags = CLONE_DETACHED, .exit_signal = SIGCHLD);
	TRY("unknown flag", v0, .flags = 1UL << 50, .exit_signal = SIGCHLD);
	TRY("thread with signal", v0, .flags = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, .exit_signal = SIGCHLD);
	TRY("thread without sighand", v0, .flags = CLONE_THREAD | CLONE_VM);
	TRY("sighand without vm", v0, .flags = CLONE_SIGHAND, .exit_signal = SIGCHLD);
	TRY("thread without vm", v0, .flags = CLONE_THREAD | CLONE_SIGHAND);
	TRY("sighand and clear", v0, .flags = CLONE_SIGHAND | CLONE_VM | CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD);
	TRY("clear", v0, .flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD);
	TRY("stack without size", v0, .stack = (unsigned long)stack, .exit_signal = SIGCHLD);
	TRY("size without stack", v0, .stack_size = 4096, .exit_signal = SIGCHLD);
	TRY("stack in the kernel", v0, .stack = -8192UL, .stack_size = 4096, .exit_signal = SIGCHLD);
	printf("bad address: %s\n", syscall(SYS_clone3, (void *)8, v0) < 0 ? error(errno) : "made");
	big.more[1] = 1;
	printf("more that is not 0: %s\n", syscall(SYS_clone3, &big, sizeof(big)) < 0 ? error(errno) : "made");
}

static void try_clone(const char *name, unsigned long flags)
{
	long pid = syscall(SYS_clone, flags, 0, NULL, 0, 0);
	int status;

	if (pid == 0)
		_exit(5);
	if (pid < 0) {
		printf("%s: %s\n", name, error(errno));
		return;
	}
	need(waitpid((pid_t)pid, &status, __WALL));
	printf("%s: made, status %x\n", name, status);
}

static int body(void *arg)
{
	shared = (int)(long)arg;
	return 6;
}

static int closes(void *arg)
{
	close((int)(long)arg);
	return 0;
}

static int tells_tid(void *arg)
{
	return gettid() == *(int *)arg ? 7 : 8;
}

/* Waits until the kernel has cleared @word, which held the id of a child that ended. */
static void wait_cleared(int *word)
{
	int value;

	while ((value = __atomic_load_n(word, __ATOMIC_SEQ_CST)) != 0)
		syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0);
}

static void shares(void)
{
	char *top = stack + sizeof(stack);
	int parent_tid = 0, child_tid = 0, status, fd = (int)need(open("/dev/null", O_RDONLY));
	pid_t pid;

	need(waitpid((pid_t)need(clone(body, top, CLONE_VM | SIGCHLD, (void *)33L)), &status, 0));
	printf("in our memory: %d, status %x\n", shared, status);
	need(waitpid((pid_t)need(clone(body, top, SIGCHLD, (void *)34L)), &status, 0));
	printf("in its own: %d\n", shared);
	need(waitpid((pid_t)need(clone(closes, top, SIGCHLD, (void *)(long)fd)), &status, 0));
	printf("in its own table: %s\n", fcntl(fd, F_GETFD) < 0 ? error(errno) : "open");
	need(waitpid((pid_t)need(clone(closes, top, CLONE_FILES | SIGCHLD, (void *)(long)fd)), &status, 0));
	printf("in our table: %s\n", fcntl(fd, F_GETFD) < 0 ? error(errno) : "open");
	pid = (pid_t)need(clone(tells_tid, top, CLONE_VM | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID |
				SIGCHLD, &parent_tid, &parent_tid, NULL, &child_tid));
	wait_cleared(&child_tid);
	need(waitpid(pid, &status, 0));
	printf("ids: %d, cleared %d, status %x\n", parent_tid == pid, child_tid == 0, status);
	pid = (pid_t)need(clone(body, top, CLONE_VM | SIGUSR1, (void *)35L));
	printf("another signal: %s, ", waitpid(pid, &status, 0) < 0 ? error(errno) : "waited for");
	printf("%s\n", waitpid(pid, &status, __WCLONE) == pid ? "waited for" : error(errno));
}

int main(void)
{
	signal(SIGUSR1, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	clone3_errors();
	try_clone("clone", SIGCHLD);
	try_clone("clone: thread alone", CLONE_THREAD);
	try_clone("clone: sighand alone", CLONE_SIGHAND | SIGCHLD);
	try_clone("clone: thread and sighand", CLONE_THREAD | CLONE_SIGHAND);
	try_clone("clone: thread and vm", CLONE_THREAD | CLONE_VM);
	try_clone("clone: detached", CLONE_DETACHED | SIGCHLD);
	try_clone("clone: vfork", CLONE_VFORK | SIGCHLD);
	shares();
	return 0;
}
