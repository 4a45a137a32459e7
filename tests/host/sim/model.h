/* SPDX-License-Identifier: MIT */
/*
 * What user programs may expect, kept page by page and as plainly as possible: no VMAs, no page tables,
 * no sharing. kernel/mm must agree with it after every call.
 *
 *	address space	..[ LOW ]......[ MID ]...........[ TOP ]......[ STACK ]
 *	model		  0.........................................MODEL_PAGES	one entry per page
 *
 * Programs use four windows; each lies across a border that matters: the heap and its neighbours,
 * the border of two 1 GiB blocks, the place where mmap searches first, the stack with its guard gap.
 */
#ifndef TESTS_HOST_SIM_MODEL_H
#define TESTS_HOST_SIM_MODEL_H

#include "kernel/mm/mm.h"

#define WORD_OFFSET	0x18UL		/* which word of each page the model knows */

enum window_id { WIN_LOW, WIN_MID, WIN_TOP, WIN_STACK, NR_WINDOWS };
struct window {
	unsigned long start;
	unsigned int pages, first;	/* first: index of its first page in the model */
};
extern const struct window windows[NR_WINDOWS];
#define MODEL_PAGES	960u

#define MODEL_BRK_START	(windows[WIN_LOW].start + (64UL << PAGE_SHIFT))

/* model_page.flags */
#define MP_R		0x1u
#define MP_W		0x2u
#define MP_X		0x4u
#define MP_PROT		(MP_R | MP_W | MP_X)
#define MP_MAPPED	0x8u
#define MP_SHARED	0x10u		/* writes go to the object */
#define MP_NOWRITE	0x20u		/* mprotect may not add W: a shared file */
#define MP_GROWSDOWN	0x40u
#define MP_ACCOUNT	0x80u		/* promised memory */
#define MP_NORESERVE	0x100u
#define MP_LOCKED	0x200u
#define MP_ONFAULT	0x400u
#define MP_DONTFORK	0x800u
#define MP_WIPE		0x1000u
#define MP_MAYSHARE	0x2000u		/* MAP_SHARED was said, perhaps without MP_SHARED */
#define MP_OWN		0x8000u		/* private, written to: word is its contents */
#define MP_FREE		0x10000u	/* MADV_FREE since the last write: word, or zeroes if memory ran short */
#define MP_CONTENT	(MP_OWN | MP_FREE)	/* these say nothing of the mapping */

struct model_page {
	u32 flags;
	u16 object;			/* 0: anonymous memory; else objects[] */
	u16 offset;			/* page in the object */
	u64 word;
};

#define NR_OBJECTS	64u
#define OBJECT_PAGES	64u
#define FIRST_SHMEM	5u		/* below: three files, and one shared object of the test's */
struct model_object {
	struct memobj *obj;		/* files and the test's own; else NULL */
	unsigned int pages;		/* 0: free */
	unsigned long refs;		/* model pages that show it */
	bool shmem;
	u64 word[OBJECT_PAGES];
};
extern struct model_object objects[NR_OBJECTS];

/* One address space and what we think of it. */
struct space {
	struct mm_struct *mm;		/* NULL: free */
	unsigned int users;		/* processes that share it (vfork) */
	unsigned long brk;
	u32 future;			/* mlockall(MCL_FUTURE): MP_LOCKED, MP_ONFAULT */
	struct model_page pages[MODEL_PAGES];
};

/* ---- addresses ---- */

unsigned long model_addr(unsigned int index);
/* The index of @va's page, or -1 when it is in no window. */
int model_index(unsigned long va);
/* The first index whose page is at or above @va; MODEL_PAGES: none. */
unsigned int model_index_from(unsigned long va);
/* The entry of @va; NULL when nothing can be mapped there. */
struct model_page *model_at(struct space *s, unsigned long va);
static inline bool model_mapped(struct space *s, unsigned long va)
{
	struct model_page *p = model_at(s, va);

	return p && (p->flags & MP_MAPPED);
}
/* Are all pages of [start, end) mapped? */
bool model_covered(struct space *s, unsigned long start, unsigned long end);

/* ---- contents and changes ---- */

/* What a read of a mapped page gives; false: it lies past the end of its object. */
bool model_word(const struct model_page *p, u64 *word);
/* May a page that the model gives @want hold @there? */
bool model_word_ok(const struct model_page *p, u64 want, u64 there);
void model_write(struct model_page *p, u64 word);
/* The kernel wrote elsewhere in the page at @va: it is a copy of its own now, not to be forgotten. */
void model_touched(struct space *s, unsigned long va);
/*
 * Pages were brought in ahead of use. In a private mapping of memory that others still change, each
 * has a copy from now on: take note of those that the kernel made.
 */
void model_adopt_copies(struct space *s);
void model_unmap(struct space *s, unsigned long start, unsigned long end);
/* [start, end), nothing mapped there, becomes pages with @flags; @object shows from page @offset on. */
void model_map(struct space *s, unsigned long start, unsigned long end, u32 flags, u16 object, u16 offset);
void model_copy_page(struct model_page *to, const struct model_page *from);
void model_forget_page(struct model_page *p);
void model_fork(struct space *child, const struct space *parent);

/* ---- places ---- */

/* Is [addr, addr + len) free, and outside the gap of a stack above? */
bool model_free(struct space *s, unsigned long addr, unsigned long len);
/* Where mmap puts @len bytes: at @hint if possible, else top down. */
unsigned long model_place(struct space *s, unsigned long hint, unsigned long len);
/* Could a stack grow down to @va? Then the lowest page of that stack, else NULL. */
struct model_page *model_stack_above(struct space *s, unsigned long va, unsigned long *top);

/* ---- objects ---- */

/* The test's files and shared object exist from here to model_objects_drop(). */
void model_objects_make(void);
void model_objects_drop(void);
/* A number for a new shared anonymous object, or 0. */
u16 model_object_new(unsigned int pages);

/* ---- comparing with the kernel: panics at a difference ---- */

void model_check_space(struct space *s);
/* The MP_* flags of the kernel's VMA at @va, 0: none. */
u32 model_kernel_flags(struct space *s, unsigned long va);
/* Memory promised to all @n spaces together. */
void model_check_commit(const struct space *spaces, unsigned int n);

#endif
