/* SPDX-License-Identifier: MIT */
/* lib/format.c against the C library's snprintf(), which it must match byte for byte. */
#include "tests/host/support/check.h"
#include "tests/host/support/run_apart.h"

#include "lib/format.h"
#include "lib/types.h"

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-truncation"

/* Format with both; the texts, the lengths and every truncation must agree. */
#define check_same(fmt, ...) do {						\
	char got[128], want[128];						\
	int want_len = snprintf(want, sizeof(want), fmt, __VA_ARGS__);		\
	int got_len = fmt_snprintf(got, sizeof(got), fmt, __VA_ARGS__);		\
										\
	assert_string_equal(got, want);						\
	assert_eq(got_len, want_len);						\
	for (int cut = 0; cut <= want_len; cut++) {				\
		memset(got, '#', sizeof(got));					\
		memset(want, '#', sizeof(want));				\
		snprintf(want, (size_t)cut, fmt, __VA_ARGS__);			\
		assert_eq(fmt_snprintf(got, (size_t)cut, fmt, __VA_ARGS__), want_len); \
		assert_memory_equal(got, want, sizeof(got));			\
	}									\
} while (0)

static const char *const flag_sets[] = {
	"", "-", "0", "+", " ", "#", "-#", "0#", "+0", " -", "0-", "#+ 0",
};
static const char *const sizes[] = {
	"", "1", "5", "12", ".0", ".3", "5.3", "12.7", "3.12",
};

/* Every combination of flags, sizes and the conversions in @conversions for one @value. */
static void check_number(const char *length, const char *conversions, u64 value, bool wide)
{
	char fmt[32];

	for (size_t f = 0; f < ARRAY_SIZE(flag_sets); f++)
		for (size_t s = 0; s < ARRAY_SIZE(sizes); s++)
			for (const char *c = conversions; *c; c++) {
				snprintf(fmt, sizeof(fmt), "<%%%s%s%s%c>", flag_sets[f], sizes[s],
					 length, *c);
				if (wide)
					check_same(fmt, value);
				else
					check_same(fmt, (int)value);
			}
}

static void test_integers_match_the_library(void **state)
{
	static const u64 values[] = {
		0, 1, 7, 8, 255, 256, 4095, 0x7fffffff, 0x80000000, 0xffffffff,
		0x7fffffffffffffff, 0x8000000000000000, ~0UL,
	};

	(void)state;
	for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
		check_number("", "diuxXo", values[v], false);
		check_number("h", "diuxXo", values[v], false);
		check_number("hh", "diuxXo", values[v], false);
		check_number("l", "diuxXo", values[v], true);
		check_number("ll", "dx", values[v], true);
		check_number("z", "ux", values[v], true);
	}
}

static void test_strings_and_chars_match_the_library(void **state)
{
	(void)state;
	check_same("%s", "");
	check_same("[%s] and [%s]", "one", "two");
	check_same("[%8s|%-8s|%2s]", "abc", "abc", "abc");
	check_same("[%.2s|%.0s|%.9s|%5.1s]", "abc", "abc", "abc", "abc");
	check_same("[%c|%3c|%-3c]", 'x', 'y', 'z');
	check_same("100%% of %d", 5);
}

static void test_star_takes_width_and_precision_from_arguments(void **state)
{
	(void)state;
	check_same("[%*d]", 6, 42);
	check_same("[%*d]", -6, 42);
	check_same("[%.*d]", 4, 42);
	check_same("[%.*d]", -4, 42);
	check_same("[%*.*s]", 6, 2, "abc");
}

static void test_precision_bounds_reading_of_unterminated_strings(void **state)
{
	char *three = malloc(3);	/* ASan watches the byte behind */
	char buf[16];

	(void)state;
	memcpy(three, "abc", 3);
	assert_eq(fmt_snprintf(buf, sizeof(buf), "%.3s", three), 3);
	assert_string_equal(buf, "abc");
	free(three);
}

static void test_pointers_print_in_hex(void **state)
{
	char buf[64];

	(void)state;
	fmt_snprintf(buf, sizeof(buf), "%p|%12p|%-8p|", (void *)0xffffffc080001000UL,
		     (void *)0x1234UL, (void *)0x10UL);
	assert_string_equal(buf, "0xffffffc080001000|      0x1234|0x10    |");
	fmt_snprintf(buf, sizeof(buf), "%p", NULL);
	assert_string_equal(buf, "0x0");
}

static void test_odd_formats_are_harmless(void **state)
{
	/* Out of the compiler's sight: it knows these formats to be wrong. */
	static const char *volatile odd[] = { "%s", "%99999999999d" };
	char buf[64];

	(void)state;
	fmt_snprintf(buf, sizeof(buf), odd[0], (char *)NULL);
	assert_string_equal(buf, "(null)");
	fmt_snprintf(buf, sizeof(buf), "a %y b %d", 5);
	assert_string_equal(buf, "a %y b 5");
	fmt_snprintf(buf, sizeof(buf), "end %");
	assert_string_equal(buf, "end %");
	fmt_snprintf(buf, sizeof(buf), "end %-08l");
	assert_string_equal(buf, "end %-08l");
	assert_eq(fmt_snprintf(NULL, 0, odd[1], 1), 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers_match_the_library),
		cmocka_unit_test(test_strings_and_chars_match_the_library),
		cmocka_unit_test(test_star_takes_width_and_precision_from_arguments),
		cmocka_unit_test(test_precision_bounds_reading_of_unterminated_strings),
		cmocka_unit_test(test_pointers_print_in_hex),
		cmocka_unit_test(test_odd_formats_are_harmless),
	};

	return RUN_APART("format", tests);
}
