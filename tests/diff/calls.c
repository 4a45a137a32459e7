/* SPDX-License-Identifier: MIT */
/*
 * Random calls that map, unmap, protect and move, and accesses. Each prints what it asks
 * and what came of it. Where Linux 6.12 and later versions differ, a step keeps to what they have in common: an
 * mremap stays inside one VMA.
 */
#include "tests/diff/calls.h"

/* ---- random numbers: splitmix64 ---- */

static uint64_t state;

void rnd_seed(uint64_t seed)
{
	state = seed;
}

unsigned long rnd(unsigned long n)
{
	uint64_t z = (state += 0x9e3779b97f4a7c15ul);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ul;
	z = (z ^ z >> 27) * 0x94d049bb133111ebul;
	return (z ^ z >> 31) % n;
}

struct range pick(void)
{
	unsigned long page = rnd(NR_PAGES), room = WINDOW_PAGES - page % WINDOW_PAGES;
	unsigned long n = 1 + rnd(one_in(6) ? 24 : 6);

	return (struct range){ page, n < room ? n : room };
}

void say_range(struct range r)
{
	say(" %d:%d+%d", r.first / WINDOW_PAGES, r.first % WINDOW_PAGES, r.n);
}

unsigned long random_prot(void)
{
	static const unsigned char prots[] = {
		PROT_NONE, PROT_READ, PROT_READ, PROT_WRITE, PROT_READ | PROT_EXEC,
		PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE,
		PROT_READ | PROT_WRITE | PROT_EXEC, PROT_WRITE | PROT_EXEC,
	};

	return prots[rnd(sizeof(prots))];
}

/* ---- mmap, munmap, mprotect ---- */

static unsigned long random_map_flags(void)
{
	static const unsigned int extra[] = {
		MAP_POPULATE, MAP_POPULATE, MAP_NORESERVE, MAP_LOCKED, MAP_STACK, MAP_GROWSDOWN,
		MAP_POPULATE | MAP_NONBLOCK, MAP_DENYWRITE | MAP_EXECUTABLE,
	};
	unsigned long flags = MAP_ANONYMOUS | (rnd(10) < 7 ? MAP_PRIVATE : MAP_SHARED);

	return one_in(3) ? flags | extra[rnd(sizeof(extra) / sizeof(extra[0]))] : flags;
}

/* mmap at [r], by MAP_FIXED, MAP_FIXED_NOREPLACE or a hint, which may be taken or not. */
void step_mmap(void)
{
	struct range r = pick();
	unsigned long prot = random_prot(), flags = random_map_flags(), kind = rnd(10);
	unsigned long addr = page_addr(r.first), len = r.n * PAGE_SIZE - (one_in(4) ? rnd(PAGE_SIZE) : 0);
	long ret;

	if (kind < 7)
		flags |= MAP_FIXED;
	else if (kind < 8)
		flags |= MAP_FIXED_NOREPLACE;
	say_range(r);
	say(" %x %x", prot, flags);
	ret = call(NR_mmap, kind == 9 ? addr + rnd(PAGE_SIZE) : addr, len, prot, flags, -1, 0);
	if (ret == (long)addr) {
		say(" = there");
		new_id(r);
	} else if (ret < 0 && ret > -4096) {
		say(" = %d", ret);
	} else {
		say(" = elsewhere, %d", (long)(ret % PAGE_SIZE));
		say_load((unsigned long)ret);
		say(" %d", call(NR_munmap, ret, len));
	}
}

/* Arguments that mmap must refuse, and some that only look odd. */
void step_mmap_bad(void)
{
	const unsigned long anon = MAP_PRIVATE | MAP_ANONYMOUS, addr = page_addr(rnd(NR_PAGES));
	static const unsigned long high[] = { -4096UL, -8192UL, 1UL << 63, (1UL << 63) - 4096, 1UL << 56 };
	long ret = 0;

	switch (rnd(8)) {
	case 0:
		ret = call(NR_mmap, addr, 0, PROT_READ, anon | MAP_FIXED, -1, 0);
		break;
	case 1:
		ret = call(NR_mmap, addr + 1 + rnd(4095), PAGE_SIZE, PROT_READ, anon | MAP_FIXED, -1, 0);
		break;
	case 2:
		ret = call(NR_mmap, addr, high[rnd(5)], PROT_READ, anon | MAP_FIXED, -1, 0);
		break;
	case 3:
		ret = call(NR_mmap, addr, PAGE_SIZE, PROT_READ, MAP_ANONYMOUS, -1, 0);
		break;
	case 4:
		ret = call(NR_mmap, addr, PAGE_SIZE, PROT_READ, anon, -1, 1 + rnd(4095));
		break;
	case 5:
		ret = call(NR_mmap, high[rnd(5)], PAGE_SIZE, PROT_READ, anon | MAP_FIXED, -1, 0);
		break;
	case 6:
		ret = call(NR_mmap, addr, PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_FIXED, -1, 0);
		break;
	case 7:
		ret = call(NR_mmap, addr, high[rnd(2)] + 4095, PROT_READ, anon, -1, 0);
		break;
	}
	say(" = %d", ret);
}

void step_munmap(void)
{
	struct range r = pick();
	unsigned long addr = page_addr(r.first), len = r.n * PAGE_SIZE;
	long ret;

	say_range(r);
	if (one_in(12)) {
		static const unsigned long lens[] = { 0, -1UL, 1UL << 63, -4096UL };

		ret = one_in(2) ? call(NR_munmap, addr + 1 + rnd(4095), len) : call(NR_munmap, addr, lens[rnd(4)]);
	} else {
		ret = call(NR_munmap, addr, len - (one_in(4) ? rnd(PAGE_SIZE) : 0));
		if (ret == 0) {
			cut_ids(r);
			no_id(r);
		}
	}
	say(" = %d", ret);
}

void step_mprotect(void)
{
	struct range r = pick();
	unsigned long addr = page_addr(r.first), len = r.n * PAGE_SIZE, prot = random_prot();

	if (one_in(20)) {
		static const unsigned long odd[] = { 8, 16, 64, PROT_GROWSDOWN, PROT_GROWSUP,
						     PROT_GROWSDOWN | PROT_GROWSUP };

		prot |= odd[rnd(6)];
	}
	if (one_in(20))
		addr += rnd(2) ? rnd(4096) : 0;
	if (one_in(20))
		len = rnd(2) ? 0 : -rnd(8192);
	say_range(r);
	say(" %x", prot);
	/* PROT_GROWSDOWN reaches to the start of the stack, which ids do not know. */
	if (prot & PROT_GROWSDOWN)
		no_id((struct range){ r.first / WINDOW_PAGES * WINDOW_PAGES, WINDOW_PAGES });
	cut_ids(r);
	say(" = %d", call(NR_mprotect, addr, len, prot));
}

/* ---- mremap ---- */

/* Linux 6.12 looks for the VMA first and at some arguments later; newer versions the other way round. */
static void say_refused(unsigned long src, long err)
{
	if (pages[src].perm[0])
		say(" = %d", err);
	else
		say(" = refused");
}

/* The whole stretch moves to [dst], or grows or shrinks; ids follow. */
static void remap_ids(struct range src, unsigned long new_n, bool moved, struct range dst, bool kept)
{
	cut_ids(src);
	if (moved) {
		cut_ids(dst);
		if (!kept)
			no_id(src);
		new_id(dst);
	} else {
		no_id((struct range){ src.first, src.n > new_n ? src.n : new_n });
	}
}

/* mremap away to a place of the kernel's choice; then back into the arena, so that it can be compared. */
static void say_away_and_back(struct range src, long at, unsigned long new_n, bool kept)
{
	struct range dst = pick();
	long ret;

	if (dst.n > new_n)
		dst.n = new_n;
	ret = call(NR_mremap, at, new_n * PAGE_SIZE, dst.n * PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED,
		   page_addr(dst.first));
	say(" away, back to");
	say_range(dst);
	say(" %s", ret == (long)page_addr(dst.first) ? "yes" : "no");
	cut_ids(src);
	if (!kept)
		no_id(src);
	cut_ids(dst);
	new_id(dst);
}

static unsigned long mremap_flags(unsigned long kind)
{
	switch (kind) {
	case 0: case 1:
		return 0;
	case 2: case 3:
		return MREMAP_MAYMOVE;
	case 4: case 5: case 6:
		return MREMAP_MAYMOVE | MREMAP_FIXED;
	case 7:
		return MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;
	default:
		return MREMAP_MAYMOVE | MREMAP_DONTUNMAP;
	}
}

/* With MREMAP_DONTUNMAP all of the VMA is unlocked; how far it extends, only the kernel can tell. */
static void unlock_window(unsigned long page)
{
	unsigned long first = page / WINDOW_PAGES * WINDOW_PAGES;

	cut_ids((struct range){ first, WINDOW_PAGES });
	for (unsigned long p = first; p < first + WINDOW_PAGES; p++)
		call(NR_munlock, page_addr(p), PAGE_SIZE);
}

void step_mremap(void)
{
	struct range src = { rnd(NR_PAGES), 0 }, dst = pick();
	unsigned long room = WINDOW_PAGES - src.first % WINDOW_PAGES, kind = rnd(9), flags = mremap_flags(kind);
	unsigned long new_n, to = 0;
	bool kept = flags & MREMAP_DONTUNMAP;
	long ret;

	src.n = 1 + rnd(same_id(src.first));
	new_n = 1 + rnd(8);
	new_n = kept ? src.n : new_n < room ? new_n : room;
	if (kept)
		unlock_window(src.first);
	if (flags & MREMAP_FIXED) {
		if (dst.first % WINDOW_PAGES + new_n > WINDOW_PAGES)
			dst.first -= dst.first % WINDOW_PAGES + new_n - WINDOW_PAGES;
		dst.n = new_n;
		to = page_addr(dst.first);
	}
	say_range(src);
	say(" to %d %x", new_n, flags);
	if (to)
		say_range(dst);
	ret = call(NR_mremap, page_addr(src.first), src.n * PAGE_SIZE, new_n * PAGE_SIZE, flags, to);
	if (ret < 0 && ret > -4096) {
		say_refused(src.first, ret);
		cut_ids(src);
	} else if (ret == (long)page_addr(src.first) || (to && ret == (long)to)) {
		say(" = %s", to ? "moved" : "in place");
		remap_ids(src, new_n, to, dst, kept);
	} else {
		say_away_and_back(src, ret, new_n, kept);
	}
}

/* Arguments that mremap must refuse, and old_len 0, a second mapping of shared memory. */
void step_mremap_bad(void)
{
	unsigned long page = rnd(NR_PAGES - 8) / 8 * 8, addr = page_addr(page), to = page_addr((page + 16) % NR_PAGES);
	struct range dst = { (page + 16) % NR_PAGES, 1 };
	long ret = 0;

	say(" %d:%d", page / WINDOW_PAGES, page % WINDOW_PAGES);
	switch (rnd(7)) {
	case 0:
		ret = call(NR_mremap, addr + 1, PAGE_SIZE, PAGE_SIZE, 0, 0);
		break;
	case 1:
		ret = call(NR_mremap, addr, PAGE_SIZE, 0, MREMAP_MAYMOVE, 0);
		break;
	case 2:
		ret = call(NR_mremap, addr, PAGE_SIZE, PAGE_SIZE, 8 | MREMAP_MAYMOVE, 0);
		break;
	case 3:
		ret = call(NR_mremap, addr, PAGE_SIZE, PAGE_SIZE, MREMAP_FIXED, to);
		break;
	case 4:
		ret = call(NR_mremap, addr, PAGE_SIZE, PAGE_SIZE, MREMAP_FIXED | MREMAP_MAYMOVE, to + 5);
		break;
	case 5:
		ret = call(NR_mremap, addr, PAGE_SIZE, PAGE_SIZE, MREMAP_FIXED | MREMAP_MAYMOVE, addr);
		break;
	case 6:
		ret = call(NR_mremap, addr, 0, PAGE_SIZE, MREMAP_FIXED | MREMAP_MAYMOVE, to);
		cut_ids(dst);
		new_id(dst);
		break;
	}
	if (ret > 0)
		say(" = done");
	else
		say_refused(page, ret);
}

/* ---- accesses ---- */

void step_touch(void)
{
	for (unsigned long i = 1 + rnd(4); i; i--) {
		unsigned long page = rnd(NR_PAGES), addr = page_addr(page) + (one_in(3) ? PAGE_SIZE - 8 : 0);

		say(" %d:%d", page / WINDOW_PAGES, page % WINDOW_PAGES);
		if (rnd(5) < 2)
			say_load(addr);
		else
			say_store(addr, rnd(1UL << 40));
	}
}

/* ---- brk ---- */

static unsigned long first_brk;

void brk_init(void)
{
	first_brk = (unsigned long)call(NR_brk, 0);
}

void step_brk(void)
{
	unsigned long now = (unsigned long)call(NR_brk, 0), want = first_brk + rnd(20 * PAGE_SIZE);

	if (one_in(10)) {
		want = one_in(2) ? first_brk - 1 : 1UL << 62;
		say(" refused");
	} else {
		say(" %d", (long)(want - first_brk));
	}
	now = (unsigned long)call(NR_brk, want);
	say(" = %d", (long)(now - first_brk));
	/* The heap is writable to the end of its last page, and what it loses comes back as zeroes. */
	now = (now - 1) & ~(PAGE_SIZE - 1);
	if (now >= first_brk) {
		say_load(now);
		say_store(now + 8 * rnd(4), now - first_brk + 1);
	}
}
