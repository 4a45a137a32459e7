/* SPDX-License-Identifier: MIT */
/* Random madvise, mlock, munlock, mlockall beside the model. */
#include "kernel/core/bug.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/vma.h"
#include "lib/errno.h"
#include "tests/host/sim/driver.h"
#include "uapi/mman.h"

#define MP_LOCK_MASK	(MP_LOCKED | MP_ONFAULT)

/* Change flags in a row of pages. Used for a finished call, and page by page after an injected failure. */
struct flag_change {
	u32 clear, set;
};

static void change(struct model_page *p, struct flag_change c)
{
	p->flags = (p->flags & ~c.clear) | c.set;
}

/* Take over what the kernel has changed in [start, end) before an allocation failed. */
static void adopt_change(struct space *s, unsigned long start, unsigned long end, struct flag_change c)
{
	for (unsigned int i = model_index_from(start); i < MODEL_PAGES && model_addr(i) < end; i++) {
		struct model_page *p = &s->pages[i];
		u32 new = (p->flags & ~c.clear) | c.set;

		if ((p->flags & MP_MAPPED) && model_kernel_flags(s, model_addr(i)) == (new & ~MP_CONTENT))
			p->flags = new;
	}
}

/* ---- madvise ---- */

static struct flag_change advice_marks(int advice)
{
	switch (advice) {
	case MADV_DONTFORK:
		return (struct flag_change){ 0, MP_DONTFORK };
	case MADV_DOFORK:
		return (struct flag_change){ MP_DONTFORK, 0 };
	case MADV_WIPEONFORK:
		return (struct flag_change){ 0, MP_WIPE };
	case MADV_KEEPONFORK:
		return (struct flag_change){ MP_WIPE, 0 };
	}
	return (struct flag_change){ 0, 0 };
}

static bool advice_is_mark(int advice)
{
	struct flag_change c = advice_marks(advice);

	return c.clear || c.set || advice <= MADV_SEQUENTIAL;
}

/* One page's part of @advice: 0, or the error that ends the call. */
static long advise_page(struct model_page *p, int advice)
{
	bool locked = p->flags & MP_LOCKED;

	switch (advice) {
	case MADV_WIPEONFORK:
		if (p->object || (p->flags & MP_SHARED))
			return -EINVAL;
		break;
	case MADV_DONTNEED:
		if (locked)
			return -EINVAL;
		if (!(p->flags & MP_SHARED))
			p->flags &= ~MP_CONTENT;
		break;
	case MADV_FREE:
		if (locked || p->object)
			return -EINVAL;
		if (p->flags & MP_OWN)
			p->flags |= MP_FREE;
		break;
	case MADV_REMOVE:
		if (locked || !p->object)
			return -EINVAL;
		if ((p->flags & (MP_SHARED | MP_NOWRITE)) != MP_SHARED)
			return -EACCES;
		if (p->offset < objects[p->object].pages)
			objects[p->object].word[p->offset] = 0;
		break;
	case MADV_COLD:
	case MADV_PAGEOUT:
		if (locked)
			return -EINVAL;
		break;
	}
	change(p, advice_marks(advice));
	return 0;
}

static long model_madvise(struct space *s, unsigned long start, unsigned long end, int advice)
{
	long hole = 0, err;

	for (; start < end; start += PAGE_SIZE) {
		struct model_page *p = model_at(s, start);

		if (!p || !(p->flags & MP_MAPPED)) {
			hole = -ENOMEM;
			continue;
		}
		err = advise_page(p, advice);
		if (err)
			return err;
	}
	return hole;
}

/* MADV_REMOVE stopped for want of memory: what has gone reads as zero. */
static void adopt_remove(struct space *s, unsigned long start, unsigned long end)
{
	for (; start < end; start += PAGE_SIZE) {
		struct model_page *p = model_at(s, start);

		if (p && (p->flags & MP_SHARED) && p->offset < objects[p->object].pages &&
		    !memobj_resident(vma_lookup(s->mm, start)->vm_file, p->offset))
			objects[p->object].word[p->offset] = 0;
	}
}

/* MADV_POPULATE_*: nothing changes for the program but how fast it is; the result matters. */
static long model_populate(struct space *s, unsigned long start, unsigned long end, bool write)
{
	for (; start < end; start += PAGE_SIZE) {
		struct model_page *p = model_at(s, start);
		u64 word;

		if (!p || !(p->flags & MP_MAPPED))
			return -ENOMEM;
		if (!(p->flags & (write ? MP_W : MP_R)))
			return -EINVAL;
		if (!model_word(p, &word))
			return -EFAULT;
		if (write)
			model_touched(s, start);
	}
	return 0;
}

void op_madvise(void)
{
	static const u8 advices[] = {
		MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MADV_DONTNEED, MADV_DONTNEED,
		MADV_DONTNEED, MADV_FREE, MADV_DONTFORK, MADV_DOFORK, MADV_WIPEONFORK, MADV_KEEPONFORK,
		MADV_COLD, MADV_PAGEOUT, MADV_POPULATE_READ, MADV_POPULATE_WRITE,
		MADV_REMOVE,
	};
	struct space *s = driver.here;
	unsigned long start, len;
	int advice = advices[pick(ARRAY_SIZE(advices))];
	bool populate = advice == MADV_POPULATE_READ || advice == MADV_POPULATE_WRITE;
	long got, want;

	pick_range(&start, &len, 32);
	begin_memory_call();
	got = mm_madvise(s->mm, start, len, advice);
	say("madvise %#lx+%#lx %d -> %ld", start, len, advice, got);
	/* The others allocate nothing: their -ENOMEM is a hole. */
	if (advice == MADV_REMOVE && call_failed(got == -ENOMEM)) {
		adopt_remove(s, start, start + len);
		return;
	}
	if (advice != MADV_REMOVE && call_failed(got == -ENOMEM && (populate || advice_is_mark(advice)))) {
		adopt_change(s, start, start + len, advice_marks(advice));
		model_adopt_copies(s);
		return;
	}
	want = populate ? model_populate(s, start, start + len, advice == MADV_POPULATE_WRITE) :
			  model_madvise(s, start, start + len, advice);
	expect_result("madvise", got, want);
}

/* ---- mlock ---- */

static long model_mlock(struct space *s, unsigned long start, unsigned long end, u32 flags)
{
	bool absent = false;
	u64 word;

	for (; start < end; start += PAGE_SIZE) {
		struct model_page *p = model_at(s, start);

		if (!p || !(p->flags & MP_MAPPED))
			return -ENOMEM;
		change(p, (struct flag_change){ MP_LOCK_MASK, flags });
		absent |= !(p->flags & MP_PROT) || !model_word(p, &word);
	}
	return flags == MP_LOCKED && absent ? -ENOMEM : 0;	/* locked, but not all can be brought in */
}

void op_mlock(void)
{
	static const u32 kinds[] = { 0, 0, MP_LOCKED, MP_LOCK_MASK };
	struct space *s = driver.here;
	u32 flags = kinds[pick(ARRAY_SIZE(kinds))];
	unsigned long start, len, in_page = pick(2) * 100;
	long got;

	pick_range(&start, &len, 16);
	begin_call();
	if (flags)
		got = mm_mlock(s->mm, start + in_page, len - in_page, flags & MP_ONFAULT ? MLOCK_ONFAULT : 0);
	else
		got = mm_munlock(s->mm, start + in_page, len - in_page);
	say("%s %#lx+%#lx -> %ld", flags ? "mlock" : "munlock", start, len, got);
	if (call_failed(got == -ENOMEM || got == -EAGAIN))
		adopt_change(s, start, start + len, (struct flag_change){ MP_LOCK_MASK, flags });
	else
		expect_result("mlock", got, model_mlock(s, start, start + len, flags));
	model_adopt_copies(s);
}

void op_mlockall(void)
{
	struct space *s = driver.here;
	unsigned long how = one_in(3) ? 0 : pick(8);	/* 0: munlockall */
	u32 flags = !how ? 0 : how & MCL_ONFAULT ? MP_LOCK_MASK : MP_LOCKED;
	struct flag_change c = { MP_LOCK_MASK, flags };
	long got;

	begin_call();
	got = how ? mm_mlockall(s->mm, how) : mm_munlockall(s->mm);
	say("mlockall %lu -> %ld", how, got);
	expect_result("mlockall", got, how == MCL_ONFAULT ? -EINVAL : 0);
	if (got) {
		call_failed(false);
		return;
	}
	s->future = how & MCL_FUTURE ? flags : 0;
	if (call_failed(true))		/* a failure for one mapping is let pass */
		adopt_change(s, 0, TASK_SIZE, c);
	else if (!how || (how & MCL_CURRENT))
		for (unsigned int i = 0; i < MODEL_PAGES; i++)
			if (s->pages[i].flags & MP_MAPPED)
				change(&s->pages[i], c);
	model_adopt_copies(s);
}

/* ---- msync: nothing is written back here, but what it is told of has to be mapped ---- */

void op_msync(void)
{
	struct space *s = driver.here;
	bool invalidate = one_in(3);
	unsigned long start, len;
	long got, want = 0;

	pick_range(&start, &len, 16);
	got = mm_msync(s->mm, start, len, invalidate ? MS_SYNC | MS_INVALIDATE : MS_ASYNC);
	say("msync %#lx+%#lx invalidate %d -> %ld", start, len, invalidate, got);
	for (unsigned long va = start; va < start + len && want != -EBUSY; va += PAGE_SIZE) {
		if (!model_mapped(s, va))
			want = -ENOMEM;
		else if (invalidate && (model_at(s, va)->flags & MP_LOCKED))
			want = -EBUSY;
	}
	expect_result("msync", got, want);
}
