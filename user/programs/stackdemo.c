/* SPDX-License-Identifier: MIT */
/* stackdemo: the stack's area grows downwards as calls nest; then it stays. */
#include <stdio.h>
#include <string.h>
#include "user/libsys/sys.h"

USAGE("usage: stackdemo\n"
      "The stack's area grows downwards as calls nest, and does not shrink.\n"
      "Exercises expand_stack().\n");

/* show() - the bounds of the stack's area. Returns its size in pages. */
static unsigned long show(int depth)
{
	struct q_vma vma;
	unsigned long sp = (unsigned long)__builtin_frame_address(0), pages;

	if (query(QUERY_VMAS, 0, sp, &vma, sizeof(vma)) < 1)
		die("query");
	pages = (vma.end - vma.start) / PAGE_SIZE;
	printf("depth %3d: sp 0x%lx, stack area 0x%lx-0x%lx, %lu pages\n", depth, sp, vma.start, vma.end, pages);
	return pages;
}

/* dive() - each call keeps 4 KiB on the stack. The sum keeps the compiler from dropping the array. */
static int dive(int depth, int bottom)
{
	volatile char frame[4096];

	for (size_t i = 0; i < sizeof(frame); i += 512)
		frame[i] = depth;
	if (depth == bottom) {
		show(depth);
		return frame[0];
	}
	return dive(depth + 1, bottom) + frame[512];
}

int main(void)
{
	unsigned long before, after;

	printf("Each call of dive() puts one page on the stack; the kernel extends the area when a touch falls below it.\n");
	before = show(0);
	dive(1, 16);
	dive(1, 64);
	dive(1, 256);
	after = show(0);
	printf("The area grew by %lu pages and does not shrink when the calls return.\n", after - before);
	return after >= before + 200 ? 0 : 1;
}
