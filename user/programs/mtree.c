/* SPDX-License-Identifier: MIT */
/*
 * mtree [PID]: the maple tree that holds a process's areas, as the kernel prints it, with remarks. mtree -n AREAS: of
 * this process, after it has made that many areas more, so that the tree grows in height.
 *
 *	arange_64 [0,max]		an inner node: each slot has a range, a child, and the longest gap below
 *	  leaf_64 [10000,2ffff]		a leaf: each slot has a range and a VMA, or 0x0 for a gap
 *
 * max is the last address that 64 bits name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/libsys/sys.h"

USAGE("usage: mtree [PID | -n AREAS]\n"
      "The maple tree that holds the areas of a process; -n: of this process, with\n"
      "AREAS (up to 300) more. The tree comes from mt_dump_to().\n");

static unsigned long pid;
static unsigned long nr_nodes, nr_gaps;

/* make_areas() - @n areas that cannot merge: their rights alternate. */
static void make_areas(unsigned long n)
{
	char *p = map_pages(n);

	for (unsigned long i = 0; i < n; i += 2)
		if (mprotect(p + i * PAGE_SIZE, PAGE_SIZE, PROT_READ) != 0)
			die("mtree: mprotect");
}

/* remark_slot() - what a leaf's slot [lo,hi] means: a gap, or an area with its rights and name. */
static void remark_slot(unsigned long lo, unsigned long hi, bool empty)
{
	struct q_vma vma;

	if (empty) {
		nr_gaps++;
		printf("   gap of 0x%lx pages", (hi - lo) / PAGE_SIZE + 1);
	} else if (query(QUERY_VMAS, pid, lo, &vma, sizeof(vma)) == 1 && vma.start == lo) {
		printf("   %c%c%c %s", vma.flags & PROT_READ ? 'r' : '-', vma.flags & PROT_WRITE ? 'w' : '-',
		       vma.flags & PROT_EXEC ? 'x' : '-', vma.name);
	}
}

/* put_line() - the kernel's text, with "max" for the highest address. */
static void put_line(const char *line)
{
	const char *max = strstr(line, ",ffffffffffffffff]");

	if (max == NULL)
		fputs(line, stdout);
	else
		printf("%.*s,max]%s", (int)(max - line), line, max + strlen(",ffffffffffffffff]"));
}

/*
 * show_line() - one line of the kernel's text. "I: [LO,HI] POINTER" is a slot; " gap BYTES" behind it says that it is one of an
 * inner node. All gaps are printed in pages.
 */
static void show_line(char *line)
{
	char *range = strstr(line, ": ["), *gap = strstr(line, " gap "), *pointer, *end;
	unsigned long lo, hi;

	if (gap != NULL)
		*gap = '\0';
	put_line(line);
	nr_nodes += strstr(line, "_64 ") != NULL;
	if (gap != NULL) {
		printf("   gaps up to 0x%lx pages", strtoul(gap + strlen(" gap "), NULL, 10) / PAGE_SIZE);
	} else if (range != NULL) {
		lo = strtoul(range + 3, &end, 16);
		hi = strtoul(end + 1, &end, 16);
		pointer = end + 2;
		remark_slot(lo, hi, strcmp(pointer, "0x0") == 0);
	}
	printf("\n");
}

int main(int argc, char **argv)
{
	unsigned long areas = 0;
	char *text, *next;

	if (argc == 3 && strcmp(argv[1], "-n") == 0) {
		if (!parse_ulong(argv[2], &areas) || areas > 300)
			return wrong_usage();
	} else if (argc > 2 || (argc == 2 && !parse_ulong(argv[1], &pid))) {
		return wrong_usage();
	}
	if (areas > 0)
		make_areas(areas);
	text = query_text(QUERY_MTREE, pid, 0);
	if (text == NULL)
		die("mtree: process %lu", pid);
	for (char *line = text; *line != '\0'; line = next) {
		next = strchr(line, '\n');
		if (next == NULL)
			break;
		*next++ = '\0';
		show_line(line);
	}
	printf("%lu node%s; %lu gaps between areas, where mmap may put new ones\n", nr_nodes,
	       nr_nodes == 1 ? "" : "s", nr_gaps);
	return 0;
}
