/* SPDX-License-Identifier: MIT */
/* free: what the memory is used for, by frames, by size of free block, and by slab cache. */
#include <stdio.h>
#include "user/libsys/sys.h"

USAGE("usage: free\n"
      "How many frames are free, what the others hold, the free blocks by size, and\n"
      "the slab caches. The counters come from query_mem() and query_slabs().\n");

static void row(const char *what, long frames)
{
	printf("%-22s %9ld %9ld\n", what, frames, frames * (long)(PAGE_SIZE / 1024));
}

/* usage_of_frames() - two sums: free and used are all; what the used ones hold is used. */
static void usage_of_frames(const struct q_mem *mem)
{
	long used = mem->total - mem->free;

	printf("%-22s %9s %9s\n", "", "frames", "KiB");
	row("free", mem->free);
	row("used", used);
	row("all", mem->total);
	printf("\nthe used ones:\n");
	row("files", mem->file_pages);
	row("slab caches", mem->slab_pages);
	row("programs, stacks, ...", used - (long)(mem->file_pages + mem->slab_pages));
	printf("\nmapped, once for each process (a frame that two of them share counts twice):\n");
	row("anonymous", mem->anon_pages);
	row("shared", mem->shmem_pages);
	row("page tables", mem->pgtable_pages);
}

/* free_blocks() - by size, and what is in no block: together they are the free frames. */
static void free_blocks(const struct q_mem *mem)
{
	long rest = mem->free;

	printf("\nfree blocks of 2^n frames:\n ");
	for (int i = 0; i < 11; i++) {
		printf(" %lu", mem->free_blocks[i]);
		rest -= (long)(mem->free_blocks[i] << i);
	}
	printf("\n  and %ld single frames that harts keep for themselves\n", rest);
}

int main(void)
{
	static struct q_slab slabs[64];
	struct q_mem mem = query_mem();
	long n = query(QUERY_SLABS, 0, 0, slabs, sizeof(slabs)), frames = 0;

	if (n < 0)
		die("free: slabs");
	usage_of_frames(&mem);
	free_blocks(&mem);
	printf("\n%-24s %6s %8s %8s %7s\n", "slab cache", "bytes", "in use", "objects", "frames");
	for (long i = 0; i < n; i++) {
		printf("%-24s %6lu %8lu %8lu %7lu\n", slabs[i].name, slabs[i].object_size, slabs[i].in_use,
		       slabs[i].total, slabs[i].pages);
		frames += slabs[i].pages;
	}
	printf("%-24s %6s %8s %8s %7ld\n", "all", "", "", "", frames);
	return 0;
}
