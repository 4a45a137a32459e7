/* SPDX-License-Identifier: MIT */
/* kill: sends a signal, SIGTERM if none is named, to processes. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include "user/libsys/sys.h"

USAGE("usage: kill [-SIGNAL] PID ...\n"
      "Sends a signal, by number, to processes; without one, SIGTERM (15).\n"
      "Exercises send_process() and do_signal(). kill -9 of the console\n"
      "server, which ps shows, is followed by its restart.\n");

int main(int argc, char **argv)
{
	unsigned long sig = SIGTERM, pid;
	int i = 1, failed = 0;

	if (i < argc && argv[i][0] == '-' && !parse_ulong(argv[i++] + 1, &sig))
		return wrong_usage();
	if (i == argc)
		return wrong_usage();
	for (; i < argc; i++) {
		if (!parse_ulong(argv[i], &pid) || pid == 0 || pid > 0x7fffffff)
			return wrong_usage();
		if (kill((pid_t)pid, (int)sig) != 0) {
			printf("kill: %s: %s\n", argv[i], errno_name(errno));
			failed = 1;
		}
	}
	return failed;
}
