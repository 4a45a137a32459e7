/* SPDX-License-Identifier: MIT */
/*
 * The storm: both harts do at random what processes and the kernel's own tasks do, until the time is up.
 *
 *	hart 0: own processes --fork--> children, some of them --handed over--> hart 1: own processes
 *		 \------ the common process, shared objects, one family of anon_vmas ------/
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kernel/core/bug.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/reclaim/lru.h"
#include "kernel/mm/reclaim/reclaim.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/mm/vmstat.h"
#include "tests/host/sim/threads/storm.h"
#include "uapi/mman.h"

#define QUEUE_LEN	3u

struct storm_config storm_config = { .seed = 1, .seconds = 10 };

static struct storm storms[NR_HARTS];
static struct process *common;
static bool time_is_up;			/* atomic */
static u32 next_tag, next_slot;		/* atomic */
static unsigned long plain_counter;	/* PLANT_COUNTER */

/* Children on their way to hart [n]. */
static struct queue {
	pthread_mutex_t lock;
	struct process *process[QUEUE_LEN];
	unsigned int nr;
} queues[NR_HARTS] = { { .lock = PTHREAD_MUTEX_INITIALIZER }, { .lock = PTHREAD_MUTEX_INITIALIZER } };

/* Objects that come and go: both harts map them, and whoever is last frees one. Tag 0: none. */
static struct {
	pthread_mutex_t lock;
	struct {
		struct memobj *obj;
		u32 tag;
	} known[4];
} passing = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* ---- processes ---- */

static struct process *process_new(struct mm_struct *mm)
{
	struct process *p = calloc(1, sizeof(*p));

	BUG_ON(!p || !mm);
	p->mm = mm;
	p->slot = __atomic_fetch_add(&next_slot, 1, __ATOMIC_RELAXED) % 32;
	plant_know_mm(p->slot, mm);
	return p;
}

/* A page behind each window, for what mincore has to say. */
static struct process *process_start(void)
{
	struct process *p = process_new(mm_alloc());

	for (unsigned int window = 0; window < NR_HARTS; window++) {
		unsigned long at = page_address((struct place){ p, window }, WINDOW_PAGES);

		BUG_ON(mm_mmap(p->mm, at, PAGE_SIZE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, NULL, 0) != at);
	}
	return p;
}

/* The common process has pages for both. */
static struct process *common_start(void)
{
	struct process *p = process_start();
	unsigned long at = page_address((struct place){ p, BOTH }, 0);

	if (planted != PLANT_RCU_MODE)
		mm_set_shared(p->mm);
	BUG_ON(mm_mmap(p->mm, at, OBJECT_PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, NULL, 0) != at);
	for (unsigned int i = 0; i < OBJECT_PAGES; i++)
		p->pages[BOTH][i] = (struct page_model){
			.kind = SHARED, .prot = PROT_READ | PROT_WRITE, .object = NR_SHARED, .offset = i,
		};
	return p;
}

static void process_end(struct process *p)
{
	hart_run(NULL);
	mmput(p->mm);
	free(p);
}

static struct process **free_place(struct storm *s)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(s->own); i++)
		if (!s->own[i])
			return &s->own[i];
	return NULL;
}

static bool hand_over(struct queue *q, struct process *p)
{
	bool done;

	pthread_mutex_lock(&q->lock);
	done = q->nr < QUEUE_LEN;
	if (done)
		q->process[q->nr++] = p;
	pthread_mutex_unlock(&q->lock);
	return done;
}

static struct process *take_over(struct queue *q)
{
	struct process *p;

	pthread_mutex_lock(&q->lock);
	p = q->nr ? q->process[--q->nr] : NULL;
	pthread_mutex_unlock(&q->lock);
	return p;
}

/* ---- operations ---- */

static bool here[NR_HARTS];		/* atomic: comes to the meeting */

/* Wait a little for the other hart to come here, too: what follows then happens at the same time. Orders nothing. */
static void meet(struct storm *s)
{
	__atomic_store_n(&here[s->hart], true, __ATOMIC_RELAXED);
	for (int i = 0; i < 200 && !__atomic_load_n(&here[1 - s->hart], __ATOMIC_RELAXED); i++)
		cpu_relax();
}

static void part(struct storm *s)
{
	__atomic_store_n(&here[s->hart], false, __ATOMIC_RELAXED);
}

/* A range of 1 to @max pages, inside the window. */
static unsigned int pick_range(struct storm *s, unsigned int *first, unsigned int max)
{
	*first = pick(s, WINDOW_PAGES);
	return min(1 + (unsigned int)pick(s, max), WINDOW_PAGES - *first);
}

/* Of the range, what is like its first page. */
static unsigned int same_kind(struct place at, unsigned int first, unsigned int n)
{
	unsigned int i;

	for (i = 1; i < n; i++)
		if (model_of(at, first + i)->kind != model_of(at, first)->kind)
			break;
	return i;
}

static void expect(const char *call, long got, long want)
{
	if (got != want)
		panic("sim: %s gave %#lx, expected %#lx", call, got, want);
}

static void op_access(struct storm *s, struct place at)
{
	for (unsigned int i = 0; i < 8; i++)
		model_access(s, at, pick(s, WINDOW_PAGES), one_in(s, 2));
}

static void op_outside(struct storm *s, struct place at)
{
	model_access_outside(s, at, pick(s, WINDOW_PAGES), one_in(s, 2));
}

static u8 pick_prot(struct storm *s)
{
	static const u8 prots[] = { PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE, PROT_READ, PROT_NONE };

	return prots[pick(s, ARRAY_SIZE(prots))];
}

/* A passing object, with a reference: one that is known, or a new one in its place. */
static struct memobj *any_object(struct storm *s, u32 *tag)
{
	unsigned int i = one_in(s, 2) ? 0 : pick(s, ARRAY_SIZE(passing.known));
	struct memobj *obj, *old = NULL;

	pthread_mutex_lock(&passing.lock);
	obj = passing.known[i].obj;
	*tag = passing.known[i].tag;
	if (obj)
		memobj_get(obj);
	pthread_mutex_unlock(&passing.lock);
	if (obj && !one_in(s, 3))
		return obj;
	if (obj)
		memobj_put(obj);

	obj = memobj_create_shmem((unsigned long)OBJECT_PAGES << PAGE_SHIFT);
	BUG_ON(!obj);
	*tag = __atomic_add_fetch(&next_tag, 1, __ATOMIC_RELAXED);
	memobj_get(obj);		/* the table's */
	pthread_mutex_lock(&passing.lock);
	old = passing.known[i].obj;
	passing.known[i].obj = obj;
	passing.known[i].tag = *tag;
	pthread_mutex_unlock(&passing.lock);
	if (old)
		memobj_put(old);
	return obj;
}

static void op_mmap(struct storm *s, struct place at)
{
	unsigned int first, n = pick_range(s, &first, 12), offset = pick(s, OBJECT_PAGES - 12);
	enum kind kind = 1 + pick(s, ANY_SHARED);
	struct page_model m = { .kind = kind, .prot = one_in(s, 4) ? pick_prot(s) : PROT_READ | PROT_WRITE };
	unsigned long flags = MAP_FIXED | (kind == SHARED || kind == ANY_SHARED ? MAP_SHARED : MAP_PRIVATE);
	struct memobj *file = NULL;

	if (kind == ANON)
		flags |= MAP_ANONYMOUS;
	else if (kind == ANY_SHARED)
		file = any_object(s, &m.tag);
	else
		file = kind == IMAGE ? image_objects[pick(s, 2)] : shared_objects[m.object = pick(s, NR_SHARED)];
	expect("mmap", in_kernel(at.p->mm, mm_mmap(at.p->mm, page_address(at, first), (unsigned long)n << PAGE_SHIFT, m.prot, flags, file,
			       file ? offset : 0)), page_address(at, first));
	if (kind == ANY_SHARED)
		memobj_put(file);
	for (unsigned int i = 0; i < n; i++) {
		*model_of(at, first + i) = m;
		model_of(at, first + i)->offset = offset + i;
		model_of(at, first + i)->value = first_value(kind, offset + i);
	}
}

/* Fill an object while the other hart may be doing the same, asking what is there already. */
static void op_object(struct storm *s, struct place at)
{
	unsigned long va = play_address(s), len = OBJECT_PAGES * PAGE_SIZE, vec = page_address(at, WINDOW_PAGES);
	struct memobj *obj;
	u32 tag;

	meet(s);
	obj = any_object(s, &tag);
	expect("mmap", in_kernel(at.p->mm, mm_mmap(at.p->mm, va, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, obj, 0)), va);
	memobj_put(obj);
	for (unsigned int i = 0; i < OBJECT_PAGES; i++) {
		unsigned long at_page = va + pick(s, OBJECT_PAGES) * PAGE_SIZE;

		if (one_in(s, 2))
			expect("mincore", mm_mincore(at.p->mm, at_page, PAGE_SIZE, vec), 0);
		else if (one_in(s, 2))
			store_word(at_page, (u64)tag << 32);
		else
			expect("tag", load_word(at_page) >> 32 & ~tag, 0);
	}
	expect("munmap", in_kernel(at.p->mm, mm_munmap(at.p->mm, va, len)), 0);
	part(s);
}

static void op_munmap(struct storm *s, struct place at)
{
	unsigned int first, n = pick_range(s, &first, 10);

	expect("munmap", in_kernel(at.p->mm, mm_munmap(at.p->mm, page_address(at, first), (unsigned long)n << PAGE_SHIFT)), 0);
	memset(model_of(at, first), 0, n * sizeof(struct page_model));
}

static void op_mprotect(struct storm *s, struct place at)
{
	unsigned int first, n = pick_range(s, &first, 10);
	u8 prot = pick_prot(s);

	if (model_of(at, first)->kind == NOTHING)
		return;
	n = same_kind(at, first, n);
	expect("mprotect", in_kernel(at.p->mm, mm_mprotect(at.p->mm, page_address(at, first), (unsigned long)n << PAGE_SHIFT, prot)), 0);
	for (unsigned int i = 0; i < n; i++)
		model_of(at, first + i)->prot = prot;
}

/* To where nothing is. A range of several VMAs is refused, with nothing changed. */
static void op_mremap(struct storm *s, struct place at)
{
	unsigned int first, n = pick_range(s, &first, 8), to = pick(s, WINDOW_PAGES);
	unsigned long got;

	n = min(same_kind(at, first, n), WINDOW_PAGES - to);
	if (model_of(at, first)->kind == NOTHING || model_of(at, to)->kind != NOTHING)
		return;
	n = same_kind(at, to, n);
	got = in_kernel(at.p->mm, mm_mremap(at.p->mm, page_address(at, first), (unsigned long)n << PAGE_SHIFT,
			(unsigned long)n << PAGE_SHIFT, MREMAP_MAYMOVE | MREMAP_FIXED, page_address(at, to)));
	if (got == (unsigned long)-EFAULT)
		return;
	expect("mremap", got, page_address(at, to));
	memcpy(model_of(at, to), model_of(at, first), n * sizeof(struct page_model));
	memset(model_of(at, first), 0, n * sizeof(struct page_model));
}

/* What @advice makes of a page's contents. */
static void model_advice(struct page_model *m, int advice)
{
	if (m->kind != ANON && m->kind != IMAGE)
		return;
	if (advice == MADV_DONTNEED) {
		m->value = first_value(m->kind, m->offset);
		m->may_be_zero = false;
	} else if (advice == MADV_FREE) {
		m->may_be_zero = true;
	}
}

static void op_madvise(struct storm *s, struct place at)
{
	static const int advices[] = { MADV_DONTNEED, MADV_FREE, MADV_PAGEOUT, MADV_PAGEOUT, MADV_COLD, MADV_WILLNEED };
	int advice = advices[pick(s, ARRAY_SIZE(advices))];
	unsigned int first, n = pick_range(s, &first, 16);

	n = same_kind(at, first, n);
	if (model_of(at, first)->kind == NOTHING || (advice == MADV_FREE && model_of(at, first)->kind != ANON))
		return;
	expect("madvise", in_kernel(at.p->mm, mm_madvise(at.p->mm, page_address(at, first), (unsigned long)n << PAGE_SHIFT, advice)), 0);
	for (unsigned int i = 0; i < n; i++)
		model_advice(model_of(at, first + i), advice);
}

/* Both harts write to these pages, and at times they go out. */
static void op_both(struct storm *s, struct place at)
{
	unsigned int first = pick(s, OBJECT_PAGES);

	if (at.p != common)
		return;
	at.window = BOTH;
	meet(s);
	for (unsigned int i = 0; i < 8; i++)
		(one_in(s, 3) ? model_access_outside : model_access)(s, at, pick(s, OBJECT_PAGES), one_in(s, 2));
	if (one_in(s, 2))
		expect("madvise", in_kernel(at.p->mm, mm_madvise(at.p->mm, page_address(at, first), (OBJECT_PAGES - first) * PAGE_SIZE,
					     MADV_PAGEOUT)), 0);
	part(s);
}

static void op_rush(struct storm *s, struct place at)
{
	if (at.p == common)
		rush(s, at.p->mm);
}

/* Locked pages stay where they are; afterwards they are as before. What may not be touched cannot be brought in. */
static void op_mlock(struct storm *s, struct place at)
{
	unsigned int first, n = pick_range(s, &first, 8);
	unsigned long len, va = page_address(at, first);
	int err;

	n = same_kind(at, first, n);
	len = (unsigned long)n << PAGE_SHIFT;
	if (model_of(at, first)->kind == NOTHING)
		return;
	err = mm_mlock(at.p->mm, va, len, 0);
	if (err && err != -ENOMEM)
		panic("sim: mlock: %d", err);
	for (unsigned int i = 0; i < n; i++)
		model_access(s, at, first + i, one_in(s, 2));
	expect("munlock", mm_munlock(at.p->mm, va, len), 0);
}

/* Fill some pages of [va, va + len) with what can be known again; look whether they still have it, at @moved. */
static void mark_pages(unsigned long va, unsigned long len, unsigned long step)
{
	for (unsigned long off = 0; off < len; off += step)
		store_word(va + off, off + 1);
}

static void check_marks(unsigned long va, unsigned long len, unsigned long step)
{
	for (unsigned long off = 0; off < len; off += step)
		expect("load after a move", load_word(va + off), off + 1);
}

/* A whole table of entries moves, while the other hart looks for those that map a page. */
static void op_big_move(struct storm *s, struct place at)
{
	unsigned long from = play_address(s), len = PLAY_SIZE / 4, to = from + len + (one_in(s, 2) ? len : PAGE_SIZE);
	unsigned long step = PAGE_SIZE * (16 + pick(s, 64));

	expect("mmap", in_kernel(at.p->mm, mm_mmap(at.p->mm, from, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
			       NULL, 0)), from);
	mark_pages(from, len, step);
	for (int i = 0; i < 3; i++) {
		expect("mremap", in_kernel(at.p->mm, mm_mremap(at.p->mm, from, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, to)), to);
		check_marks(to, len, step);
		expect("mremap", in_kernel(at.p->mm, mm_mremap(at.p->mm, to, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, from)), from);
		check_marks(from, len, step);
	}
	expect("munmap", in_kernel(at.p->mm, mm_munmap(at.p->mm, from, len)), 0);
}

/* A stack grows downwards page by page, then goes from below. */
static void op_stack(struct storm *s, struct place at)
{
	unsigned long top = play_address(s) + PLAY_SIZE, va = top - PAGE_SIZE, low = top - PAGE_SIZE * (2 + pick(s, 30));

	expect("mmap", in_kernel(at.p->mm, mm_mmap(at.p->mm, va, PAGE_SIZE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN, NULL, 0)), va);
	for (; va >= low; va -= PAGE_SIZE)
		store_word(va, va);
	for (va = low; va < top; va += PAGE_SIZE) {
		expect("load from the stack", load_word(va), va);
		expect("munmap", in_kernel(at.p->mm, mm_munmap(at.p->mm, va, PAGE_SIZE)), 0);
	}
}

/* One hart writes to pages that were given up, or are cold; at that moment the other one reclaims. */
static void op_write_or_reclaim(struct storm *s, struct place at)
{
	unsigned long va = play_address(s), len = OBJECT_PAGES * PAGE_SIZE;
	bool writer = one_in(s, 2), outside = one_in(s, 2);

	expect("mmap", in_kernel(at.p->mm, mm_mmap(at.p->mm, va, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
			       NULL, 0)), va);
	mark_pages(va, len, PAGE_SIZE);
	expect("madvise", in_kernel(at.p->mm, mm_madvise(at.p->mm, va, len, one_in(s, 2) ? MADV_FREE : MADV_COLD)), 0);
	meet(s);
	if (!writer)
		s->reclaimed += try_to_free_pages(4 * OBJECT_PAGES);
	for (u64 value = 1; writer && value <= len; value += PAGE_SIZE)
		if (outside)
			expect("mm_write", mm_write(at.p->mm, va + value - 1, &value, sizeof(value), true), 0);
		else
			store_word(va + value - 1, value);
	part(s);
	if (writer)
		check_marks(va, len, PAGE_SIZE);
	expect("munmap", in_kernel(at.p->mm, mm_munmap(at.p->mm, va, len)), 0);
}

static void op_mincore(struct storm *s, struct place at)
{
	unsigned int first, n = pick_range(s, &first, 32);

	n = same_kind(at, first, n);
	expect("mincore", mm_mincore(at.p->mm, page_address(at, first), (unsigned long)n << PAGE_SHIFT,
				     page_address(at, WINDOW_PAGES)),
	       model_of(at, first)->kind == NOTHING ? -ENOMEM : 0);
}

/* What the machine-wide queries read, without any lock. */
static void op_query(struct storm *s, struct place at)
{
	unsigned long addr = 0, blocks[MAX_ORDER + 1], sum = nr_free_pages() + swap_free_slots();
	struct slab_info info;
	char text[1024];

	page_alloc_free_blocks(blocks);
	for (int i = 0; slab_info_get(i, &info); i++)
		sum += info.in_use;
	for (unsigned int e = 0; e < NR_VM_EVENTS; e++)
		sum += vm_event_sum(e);
	for (unsigned int kind = 0; kind < NR_LRU_KINDS; kind++)
		sum += lru_size(1 - s->hart, kind, false);
	if (one_in(s, 2))
		mm_format_maps(common->mm, &addr, text, sizeof(text));
	BUG_ON(!sum || !at.p);
}

/* What the child has in @window it shall not have. */
static void drop_pages(struct process *child, unsigned int window)
{
	expect("munmap", mm_munmap(child->mm, page_address((struct place){ child, window }, 0),
				   (unsigned long)WINDOW_PAGES << PAGE_SHIFT), 0);
}

/* A child gets what its parent has; of the common process, what this hart knows. */
static void op_fork(struct storm *s, struct place at)
{
	struct process **mine = free_place(s), *child;
	unsigned int other = 1 - at.window;

	if (!mine)
		return;
	child = process_new(dup_mm(at.p->mm));
	memcpy(child->pages[at.window], at.p->pages[at.window], sizeof(child->pages[0]));
	if (at.p != common) {
		memcpy(child->pages[other], at.p->pages[other], sizeof(child->pages[0]));
	} else {
		drop_pages(child, other);
		drop_pages(child, BOTH);
		expect("munmap", mm_munmap(child->mm, play_address(&storms[0]), 4 * PLAY_SIZE), 0);
	}
	s->forks++;
	if (one_in(s, 2) && hand_over(&queues[1 - s->hart], child))
		s->handed++;
	else
		*mine = child;
}

static void op_exit(struct storm *s, struct place at)
{
	if (at.p == common)
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(s->own); i++)
		if (s->own[i] == at.p)
			s->own[i] = NULL;
	if (one_in(s, 2))
		model_check(s, at);
	process_end(at.p);
}

static void op_migrate(struct storm *s, struct place at)
{
	unsigned long from = min_pfn + pick(s, max_pfn - min_pfn);

	(void)at;
	for (unsigned long pfn = one_in(s, 4) ? min_pfn : from; pfn < max_pfn; pfn++)
		s->moved += sim_move_page(pfn_to_page(pfn));
}

static void op_compact(struct storm *s, struct place at)
{
	(void)at;
	compact_zone(2 + pick(s, 3));
}

static void op_reclaim(struct storm *s, struct place at)
{
	(void)at;
	s->reclaimed += try_to_free_pages(1 + pick(s, 60));
}

/* Either hart may be the one to do it; the other one's attempt is refused. */
static void op_swapoff(struct storm *s, struct place at)
{
	int err;

	(void)at;
	err = swapoff();
	if (err && err != -EINVAL)
		panic("sim: swapoff: %d", err);
	s->swapoffs += !err;
	err = sim_swapon();
	if (err && err != -EBUSY)
		panic("sim: swapon: %d", err);
}

static struct op {
	const char *name;
	void (*fn)(struct storm *s, struct place at);
	unsigned int weight;
} ops[] = {
	{ "access", op_access, 400 }, { "outside", op_outside, 20 }, { "mmap", op_mmap, 56 },
	{ "munmap", op_munmap, 40 }, { "mprotect", op_mprotect, 40 }, { "mremap", op_mremap, 32 },
	{ "both", op_both, 40 }, { "rush", op_rush, 6 }, { "mlock", op_mlock, 8 }, { "big-move", op_big_move, 3 }, { "stack", op_stack, 6 },
	{ "object", op_object, 20 }, { "write-or-reclaim", op_write_or_reclaim, 20 }, { "madvise", op_madvise, 64 },
	{ "mincore", op_mincore, 24 }, { "query", op_query, 4 }, { "fork", op_fork, 24 }, { "exit", op_exit, 20 },
	{ "migrate", op_migrate, 3 }, { "compact", op_compact, 2 }, { "reclaim", op_reclaim, 6 },
	{ "swapoff", op_swapoff, 1 },
};

bool storm_without(const char *name)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(ops); i++)
		if (!strcmp(ops[i].name, name)) {
			ops[i].weight = 0;
			return true;
		}
	return false;
}

static const struct op *pick_op(struct storm *s)
{
	unsigned int sum = 0, i, which;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		sum += ops[i].weight;
	which = pick(s, sum);
	for (i = 0; which >= ops[i].weight; i++)
		which -= ops[i].weight;
	return &ops[i];
}

/* ---- a hart ---- */

/* Where to work for the next few steps. */
static struct place pick_place(struct storm *s)
{
	struct process **mine = free_place(s), *p;

	if (mine) {
		p = take_over(&queues[s->hart]);
		if (p)
			*mine = p;
	}
	if (!storm_config.no_common && one_in(s, 3))
		return (struct place){ common, s->hart };
	mine = &s->own[pick(s, ARRAY_SIZE(s->own))];
	if (!*mine)
		*mine = process_start();
	return (struct place){ *mine, pick(s, NR_HARTS) };
}

static void step(struct storm *s, struct place at)
{
	pick_op(s)->fn(s, at);
	s->calls++;
	if (planted == PLANT_COUNTER)
		plain_counter++;
	BUG_ON(hart_spinlocks());
}

static void *hart(void *arg)
{
	struct storm *s = arg;
	struct process *p;

	hart_start(s->hart);
	while (!__atomic_load_n(&time_is_up, __ATOMIC_RELAXED)) {
		struct place at = pick_place(s);
		bool join = !storm_config.no_common && rush_is_open();

		if (join)
			at = (struct place){ common, s->hart };
		hart_run(at.p->mm);
		if (join)
			rush(s, at.p->mm);
		else
			step(s, at);
		__atomic_fetch_add(&s->steps, 1, __ATOMIC_RELAXED);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(s->own); i++)
		if (s->own[i]) {
			hart_run(s->own[i]->mm);
			model_check(s, (struct place){ s->own[i], 0 });
			model_check(s, (struct place){ s->own[i], 1 });
			process_end(s->own[i]);
		}
	while ((p = take_over(&queues[s->hart])))
		process_end(p);
	hart_run(common->mm);
	model_check(s, (struct place){ common, s->hart });
	model_check(s, (struct place){ common, BOTH });
	hart_run(NULL);
	return NULL;
}

/* ---- the whole ---- */

static void watch(double seconds)
{
	unsigned long before[NR_HARTS] = { 0 };
	double still[NR_HARTS] = { 0 };

	for (double t = 0; t < seconds; t += 0.25) {
		usleep(250000);
		for (unsigned int i = 0; i < NR_HARTS; i++) {
			unsigned long steps = __atomic_load_n(&storms[i].steps, __ATOMIC_RELAXED);

			still[i] = steps == before[i] ? still[i] + 0.25 : 0;
			before[i] = steps;
			if (still[i] > 20)
				panic("sim: hart %u stands still at step %lu", i, steps);
		}
	}
}

static void say_summary(void)
{
	const struct storm *a = &storms[0], *b = &storms[1];

	printf("%lu + %lu steps, %lu accesses, %lu faults, %lu forks (%lu children handed over), COW %lu copied "
	       "%lu reused; swapped out %lu, in %lu, swapoff %lu times; reclaimed %lu, migrated %lu\n", a->steps,
	       b->steps, a->accesses + b->accesses, vm_event_sum(PGFAULT), a->forks + b->forks, a->handed + b->handed,
	       vm_event_sum(COW_COPY), vm_event_sum(COW_REUSE), vm_event_sum(PSWPOUT), vm_event_sum(PSWPIN),
	       a->swapoffs + b->swapoffs, vm_event_sum(PGSTEAL), vm_event_sum(PGMIGRATE));
}

void storm_run(void)
{
	pthread_t threads[NR_HARTS];

	objects_create();
	common = common_start();
	for (unsigned int i = 0; i < NR_HARTS; i++) {
		storms[i].hart = i;
		storms[i].random = (storm_config.seed * NR_HARTS + i + 1) * 0x9e3779b97f4a7c15UL;
		BUG_ON(pthread_create(&threads[i], NULL, hart, &storms[i]));
	}
	watch(storm_config.seconds);
	__atomic_store_n(&time_is_up, true, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < NR_HARTS; i++)
		pthread_join(threads[i], NULL);
	for (unsigned int i = 0; i < NR_HARTS; i++)
		for (struct process *p; (p = take_over(&queues[i]));)
			process_end(p);
	process_end(common);
	for (unsigned int i = 0; i < ARRAY_SIZE(passing.known); i++)
		if (passing.known[i].obj)
			memobj_put(passing.known[i].obj);
	objects_drop();
	/* A page in the swap cache that was locked when its last entry went is left to reclaim. */
	while (try_to_free_pages(64))
		;
	balance_check();
	say_summary();
}
