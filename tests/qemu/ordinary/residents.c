/* SPDX-License-Identifier: MIT */
/* sbrk, mincore, madvise, mlock: what is in memory? */
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void)
{
	long page = sysconf(_SC_PAGESIZE);
	unsigned char in[8];
	char *old = sbrk(0), *p = mmap(NULL, 8 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (sbrk(page) != old || p == MAP_FAILED)
		return 1;
	old[0] = 'h';
	p[0] = p[3 * page] = 1;
	mincore(p, 8 * page, in);
	for (int i = 0; i < 8; i++)
		printf("%d", in[i] & 1);
	madvise(p, 8 * page, MADV_DONTNEED);
	printf(" %d\n", p[3 * page]);
	printf("mlock %d %d, heap %c\n", mlock(p, page), munlock(p, page), old[0]);
	return 0;
}
