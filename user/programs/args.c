/* SPDX-License-Identifier: MIT */
/* args: print what the kernel put on the stack: arguments, environment, auxiliary vector. */
#include <stdio.h>
#include "user/libsys/sys.h"

USAGE("usage: args [WORD ...]\n"
      "Prints what execve put on the stack: arguments, environment and auxiliary\n"
      "vector. The kernel writes them in exec_args_copy() and fill_auxv().\n");

static const struct {
	unsigned long type;
	const char *name;
} auxv_names[] = {
	{ 3, "AT_PHDR" }, { 4, "AT_PHENT" }, { 5, "AT_PHNUM" }, { 6, "AT_PAGESZ" }, { 7, "AT_BASE" },
	{ 8, "AT_FLAGS" }, { 9, "AT_ENTRY" }, { 11, "AT_UID" }, { 12, "AT_EUID" }, { 13, "AT_GID" },
	{ 14, "AT_EGID" }, { 16, "AT_HWCAP" }, { 17, "AT_CLKTCK" }, { 23, "AT_SECURE" },
	{ 25, "AT_RANDOM" }, { 31, "AT_EXECFN" },
};

static const char *auxv_name(unsigned long type)
{
	for (size_t i = 0; i < ARRAY_SIZE(auxv_names); i++)
		if (auxv_names[i].type == type)
			return auxv_names[i].name;
	return "?";
}

int main(int argc, char **argv, char **envp)
{
	printf("argc = %d\n", argc);
	for (int i = 0; i < argc; i++)
		printf("argv[%d] = \"%s\"\n", i, argv[i]);
	for (int i = 0; envp[i] != NULL; i++)
		printf("envp[%d] = \"%s\"\n", i, envp[i]);
	for (unsigned long *a = libsys_auxv; a[0] != 0; a += 2)
		if (a[0] == 31)
			printf("%s (%lu) = \"%s\"\n", auxv_name(a[0]), a[0], (char *)a[1]);
		else
			printf("%s (%lu) = 0x%lx\n", auxv_name(a[0]), a[0], a[1]);
	return 0;
}
