/* SPDX-License-Identifier: MIT */
/*
 * Trees as text, and the runner of the maple tree's cmocka programs: see maple_test.h.
 */
#include "tests/host/maple/maple_test.h"

#include "tests/host/support/run_apart.h"

static unsigned int flags_now;

unsigned int tree_flags(void)
{
	return flags_now;
}

/* "12", "max" or "max-3", at *text; moves *text behind it. */
static unsigned long parse_key(const char **text)
{
	char *end;
	unsigned long below = 0;

	if (strncmp(*text, "max", 3) != 0) {
		unsigned long key = strtoul(*text, &end, 0);

		*text = end;
		return key;
	}
	*text += 3;
	if (**text == '-') {
		below = strtoul(*text + 1, &end, 0);
		*text = end;
	}
	return MAX - below;
}

void fill(struct maple_tree *mt, const char *text)
{
	while (*text) {
		unsigned long first, last, nr;
		char *end;

		first = last = parse_key(&text);
		if (*text == '-') {
			text++;
			last = parse_key(&text);
		}
		assert_int_equal(*text, ':');
		nr = strtoul(text + 1, &end, 0);
		text = end;
		while (*text == ' ')
			text++;
		assert_int_equal(mtree_store_range(mt, first, last, ENTRY(nr), GFP_KERNEL), 0);
	}
}

/* Append @key to the text; returns how many bytes. */
static int put_key(char *to, unsigned long key)
{
	if (key == MAX)
		return sprintf(to, "max");
	if (key > MAX - 100000)
		return sprintf(to, "max-%lu", MAX - key);
	return sprintf(to, "%lu", key);
}

static unsigned long count_entries(struct maple_tree *mt)
{
	MA_STATE(mas, mt, 0, 0);
	unsigned long nr = 0;
	void *entry;

	mas_for_each(&mas, entry, MAX)
		nr++;
	return nr;
}

char *tree_text(struct maple_tree *mt)
{
	MA_STATE(mas, mt, 0, 0);
	char *text, *end;
	void *entry;

	rcu_read_lock();
	text = end = malloc(count_entries(mt) * 70 + 1);
	*end = '\0';
	mas_for_each(&mas, entry, MAX) {
		if (end != text)
			*end++ = ' ';
		end += put_key(end, mas.index);
		if (mas.last != mas.index) {
			*end++ = '-';
			end += put_key(end, mas.last);
		}
		end += sprintf(end, ":%lu", ENTRY_NR(entry));
	}
	rcu_read_unlock();
	return text;
}

/* The other ways of looking at the tree must agree with the forward walk. */
static void check_other_views(struct maple_tree *mt)
{
	MA_STATE(fwd, mt, 0, 0);
	MA_STATE(rev, mt, MAX, MAX);
	unsigned long nr = 0;
	void *entry;

	rcu_read_lock();
	mas_for_each(&fwd, entry, MAX) {
		assert_ptr_equal(mtree_load(mt, fwd.index), entry == ZERO_ENTRY ? NULL : entry);
		assert_ptr_equal(mtree_load(mt, fwd.last), entry == ZERO_ENTRY ? NULL : entry);
		nr++;
	}
	mas_for_each_rev(&rev, entry, 0) {
		MA_STATE(walk, mt, rev.index, rev.index);

		assert_ptr_equal(mas_walk(&walk), entry);
		assert_true(walk.index == rev.index && walk.last == rev.last);
		assert_true(nr-- > 0);
	}
	rcu_read_unlock();
	assert_int_equal(nr, 0);
}

void assert_tree_at(struct maple_tree *mt, const char *want, const char *file, int line)
{
	char *got = tree_text(mt);

	mt_validate(mt);
	if (strcmp(got, want) != 0) {
		print_error("tree is   \"%s\"\nexpected  \"%s\"\n", got, want);
		free(got);
		_fail(file, line);
	}
	free(got);
	check_other_views(mt);
	_assert_true(mtree_empty(mt) == !*want, "mtree_empty(mt) agrees", file, line);
}

void assert_at_line(const struct ma_state *mas, const void *got, const void *want,
		    unsigned long first, unsigned long last, const char *file, int line)
{
	if (got == want && mas->index == first && mas->last == last)
		return;
	print_error("got  entry %p at [%lu,%lu] (%#lx,%#lx), status %d\n"
		    "want entry %p at [%lu,%lu] (%#lx,%#lx)\n",
		    got, mas->index, mas->last, mas->index, mas->last, (int)mas->status,
		    want, first, last, first, last);
	_fail(file, line);
}

static int make_tree(void **state)
{
	struct maple_tree *mt = malloc(sizeof(*mt));

	flags_now = (unsigned int)(unsigned long)*state;
	mt_init_flags(mt, flags_now);
	*state = mt;
	return 0;
}

static int drop_tree(void **state)
{
	struct maple_tree *mt = *state;

	mt_validate(mt);
	mtree_destroy(mt);
	rcu_barrier();
	free(mt);
	return 0;
}

static const struct {
	const char *name;
	unsigned int flags;
} kinds[] = {
	{ "plain", 0 },
	{ "gaps", MT_FLAGS_ALLOC_RANGE },
	{ "rcu", MT_FLAGS_USE_RCU },
	{ "gaps+rcu", MT_FLAGS_ALLOC_RANGE | MT_FLAGS_USE_RCU },
};

/* The first node freed under RCU starts what frees nodes, which needs memory of its own. */
static void start_reader(void)
{
	struct maple_node *node = maple_node_alloc(GFP_KERNEL);

	rcu_register_thread();
	maple_tree_init();
	if (node)
		maple_node_free_rcu(node);
	rcu_barrier();
}

static void end_reader(void)
{
	rcu_barrier();
	rcu_unregister_thread();
}

int run_tree_tests(const char *group, const struct tree_test *tests, size_t nr)
{
	struct CMUnitTest *units = calloc(nr * ARRAY_LEN(kinds), sizeof(*units));
	char (*names)[120] = calloc(nr * ARRAY_LEN(kinds), sizeof(*names));
	size_t n = 0;
	int failed;

	for (size_t i = 0; i < nr; i++) {
		if (tests[i].own_tree) {
			units[n++] = (struct CMUnitTest){ tests[i].name, tests[i].run, NULL, NULL, NULL };
			continue;
		}
		for (size_t k = 0; k < ARRAY_LEN(kinds); k++, n++) {
			snprintf(names[n], sizeof(*names), "%s/%s", tests[i].name, kinds[k].name);
			units[n] = (struct CMUnitTest){ names[n], tests[i].run, make_tree, drop_tree,
							(void *)(unsigned long)kinds[k].flags };
		}
	}
	failed = run_apart(group, units, n, start_reader, end_reader);
	free(names);
	free(units);
	return failed;
}
