/* SPDX-License-Identifier: MIT */
/*
 * difftest: random calls that shape an address space, with a line for what each did. Two kernels that agree
 * print the same lines; lines that begin with '#' may differ (VMAs are merged differently by
 * different versions of Linux).
 *
 *	difftest all FIRST COUNT STEPS GROUP		seeds FIRST .. FIRST + COUNT - 1, each in a fresh program
 *	difftest one SEED STEPS FROM DUMP PLANT GROUP	steps FROM .. STEPS - 1; at DUMP, what is mapped and the words
 *							of its checksums; at PLANT, what no other kernel does
 *
 * GROUP is 0, or so many steps have one digest in the place of their lines.
 * One step's line: number, call, arguments, result, and a hash of every page's rights if they may have
 * changed. Every step has a seed of its own, so a part of a sequence can be run alone.
 */
#include "tests/diff/calls.h"

bool in_child;
static bool list_words;		/* with every checksum */

static const struct step {
	const char *name;
	void (*run)(void);
	unsigned int weight;
	bool maps;		/* else rights stay as they are, or a stack grows: the next hash tells */
} steps[] = {
	{ "mmap", step_mmap, 22, true },
	{ "mmap-bad", step_mmap_bad, 2, true },
	{ "munmap", step_munmap, 9, true },
	{ "mprotect", step_mprotect, 13, true },
	{ "mremap", step_mremap, 13, true },
	{ "mremap-bad", step_mremap_bad, 3, true },
	{ "touch", step_touch, 30, false },
	{ "brk", step_brk, 3, false },
	{ "madvise", step_madvise_pages, 8, false },
	{ "mark", step_madvise_mark, 8, true },
	{ "madvise-bad", step_madvise_bad, 1, true },
	{ "free", step_free, 2, true },
	{ "pageout", step_pageout, 1, true },
	{ "mlock", step_mlock, 7, true },
	{ "mlockall", step_mlockall, 1, true },
	{ "mincore", step_mincore, 6, false },
	{ "msync", step_msync, 2, false },
	{ "big", step_big, 1, true },
	{ "stack", step_stack, 2, true },
	{ "checksum", step_checksum, 2, true },
	{ "fork", step_fork, 4, true },		/* the last one: a child draws from those before it */
};

#define NR_STEPS	(sizeof(steps) / sizeof(steps[0]))

static const struct step *draw_step(size_t nr)
{
	unsigned long total = 0, at;

	for (size_t i = 0; i < nr; i++)
		total += steps[i].weight;
	at = rnd(total);
	for (size_t i = 0;; i++) {
		if (at < steps[i].weight)
			return &steps[i];
		at -= steps[i].weight;
	}
}

void step_checksum(void)
{
	say(" %x", checksum(list_words));
}

/* What no call asked for: another right for one page. */
static void plant_difference(unsigned long page)
{
	unsigned long prot;

	arena_read_maps();
	prot = pages[page].perm[2] == 'x' ? PROT_READ : PROT_READ | PROT_EXEC;
	call(NR_mmap, page_addr(page), PAGE_SIZE, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void run_step(const struct step *step, bool plant)
{
	say("%s", step->name);
	step->run();
	if (plant)
		plant_difference(rnd(NR_PAGES));
	if (!step->maps && !plant) {
		say("\n");
		return;
	}
	arena_read_maps();
	say(" ; %x\n", (unsigned long)arena_hash());
	if (step->run == step_checksum)
		say("# %d VMAs\n", nr_vmas);
}

/* A child does a few things of its own; what it writes shows in the parent only where memory is shared. */
void step_fork(void)
{
	unsigned long n = 1 + rnd(4);
	unsigned int status = 0;
	long pid;

	say_flush();
	pid = call(NR_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) {
		in_child = true;
		arena_read_maps();
		say(" child ; %x\n", (unsigned long)arena_hash());
		while (n--) {
			say("  ");
			run_step(draw_step(NR_STEPS - 1), /* plant = */ false);
		}
		say("   sum %x", checksum(list_words));
		say_digest();
		say_flush();
		call(NR_exit_group, 40 + rnd(8));
	}
	say(" %s", call(NR_wait4, pid, &status, 0, 0) == pid ? "ended" : "lost");
	say(" %x", (unsigned long)status);
}

static int run_one(char **arg)
{
	uint64_t seed = parse_number(arg[0]), count = parse_number(arg[1]), from = parse_number(arg[2]);
	uint64_t dump = parse_number(arg[3]), plant = parse_number(arg[4]), group = parse_number(arg[5]);
	unsigned long limit[2] = { MIB, MIB };

#ifdef NR_prctl
	call(NR_prctl, 41, 1, 0, 0, 0);		/* PR_SET_THP_DISABLE: no huge pages, here as there */
#endif
	call(NR_setrlimit, RLIMIT_STACK, limit);
	catch_faults();
	brk_init();
	if (group) {
		say("%d.0 digests\n", (long)seed);
		say_only_digests();
	}
	for (uint64_t i = from; i < count; i++) {
		rnd_seed(seed * 1000003 + i);
		say("%d.%d ", (long)seed, (long)i);
		list_words = i + 1 == dump;
		run_step(draw_step(NR_STEPS), i + 1 == plant);
		if (i + 1 == dump)
			arena_dump();
		if (group && (i + 1) % group == 0)
			say_digest();
	}
	say("%d sum %x\n", (long)seed, checksum(list_words));
	say_digest();
	say_flush();
	return 0;
}

static char *format_number(uint64_t n, char *end)
{
	*--end = '\0';
	do {
		*--end = (char)('0' + n % 10);
	} while (n /= 10);
	return end;
}

/* Every seed in a program of its own, which begins with an empty arena and an untouched heap. */
static int run_all(char *self, uint64_t first, uint64_t count, char *nr_steps, char *group)
{
	for (uint64_t seed = first; seed < first + count; seed++) {
		char text[24], *env[] = { NULL };
		char *argv[] = { self, "one", format_number(seed, text + sizeof(text)), nr_steps, "0", "0", "0", group,
				 NULL };
		unsigned int status = 0;
		long pid = call(NR_clone, SIGCHLD, 0, 0, 0, 0);

		if (pid == 0) {
			call(NR_execve, self, argv, env);
			call(NR_exit_group, 99);
		}
		call(NR_wait4, pid, &status, 0, 0);
		say("seed %d ended with %x\n", (long)seed, (unsigned long)status);
		say_flush();
	}
	return 0;
}

int diff_main(int argc, char **argv)
{
	if (argc == 6 && argv[1][0] == 'a')
		return run_all(argv[0], parse_number(argv[2]), parse_number(argv[3]), argv[4], argv[5]);
	if (argc == 8 && argv[1][0] == 'o')
		return run_one(argv + 2);
	say("usage: difftest all FIRST COUNT STEPS GROUP | one SEED STEPS FROM DUMP PLANT GROUP\n");
	say_flush();
	return 2;
}
