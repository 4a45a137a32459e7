/* SPDX-License-Identifier: MIT */
/* What a program may ask of the machine and of its limits. */
#include <limits.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include "user/libsys/sys.h"

#define CLOCK_TICKS	100
#define ENTROPY_MAX	256

/* sysinfo(2), as far as it is asked for here. */
struct sysinfo_words {
	long uptime;
	unsigned long loads[3], totalram, freeram, sharedram, bufferram, totalswap, freeswap;
	unsigned short procs, pad;
	unsigned long totalhigh, freehigh;
	unsigned int mem_unit;
};

int uname(struct utsname *name)
{
	return libsys_result(raw_syscall(SYS_uname, name));
}

ssize_t getrandom(void *buf, size_t n, unsigned int flags)
{
	return libsys_result(raw_syscall(SYS_getrandom, buf, n, (long)flags));
}

int getentropy(void *buf, size_t n)
{
	if (n > ENTROPY_MAX) {
		errno = EIO;
		return -1;
	}
	return getrandom(buf, n, 0) == (ssize_t)n ? 0 : -1;
}

int getrusage(int who, struct rusage *usage)
{
	return libsys_result(raw_syscall(SYS_getrusage, (long)who, usage));
}

int getrlimit(int what, struct rlimit *limit)
{
	return libsys_result(raw_syscall(SYS_getrlimit, (long)what, limit));
}

int setrlimit(int what, const struct rlimit *limit)
{
	return libsys_result(raw_syscall(SYS_setrlimit, (long)what, limit));
}

int getpagesize(void)
{
	return PAGE_SIZE;
}

static long pages(bool free)
{
	struct sysinfo_words info;

	if (libsys_result(raw_syscall(SYS_sysinfo, &info)) < 0)
		return -1;
	return (free ? info.freeram : info.totalram) * info.mem_unit / PAGE_SIZE;
}

static long harts(void)
{
	unsigned long mask = 0;

	return raw_syscall(SYS_sched_getaffinity, 0L, sizeof(mask), &mask) > 0 ? __builtin_popcountl(mask) : 1;
}

static long open_max(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (long)limit.rlim_cur : -1;
}

long sysconf(int name)
{
	switch (name) {
	case _SC_PAGESIZE:
		return PAGE_SIZE;
	case _SC_CLK_TCK:
		return CLOCK_TICKS;
	case _SC_OPEN_MAX:
		return open_max();
	case _SC_NPROCESSORS_CONF:
	case _SC_NPROCESSORS_ONLN:
		return harts();
	case _SC_PHYS_PAGES:
		return pages(/* free = */ false);
	case _SC_AVPHYS_PAGES:
		return pages(/* free = */ true);
	case _SC_ARG_MAX:
		return 128 * 1024;
	case _SC_VERSION:
		return 200809;
	}
	errno = EINVAL;
	return -1;
}

/* Knuth's multiplier for 64 bits (MMIX); the high bits are the good ones. */
unsigned long next_random(unsigned long *state)
{
	*state = *state * 6364136223846793005UL + 1442695040888963407UL;
	return *state >> 33;
}
