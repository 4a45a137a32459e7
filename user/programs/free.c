/* SPDX-License-Identifier: MIT */
/* free: who has the memory, by frames, by size of free block, and by slab cache. */
#include <stdio.h>
#include "user/libsys/sys.h"

USAGE("usage: free\n"
      "How many frames are free, what the others hold, the free blocks by size, and\n"
      "the slab caches. The counters come from query_mem() and query_slabs().\n");

static void row(const char *what, unsigned long pages)
{
	printf("%-22s %9lu %9lu KiB\n", what, pages, pages * (PAGE_SIZE / 1024));
}

int main(void)
{
	static struct q_slab slabs[64];
	struct q_mem mem = query_mem();
	long n;

	printf("%-22s %9s\n", "", "frames");
	row("all", mem.total);
	row("free", mem.free);
	row("programs (anonymous)", mem.anon_pages);
	row("files", mem.file_pages);
	row("shared", mem.shmem_pages);
	row("page tables", mem.pgtable_pages);
	row("slab caches", mem.slab_pages);
	printf("\nfree blocks of 2^n frames:\n");
	for (int i = 0; i < 11; i++)
		printf("%s%lu", i == 0 ? "  " : " ", mem.free_blocks[i]);
	printf("\n\n%-24s %6s %8s %8s %7s\n", "slab cache", "bytes", "in use", "total", "frames");
	n = query(QUERY_SLABS, 0, 0, slabs, sizeof(slabs));
	if (n < 0)
		die("free: slabs");
	for (long i = 0; i < n; i++)
		printf("%-24s %6lu %8lu %8lu %7lu\n", slabs[i].name, slabs[i].object_size, slabs[i].in_use,
		       slabs[i].total, slabs[i].pages);
	return 0;
}
