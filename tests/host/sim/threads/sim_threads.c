/* SPDX-License-Identifier: MIT */
/*
 * sim_threads - two harts at once.
 *
 *	sim_threads [--seed N] [--seconds N] [--frames N] [--asid-bits N] [--software-ad] [--plant NAME]
 *		    [--without OPERATION]... [--no-common]
 *	sim_threads --check-plants	each plant must be noticed
 *
 * How the two threads run is the host's affair, so a seed repeats a run only roughly. Data races are printed by
 * the sanitizer, which then makes the exit status 66; everything else that is wrong is a panic.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/core/bug.h"
#include "kernel/core/race.h"
#include "kernel/mm/tlb.h"
#include "tests/host/sim/threads/threads.h"

#define RACE_STATUS	66

static unsigned long frames = 2500;

static void plant(const char *name)
{
	for (unsigned int i = 0; i < NR_PLANTS; i++)
		if (!strcmp(name, plant_names[i])) {
			planted = i;
			if (i == PLANT_FLUSH)
				flush_site_broken = FLUSH_RMAP;
			second_look_left_out = i == PLANT_SECOND_LOOK;
			plant_no_release = i == PLANT_RELEASE;
			return;
		}
	fprintf(stderr, "no plant \"%s\"\n", name);
	exit(2);
}

/*
 * Run ourselves with a plant, quietly, up to the first report. Returns whether it ended as a run should in which
 * something is wrong.
 */
static bool plant_noticed(const char *name)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
			_exit(2);
		setenv("TSAN_OPTIONS", "halt_on_error=1", /* overwrite = */ 1);
		execl("/proc/self/exe", "sim_threads", "--seconds", "20", "--plant", name, NULL);
		_exit(2);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return false;
	return WIFSIGNALED(status) || WEXITSTATUS(status) == RACE_STATUS;
}

static int check_plants(void)
{
	unsigned int passed = 0;

	for (unsigned int i = PLANT_NONE + 1; i < NR_PLANTS; i++) {
		bool noticed = plant_noticed(plant_names[i]);

		passed += noticed;
		if (!noticed)
			printf("plant \"%s\" was not noticed\n", plant_names[i]);
	}
	printf("%u passed, %u failed\n", passed, NR_PLANTS - 1 - passed);
	return passed != NR_PLANTS - 1;
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{ "seed", 1, NULL, 's' }, { "seconds", 1, NULL, 't' }, { "frames", 1, NULL, 'f' },
		{ "asid-bits", 1, NULL, 'a' }, { "software-ad", 0, NULL, 'd' }, { "plant", 1, NULL, 'p' },
		{ "check-plants", 0, NULL, 'P' }, { "without", 1, NULL, 'w' }, { "no-common", 0, NULL, 'c' }, { 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (c) {
		case 's': storm_config.seed = strtoul(optarg, NULL, 0); break;
		case 't': storm_config.seconds = atof(optarg); break;
		case 'f': frames = strtoul(optarg, NULL, 0); break;
		case 'a': sim_config.asid_bits = strtoul(optarg, NULL, 0); break;
		case 'd': sim_config.hardware_ad = false; break;
		case 'p': plant(optarg); break;
		case 'P': return check_plants();
		case 'w':
			if (storm_without(optarg))
				break;
			fprintf(stderr, "no operation \"%s\"\n", optarg);
			return 2;
		case 'c': storm_config.no_common = true; break;
		default: return 2;
		}
	}
	machine_boot(frames);
	storm_run();
	if (races_reported())
		fprintf(stderr, "%u data races with --seed %lu\n", races_reported(), storm_config.seed);
	printf("%d passed, %d failed\n", !races_reported(), !!races_reported());
	return 0;			/* the sanitizer makes it RACE_STATUS when there was a race */
}
