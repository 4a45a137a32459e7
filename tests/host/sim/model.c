/* SPDX-License-Identifier: MIT */
/* The reference model's pages and objects (model.h): addresses, contents, the simple changes. */
#include "kernel/core/bug.h"
#include "kernel/mm/account.h"
#include "lib/string.h"
#include "tests/host/sim/model.h"

/* Where mmap's search begins with the default stack limit: 128 MiB below the top. */
#define MMAP_BASE	(TASK_SIZE - (128UL << 20))

const struct window windows[NR_WINDOWS] = {
	[WIN_LOW] = { MMAP_MIN_ADDR, 192, 0 },
	[WIN_MID] = { 0x40000000UL - (96UL << PAGE_SHIFT), 192, 192 },
	[WIN_TOP] = { MMAP_BASE - (256UL << PAGE_SHIFT), 256, 384 },
	[WIN_STACK] = { TASK_SIZE - (320UL << PAGE_SHIFT), 320, 640 },
};

struct model_object objects[NR_OBJECTS];

/* ---- addresses ---- */

static const struct window *window_of_index(unsigned int index)
{
	const struct window *w = &windows[NR_WINDOWS - 1];

	while (index < w->first)
		w--;
	return w;
}

unsigned long model_addr(unsigned int index)
{
	const struct window *w = window_of_index(index);

	return w->start + ((unsigned long)(index - w->first) << PAGE_SHIFT);
}

unsigned int model_index_from(unsigned long va)
{
	for (const struct window *w = windows; w < windows + NR_WINDOWS; w++) {
		if (va <= w->start)
			return w->first;
		if (va - w->start < (unsigned long)w->pages << PAGE_SHIFT)
			return w->first + (PAGE_ALIGN(va - w->start) >> PAGE_SHIFT);
	}
	return MODEL_PAGES;
}

int model_index(unsigned long va)
{
	for (const struct window *w = windows; w < windows + NR_WINDOWS; w++)
		if (va >= w->start && va - w->start < (unsigned long)w->pages << PAGE_SHIFT)
			return w->first + ((va - w->start) >> PAGE_SHIFT);
	return -1;
}

struct model_page *model_at(struct space *s, unsigned long va)
{
	int index = model_index(va);

	return index < 0 ? NULL : &s->pages[index];
}

bool model_covered(struct space *s, unsigned long start, unsigned long end)
{
	for (; start < end; start += PAGE_SIZE)
		if (!model_mapped(s, start))
			return false;
	return true;
}

/* ---- contents ---- */

bool model_word(const struct model_page *p, u64 *word)
{
	const struct model_object *o = &objects[p->object];

	if (p->flags & MP_OWN)
		*word = p->word;
	else if (!p->object)
		*word = 0;
	else if (p->offset >= o->pages)
		return false;
	else
		*word = o->word[p->offset];
	return true;
}

bool model_word_ok(const struct model_page *p, u64 want, u64 there)
{
	return there == want || (!there && (p->flags & MP_FREE));
}

void model_write(struct model_page *p, u64 word)
{
	p->flags &= ~MP_FREE;
	if (p->flags & MP_SHARED) {
		objects[p->object].word[p->offset] = word;
	} else {
		p->flags |= MP_OWN;
		p->word = word;
	}
}

static void object_ref(u16 object)
{
	objects[object].refs++;
}

static void object_unref(u16 object)
{
	struct model_object *o = &objects[object];

	if (--o->refs == 0 && object >= FIRST_SHMEM)
		o->pages = 0;
}

/* ---- changes ---- */

void model_forget_page(struct model_page *p)
{
	if ((p->flags & MP_MAPPED) && p->object)
		object_unref(p->object);
	*p = (struct model_page){ 0 };
}

void model_unmap(struct space *s, unsigned long start, unsigned long end)
{
	for (unsigned int i = model_index_from(start); i < MODEL_PAGES && model_addr(i) < end; i++)
		model_forget_page(&s->pages[i]);
}

void model_map(struct space *s, unsigned long start, unsigned long end, u32 flags, u16 object, u16 offset)
{
	for (; start < end; start += PAGE_SIZE, offset++) {
		struct model_page *p = model_at(s, start);

		BUG_ON(!p || (p->flags & MP_MAPPED));
		*p = (struct model_page){ .flags = flags | MP_MAPPED, .object = object, .offset = object ? offset : 0 };
		if (object)
			object_ref(object);
	}
}

void model_copy_page(struct model_page *to, const struct model_page *from)
{
	*to = *from;
	if ((to->flags & MP_MAPPED) && to->object)
		object_ref(to->object);
}

void model_fork(struct space *child, const struct space *parent)
{
	child->brk = parent->brk;
	child->future = 0;
	for (unsigned int i = 0; i < MODEL_PAGES; i++) {
		struct model_page *to = &child->pages[i];

		if (parent->pages[i].flags & MP_DONTFORK) {
			*to = (struct model_page){ 0 };
			continue;
		}
		model_copy_page(to, &parent->pages[i]);
		to->flags &= ~(MP_LOCKED | MP_ONFAULT);
		if (to->flags & MP_WIPE)
			to->flags &= ~MP_CONTENT;
	}
}

/* ---- objects ---- */

static u8 file_bytes[3][6 * PAGE_SIZE];

static void make_file(unsigned int n, unsigned long size)
{
	struct model_object *o = &objects[n + 1];

	for (unsigned long i = 0; i < size; i++)
		file_bytes[n][i] = (i >> PAGE_SHIFT) * 16 + n + 1 + i % 8;
	*o = (struct model_object){ .pages = PAGE_ALIGN(size) >> PAGE_SHIFT };
	for (unsigned int page = 0; page < o->pages; page++) {
		unsigned long at = ((unsigned long)page << PAGE_SHIFT) + WORD_OFFSET;

		if (at + 8 <= size)
			memcpy(&o->word[page], &file_bytes[n][at], 8);
	}
	o->obj = memobj_create_image("/file", file_bytes[n], size);
	BUG_ON(!o->obj);
}

void model_objects_make(void)
{
	memset(objects, 0, sizeof(objects));
	make_file(0, 6 * PAGE_SIZE);
	make_file(1, 3 * PAGE_SIZE + 100);
	make_file(2, 10);
	objects[4] = (struct model_object){ .pages = 24, .shmem = true };
	objects[4].obj = memobj_create_shmem(24 * PAGE_SIZE);
	BUG_ON(!objects[4].obj);
}

void model_objects_drop(void)
{
	for (unsigned int i = 1; i < NR_OBJECTS; i++) {
		if (objects[i].refs || (objects[i].pages && i >= FIRST_SHMEM))
			panic("sim: object %u has %lu pages in the model at the end", i, objects[i].refs);
		if (objects[i].obj)
			memobj_put(objects[i].obj);
	}
}

u16 model_object_new(unsigned int pages)
{
	for (u16 i = FIRST_SHMEM; i < NR_OBJECTS; i++) {
		if (objects[i].pages)
			continue;
		objects[i] = (struct model_object){ .pages = pages, .shmem = true };
		return i;
	}
	return 0;
}
