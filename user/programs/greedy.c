/* SPDX-License-Identifier: MIT */
/*
 * greedy [MIB]: take memory and write to it until there is none (or MIB are taken). Ends with a message when mmap
 * refuses; when the kernel has to kill it, the shell says so.
 */
#include <stdio.h>
#include "user/libsys/sys.h"

#define MIB	(1024 * 1024UL)

int main(int argc, char **argv)
{
	unsigned long limit = -1UL, taken;

	if (argc > 2 || (argc == 2 && !parse_ulong(argv[1], &limit))) {
		fprintf(stderr, "usage: greedy [MIB]\n");
		return 2;
	}
	for (taken = 0; taken < limit; taken++) {
		char *p = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED) {
			printf("mmap refused after %lu MiB: %s\n", taken, errno_name(errno));
			return 0;
		}
		for (unsigned long i = 0; i < MIB; i += PAGE_SIZE)
			p[i] = 1;
		if ((taken + 1) % 16 == 0)
			printf("%lu MiB taken and written\n", taken + 1);
	}
	printf("%lu MiB taken, as asked\n", taken);
	return 0;
}
