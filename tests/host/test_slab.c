/* SPDX-License-Identifier: MIT */
/*
 * Slab caches and kmalloc(): objects are apart, come back whole, and every check
 * finds the mistake it is for. Built twice, as in a kernel with checks and as in RELEASE.
 */
#include "tests/host/support/check.h"
#include "tests/host/support/run_apart.h"

#include "kernel/mm/frame/slab_internal.h"
#include "tests/host/support/world.h"

#define MIB	(1UL << 20)

static unsigned long frames_at_start;

static void start(void)
{
	world_set_cpu(0);
	world_start(32 * MIB);
	slab_init();
	kmem_cache_reap();
	drain_pcp_pages();
	frames_at_start = nr_free_pages();
}

/* Validate, give back what is free, and return how many frames the slabs still hold. */
static long frames_held(void)
{
	assert_eq(world_locks_held(), 0);
	slab_validate();
	kmem_cache_reap();
	slab_validate();
	page_alloc_validate();
	return (long)(frames_at_start - nr_free_pages());
}

/* Creating a cache may take a slab for its struct; what that costs is no leak. */
static struct kmem_cache *make_cache(const char *name, size_t size, size_t align,
				     unsigned int flags, void (*ctor)(void *))
{
	struct kmem_cache *cache = kmem_cache_create(name, size, align, flags, ctor);

	kmem_cache_reap();
	frames_at_start = nr_free_pages();
	return cache;
}

/* ---- objects ---- */

static void test_objects_are_aligned_apart_and_all_return(void **state)
{
	static const struct { size_t size, align; } kinds[] = {
		{ 1, 0 }, { 8, 8 }, { 24, 0 }, { 100, 4 }, { 120, 64 }, { 256, 256 }, { 1000, 16 },
		{ 2048, 0 }, { 4096, 4096 }, { 5000, 8 },
	};
	enum { N = 200 };
	unsigned char *objs[N];

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		size_t size = kinds[k].size;

		start();
		struct kmem_cache *cache = make_cache("objects", size, kinds[k].align, 0, NULL);

		for (int i = 0; i < N; i++) {
			assert_non_null(objs[i] = kmem_cache_alloc(cache, GFP_KERNEL));
			assert_true(IS_ALIGNED((uintptr_t)objs[i], max(kinds[k].align, 8UL)));
			memset(objs[i], i, size);
		}
		assert_eq(kmem_cache_inuse(cache), N);
		slab_validate();
		for (int i = 0; i < N; i++) {
			for (size_t at = 0; at < size; at++)
				assert_eq(objs[i][at], (unsigned char)i);
			kmem_cache_free(cache, objs[i]);
		}
		assert_eq(kmem_cache_inuse(cache), 0);
		assert_eq(frames_held(), 0);
	}
}

static void test_zeroed_objects_are_zero(void **state)
{
	(void)state;
	start();
	for (size_t size = 1; size < 9000; size = size * 3 + 1) {
		unsigned char *p = kmalloc(size, GFP_KERNEL);

		memset(p, 0xff, size);
		kfree(p);
		p = kzalloc(size, GFP_KERNEL);
		for (size_t i = 0; i < size; i++)
			assert_eq(p[i], 0);
		kfree(p);
	}
	assert_eq(frames_held(), 0);
}

static void test_random_traffic_on_all_harts_loses_nothing(void **state)
{
	enum { LIVE = 500 };
	struct {
		unsigned char *p;
		size_t size;
		unsigned char fill;
	} live[LIVE] = { 0 };
	unsigned long rnd = 4711;

	(void)state;
	start();
	for (int step = 0; step < 60000; step++) {
		unsigned long i = test_random(&rnd) % LIVE;

		world_set_cpu(test_random(&rnd) % NR_CPUS);
		if (live[i].p) {
			assert_eq(live[i].p[0], live[i].fill);
			assert_eq(live[i].p[live[i].size - 1], live[i].fill);
			kfree(live[i].p);
			live[i].p = NULL;
			continue;
		}
		live[i].size = 1 + test_random(&rnd) % (step % 50 ? 600 : 20000);
		live[i].fill = (unsigned char)step;
		assert_non_null(live[i].p = kmalloc(live[i].size, GFP_KERNEL));
		memset(live[i].p, step, live[i].size);
		if (step % 3000 == 0)
			slab_validate();
		if (step % 7000 == 0)
			kmem_cache_reap();
	}
	for (int i = 0; i < LIVE; i++)
		kfree(live[i].p);
	assert_eq(frames_held(), 0);
}

static void test_bulk_gives_all_or_none(void **state)
{
	enum { N = 50 };
	void *objs[N];
	struct page *held[8192];
	int n = 0;

	(void)state;
	start();
	struct kmem_cache *cache = make_cache("bulk", 256, 256, 0, NULL);

	assert_true(kmem_cache_alloc_bulk(cache, GFP_KERNEL, N, objs));
	assert_eq(kmem_cache_inuse(cache), N);
	for (int i = 0; i < N; i++) {
		memset(objs[i], i, 256);
		assert_true(IS_ALIGNED((uintptr_t)objs[i], 256));
	}
	for (int i = 0; i < N; i++)
		kmem_cache_free(cache, objs[i]);
	assert_eq(frames_held(), 0);

	while ((held[n] = alloc_page(GFP_KERNEL)))	/* all but one frame are gone */
		n++;
	put_page(held[--n]);
	assert_false(kmem_cache_alloc_bulk(cache, GFP_KERNEL, N, objs));
	assert_eq(kmem_cache_inuse(cache), 0);
	slab_validate();
	while (n > 0)
		put_page(held[--n]);
	assert_eq(frames_held(), 0);
}

static void test_exhaustion_returns_null_and_recovers(void **state)
{
	void *first = NULL, **p;
	unsigned long n = 0;

	(void)state;
	start();
	while ((p = kmalloc(1024, GFP_KERNEL))) {	/* chained through themselves */
		*p = first;
		first = p;
		n++;
	}
	assert_true(n > 32 * MIB / 1024 / 2);
	assert_null(kmalloc(1024, GFP_KERNEL));
	while (first) {
		void *next = *(void **)first;

		kfree(first);
		first = next;
	}
	assert_eq(frames_held(), 0);
}

static void test_odd_sizes_of_kmalloc(void **state)
{
	(void)state;
	start();
	kfree(NULL);
	kfree(kmalloc(0, GFP_KERNEL));
	assert_null(kmalloc((4UL << 20) + 1, GFP_KERNEL));
	assert_null(kmalloc(~0UL, GFP_KERNEL));

	void *block = kmalloc(4UL << 20, GFP_KERNEL);

	assert_non_null(block);
	assert_true(IS_ALIGNED((uintptr_t)block, 4UL << 20));
	kfree(block);
	assert_eq(frames_held(), 0);
}

static void test_fast_path_takes_no_cache_lock(void **state)
{
	(void)state;
	start();
	struct kmem_cache *cache = make_cache("fast", 64, 0, 0, NULL);

	kmem_cache_free(cache, kmem_cache_alloc(cache, GFP_KERNEL));
	spin_lock(&cache->lock);
	for (int i = 0; i < 1000; i++)
		kmem_cache_free(cache, kmem_cache_alloc(cache, GFP_KERNEL));
	spin_unlock(&cache->lock);
	assert_eq(frames_held(), 0);
}

/* ---- constructors and type-safe caches ---- */

static int constructed;

static void count_ctor(void *obj)
{
	((unsigned long *)obj)[0] = 0xc0ffee;
	((unsigned long *)obj)[1] = 1;
	constructed++;
}

static void test_constructor_runs_once_per_slot(void **state)
{
	unsigned long *obj;

	(void)state;
	start();
	constructed = 0;
	struct kmem_cache *cache = make_cache("built", 40, 0, 0, count_ctor);

	obj = kmem_cache_alloc(cache, GFP_KERNEL);
	int once = constructed;

	assert_eq(once, cache->per_slab);
	for (int i = 0; i < 100; i++) {
		assert_eq(obj[0], 0xc0ffee);
		assert_eq(obj[1], 1 + i);
		obj[1]++;			/* what the owner leaves is what the next one finds */
		kmem_cache_free(cache, obj);
		obj = kmem_cache_alloc(cache, GFP_KERNEL);
	}
	assert_eq(constructed, once);
	kmem_cache_free(cache, obj);
	assert_eq(frames_held(), 0);
}

static void test_typesafe_objects_keep_their_contents_and_pages(void **state)
{
	enum { N = 300 };
	unsigned long *objs[N];
	struct slab_info info;
	int i;

	(void)state;
	start();
	struct kmem_cache *cache = make_cache("typesafe", 64, 0, SLAB_TYPESAFE_BY_RCU, NULL);

	for (i = 0; i < N; i++) {
		objs[i] = kmem_cache_alloc(cache, GFP_KERNEL);
		for (int w = 0; w < 8; w++)
			objs[i][w] = (unsigned long)(i * 8 + w);
	}
	for (i = 0; i < N; i++)
		kmem_cache_free(cache, objs[i]);
	assert_true(frames_held() > 0);		/* reaped, and yet its frames stay */
	for (i = 0; i < N; i++)			/* a late reader still sees the object */
		for (int w = 0; w < 8; w++)
			assert_eq(objs[i][w], i * 8 + w);
	for (i = 0; slab_info_get(i, &info); i++)
		if (strcmp(info.name, "typesafe") == 0)
			break;
	assert_eq(info.in_use, 0);
	assert_eq(info.pages, frames_held());
}

static void test_slab_info_lists_caches_in_order(void **state)
{
	struct slab_info info;
	int i = 0;

	(void)state;
	start();
	struct kmem_cache *cache = make_cache("a name that is far too long for it", 48, 0, 0, NULL);
	void *obj = kmem_cache_alloc(cache, GFP_KERNEL);

	assert_true(slab_info_get(i++, &info));
	assert_string_equal(info.name, "kmem_cache");
	while (slab_info_get(i, &info))
		i++;
	assert_true(slab_info_get(i - 1, &info));
	assert_string_equal(info.name, "a name that is far too ");
	assert_eq(info.object_size, 48);
	assert_eq(info.in_use, 1);
	assert_eq(info.pages, 1);
	assert_eq(info.total, cache->per_slab);
	kmem_cache_free(cache, obj);
}

/* ---- failure injection ---- */

static void test_an_injected_failure_hits_the_nth_object_whatever_is_cached(void **state)
{
	enum { N = 100 };
	void *objs[N];

	(void)state;
	start();
	struct kmem_cache *cache = make_cache("inject", 200, 0, 0, NULL);

	for (int round = 0; round < 2; round++) {	/* with empty and with warm magazines */
		fail_alloc_set(77);
		for (int i = 0; i < N; i++)
			objs[i] = kmem_cache_alloc(cache, GFP_KERNEL);
		for (int i = 0; i < N; i++)
			assert_eq(objs[i] == NULL, i == 76);
		for (int i = 0; i < N; i++)
			if (objs[i])
				kmem_cache_free(cache, objs[i]);
	}
	fail_alloc_set(1);
	assert_non_null(objs[0] = kmem_cache_alloc(cache, GFP_KERNEL | __GFP_NOFAIL_INJECT));
	assert_false(kmem_cache_alloc_bulk(cache, GFP_KERNEL, 3, objs + 1));
	fail_alloc_set(1);
	assert_null(kmalloc(10000, GFP_KERNEL));
	kmem_cache_free(cache, objs[0]);
	assert_eq(frames_held(), 0);
}

/* ---- the checks find what they are for ---- */

#ifndef RELEASE

static void test_fresh_and_freed_objects_are_filled(void **state)
{
	(void)state;
	start();
	unsigned char *p = kmalloc(100, GFP_KERNEL);

	for (int i = 0; i < 100; i++)
		assert_eq(p[i], 0x5a);
	kfree(p);
	for (int i = 0; i < 100; i++)
		assert_eq(p[i], 0x6b);
}

static void test_double_free_is_caught(void **state)
{
	(void)state;
	start();
	struct kmem_cache *cache = make_cache("twice", 72, 0, 0, NULL);
	void *a = kmem_cache_alloc(cache, GFP_KERNEL), *b = kmem_cache_alloc(cache, GFP_KERNEL);

	kmem_cache_free(cache, a);
	kmem_cache_free(cache, b);
	assert_panics("slab twice: double free", kmem_cache_free(cache, a));

	void *p = kmalloc(30, GFP_KERNEL);

	kfree(p);
	assert_panics("slab kmalloc-32: double free", kfree(p));
	p = kmalloc(9000, GFP_KERNEL);
	kfree(p);
	assert_panics("nothing that kmalloc", kfree(p));
}

static void test_writes_past_the_end_are_caught(void **state)
{
	(void)state;
	for (size_t past = 0; past < 8; past++) {
		start();
		struct kmem_cache *cache = make_cache("brim", 61, 0, 0, NULL);
		char *p = kmem_cache_alloc(cache, GFP_KERNEL);

		p[61 + past] = 0;
		assert_panics("slab brim: red zone overwritten", slab_validate());
		start();
		cache = make_cache("brim", 61, 0, 0, NULL);
		p = kmem_cache_alloc(cache, GFP_KERNEL);
		p[61 + past] = 0;
		assert_panics("slab brim: red zone overwritten", kmem_cache_free(cache, p));
	}
	start();
	struct kmem_cache *cache = make_cache("flood", 64, 0, 0, NULL);
	char *p = kmem_cache_alloc(cache, GFP_KERNEL);

	memset(p, 0, 64 + 24);
	assert_panics("slab flood: red zone overwritten", kmem_cache_free(cache, p));
}

static void test_writes_after_free_are_caught(void **state)
{
	(void)state;
	for (size_t at = 0; at < 64; at += 9) {
		start();
		struct kmem_cache *cache = make_cache("late", 64, 0, 0, NULL);
		char *p = kmem_cache_alloc(cache, GFP_KERNEL);

		kmem_cache_free(cache, p);
		p[at] ^= 1;
		assert_panics("slab late: written to after free", kmem_cache_alloc(cache, GFP_KERNEL));

		start();
		cache = make_cache("late", 64, 0, 0, NULL);
		p = kmem_cache_alloc(cache, GFP_KERNEL);
		kmem_cache_free(cache, p);
		p[at] ^= 1;
		assert_panics("slab late: written to after free", slab_validate());
	}
}

static void test_impossible_caches_are_refused(void **state)
{
	struct page *page;

	(void)state;
	start();
	assert_panics("too large", kmem_cache_create("huge", 40000, 0, 0, NULL));
	start();
	assert_panics("size == 0", kmem_cache_create("nothing", 0, 0, 0, NULL));
	start();
	assert_panics("align", kmem_cache_create("skewed", 64, 24, 0, NULL));
	start();
	while ((page = alloc_page(GFP_KERNEL)))
		;
	assert_panics("slab late: no memory", for (;;) kmem_cache_create("late", 64, 0, 0, NULL));
}

static void test_wrong_pointers_are_caught(void **state)
{
	int local = 0;

	(void)state;
	start();
	struct kmem_cache *one = make_cache("one", 64, 0, 0, NULL);
	struct kmem_cache *two = make_cache("two", 64, 0, 0, NULL);
	char *p = kmem_cache_alloc(one, GFP_KERNEL);

	assert_panics("slab two: object", kmem_cache_free(two, p));
	assert_panics("belongs to cache one", kmem_cache_free(two, p));
	assert_panics("points into an object, 8 bytes", kmem_cache_free(one, p + 8));
	assert_panics("points into an object", kfree(p + 16));
	assert_panics("is in no slab", kmem_cache_free(one, page_to_virt(alloc_page(GFP_KERNEL))));
	assert_panics("is in no slab", kmem_cache_free(one, &local));
	assert_panics("pfn_valid", kfree(&local));
	assert_panics("nothing that kmalloc", kfree(page_to_virt(alloc_page(GFP_KERNEL))));
	kmem_cache_free(one, p);
	assert_eq(kmem_cache_inuse(one), 0);
}

/* Use many objects and free them: a few of their slabs stay, empty, at the list's end. */
static struct page *make_empty_slab(struct kmem_cache *cache)
{
	enum { N = 300 };
	void *objs[N];

	for (int i = 0; i < N; i++)
		objs[i] = kmem_cache_alloc(cache, GFP_KERNEL);
	for (int i = 0; i < N; i++)
		kmem_cache_free(cache, objs[i]);
	slab_validate();
	assert_true(cache->nr_empty > 0);
	return list_last_entry(&cache->partial, struct page, lru);
}

static unsigned long *state_word(struct kmem_cache *cache, void *obj)
{
	return (unsigned long *)(slot_link(cache, obj) + 1);
}

static void test_validate_finds_planted_damage(void **state)
{
	struct kmem_cache *cache;
	struct page *page, *other;
	void *obj;

#define FRESH() (start(), cache = make_cache("planted", 64, 0, 0, NULL), \
		 obj = kmem_cache_alloc(cache, GFP_KERNEL), page = slab_of(cache, obj), (void)page)
	(void)state;
	FRESH();
	slab_validate();
	cache->nr_slabs++;
	assert_panics("slab planted: counts", slab_validate());
	FRESH();
	cache->nr_out++;
	assert_panics("slab planted: counts", slab_validate());
	FRESH();
	cache->nr_empty++;
	assert_panics("slab planted: counts", slab_validate());
	FRESH();
	page->private++;
	assert_panics("slab planted: frame", slab_validate());
	FRESH();
	*slot_link(cache, page->slab_free) = page->slab_free;
	assert_panics("runs in circles", slab_validate());
	FRESH();
	page->slab_free = obj;
	assert_panics("on a free list but not free", slab_validate());
	FRESH();
	cache->magazines[0].objs[0] = obj;
	assert_panics("in a magazine but not free", slab_validate());
	FRESH();
	cache->magazines[0].count--;
	assert_panics("in use, but", slab_validate());
	FRESH();
	page_clear(page, PG_slab);
	assert_panics("is not its own", slab_validate());
	FRESH();
	list_move(&page->lru, &cache->full);
	assert_panics("is not full", slab_validate());
	FRESH();
	while (page->slab_free)
		kmem_cache_alloc(cache, GFP_KERNEL);
	list_move(&page->lru, &cache->partial);
	assert_panics("full slab at frame", slab_validate());
	FRESH();
	other = make_empty_slab(cache);
	list_move(&other->lru, &cache->partial);
	assert_panics("an empty slab stands before", slab_validate());
	FRESH();
	other = make_empty_slab(cache);
	page->slab_free = other->slab_free;
	assert_panics("free list leaves its slab", slab_validate());
	FRESH();
	*state_word(cache, obj) = 0;
	assert_panics("slab planted: object", slab_validate());
	FRESH();
	*state_word(cache, obj) = 0;
	assert_panics("has state 0", kmem_cache_free(cache, obj));
	FRESH();
	kmem_cache_free(cache, obj);
	*state_word(cache, obj) = 0;
	assert_panics("overwritten from before it", kmem_cache_alloc(cache, GFP_KERNEL));
#undef FRESH
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_objects_are_aligned_apart_and_all_return),
		cmocka_unit_test(test_zeroed_objects_are_zero),
		cmocka_unit_test(test_random_traffic_on_all_harts_loses_nothing),
		cmocka_unit_test(test_bulk_gives_all_or_none),
		cmocka_unit_test(test_exhaustion_returns_null_and_recovers),
		cmocka_unit_test(test_odd_sizes_of_kmalloc),
		cmocka_unit_test(test_fast_path_takes_no_cache_lock),
		cmocka_unit_test(test_constructor_runs_once_per_slot),
		cmocka_unit_test(test_typesafe_objects_keep_their_contents_and_pages),
		cmocka_unit_test(test_slab_info_lists_caches_in_order),
		cmocka_unit_test(test_an_injected_failure_hits_the_nth_object_whatever_is_cached),
#ifndef RELEASE
		cmocka_unit_test(test_fresh_and_freed_objects_are_filled),
		cmocka_unit_test(test_double_free_is_caught),
		cmocka_unit_test(test_writes_past_the_end_are_caught),
		cmocka_unit_test(test_writes_after_free_are_caught),
		cmocka_unit_test(test_impossible_caches_are_refused),
		cmocka_unit_test(test_wrong_pointers_are_caught),
		cmocka_unit_test(test_validate_finds_planted_damage),
#endif
	};

	return RUN_APART("slab", tests);
}
