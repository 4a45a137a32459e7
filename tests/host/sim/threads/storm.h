/* SPDX-License-Identifier: MIT */
/*
 * What a hart knows of the memory of its processes, page by page (model.c), and what it does to it (storm.c).
 *
 *	process		window 0 [ pages | scratch ]	window 1 [ pages | scratch ]	play [ 8 MiB for each hart ]
 *	the common one	also: [ private pages that both harts write to ]
 *
 * A process is driven by one hart at a time, and may use both windows; only the common process is driven by both,
 * each in the window of its own number. So one hart alone knows, and checks, what a page must hold. Two words of
 * each page are used by the model; where both harts write to a page each has a word of its own.
 */
#ifndef TESTS_HOST_SIM_THREADS_STORM_H
#define TESTS_HOST_SIM_THREADS_STORM_H

#include "tests/host/sim/threads/threads.h"

#define WINDOW_PAGES	64u
#define NR_SHARED	3u		/* objects that live as long as the storm */
#define OBJECT_PAGES	16u
#define IMAGE_PAGES	16u
#define BOTH		NR_HARTS	/* number of the window that both use */
#define NR_WINDOWS	(NR_HARTS + 1)
#define PLAY_SIZE	0x800000UL

enum kind {
	NOTHING,
	ANON,			/* private: both words are value */
	IMAGE,			/* the same, and at first what the file has */
	SHARED,			/* shared_objects[object], or (object NR_SHARED) window BOTH: a word for each hart */
	ANY_SHARED,		/* an object that comes and goes: zero, or its tag */
};

struct page_model {
	u8 kind, prot;		/* PROT_READ, PROT_WRITE */
	u8 object;
	bool may_be_zero;	/* MADV_FREE since the last write */
	u16 offset;		/* page in the object */
	u32 tag;
	u64 value;
};

struct process {
	struct mm_struct *mm;
	unsigned int slot;
	struct page_model pages[NR_WINDOWS][WINDOW_PAGES];
};

/* Where a hart works now. */
struct place {
	struct process *p;
	unsigned int window;
};

/* One hart's random numbers, processes and figures. */
struct storm {
	unsigned int hart;
	u64 random;
	struct process *own[4];
	u64 seen[NR_SHARED + 1][OBJECT_PAGES][NR_HARTS];	/* shared words: ours, and the latest of the other's */
	unsigned long steps;				/* atomic: the main thread watches it */
	unsigned long accesses, calls, forks, moved, reclaimed, swapoffs, handed;
};

extern struct memobj *shared_objects[NR_SHARED], *image_objects[2];	/* an image in RAM; the same from a pager */

/* ---- model.c ---- */

unsigned long pick(struct storm *s, unsigned long n);
static inline bool one_in(struct storm *s, unsigned long n) { return pick(s, n) == 0; }
unsigned long page_address(struct place at, unsigned int page);
struct page_model *model_of(struct place at, unsigned int page);
/* Addresses with nothing, for what an operation maps and unmaps again; PLAY_SIZE bytes of this hart. */
unsigned long play_address(const struct storm *s);
void objects_create(void);
void objects_drop(void);
/* What a fresh mapping of @kind at @offset holds. */
u64 first_value(enum kind kind, unsigned int offset);
/* model_access() - load or store the words of @page, and check. */
void model_access(struct storm *s, struct place at, unsigned int page, bool write);
/* The same by mm_read() and mm_write(), as if from outside. */
void model_access_outside(struct storm *s, struct place at, unsigned int page, bool write);
/* load_word(), store_word() - one word that the model does not know; it must work. */
u64 load_word(unsigned long va);
void store_word(unsigned long va, u64 value);
/* rush.c: @s and the other hart, which drive @mm both, write to the same fresh pages at once, if they come together. */
void rush(struct storm *s, struct mm_struct *mm);
bool rush_is_open(void);
/* Everything that is readable. */
void model_check(struct storm *s, struct place at);

#endif
