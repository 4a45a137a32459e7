/* SPDX-License-Identifier: MIT */
/* pipetest: bytes arrive in order, ends close, a full pipe waits, a broken one says so. */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include "user/tests/tap.h"

#define BULK	200000L
#define PIPE	16384L
#define PAGE	4096L

static void check_ends(void)
{
	int fds[2];
	char buf[16];

	is(pipe(fds), 0, "pipe");
	is(write(fds[1], "hello", 5), 5, "write 5 bytes");
	is(read(fds[0], buf, sizeof(buf)), 5, "read gets what is there");
	ok(memcmp(buf, "hello", 5) == 0, "the same bytes");
	is_errno(raw_syscall(SYS_read, (long)fds[1], buf, 1L), EBADF, "the writing end cannot be read");
	is_errno(raw_syscall(SYS_write, (long)fds[0], buf, 1L), EBADF, "the reading end cannot be written");
	is(read(fds[0], buf, 0), 0, "read of nothing");
	is(close(fds[1]), 0, "close the writing end");
	is(read(fds[0], buf, sizeof(buf)), 0, "then the reader sees the end");
	is(close(fds[0]), 0, "close the reading end");
	is_errno(raw_syscall(SYS_close, (long)fds[0]), EBADF, "close it again");
	is_errno(raw_syscall(SYS_read, 77L, buf, 1L), EBADF, "read of no descriptor");
	is_errno(raw_syscall(SYS_write, -1L, buf, 1L), EBADF, "write to descriptor -1");
}

static void check_broken(void)
{
	int fds[2];

	is(pipe(fds), 0, "pipe");
	close(fds[0]);
	signal(SIGPIPE, SIG_IGN);
	is_errno(raw_syscall(SYS_write, (long)fds[1], "x", 1L), EPIPE, "write without a reader, SIGPIPE ignored");
	signal(SIGPIPE, SIG_DFL);
	close(fds[1]);
}

static int write_broken(long unused)
{
	int fds[2];

	(void)unused;
	if (pipe(fds) != 0 || close(fds[0]) != 0)
		return 1;
	write(fds[1], "x", 1);
	return 2;
}

/* bulk_writer() - more than a pipe holds, in odd pieces. */
static int bulk_writer(int fd)
{
	static char piece[777];
	long done = 0;

	while (done < BULK) {
		long n = BULK - done < (long)sizeof(piece) ? BULK - done : (long)sizeof(piece);

		for (long i = 0; i < n; i++)
			piece[i] = (done + i) % 251;
		if (write(fd, piece, n) != n)
			return 1;
		done += n;
	}
	return 0;
}

static void check_bulk(void)
{
	static char buf[1000];
	int fds[2], status;
	long got = 0, wrong = 0;
	ssize_t n;
	pid_t pid;

	is(pipe(fds), 0, "pipe");
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		_exit(bulk_writer(fds[1]));
	}
	close(fds[1]);
	while ((n = read(fds[0], buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < n; i++, got++)
			wrong += buf[i] != (char)(got % 251);
	is(got, BULK, "all bytes of a long transfer");
	is(wrong, 0, "in order");
	close(fds[0]);
	is(waitpid(pid, &status, 0), pid, "the writer ends");
	is(status, 0, "having written all");
}

/* Two processes hand a byte to and fro: each read must sleep until the other wrote. */
static void check_ping_pong(void)
{
	int down[2], up[2], status;
	unsigned char c = 0;
	pid_t pid;

	is(pipe(down) | pipe(up), 0, "two pipes");
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 200; i++) {
			if (read(down[0], &c, 1) != 1)
				_exit(1);
			c++;
			if (write(up[1], &c, 1) != 1)
				_exit(2);
		}
		_exit(0);
	}
	for (int i = 0; i < 200; i++)
		if (write(down[1], &c, 1) != 1 || read(up[0], &c, 1) != 1)
			break;
	is(c, 200, "200 round trips, one added in each");
	waitpid(pid, &status, 0);
	is(status, 0, "the partner ended well");
	close(down[0]); close(down[1]); close(up[0]); close(up[1]);
}

#define O_NONBLOCK	04000L
#define F_GETFL		3L
#define F_SETFL		4L

/* Without waiting: -EAGAIN, or what was done until then. */
static void check_nonblocking(void)
{
	static char big[100000];
	int fds[2];

	is(raw_syscall(SYS_pipe2, fds, O_NONBLOCK), 0, "pipe2 with O_NONBLOCK");
	is(raw_syscall(SYS_fcntl, (long)fds[1], F_GETFL), 1 | O_NONBLOCK, "F_GETFL tells of it");
	is_errno(raw_syscall(SYS_read, (long)fds[0], big, 1L), EAGAIN, "read of the empty pipe");
	ok(raw_syscall(SYS_write, (long)fds[1], big, (long)sizeof(big)) < (long)sizeof(big), "write of more than fits writes a part");
	is_errno(raw_syscall(SYS_write, (long)fds[1], big, 1L), EAGAIN, "write to the full pipe");
	is(raw_syscall(SYS_fcntl, (long)fds[0], F_SETFL, 0L), 0, "F_SETFL clears it for one end");
	is(raw_syscall(SYS_fcntl, (long)fds[0], F_GETFL), 0, "F_GETFL agrees");
	is(raw_syscall(SYS_fcntl, (long)fds[1], F_GETFL), 1 | O_NONBLOCK, "the other end keeps it");
	close(fds[0]);
	close(fds[1]);
}

/* A vector is looked through before a byte moves. */
static void check_vectors(void)
{
	struct { const void *base; long len; } bad_length[] = { { "ab", 2 }, { "cd", -1 } },
		bad_buffer[] = { { "ab", 2 }, { (void *)-4096L, 2 } };
	char c;
	int fds[2];

	is(raw_syscall(SYS_pipe2, fds, O_NONBLOCK), 0, "another pipe");
	is_errno(raw_syscall(SYS_writev, (long)fds[1], bad_length, 2L), EINVAL, "writev with a negative length in its second element");
	is_errno(raw_syscall(SYS_writev, (long)fds[1], bad_buffer, 2L), EFAULT, "writev with a kernel address in its second element");
	is_errno(raw_syscall(SYS_read, (long)fds[0], &c, 1L), EAGAIN, "neither has written anything");
	is_errno(raw_syscall(SYS_readv, (long)fds[0], bad_length, 2L), EINVAL, "readv alike");
	close(fds[0]);
	close(fds[1]);
}

static long same_bytes(const char *p, char c, long n)
{
	long same = 0;

	while (same < n && p[same] == c)
		same++;
	return same;
}

/* Bytes move while the pipe is locked, and pages that are not there come while it is not. */
static void check_absent_pages(void)
{
	static char bytes[PIPE];
	char *p = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fds[2], status;
	pid_t pid;

	memset(bytes, 'x', sizeof(bytes));
	is(raw_syscall(SYS_pipe2, fds, O_NONBLOCK), 0, "a pipe for absent pages");
	is(write(fds[1], bytes, 100), 100, "100 bytes in, so that the ring wraps");
	is(read(fds[0], bytes, 100), 100, "and out");
	is(write(fds[1], bytes, PIPE), PIPE, "the ring is full");
	is(read(fds[0], p + 50, PIPE), PIPE, "read into pages that were never touched");
	is(same_bytes(p + 50, 'x', PIPE), PIPE, "all bytes arrive");
	is(write(fds[1], p + 6 * PAGE - 10, 4096), 4096, "write from such pages, over the end of one");
	is(read(fds[0], bytes, PIPE), 4096, "one piece");
	is(same_bytes(bytes, 0, 4096), 4096, "of zeroes");

	is(mprotect(p + 2 * PAGE, PAGE, PROT_NONE), 0, "the third page may not be used");
	is(write(fds[1], p + 2 * PAGE - 10, 100), 10, "a write up to it");
	is(write(fds[1], p, 4 * PAGE), 2 * PAGE, "a long one");
	is_errno(raw_syscall(SYS_write, (long)fds[1], p + 2 * PAGE, 1L), EFAULT, "one that begins there");
	is(read(fds[0], p + 2 * PAGE - 7, 100), 7, "a read up to it");
	is_errno(raw_syscall(SYS_read, (long)fds[0], p + 2 * PAGE, 1L), EFAULT, "one that begins there");
	is(mprotect(p + 2 * PAGE, PAGE, PROT_READ), 0, "the third page may be read");
	is_errno(raw_syscall(SYS_read, (long)fds[0], p + 2 * PAGE, 1L), EFAULT, "a read into a page that may not be written");
	is(read(fds[0], bytes, PIPE), 2 * PAGE + 3, "what could not be read is still there");

	memset(p, 'p', PAGE);
	is(write(fds[1], "cccccccccc", 10), 10, "ten bytes for a child");
	pid = fork();
	if (pid == 0)
		_exit(read(fds[0], p, 10) == 10 && same_bytes(p, 'c', 10) == 10 && p[10] == 'p' ? 0 : 1);
	waitpid(pid, &status, 0);
	is(status, 0, "it reads them into a page that it shares");
	is(same_bytes(p, 'p', PAGE), PAGE, "the parent's page stays as it was");
	munmap(p, 8 * PAGE);
	close(fds[0]);
	close(fds[1]);
}

static int limit_child(long unused)
{
	int fds[2], nr = 0;
	long answer;

	(void)unused;
	while ((answer = raw_syscall(SYS_pipe2, fds, 0L)) == 0 && nr < 10000)
		nr++;
	return answer == -EMFILE || answer == -ENFILE || answer == -ENOMEM ? 0 : 1;
}

int main(void)
{
	check_ends();
	check_broken();
	is(in_child(write_broken, 0), killed_by(SIGPIPE), "write without a reader raises SIGPIPE");
	check_bulk();
	check_ping_pong();
	check_nonblocking();
	check_vectors();
	check_absent_pages();
	is(in_child(limit_child, 0), exited_with(0), "pipes are not endless: -EMFILE, -ENFILE or -ENOMEM");
	return tap_done();
}
