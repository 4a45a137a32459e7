/* SPDX-License-Identifier: MIT */
/*
 * The stand-ins behind world.h: RAM, the current task, spinlocks, panic, printk.
 * After an expected panic the locks that were held stay so; the next world_start() begins
 * anew.
 */
#include "tests/host/support/check.h"

#include <sys/mman.h>

#include "kernel/core/bug.h"
#include "kernel/core/printk.h"
#include "kernel/core/spinlock.h"
#include "kernel/sched/task.h"
#include "lib/format.h"
#include "tests/host/support/world.h"

static struct task the_task;
_Thread_local struct task *current_task = &the_task;
struct cpu cpus[NR_CPUS];
unsigned int nr_cpus = NR_CPUS;

void world_map_ram(unsigned long size)
{
	void *at = phys_to_virt(RAM_START);

	assert_true(size <= WORLD_MAX_RAM);
	munmap(at, WORLD_MAX_RAM);
	assert_ptr_equal(mmap(at, size, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0), at);
	memset(at, 0xa5, size);
}

void world_set_cpu(unsigned int cpu)
{
	the_task.cpu = cpu;
}

/* ---- spinlocks; the simulated machine (tests/host/sim) has stricter ones ---- */

static int locks_held;

int world_locks_held(void)
{
	return locks_held;
}

__attribute__((weak)) void spin_lock_init(spinlock_t *lock)
{
	*lock = (spinlock_t)SPINLOCK_INIT;
}

__attribute__((weak)) void spin_lock(spinlock_t *lock)
{
	if (lock->locked)
		panic("spin_lock: lock %p is held already", (void *)lock);
	lock->locked = 1;
	lock->holder = the_task.cpu + 1;
	locks_held++;
}

__attribute__((weak)) bool spin_trylock(spinlock_t *lock)
{
	if (lock->locked)
		return false;
	spin_lock(lock);
	return true;
}

__attribute__((weak)) void spin_unlock(spinlock_t *lock)
{
	if (!lock->locked)
		panic("spin_unlock: lock %p is free", (void *)lock);
	*lock = (spinlock_t)SPINLOCK_INIT;
	locks_held--;
}

__attribute__((weak)) bool spin_is_held(const spinlock_t *lock)
{
	return lock->locked;
}

/* ---- panic and printk ---- */

sigjmp_buf panic_jump;
const char *panic_expected;
char panic_message[512];

void panic(const char *fmt, ...)
{
	const char *expected = panic_expected;
	va_list ap;

	va_start(ap, fmt);
	fmt_vsnprintf(panic_message, sizeof(panic_message), fmt, ap);
	va_end(ap);
	panic_expected = NULL;
	if (!expected)
		fail_msg("unexpected panic: %s", panic_message);
	if (!strstr(panic_message, expected))
		fail_msg("expected a panic with \"%s\", got: %s", expected, panic_message);
	siglongjmp(panic_jump, 1);
}

void panic_was_missed(const char *expected)
{
	panic_expected = NULL;
	fail_msg("no panic came; expected one with \"%s\"", expected);
}

void warn_at(const char *file, int line, const char *what)
{
	panic("warning at %s:%d: %s", file, line, what);
}

void printk(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	fmt_vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	fputs(line, stderr);
}

/* kernel/mm/debug.c prints more; what a unit test needs is in the panic that follows. */
void __attribute__((weak)) dump_page(const struct page *page)
{
	(void)page;
}

void world_start(unsigned long ram_size)
{
	locks_held = 0;
	memset(&the_task, 0, sizeof(the_task));
	world_map_ram(ram_size);
	page_alloc_init((struct mem_region){ RAM_START, RAM_START + ram_size }, NULL, 0);
}
