/* SPDX-License-Identifier: MIT */
/* hello: the smallest program; also what user/tests/break-elf makes its damaged files of. */
#include <stdio.h>
#include "user/libsys/sys.h"

USAGE("usage: hello\n"
      "The smallest program: one line of output.\n"
      "Exercises do_execve(), elf_load() and do_file_page().\n");

int main(void)
{
	printf("hello, world\n");
	return 0;
}
