/* SPDX-License-Identifier: MIT */
/* Samara's own calls: read-only looks into the kernel (uapi/query.h), and failure injection. */
#include "user/libsys/sys.h"

#define TEXT_SIZE	(64 * 1024UL)

long query(unsigned int what, int pid, unsigned long arg, void *buf, size_t len)
{
	return libsys_result(raw_syscall(SYS_samara_query, (long)what, (long)pid, arg, buf, len));
}

long fail_alloc(unsigned long n)
{
	return libsys_result(raw_syscall(SYS_samara_fail_alloc, n));
}

struct q_mem query_mem(void)
{
	struct q_mem mem;

	if (query(QUERY_MEM, 0, 0, &mem, sizeof(mem)) < 0)
		die("query memory");
	return mem;
}

unsigned long long query_counter(enum q_vmstat event)
{
	unsigned long long counters[Q_NR_VMSTAT];

	if (query(QUERY_VMSTAT, 0, 0, counters, sizeof(counters)) != Q_NR_VMSTAT)
		die("query counters");
	return counters[event];
}

char *query_text(unsigned int what, int pid, unsigned long arg)
{
	static char text[TEXT_SIZE];
	long n = query(what, pid, arg, text, TEXT_SIZE - 1);

	if (n < 0)
		return NULL;
	text[n] = '\0';
	return text;
}
