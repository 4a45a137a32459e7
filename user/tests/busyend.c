/* SPDX-License-Identifier: MIT */
/* busyend: ends while its children map, touch, fork and unmap. As init it ends the machine: no frame is lost, some are in use. */
#include "user/tests/tap.h"

#define CHILDREN	12
#define PAGES		64

static int busy(long unused)
{
	(void)unused;
	for (;;) {
		char *pages = map_pages(PAGES);

		for (int i = 0; i < PAGES; i++)
			pages[i * PAGE_SIZE] = 1;
		if (fork() == 0) {
			pages[0] = 2;
			munmap(pages + PAGE_SIZE, 7 * PAGE_SIZE);
			_exit(0);
		}
		munmap(pages, PAGES * PAGE_SIZE);
		wait(NULL);
	}
}

int main(void)
{
	for (int i = 0; i < CHILDREN; i++)
		spawn_child(busy, 0);
	sleep_ms(200);
	return 0;
}
