/* SPDX-License-Identifier: MIT */
/* Random madvise, mlock and its family, mincore, msync, whole page tables that move, stacks that grow. */
#include "tests/diff/calls.h"

#define ANON_PRIVATE	(MAP_PRIVATE | MAP_ANONYMOUS)

static void say_madvise(struct range r, unsigned long advice)
{
	say_range(r);
	say(" %d = %d", (long)advice, call(NR_madvise, page_addr(r.first), r.n * PAGE_SIZE, advice));
}

void step_madvise_pages(void)
{
	static const unsigned char advice[] = {
		MADV_DONTNEED, MADV_DONTNEED, MADV_DONTNEED, MADV_WILLNEED, MADV_COLD,
		MADV_POPULATE_READ, MADV_POPULATE_WRITE, MADV_POPULATE_WRITE, MADV_REMOVE, MADV_REMOVE,
	};

	struct range r = pick();

	say_madvise(r, advice[rnd(sizeof(advice))]);
}

void step_madvise_mark(void)
{
	static const unsigned char advice[] = {
		MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL,
		MADV_DONTFORK, MADV_DOFORK, MADV_DOFORK, MADV_WIPEONFORK, MADV_KEEPONFORK,
	};
	struct range r = pick();

	cut_ids(r);
	say_madvise(r, advice[rnd(sizeof(advice))]);
}

void step_madvise_bad(void)
{
	unsigned long addr = page_addr(rnd(NR_PAGES)), len = rnd(2) * PAGE_SIZE;
	static const long advice[] = { 5, 7, 99, -1, MADV_DONTNEED, MADV_NORMAL };
	static const unsigned long lens[] = { 0, -1UL, -4096UL };
	long a = advice[rnd(6)];

	if (one_in(8))			/* all above, down to the last hole */
		say(" far = %d", call(NR_madvise, addr, 1UL << 63, MADV_WILLNEED));
	else if (one_in(2))
		say(" %d = %d", a, call(NR_madvise, addr + 1 + rnd(4095), len, a));
	else
		say(" %d = %d", a, call(NR_madvise, addr, lens[rnd(3)], a));
}

/*
 * After MADV_FREE the kernel may drop pages at any time. Hence page by page, only what can be
 * written, and every word of it that counts is.
 */
void step_free(void)
{
	struct range r = pick();

	say_range(r);
	for (unsigned long p = r.first; p < r.first + r.n; p++) {
		cut_ids((struct range){ p, 1 });
		if (call(NR_mprotect, page_addr(p), PAGE_SIZE, PROT_READ | PROT_WRITE) != 0) {
			say(" -");
			continue;
		}
		say(" %d", call(NR_madvise, page_addr(p), PAGE_SIZE, MADV_FREE));
		say_store(page_addr(p), p);
		say_store(page_addr(p) + PAGE_SIZE - 8, p + 1);
	}
}

/* What MADV_PAGEOUT sent away, if there is anywhere to send it, is brought back, so that mincore agrees. */
void step_pageout(void)
{
	struct range r = pick();

	cut_ids(r);
	say_madvise(r, MADV_PAGEOUT);
	say(" %d", call(NR_mprotect, page_addr(r.first), r.n * PAGE_SIZE, PROT_READ | PROT_WRITE));
	for (unsigned long p = r.first; p < r.first + r.n; p++)
		say_load(page_addr(p));
}

/* ---- mlock ---- */

void step_mlock(void)
{
	struct range r = pick();
	unsigned long addr = page_addr(r.first) + (one_in(4) ? rnd(PAGE_SIZE) : 0), len = r.n * PAGE_SIZE;
	unsigned long kind = rnd(12);

	say_range(r);
	/* Bytes that lie in all of the range's pages, and in no others. */
	len -= addr % PAGE_SIZE;
	cut_ids(r);
	if (kind < 3)
		say(" mlock = %d", call(NR_mlock, addr, len));
	else if (kind < 5)
		say(" onfault = %d", call(NR_mlock2, addr, len, MLOCK_ONFAULT));
	else if (kind < 10)
		say(" munlock = %d", call(NR_munlock, addr, len));
	else if (kind < 11)
		say(" mlock2 = %d", call(NR_mlock2, addr, len, 2 + rnd(8)));
	else
		say(" wraps = %d", call(NR_mlock, addr, -rnd(3 * PAGE_SIZE)));
}

void step_mlockall(void)
{
	unsigned long flags = rnd(9);

	for (unsigned long w = 0; w < NR_WINDOWS; w++)
		cut_ids((struct range){ w * WINDOW_PAGES, WINDOW_PAGES });
	if (one_in(3))
		say(" %x = %d", flags, call(NR_mlockall, flags));
	if (!one_in(4))
		say(" unlock = %d", call(NR_munlockall));
}

/* ---- mincore, msync ---- */

/*
 * Not in a child: which entries a fork copies depends on how VMAs were merged before.
 * The vector itself may lie in the arena, too.
 */
void step_mincore(void)
{
	struct range r = pick();
	unsigned long addr = page_addr(r.first), len = r.n * PAGE_SIZE;
	static unsigned char vec[WINDOW_PAGES];
	long ret;

	if (in_child)
		return;
	say_range(r);
	if (one_in(8)) {
		/* Not in the range itself: what the answer brings in would show in its later parts. */
		unsigned long at = page_addr((r.first + WINDOW_PAGES + rnd(WINDOW_PAGES)) % NR_PAGES);

		say(" vector = %d", call(NR_mincore, addr, len, one_in(3) ? 0 : at));
		return;
	}
	if (one_in(10)) {
		static const unsigned long lens[] = { 0, -1UL, 1UL << 63 };

		say(" odd = %d", one_in(2) ? call(NR_mincore, addr + 1 + rnd(4095), len, vec) :
					     call(NR_mincore, addr, lens[rnd(3)], vec));
		return;
	}
	ret = call(NR_mincore, addr, len, vec);
	say(" = %d ", ret);
	for (unsigned long i = 0; ret == 0 && i < r.n; i++)
		say("%d", (long)vec[i]);
}

void step_msync(void)
{
	struct range r = pick();
	unsigned long addr = page_addr(r.first), len = r.n * PAGE_SIZE, flags = rnd(10);

	if (one_in(10))
		addr += rnd(4096);
	if (one_in(10))
		len = rnd(2) ? 0 : -rnd(8192);
	say_range(r);
	say(" %x = %d", flags, call(NR_msync, addr, len, flags));
}

/* ---- regions of their own: nothing of them is left after the step ---- */

/* A few megabytes with some pages written move, by whole tables or not, and are looked at again. */
void step_big(void)
{
	unsigned long odd = one_in(2) ? rnd(3) * PAGE_SIZE : 0, odd2 = one_in(2) ? odd : rnd(3) * PAGE_SIZE;
	unsigned long src = BIG + odd, dst = BIG + BIG_SIZE + odd2, tables = 1 + rnd(3);
	unsigned long len = tables * 2 * MIB + rnd(4) * PAGE_SIZE, at[6], new_len = one_in(2) ? len : len + rnd(2) * 2 * MIB;
	unsigned long kind = one_in(4) ? MAP_SHARED : MAP_PRIVATE;

	say(" %x to %x, %x %x", src - BIG, dst - BIG, len, new_len);
	say(" = %d", call(NR_mmap, src, len, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_FIXED | kind, -1, 0) > 0);
	for (int i = 0; i < 6; i++) {
		at[i] = rnd(len / PAGE_SIZE) * PAGE_SIZE;
		say_store(src + at[i], at[i] + 1);
	}
	if (one_in(3))			/* something to be replaced */
		call(NR_mmap, dst + rnd(600) * PAGE_SIZE, 8 * PAGE_SIZE, PROT_READ, ANON_PRIVATE | MAP_FIXED, -1, 0);
	say(" %d", call(NR_mremap, src, len, new_len, MREMAP_MAYMOVE | MREMAP_FIXED, dst) == (long)dst);
	for (int i = 0; i < 6; i++) {
		say_load(dst + at[i]);
		say_load(dst + (at[i] ^ PAGE_SIZE) % len);
	}
	say_load(src + at[0]);
	say_areas(BIG, BIG + 2 * BIG_SIZE);
	say(" %d", call(NR_munmap, BIG, 2 * BIG_SIZE));
}

/* A stack, perhaps with a neighbour near its guard gap of 256 pages, is touched here and there below. */
void step_stack(void)
{
	unsigned long top = STACKS + STACKS_SIZE, size = (1 + rnd(4)) * PAGE_SIZE;
	unsigned long below = (250 + rnd(20)) * PAGE_SIZE, prot = random_prot();

	say(" %x", size);
	say(" = %d", call(NR_mmap, top - size, size, PROT_READ | PROT_WRITE,
			  ANON_PRIVATE | MAP_FIXED | MAP_GROWSDOWN, -1, 0) > 0);
	if (!one_in(3)) {
		unsigned long flags = ANON_PRIVATE | MAP_FIXED | (one_in(4) ? MAP_GROWSDOWN : 0);

		say(" neighbour %x %x", below, prot);
		say(" %d", call(NR_mmap, top - size - below, PAGE_SIZE, prot, flags, -1, 0) > 0);
	}
	for (unsigned long i = 1 + rnd(4); i; i--) {
		unsigned long deep = (rnd(one_in(4) ? 520 : 16) + 1) * PAGE_SIZE;

		say(", %x", deep);
		if (one_in(2))
			say_load(top - size - deep);
		else
			say_store(top - size - deep + 8, deep);
	}
	if (one_in(3)) {	/* a hint in the gap is not taken */
		unsigned long hint = top - 6 * MIB, len = 6 * MIB - size - rnd(300) * PAGE_SIZE;
		long ret = call(NR_mmap, hint, len, PROT_READ, ANON_PRIVATE, -1, 0);

		say(" hint %d", (long)(ret == (long)hint));
		if (ret != (long)hint && ret > 0)
			call(NR_munmap, ret, len);
	}
	say_areas(STACKS, STACKS + STACKS_SIZE);
	say(" %d", call(NR_munmap, STACKS, STACKS_SIZE));
}
