/* SPDX-License-Identifier: MIT */
/* hello: the smallest program; also what user/tests/break-elf makes its damaged files of. */
#include <stdio.h>

int main(void)
{
	printf("hello, world\n");
	return 0;
}
