/* SPDX-License-Identifier: MIT */
/*
 * The simulator is worth something only if it notices: for each place of kernel/mm that flushes TLBs, leave
 * the flushes out and let the random driver run. It must stop because of a stale translation. (Fetched code: test_code.c.)
 */
#include "tests/host/support/check.h"
#include "tests/host/support/run_apart.h"

#include "kernel/mm/tlb.h"
#include "tests/host/sim/child.h"
#include "tests/host/sim/driver.h"

#define STEPS	6000

static int run_with_broken_site(void *site)
{
	flush_site_broken = *(enum flush_site *)site;
	sim_boot();
	driver.inject = false;
	driver_start(/* seed = */ 7, NULL, 0);
	for (int i = 0; i < STEPS; i++)
		driver_step();
	driver_finish();
	return 0;
}

/* What the model says of a translation that is still there, and of one that is never forgotten. */
static bool about_translations(const char *text)
{
	return strstr(text, "stale TLB entry: ") || strstr(text, " faults for ever");
}

static void expect_noticed(enum flush_site site)
{
	char text[4096];
	int result = in_child(run_with_broken_site, &site, text, sizeof(text));

	if (result == 0)
		fail_msg("%d steps without the flushes of site %d: nobody noticed", STEPS, site);
	if (!about_translations(text))
		fail_msg("site %d: the run stopped for another reason: %s", site, text);
}

static void test_nothing_left_out_runs_through(void **state)
{
	enum flush_site none = FLUSH_SITE_NONE;
	char text[4096];

	(void)state;
	if (in_child(run_with_broken_site, &none, text, sizeof(text)) != 0)
		fail_msg("%s", text);
}

#define SITE_TEST(name, site)							\
	static void test_leaving_out_##name##_is_noticed(void **state)		\
	{									\
		(void)state;							\
		expect_noticed(site);						\
	}
SITE_TEST(unmapping, FLUSH_GATHER)
SITE_TEST(fork, FLUSH_FORK)
SITE_TEST(copy_on_write, FLUSH_COW)
SITE_TEST(mprotect, FLUSH_MPROTECT)
SITE_TEST(mremap, FLUSH_MREMAP)
SITE_TEST(reverse_mapping, FLUSH_RMAP)
SITE_TEST(asid_rollover, FLUSH_ASID)
SITE_TEST(madvise, FLUSH_MADVISE)
SITE_TEST(deferred_flushes, FLUSH_DEFERRED)
SITE_TEST(spurious_faults, FLUSH_SPURIOUS)
_Static_assert(FLUSH_CODE_FAULT == FLUSH_SPURIOUS + 1, "a new flush site needs its test here");

/* On a machine without ASIDs every switch flushes. */
static int run_without_asids(void *site)
{
	sim_config.asid_bits = 0;
	return run_with_broken_site(site);
}

static void test_leaving_out_the_flush_of_a_switch_without_asids_is_noticed(void **state)
{
	enum flush_site site = FLUSH_ASID;
	char text[4096];

	(void)state;
	assert_int_not_equal(in_child(run_without_asids, &site, text, sizeof(text)), 0);
	if (!about_translations(text))
		fail_msg("the run stopped for another reason: %s", text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_left_out_runs_through),
		cmocka_unit_test(test_leaving_out_unmapping_is_noticed),
		cmocka_unit_test(test_leaving_out_fork_is_noticed),
		cmocka_unit_test(test_leaving_out_copy_on_write_is_noticed),
		cmocka_unit_test(test_leaving_out_mprotect_is_noticed),
		cmocka_unit_test(test_leaving_out_mremap_is_noticed),
		cmocka_unit_test(test_leaving_out_reverse_mapping_is_noticed),
		cmocka_unit_test(test_leaving_out_asid_rollover_is_noticed),
		cmocka_unit_test(test_leaving_out_madvise_is_noticed),
		cmocka_unit_test(test_leaving_out_deferred_flushes_is_noticed),
		cmocka_unit_test(test_leaving_out_spurious_faults_is_noticed),
		cmocka_unit_test(test_leaving_out_the_flush_of_a_switch_without_asids_is_noticed),
	};

	return RUN_APART("flush sites", tests);
}
