/* SPDX-License-Identifier: MIT */
/*
 * lib/string.c and kernel/mm/frame/page_ops.c against the C library. Our functions are
 * compiled under other names here, so that the library's stay in place.
 */
#include "tests/host/support/check.h"
#include "tests/host/support/run_apart.h"

#include "kernel/mm/frame/page.h"
#include "lib/string.h"

#define memcpy our_memcpy
#define memmove our_memmove
#define memset our_memset
#define memcmp our_memcmp
#define memchr our_memchr
#define strlen our_strlen
#define strnlen our_strnlen
#define strcmp our_strcmp
#define strncmp our_strncmp
#define strchr our_strchr
#include "lib/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr
#undef WORD
#undef BLOCK
#define word_t page_word_t
#include "kernel/mm/frame/page_ops.c"

#define ROOM	400

static unsigned char ours[ROOM], theirs[ROOM];

static void fill_both(void)
{
	for (int i = 0; i < ROOM; i++)
		ours[i] = theirs[i] = (unsigned char)(i * 7 + 1);
}

static const size_t lengths[] = { 0, 1, 2, 7, 8, 9, 15, 16, 63, 64, 65, 100, 127, 128, 129, 200 };

/* Every alignment of both sides, and lengths around the word and block sizes. */
static void for_each_layout(void (*check)(size_t dst, size_t src, size_t n))
{
	for (size_t dst = 0; dst < 16; dst++)
		for (size_t src = 0; src < 16; src++)
			for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
				check(dst, src, lengths[i]);
}

static void check_memcpy(size_t dst, size_t src, size_t n)
{
	fill_both();
	assert_ptr_equal(our_memcpy(ours + dst, theirs + 200 - src, n), ours + dst);
	unsigned char want[ROOM];

	for (int i = 0; i < ROOM; i++)
		want[i] = theirs[i];
	memcpy(want + dst, theirs + 200 - src, n);
	assert_memory_equal(ours, want, ROOM);
}

static void check_memmove_near(size_t dst, size_t src, size_t n)
{
	fill_both();
	our_memmove(ours + dst, ours + src, n);
	memmove(theirs + dst, theirs + src, n);
	assert_memory_equal(ours, theirs, ROOM);
}

static void check_memset(size_t dst, size_t c, size_t n)
{
	fill_both();
	assert_ptr_equal(our_memset(ours + dst, (int)(c * 37), n), ours + dst);
	memset(theirs + dst, (int)(c * 37), n);
	assert_memory_equal(ours, theirs, ROOM);
}

static int sign(int x)
{
	return (x > 0) - (x < 0);
}

static void check_memcmp(size_t a, size_t b, size_t n)
{
	memset(ours, 'x', ROOM);
	memset(theirs, 'x', ROOM);
	assert_eq(our_memcmp(ours + a, theirs + b, n), 0);
	for (size_t at = 0; at < n; at += 5) {
		theirs[b + at] = 0xf0;		/* differs as signed and as unsigned char */
		assert_eq(sign(our_memcmp(ours + a, theirs + b, n)), -1);
		assert_eq(sign(our_memcmp(theirs + b, ours + a, n)), 1);
		theirs[b + at] = 'x';
	}
}

static void test_memcpy_copies_exactly(void **state)
{
	(void)state;
	for_each_layout(check_memcpy);
}

static void test_memmove_survives_overlap_both_ways(void **state)
{
	(void)state;
	for_each_layout(check_memmove_near);
}

static void test_memset_fills_exactly(void **state)
{
	(void)state;
	for_each_layout(check_memset);
}

static void test_memcmp_orders_by_unsigned_bytes(void **state)
{
	(void)state;
	for_each_layout(check_memcmp);
}

/* Every start and length around two loops of four words, with the odd byte at every place. */
static void test_memchr_inv_finds_the_first_other_byte(void **state)
{
	unsigned char buf[100] __aligned(8);

	(void)state;
	for (size_t start = 0; start < 16; start++)
		for (size_t n = 0; n <= 80; n++) {
			memset(buf, 0x11, sizeof(buf));
			memset(buf + start, 0x6b, n);
			assert_null(memchr_inv(buf + start, 0x6b, n));
			for (size_t odd = 0; odd < n; odd++) {
				memset(buf + start, 0x6b, n);
				buf[start + odd] = 0xeb;
				buf[start + n - 1] ^= odd + 1 < n;	/* a later one, too */
				assert_ptr_equal(memchr_inv(buf + start, 0x6b, n), buf + start + odd);
			}
		}
}

static void test_string_functions_agree_with_the_library(void **state)
{
	static const char *const words[] = { "", "a", "ab", "abc", "abd", "\xff", "b", "abcdefgh" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		const char *a = words[i];

		assert_eq(our_strlen(a), strlen(a));
		for (size_t n = 0; n < 10; n++)
			assert_eq(our_strnlen(a, n), strnlen(a, n));
		assert_ptr_equal(our_strchr(a, 'b'), strchr(a, 'b'));
		assert_ptr_equal(our_strchr(a, 0), strchr(a, 0));
		assert_ptr_equal(our_memchr(a, 'c', strlen(a)), memchr(a, 'c', strlen(a)));
		for (size_t j = 0; j < ARRAY_SIZE(words); j++) {
			assert_eq(sign(our_strcmp(a, words[j])), sign(strcmp(a, words[j])));
			for (size_t n = 0; n < 5; n++)
				assert_eq(sign(our_strncmp(a, words[j], n)),
					  sign(strncmp(a, words[j], n)));
		}
	}
}

static void test_strscpy_always_terminates(void **state)
{
	char buf[8];

	(void)state;
	assert_eq(strscpy(buf, "1234567", sizeof(buf)), 7);
	assert_string_equal(buf, "1234567");
	assert_eq(strscpy(buf, "12345678", sizeof(buf)), -1L);
	assert_string_equal(buf, "1234567");
	assert_eq(strscpy(buf, "", sizeof(buf)), 0);
	assert_string_equal(buf, "");
	buf[0] = '#';
	assert_eq(strscpy(buf, "a", 0), -1L);
	assert_eq(buf[0], '#');
	assert_eq(strscpy(buf, "a", 1), -1L);
	assert_eq(buf[0], 0);
}

static void test_clear_and_copy_page_touch_one_page(void **state)
{
	unsigned char *mem = aligned_alloc(PAGE_SIZE, 6 * PAGE_SIZE);
	unsigned char *a = mem + PAGE_SIZE, *b = mem + 4 * PAGE_SIZE;

	(void)state;
	memset(mem, 0xee, 6 * PAGE_SIZE);
	for (size_t i = 0; i < PAGE_SIZE; i++)
		a[i] = (unsigned char)(i * 31 + i / 256);
	copy_page(b, a);
	assert_memory_equal(a, b, PAGE_SIZE);
	clear_page(a);
	for (size_t i = 0; i < PAGE_SIZE; i++)
		assert_eq(a[i], 0);
	assert_eq(a[-1], 0xee);
	assert_eq(a[PAGE_SIZE], 0xee);
	assert_eq(b[-1], 0xee);
	assert_eq(b[PAGE_SIZE], 0xee);
	free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memcpy_copies_exactly),
		cmocka_unit_test(test_memmove_survives_overlap_both_ways),
		cmocka_unit_test(test_memset_fills_exactly),
		cmocka_unit_test(test_memchr_inv_finds_the_first_other_byte),
		cmocka_unit_test(test_memcmp_orders_by_unsigned_bytes),
		cmocka_unit_test(test_string_functions_agree_with_the_library),
		cmocka_unit_test(test_strscpy_always_terminates),
		cmocka_unit_test(test_clear_and_copy_page_touch_one_page),
	};

	return RUN_APART("string", tests);
}
