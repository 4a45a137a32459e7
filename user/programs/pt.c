/* SPDX-License-Identifier: MIT */
/*
 * pt ADDR [PID]: how the machine translates an address. Sv39 cuts it in four:
 *
 *	 38      30 29      21 20      12 11         0
 *	+----------+----------+----------+------------+
 *	| index 2  | index 1  | index 0  |   offset   |
 *	+----------+----------+----------+------------+
 *	   root ->    table ->   leaf ->    frame
 */
#include <stdio.h>
#include "user/libsys/sys.h"

USAGE("usage: pt ADDR [PID]\n"
      "The three page-table entries that translate an address, and their flag bits.\n"
      "The kernel walks the tables in query_pte() and walk_tables().\n");

#define PTE_LEAF	0xe	/* any of R, W, X: the walk ends here */

/* decode() - the flag bits of an entry as in the manual, highest first. */
static const char *decode(unsigned long pte)
{
	static const char letters[] = "DAGUXWRV";
	static char text[9];

	for (int i = 0; i < 8; i++)
		text[i] = pte >> (7 - i) & 1 ? letters[i] : '-';
	return text;
}

static void explain(const struct q_walk *walk, unsigned long addr)
{
	unsigned long pte;

	printf("level  table        index  entry               frame      flags     is\n");
	for (int i = 0; i < walk->levels; i++) {
		pte = walk->level[i].pte;
		printf("%5d  0x%09lx  %5lu  0x%016lx  0x%-7lx  %s  %s\n", 2 - i, walk->level[i].table_pa, walk->level[i].index,
		       pte, pte >> 10 & 0xfffffffffffUL, decode(pte), !(pte & 1) ? "empty" : pte & PTE_LEAF ? "leaf" : "next table");
	}
	if (!walk->present) {
		printf("0x%lx has no memory: an access faults, and the kernel looks for its area\n", addr);
		return;
	}
	unsigned long size = PAGE_SIZE << 9 * (3 - walk->levels);

	pte = walk->level[walk->levels - 1].pte;
	printf("0x%lx is physical 0x%lx: %s, %s\n", addr,
	       ((pte >> 10 & 0xfffffffffffUL) * PAGE_SIZE & ~(size - 1)) | (addr & (size - 1)),
	       pte & 4 ? "writable" : "not writable", pte & 0x80 ? "written to (dirty)" : "clean");
}

int main(int argc, char **argv)
{
	struct q_walk walk;
	unsigned long addr, pid = 0;

	if (argc < 2 || argc > 3 || !parse_ulong(argv[1], &addr) || (argc == 3 && !parse_ulong(argv[2], &pid)))
		return wrong_usage();
	printf("0x%lx = index %lu . %lu . %lu, offset 0x%lx\n", addr, addr >> 30 & 511, addr >> 21 & 511,
	       addr >> 12 & 511, addr & (PAGE_SIZE - 1));
	if (query(QUERY_PTE, pid, addr, &walk, sizeof(walk)) < 0)
		die("pt: process %lu", pid);
	explain(&walk, addr);
	return 0;
}
