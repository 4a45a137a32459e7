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

char *query_text(unsigned int what, int pid, unsigned long arg)
{
	static char text[TEXT_SIZE];
	long n = query(what, pid, arg, text, TEXT_SIZE - 1);

	if (n < 0)
		return NULL;
	text[n] = '\0';
	return text;
}
