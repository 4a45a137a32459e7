/* SPDX-License-Identifier: MIT */
/* polltest: ppoll() on pipes, files and the console, its timeout and its signal mask. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include "user/tests/tap.h"

static volatile sig_atomic_t signals;

static void on_signal(int sig)
{
	(void)sig;
	signals++;
}

/* What poll tells of @fd at once, when it is asked for @events. */
static int look(int fd, int events)
{
	struct pollfd p = { fd, events, 0x7fff };
	int n = poll(&p, 1, 0);

	return n < 0 || n != (p.revents != 0) ? -1 : p.revents;
}

static void check_pipe(void)
{
	static char block[4096];
	int fds[2];

	if (pipe2(fds, O_NONBLOCK) != 0)
		die("polltest: pipe");
	is(look(fds[0], POLLIN), 0, "an empty pipe: nothing");
	is(look(fds[1], POLLOUT), POLLOUT, "it can be written");
	is(look(fds[1], POLLIN), 0, "only what is asked for is told");
	write(fds[1], "x", 1);
	is(look(fds[0], POLLIN | POLLRDNORM), POLLIN | POLLRDNORM, "a byte: it can be read");
	while (write(fds[1], block, sizeof(block)) > 0)
		;
	is(look(fds[1], POLLOUT), 0, "a full pipe cannot be written");
	close(fds[1]);
	is(look(fds[0], POLLIN), POLLIN | POLLHUP, "without a writer: POLLHUP, and what is left");
	while (read(fds[0], block, sizeof(block)) > 0)
		;
	is(look(fds[0], 0), POLLHUP, "then POLLHUP alone, asked for or not");
	close(fds[0]);
	pipe(fds);
	close(fds[0]);
	is(look(fds[1], 0), POLLERR, "without a reader: POLLERR");
	close(fds[1]);
	is(look(fds[1], POLLIN), POLLNVAL, "a closed descriptor: POLLNVAL");
	is(look(-1, POLLIN), 0, "a negative one is passed over");
}

static void check_files(void)
{
	int fd = open("/bin/hello", O_RDONLY);

	is(look(fd, POLLIN | POLLOUT), POLLIN | POLLOUT, "a file is always ready");
	close(fd);
	is(look(1, POLLOUT), POLLOUT, "the console can be written");
}

/* Write to the pipe after a while. */
static int write_later(long fd)
{
	sleep_ms(30);
	write(fd, "x", 1);
	sleep_ms(30);
	return 0;
}

static void check_wait(void)
{
	int a[2], b[2], status;
	struct pollfd p[3];
	pid_t pid;

	pipe(a);
	pipe(b);
	p[0] = (struct pollfd){ a[0], POLLIN, 0 };
	p[1] = (struct pollfd){ -5, POLLIN, 7 };
	p[2] = (struct pollfd){ b[0], POLLIN, 0 };
	pid = spawn_child(write_later, b[1]);
	is(poll(p, 3, 20000), 1, "wait for two pipes: one");
	ok(p[0].revents == 0 && p[1].revents == 0 && p[2].revents == POLLIN, "the second");
	is(poll(p, 3, -1), 1, "and without a timeout");
	waitpid(pid, &status, 0);
	close(a[1]);
	close(b[1]);
	is(poll(p, 3, -1), 2, "both ends are gone");
	p[1].fd = b[0];
	is(poll(p, 3, -1), 3, "the same descriptor twice");
	close(a[0]);
	close(b[0]);
}

static int close_later(long unused)
{
	(void)unused;
	sleep_ms(30);
	return 0;		/* exit closes */
}

static void check_hang_up(void)
{
	int fds[2], status;
	struct pollfd p;
	pid_t pid;

	pipe(fds);
	pid = spawn_child(close_later, 0);
	close(fds[1]);
	p = (struct pollfd){ fds[0], POLLIN, 0 };
	is(poll(&p, 1, 20000), 1, "woken when the last writer ends");
	is(p.revents, POLLHUP, "with POLLHUP");
	waitpid(pid, &status, 0);
	close(fds[0]);
}

static void check_timeout(void)
{
	unsigned long long start = now_ns();
	struct timespec ts = { 0, 30000000 };
	int fds[2];
	struct pollfd p;

	pipe(fds);
	p = (struct pollfd){ fds[0], POLLIN, 0 };
	is(poll(&p, 1, 30), 0, "nothing in 30 ms");
	ok(now_ns() - start >= 30000000, "not before");
	is(raw_syscall(SYS_ppoll, &p, 1L, &ts, 0L, 0L), 0, "the call itself");
	ok(ts.tv_sec == 0 && ts.tv_nsec == 0, "writes that no time is left");
	ts = (struct timespec){ 100, 0 };
	write(fds[1], "x", 1);
	is(raw_syscall(SYS_ppoll, &p, 1L, &ts, 0L, 0L), 1, "ready at once");
	ok(ts.tv_sec == 99 && ts.tv_nsec > 0, "writes what is left: %ld s", ts.tv_sec);
	close(fds[0]);
	close(fds[1]);
}

static int signal_later(long pid)
{
	sleep_ms(30);
	return kill(pid, SIGUSR1);
}

static void check_signal(void)
{
	sigset_t usr1 = SIGMASK(SIGUSR1), none = 0, old, now;
	struct timespec ts = { 20, 0 };
	int status;
	pid_t pid;

	signal(SIGUSR1, on_signal);
	pid = spawn_child(signal_later, getpid());
	is(poll(NULL, 0, -1), -1, "a signal ends it");
	is(errno, EINTR, "with EINTR, SA_RESTART or not");
	is(signals, 1, "after its handler");
	waitpid(pid, &status, 0);

	sigprocmask(SIG_BLOCK, &usr1, &old);
	raise(SIGUSR1);
	is(poll(NULL, 0, 10), 0, "a blocked one does not");
	is(ppoll(NULL, 0, &ts, &none), -1, "but with a mask that lets it in");
	is(signals, 2, "it is handled");
	sigprocmask(SIG_SETMASK, &old, &now);
	is(now, usr1, "and the mask is as before");
	ts = (struct timespec){ 0, 1000000 };
	is(ppoll(NULL, 0, &ts, &usr1), 0, "a timeout with a mask");
	sigprocmask(SIG_BLOCK, NULL, &now);
	is(now, old, "restores it, too");
}

static void check_errors(void)
{
	struct pollfd p = { 0, 0, 0 };
	struct timespec bad = { 0, 1000000000 }, ts = { 0, 0 };
	sigset_t mask = 0;

	is_errno(raw_syscall(SYS_ppoll, &p, 1L, &bad, 0L, 0L), EINVAL, "1,000,000,000 ns");
	is_errno(raw_syscall(SYS_ppoll, 8L, 1L, &ts, 0L, 0L), EFAULT, "a bad pointer");
	is_errno(raw_syscall(SYS_ppoll, &p, 1L, 8L, 0L, 0L), EFAULT, "a bad timeout");
	is_errno(raw_syscall(SYS_ppoll, &p, 1L, &ts, 8L, 8L), EFAULT, "a bad mask");
	is_errno(raw_syscall(SYS_ppoll, &p, 1L, &ts, &mask, 4L), EINVAL, "a mask of 4 bytes");
	is_errno(raw_syscall(SYS_ppoll, &p, 100000L, &ts, 0L, 0L), EINVAL, "more than can be open");
	is_errno(raw_syscall(SYS_ppoll, &p, -1L, &ts, 0L, 0L), EINVAL, "-1 descriptors");
}

int main(void)
{
	check_pipe();
	check_files();
	check_wait();
	check_hang_up();
	check_timeout();
	check_signal();
	check_errors();
	return tap_done();
}
