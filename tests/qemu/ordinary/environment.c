/* SPDX-License-Identifier: MIT */
/* Environment, and options by getopt. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char *words[] = { "environment", "-v", "-n", "42", "file", NULL };
	int option;

	printf("HOBBY is %s\n", getenv("HOBBY") ? "set" : "not set");
	setenv("HOBBY", "chess", 1);
	setenv("HOBBY", "go", 0);
	printf("HOBBY=%s\n", getenv("HOBBY"));
	putenv("COLOUR=green");
	unsetenv("HOBBY");
	printf("HOBBY is %s, COLOUR=%s\n", getenv("HOBBY") ? "set" : "not set", getenv("COLOUR"));
	while ((option = getopt(5, words, "vn:")) != -1)
		printf("option %c %s\n", option, option == 'n' ? optarg : "");
	printf("then %s; %d argument%s\n", words[optind], argc - 1, argc == 2 ? "" : "s");
	return argc > 0 && argv[argc] == NULL ? 0 : 1;
}
