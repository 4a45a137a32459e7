/* SPDX-License-Identifier: MIT */
/*
 * RCU stress of one place: a reader steps from leaf to leaf while their parent is replaced.
 *
 *	stress_wide [--seconds N] [--readers N] [--seed N]
 *
 *	root   [ 0 | 1 | 2 ...        13 | 14 | 15 ]	a tree without gap tracking, all 16 children in use
 *	         ^---^ the writer moves    ^----^----^	readers step over these ends, forward and back
 *	               their border
 *
 * In such a node the 16 bytes of a dead node that belong to the port are slots 14 and 15. A reader which has loaded
 * the root from a leaf's parent word may find it dead, and these slots used otherwise: it must not follow them.
 * Here they point at a leaf that is in no tree (trap_free_rcu()), so what follows them returns its entry.
 * An entry says which keys it was stored for; a range that is not within these is an error too.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "lib/maple/maple_internal.h"
#include "tests/host/maple/model.h"

#define READERS		16
#define KEYS		512
#define TRAP_ENTRY	((void *)0x77777777UL)

static struct maple_tree tree;
static struct maple_node trap;
static unsigned long edge[3];		/* first keys of children 14, 15 and of the free rest of the keys */
static atomic_bool stop;

struct reader {
	pthread_t thread;
	unsigned long rng, steps;
};

struct waiting {
	struct rcu_head head;
	void *node;
};

static void free_waiting(struct rcu_head *head)
{
	struct waiting *w = (struct waiting *)head;

	free(w->node);
	free(w);
}

/* The port's maple_node_free_rcu(): the RCU head is elsewhere, and the node's last two words lead to the trap. */
void trap_free_rcu(void *node)
{
	struct waiting *w = malloc(sizeof(*w));
	void **word = (void **)((char *)node + MAPLE_NODE_RCU_OFFSET);

	if (!w)
		abort();
	ma_publish(&word[0], mt_enode(&trap, maple_leaf_64));
	ma_publish(&word[1], mt_enode(&trap, maple_leaf_64));
	w->node = node;
	call_rcu(&w->head, free_waiting);
}

/* A leaf that ends where child 14 does: else a step back would notice by that. */
static void trap_init(void)
{
	trap.any.parent = MA_PARENT_ROOT;
	for (unsigned int i = 0; i < RANGE_SLOTS; i++) {
		trap.r.slot[i] = TRAP_ENTRY;
		if (i < RANGE_PIVOTS)
			trap.r.pivot[i] = edge[1] - 1;
	}
}

/* The entry for [first,last], and whether it may be seen at [index,last] of the cursor: a store may have cut it. */
static void *entry_for(unsigned long first, unsigned long last)
{
	return (void *)(first << 17 | last << 1 | 1);
}

static bool entry_fits(void *entry, const struct ma_state *mas)
{
	unsigned long word = (unsigned long)entry;

	return word & 1 && mas->index <= mas->last && word >> 17 <= mas->index && mas->last <= (word >> 1 & 0xffff);
}

static void store(unsigned long first, unsigned long last)
{
	if (mtree_store_range(&tree, first, last, entry_for(first, last), GFP_KERNEL))
		abort();
}

static unsigned int root_children(void)
{
	return mt_height(&tree) == 2 ? ma_children(mte_node(tree.ma_root), mte_type(tree.ma_root)) : 0;
}

/* Sixteen leaves of single keys; the first two with four ranges of two keys each, so that they have room. */
static void build_tree(void)
{
	unsigned long key = 0;

	mt_init_flags(&tree, MT_FLAGS_USE_RCU);
	while (root_children() < RANGE_SLOTS && key < KEYS)
		store(key, key), key++;
	for (unsigned int i = 0; i < 4; i++) {
		store(2 * i, 2 * i + 1);
		store(16 + 2 * i, 17 + 2 * i);
	}
	for (unsigned int i = 0; i < 2; i++)
		edge[i] = mte_node(tree.ma_root)->r.pivot[13 + i] + 1;
	edge[2] = key;
}

/* Four stores after which the tree is as before; the two across the border of the first two leaves replace the root. */
static void write_round(void)
{
	void *root = tree.ma_root;

	store(15, 17);
	if (tree.ma_root == root || root_children() != RANGE_SLOTS) {
		printf("FAILED: the root was not replaced, or has %u children\n0 passed, 1 failed\n", root_children());
		abort();
	}
	store(16, 17);
	store(14, 15);
	store(15, 15);
}

static void failed(const char *call, const struct ma_state *mas, void *entry, unsigned long from)
{
	printf("FAILED: %s from %lu returned %p [%lu,%lu]%s\n0 passed, 1 failed\n", call, from, entry, mas->index,
	       mas->last, entry == TRAP_ENTRY ? ": followed a slot of a dead node" : "");
	fflush(stdout);
	abort();
}

/* A few steps across the end of child 13 or 14. */
static void cross(struct reader *r)
{
	bool back = rnd(&r->rng) % 2;
	unsigned long at = edge[rnd(&r->rng) % 2] + (back ? 1 : -2), from = at;
	MA_STATE(mas, &tree, at, at);
	void *entry;

	rcu_read_lock();
	entry = mas_walk(&mas);
	for (unsigned int n = 0; n < 4; n++, r->steps++) {
		if (!entry || !entry_fits(entry, &mas) || mas.index != at)
			failed(n ? back ? "mas_prev" : "mas_next" : "mas_walk", &mas, entry, from);
		from = at;
		at += back ? -1 : 1;
		entry = back ? mas_prev(&mas, 0) : mas_next(&mas, edge[2] - 1);
	}
	rcu_read_unlock();
}

static void *reader_main(void *arg)
{
	while (!atomic_load(&stop))
		cross(arg);
	return NULL;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	static struct reader readers[READERS];
	unsigned long seconds = 5, nr = 3, seed = 1, steps = 0, rounds = 0;
	double end;

	for (int i = 1; i + 1 < argc; i += 2) {
		unsigned long value = strtoul(argv[i + 1], NULL, 0);

		if (!strcmp(argv[i], "--seconds"))
			seconds = value;
		else if (!strcmp(argv[i], "--readers"))
			nr = value < READERS ? value : READERS;
		else if (!strcmp(argv[i], "--seed"))
			seed = value;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("maple tree, readers under a parent of %d children that is replaced, %lu s, seed %lu\n", RANGE_SLOTS,
	       seconds, seed);
	build_tree();
	trap_init();
	for (unsigned int i = 0; i < nr; i++) {
		readers[i].rng = rnd_seed(seed * 1000 + i + 1);
		pthread_create(&readers[i].thread, NULL, reader_main, &readers[i]);
	}
	for (end = now() + seconds; now() < end; rounds++)
		write_round();
	atomic_store(&stop, true);
	for (unsigned int i = 0; i < nr; i++) {
		pthread_join(readers[i].thread, NULL);
		steps += readers[i].steps;
	}
	mt_validate(&tree);
	mtree_destroy(&tree);
	rcu_barrier();
	printf("  %lu readers, %lu steps, the root replaced %lu times\n1 passed, 0 failed\n", nr, steps, 2 * rounds);
	return 0;
}
