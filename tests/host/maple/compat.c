/* SPDX-License-Identifier: MIT */
/*
 * A hosted program that knows nothing of this project: it uses the maple tree as users of the kernel's
 * do, each in its own style. compat.sh builds it against a copy of lib/maple, as the header tells.
 *
 *	an address space	external lock, gap search from the top, preallocated stores, fork by duplication
 *	a table of numbers	cyclic allocation, mt_for_each
 *	a register cache	values stored through void *, merging of neighbours, drop of a range
 *	interrupt numbers	bitmap-like search for free ones, erase, next and previous
 *	readers			200 threads that look while one writes
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "maple_tree.h"

static int passed, failed;

#define CHECK(cond) do { \
	if (cond) { \
		passed++; \
	} else { \
		failed++; \
		printf("compat.c:%d: not true: %s\n", __LINE__, #cond); \
	} \
} while (0)

/* An address space. */
struct area {
	unsigned long start, end;	/* [start, end) */
	int copied;
};

struct space {
	struct maple_tree mt;
	pthread_mutex_t lock;
	int count;
};

struct area_iterator {
	struct ma_state mas;
};

#define AREA_ITERATOR(name, space, addr) \
	struct area_iterator name = { .mas = { .tree = &(space)->mt, .index = addr, .node = NULL, \
					       .status = ma_start } }

static struct area *area_next(struct area_iterator *it)
{
	return mas_find(&it->mas, ULONG_MAX);
}

static void space_init(struct space *s)
{
	mt_init_flags(&s->mt, MT_FLAGS_ALLOC_RANGE | MT_FLAGS_LOCK_EXTERN | MT_FLAGS_USE_RCU);
	pthread_mutex_init(&s->lock, NULL);
	mt_set_external_lock(&s->mt, &s->lock);
	s->count = 0;
}

static struct area *space_map(struct space *s, unsigned long len, unsigned long top)
{
	MA_STATE(mas, &s->mt, 0, 0);
	struct area *a;

	if (mas_empty_area_rev(&mas, 4096, top - 1, len))
		return NULL;
	a = malloc(sizeof(*a));
	a->start = mas.index;
	a->end = mas.last + 1;
	a->copied = 0;
	if (mas_preallocate(&mas, a, GFP_KERNEL)) {
		free(a);
		return NULL;
	}
	mas_store_prealloc(&mas, a);
	s->count++;
	return a;
}

/* Cut everything out of [start, end), splitting at the ends as munmap does. */
static int space_unmap(struct space *s, unsigned long start, unsigned long end)
{
	MA_STATE(mas, &s->mt, start, start);
	struct area *a;

	for (a = mas_find(&mas, end - 1); a; a = mas_next(&mas, end - 1)) {
		struct area *rest;

		if (a->start < start) {
			rest = malloc(sizeof(*rest));
			*rest = (struct area){ start, a->end, 0 };
			a->end = start;
			mas_set_range(&mas, start, rest->end - 1);
			if (mas_store_gfp(&mas, rest, GFP_KERNEL))
				return -ENOMEM;
			s->count++;
			a = rest;
		}
		if (a->end > end) {
			rest = malloc(sizeof(*rest));
			*rest = (struct area){ end, a->end, 0 };
			a->end = end;
			mas_set_range(&mas, end, rest->end - 1);
			if (mas_store_gfp(&mas, rest, GFP_KERNEL))
				return -ENOMEM;
			s->count++;
			mas_set_range(&mas, a->start, a->end - 1);
			if (mas_store_gfp(&mas, a, GFP_KERNEL))
				return -ENOMEM;
		}
	}
	mas_set(&mas, start);
	mas_for_each(&mas, a, end - 1) {
		if (mas_store_gfp(&mas, NULL, GFP_KERNEL))
			return -ENOMEM;
		free(a);
		s->count--;
	}
	return 0;
}

static int space_fork(struct space *to, struct space *from)
{
	MA_STATE(mas, &to->mt, 0, 0);
	struct area *a;
	int err = __mt_dup(&from->mt, &to->mt, GFP_KERNEL);

	if (err)
		return err;
	mt_clear_in_rcu(&to->mt);
	mas_for_each(&mas, a, ULONG_MAX) {
		struct area *b = malloc(sizeof(*b));

		*b = *a;
		b->copied = 1;
		mas_store(&mas, b);
		to->count++;
	}
	mt_set_in_rcu(&to->mt);
	return 0;
}

static void space_drop(struct space *s)
{
	AREA_ITERATOR(it, s, 0);
	struct area *a;

	pthread_mutex_lock(&s->lock);
	while ((a = area_next(&it)))
		free(a);
	__mt_destroy(&s->mt);
	pthread_mutex_unlock(&s->lock);
}

static void test_address_space(void)
{
	const unsigned long top = 1UL << 30, page = 4096;
	struct space parent, child;
	struct area *a;

	space_init(&parent);
	space_init(&child);
	pthread_mutex_lock(&parent.lock);
	for (unsigned long i = 1; i <= 200; i++) {
		a = space_map(&parent, i % 7 * page + page, top);
		CHECK(a && a->end <= top);
	}
	CHECK(parent.count == 200);
	CHECK(space_map(&parent, top, top) == NULL);
	a = mtree_load(&parent.mt, top - 1);
	CHECK(a && a->end == top);
	CHECK(space_unmap(&parent, top - 300 * page, top - 100 * page) == 0);
	CHECK(mtree_load(&parent.mt, top - 300 * page) == NULL);
	CHECK(mtree_load(&parent.mt, top - 100 * page - 1) == NULL);
	CHECK(mtree_load(&parent.mt, top - 300 * page - 1) != NULL);
	CHECK(mtree_load(&parent.mt, top - 100 * page) != NULL);
	a = space_map(&parent, 150 * page, top);
	CHECK(a && a->end == top - 100 * page);
	CHECK(space_fork(&child, &parent) == 0);
	CHECK(child.count == parent.count);
	a = mtree_load(&child.mt, top - 1);
	CHECK(a && a->copied == 1);
	a = mtree_load(&parent.mt, top - 1);
	CHECK(a && a->copied == 0);
	CHECK(space_unmap(&parent, 0, top) == 0);
	CHECK(parent.count == 0 && mtree_empty(&parent.mt));
	pthread_mutex_unlock(&parent.lock);
	mt_validate(&child.mt);
	space_drop(&child);
	space_drop(&parent);
}

/* A table of numbers, as for processes or connections. */
static void test_number_table(void)
{
	struct maple_tree mt = MTREE_INIT(mt, MT_FLAGS_ALLOC_RANGE);
	static int objects[64];
	unsigned long id, next = 0, index = 0, seen = 0;
	int *p;

	for (int i = 0; i < 64; i++) {
		CHECK(mtree_alloc_cyclic(&mt, &id, &objects[i], 0, 63, &next, GFP_KERNEL) == 0);
		CHECK(id == (unsigned long)i);
	}
	CHECK(mtree_alloc_cyclic(&mt, &id, &objects[0], 0, 63, &next, GFP_KERNEL) == -EBUSY);
	CHECK(mtree_erase(&mt, 10) == &objects[10]);
	CHECK(mtree_alloc_cyclic(&mt, &id, &objects[10], 0, 63, &next, GFP_KERNEL) == 1 && id == 10);
	mt_for_each(&mt, p, index, ULONG_MAX)
		CHECK(p == &objects[seen++]);
	CHECK(seen == 64);
	mtree_destroy(&mt);
}

/* A register cache: neighbouring blocks become one, part of a block can be dropped. */
static int cache_write(struct maple_tree *mt, unsigned long reg, unsigned long *value)
{
	MA_STATE(mas, mt, reg, reg);
	unsigned long first = reg, last = reg, flags;
	void *below, *above;
	int err;

	rcu_read_lock();
	below = reg ? mtree_load(mt, reg - 1) : NULL;
	above = mtree_load(mt, reg + 1);
	if (below) {
		mas_set(&mas, reg - 1);
		mas_walk(&mas);
		first = mas.index;
	}
	if (above) {
		mas_set(&mas, reg + 1);
		mas_walk(&mas);
		last = mas.last;
	}
	rcu_read_unlock();
	mas_lock_irqsave(&mas, flags);
	CHECK(mt_lock_is_held(mt) && mt_write_lock_is_held(mt));
	mas_set_range(&mas, first, last);
	err = mas_store_gfp(&mas, value, GFP_KERNEL);
	mas_unlock_irqrestore(&mas, flags);
	return err;
}

static void test_register_cache(void)
{
	DEFINE_MTREE(mt);
	static unsigned long block;
	MA_STATE(mas, &mt, 0, 0);
	unsigned long blocks = 0;
	void *entry;

	for (unsigned long reg = 0; reg < 100; reg += 2)
		CHECK(cache_write(&mt, reg, &block) == 0);
	for (unsigned long reg = 1; reg < 99; reg += 2)
		CHECK(cache_write(&mt, reg, &block) == 0);
	rcu_read_lock();
	mas_for_each(&mas, entry, ULONG_MAX) {
		CHECK(mas.index == 0 && mas.last == 98);
		blocks++;
	}
	rcu_read_unlock();
	CHECK(blocks == 1);
	CHECK(mtree_store_range(&mt, 20, 29, NULL, GFP_KERNEL) == 0);
	mas_set(&mas, 25);
	rcu_read_lock();
	CHECK(mas_next(&mas, ULONG_MAX) == &block && mas.index == 30 && mas.last == 98);
	CHECK(mas_prev(&mas, 0) == &block && mas.index == 0 && mas.last == 19);
	CHECK(mas_prev(&mas, 0) == NULL);
	rcu_read_unlock();
	mtree_destroy(&mt);
}

/* Numbers handed out in runs, found again, given back. */
static void test_interrupt_numbers(void)
{
	static struct maple_tree mt = MTREE_INIT_EXT(mt, MT_FLAGS_ALLOC_RANGE | MT_FLAGS_LOCK_EXTERN, lock);
	static int desc[32];
	unsigned long at;

	CHECK(mtree_alloc_range(&mt, &at, &desc[0], 4, 16, 1023, GFP_KERNEL) == 0 && at == 16);
	CHECK(mtree_alloc_range(&mt, &at, &desc[1], 8, 0, 1023, GFP_KERNEL) == 0 && at == 0);
	CHECK(mtree_alloc_rrange(&mt, &at, &desc[2], 8, 0, 1023, GFP_KERNEL) == 0 && at == 1016);
	CHECK(mtree_insert_range(&mt, 8, 15, &desc[3], GFP_KERNEL) == 0);
	CHECK(mtree_insert_range(&mt, 15, 16, &desc[4], GFP_KERNEL) == -EEXIST);
	CHECK(mt_next(&mt, 19, ULONG_MAX) == &desc[2]);
	CHECK(mt_prev(&mt, 1016, 0) == &desc[0]);
	CHECK(mtree_erase(&mt, 17) == &desc[0]);
	CHECK(mt_prev(&mt, 1016, 0) == &desc[3]);
	CHECK(mtree_alloc_range(&mt, &at, &desc[5], 1, 0, 1023, GFP_NOWAIT) == 0 && at == 16);
	mtree_destroy(&mt);
}

/* Two hundred readers at once; each stretch of ten keys always holds some one value. */
static struct maple_tree shared = MTREE_INIT(shared, MT_FLAGS_USE_RCU);
static atomic_int stop, bad;
static atomic_ulong looked;

static void *reader(void *arg)
{
	unsigned long key = (unsigned long)arg;

	rcu_register_thread();
	do {
		MA_STATE(mas, &shared, key % 1000, key % 1000);
		void *entry;

		rcu_read_lock();
		rcu_read_lock();	/* nested */
		entry = mas_walk(&mas);
		if (!entry || mas.index % 10 || mas.last != mas.index + 9)
			atomic_store(&bad, 1);
		rcu_read_unlock();
		if (!mtree_load(&shared, (key * 7) % 1000))
			atomic_store(&bad, 1);
		rcu_read_unlock();
		key += 37;
		atomic_fetch_add(&looked, 1);
	} while (!atomic_load(&stop));
	rcu_unregister_thread();
	return NULL;
}

static void test_two_hundred_readers(void)
{
	static pthread_t threads[200];
	static int values[100];

	for (unsigned long i = 0; i < 100; i++)
		CHECK(mtree_store_range(&shared, i * 10, i * 10 + 9, &values[i], GFP_KERNEL) == 0);
	for (unsigned long i = 0; i < 200; i++)
		CHECK(pthread_create(&threads[i], NULL, reader, (void *)(i * 13)) == 0);
	for (unsigned long i = 0; i < 20000; i++)
		mtree_store_range(&shared, i % 100 * 10, i % 100 * 10 + 9, &values[i * 7 % 100], GFP_KERNEL);
	atomic_store(&stop, 1);
	for (unsigned long i = 0; i < 200; i++)
		pthread_join(threads[i], NULL);
	CHECK(!atomic_load(&bad));
	CHECK(atomic_load(&looked) >= 200);
	mtree_destroy(&shared);
}

int main(void)
{
	rcu_register_thread();
	maple_tree_init();
	test_address_space();
	test_number_table();
	test_register_cache();
	test_interrupt_numbers();
	test_two_hundred_readers();
	mt_cache_shrink();
	rcu_barrier();
	rcu_unregister_thread();
	printf("%d passed, %d failed\n", passed, failed);
	return failed != 0;
}
