/* SPDX-License-Identifier: MIT */
/*
 * greedy [MIB]: take memory and write to it until there is none. Ends with a message when mmap refuses; when
 * the kernel has to kill it, the shell says so. With MIB it stops there, and reads everything back: a page may
 * have been out in the swap area meanwhile.
 */
#include <stdio.h>
#include "user/libsys/sys.h"

USAGE("usage: greedy [MIB]\n"
      "Takes memory and writes to it until there is none, or MIB of it, and reads it\n"
      "back. Exercises do_anonymous_page(), try_to_free_pages() and out_of_memory().\n");

#define MIB		(1024 * 1024UL)
#define MAX_MIB		16384UL

static char *pieces[MAX_MIB];

/* fill() - each page of @piece gets its own address as its first word. */
static void fill(char *piece)
{
	for (unsigned long i = 0; i < MIB; i += PAGE_SIZE)
		*(volatile unsigned long *)(piece + i) = (unsigned long)(piece + i);
}

/* changed_pages() - how many pages of @piece hold something else by now. */
static unsigned long changed_pages(const char *piece)
{
	unsigned long n = 0;

	for (unsigned long i = 0; i < MIB; i += PAGE_SIZE)
		n += *(volatile unsigned long *)(piece + i) != (unsigned long)(piece + i);
	return n;
}

int main(int argc, char **argv)
{
	unsigned long limit = MAX_MIB, taken, changed = 0;

	if (argc > 2 || (argc == 2 && !parse_ulong(argv[1], &limit)) || limit > MAX_MIB)
		return wrong_usage();
	for (taken = 0; taken < limit; taken++) {
		char *p = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED) {
			printf("mmap refused after %lu MiB: %s\n", taken, errno_name(errno));
			return 0;
		}
		fill(p);
		pieces[taken] = p;
		if ((taken + 1) % 16 == 0)
			printf("%lu MiB taken and written\n", taken + 1);
	}
	for (unsigned long i = 0; i < taken; i++)
		changed += changed_pages(pieces[i]);
	printf("%lu MiB taken, as asked; %lu pages lost what I wrote\n", taken, changed);
	return changed > 0;
}
