/* SPDX-License-Identifier: MIT */
/*
 * sim_random - random programs on the simulated machine.
 *
 *	sim_random [--seed N] [--steps N] [--runs N] [--asid-bits N] [--software-ad] [--no-inject]
 *		   [--check-every N] [--break SITE] [--frames N] [--trace]
 *	sim_random DIR			the fuzzer's inputs in a folder instead of a seed
 *
 * Each run starts and ends with an empty machine and has its own seed, printed when --runs is 1 and by
 * a failure. --frames leaves so many frames free, so that reclaim and swap have work to do. --break
 * leaves out the TLB flushes of one site (a number of enum flush_site): the run must fail.
 */
#include "tests/host/support/check.h"

#include <dirent.h>
#include <getopt.h>
#include <time.h>

#include "kernel/mm/tlb.h"
#include "kernel/mm/vmstat.h"
#include "tests/host/sim/driver.h"

static struct {
	unsigned long seed, steps, runs;
	unsigned long seed_now;
} options = { .seed = 1, .steps = 20000, .runs = 1 };

static void parse(int argc, char **argv)
{
	static const struct option names[] = {
		{ "seed", 1, NULL, 's' }, { "steps", 1, NULL, 'n' }, { "runs", 1, NULL, 'r' },
		{ "asid-bits", 1, NULL, 'a' }, { "software-ad", 0, NULL, 'd' }, { "no-inject", 0, NULL, 'i' },
		{ "check-every", 1, NULL, 'c' }, { "break", 1, NULL, 'b' }, { "trace", 0, NULL, 't' },
		{ "frames", 1, NULL, 'f' }, { 0 },
	};
	int c;

	driver.check_every = 64;
	driver.inject = true;
	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		unsigned long n = optarg ? strtoul(optarg, NULL, 0) : 0;

		switch (c) {
		case 's': options.seed = n; break;
		case 'n': options.steps = n; break;
		case 'r': options.runs = n; break;
		case 'a': sim_config.asid_bits = n; break;
		case 'd': sim_config.hardware_ad = false; break;
		case 'i': driver.inject = false; break;
		case 'c': driver.check_every = n; break;
		case 'b': flush_site_broken = n; break;
		case 't': driver.trace = true; break;
		case 'f': sim_config.frames = n; driver.scarce = true; break;
		default: exit(2);
		}
	}
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

static char **command;		/* as it was given */

/* A panic leaves by exit(): say how to repeat it. Of two equal options the later counts. */
static void say_seed(void)
{
	if (!options.seed_now)
		return;
	fprintf(stderr, "failed with --seed %lu, at step %lu; repeat:", options.seed_now, driver.steps);
	for (char **word = command; *word; word++)
		fprintf(stderr, " %s", *word);
	fprintf(stderr, " --seed %lu --runs 1\n", options.seed_now);
}

static const char *file_now;

static void say_file(void)
{
	if (file_now)
		fprintf(stderr, "failed with %s, at step %lu\n", file_now, driver.steps);
}

static void replay_file(const char *path)
{
	static u8 bytes[1 << 16];
	FILE *f = fopen(path, "rb");
	size_t size;

	if (!f) {
		perror(path);
		exit(1);
	}
	size = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	file_now = path;
	driver_run_bytes(bytes, size);
	file_now = NULL;
}

static int replay(const char *folder)
{
	struct dirent **names;
	int n = scandir(folder, &names, NULL, alphasort), passed = 0;
	unsigned long steps = 0;
	char path[512];

	atexit(say_file);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		if (names[i]->d_name[0] != '.') {
			replay_file(path);
			steps += driver.steps;
			passed++;
		}
		free(names[i]);
	}
	free(names);
	printf("%lu steps\n%d passed, %d failed\n", steps, passed, !passed);
	return !passed;
}

int main(int argc, char **argv)
{
	double start;

	command = argv;
	parse(argc, argv);
	sim_boot();
	if (optind < argc)
		return replay(argv[optind]);
	atexit(say_seed);
	start = now();
	for (unsigned long run = 0; run < options.runs; run++) {
		options.seed_now = options.seed + run;
		driver_start(options.seed_now, NULL, 0);
		for (unsigned long i = 0; i < options.steps; i++)
			driver_step();
		driver_finish();
	}
	options.seed_now = 0;
	printf("%lu steps, %.0f a second; accesses %lu (%lu%% TLB hits), faults %lu, flushes %lu local %lu remote, "
	       "loads %lu, evictions %lu; calls %lu, of these failed by injection %lu\n",
	       options.runs * options.steps, options.runs * options.steps / (now() - start), sim_stats.accesses,
	       sim_stats.hits * 100 / (sim_stats.accesses + 1), sim_stats.faults, sim_stats.flushes,
	       sim_stats.remote_flushes, sim_stats.loads, sim_stats.evictions, driver.done, driver.failed);
	printf("swapped out %lu, in %lu; reclaimed %lu, migrated %lu\n", vm_event_sum(PSWPOUT), vm_event_sum(PSWPIN),
	       vm_event_sum(PGSTEAL), vm_event_sum(PGMIGRATE));
	printf("%lu passed, 0 failed\n", options.runs);	/* a run that fails does not come here */
	return 0;
}
