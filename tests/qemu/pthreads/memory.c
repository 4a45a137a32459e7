/* SPDX-License-Identifier: MIT */
/* mmap, munmap, mprotect, mremap, madvise and malloc in several threads at once, with checked contents. */
#include <setjmp.h>
#include <sys/mman.h>
#include "say.h"

#define THREADS	4
#define PAGE	4096L
#define RW	(PROT_READ | PROT_WRITE)

static __thread sigjmp_buf escape;
static __thread volatile int expecting;
static char *common;

static void on_fault(int sig)
{
	(void)sig;
	if (!expecting)
		_exit(77);
	expecting = 0;
	siglongjmp(escape, 1);
}

/* Does a write fault? */
static int faults(volatile char *p)
{
	if (sigsetjmp(escape, 1))
		return 1;
	expecting = 1;
	*p = 1;
	expecting = 0;
	return 0;
}

static long check(const char *p, long pages, char id)
{
	long wrong = 0;

	for (long i = 0; i < pages * PAGE; i += 512)
		wrong += p[i] != id;
	return wrong;
}

static void *map_unmap(void *arg)
{
	char id = (char)((long)arg + 1);
	long wrong = 0;

	for (int i = 0; i < 4; i++) {		/* few: each call flushes the translations of all harts */
		long pages = 1 + (i * 7 + id) % 20;
		char *p = mmap(NULL, (size_t)(pages * PAGE), RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			return (void *)1000L;
		wrong += check(p, pages, 0);
		memset(p, id, (size_t)(pages * PAGE));
		need(mprotect(p, PAGE, PROT_READ));
		wrong += !faults(p);
		need(mprotect(p, PAGE, RW));
		p = mremap(p, (size_t)(pages * PAGE), (size_t)((pages + 8) * PAGE), MREMAP_MAYMOVE);
		if (p == MAP_FAILED)
			return (void *)2000L;
		wrong += check(p, pages, id) + check(p + pages * PAGE, 8, 0);
		need(madvise(p, PAGE, MADV_DONTNEED));
		wrong += p[0] != 0;
		need(munmap(p, (size_t)((pages + 8) * PAGE)));
	}
	return (void *)wrong;
}

/* Each has every fourth byte of pages that all write to, and that come for the first time when two touch them at once. */
static void *touch_common(void *arg)
{
	long wrong = 0;

	for (long i = (long)arg; i < 200 * PAGE; i += THREADS)
		common[i] = (char)((long)arg + 1);
	for (long i = (long)arg; i < 200 * PAGE; i += THREADS)
		wrong += common[i] != (char)((long)arg + 1);
	return (void *)wrong;
}

static void *allocate(void *arg)
{
	char *part[40] = { NULL }, id = (char)((long)arg + 1);
	long wrong = 0;

	for (int i = 0; i < 2000; i++) {
		int n = (i * 13 + id) % 40;
		size_t size = 16 + (size_t)((i * 37) % 3000) * (i % 50 == 0 ? 60 : 1);

		if (part[n] && (part[n][0] != id || part[n][15] != id))
			wrong++;
		free(part[n]);
		part[n] = malloc(size);
		memset(part[n], id, size);
	}
	for (int i = 0; i < 40; i++)
		free(part[i]);
	return (void *)wrong;
}

/* One page comes and goes under those who write to it: each write works or faults, nothing else. */
static void *write_vanishing(void *arg)
{
	long faulted = 0;

	(void)arg;
	for (int i = 0; i < 500; i++)
		faulted += faults(common + PAGE);
	return (void *)(long)(faulted > 500);
}

static void run(const char *name, void *(*body)(void *))
{
	pthread_t t[THREADS];
	long wrong = 0;

	for (long i = 0; i < THREADS; i++)
		t[i] = start(body, i);
	if (body == write_vanishing) {
		for (int i = 0; i < 200; i++) {
			need(munmap(common + PAGE, PAGE));
			if (mmap(common + PAGE, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
				exit(98);
		}
	}
	for (int i = 0; i < THREADS; i++)
		wrong += join(t[i]);
	printf("%s: %ld wrong\n", name, wrong);
}

int main(void)
{
	handle(SIGSEGV, on_fault, 0);
	common = mmap(NULL, 200 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	run("map and unmap", map_unmap);
	run("pages of all", touch_common);
	run("malloc", allocate);
	run("a page that vanishes", write_vanishing);
	return 0;
}
