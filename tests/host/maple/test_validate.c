/* SPDX-License-Identifier: MIT */
/*
 * Is the checker checked? White-box: for every check in mt_validate() a sound tree gets just the damage
 * that this check is for, in a child process, and mt_validate() must abort with the word that the check
 * prints. (Readers of the tree's own sources only need this file's list to see what is checked.)
 *
 *	root	  [ . . . . ]
 *	middle	  [ . . . ] [ . . . ] ...
 *	leaves	  [ A . B C ] [ D . E ] ...		400 ranges, some free stretches
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/maple/maple_internal.h"
#include "tests/host/maple/maple_test.h"

/* The node whose damage is wanted: some way down from the root. */
struct place {
	struct maple_tree *mt;
	struct maple_node *root, *middle, *leaf, *next_leaf;
	enum maple_type inner;		/* type of root and middle */
	unsigned int leaf_count;	/* slots in use in leaf */
	unsigned long leaf_max;
};

static void *child(struct maple_node *node, enum maple_type type, unsigned int i)
{
	return ma_slots(node, type)[i];
}

/* Slots in use of a leaf that ends at @max. */
static unsigned int used_slots(const struct maple_node *leaf, unsigned long max)
{
	unsigned int i = 0;

	while (i < RANGE_PIVOTS && leaf->r.pivot[i] != max)
		i++;
	return i + 1;
}

/* The second leaf of the first middle node: it has neighbours on both sides. */
static struct place find_place(struct maple_tree *mt)
{
	struct place p = { .mt = mt };
	void *enode = mt->ma_root;

	p.inner = mte_type(enode);
	p.root = mte_node(enode);
	enode = child(p.root, p.inner, 0);
	assert_false(mte_is_leaf(enode));
	p.middle = mte_node(enode);
	p.leaf = mte_node(child(p.middle, p.inner, 1));
	p.next_leaf = mte_node(child(p.middle, p.inner, 2));
	p.leaf_max = ma_pivots(p.middle)[1];
	p.leaf_count = used_slots(p.leaf, p.leaf_max);
	return p;
}

/* Three levels. In the leaf a few slots become one, so that it has room at its end. */
static struct place build(struct maple_tree *mt)
{
	struct place p;

	for (unsigned long i = 0; i < 400; i++)
		assert_int_equal(mtree_store_range(mt, i * 10 + 5, i * 10 + (i % 3 ? 14 : 11), ENTRY(i),
						   GFP_KERNEL), 0);
	p = find_place(mt);
	assert_int_equal(mtree_store_range(mt, p.leaf->r.pivot[0] + 1, p.leaf->r.pivot[4], ENTRY(7),
					   GFP_KERNEL), 0);
	mt_validate(mt);
	p = find_place(mt);
	assert_in_range(p.leaf_count, 6, RANGE_SLOTS - 2);
	assert_true(ma_children(p.root, p.inner) < mt_slots(p.inner));
	return p;
}

/* A free slot of the leaf, not at its ends. */
static unsigned int free_slot(const struct place *p)
{
	for (unsigned int i = 1; i + 1 < p->leaf_count; i++)
		if (!p->leaf->r.slot[i])
			return i;
	fail_msg("the leaf has no free slot");
	return 0;
}

static void damage_nothing(struct place *p)
{
	(void)p;
}

static void damage_pivots_equal(struct place *p)
{
	p->leaf->r.pivot[1] = p->leaf->r.pivot[2];
}

static void damage_pivots_descend(struct place *p)
{
	p->leaf->r.pivot[1] = p->leaf->r.pivot[0] - 1;
}

static void damage_pivot_below_node(struct place *p)
{
	p->leaf->r.pivot[0] = ma_pivots(p->middle)[0];
}

static void damage_pivot_above_node(struct place *p)
{
	p->leaf->r.pivot[p->leaf_count - 2] = p->leaf_max + 3;
}

static void damage_inner_pivots_descend(struct place *p)
{
	ma_pivots(p->middle)[1] = ma_pivots(p->middle)[0] - 1;
}

static void damage_parent_slot(struct place *p)
{
	p->leaf->any.parent = ma_parent_word(p->middle, p->inner, 2);
}

static void damage_parent_node(struct place *p)
{
	p->leaf->any.parent = ma_parent_word(p->root, p->inner, 1);
}

static void damage_parent_type(struct place *p)
{
	p->leaf->any.parent ^= 0x80;
}

static void damage_middle_parent(struct place *p)
{
	p->middle->any.parent = ma_parent_word(p->root, p->inner, 1);
}

static void damage_root_parent(struct place *p)
{
	p->root->any.parent = (uintptr_t)&p->root | MA_PARENT_ROOT;
}

static void damage_dead_leaf(struct place *p)
{
	p->leaf->any.parent = (uintptr_t)p->leaf;
}

static void damage_dead_middle(struct place *p)
{
	p->middle->any.parent = (uintptr_t)p->middle;
}

static void damage_two_empty_slots(struct place *p)
{
	p->leaf->r.slot[free_slot(p) + 1] = NULL;
}

static void damage_empty_slot_at_leaf_end(struct place *p)
{
	p->leaf->r.slot[p->leaf_count - 1] = NULL;
}

/* NULL at the end of one leaf and at the start of the next: one stretch in two places. */
static void damage_empty_slots_across_leaves(struct place *p)
{
	p->leaf->r.slot[p->leaf_count - 1] = NULL;
	p->next_leaf->r.slot[0] = NULL;
}

static void damage_sparse_leaf(struct place *p)
{
	p->leaf->r.slot[0] = ENTRY(7);
	p->leaf->r.pivot[0] = p->leaf_max;
	for (unsigned int i = 1; i < RANGE_SLOTS; i++) {
		p->leaf->r.slot[i] = NULL;
		if (i < RANGE_PIVOTS)
			p->leaf->r.pivot[i] = p->leaf_max;
	}
	/* Keep the gap above right, so that only the occupancy is wrong. */
	if (p->inner == maple_arange_64)
		ma_update_gap(p->leaf, 0);
}

static void damage_slot_behind_end(struct place *p)
{
	p->leaf->r.slot[p->leaf_count] = ENTRY(9);
}

static void damage_pivot_behind_end(struct place *p)
{
	p->leaf->r.pivot[RANGE_PIVOTS - 1] = p->leaf_max - 1;
}

static void damage_last_inner_pivot(struct place *p)
{
	unsigned int n = ma_children(p->middle, p->inner);

	ma_pivots(p->middle)[n - 1] -= 1;
}

static void damage_null_child(struct place *p)
{
	ma_slots(p->middle, p->inner)[1] = NULL;
}

static void damage_child_is_an_entry(struct place *p)
{
	ma_slots(p->middle, p->inner)[1] = ENTRY(3);
}

static void damage_leaf_too_high(struct place *p)
{
	p->leaf->any.parent = ma_parent_word(p->root, p->inner, 0);
	p->leaf->r.pivot[p->leaf_count - 1] = ma_pivots(p->root)[0];
	for (unsigned int i = p->leaf_count - 1; i < RANGE_PIVOTS; i++)
		p->leaf->r.pivot[i] = ma_pivots(p->root)[0];
	ma_slots(p->root, p->inner)[0] = mt_enode(p->leaf, maple_leaf_64);
}

static void damage_inner_type(struct place *p)
{
	enum maple_type other = p->inner == maple_arange_64 ? maple_range_64 : maple_arange_64;

	ma_slots(p->root, p->inner)[0] = mt_enode(p->middle, other);
}

static void damage_gap_too_large(struct place *p)
{
	p->middle->a.gap[1] += 1;
}

static void damage_gap_too_small(struct place *p)
{
	p->middle->a.gap[1] -= 1;
}

static void damage_gap_of_root(struct place *p)
{
	p->root->a.gap[0] += 1000;
}

static void damage_gap_behind_end(struct place *p)
{
	p->root->a.gap[ma_children(p->root, p->inner)] = 5;
}

static const struct {
	const char *name;
	void (*damage)(struct place *p);
	bool gaps_only;
} cases[] = {
	{ "pivots equal", damage_pivots_equal, false },
	{ "pivots descend", damage_pivots_descend, false },
	{ "pivot below node", damage_pivot_below_node, false },
	{ "pivot above node", damage_pivot_above_node, false },
	{ "inner pivots descend", damage_inner_pivots_descend, false },
	{ "parent slot", damage_parent_slot, false },
	{ "parent node", damage_parent_node, false },
	{ "parent type", damage_parent_type, false },
	{ "parent of a middle node", damage_middle_parent, false },
	{ "parent of the root", damage_root_parent, false },
	{ "dead leaf", damage_dead_leaf, false },
	{ "dead middle node", damage_dead_middle, false },
	{ "two empty slots", damage_two_empty_slots, false },
	{ "empty slot at a leaf's end", damage_empty_slot_at_leaf_end, false },
	{ "empty slots across leaves", damage_empty_slots_across_leaves, false },
	{ "sparse leaf", damage_sparse_leaf, false },
	{ "slot behind the end", damage_slot_behind_end, false },
	{ "pivot behind the end", damage_pivot_behind_end, false },
	{ "last pivot of an inner node", damage_last_inner_pivot, false },
	{ "null child", damage_null_child, false },
	{ "entry instead of a child", damage_child_is_an_entry, false },
	{ "leaf too high", damage_leaf_too_high, false },
	{ "type of an inner node", damage_inner_type, false },
	{ "gap too large", damage_gap_too_large, true },
	{ "gap too small", damage_gap_too_small, true },
	{ "gap of the root", damage_gap_of_root, true },
	{ "gap behind the end", damage_gap_behind_end, true },
};

/* Only in a build for coverage: what the child executed counts too. */
extern void __gcov_dump(void) __attribute__((weak));

static void on_abort(int signal_nr)
{
	(void)signal_nr;
	if (__gcov_dump)
		__gcov_dump();
}

/* How mt_validate() ends on a tree with this damage: the signal that stopped it, or 0. */
static int validate_damaged(struct maple_tree *mt, void (*damage)(struct place *p))
{
	struct place p = build(mt);
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		signal(SIGABRT, on_abort);	/* returns; abort() then ends the process */
		signal(SIGSEGV, SIG_DFL);	/* else cmocka goes on with its tests in here */
		if (!freopen("/dev/null", "w", stderr) || !freopen("/dev/null", "w", stdout))
			_exit(2);
		damage(&p);
		mt_validate(mt);
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static void test_validate_accepts_the_sound_tree(void **state)
{
	assert_int_equal(validate_damaged(*state, damage_nothing), 0);
}

static void test_validate_aborts_on_each_damage(void **state)
{
	struct maple_tree *mt = *state;

	int unseen = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (cases[i].gaps_only && !(tree_flags() & MT_FLAGS_ALLOC_RANGE))
			continue;
		if (validate_damaged(mt, cases[i].damage) != SIGABRT) {
			print_error("mt_validate() does not see: %s\n", cases[i].name);
			unseen++;
		}
		mtree_destroy(mt);
	}
	assert_int_equal(unseen, 0);
}

int main(void)
{
	static const struct tree_test tests[] = {
		TREE_TEST(test_validate_accepts_the_sound_tree),
		TREE_TEST(test_validate_aborts_on_each_damage),
	};

	return RUN_TREE_TESTS("maple validation", tests);
}
