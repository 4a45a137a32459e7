/* SPDX-License-Identifier: MIT */
/* The random driver: choosing, processes coming and going, and the table of operations (driver.h). */
#include "kernel/core/bug.h"
#include "kernel/core/percpu.h"
#include "kernel/core/printk.h"
#include "kernel/mm/account.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/mm/tlb.h"
#include "kernel/mm/tlb_defer.h"
#include "lib/format.h"
#include "lib/string.h"
#include "tests/host/sim/driver.h"

#define STACK_PAGES	4UL

struct driver driver;

/* ---- choosing ---- */

static u64 random_u64(struct script *s)
{
	s->state ^= s->state << 13;
	s->state ^= s->state >> 7;
	s->state ^= s->state << 17;
	return s->state;
}

unsigned long pick(unsigned long n)
{
	struct script *s = &driver.script;

	if (!s->bytes)
		return (random_u64(s) >> 20) % n;
	if (s->bytes == s->end)
		return 0;
	if (n <= 256 || s->end - s->bytes < 2)
		return *s->bytes++ % n;
	s->bytes += 2;
	return (s->bytes[-2] << 8 | s->bytes[-1]) % n;
}

unsigned int pick_mapped(void)
{
	unsigned int start = pick(MODEL_PAGES);

	for (unsigned int n = 0; n < MODEL_PAGES; n++)
		if (driver.here->pages[(start + n) % MODEL_PAGES].flags & MP_MAPPED)
			return (start + n) % MODEL_PAGES;
	return MODEL_PAGES;
}

unsigned long pick_page(void)
{
	unsigned int index = one_in(3) ? pick(MODEL_PAGES) : pick_mapped();

	return model_addr(index < MODEL_PAGES ? index : 0);
}

void pick_range(unsigned long *start, unsigned long *len, unsigned long max)
{
	unsigned long pages = 1 + pick(one_in(8) ? max : min(max, 8UL));

	*start = pick_page();
	while (model_index(*start + ((pages - 1) << PAGE_SHIFT)) < 0)
		pages--;		/* stay inside the window */
	*len = pages << PAGE_SHIFT;
}

u32 pick_prot(void)
{
	static const u8 prots[] = { MP_R | MP_W, MP_R | MP_W, MP_R, 0, MP_R | MP_X, MP_R | MP_W | MP_X, MP_W, MP_X };

	return prots[pick(ARRAY_SIZE(prots))];
}

/* ---- around a call ---- */

void say(const char *fmt, ...)
{
	char line[160];
	va_list ap;

	if (!driver.trace)
		return;
	va_start(ap, fmt);
	fmt_vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	printk("%lu hart %u mm %ld: %s\n", driver.steps, this_cpu_id(),
	       driver.here ? (long)(driver.here - driver.spaces) : -1L, line);
}

void begin_call(void)
{
	unsigned long nth = 0;

	if (driver.fail_at)
		nth = driver.fail_at;
	else if (driver.inject && one_in(12))
		nth = 1 + pick(one_in(4) ? 40 : 6);
	driver.fail_at = 0;
	driver.failing = nth;
	fail_alloc_set(nth);
}

void begin_memory_call(void)
{
	begin_call();
	if (driver.steps % 2)
		tlb_defer_start(driver.here->mm);
}

bool call_failed(bool result_is_enomem)
{
	tlb_defer_end();
	driver.fired = driver.failing && !fail_alloc_remaining();
	driver.fail_at_reached |= driver.fired;
	fail_alloc_set(0);
	driver.failing = false;
	driver.done++;
	if (!(driver.fired || driver.scarce) || !result_is_enomem)
		return false;
	driver.failed++;
	return true;
}

void expect_result(const char *call, unsigned long got, unsigned long want)
{
	if (got != want)
		panic("sim: step %lu: %s gave %#lx, the model says %#lx", driver.steps, call, got, want);
}

/* ---- processes ---- */

static struct space *free_space(void)
{
	for (struct space *s = driver.spaces; s < driver.spaces + NR_SPACES; s++)
		if (!s->mm)
			return s;
	return NULL;
}

struct space *space_new(void)
{
	struct space *s = free_space();

	if (!s)
		return NULL;
	s->mm = mm_alloc();
	BUG_ON(!s->mm || mm_setup_stack(s->mm, STACK_PAGES << PAGE_SHIFT));
	s->users = 1;
	s->future = 0;
	s->brk = MODEL_BRK_START;
	mm_set_brk(s->mm, s->brk);
	memset(s->pages, 0, sizeof(s->pages));
	model_map(s, STACK_TOP - (STACK_PAGES << PAGE_SHIFT), STACK_TOP,
		  MP_R | MP_W | MP_GROWSDOWN | MP_ACCOUNT, 0, 0);
	return s;
}

struct space *space_fork(struct space *parent)
{
	struct space *s = free_space();

	if (!s)
		return NULL;
	begin_call();
	s->mm = dup_mm(parent->mm);
	if (call_failed(!s->mm))
		return NULL;
	if (!s->mm)
		panic("sim: step %lu: fork failed", driver.steps);
	s->users = 1;
	model_fork(s, parent);
	return s;
}

void space_exit(struct space *s)
{
	struct mm_struct *mm = s->mm;

	if (--s->users) {
		mmput(mm);
		return;
	}
	sim_leave(mm);
	driver_compare(s);
	mmput(mm);
	model_unmap(s, 0, TASK_SIZE);
	s->mm = NULL;
}

void op_fork(void)
{
	struct space *parent = driver.here, *child = space_fork(parent);

	say("fork: mm %ld", child ? (long)(child - driver.spaces) : -1L);
}

/* A thread, or vfork before exec: somebody else shares the address space. */
static void op_share(void)
{
	if (driver.here->users > 3)
		return;
	mmget(driver.here->mm);
	driver.here->users++;
	say("share: %u users", driver.here->users);
}

static void op_exit(void)
{
	struct space *s = driver.here;
	unsigned int alive = 0;

	for (unsigned int i = 0; i < NR_SPACES; i++)
		alive += !!driver.spaces[i].mm;
	if (alive < 2 && s->users == 1)
		return;
	say("exit");
	space_exit(s);
	if (!s->mm)
		driver.here = NULL;
}

static void op_idle(void)
{
	sim_run(NULL);
	say("idle");
	driver.here = NULL;
}

/* Someone runs somewhere: what the scheduler would do. Now and then, the hart that is left stays in the kernel meanwhile. */
static void schedule_somebody(void)
{
	struct space *s;

	if (driver.here && driver.steps % 8 == 0)
		tlb_defer_start(driver.here->mm);
	sim_set_hart(pick(SIM_HARTS));
	tlb_defer_end();
	s = &driver.spaces[pick(NR_SPACES)];
	for (unsigned int n = 0; !s->mm && n < NR_SPACES; n++)
		s = &driver.spaces[(s - driver.spaces + 1) % NR_SPACES];
	if (!s->mm)
		s = space_new();
	driver.here = s;
	sim_run(s->mm);
}

void driver_compare(struct space *s)
{
	model_check_space(s);
	model_check_commit(driver.spaces, NR_SPACES);
}

/* ---- a run ---- */

static const struct {
	op_fn *fn;
	unsigned int weight;
} ops[] = {
	{ op_touch, 60 }, { op_touch_range, 10 }, { op_mmap, 12 }, { op_mmap_object, 8 }, { op_mmap_bad, 1 },
	{ op_munmap, 10 }, { op_mprotect, 10 }, { op_brk, 4 }, { op_fork, 4 }, { op_exit, 4 }, { op_share, 1 },
	{ op_swapoff, 1 }, { op_idle, 2 }, { op_write_from_outside, 4 }, { op_read_from_outside, 1 }, { op_query, 1 },
	{ op_mremap, 6 }, { op_madvise, 8 }, { op_mlock, 3 }, { op_mlockall, 1 }, { op_mincore, 1 },
	{ op_reclaim, 2 }, { op_compact, 1 }, { op_migrate, 2 }, { op_msync, 1 },
};

static op_fn *pick_op(void)
{
	static unsigned int total;
	unsigned int at;

	if (!total)
		for (unsigned int i = 0; i < ARRAY_SIZE(ops); i++)
			total += ops[i].weight;
	at = pick(total);
	for (unsigned int i = 0;; at -= ops[i++].weight)
		if (at < ops[i].weight)
			return ops[i].fn;
}

void driver_start(u64 seed, const u8 *bytes, size_t size)
{
	driver.script = (struct script){
		.state = seed * 0x9e3779b97f4a7c15UL + 1, .bytes = bytes, .end = bytes + size,
	};
	driver.steps = 0;
	driver.here = NULL;
	memset(driver.spaces, 0, sizeof(driver.spaces));
	model_objects_make();
	space_new();
}

/* All spaces after every step, or the one that runs now and then. */
static void compare_sometimes(void)
{
	if (driver.check_every == 1)
		for (unsigned int i = 0; i < NR_SPACES; i++) {
			if (driver.spaces[i].mm)
				driver_compare(&driver.spaces[i]);
		}
	else if (driver.here && driver.check_every && driver.steps % driver.check_every == 0)
		driver_compare(driver.here);
}

void driver_step(void)
{
	driver.steps++;
	if (!driver.here || one_in(6))
		schedule_somebody();
	pick_op()();
	sim_check_no_locks();
	if (driver.here)
		sim_audit(driver.here->mm);
	compare_sometimes();
}

void driver_finish(void)
{
	for (unsigned int i = 0; i < NR_SPACES; i++)
		while (driver.spaces[i].mm)
			space_exit(&driver.spaces[i]);
	model_objects_drop();
	if (!swap_total())
		BUG_ON(sim_swapon());
	sim_shutdown_check();
}

void driver_run_bytes(const u8 *data, size_t size)
{
	if (!size)
		return;
	sim_config.hardware_ad = *data & 1;
	driver.inject = *data & 2;
	driver.check_every = 16;
	driver_start(0, data + 1, size - 1);
	while (driver.script.bytes != driver.script.end)
		driver_step();
	driver_finish();
}
