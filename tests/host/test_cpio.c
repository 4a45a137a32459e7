/* SPDX-License-Identifier: MIT */
/*
 * The cpio reader, on a sound archive, on the same one cut at every length and with every
 * byte changed, and on lies in each field. Archives stand in allocations of
 * exactly their size, so ASan sees any byte read beyond.
 */
#include "tests/host/support/check.h"
#include "tests/host/support/run_apart.h"

#include "lib/cpio.h"

#define ROOM	4096

static u8 archive[ROOM];
static size_t archive_size;

static void append(const void *bytes, size_t n)
{
	assert_true(archive_size + n + 4 <= ROOM);
	memcpy(archive + archive_size, bytes, n);
	for (archive_size += n; archive_size % 4; archive_size++)
		archive[archive_size] = 0;
}

static void add(const char *name, u32 mode, const void *data, size_t size)
{
	u8 entry[512];
	int n = snprintf((char *)entry, sizeof(entry),
			 "070701%08X%08x%08X%08X%08X%08X%08zX%08X%08X%08X%08X%08zX%08X", 1, mode, 0, 0,
			 1, 0, size, 0, 0, 0, 0, strlen(name) + 1, 0);

	assert_eq(n, 110);
	memcpy(entry + n, name, strlen(name) + 1);
	append(entry, (size_t)n + strlen(name) + 1);
	append(data, size);
}

static void build_entries(void)
{
	archive_size = 0;
	add(".", 040755, "", 0);
	add("./bin", 040755, "", 0);
	add("./bin/sh", 0100755, "shell", 5);
	add("/bin/cat", 0100755, "cat!", 4);
	add("bin/ls", 0100755, "", 0);
	add("etc/link", 0120777, "../bin/sh", 9);
	add("bin/cat", 0100644, "a later cat", 11);
}

static void build(void)
{
	build_entries();
	add("TRAILER!!!", 0, "", 0);
}

/* Read a copy of exactly @size bytes to its end; returns the error. */
static const char *read_all(const u8 *bytes, size_t size, int *count)
{
	u8 *copy = malloc(size ? size : 1);
	struct cpio_entry entry;
	struct cpio cpio;
	unsigned long sum = 0;

	memcpy(copy, bytes, size);
	*count = 0;
	cpio_open(&cpio, copy, size);
	while (cpio_next(&cpio, &entry)) {
		sum += strlen(entry.name);
		for (size_t i = 0; i < entry.size; i++)
			sum += ((const u8 *)entry.data)[i];
		assert_true(++*count < ROOM);
	}
	assert_true(sum < ~0UL);
	assert_false(cpio_next(&cpio, &entry));		/* it stays at the end */
	cpio_find(copy, size, "bin/sh", &entry);
	free(copy);
	return cpio.error;
}

static void test_entries_come_in_order_with_clean_names(void **state)
{
	static const struct { const char *name; u32 mode; const char *data; } want[] = {
		{ "", 040755, "" }, { "bin", 040755, "" }, { "bin/sh", 0100755, "shell" },
		{ "bin/cat", 0100755, "cat!" }, { "bin/ls", 0100755, "" },
		{ "etc/link", 0120777, "../bin/sh" }, { "bin/cat", 0100644, "a later cat" },
	};
	struct cpio_entry entry;
	struct cpio cpio;
	size_t i = 0;

	(void)state;
	build();
	cpio_open(&cpio, archive, archive_size);
	for (; cpio_next(&cpio, &entry); i++) {
		assert_string_equal(entry.name, want[i].name);
		assert_eq(entry.mode, want[i].mode);
		assert_eq(entry.size, strlen(want[i].data));
		assert_memory_equal(entry.data, want[i].data, entry.size);
		assert_eq((uintptr_t)entry.data % 4, (uintptr_t)archive % 4);
	}
	assert_null(cpio.error);
	assert_eq(i, ARRAY_SIZE(want));
}

static void test_find_takes_any_spelling_and_the_last_entry(void **state)
{
	static const char *const spellings[] = { "bin/sh", "/bin/sh", "./bin/sh", "//./bin/sh" };
	struct cpio_entry entry;

	(void)state;
	build();
	for (size_t i = 0; i < ARRAY_SIZE(spellings); i++) {
		assert_true(cpio_find(archive, archive_size, spellings[i], &entry));
		assert_memory_equal(entry.data, "shell", 5);
	}
	assert_true(cpio_find(archive, archive_size, "/bin/cat", &entry));
	assert_eq(entry.size, 11);
	assert_false(cpio_find(archive, archive_size, "bin/s", &entry));
	assert_false(cpio_find(archive, archive_size, "bin/sh/", &entry));
	assert_false(cpio_find(archive, archive_size, "TRAILER!!!", &entry));
}

static void test_names_lose_only_leading_dots_and_slashes(void **state)
{
	(void)state;
	assert_string_equal(cpio_name("."), "");
	assert_string_equal(cpio_name("./"), "");
	assert_string_equal(cpio_name("/"), "");
	assert_string_equal(cpio_name(".//./a/./b"), "a/./b");
	assert_string_equal(cpio_name(".profile"), ".profile");
	assert_string_equal(cpio_name("../x"), "../x");
	assert_string_equal(cpio_name(""), "");
}

static void test_padding_behind_the_trailer_is_ignored(void **state)
{
	int count;

	(void)state;
	build();
	memset(archive + archive_size, 0, 512);
	assert_null(read_all(archive, archive_size + 512, &count));
	memset(archive + archive_size, 0xff, 512);
	assert_null(read_all(archive, archive_size + 512, &count));
	assert_eq(count, 7);
}

static void test_every_truncation_is_refused(void **state)
{
	size_t least;
	int count;

	(void)state;
	build_entries();
	least = archive_size + 110 + sizeof("TRAILER!!!");	/* its padding may lack */
	build();
	for (size_t n = 0; n < archive_size; n++)
		assert_eq(read_all(archive, n, &count) != NULL, n < least);
	assert_string_equal(read_all(archive, 0, &count), "it is empty");
	assert_string_equal(read_all(archive, 50, &count), "it ends inside a header");
	build_entries();
	assert_string_equal(read_all(archive, archive_size, &count), "it ends without a trailer");
	assert_eq(count, 7);
}

static void test_changed_bytes_never_lead_outside(void **state)
{
	static const u8 values[] = { 0, '0', '7', 'f', 'F', 'g', 0xff };
	unsigned long refused = 0, rnd = 31;
	int count;

	(void)state;
	build();
	for (size_t at = 0; at < archive_size; at++)
		for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
			u8 old = archive[at];

			archive[at] = values[v];
			refused += read_all(archive, archive_size, &count) != NULL;
			archive[at] = old;
		}
	assert_true(refused > 500);
	for (int round = 0; round < 3000; round++) {
		build();
		for (int i = 0; i < 4; i++)
			archive[test_random(&rnd) % archive_size] =
				(u8)"0123456789abcdefFg/.\0\377"[test_random(&rnd) % 22];
		read_all(archive, archive_size, &count);
	}
}

/* Overwrite field @f of the first header with @value in hex. */
static const char *with_field(int f, const char *value)
{
	int count;

	build();
	memcpy(archive + 6 + 8 * f, value, 8);
	return read_all(archive, archive_size, &count);
}

static void test_lying_fields_are_refused_by_name(void **state)
{
	enum { FILESIZE = 6, NAMESIZE = 11 };

	(void)state;
	assert_string_equal(with_field(FILESIZE, "ffffffff"), "a file is longer than the archive");
	assert_string_equal(with_field(FILESIZE, "7FFFFFFF"), "a file is longer than the archive");
	assert_string_equal(with_field(FILESIZE, "0000ffff"), "a file is longer than the archive");
	assert_string_equal(with_field(FILESIZE, "00000004"), "wrong magic number");
	assert_string_equal(with_field(NAMESIZE, "00000000"), "a name is too long");
	assert_string_equal(with_field(NAMESIZE, "ffffffff"), "a name is too long");
	assert_string_equal(with_field(NAMESIZE, "00000fff"), "a name is too long");
	assert_string_equal(with_field(NAMESIZE, "00000001"), "a name does not end where it should");
	assert_string_equal(with_field(NAMESIZE, "00000003"), "a name does not end where it should");
	assert_string_equal(with_field(NAMESIZE, "0000000x"),
			    "a header field is no hexadecimal number");
	assert_string_equal(with_field(FILESIZE, "-0000001"),
			    "a header field is no hexadecimal number");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries_come_in_order_with_clean_names),
		cmocka_unit_test(test_find_takes_any_spelling_and_the_last_entry),
		cmocka_unit_test(test_names_lose_only_leading_dots_and_slashes),
		cmocka_unit_test(test_padding_behind_the_trailer_is_ignored),
		cmocka_unit_test(test_every_truncation_is_refused),
		cmocka_unit_test(test_changed_bytes_never_lead_outside),
		cmocka_unit_test(test_lying_fields_are_refused_by_name),
	};

	return RUN_APART("cpio", tests);
}
