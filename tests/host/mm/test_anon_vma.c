/* SPDX-License-Identifier: MIT */
/*
 * The anon_vma hierarchy over fork trees of every shape up to six processes, ending in every order
 * (for six: a sample), with VMAs split and merged in between. After each step num_children and
 * num_active_vmas must be what a recount over all chains finds, and no anon_vma may be left over.
 *
 *	shape[] = { -, 0, 0, 1 }	0 forks 1 and 2, then 1 forks 3
 */
#include "kernel/mm/internal.h"
#include "kernel/mm/reclaim/rmap_walk.h"
#include "kernel/mm/reclaim/swap.h"
#include "tests/host/mm/mm_test.h"

#define MAX_PROCS	6
#define MAX_ANON_VMAS	256
#define CHAIN_DEPTH	10000

/* ---- the recount ---- */

static struct {
	struct anon_vma *anon_vma;
	unsigned long children, active;
} found[MAX_ANON_VMAS];
static unsigned int nr_found;

static unsigned int find(struct anon_vma *anon_vma)
{
	unsigned int i = 0;

	while (i < nr_found && found[i].anon_vma != anon_vma)
		i++;
	if (i == nr_found) {
		assert_true(nr_found < MAX_ANON_VMAS);
		found[nr_found++].anon_vma = anon_vma;
	}
	return i;
}

static void count_vma(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;

	if (vma->anon_vma)
		found[find(vma->anon_vma)].active++;
	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma)
		find(avc->anon_vma);
}

/* All of @mms[0..n); NULL: has ended. */
static void recount(struct mm_struct *const *mms, unsigned int n)
{
	unsigned long anon_vmas, chains;
	struct vm_area_struct *vma;

	memset(found, 0, sizeof(found));
	nr_found = 0;
	for (unsigned int i = 0; i < n; i++) {
		if (!mms[i])
			continue;
		VMA_ITERATOR(vmi, mms[i], 0);
		for_each_vma(vmi, vma)
			count_vma(vma);
	}
	for (unsigned int i = 0; i < nr_found; i++)	/* a root is its own child */
		found[find(found[i].anon_vma->parent)].children++;
	for (unsigned int i = 0; i < nr_found; i++) {
		assert_eq(found[i].anon_vma->num_children, found[i].children);
		assert_eq(found[i].anon_vma->num_active_vmas, found[i].active);
	}
	anon_vma_counts(&anon_vmas, &chains);
	assert_eq(anon_vmas, nr_found);
}

/* ---- fork trees ---- */

struct tree {
	unsigned int n;
	unsigned int parent[MAX_PROCS];		/* parent[i] < i */
	struct mm_struct *mm[MAX_PROCS];
	unsigned int step;
};

/* Page 0 is everybody's common heritage, page 1 + i was written by process i. */
static u64 value_of(unsigned int proc)
{
	return 1000 + proc;
}

/* Cut page 3 out of the VMA, or let it merge back. */
static void split_or_merge(struct tree *t, struct mm_struct *mm)
{
	static const int advice[] = { MADV_SEQUENTIAL, MADV_NORMAL };

	assert_eq(mm_madvise(mm, AT(3), PAGE_SIZE, advice[t->step++ % 2]), 0);
}

static void start_process(struct tree *t, unsigned int i)
{
	if (i == 0) {
		t->mm[0] = test_mm();
		map_pages(t->mm[0], 0, MAX_PROCS + 1, RW);
		store(t->mm[0], 0, 77);
	} else {
		split_or_merge(t, t->mm[t->parent[i]]);
		t->mm[i] = test_fork(t->mm[t->parent[i]]);
	}
	recount(t->mm, i + 1);
	store(t->mm[i], 1 + i, value_of(i));
	split_or_merge(t, t->mm[i]);
	recount(t->mm, i + 1);
}

/* Is @old an ancestor of @i, or @i itself? */
static bool descends(const struct tree *t, unsigned int i, unsigned int old)
{
	while (i > old)
		i = t->parent[i];
	return i == old;
}

/* @i sees what it and its ancestors wrote before it came to be. */
static void check_contents(const struct tree *t, unsigned int i)
{
	assert_eq(load(t->mm[i], 0), 77);
	for (unsigned int j = 0; j < t->n; j++)
		assert_eq(load(t->mm[i], 1 + j), descends(t, i, j) ? value_of(j) : 0);
}

static void run_tree(struct tree *t, const unsigned int *exit_order)
{
	t->step = 0;
	for (unsigned int i = 0; i < t->n; i++)
		start_process(t, i);
	for (unsigned int i = 0; i < t->n; i++) {
		unsigned int who = exit_order[i];

		check_contents(t, who);
		test_mm_exit(t->mm[who]);
		t->mm[who] = NULL;
		recount(t->mm, t->n);
	}
}

/* The next permutation of @order[0..n) in lexical order; false after the last. */
static bool next_order(unsigned int *order, unsigned int n)
{
	unsigned int i = n - 1, j = n - 1;

	while (i > 0 && order[i - 1] > order[i])
		i--;
	if (i == 0)
		return false;
	while (order[j] < order[i - 1])
		j--;
	unsigned int swap = order[i - 1];
	order[i - 1] = order[j];
	order[j] = swap;
	for (j = n - 1; i < j; i++, j--) {
		swap = order[i];
		order[i] = order[j];
		order[j] = swap;
	}
	return true;
}

/* The next shape: count up in the number system whose i-th digit runs over 0..i-1. */
static bool next_shape(struct tree *t)
{
	for (unsigned int i = t->n - 1; i > 0; i--) {
		if (++t->parent[i] < i)
			return true;
		t->parent[i] = 0;
	}
	return false;
}

/* Every shape of @n processes with every @stride-th order of exit. Returns how many were run. */
static unsigned long run_all(unsigned int n, unsigned int stride)
{
	struct tree t = { .n = n };
	unsigned long runs = 0, skipped = 0;

	do {
		unsigned int order[MAX_PROCS] = { 0, 1, 2, 3, 4, 5 };

		do {
			if (skipped++ % stride)
				continue;
			run_tree(&t, order);
			runs++;
		} while (next_order(order, n));
	} while (next_shape(&t));
	return runs;
}

static void test_every_tree_of_up_to_four_in_every_order(void **state)
{
	(void)state;
	assert_eq(run_all(1, 1), 1);
	assert_eq(run_all(2, 1), 2);
	assert_eq(run_all(3, 1), 2 * 6);
	assert_eq(run_all(4, 1), 6 * 24);
}

static void test_every_tree_of_five_in_every_order(void **state)
{
	(void)state;
	assert_eq(run_all(5, 1), 24 * 120);
}

static void test_every_tree_of_six_in_some_orders(void **state)
{
	(void)state;
	assert_true(run_all(6, 97) > 800);
}

/* ---- a process that forks and exits, for ever ---- */

static void test_a_chain_of_forks_reuses_anon_vmas(void **state)
{
	struct mm_struct *mm = test_mm(), *child;
	unsigned long anon_vmas, chains, most = 0;

	(void)state;
	map_pages(mm, 0, 2, RW);
	store(mm, 0, 1);
	for (unsigned int i = 0; i < CHAIN_DEPTH; i++) {
		child = test_fork(mm);
		anon_vma_counts(&anon_vmas, &chains);
		most = max(most, anon_vmas);
		assert_true(anon_vmas <= 2 * vm_area_count());	/* parent's and child's */
		test_mm_exit(mm);
		mm = child;
		store(mm, 1, i);
	}
	assert_eq(load(mm, 0), 1);
	assert_eq(most, 3);		/* the root's, and two that take turns */
	test_mm_exit(mm);
}

/* The same with the parents alive for one more generation: three processes at a time. */
static void test_a_chain_with_late_exits_stays_bounded(void **state)
{
	struct mm_struct *mm[3] = { test_mm(), NULL, NULL };
	unsigned long anon_vmas, chains;

	(void)state;
	map_pages(mm[0], 0, 2, RW);
	store(mm[0], 0, 1);
	for (unsigned int i = 0; i < 1000; i++) {
		if (mm[2])
			test_mm_exit(mm[2]);
		mm[2] = mm[1];
		mm[1] = mm[0];
		mm[0] = test_fork(mm[1]);
		store(mm[0], 1, i);
		anon_vma_counts(&anon_vmas, &chains);
		assert_true(anon_vmas <= 2 * vm_area_count());
	}
	for (unsigned int i = 0; i < 3; i++)
		test_mm_exit(mm[i]);
}

/* Depth three: the grandchild's chains stand in the order of its own, the parent's, the root's. */
static void test_clones_keep_the_order_newest_first(void **state)
{
	struct mm_struct *mm[3] = { test_mm(), NULL, NULL };
	struct anon_vma_chain *avc;
	unsigned int depth = 3;

	(void)state;
	map_pages(mm[0], 0, 4, RW);
	for (unsigned int i = 0; i < 3; i++) {
		if (i)
			mm[i] = test_fork(mm[i - 1]);
		store(mm[i], 0, i);
	}
	assert_eq(mm_madvise(mm[2], AT(2), PAGE_SIZE, MADV_SEQUENTIAL), 0);	/* a clone for the split */
	list_for_each_entry(avc, &vma_of(mm[2], 2)->anon_vma_chain, same_vma)
		assert_ptr_equal(avc->anon_vma, vma_of(mm[--depth], 0)->anon_vma);
	assert_eq(depth, 0);
	for (unsigned int i = 0; i < 3; i++)
		test_mm_exit(mm[i]);
}

static bool visit(struct page *page, struct vm_area_struct *vma, unsigned long addr, void *arg)
{
	(void)page, (void)vma, (void)addr, (void)arg;
	return true;
}

/* How many VMAs a walk from page @page of @mm visits. */
static unsigned int walk_from(struct mm_struct *mm, unsigned int page)
{
	struct rmap_walk walk = { .one = visit };

	lock_page(page_of(mm, page));
	assert_true(rmap_walk(page_of(mm, page), &walk));
	unlock_page(page_of(mm, page));
	return walk.visited;
}

/*
 * An anon_vma that lost its VMA but has two children stays theirs:
 *
 *	A -- B (ends) -- C -- E		E's own pages would else be looked for in C and D,
 *	              \- D			and in all that they ever fork
 */
static void test_an_anon_vma_with_two_children_is_not_reused(void **state)
{
	struct mm_struct *a = test_mm(), *b, *c, *d, *e;

	(void)state;
	map_pages(a, 0, 2, RW);
	store(a, 0, 1);
	b = test_fork(a);
	store(b, 0, 2);
	c = test_fork(b);
	d = test_fork(b);
	test_mm_exit(b);
	e = test_fork(c);
	store(e, 1, 5);
	assert_eq(walk_from(e, 1), 1);
	assert_eq(load(c, 1) + load(d, 1), 0);
	test_mm_exit(a);
	test_mm_exit(c);
	test_mm_exit(d);
	test_mm_exit(e);
}

/* The last owner of a page that was shared writes to it: from now on it is looked for in his VMA only. */
static void test_a_page_taken_over_leaves_the_family(void **state)
{
	struct mm_struct *a = test_mm(), *b, *c;

	(void)state;
	map_pages(a, 0, 2, RW);
	store(a, 0, 1);
	b = test_fork(a);
	c = test_fork(a);
	assert_eq(walk_from(b, 0), 3);
	store(a, 0, 2);
	assert_eq(mm_munmap(c, AT(0), PAGE_SIZE), 0);
	assert_eq(walk_from(b, 0), 2);
	store(b, 0, 3);
	assert_eq(walk_from(b, 0), 1);
	test_mm_exit(a);
	test_mm_exit(b);
	test_mm_exit(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		mm_unit_test(test_every_tree_of_up_to_four_in_every_order),
		mm_unit_test(test_every_tree_of_five_in_every_order),
		mm_unit_test(test_every_tree_of_six_in_some_orders),
		mm_unit_test(test_a_chain_of_forks_reuses_anon_vmas),
		mm_unit_test(test_a_chain_with_late_exits_stays_bounded),
		mm_unit_test(test_clones_keep_the_order_newest_first),
		mm_unit_test(test_an_anon_vma_with_two_children_is_not_reused),
		mm_unit_test(test_a_page_taken_over_leaves_the_family),
	};

	sim_boot();
	return RUN_APART("anon vma", tests);
}
