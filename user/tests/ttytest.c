/* SPDX-License-Identifier: MIT */
/*
 * ttytest: the console's settings: TCGETS and its kin, on the console and on what is none. "ttytest typed" asks for keys: it prints
 * "type NAME", and tests/qemu/test_shell.py types what belongs to NAME. "ttytest die" leaves the console in a bad mode and is killed.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include "user/tests/tap.h"

#define CTRL(c)	((c) & 0x1f)

static struct termios sane;

/* set() - the settings @sane with other local flags and read limits. */
static void set(unsigned int lflag, int min, int tenths)
{
	struct termios t = sane;

	t.c_lflag = lflag;
	t.c_cc[VMIN] = (unsigned char)min;
	t.c_cc[VTIME] = (unsigned char)tenths;
	if (tcsetattr(0, TCSANOW, &t) != 0)
		die("tcsetattr");
}

static void check_settings(void)
{
	struct termios t = sane, now;

	ok(sane.c_lflag & ICANON && sane.c_lflag & ECHO && sane.c_lflag & ISIG, "lines, echo and signals at the start");
	ok(sane.c_cc[VINTR] == CTRL('C') && sane.c_cc[VEOF] == CTRL('D') && sane.c_cc[VERASE] == 0x7f, "the usual keys");
	cfmakeraw(&t);
	is(raw_syscall(SYS_ioctl, 0L, (long)TCSETSW, &t), 0, "TCSETSW");
	is(raw_syscall(SYS_ioctl, 0L, (long)TCGETS, &now), 0, "TCGETS");
	ok(memcmp(&t, &now, sizeof(t)) == 0, "gives what was set");
	is(tcsetattr(0, TCSANOW, &sane), 0, "and back");
	is(tcsetattr(0, 3, &sane), -1, "a fourth time to set them");
	is(errno, EINVAL, "is refused by the library");
}

static void check_size(void)
{
	struct winsize size, other = { .ws_row = 50, .ws_col = 132 }, now;

	is(raw_syscall(SYS_ioctl, 0L, (long)TIOCGWINSZ, &size), 0, "TIOCGWINSZ");
	ok(size.ws_row == 24 && size.ws_col == 80, "%d rows, %d columns", size.ws_row, size.ws_col);
	is(raw_syscall(SYS_ioctl, 0L, (long)TIOCSWINSZ, &other), 0, "TIOCSWINSZ");
	raw_syscall(SYS_ioctl, 0L, (long)TIOCGWINSZ, &now);
	ok(now.ws_row == 50 && now.ws_col == 132, "gives the new size");
	raw_syscall(SYS_ioctl, 0L, (long)TIOCSWINSZ, &size);
}

/* What is no terminal says so, before it looks at the pointer. */
static void check_others(void)
{
	static const unsigned int calls[] = { TCGETS, TCSETS, TCSETSW, TCSETSF, TIOCGWINSZ, TIOCSWINSZ, TIOCGPGRP };
	long null = open("/dev/null", O_RDWR), file = open("/bin/hello", O_RDONLY);
	int fds[2];

	if (pipe(fds) != 0)
		die("pipe");
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		is_errno(raw_syscall(SYS_ioctl, (long)fds[0], (long)calls[i], 8L), ENOTTY, "ioctl 0x%x of a pipe", calls[i]);
		is_errno(raw_syscall(SYS_ioctl, null, (long)calls[i], &sane), ENOTTY, "of /dev/null");
		is_errno(raw_syscall(SYS_ioctl, file, (long)calls[i], &sane), ENOTTY, "of a file");
		is_errno(raw_syscall(SYS_ioctl, 63L, (long)calls[i], &sane), EBADF, "of nothing");
		is_errno(raw_syscall(SYS_ioctl, 0L, (long)calls[i], 8L), EFAULT, "of the console with a bad pointer");
	}
	is_errno(raw_syscall(SYS_ioctl, 0L, 0x5499L, &sane), ENOTTY, "an ioctl that there is not");
	ok(isatty(0) && !isatty(fds[0]), "isatty");
	close(fds[0]);
	close(fds[1]);
	close((int)null);
	close((int)file);
}

static void check_limits_of_reads(void)
{
	struct pollfd fd = { .fd = 0, .events = POLLIN };
	unsigned long long begin;
	char c;

	set(0, 0, 0);
	is(read(0, &c, 1), 0, "VMIN 0, VTIME 0: a read does not wait");
	is(poll(&fd, 1, 0), 0, "but poll() sees no input");
	set(0, 0, 3);
	begin = now_ns();
	is(read(0, &c, 1), 0, "VMIN 0, VTIME 3: nothing came");
	ok(now_ns() - begin >= 300000000ULL, "in 0.3 seconds");
	tcsetattr(0, TCSANOW, &sane);
}

static int lines_again(long unused)
{
	(void)unused;
	sleep_ms(100);
	return tcsetattr(0, TCSANOW, &sane);
}

static int read_with_timeout(long unused)
{
	char c;

	(void)unused;
	set(0, 0, 3);
	return (int)read(0, &c, 1);
}

/* The kernel looped for ever once: the time was over, and yet there was no line. */
static void check_change_during_a_read(void)
{
	pid_t reader = spawn_child(read_with_timeout, 0);
	int status;

	is(in_child(lines_again, 0), exited_with(0), "ICANON, while another process waits 0.3 seconds for a byte");
	sleep_ms(500);
	kill(reader, SIGKILL);
	is(waitpid(reader, &status, 0), reader, "that process can be killed");
	is(status, killed_by(SIGKILL), "since it waits for a line now");
}

/* ---- with somebody who types ---- */

/* ask() - the other side types; everything has arrived when this returns. */
static void ask(const char *name)
{
	printf("type %s\n", name);
	fflush(stdout);
	sleep_ms(400);
}

/* got() - does a read of @n bytes give @text? */
static void got(size_t n, const char *text, const char *what)
{
	char buf[64] = "";
	ssize_t len = read(0, buf, n);

	ok(len == (ssize_t)strlen(text) && memcmp(buf, text, strlen(text)) == 0, "%s (%zd bytes, first 0x%02x)", what, len, buf[0]);
}

static void check_changes_of_mode(void)
{
	ask("half a line");
	printf("\n");
	set(0, 1, 0);
	got(64, "abc", "the line that was being typed is read without ICANON");
	ask("a line, its end, another");
	tcsetattr(0, TCSANOW, &sane);
	got(64, "one\n", "what came without ICANON is read as a line");
	got(64, "", "the ^D in it is an end of file");
	got(64, "two\n", "another line");
	ask("two lines");
	set(0, 1, 0);
	got(4, "123\n", "lines are read as bytes");
	got(64, "45\n", "as many as there are");
	ask("junk");
	tcsetattr(0, TCSAFLUSH, &sane);
	set(0, 0, 0);
	got(64, "", "TCSETSF discards what nobody has read");
}

static void check_flags(void)
{
	struct termios t = sane;

	set(0, 3, 0);
	ask("three bytes");
	got(64, "\003\004a", "^C and ^D are bytes without ISIG and ICANON");
	t.c_iflag &= ~ICRNL;
	t.c_lflag = 0;
	tcsetattr(0, TCSANOW, &t);
	ask("Enter");
	got(64, "\r", "Enter is a carriage return without ICRNL");
	set(ICANON | ISIG, 1, 0);
	ask("secret");
	got(64, "pass\n", "a line without ECHO");
	tcsetattr(0, TCSANOW, &sane);
	ask("erased");
	got(64, "x\303\251z\n", "VERASE removes all bytes of a character");
	ask("killed");
	got(64, "kept\n", "VKILL removes the line");
	t = sane;
	t.c_cc[VERASE] = '#';
	t.c_cc[VKILL] = 0;
	tcsetattr(0, TCSANOW, &t);
	ask("other keys");
	got(64, "b\025c\n", "another VERASE, and no VKILL");
	t = sane;
	t.c_cc[VEOF] = '@';
	tcsetattr(0, TCSANOW, &t);
	ask("another end");
	got(64, "a\004b\n", "with another VEOF a ^D is a character");
	got(64, "", "and that one ends the file");
	tcsetattr(0, TCSANOW, &sane);
}

int main(int argc, char **argv)
{
	if (tcgetattr(0, &sane) != 0)
		die("ttytest: tcgetattr");
	if (argc == 2 && strcmp(argv[1], "die") == 0) {
		set(0, 1, 0);
		kill(getpid(), SIGKILL);
	} else if (argc == 2 && strcmp(argv[1], "typed") == 0) {
		check_changes_of_mode();
		check_flags();
	} else {
		check_settings();
		check_size();
		check_others();
		check_limits_of_reads();
		check_change_during_a_read();
	}
	return tap_done();
}
