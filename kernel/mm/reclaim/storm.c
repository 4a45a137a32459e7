/* SPDX-License-Identifier: MIT */
/* The threads of storm.h. */
#include "kernel/core/bug.h"
#include "kernel/core/time.h"
#include "kernel/mm/reclaim/reclaim.h"
#include "kernel/mm/reclaim/storm.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/timer.h"
#include "lib/string.h"

#define PERIOD_NS	(NSEC_PER_SEC / 2)
#define CALM_NS		(NSEC_PER_SEC / 10)

/* Between two rounds: let others run, and in the calm part of the period until its end. */
static void pause(void)
{
	u64 now = ktime_get_ns(), begin = now - now % PERIOD_NS;

	if (now - begin < CALM_NS)
		sleep_until(begin + CALM_NS, TASK_UNINTERRUPTIBLE);
	else
		yield();
}

static void migrate_storm(__unused void *arg)
{
	for (;;) {
		migrate_all();
		pause();
	}
}

static void reclaim_storm(__unused void *arg)
{
	for (;;) {
		reclaim_all();
		pause();
	}
}

static struct {
	const char *word, *thread;
	void (*fn)(void *arg);
	bool wanted;
} storms[] = {
	{ "migrate=storm", "migrate-storm", migrate_storm, false },
	{ "reclaim=storm", "reclaim-storm", reclaim_storm, false },
};

void storm_ask(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(storms); i++)
		if (strcmp(word, storms[i].word) == 0)
			storms[i].wanted = true;
}

void storms_start(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(storms); i++)
		if (storms[i].wanted && !kernel_thread(storms[i].thread, storms[i].fn, NULL))
			panic("no memory for %s", storms[i].thread);
}

unsigned long nr_storms(void)
{
	unsigned long n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(storms); i++)
		n += storms[i].wanted;
	return n;
}
