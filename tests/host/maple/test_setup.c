/* SPDX-License-Identifier: MIT */
/*
 * Setting up, tearing down, locks, RCU mode and inspection: the first and the last table of the API.
 */
#include <pthread.h>
#include <unistd.h>

#include "tests/host/maple/maple_test.h"

static DEFINE_MTREE(static_tree);
static struct maple_tree static_gaps = MTREE_INIT(static_gaps, MT_FLAGS_ALLOC_RANGE);

/* Enough ranges for several levels, each [10i, 10i+4]. */
static void fill_many(struct maple_tree *mt, unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++)
		assert_int_equal(mtree_store_range(mt, i * 10, i * 10 + 4, ENTRY(i), GFP_KERNEL), 0);
}

static void test_statically_defined_tree_is_empty_and_usable(void **state)
{
	unsigned long start;

	(void)state;
	assert_true(mtree_empty(&static_tree));
	assert_false(mt_in_rcu(&static_tree));
	fill(&static_tree, "1-5:1 9:2");
	assert_tree(&static_tree, "1-5:1 9:2");
	assert_int_equal(mtree_alloc_range(&static_tree, &start, ENTRY(3), 1, 0, 9, GFP_KERNEL), -EINVAL);
	mtree_destroy(&static_tree);
	assert_tree(&static_tree, "");
}

static void test_mtree_init_takes_flags(void **state)
{
	unsigned long start = 77;

	(void)state;
	assert_int_equal(mtree_alloc_range(&static_gaps, &start, ENTRY(3), 4, 2, 9, GFP_KERNEL), 0);
	assert_int_equal(start, 2);
	assert_tree(&static_gaps, "2-5:3");
	mtree_destroy(&static_gaps);
}

static void test_mtree_init_ext_names_an_external_lock(void **state)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct maple_tree mt = MTREE_INIT_EXT(mt, MT_FLAGS_LOCK_EXTERN, lock);
	MA_STATE(mas, &mt, 3, 4);

	(void)state;
	(void)lock;
	pthread_mutex_lock(&lock);
	assert_int_equal(mas_store_gfp(&mas, ENTRY(1), GFP_KERNEL), 0);
	pthread_mutex_unlock(&lock);
	assert_tree(&mt, "3-4:1");
	pthread_mutex_lock(&lock);
	__mt_destroy(&mt);
	pthread_mutex_unlock(&lock);
}

static void test_tree_lives_on_the_stack(void **state)
{
	struct maple_tree mt = MTREE_INIT(mt, 0);
	DEFINE_MTREE(other);

	(void)state;
	mt_on_stack(mt);
	mt_on_stack(other);
	fill(&mt, "4-8:1");
	fill(&other, "4-8:2");
	assert_tree(&mt, "4-8:1");
	assert_tree(&other, "4-8:2");
	mtree_destroy(&mt);
	mtree_destroy(&other);
}

static void test_init_empties_and_sets_flags(void **state)
{
	struct maple_tree mt;

	(void)state;
	memset(&mt, 0xa5, sizeof(mt));
	mt_init(&mt);
	assert_tree(&mt, "");
	assert_false(mt_in_rcu(&mt));
	assert_int_equal(mtree_store(&mt, 0, ENTRY(1), GFP_KERNEL), 0);
	/* Forgets what was there: an entry at key 0 owns no memory. */
	mt_init_flags(&mt, MT_FLAGS_USE_RCU | MT_FLAGS_ALLOC_RANGE);
	assert_tree(&mt, "");
	assert_true(mt_in_rcu(&mt));
}

static void test_destroy_leaves_a_usable_tree_with_its_flags(void **state)
{
	struct maple_tree *mt = *state;
	unsigned long start;

	for (int round = 0; round < 3; round++) {
		fill_many(mt, 300);
		mtree_destroy(mt);
		assert_tree(mt, "");
		assert_int_equal(mt_in_rcu(mt), !!(tree_flags() & MT_FLAGS_USE_RCU));
		assert_int_equal(mtree_alloc_range(mt, &start, ENTRY(1), 2, 5, 9, GFP_KERNEL),
				 tree_flags() & MT_FLAGS_ALLOC_RANGE ? 0 : -EINVAL);
	}
}

static void test_destroy_of_an_empty_tree_is_harmless(void **state)
{
	mtree_destroy(*state);
	mtree_destroy(*state);
	assert_tree(*state, "");
}

static void test_destroy_of_a_single_entry_tree(void **state)
{
	assert_int_equal(mtree_store(*state, 0, ENTRY(1), GFP_KERNEL), 0);
	mtree_destroy(*state);
	assert_tree(*state, "");
}

static void test_mt_destroy_works_under_the_lock(void **state)
{
	struct maple_tree *mt = *state;

	fill_many(mt, 300);
	mtree_lock(mt);
	__mt_destroy(mt);
	mtree_unlock(mt);
	assert_tree(mt, "");
	fill(mt, "3:1");
	assert_tree(mt, "3:1");
}

static void test_rcu_mode_is_switched_and_told(void **state)
{
	struct maple_tree *mt = *state;

	assert_int_equal(mt_in_rcu(mt), !!(tree_flags() & MT_FLAGS_USE_RCU));
	fill_many(mt, 40);
	for (int round = 0; round < 2; round++) {
		mt_set_in_rcu(mt);
		mt_set_in_rcu(mt);
		assert_true(mt_in_rcu(mt));
		fill(mt, "3-25:1 1000:2");
		mt_validate(mt);
		mt_clear_in_rcu(mt);
		mt_clear_in_rcu(mt);
		assert_false(mt_in_rcu(mt));
		fill(mt, "5-15:1 1000:3");
		mt_validate(mt);
	}
	assert_ptr_equal(mtree_load(mt, 1000), ENTRY(3));
	assert_ptr_equal(mtree_load(mt, 394), ENTRY(39));
}

static void test_external_lock_tree_needs_no_lock_of_its_own(void **state)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct maple_tree mt;

	(void)state;
	(void)lock;
	mt_init_flags(&mt, MT_FLAGS_LOCK_EXTERN | MT_FLAGS_USE_RCU | MT_FLAGS_ALLOC_RANGE);
	mt_set_external_lock(&mt, &lock);
	MA_STATE(mas, &mt, 0, 9);

	pthread_mutex_lock(&lock);
	assert_int_equal(mas_store_gfp(&mas, ENTRY(1), GFP_KERNEL), 0);
	mt_clear_in_rcu(&mt);
	mt_set_in_rcu(&mt);
	pthread_mutex_unlock(&lock);
	mtree_lock(&mt);	/* harmless on such a tree */
	mtree_unlock(&mt);
	fill(&mt, "20:2");
	assert_tree(&mt, "0-9:1 20:2");
	mtree_destroy(&mt);
}

struct store_job {
	struct maple_tree *mt;
	int result;
	volatile int done;
};

static void *store_in_thread(void *arg)
{
	struct store_job *job = arg;

	job->result = mtree_store(job->mt, 5, ENTRY(9), GFP_KERNEL);
	job->done = 1;
	return NULL;
}

static void test_lock_keeps_other_writers_out(void **state)
{
	struct maple_tree *mt = *state;
	struct store_job job = { .mt = mt };
	MA_STATE(mas, mt, 5, 5);
	pthread_t thread;

	mas_lock(&mas);
	assert_int_equal(pthread_create(&thread, NULL, store_in_thread, &job), 0);
	usleep(2000);
	assert_int_equal(job.done, 0);
	assert_null(mas_store(&mas, ENTRY(1)));
	mas_unlock(&mas);
	pthread_join(thread, NULL);
	assert_int_equal(job.result, 0);
	assert_tree(mt, "5:9");
	mtree_lock_nested(mt, 1);
	mtree_unlock(mt);
}

/* Nodes are counted by what they hold: a leaf has up to 16 entries, none is less than a third full. */
static void test_nodes_are_counted(void **state)
{
	struct maple_tree *mt = *state;

	assert_int_equal(mt_nr_nodes(mt), 0);
	mtree_store(mt, 0, ENTRY(1), GFP_KERNEL);
	assert_int_equal(mt_nr_nodes(mt), 0);		/* the entry is the root */
	mtree_store(mt, 5, ENTRY(1), GFP_KERNEL);
	assert_int_equal(mt_nr_nodes(mt), 1);
	mtree_destroy(mt);
	fill_many(mt, 10);
	assert_in_range(mt_nr_nodes(mt), 1, 4);
	fill_many(mt, 20000);
	assert_in_range(mt_nr_nodes(mt), 20000 / 16, 20000 / 3);
}

static void test_height_stays_low(void **state)
{
	struct maple_tree *mt = *state;
	unsigned int before = mt_height(mt);

	assert_true(before <= 1);
	fill_many(mt, 10);
	assert_true(mt_height(mt) == 2 || mt_height(mt) == 1);
	fill_many(mt, 20000);
	assert_in_range(mt_height(mt), 4, 8);
	mtree_destroy(mt);
	assert_int_equal(mt_height(mt), before);
}

/* Runs mt_dump(), or mas_dump() if @mas, with stdout going to a file; returns how many bytes it wrote. */
static long dumped_by(const struct maple_tree *mt, enum mt_dump_format format, const struct ma_state *mas, FILE *to)
{
	int saved;
	long from, bytes;

	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	from = lseek(fileno(to), 0, SEEK_END);
	dup2(fileno(to), STDOUT_FILENO);
	if (mas)
		mas_dump(mas);
	else
		mt_dump(mt, format);
	fflush(stdout);
	bytes = lseek(fileno(to), 0, SEEK_END) - from;
	dup2(saved, STDOUT_FILENO);
	close(saved);
	return bytes;
}

static long dumped_bytes(const struct maple_tree *mt, enum mt_dump_format format, FILE *to)
{
	return dumped_by(mt, format, NULL, to);
}

/* The text of mas_dump() is one line with @want in it. */
static void assert_mas_dump(const struct ma_state *mas, const char *want)
{
	FILE *to = tmpfile();
	char text[400];
	size_t len;

	assert_true(dumped_by(NULL, mt_dump_hex, mas, to) > 0);
	rewind(to);
	len = fread(text, 1, sizeof(text) - 1, to);
	text[len] = '\0';
	fclose(to);
	assert_non_null(strstr(text, want));
	assert_ptr_equal(strchr(text, '\n'), text + len - 1);
}

static void test_mas_dump_prints_where_the_cursor_is(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 0x123, 0x125);

	assert_mas_dump(&mas, "status start [123,125] reserve 0\n");
	fill(mt, "16-31:1");
	mas_set(&mas, 20);
	assert_non_null(mas_find(&mas, MAX));
	assert_mas_dump(&mas, "status active [10,1f] node ");
	assert_mas_dump(&mas, " [0,ffffffffffffffff] offset 1 reserve 0\n");
	assert_null(mas_next(&mas, 25));
	assert_mas_dump(&mas, "status overflow [10,1f]");
	mas_set_range(&mas, 17, 18);
	assert_int_equal(mas_preallocate(&mas, ENTRY(2), GFP_KERNEL), 0);
	assert_mas_dump(&mas, " reserve 1\n");
	mas_destroy(&mas);
	mas_set_range(&mas, 9, 8);
	mas_store(&mas, ENTRY(3));
	assert_mas_dump(&mas, "status error [9,8] err -22");
}

static void test_dump_prints_every_shape(void **state)
{
	struct maple_tree *mt = *state;
	FILE *to = tmpfile();
	char text[4096];
	size_t len;

	assert_true(dumped_bytes(mt, mt_dump_hex, to) > 0);
	assert_int_equal(mtree_store(mt, 0, ENTRY(1), GFP_KERNEL), 0);
	assert_true(dumped_bytes(mt, mt_dump_dec, to) > 0);
	rewind(to);
	assert_int_equal(ftruncate(fileno(to), 0), 0);
	fill(mt, "4660-4670:1");
	assert_true(dumped_bytes(mt, mt_dump_hex, to) > 0);
	assert_true(dumped_bytes(mt, mt_dump_dec, to) > 0);
	rewind(to);
	len = fread(text, 1, sizeof(text) - 1, to);
	text[len] = '\0';
	assert_non_null(strstr(text, "1234"));	/* 4660 in hex */
	assert_non_null(strstr(text, "4660"));
	fill_many(mt, 300);
	assert_true(dumped_bytes(mt, mt_dump_hex, to) > 300 * 8);
	fclose(to);
}

static void test_cursor_initialisers_agree(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 12, 17);
	struct ma_state other;

	fill(mt, "10-20:1");
	assert_ptr_equal(mas.tree, mt);
	assert_int_equal(mas.index, 12);
	assert_int_equal(mas.last, 17);
	assert_status(&mas, ma_start);
	assert_false(mas_is_active(&mas));
	assert_false(mas_is_err(&mas));
	memset(&other, 0xa5, sizeof(other));
	mas_init(&other, mt, 12);
	assert_ptr_equal(other.tree, mt);
	assert_int_equal(other.index, 12);
	assert_int_equal(other.last, 12);
	assert_at(&other, mas_walk(&other), ENTRY(1), 10, 20);
	assert_true(mas_is_active(&other));
	assert_non_null(other.node);
}

static void test_cursor_can_be_copied_and_moved_to_another_tree(void **state)
{
	struct maple_tree *mt = *state;
	DEFINE_MTREE(second);
	MA_STATE(mas, mt, 0, 0);
	struct ma_state copy;

	fill(mt, "10-20:1 30-40:2 50-60:3");
	fill(&second, "5-7:8");
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(1), 10, 20);
	copy = mas;
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(2), 30, 40);
	assert_at(&copy, mas_find(&copy, MAX), ENTRY(2), 30, 40);
	assert_at(&copy, mas_prev(&copy, 0), ENTRY(1), 10, 20);
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(3), 50, 60);
	copy.tree = &second;
	mas_set(&copy, 0);
	assert_at(&copy, mas_find(&copy, MAX), ENTRY(8), 5, 7);
	mtree_destroy(&second);
}

static void test_macro_declaration_may_stand_among_others(void **state)
{
	int a = 1;
	MA_STATE(mas, *state, a, a + 1);
	int b = a + 1;
	DEFINE_MTREE(mt);
	int c = b + 1;

	assert_true(mas.index == 1 && mas.last == 2 && c == 3 && mtree_empty(&mt));
}

int main(void)
{
	static const struct tree_test tests[] = {
		OWN_TEST(test_statically_defined_tree_is_empty_and_usable),
		OWN_TEST(test_mtree_init_takes_flags),
		OWN_TEST(test_mtree_init_ext_names_an_external_lock),
		OWN_TEST(test_tree_lives_on_the_stack),
		OWN_TEST(test_init_empties_and_sets_flags),
		TREE_TEST(test_destroy_leaves_a_usable_tree_with_its_flags),
		TREE_TEST(test_destroy_of_an_empty_tree_is_harmless),
		TREE_TEST(test_destroy_of_a_single_entry_tree),
		TREE_TEST(test_mt_destroy_works_under_the_lock),
		TREE_TEST(test_rcu_mode_is_switched_and_told),
		OWN_TEST(test_external_lock_tree_needs_no_lock_of_its_own),
		TREE_TEST(test_lock_keeps_other_writers_out),
		TREE_TEST(test_nodes_are_counted),
		TREE_TEST(test_height_stays_low),
		TREE_TEST(test_dump_prints_every_shape),
		TREE_TEST(test_mas_dump_prints_where_the_cursor_is),
		TREE_TEST(test_cursor_initialisers_agree),
		TREE_TEST(test_cursor_can_be_copied_and_moved_to_another_tree),
		TREE_TEST(test_macro_declaration_may_stand_among_others),
	};

	return RUN_TREE_TESTS("maple set-up and inspection", tests);
}
