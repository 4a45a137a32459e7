/* SPDX-License-Identifier: MIT */
/*
 * Runs the fuzz target on files, without libFuzzer: the committed corpus as part of the tests.
 *
 *	fuzz_replay DIRECTORY-OR-FILE...
 */
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lib/maple/maple_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long passed, unreadable;
static const char *now_running;

/* The target aborts when something is wrong: say with which file. */
static void on_abort(int signal_nr)
{
	(void)signal_nr;
	fprintf(stderr, "FAILED on %s\n", now_running);
}

static void replay_file(const char *path)
{
	static uint8_t data[1 << 16];
	FILE *in = fopen(path, "rb");
	size_t size;

	if (!in) {
		perror(path);
		unreadable++;
		return;
	}
	size = fread(data, 1, sizeof(data), in);
	fclose(in);
	now_running = path;
	LLVMFuzzerTestOneInput(data, size);
	passed++;
}

static void replay(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	char name[4096];

	if (!dir) {
		replay_file(path);
		return;
	}
	while ((e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		replay_file(name);
	}
	closedir(dir);
}

int main(int argc, char **argv)
{
	signal(SIGABRT, on_abort);
	rcu_register_thread();
	maple_tree_init();
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	rcu_unregister_thread();
	printf("maple tree fuzz corpus\n%lu passed, %lu failed\n", passed, unreadable + !passed);
	return unreadable || !passed;
}
