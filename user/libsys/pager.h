/* SPDX-License-Identifier: MIT */
/*
 * A server that fills memory objects (docs/ipc.md). The kernel asks by page_in of PAGER_PROTOCOL (uapi/protocol.h). All that it has to say is what a page holds:
 *
 *	static char page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
 *
 *	static long fill(const struct page_in_request *need)
 *	{
 *		... the page at need->offset of the object ...
 *		return memobj_supply(object, need->offset, page, 1);
 *	}
 *
 *	pager_serve(endpoint, fill);
 */
#ifndef USER_LIBSYS_PAGER_H
#define USER_LIBSYS_PAGER_H

#include <errno.h>
#include <string.h>
#include "uapi/protocol.h"
#include "user/libsys/ipc.h"

/* is_page_in() - is @m, which ipc_recv() has brought, a request for a page? The badge says whether it came from the kernel. */
static inline int is_page_in(long kind, const struct ipc_msg *m, struct page_in_request *need)
{
	if (kind != IPC_MSG_CALL || m->word[0] != PAGER_PAGE_IN)
		return 0;
	memcpy(need, &m->word[1], sizeof(*need));
	return 1;
}

/*
 * pager_serve() - answer requests for pages, with @fill, until nothing names the endpoint any more: -ENOTCONN. @fill supplies the page;
 * when it answers with an error, whoever needs the page gets SIGBUS. Other calls are answered with -ENOSYS in the first word.
 */
static inline long pager_serve(unsigned long endpoint, long (*fill)(const struct page_in_request *need))
{
	struct ipc_msg m = { 0 };
	struct page_in_request need;

	for (;;) {
		long kind = ipc_reply_recv(endpoint, &m);

		if (kind < 0)
			return kind;
		if (is_page_in(kind, &m, &need))
			m.word[0] = fill(&need) > 0 ? 0 : 1;
		else
			m.word[0] = (unsigned long)-ENOSYS;
	}
}

#endif
