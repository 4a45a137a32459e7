/* SPDX-License-Identifier: MIT */
/*
 * posixcalls: answers that POSIX or Linux fix, of calls about children, limits, positions in files, buffers that
 * are bad from some page on, /dev/zero, and the alternate signal stack.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include "user/tests/tap.h"

#define RW		(PROT_READ | PROT_WRITE)
#define __WALL		0x40000000L
#define __WCLONE	0x80000000L
#define SS_AUTODISARM	0x80000000U

struct limit {
	unsigned long cur, max;
};

/* ---- children that do not send SIGCHLD ---- */

/* clone(@signo): a child that ends at once. */
static long clone_child(long signo)
{
	long pid = raw_syscall(SYS_clone, signo, 0L, 0L, 0L, 0L);

	if (pid == 0)
		_exit(3);
	return pid;
}

static void check_wait(void)
{
	int status = 0;
	long pid = clone_child(0);

	is_errno(raw_syscall(SYS_wait4, pid, &status, 0L, 0L), ECHILD, "wait4 does not see a child without exit signal");
	is_errno(raw_syscall(SYS_wait4, -1L, &status, 0L, 0L), ECHILD, "nor as one of all");
	is(raw_syscall(SYS_wait4, pid, &status, __WCLONE, 0L), pid, "with __WCLONE it does");
	is(status, exited_with(3), "its status");
	pid = clone_child(0);
	is(raw_syscall(SYS_wait4, -1L, &status, __WALL, 0L), pid, "with __WALL, too");
	pid = clone_child(SIGCHLD);
	is_errno(raw_syscall(SYS_wait4, pid, &status, __WCLONE, 0L), ECHILD, "__WCLONE does not see a child that sends SIGCHLD");
	is(raw_syscall(SYS_wait4, pid, &status, __WALL, 0L), pid, "__WALL does");
	pid = clone_child(SIGWINCH);
	is_errno(raw_syscall(SYS_wait4, pid, &status, 0L, 0L), ECHILD, "a child that sends SIGWINCH counts as a clone");
	is(raw_syscall(SYS_wait4, pid, &status, __WCLONE, 0L), pid, "and is found as one");
}

static int exec_as_clone(long unused)
{
	static char *const argv[] = { "hello", NULL };
	int status = 0;
	long pid = raw_syscall(SYS_clone, 0L, 0L, 0L, 0L, 0L);

	(void)unused;
	if (pid == 0) {
		raw_syscall(SYS_execve, "/bin/hello", argv, argv + 1);
		_exit(1);
	}
	while (raw_syscall(SYS_wait4, pid, &status, 0L, 0L) == -ECHILD)
		sleep_ms(1);		/* until it has executed another program */
	return status;
}

/* ---- limits ---- */

static int limits_child(long unused)
{
	struct limit limit;

	(void)unused;
	if (raw_syscall(SYS_getrlimit, RLIMIT_CORE, &limit) != 0 || limit.cur != 3 || limit.max != 5)
		return 1;
	if (raw_syscall(SYS_getrlimit, RLIMIT_AS, &limit) != 0 || limit.cur != 1UL << 32)
		return 2;
	return mmap(NULL, 1UL << 32, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? 0 : 3;
}

static int check_limits(long unused)
{
	struct limit limit = { 3, 5 }, old;
	int fds[2];

	(void)unused;
	if (raw_syscall(SYS_prlimit64, 0L, RLIMIT_CORE, &limit, &old) != 0 || old.cur != 0 || old.max != ~0UL)
		return 1;
	if (raw_syscall(SYS_getrlimit, RLIMIT_CORE, &old) != 0 || old.cur != 3 || old.max != 5)
		return 2;
	limit = (struct limit){ 1UL << 32, 1UL << 33 };
	if (raw_syscall(SYS_setrlimit, RLIMIT_AS, &limit) != 0 || in_child(limits_child, 0) != 0)
		return 3;
	limit = (struct limit){ 4, 64 };
	if (raw_syscall(SYS_setrlimit, RLIMIT_NOFILE, &limit) != 0)
		return 4;
	if (raw_syscall(SYS_dup, 0L) != 3 || raw_syscall(SYS_dup, 0L) != -EMFILE || raw_syscall(SYS_pipe2, fds, 0L) != -EMFILE)
		return 5;
	if (raw_syscall(SYS_dup3, 0L, 4L, 0L) != -EBADF || raw_syscall(SYS_fcntl, 0L, 0L, 4L) != -EINVAL)
		return 6;
	limit.max = 65;
	if (raw_syscall(SYS_setrlimit, RLIMIT_NOFILE, &limit) != -EPERM)
		return 7;
	if (raw_syscall(SYS_setrlimit, RLIMIT_CORE, 0L) != -EFAULT || raw_syscall(SYS_getrlimit, RLIMIT_CORE, 0L) != -EFAULT)
		return 8;
	if (raw_syscall(SYS_prlimit64, 9999L, RLIMIT_CORE, 0L, &old) != -ESRCH)
		return 9;
	return 0;
}

/* A vfork child's limits are its own although it runs in its parent's memory. */
static void check_vfork_limits(void)
{
	struct limit small = { 1UL << 20, 1UL << 20 };
	static volatile long answer;
	char *p;
	pid_t pid = vfork();

	if (pid == 0) {
		answer = raw_syscall(SYS_setrlimit, RLIMIT_AS, &small);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	p = mmap(NULL, 4UL << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ok(answer == 0 && p != MAP_FAILED, "a vfork child's RLIMIT_AS does not limit its parent");
	munmap(p, 4UL << 20);
}

/* ---- positions ---- */

static void check_maps_position(void)
{
	static char text[8192], again[8192];
	long fd = open("/proc/self/maps", O_RDONLY), n = 0, got;
	int fds[2];

	while ((got = read(fd, text + n, 100)) > 0)
		n += got;
	ok(n > 200, "maps read in small pieces: %ld bytes", n);
	is(raw_syscall(SYS_pread64, fd, again, 64L, n - 70), 64, "pread near the end");
	ok(memcmp(again, text + n - 70, 64) == 0, "gives the same bytes");
	is(raw_syscall(SYS_pread64, fd, again, 64L, 10L), 64, "pread near the beginning");
	ok(memcmp(again, text + 10, 64) == 0, "gives the same bytes");
	is(raw_syscall(SYS_lseek, fd, 0L, 1L), n, "the position has not moved");
	is(raw_syscall(SYS_pread64, fd, again, 64L, n + 1000), 0, "pread past the end");
	is(raw_syscall(SYS_lseek, fd, 100L, 0L), 100, "lseek");
	is(read(fd, again, 50), 50, "read from there");
	ok(memcmp(again, text + 100, 50) == 0, "gives what stands there");
	is_errno(raw_syscall(SYS_lseek, fd, 0L, 2L), EINVAL, "lseek to the end, which nobody knows");
	is_errno(raw_syscall(SYS_pread64, fd, again, 1L, -1L), EINVAL, "pread at -1");
	is_errno(raw_syscall(SYS_pwrite64, fd, again, 1L, 0L), EBADF, "pwrite to what is open for reading");
	close(fd);

	fd = open("/bin/hello", O_RDONLY);
	is(raw_syscall(SYS_pread64, fd, again, 3L, 1L), 3, "pread of a program");
	ok(memcmp(again, "ELF", 3) == 0, "from its second byte");
	is(raw_syscall(SYS_lseek, fd, 0L, 1L), 0, "leaves the position");
	close(fd);
	if (pipe(fds) != 0)
		die("pipe");
	is_errno(raw_syscall(SYS_pread64, (long)fds[0], again, 1L, 0L), ESPIPE, "pread of a pipe");
	is_errno(raw_syscall(SYS_lseek, (long)fds[0], 0L, 0L), ESPIPE, "lseek in a pipe");
	close(fds[0]);
	close(fds[1]);
}

/* ---- buffers that are good up to some page ---- */

static void check_part_bad(void)
{
	char *p = map_pages(3);
	long fd, n;
	int fds[2];

	munmap(p + 2 * PAGE_SIZE, PAGE_SIZE);
	if (pipe(fds) != 0)
		die("pipe");
	memset(p, 'a', 2 * PAGE_SIZE);
	is(raw_syscall(SYS_write, (long)fds[1], p + PAGE_SIZE - 7, PAGE_SIZE + 100), PAGE_SIZE + 7,
	   "a write to a pipe takes what precedes the bad page");
	is(raw_syscall(SYS_read, (long)fds[0], p + 2 * PAGE_SIZE - 33, PAGE_SIZE), 33, "a read from it alike");
	is(raw_syscall(SYS_read, (long)fds[0], p, 2 * PAGE_SIZE), PAGE_SIZE + 7 - 33, "and nothing is lost");
	is_errno(raw_syscall(SYS_write, (long)fds[1], p + 2 * PAGE_SIZE, 1L), EFAULT, "a write from the bad page");
	close(fds[0]);
	close(fds[1]);

	fd = open("/bin/hello", O_RDONLY);
	is(raw_syscall(SYS_read, fd, p + 2 * PAGE_SIZE - 1000, 2000L), 1000, "read of a file up to the bad page");
	is(raw_syscall(SYS_lseek, fd, 0L, 1L), 1000, "the position says so");
	close(fd);
	fd = open("/dev/zero", O_RDONLY);
	is(raw_syscall(SYS_read, fd, p + PAGE_SIZE, 2 * PAGE_SIZE), PAGE_SIZE, "read of /dev/zero");
	for (n = 0; n < (long)PAGE_SIZE && p[PAGE_SIZE + n] == 0; n++)
		;
	is(n, PAGE_SIZE, "made zeroes");
	close(fd);
	munmap(p, 2 * PAGE_SIZE);
}

/* ---- /dev/zero mapped ---- */

static int write_shared(long addr)
{
	*(volatile char *)addr = 8;
	return 0;
}

static void check_zero_mapping(void)
{
	long fd = open("/dev/zero", O_RDWR), ro = open("/dev/zero", O_RDONLY), wo = open("/dev/zero", O_WRONLY),
	     null = open("/dev/null", O_RDWR);
	char *p = mmap(NULL, 4 * PAGE_SIZE, RW, MAP_PRIVATE, fd, 0), *q;

	ok(p != MAP_FAILED, "/dev/zero mapped private");
	is(p[PAGE_SIZE], 0, "shows zeroes");
	p[PAGE_SIZE] = 1;
	is(in_child(write_shared, (long)p + PAGE_SIZE), 0, "a child writes there");
	is(p[PAGE_SIZE], 1, "to a copy of its own");
	q = mmap(NULL, 4 * PAGE_SIZE, RW, MAP_SHARED, fd, 0);
	ok(q != MAP_FAILED, "/dev/zero mapped shared");
	is(in_child(write_shared, (long)q), 0, "a child writes there");
	is(q[0], 8, "for its parent, too");
	munmap(q, 4 * PAGE_SIZE);
	q = mmap(NULL, 4 * PAGE_SIZE, RW, MAP_SHARED_VALIDATE, fd, 0);
	ok(q != MAP_FAILED, "or with MAP_SHARED_VALIDATE");
	is(in_child(write_shared, (long)q), 0, "a child writes there");
	is(q[0], 8, "for its parent, too");
	is_errno(raw_syscall(SYS_mmap, 0L, PAGE_SIZE, (long)RW, (long)(MAP_SHARED_VALIDATE | MAP_ANONYMOUS), -1L, 0L), EINVAL,
		 "without a file there is nothing to validate");
	is_errno(raw_syscall(SYS_mmap, 0L, PAGE_SIZE, (long)RW, (long)MAP_SHARED, ro, 0L), EACCES, "shared and writable without O_RDWR");
	is_errno(raw_syscall(SYS_mmap, 0L, PAGE_SIZE, (long)PROT_READ, (long)MAP_PRIVATE, wo, 0L), EACCES, "O_WRONLY");
	is_errno(raw_syscall(SYS_mmap, 0L, PAGE_SIZE, (long)PROT_READ, (long)MAP_PRIVATE, null, 0L), ENODEV, "/dev/null cannot be mapped");
	munmap(p, 4 * PAGE_SIZE);
	munmap(q, 4 * PAGE_SIZE);
	close(fd); close(ro); close(wo); close(null);
}

/* ---- SS_AUTODISARM ---- */

static volatile unsigned int flags_inside, set_inside;
static volatile unsigned long sp_inside;

static void on_usr1(int sig)
{
	stack_t now, other = { .ss_sp = map_pages(4), .ss_size = 4 * PAGE_SIZE };
	volatile char here;

	(void)sig;
	sp_inside = (unsigned long)&here;
	sigaltstack(NULL, &now);
	flags_inside = (unsigned int)now.ss_flags;
	set_inside = sigaltstack(&other, NULL) == 0;
}

static void check_autodisarm(void)
{
	stack_t ss = { .ss_sp = map_pages(4), .ss_size = 4 * PAGE_SIZE, .ss_flags = (int)SS_AUTODISARM };
	stack_t now, bad = { .ss_flags = SS_ONSTACK | SS_DISABLE };
	struct sigaction act = { .sa_handler = on_usr1, .sa_flags = SA_ONSTACK };

	is_errno(raw_syscall(SYS_sigaltstack, &bad, 0L), EINVAL, "a stack both on and disabled");
	is(sigaltstack(&ss, NULL), 0, "sigaltstack with SS_AUTODISARM");
	sigaction(SIGUSR1, &act, NULL);
	raise(SIGUSR1);
	ok(sp_inside - (unsigned long)ss.ss_sp < ss.ss_size, "the handler runs on it");
	is(flags_inside, SS_DISABLE, "where it is disabled");
	ok(set_inside, "and another can be set");
	sigaltstack(NULL, &now);
	ok(now.ss_sp == ss.ss_sp && now.ss_size == ss.ss_size && (unsigned int)now.ss_flags == SS_AUTODISARM,
	   "after the handler it is as it was set");
	ss.ss_flags = SS_DISABLE;
	sigaltstack(&ss, NULL);
}

int main(void)
{
	check_wait();
	is(in_child(exec_as_clone, 0), exited_with(0), "an exec makes a clone an ordinary child");
	is(in_child(check_limits, 0), 0, "limits are kept, soft and hard, and a child has them");
	check_vfork_limits();
	check_maps_position();
	check_part_bad();
	check_zero_mapping();
	check_autodisarm();
	return tap_done();
}
