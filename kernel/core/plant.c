/* SPDX-License-Identifier: MIT */
/*
 * The bugs that panic=KIND plants; the tests boot each and read the report.
 *
 *	test	panic() itself		null	load from page 0
 *	stack	endless recursion	wx	store into the kernel's text
 *	exec	jump into data
 */
#include "kernel/core/bug.h"
#include "kernel/core/plant.h"
#include "kernel/core/printk.h"
#include "lib/string.h"

extern char __text_start[];

static volatile unsigned long sink;
static volatile unsigned long page_zero = 8;	/* the compiler shall not see that it is wrong */

static void __attribute__((noinline)) recurse(unsigned long depth)
{
	volatile unsigned long room[16];

	room[0] = depth;
	if (depth < ~0UL)
		recurse(depth + 1);
	sink = room[0];
}

void plant_bug(const char *kind)
{
	static unsigned int code = 0x00008067;	/* ret */

	if (strcmp(kind, "test") == 0)
		panic("planted by the boot argument panic=test");
	else if (strcmp(kind, "stack") == 0)
		recurse(0);
	else if (strcmp(kind, "null") == 0)
		sink = *(volatile unsigned long *)page_zero;
	else if (strcmp(kind, "wx") == 0)
		*(volatile char *)__text_start = 0;
	else if (strcmp(kind, "exec") == 0)
		((void (*)(void))&code)();
	else
		printk("panic=%s: no such planted bug\n", kind);
}
