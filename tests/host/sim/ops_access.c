/* SPDX-License-Identifier: MIT */
/* Random loads, stores and jumps of the program itself, and looks and writes from outside. */
#include "kernel/core/bug.h"
#include "lib/errno.h"
#include "tests/host/sim/driver.h"
#include "uapi/query.h"

/* What an access may do beyond the page's rights. */
enum force { NO_FORCE, FORCE };

/* An unmapped page below a stack becomes a part of it. Returns the page, or NULL: nothing there. */
static struct model_page *grow_stack(struct space *s, unsigned long va)
{
	unsigned long top;
	struct model_page *stack = model_stack_above(s, va, &top);

	if (!stack)
		return NULL;
	model_map(s, va & PAGE_MASK, top, stack->flags & ~MP_CONTENT, 0, 0);
	return model_at(s, va);
}

static bool allowed(const struct model_page *p, enum sim_access type, enum force force)
{
	switch (type) {
	case SIM_READ:
		return p->flags & (MP_R | MP_W);	/* the hardware has no write-only pages */
	case SIM_EXEC:
		return p->flags & MP_X;
	case SIM_WRITE:
		/* By force: into a copy of one's own, never into what others share. */
		return (p->flags & MP_W) || (force && !(p->flags & (MP_SHARED | MP_NOWRITE)));
	}
	return false;
}

/* What the model says to an access; a stack may have grown. *@page: where it leads. */
static enum vm_fault model_access(struct space *s, unsigned long va, enum sim_access type, enum force force,
				  struct model_page **page)
{
	struct model_page *p = model_at(s, va);
	u64 word;

	if (!p || !(p->flags & MP_MAPPED))
		p = grow_stack(s, va);
	*page = p;
	if (!p)
		return VM_FAULT_MAPERR;
	if (!allowed(p, type, force))
		return VM_FAULT_ACCERR;
	return model_word(p, &word) ? VM_FAULT_DONE : VM_FAULT_SIGBUS;
}

/* Did an allocation fail? A stack that cannot grow for that reason looks like nothing there. */
static bool access_failed(struct space *s, unsigned long va, bool no_memory, bool nothing_there)
{
	return call_failed(no_memory || (nothing_there && !model_mapped(s, va)));
}

/* An allocation failed on the way; the stack may have grown before that. */
void adopt_growth(struct space *s, unsigned long va)
{
	if (!model_mapped(s, va) && model_kernel_flags(s, va))
		grow_stack(s, va);
}

static void expect_contents(const struct model_page *p, u64 got, u64 want)
{
	if (!model_word_ok(p, want, got))
		expect_result("contents", got, want);
}

static void touch(unsigned long va, enum sim_access type)
{
	static const char *const names[] = { "read", "write", "exec" };
	struct space *s = driver.here;
	u64 word = driver.steps << 8 | 0x11, got = word, expected;
	struct model_page *p;
	enum vm_fault fault, want;

	va = (va & PAGE_MASK) + WORD_OFFSET;
	begin_call();
	fault = sim_access(va, type, &got);
	say("%s %#lx -> %d, %#lx", names[type], va, (int)fault, (unsigned long)got);
	if (access_failed(s, va, fault == VM_FAULT_OOM, fault == VM_FAULT_MAPERR)) {
		adopt_growth(s, va);
		return;
	}
	want = model_access(s, va, type, NO_FORCE, &p);
	expect_result(names[type], fault, want);
	if (want != VM_FAULT_DONE)
		return;
	if (type == SIM_WRITE) {
		model_write(p, word);
	} else {
		model_word(p, &expected);
		expect_contents(p, got, expected);
	}
}

static enum sim_access pick_access(void)
{
	static const u8 types[] = { SIM_READ, SIM_READ, SIM_READ, SIM_WRITE, SIM_WRITE, SIM_WRITE, SIM_EXEC };

	return types[pick(ARRAY_SIZE(types))];
}

void op_touch(void)
{
	enum sim_access type = pick_access();

	touch(pick_page(), type);
}

void op_touch_range(void)
{
	enum sim_access type = pick_access();
	unsigned long start, len;

	pick_range(&start, &len, 16);
	for (unsigned long va = start; va < start + len; va += PAGE_SIZE)
		touch(va, type);
}

/* ---- from outside: any process, also one that runs nowhere ---- */

static struct space *pick_space(void)
{
	struct space *s = &driver.spaces[pick(NR_SPACES)];

	return s->mm ? s : driver.here;
}

static long errno_of(enum vm_fault fault)
{
	return fault == VM_FAULT_DONE ? 0 : -EFAULT;
}

void op_write_from_outside(void)
{
	struct space *s = pick_space();
	unsigned long va = pick_page() + WORD_OFFSET;
	u64 word = driver.steps << 8 | 0x22;
	bool force = one_in(2);
	struct model_page *p;
	long got, want;

	begin_call();
	got = mm_write(s->mm, va, &word, sizeof(word), force);
	say("mm_write mm %ld %#lx force %d -> %ld", (long)(s - driver.spaces), va, force, got);
	if (access_failed(s, va, got == -ENOMEM, got == -EFAULT)) {
		adopt_growth(s, va);
		return;
	}
	want = errno_of(model_access(s, va, SIM_WRITE, force ? FORCE : NO_FORCE, &p));
	expect_result("mm_write", got, want);
	if (!want)
		model_write(p, word);
	sim_audit(s->mm);
	if (force)
		driver_compare(s);	/* no right may have come of it */
}

void op_read_from_outside(void)
{
	struct space *s = pick_space();
	unsigned long va = pick_page() + WORD_OFFSET;
	u64 word = 0, expected = 0;
	struct model_page *p;
	long got, want;

	begin_call();
	got = mm_read(s->mm, va, &word, sizeof(word));
	say("mm_read mm %ld %#lx -> %ld", (long)(s - driver.spaces), va, got);
	if (access_failed(s, va, got == -ENOMEM, got == -EFAULT)) {
		adopt_growth(s, va);
		return;
	}
	want = errno_of(model_access(s, va, SIM_READ, NO_FORCE, &p));
	expect_result("mm_read", got, want);
	if (!want && model_word(p, &expected))
		expect_contents(p, word, expected);
	sim_audit(s->mm);
}

/* ---- calls that write to user memory: into the upper half of a page, which the model does not know ---- */

void op_query(void)
{
	static const struct { unsigned int what; size_t len; } queries[] = {
		{ QUERY_MAPS, 0x700 }, { QUERY_VMAS, 0x700 }, { QUERY_MMSTAT, 0x200 }, { QUERY_MEM, 0x200 },
	};
	struct space *s = driver.here;
	unsigned int q = pick(ARRAY_SIZE(queries));
	unsigned long va = pick_page() + PAGE_SIZE / 2;
	struct model_page *p;
	enum vm_fault want;
	long got;

	got = mm_query(s->mm, queries[q].what, 0, va, queries[q].len);
	say("query %u to %#lx -> %ld", queries[q].what, va, got);
	if (!got)
		return;			/* nothing to tell, so nothing written */
	if (driver.scarce && got == -EFAULT) {
		adopt_growth(s, va);
		return;
	}
	want = model_access(s, va, SIM_WRITE, NO_FORCE, &p);
	if (want != VM_FAULT_DONE) {
		expect_result("query", got, -EFAULT);
		return;
	}
	if (got < 0)
		expect_result("query", got, 1);
	model_touched(s, va);
}

void op_mincore(void)
{
	struct space *s = driver.here;
	unsigned long va = pick_page() + PAGE_SIZE / 2, start, len;
	struct model_page *p;
	long got;

	pick_range(&start, &len, 64);
	if (!model_mapped(s, va) || model_access(s, va, SIM_WRITE, NO_FORCE, &p) != VM_FAULT_DONE)
		return;
	got = mm_mincore(s->mm, start, len, va);
	say("mincore %#lx+%#lx to %#lx -> %ld", start, len, va, got);
	if (driver.scarce && got == -EFAULT)
		return;
	expect_result("mincore", got, model_covered(s, start, start + len) ? 0 : -ENOMEM);
	if (!got)
		model_touched(s, va);
}
