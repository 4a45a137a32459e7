/* SPDX-License-Identifier: MIT */
/* printf and scanf of many kinds, numbers from strings, errors by name. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
	int a = 0, n;
	unsigned int b = 0;
	char word[10], rest[20], *end;

	printf("%d|%5d|%-5d|%05d|%+d|%x|%#o|%c|%s|%.2s|%%\n", -1, 42, 42, 42, 7, 255, 8, 'x', "text", "text");
	printf("%ld %lu %lld %zu %hhd %p\n", LONG_MIN, ULONG_MAX, LLONG_MAX, sizeof(int), 300, (void *)0x1234);
	printf("%" PRIu64 " %*d %-*s|\n", UINT64_MAX, 4, 1, 6, "ab");
	n = sscanf("12 0x1f hello, world", "%d %x %9[a-z], %19s", &a, &b, word, rest);
	printf("%d: %d %u %s %s\n", n, a, b, word, rest);
	printf("%ld %lx\n", strtol("  -77abc", &end, 10), strtoul("zz", NULL, 36));
	printf("rest %s\n", end);
	errno = 0;
	printf("%d", strtol("99999999999999999999", NULL, 10) == LONG_MAX);
	printf(" %s\n", errno == ERANGE ? "ERANGE" : "?");
	printf("%s; %s; %s\n", strerror(ENOENT), strerror(EINVAL), strerror(ENOSYS));
	printf("%.3f %d\n", atof("2.5e2"), atoi("17 apples"));
	return 0;
}
