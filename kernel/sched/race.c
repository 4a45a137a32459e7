/* SPDX-License-Identifier: MIT */
/* What happens at a race point; race.h. Debug builds only. */
#include "kernel/arch/riscv.h"
#include "kernel/core/config.h"
#include "kernel/core/percpu.h"
#include "kernel/core/printk.h"
#include "kernel/core/race.h"
#include "kernel/core/time.h"
#include "kernel/sched/sched.h"

#define OFTEN		2		/* of how many visits one is delayed, at the points that the seed likes best ... */
#define RARELY_SHIFTS	4		/* ... and 4, 16, 64 times as many at others */
#define LONG_ONE_IN	32		/* of those delayed, so many for long */
#define SHORT_NS	20000u
#define LONG_NS		400000u
#define SLEEP_ONE_IN	4		/* of those delayed, where sleeping is allowed */

unsigned long race_seed;

static u32 visits[NR_CPUS];		/* of all points; each hart its own */

/* Mix @value into @hash, all bits of it (splitmix64's multipliers and last two shifts: Steele, Lea, Flood 2014). */
static u64 mix(u64 hash, u64 value)
{
	hash = (hash ^ value) * 0xbf58476d1ce4e5b9UL;
	hash = (hash ^ hash >> 27) * 0x94d049bb133111ebUL;
	return hash ^ hash >> 31;
}

static u64 mix_name(u64 hash, const char *name)
{
	while (*name)
		hash = mix(hash, (u64)*name++);
	return hash;
}

static void spin_ns(u64 ns)
{
	u64 end = ktime_get_ns() + ns;

	while (ktime_get_ns() < end)
		cpu_relax();
}

void race_delay(const char *name, const void *caller, bool may_sleep)
{
	unsigned int cpu = this_cpu_id();
	u64 point = mix(mix_name(race_seed, name), (u64)caller), dice;

	dice = mix(mix(point, cpu), visits[cpu]++);
	if (dice & ((OFTEN << point % RARELY_SHIFTS * 2) - 1))
		return;
	dice >>= 8;
	if (may_sleep && dice % SLEEP_ONE_IN == 0 && !(current->flags & TASK_IDLE)) {
		yield();
		return;
	}
	dice /= SLEEP_ONE_IN;
	spin_ns(dice / LONG_ONE_IN % (dice % LONG_ONE_IN ? SHORT_NS : LONG_NS));
}

/* ---- the order of tasks ---- */

unsigned long shuffle_seed;

static struct {
	u32 numbers, switches;
	u64 order;
} shuffled[NR_CPUS];			/* each hart its own */

u32 shuffle(u32 n)
{
	unsigned int cpu = this_cpu_id();

	return (u32)(mix(mix(shuffle_seed, cpu), shuffled[cpu].numbers++) >> 8) % n;
}

void shuffle_note(int pid)
{
	unsigned int cpu = this_cpu_id();

	shuffled[cpu].switches++;
	shuffled[cpu].order = mix(shuffled[cpu].order, (u64)pid);
}

void shuffle_report(void)
{
	u64 order = 0;
	u32 switches = 0;

	if (!shuffling())
		return;
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		switches += shuffled[cpu].switches;
		order = mix(order, shuffled[cpu].order);
	}
	printk("sched=shuffle:%lu: %u switches, order %lx\n", shuffle_seed, switches, order);
}
