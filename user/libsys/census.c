/* SPDX-License-Identifier: MIT */
/* How much memory the kernel uses; census.h. */
#include <stdio.h>
#include <string.h>
#include "user/libsys/census.h"
#include "user/libsys/sys.h"

#define SETTLE_MS	5000	/* how long exiting tasks may take to give everything back */

/* Frames that are neither free, nor a slab cache's stock, nor a file's page: that stays for the next reader. */
static unsigned long used(const struct q_mem *mem)
{
	return mem->total - mem->free - mem->slab_pages - mem->file_pages;
}

static void take(struct census *c)
{
	c->mem = query_mem();
	c->nr_slabs = query(QUERY_SLABS, 0, 0, c->slabs, sizeof(c->slabs));
	if (c->nr_slabs < 0)
		die("query slabs");
}

/* Of the objects of the cache @name, those that files in memory take. */
static unsigned long of_files(const struct census *c, const char *name)
{
	return strcmp(name, "maple_node") == 0 ? c->mem.file_nodes : strcmp(name, "memobj") == 0 ? c->mem.files : 0;
}

/* Objects in use of the cache of @c that is called and sized like @slab, without those of files. */
static unsigned long in_use(const struct census *c, const struct q_slab *slab)
{
	for (long i = 0; i < c->nr_slabs; i++)
		if (strncmp(c->slabs[i].name, slab->name, sizeof(slab->name)) == 0 &&
		    c->slabs[i].object_size == slab->object_size)
			return c->slabs[i].in_use - of_files(c, slab->name);
	return 0;
}

/* Does @new use as much of everything as @old? With @who, print what differs. */
static bool same(const struct census *old, const struct census *new, const char *who)
{
	bool equal = new->mem.storms ? used(&new->mem) <= used(&old->mem) : used(&new->mem) == used(&old->mem);

	if (!equal && who)
		printf("%s: frames in use: %lu before, %lu after (page tables %lu, %lu; anonymous %lu, %lu)\n", who,
		       used(&old->mem), used(&new->mem), old->mem.pgtable_pages, new->mem.pgtable_pages,
		       old->mem.anon_pages, new->mem.anon_pages);
	for (long i = 0; i < new->nr_slabs; i++) {
		unsigned long was = in_use(old, &new->slabs[i]), now = in_use(new, &new->slabs[i]);

		if (was == now)
			continue;
		equal = false;
		if (who)
			printf("%s: %s: %lu objects before, %lu after\n", who, new->slabs[i].name, was, now);
	}
	return equal;
}

/* The latest. One for both, so that the second one sees no page of it come. */
static struct census latest;

void census_take(struct census *c)
{
	int agree = 0;

	/* Pages may just be moving or going: wait for two more that agree. */
	for (int ms = 0; agree < 2 && ms < SETTLE_MS; ms += 10) {
		if (agree == 0)
			take(c);
		sleep_ms(10);
		take(&latest);
		agree = same(c, &latest, NULL) ? agree + 1 : 0;
	}
}

bool census_same(const char *who, const struct census *before)
{
	for (int ms = 0; ms < SETTLE_MS; ms += 50) {
		take(&latest);
		if (same(before, &latest, NULL))
			return true;
		sleep_ms(50);
	}
	take(&latest);
	return same(before, &latest, who);
}

/* ---- other processes ---- */

static struct q_task tasks[256];
static long nr_tasks;

static const struct q_task *task_of(int pid)
{
	for (long i = 0; i < nr_tasks; i++)
		if (tasks[i].pid == pid)
			return &tasks[i];
	return NULL;
}

/* below() - is @ancestor the task @t or above it? */
static bool below(const struct q_task *t, const struct q_task *ancestor)
{
	while (t != NULL && t != ancestor)
		t = task_of(t->ppid);
	return t != NULL;
}

bool others_run(void)
{
	const struct q_task *me, *t;

	memset(tasks, 0, sizeof(tasks));	/* each call has memory for all of it, so that no census sees it come */
	nr_tasks = query(QUERY_TASKS, 0, 0, tasks, sizeof(tasks));
	if (nr_tasks < 0)
		die("query tasks");
	me = task_of(getpid());
	if (me == NULL || nr_tasks == ARRAY_SIZE(tasks))
		return true;			/* too many to look at */
	for (t = tasks; t < tasks + nr_tasks; t++) {
		bool kernel_thread = t->ppid == 0 && t->pid != 1;
		bool server = t->ppid == 1 && strncmp(t->name, "console", sizeof(t->name)) == 0;	/* its memory stays as it is */
		bool orphan = t->ppid == 1 && strncmp(t->name, me->name, sizeof(t->name)) == 0;

		if (!kernel_thread && !server && !orphan && !below(t, me) && !below(me, t))
			return true;
	}
	return false;
}
