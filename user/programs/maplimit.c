/* SPDX-License-Identifier: MIT */
/*
 * maplimit: how many areas may one process have? Every second page of one big mapping is made
 * read-only, which costs two areas each time, until vm.max_map_count stops it.
 *
 *	[rw rw rw rw rw rw ...]  ->  [r |rw|r |rw|r |rw ...]
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include "user/libsys/sys.h"

USAGE("usage: maplimit\n"
      "Splits one mapping into as many areas as a process may have, and reports what\n"
      "happens at the limit. Exercises mm_mprotect() and vma_carve().\n");

#define RW	(PROT_READ | PROT_WRITE)

static unsigned long max_map_count(void)
{
	char text[24] = "";
	int fd = open("/proc/sys/vm/max_map_count", O_RDONLY);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		die("/proc/sys/vm/max_map_count");
	close(fd);
	return strtoul(text, NULL, 10);
}

static unsigned long map_count(void)
{
	struct q_mmstat stat;

	if (query(QUERY_MMSTAT, 0, 0, &stat, sizeof(stat)) < 0)
		die("query");
	return stat.map_count;
}

int main(void)
{
	unsigned long limit = max_map_count(), pages = limit + 16, i;
	char *area = mmap(NULL, pages * PAGE_SIZE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int refused, again;

	if (area == MAP_FAILED)
		die("mmap");
	printf("vm.max_map_count is %lu; I begin with %lu areas\n", limit, map_count());
	for (i = 0; i < pages; i += 2)
		if (mprotect(area + i * PAGE_SIZE, PAGE_SIZE, PROT_READ) != 0)
			break;
	refused = i < pages ? errno : 0;
	printf("With %lu areas, mprotect says %s\n", map_count(), refused ? errno_name(refused) : "nothing");

	/* What needs no further area still works, and what gives some back makes room. */
	area[PAGE_SIZE] = 1;
	if (munmap(area, 4 * PAGE_SIZE) != 0)
		die("munmap");
	again = mprotect(area + i * PAGE_SIZE, PAGE_SIZE, PROT_READ);
	printf("munmap of four areas makes room: mprotect %s, %lu areas\n", again == 0 ? "works" : "fails", map_count());
	if (munmap(area, pages * PAGE_SIZE) != 0)
		die("munmap");
	printf("munmap of everything leaves %lu\n", map_count());
	return refused == ENOMEM && again == 0 ? 0 : 1;
}
