/* SPDX-License-Identifier: MIT */
/* What each page must hold, and looking whether it does (storm.h). */
#include <sched.h>
#include <string.h>

#include "kernel/core/bug.h"
#include "kernel/mm/internal.h"
#include "tests/host/sim/threads/storm.h"
#include "uapi/mman.h"

/* Across the border of two last-level tables, and of two 1 GiB blocks. */
static const unsigned long window_start[NR_WINDOWS] = { 0x10000000UL - 0x20000, 0x40000000UL - 0x18000, 0x50000000UL };
static const unsigned long words[2] = { 0x18, 0xff0 };

struct memobj *shared_objects[NR_SHARED], *image_objects[2];
static u64 image[IMAGE_PAGES][PAGE_SIZE / sizeof(u64)];

unsigned long pick(struct storm *s, unsigned long n)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return (s->random >> 20) % n;
}

unsigned long page_address(struct place at, unsigned int page)
{
	return window_start[at.window] + ((unsigned long)page << PAGE_SHIFT);
}

unsigned long play_address(const struct storm *s)
{
	return 0x80000000UL + s->hart * 2 * PLAY_SIZE;
}

struct page_model *model_of(struct place at, unsigned int page)
{
	return &at.p->pages[at.window][page];
}

u64 first_value(enum kind kind, unsigned int offset)
{
	return kind == IMAGE ? 0x1111 * (offset + 1ul) : 0;
}

static void give_image_page(struct memobj *obj, unsigned long pgoff)
{
	struct page *page = alloc_page(GFP_USER);

	if (!page)
		return;
	memcpy(page_to_virt(page), image[pgoff], PAGE_SIZE);
	(void)memobj_give_page(obj, page, pgoff);
}

/* A pager that is slow, and may answer without the page, or give more than was asked for, or give it twice. */
static int image_page_in(__unused void *pager, struct memobj *obj, unsigned long pgoff, __unused unsigned long pages, __unused bool write)
{
	static _Thread_local unsigned int turn;
	static unsigned int asking[IMAGE_PAGES];

	BUG_ON(__atomic_fetch_add(&asking[pgoff], 1, __ATOMIC_RELAXED));	/* one task at a time asks for a page */
	for (unsigned int i = 0; i < turn % 7; i++)
		sched_yield();
	turn++;
	if (turn % 3)
		give_image_page(obj, pgoff);
	if (turn % 5 == 0)
		give_image_page(obj, (pgoff + 1) % IMAGE_PAGES);
	if (turn % 4 == 0)
		give_image_page(obj, pgoff);
	__atomic_fetch_sub(&asking[pgoff], 1, __ATOMIC_RELAXED);
	return 0;
}

static void image_released(__unused void *pager)
{
}

static const struct pager_ops image_pager = { .page_in = image_page_in, .release = image_released };

void objects_create(void)
{
	for (unsigned int i = 0; i < IMAGE_PAGES; i++)
		for (unsigned int w = 0; w < 2; w++)
			image[i][words[w] / sizeof(u64)] = first_value(IMAGE, i);
	image_objects[0] = memobj_create_image("image", image, sizeof(image));
	image_objects[1] = memobj_create_paged(sizeof(image), &image_pager, NULL);
	for (unsigned int i = 0; i < NR_SHARED; i++) {
		shared_objects[i] = memobj_create_shmem((unsigned long)OBJECT_PAGES << PAGE_SHIFT);
		BUG_ON(!shared_objects[i]);
		plant_know_object(i, shared_objects[i]);
	}
	BUG_ON(!image_objects[0] || !image_objects[1]);
	plant_know_object(NR_SHARED, image_objects[0]);
}

void objects_drop(void)
{
	for (unsigned int i = 0; i < NR_SHARED; i++)
		memobj_put(shared_objects[i]);
	memobj_put(image_objects[0]);
	memobj_put(image_objects[1]);
}

/* ---- one access ---- */

static __noreturn void wrong(struct storm *s, struct place at, unsigned int page, unsigned int word, u64 got)
{
	const struct page_model *m = model_of(at, page);

	panic("sim: hart %u step %lu: %#lx + %#lx of mm %u holds %#lx; kind %u, value %#lx%s, tag %#x", s->hart, s->steps,
	      page_address(at, page), words[word], at.p->slot, (unsigned long)got, m->kind, (unsigned long)m->value,
	      m->may_be_zero ? " or zero" : "", m->tag);
}

/* May the program do this to @m? */
static enum vm_fault expected_fault(const struct page_model *m, bool write)
{
	if (m->kind == NOTHING)
		return VM_FAULT_MAPERR;
	if (write)
		return m->prot & PROT_WRITE ? VM_FAULT_DONE : VM_FAULT_ACCERR;
	return m->prot ? VM_FAULT_DONE : VM_FAULT_ACCERR;
}

static void check_word(struct storm *s, struct place at, unsigned int page, unsigned int word, u64 got)
{
	struct page_model *m = model_of(at, page);
	u64 *seen;

	switch (m->kind) {
	case SHARED:
		seen = &s->seen[m->object][m->offset][word];
		if (word == s->hart ? got != *seen : got < *seen)
			wrong(s, at, page, word, got);
		*seen = got;
		return;
	case ANY_SHARED:
		if (got && got >> 32 != m->tag)
			wrong(s, at, page, word, got);
		return;
	}
	if (got == 0 && m->may_be_zero) {
		m->value = 0;		/* given up; the other word must be gone, too */
		m->may_be_zero = false;
	}
	if (got != m->value)
		wrong(s, at, page, word, got);
}

/* What a store to @word of @m stores now; the model knows it when it is done. */
static u64 new_value(struct storm *s, const struct page_model *m, unsigned int word)
{
	if (m->kind == SHARED)
		return s->seen[m->object][m->offset][word] + 1;
	if (m->kind == ANY_SHARED)
		return (u64)m->tag << 32 | pick(s, 1u << 20);
	return pick(s, 1ul << 40) + 1;
}

static void store_done(struct storm *s, struct page_model *m, unsigned int word, u64 value)
{
	if (m->kind == SHARED) {
		s->seen[m->object][m->offset][word] = value;
		return;
	}
	m->may_be_zero = false;
	m->value = value;
}

static void expect_fault(struct storm *s, struct place at, unsigned int page, bool write, enum vm_fault got)
{
	if (got != expected_fault(model_of(at, page), write))
		panic("sim: hart %u step %lu: %s at %#lx of mm %u: fault %d; kind %u, prot %u", s->hart, s->steps,
		      write ? "store" : "load", page_address(at, page), at.p->slot, (int)got,
		      model_of(at, page)->kind, model_of(at, page)->prot);
}

static void store(struct storm *s, struct place at, unsigned int page)
{
	struct page_model *m = model_of(at, page);
	u64 value = new_value(s, m, s->hart);
	enum vm_fault fault = VM_FAULT_DONE;

	for (unsigned int word = 0; word < 2 && fault == VM_FAULT_DONE; word++) {
		if (m->kind == SHARED && word != s->hart)
			continue;	/* the other hart's */
		fault = sim_access(page_address(at, page) + words[word], SIM_WRITE, &value);
		expect_fault(s, at, page, /* write = */ true, fault);
	}
	if (fault == VM_FAULT_DONE)
		store_done(s, m, s->hart, value);
}

static void load(struct storm *s, struct place at, unsigned int page)
{
	for (unsigned int word = 0; word < 2; word++) {
		u64 got = 0;
		enum vm_fault fault = sim_access(page_address(at, page) + words[word], SIM_READ, &got);

		expect_fault(s, at, page, /* write = */ false, fault);
		if (fault != VM_FAULT_DONE)
			return;
		check_word(s, at, page, word, got);
	}
}

void model_access(struct storm *s, struct place at, unsigned int page, bool write)
{
	s->accesses++;
	if (write)
		store(s, at, page);
	else
		load(s, at, page);
}

void model_access_outside(struct storm *s, struct place at, unsigned int page, bool write)
{
	struct page_model *m = model_of(at, page);
	u64 value = new_value(s, m, s->hart);
	int err = 0;

	if (m->kind == NOTHING || m->kind == ANY_SHARED || !m->prot)
		return;
	for (unsigned int word = 0; word < 2 && !err; word++) {
		unsigned long va = page_address(at, page) + words[word];
		u64 got;

		if (m->kind == SHARED && word != s->hart)
			continue;	/* our copy would race with the other hart's program */
		if (write) {
			err = mm_write(at.p->mm, va, &value, sizeof(value), /* force = */ true);
			continue;
		}
		err = mm_read(at.p->mm, va, &got, sizeof(got));
		if (!err)
			check_word(s, at, page, word, got);
	}
	if (err == -EFAULT && write && m->kind == SHARED && !(m->prot & PROT_WRITE))
		return;			/* not even by force */
	if (err)
		panic("sim: access from outside at %#lx: %d", page_address(at, page), err);
	if (write)
		store_done(s, m, s->hart, value);
}

u64 load_word(unsigned long va)
{
	u64 value;
	enum vm_fault fault = sim_access(va, SIM_READ, &value);

	if (fault != VM_FAULT_DONE)
		panic("sim: load at %#lx: fault %d", va, (int)fault);
	return value;
}

void store_word(unsigned long va, u64 value)
{
	enum vm_fault fault = sim_access(va, SIM_WRITE, &value);

	if (fault != VM_FAULT_DONE)
		panic("sim: store at %#lx: fault %d", va, (int)fault);
}

void model_check(struct storm *s, struct place at)
{
	for (unsigned int page = 0; page < WINDOW_PAGES; page++)
		if (model_of(at, page)->kind != NOTHING)
			model_access(s, at, page, /* write = */ false);
}
