/* SPDX-License-Identifier: MIT */
/*
 * Every input that is kept in tests/host/fuzz/corpus, through the same code as under the
 * fuzzer, but built like the other tests. Runs from the top of the tree.
 */
#include "tests/host/support/check.h"
#include "tests/host/support/run_apart.h"

#include <dirent.h>

#define LLVMFuzzerTestOneInput fuzz_fdt
#include "tests/host/fuzz/fuzz_fdt.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_cpio
#include "tests/host/fuzz/fuzz_cpio.c"
#undef LLVMFuzzerTestOneInput

#define CORPUS	"tests/host/fuzz/corpus/"

static void replay(const char *path, int (*fuzz)(const u8 *, size_t))
{
	FILE *f = fopen(path, "rb");
	size_t size;
	u8 *data;

	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	size = (size_t)ftell(f);
	rewind(f);
	data = malloc(size ? size : 1);
	assert_eq(fread(data, 1, size, f), size);
	fclose(f);
	assert_eq(fuzz(data, size), 0);
	free(data);
}

static void replay_all(const char *folder, int (*fuzz)(const u8 *, size_t))
{
	DIR *dir = opendir(folder);
	struct dirent *d;
	int n = 0;

	assert_non_null(dir);
	while ((d = readdir(dir))) {
		char path[512];

		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, d->d_name);
		replay(path, fuzz);
		n++;
	}
	closedir(dir);
	assert_true(n > 0);
}

static void test_device_trees_of_the_corpus(void **state)
{
	(void)state;
	replay_all(CORPUS "fdt", fuzz_fdt);
}

static void test_archives_of_the_corpus(void **state)
{
	(void)state;
	replay_all(CORPUS "cpio", fuzz_cpio);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_device_trees_of_the_corpus),
		cmocka_unit_test(test_archives_of_the_corpus),
	};

	return RUN_APART("corpus", tests);
}
