/* SPDX-License-Identifier: MIT */
/*
 * ipcdemo: two processes that share no memory, and a message between them. The server's loop is the whole of it: receive a call, answer
 * it, receive the next.
 *
 *	client --ipc_call {a, b}--> endpoint --ipc_recv--> server
 *	       <------- {a + b} ------------- ipc_reply_recv
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "user/libsys/ipc.h"
#include "user/libsys/sys.h"

USAGE("usage: ipcdemo\n"
      "A client calls a server, which adds; then the server is killed.\n"
      "Exercises send_call(), serve(), ipc_notify() and handle_close().\n");

#define MS	1000000UL

/* serve() - add what is sent, for ever. */
static void serve(unsigned long endpoint)
{
	struct ipc_msg m = { 0 };

	for (;;) {
		long kind = ipc_reply_recv(endpoint, &m);	/* answers what came before, if that was a call */

		if (kind == IPC_MSG_CALL) {
			printf("server %d: call {%lu, %lu} from badge %lu; reply handle %#lx\n", getpid(), m.word[0], m.word[1],
			       m.badge, m.reply);
			m.word[0] += m.word[1];
		} else if (kind == IPC_MSG_NOTIFY) {
			printf("server %d: notified, bits %#lx\n", getpid(), m.word[0]);
		} else if (kind == IPC_MSG_CANCEL) {
			printf("server %d: whoever waited for reply handle %#lx has gone\n", getpid(), m.word[0]);
		} else {
			printf("server %d: %s: no handle is left by which a call could come\n", getpid(), errno_name((int)kind));
			_exit(0);
		}
	}
}

/* call() - ask for @a + @b, and print what came of it. */
static long call(unsigned long endpoint, unsigned long a, unsigned long b)
{
	struct ipc_msg m = { .word = { a, b } };
	long ret = ipc_call(endpoint, &m);

	if (ret == 0)
		printf("client %d: %lu + %lu = %lu\n", getpid(), a, b, m.word[0]);
	else
		printf("client %d: the call ended with %s\n", getpid(), errno_name((int)ret));
	return ret;
}

/* start_server() - a server of a new endpoint, which it alone receives from. Returns: a handle to call it, with badge @badge. */
static unsigned long start_server(pid_t *pid, unsigned long badge)
{
	long endpoint = endpoint_create(), send, recv;

	if (endpoint < 0)
		die("endpoint_create");
	recv = handle_dup((unsigned long)endpoint, RIGHT_RECV, 0);
	send = handle_dup((unsigned long)endpoint, RIGHT_SEND, badge);
	handle_close((unsigned long)endpoint);
	*pid = fork();			/* copies the handles, too: each side closes the one that is the other's */
	if (*pid == 0) {
		handle_close((unsigned long)send);
		serve((unsigned long)recv);
	}
	handle_close((unsigned long)recv);
	return (unsigned long)send;
}

int main(void)
{
	struct ipc_msg m = { .deadline = IPC_POLL };
	unsigned long send;
	bool good;
	pid_t pid;

	send = start_server(&pid, 7);
	printf("client %d: handle %#lx names an endpoint; I may only send. Its badge is 7\n", getpid(), send);
	good = call(send, 40, 2) == 0;
	good &= call(send, 1, 1) == 0;
	ipc_notify(send, 4);		/* is received before the call that comes after it */
	good &= call(send, 20, 3) == 0;
	printf("client %d: to receive by that handle is %s\n", getpid(), errno_name((int)ipc_recv(send, &m)));

	printf("client %d: I kill the server\n", getpid());
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	good &= call(send, 3, 3) == -EPIPE;
	handle_close(send);

	send = start_server(&pid, 8);
	printf("client %d: a new server; I close the only handle to call it\n", getpid());
	handle_close(send);
	waitpid(pid, NULL, 0);
	return good ? 0 : 1;
}
