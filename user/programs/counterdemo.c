/* SPDX-License-Identifier: MIT */
/*
 * counterdemo: a server in thirty lines. Its interface is a description, from which user/libsys/serve.h makes the client's functions, and
 * the server's loop that unpacks a message, calls serve_NAME and packs the reply.
 */
#include <stdio.h>
#include <sys/wait.h>
#include "user/libsys/serve.h"
#include "user/libsys/sys.h"

USAGE("usage: counterdemo\n"
      "A server that counts, with its interface described in one place.\n"
      "Exercises send_call(), deliver_call() and serve().\n");

#define COUNTER_PROTOCOL(CALL)								\
	CALL(counter_add, 1, (long n;), (long total;))					\
	CALL(counter_reset, 2, (), (long total;))

COUNTER_PROTOCOL(PROTOCOL_TYPES)
COUNTER_PROTOCOL(PROTOCOL_CLIENT)

static long total;

static long serve_counter_add(const struct counter_add_request *in, struct counter_add_reply *out, struct ipc_msg *m)
{
	(void)m;
	if (in->n < 0)
		return -EINVAL;
	out->total = total += in->n;
	return 0;
}

static long serve_counter_reset(const struct counter_reset_request *in, struct counter_reset_reply *out, struct ipc_msg *m)
{
	(void)in;
	(void)m;
	out->total = total;
	total = 0;
	return 0;
}

PROTOCOL_SERVER(counter_serve, COUNTER_PROTOCOL)

int main(void)
{
	unsigned long endpoint = (unsigned long)endpoint_create();
	unsigned long client = (unsigned long)handle_dup(endpoint, RIGHT_SEND, 0), server = (unsigned long)handle_dup(endpoint, RIGHT_RECV, 0);
	struct counter_reset_reply last;
	struct counter_add_reply sum;
	struct ipc_msg unknown = { .word = { 99 } };

	handle_close(endpoint);			/* which could do both */
	if (fork() == 0) {
		handle_close(client);		/* else it would never see that all clients have gone */
		_exit(counter_serve(server) == -ENOTCONN ? 0 : 1);
	}
	handle_close(server);			/* else its death would not be seen */
	for (long n = 1; n <= 3; n++)
		if (counter_add(client, &(struct counter_add_request){ .n = n }, &sum) == 0)
			printf("counter_add(%ld): the total is %ld\n", n, sum.total);
	printf("counter_add(-1): %s\n", errno_name((int)counter_add(client, &(struct counter_add_request){ .n = -1 }, &sum)));
	counter_reset(client, &(struct counter_reset_request){ }, &last);
	printf("counter_reset(): it was %ld\n", last.total);
	ipc_call(client, &unknown);
	printf("a call that is not in the description: %s\n", errno_name((int)unknown.word[0]));
	handle_close(client);
	wait(NULL);
	return 0;
}
