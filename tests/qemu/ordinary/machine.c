/* SPDX-License-Identifier: MIT */
/* What a program can ask of the machine. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(void)
{
	struct rusage usage;
	struct rlimit limit;
	struct utsname name;
	volatile char big[64 * 1024];

	memset((char *)big, 1, sizeof(big));
	printf("page %ld %d, ticks %ld\n", sysconf(_SC_PAGESIZE), getpagesize(), sysconf(_SC_CLK_TCK));
	printf("harts: %d, pages: %d %d\n", sysconf(_SC_NPROCESSORS_ONLN) > 1, sysconf(_SC_PHYS_PAGES) > 1000,
	       sysconf(_SC_AVPHYS_PAGES) > 1000);
	printf("wrong: %ld\n", sysconf(12345));
	printf("stack limit: %d\n", getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur >= 1 << 20);
	if (getrusage(RUSAGE_SELF, &usage) < 0 || uname(&name) < 0)
		return 1;
	printf("memory: %d, name: %d\n", usage.ru_maxrss > 20, strlen(name.sysname) > 0);
	printf("who: %d, parent: %d\n", getpid() > 1, getppid() > 0);
	return 0;
}
