/* SPDX-License-Identifier: MIT */
/* The line discipline of the console: what is typed, what is printed, what a read gets. */
#include "tests/host/support/check.h"
#include "tests/host/support/run_apart.h"

#include <signal.h>
#include "lib/errno.h"
#include "lib/ldisc.h"
#include "lib/string.h"

static char printed[65536];
static size_t nr_printed;

static void print(const char *s, size_t n)
{
	assert_true(nr_printed + n < sizeof(printed));
	memcpy(printed + nr_printed, s, n);
	nr_printed += n;
	printed[nr_printed] = '\0';
}

static struct ldisc l;

static void begin(void)
{
	l = (struct ldisc){ .termios = LDISC_SETTINGS, .print = print };
	nr_printed = 0;
	printed[0] = '\0';
}

/* Type @keys. Returns the last signal that they ask for. */
static int type(const char *keys)
{
	int signo = 0, s;

	for (; *keys; keys++) {
		s = ldisc_type(&l, *keys);
		signo = s ? s : signo;
	}
	return signo;
}

static void reads(size_t n, const char *text)
{
	static char buf[LDISC_COOKED];

	assert_eq(ldisc_take(&l, buf, n), strlen(text));
	assert_memory_equal(buf, text, strlen(text));
}

static void reads_nothing(void)
{
	char c;

	assert_false(ldisc_waits(&l, 1));
	assert_eq(ldisc_take(&l, &c, 1), -EAGAIN);
}

static void raw(unsigned char min)
{
	struct termios t = l.termios;

	t.c_lflag &= ~(ICANON | ECHO | ISIG);
	t.c_cc[VMIN] = min;
	ldisc_set(&l, &t, false);
}

static void test_a_line_is_read_when_it_ends(void **state)
{
	(void)state;
	begin();
	type("hello");
	reads_nothing();
	type("\r");
	assert_true(ldisc_waits(&l, 100));
	reads(3, "hel");
	reads(100, "lo\n");
	reads_nothing();
	assert_string_equal(printed, "hello\n");
}

static void test_characters_words_and_lines_are_erased(void **state)
{
	(void)state;
	begin();
	type("ab\x7f\x7f\x7f" "c\bd\r");
	reads(100, "d\n");
	type("one two  three\x17\x17 four\r");
	reads(100, "one  four\n");
	type("\x17  \x17x\r");
	reads(100, "x\n");
	type("lost\x15kept\r");
	reads(100, "kept\n");
	nr_printed = 0;
	type("\xc3\xa9\x01\x7f\x7f");
	assert_string_equal(printed, "\xc3\xa9^A\b \b\b \b\b \b");
	type("\r");
	reads(100, "\n");
}

static void test_end_of_file(void **state)
{
	(void)state;
	begin();
	type("abc\x04");
	reads(100, "abc");
	type("\x04" "de\r");
	reads(100, "");
	reads(100, "de\n");
	type("fg\x04\x04");
	reads(100, "fg");
	reads(100, "");
	reads_nothing();
}

static void test_signals_drop_the_line(void **state)
{
	(void)state;
	begin();
	assert_eq(type("abc\x03"), SIGINT);
	assert_eq(type("abc\x1c"), SIGQUIT);
	assert_string_equal(printed, "abc^C\nabc^\\\n");
	type("x\r");
	reads(100, "x\n");
	raw(1);
	assert_eq(type("\x03"), 0);
	reads(100, "\x03");
}

static void test_a_change_of_mode_loses_nothing(void **state)
{
	struct termios sane;

	(void)state;
	begin();
	sane = l.termios;
	type("half");
	raw(1);
	reads(2, "ha");
	type("x\r\x04");
	ldisc_set(&l, &sane, false);
	reads(100, "lfx\n");
	reads(100, "");
	type("gone\rgone");
	ldisc_set(&l, &sane, true);
	type("\r");
	reads(100, "\n");
}

static void test_reads_of_bytes_wait_for_min(void **state)
{
	char c;

	(void)state;
	begin();
	raw(3);
	type("ab");
	assert_false(ldisc_waits(&l, 100));
	assert_true(ldisc_waits(&l, 2));
	type("c");
	assert_true(ldisc_waits(&l, 100));
	reads(100, "abc");
	raw(0);
	assert_eq(ldisc_take(&l, &c, 1), 0);
}

static void test_too_much_is_dropped_and_lines_stay_lines(void **state)
{
	size_t n = 0;
	char c;

	(void)state;
	begin();
	for (int i = 0; i < 3 * LDISC_LINE; i++)
		ldisc_type(&l, 'x');
	type("\r");
	while (ldisc_take(&l, &c, 1) == 1)
		n++;
	assert_eq(n, LDISC_LINE);
	assert_eq(c, '\n');
	raw(1);
	for (int i = 0; i < 2 * LDISC_COOKED; i++)
		ldisc_type(&l, 'y');
	for (n = 0; ldisc_take(&l, &c, 1) == 1; n++)
		;
	assert_eq(n, LDISC_COOKED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_line_is_read_when_it_ends),
		cmocka_unit_test(test_characters_words_and_lines_are_erased),
		cmocka_unit_test(test_end_of_file),
		cmocka_unit_test(test_signals_drop_the_line),
		cmocka_unit_test(test_a_change_of_mode_loses_nothing),
		cmocka_unit_test(test_reads_of_bytes_wait_for_min),
		cmocka_unit_test(test_too_much_is_dropped_and_lines_stay_lines),
	};

	return RUN_APART("ldisc", tests);
}
