/* SPDX-License-Identifier: MIT */
/*
 * Clients and servers of the interfaces that are described as in uapi/protocol.h. An interface of one's own takes three lines:
 *
 *	#define COUNTER_PROTOCOL(CALL) \
 *		CALL(counter_add, 1, (unsigned long n;), (unsigned long total;))
 *	COUNTER_PROTOCOL(PROTOCOL_TYPES)
 *	COUNTER_PROTOCOL(PROTOCOL_CLIENT)		long counter_add(endpoint, &request, &reply)
 *	PROTOCOL_SERVER(counter_serve, COUNTER_PROTOCOL)	void counter_serve(endpoint)
 *
 * The server has a function for each call:
 *
 *	static long serve_counter_add(const struct counter_add_request *in, struct counter_add_reply *out, struct ipc_msg *m)
 *	{
 *		out->total = total += in->n;
 *		return 0;
 *	}
 *
 * which answers with the result. SERVE_LATER: there is no reply yet. Then the function has kept m->reply, and gives it to
 * serve_reply() at any later time.
 */
#ifndef USER_LIBSYS_SERVE_H
#define USER_LIBSYS_SERVE_H

#include <errno.h>
#include <string.h>
#include "uapi/protocol.h"
#include "user/libsys/ipc.h"

#define SERVE_LATER	(-1000000L)

/* A client's call: long NAME(endpoint, request, reply). Returns: the server's result, or the error of ipc_call(). */
#define PROTOCOL_CLIENT(name, number, request, reply)							\
	static inline long name(unsigned long endpoint, const struct name##_request *in, struct name##_reply *out)	\
	{												\
		struct ipc_msg m = { .word = { number } };						\
		long ret;										\
													\
		memcpy(&m.word[1], in, sizeof(*in));							\
		ret = ipc_call(endpoint, &m);								\
		if (ret == 0) {										\
			memcpy(out, &m.word[1], sizeof(*out));						\
			ret = (long)m.word[0];								\
		}											\
		return ret;										\
	}

#define PROTOCOL_CASE(name, number, request, reply)							\
	case number: {											\
		struct name##_request in;								\
		struct name##_reply out = { };							\
		long result;										\
													\
		memcpy(&in, &m->word[1], sizeof(in));							\
		result = serve_##name(&in, &out, m);							\
		serve_answer(m, result, &out, sizeof(out));						\
		break;											\
	}

/*
 * PROTOCOL_DISPATCH() - void NAME(m): one call that has been received; @m is its reply then, or has none. PROTOCOL_SERVER() - void
 * NAME(endpoint): receive and reply until nobody can call any more.
 */
#define PROTOCOL_DISPATCH(function, PROTOCOL)								\
	static inline void function(struct ipc_msg *m)							\
	{												\
		switch (m->word[0]) {									\
		PROTOCOL(PROTOCOL_CASE)									\
		default:										\
			serve_answer(m, -ENOSYS, NULL, 0);						\
		}											\
	}
#define PROTOCOL_SERVER(function, PROTOCOL)								\
	PROTOCOL_DISPATCH(function##_one, PROTOCOL)							\
	static inline long function(unsigned long endpoint)						\
	{												\
		struct ipc_msg m = { 0 };								\
		long kind;										\
													\
		while ((kind = ipc_reply_recv(endpoint, &m)) >= 0)					\
			if (kind == IPC_MSG_CALL)							\
				function##_one(&m);							\
		return kind;										\
	}

/* serve_answer() - @m becomes the reply with @result and the @size bytes of @out. */
static inline void serve_answer(struct ipc_msg *m, long result, const void *out, size_t size)
{
	if (result == SERVE_LATER) {
		m->reply = 0;
		return;
	}
	memset(m->word, 0, sizeof(m->word));
	m->word[0] = (unsigned long)result;
	if (size)
		memcpy(&m->word[1], out, size);
}

/* serve_reply() - the reply that was put off, by the reply handle @reply. 0, or -ESRCH: the caller waits no longer. */
static inline long serve_reply(unsigned long reply, long result, const void *out, size_t size)
{
	struct ipc_msg m = { .reply = reply };

	serve_answer(&m, result, out, size);
	m.reply = reply;
	return ipc_reply(&m);
}

#endif
