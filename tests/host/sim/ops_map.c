/* SPDX-License-Identifier: MIT */
/* Random mmap, munmap, mprotect and brk, each beside what the model expects of it. */
#include "kernel/core/bug.h"
#include "lib/errno.h"
#include "tests/host/sim/driver.h"
#include "uapi/mman.h"

/* One mmap: what is asked, and what the pages will be. */
struct mapping {
	unsigned long addr, len, prot, flags, pgoff;
	u16 object;			/* 0: anonymous, private or to be made */
	u32 page_flags;
};

/* ---- mmap ---- */

/* A place, and flags that say how firmly it is meant. */
static void pick_place(struct mapping *m, unsigned long max)
{
	pick_range(&m->addr, &m->len, max);
	switch (pick(6)) {
	case 0: case 1:
		m->flags |= MAP_FIXED;
		break;
	case 2:
		m->flags |= MAP_FIXED_NOREPLACE;
		break;
	case 3:
		m->addr += pick(3) * 8;		/* a hint is rounded down */
		break;
	default:
		m->addr = 0;
	}
}

static u32 page_flags_of(const struct mapping *m)
{
	const struct model_object *o = m->object ? &objects[m->object] : NULL;
	u32 f = m->prot & MP_PROT;

	if (m->flags & MAP_GROWSDOWN)
		f |= MP_GROWSDOWN;
	if (m->flags & MAP_NORESERVE)
		f |= MP_NORESERVE;
	if (m->flags & MAP_LOCKED)
		f |= MP_LOCKED;
	if ((m->flags & MAP_TYPE) == MAP_SHARED)
		f |= o && !o->shmem ? MP_MAYSHARE | MP_NOWRITE : MP_MAYSHARE | MP_SHARED;
	if ((f & (MP_W | MP_SHARED | MP_NORESERVE)) == MP_W)
		f |= MP_ACCOUNT;
	return f | driver.here->future;
}

/* Where the mapping must end up, or -errno. */
static unsigned long expected_place(const struct mapping *m)
{
	struct space *s = driver.here;

	if (!(m->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)))
		return model_place(s, m->addr, m->len);
	if (m->flags & MAP_FIXED_NOREPLACE)
		for (unsigned long va = m->addr; va < m->addr + m->len; va += PAGE_SIZE)
			if (model_mapped(s, va))
				return -EEXIST;
	return m->addr;
}

static bool in_windows(unsigned long start, unsigned long len)
{
	int first = model_index(start), last = model_index(start + len - PAGE_SIZE);

	return first >= 0 && last >= 0 && last - first == (int)(len >> PAGE_SHIFT) - 1;
}

/* Do it in both worlds. @file: what the kernel is given. */
static void do_mapping(struct mapping *m, struct memobj *file)
{
	struct space *s = driver.here;
	unsigned long want = expected_place(m), got;

	m->page_flags = page_flags_of(m);
	begin_memory_call();
	got = mm_mmap(s->mm, m->addr, m->len, m->prot, m->flags, file, m->pgoff);
	say("mmap %#lx+%#lx prot %lu flags %#lx object %u+%lu -> %#lx", m->addr, m->len, m->prot, m->flags,
	    m->object, m->pgoff, got);
	if (call_failed(got == (unsigned long)-ENOMEM)) {
		if (m->object >= FIRST_SHMEM)
			objects[m->object].pages = 0;
		return;
	}
	expect_result("mmap", got, want);
	if (!IS_ERR_VALUE(got) && in_windows(got, m->len)) {
		model_unmap(s, got, got + m->len);
		model_map(s, got, got + m->len, m->page_flags, m->object, m->pgoff);
		model_adopt_copies(s);
		return;
	}
	if (!IS_ERR_VALUE(got))		/* the windows are full: not for the model */
		expect_result("munmap", mm_munmap(s->mm, got, m->len), 0);
	if (m->object >= FIRST_SHMEM)
		objects[m->object].pages = 0;
}

static unsigned long pick_extra_flags(void)
{
	unsigned long flags = 0;

	if (one_in(6))
		flags |= MAP_NORESERVE;
	if (one_in(8))
		flags |= MAP_POPULATE;
	if (one_in(24))
		flags |= MAP_LOCKED;
	if (one_in(8))
		flags |= MAP_STACK;
	return flags;
}

/* Anonymous memory, private or shared. */
void op_mmap(void)
{
	struct mapping m = { .prot = pick_prot(), .flags = MAP_ANONYMOUS | pick_extra_flags() };
	bool shared = one_in(5);

	m.flags |= shared ? MAP_SHARED : MAP_PRIVATE;
	if (!shared && one_in(8))
		m.flags |= MAP_GROWSDOWN;
	pick_place(&m, shared ? OBJECT_PAGES : 64);
	if (shared) {
		m.object = model_object_new(m.len >> PAGE_SHIFT);
		if (!m.object)
			return;
	}
	do_mapping(&m, NULL);
}

/* A file or the test's own shared object, from some page on, perhaps beyond its end. */
void op_mmap_object(void)
{
	struct mapping m = { .prot = pick_prot(), .flags = pick_extra_flags(), .object = 1 + pick(4) };
	const struct model_object *o = &objects[m.object];
	bool shared = one_in(3);

	m.flags |= shared ? MAP_SHARED : MAP_PRIVATE;
	m.pgoff = pick(o->pages);
	pick_place(&m, o->pages - m.pgoff + one_in(6));
	if (shared && !o->shmem && (m.prot & PROT_WRITE)) {
		expect_result("mmap of a shared file for writing",
			      mm_mmap(driver.here->mm, 0, m.len, m.prot, m.flags, o->obj, m.pgoff), -EACCES);
		return;
	}
	do_mapping(&m, o->obj);
}

/* Arguments that no state of the address space makes right. */
void op_mmap_bad(void)
{
	static const struct {
		unsigned long addr, len, flags, pgoff;
		long error;
	} bad[] = {
		{ 0, 0, MAP_PRIVATE | MAP_ANONYMOUS, 0, -EINVAL },
		{ 0, -1UL, MAP_PRIVATE | MAP_ANONYMOUS, 0, -ENOMEM },
		{ 0, TASK_SIZE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, 0, -ENOMEM },
		{ 0, PAGE_SIZE, MAP_ANONYMOUS, 0, -EINVAL },
		{ 0, PAGE_SIZE, MAP_SHARED_VALIDATE | MAP_ANONYMOUS, 0, -EINVAL },
		{ 0, PAGE_SIZE, MAP_SHARED | MAP_ANONYMOUS | MAP_GROWSDOWN, 0, -EINVAL },
		{ 0x40000010, PAGE_SIZE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0, -EINVAL },
		{ 0x1000, PAGE_SIZE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0, -EPERM },
		{ TASK_SIZE, PAGE_SIZE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0, -ENOMEM },
		{ TASK_SIZE - PAGE_SIZE, 2 * PAGE_SIZE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0, -ENOMEM },
		{ 0, 2 * PAGE_SIZE, MAP_PRIVATE | MAP_ANONYMOUS, -1UL, -EOVERFLOW },
	};
	unsigned int i = pick(ARRAY_SIZE(bad));
	unsigned long got = mm_mmap(driver.here->mm, bad[i].addr, bad[i].len, PROT_READ | PROT_WRITE,
				    bad[i].flags, NULL, bad[i].pgoff);

	say("bad mmap %u -> %ld", i, (long)got);
	expect_result("bad mmap", got, bad[i].error);
}

/* ---- munmap, mprotect ---- */

/* Any range, now and then across windows. */
static void pick_wide_range(unsigned long *start, unsigned long *len)
{
	unsigned long end;

	pick_range(start, len, 64);
	if (!one_in(16))
		return;
	end = pick_page() + PAGE_SIZE;
	if (end > *start)
		*len = end - *start;
}

void op_munmap(void)
{
	struct space *s = driver.here;
	unsigned long start, len;
	long got;

	pick_wide_range(&start, &len);
	begin_memory_call();
	got = mm_munmap(s->mm, start, len);
	say("munmap %#lx+%#lx -> %ld", start, len, got);
	if (call_failed(got == -ENOMEM))
		return;
	expect_result("munmap", got, 0);
	model_unmap(s, start, start + len);
}

static u32 protected_flags(u32 old, u32 prot)
{
	u32 new = (old & ~MP_PROT) | prot;

	if ((prot & MP_W) && !(old & (MP_ACCOUNT | MP_SHARED | MP_NORESERVE)) && (old & MP_PROT) != prot)
		new |= MP_ACCOUNT;
	return new;
}

/* The pages in front of the first one that stops mprotect change. Returns what stops it, or 0. */
static long model_mprotect(struct space *s, unsigned long start, unsigned long end, u32 prot)
{
	for (; start < end; start += PAGE_SIZE) {
		struct model_page *p = model_at(s, start);

		if (!p || !(p->flags & MP_MAPPED))
			return -ENOMEM;
		if ((prot & MP_W) && (p->flags & MP_NOWRITE))
			return -EACCES;
		p->flags = protected_flags(p->flags, prot);
	}
	return 0;
}

/* After an injected failure: what the kernel has got to. Pages not changed are compared as all others. */
static void adopt_mprotect(struct space *s, unsigned long start, unsigned long end, u32 prot)
{
	for (; start < end && model_mapped(s, start); start += PAGE_SIZE) {
		struct model_page *p = model_at(s, start);
		u32 new = protected_flags(p->flags, prot);

		if (model_kernel_flags(s, start) != (new & ~MP_CONTENT))
			return;
		p->flags = new;
	}
}

void op_mprotect(void)
{
	struct space *s = driver.here;
	unsigned long start, len;
	u32 prot = pick_prot();
	long got;

	pick_wide_range(&start, &len);
	begin_memory_call();
	got = mm_mprotect(s->mm, start, len, prot);
	say("mprotect %#lx+%#lx prot %u -> %ld", start, len, prot, got);
	if (call_failed(got == -ENOMEM))
		adopt_mprotect(s, start, start + len, prot);
	else
		expect_result("mprotect", got, model_mprotect(s, start, start + len, prot));
}

/* ---- brk ---- */

static bool anything_mapped(struct space *s, unsigned long start, unsigned long end)
{
	while (start < end && !model_mapped(s, start))
		start += PAGE_SIZE;
	return start < end;
}

void op_brk(void)
{
	struct space *s = driver.here;
	unsigned long brk = MODEL_BRK_START + pick(120) * PAGE_SIZE + pick(2) * 24;
	unsigned long old_end = PAGE_ALIGN(s->brk), new_end = PAGE_ALIGN(brk), got, want = brk;

	if (one_in(10))
		brk = one_in(2) ? 0 : TASK_SIZE;
	if (brk < MODEL_BRK_START || brk >= TASK_SIZE)
		want = s->brk;
	else if (new_end > old_end && !model_free(s, old_end, new_end + PAGE_SIZE - old_end))
		want = s->brk;
	else if (new_end < old_end && !anything_mapped(s, new_end, old_end))
		want = s->brk;
	begin_memory_call();
	got = mm_brk(s->mm, brk);
	say("brk %#lx -> %#lx", brk, got);
	if (call_failed(got == s->brk && want != s->brk))
		return;
	expect_result("brk", got, want);
	if (want != brk)
		return;
	if (new_end > old_end)
		model_map(s, old_end, new_end, MP_R | MP_W | MP_ACCOUNT | s->future, 0, 0);
	else
		model_unmap(s, new_end, old_end);
	s->brk = brk;
}
