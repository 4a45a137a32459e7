/* SPDX-License-Identifier: MIT */
/* lib/bitmap against a plain array of bools. */
#include "tests/host/support/check.h"
#include "tests/host/support/run_apart.h"

#include "lib/bitmap.h"

#define BITS	197	/* not a multiple of the word */

static size_t first(const bool *model, size_t from, bool value)
{
	while (from < BITS && model[from] != value)
		from++;
	return min(from, (size_t)BITS);
}

static void test_searches_agree_with_an_array(void **state)
{
	bool model[BITS] = { false };
	unsigned long seed = 20;

	(void)state;
	for (int density = 1; density <= 100; density += 11) {
		/* The bits past the end are set: no search may report them. */
		DECLARE_BITMAP(map, BITS) = { 0, 0, 0, ~0UL << (BITS % 64) };
		size_t weight = 0;

		for (size_t i = 0; i < BITS; i++) {
			model[i] = test_random(&seed) % 100 < (unsigned long)density;
			weight += model[i];
			if (model[i])
				bitmap_set(map, i);
		}
		assert_eq(bitmap_weight(map, BITS), weight);
		for (size_t i = 0; i <= BITS + 1; i++) {
			assert_eq(bitmap_next_set(map, BITS, i), first(model, i, true));
			assert_eq(bitmap_next_clear(map, BITS, i), first(model, i, false));
		}
		for (size_t i = 0; i < BITS; i++) {
			assert_eq(bitmap_test(map, i), model[i]);
			bitmap_clear(map, i);
		}
		assert_eq(bitmap_weight(map, BITS), 0);
	}
}

static void test_full_and_empty_maps_end_at_the_size(void **state)
{
	unsigned long full[2] = { ~0UL, ~0UL }, empty[2] = { 0, 0 };

	(void)state;
	assert_eq(bitmap_next_clear(full, 128, 0), 128);
	assert_eq(bitmap_next_set(empty, 128, 0), 128);
	assert_eq(bitmap_next_set(full, 128, 127), 127);
	assert_eq(bitmap_weight(full, 128), 128);
	assert_eq(bitmap_next_set(full, 0, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_searches_agree_with_an_array),
		cmocka_unit_test(test_full_and_empty_maps_end_at_the_size),
	};

	return RUN_APART("bitmap", tests);
}
