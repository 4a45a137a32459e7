/* SPDX-License-Identifier: MIT */
/*
 * badptr: pointers that no process may use, in every argument of every system call. Each call runs in a child, since
 * some of them may rightly kill or end the caller; the kernel must survive and none may succeed in reading or
 * writing there: calls that are known to use a pointer must say -EFAULT.
 */
#include <signal.h>
#include <stdio.h>
#include "uapi/termios.h"
#include "user/tests/tap.h"

#define UNMAPPED	0x20000000UL
#define DIRECT_MAP	0xffffffc000000000UL
#define KERNEL_TEXT	0xffffffff80000000UL

static const unsigned long bad[] = {
	0, 1, UNMAPPED, 0x4000000000UL, 0x8000000000000000UL, DIRECT_MAP, KERNEL_TEXT, -8UL, -1UL,
};

/* A pointer argument: which call, which argument, and harmless values for the others. */
struct pointer_arg {
	const char *name;
	long nr;
	int position;
	long args[6];
};

static long word[64];		/* a good buffer */
static char *no_args[] = { NULL };

static const struct pointer_arg pointer_args[] = {
	{ "read", SYS_read, 1, { 0 /* a pipe, see main() */, 0, 8 } },
	{ "write", SYS_write, 1, { 1, 0, 8 } },
	{ "writev", SYS_writev, 1, { 1, 0, 2 } },
	{ "pipe2", SYS_pipe2, 0, { 0 } },
	{ "openat", SYS_openat, 1, { -100, 0, 0 } },
	{ "execve path", SYS_execve, 0, { 0, (long)no_args, (long)no_args } },
	{ "nanosleep", SYS_nanosleep, 0, { 0 } },
	{ "clock_gettime", SYS_clock_gettime, 1, { 1, 0 } },
	{ "uname", SYS_uname, 0, { 0 } },
	{ "rt_sigaction new", SYS_rt_sigaction, 1, { SIGUSR1, 0, 0, 8 } },
	{ "rt_sigaction old", SYS_rt_sigaction, 2, { SIGUSR1, 0, 0, 8 } },
	{ "ioctl TCGETS", SYS_ioctl, 2, { 0, TCGETS, 0 } },
	{ "ioctl TCSETS", SYS_ioctl, 2, { 0, TCSETS, 0 } },
	{ "ioctl TCSETSW", SYS_ioctl, 2, { 0, TCSETSW, 0 } },
	{ "ioctl TCSETSF", SYS_ioctl, 2, { 0, TCSETSF, 0 } },
	{ "ioctl TIOCGWINSZ", SYS_ioctl, 2, { 0, TIOCGWINSZ, 0 } },
	{ "ioctl TIOCSWINSZ", SYS_ioctl, 2, { 0, TIOCSWINSZ, 0 } },
	{ "query memory", SYS_samara_query, 3, { QUERY_MEM, 0, 0, 0, sizeof(struct q_mem) } },
	{ "query tasks", SYS_samara_query, 3, { QUERY_TASKS, 0, 0, 0, sizeof(struct q_task) } },
	{ "query maps", SYS_samara_query, 3, { QUERY_MAPS, 0, 0, 0, 4096 } },
	{ "query mtree", SYS_samara_query, 3, { QUERY_MTREE, 0, 0, 0, 4096 } },
	{ "query vmas", SYS_samara_query, 3, { QUERY_VMAS, 0, 0, 0, sizeof(struct q_vma) } },
};

/* NULL means "none" to these. */
static bool null_allowed(const struct pointer_arg *p)
{
	return p->nr == SYS_rt_sigaction;
}

static void check_pointer_arg(const struct pointer_arg *p, int pipe_end)
{
	long a[6];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (bad[i] == 0 && null_allowed(p))
			continue;
		for (int k = 0; k < 6; k++)
			a[k] = p->args[k];
		if (p->nr == SYS_read)
			a[0] = pipe_end;
		a[p->position] = bad[i];
		is_errno(raw_syscall(p->nr, a[0], a[1], a[2], a[3], a[4], a[5]), EFAULT, "%s at 0x%lx", p->name, bad[i]);
	}
}

/* Every call with every argument bad: what the kernel knows by number, and that it lives on. */
static const long all_calls[] = {
	SYS_openat, SYS_close, SYS_pipe2, SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_lseek, SYS_fstat,
	SYS_newfstatat, SYS_ioctl, SYS_fcntl, SYS_dup, SYS_dup3, SYS_getdents64, SYS_readlinkat,
	SYS_set_tid_address, SYS_futex, SYS_set_robust_list, SYS_sched_yield, SYS_uname, SYS_getpid, SYS_getppid,
	SYS_gettid, SYS_clone, SYS_execve, SYS_wait4, SYS_waitid, SYS_prlimit64, SYS_getrandom, SYS_nanosleep,
	SYS_clock_gettime, SYS_clock_nanosleep, SYS_kill, SYS_tgkill, SYS_tkill, SYS_sigaltstack, SYS_rt_sigaction,
	SYS_rt_sigprocmask, SYS_rt_sigpending, SYS_rt_sigsuspend, SYS_rt_sigreturn, SYS_brk, SYS_munmap,
	SYS_mremap, SYS_mmap, SYS_mprotect, SYS_msync, SYS_mlock, SYS_munlock, SYS_mincore, SYS_madvise,
	SYS_samara_query, SYS_samara_fail_alloc, SYS_setitimer, SYS_sysinfo, SYS_getrusage, SYS_exit,
};

/* storm() - in a child: one call with every combination of two neighbouring bad arguments. */
static int storm(long nr)
{
	/* Nothing of it shall appear in the report. */
	close(0);
	close(1);
	close(2);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		for (int position = 0; position < 6; position++) {
			long a[6] = { 3, (long)word, 8, (long)word, 8, 0 };

			/* Not a signal to everybody, nor to the first process. */
			if ((nr == SYS_kill || nr == SYS_tkill || nr == SYS_tgkill) && position == 0)
				continue;
			if (nr == SYS_kill || nr == SYS_tkill || nr == SYS_tgkill)
				a[0] = getpid();
			a[position] = bad[i];
			if (nr == SYS_clone)
				a[0] = SIGCHLD | (bad[i] & 0xff00);
			if (raw_syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]) == 0 && nr == SYS_clone)
				_exit(0);
		}
	return 0;
}

/* storm_bounded() - a call that waits for ever is ended after a moment. Returns true when it came to an end. */
static bool storm_bounded(long nr)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return false;
	if (pid == 0)
		_exit(storm(nr));
	for (int ms = 0; ms < 200; ms += 5) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return true;
		sleep_ms(5);
	}
	kill(pid, SIGKILL);
	return waitpid(pid, &status, 0) == pid;
}

int main(void)
{
	int fds[2];

	if (pipe(fds) != 0)
		die("pipe");
	if (write(fds[1], "12345678", 8) != 8)
		die("write");
	for (size_t i = 0; i < ARRAY_SIZE(pointer_args); i++)
		check_pointer_arg(&pointer_args[i], fds[0]);
	for (size_t i = 0; i < ARRAY_SIZE(all_calls); i++)
		ok(storm_bounded(all_calls[i]), "system call %ld with bad values in every argument", all_calls[i]);
	return tap_done();
}
