/* SPDX-License-Identifier: MIT */
/* A sieve in eight megabytes of heap. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char *argv[])
{
	size_t limit = argc > 1 ? strtoul(argv[1], NULL, 10) : 8 << 20, found = 0, last = 0;
	char *composite = malloc(limit);

	if (composite == NULL) {
		fprintf(stderr, "no memory\n");
		return EXIT_FAILURE;
	}
	memset(composite, 0, limit);
	for (size_t i = 2; i < limit; i++) {
		if (composite[i])
			continue;
		found++;
		last = i;
		for (size_t j = i * i; i < 10000 && j < limit; j += i)
			composite[j] = 1;
	}
	printf("%zu primes below %zu, the last is %zu\n", found, limit, last);
	free(composite);
	return EXIT_SUCCESS;
}
