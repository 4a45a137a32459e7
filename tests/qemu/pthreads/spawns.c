/* SPDX-License-Identifier: MIT */
/* posix_spawn, system and popen from several threads at once. */
#include <spawn.h>
#include <sys/wait.h>
#include "say.h"

#define THREADS	4

static char *program;

static void *spawner(void *arg)
{
	char number[4];
	char *argv[] = { program, number, NULL };
	long sum = 0;

	snprintf(number, sizeof(number), "%ld", (long)arg);
	for (int i = 0; i < 5; i++) {
		pid_t pid;
		int status;

		must(posix_spawn(&pid, program, NULL, NULL, argv, NULL));
		need(waitpid(pid, &status, 0));
		sum += WEXITSTATUS(status);
	}
	return (void *)sum;
}

static void *reader(void *arg)
{
	char line[80] = "";
	FILE *pipe = popen("echo one two", "r");

	(void)arg;
	if (!pipe || !fgets(line, sizeof(line), pipe))
		printf("popen: %s\n", error(errno));
	line[strcspn(line, "\n")] = '\0';
	if (strcmp(line, "one two") != 0)
		printf("read \"%s\"\n", line);
	return (void *)(long)pclose(pipe);
}

static void *caller(void *arg)
{
	char command[40];

	snprintf(command, sizeof(command), "exit %ld", (long)arg + 1);
	return (void *)(long)WEXITSTATUS(system(command));
}

static void run(const char *name, void *(*body)(void *))
{
	pthread_t t[THREADS];

	printf("%s:", name);
	for (long i = 0; i < THREADS; i++)
		t[i] = start(body, i);
	for (int i = 0; i < THREADS; i++)
		printf(" %ld", join(t[i]));
	printf("\n");
}

int main(int argc, char **argv)
{
	pid_t pid;
	char *missing[] = { "missing", NULL };

	if (argc > 1)
		return atoi(argv[1]);
	program = argv[0];
	run("posix_spawn", spawner);
	run("popen", reader);
	run("system", caller);
	printf("a file that is not there: %s\n", error(posix_spawn(&pid, "/no/such/program", NULL, NULL, missing, NULL)));
	return 0;
}
