/* SPDX-License-Identifier: MIT */
/* The threads of storm.h. */
#include "kernel/bug.h"
#include "kernel/mm/reclaim.h"
#include "kernel/mm/storm.h"
#include "kernel/sched/sched.h"
#include "lib/string.h"

static void migrate_storm(__unused void *arg)
{
	for (;;) {
		migrate_all();
		yield();
	}
}

static void reclaim_storm(__unused void *arg)
{
	for (;;) {
		reclaim_all();
		yield();
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
