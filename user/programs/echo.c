/* SPDX-License-Identifier: MIT */
/* echo WORDS: print them, a blank between two; -n: without a newline behind them. */
#include <stdio.h>
#include <string.h>
#include "user/libsys/sys.h"

USAGE("usage: echo [-n] [WORD ...]\n"
      "Prints its words; with -n, without a newline behind them.\n");

int main(int argc, char **argv)
{
	bool newline = argc < 2 || strcmp(argv[1], "-n") != 0;

	for (int i = newline ? 1 : 2; i < argc; i++)
		printf("%s%s", argv[i], i + 1 < argc ? " " : "");
	if (newline)
		printf("\n");
	return 0;
}
