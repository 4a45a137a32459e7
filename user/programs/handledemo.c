/* SPDX-License-Identifier: MIT */
/*
 * handledemo: handles travel. A registry knows the handles of services by number; a service gives it one, a client asks for it.
 *
 *	service --{1, handle}--> registry		copies: both have one
 *	client ----{1}--------> registry
 *	       <---{handle}----				and now the client can call the service, which it has never heard of
 *
 * Who asks too early waits: the registry keeps the reply handle, and answers when there is something to send.
 */
#include <signal.h>
#include <stdio.h>
#include "user/libsys/ipc.h"
#include "user/libsys/sys.h"

USAGE("usage: handledemo\n"
      "Three processes: a registry of handles, a service, a client.\n"
      "Exercises check_handles(), pass_handle() and may_dup().\n");

enum { REGISTER, ASK };		/* word 0 of a call to the registry */

static void registry(unsigned long endpoint)
{
	struct ipc_msg m = { .flags = IPC_TAKE_HANDLES }, early = { 0 };
	unsigned int known = 0;

	for (;;) {
		long kind = ipc_reply_recv(endpoint, &m);

		if (kind == IPC_MSG_CALL && m.word[0] == REGISTER) {
			known = m.handle[0];
			printf("registry %d: a service has sent me a handle; here it is %#x\n", getpid(), known);
			m.handle[0] = 0;		/* none goes back */
			early.handle[0] = known;
			if (early.reply)
				ipc_reply(&early);
		} else if (kind == IPC_MSG_CALL && !known) {
			printf("registry %d: somebody asks too early; I keep reply handle %#lx\n", getpid(), m.reply);
			early = m;
			m.reply = 0;			/* the next turn only receives */
		} else if (kind == IPC_MSG_CALL) {
			printf("registry %d: somebody asks; I send a copy\n", getpid());
			m.handle[0] = known;
		} else {
			_exit(kind == -ENOTCONN ? 0 : 1);
		}
	}
}

/* service() - makes an endpoint, registers it, and answers one call. */
static void service(unsigned long reg)
{
	long endpoint = endpoint_create();
	long send = handle_dup((unsigned long)endpoint, RIGHT_SEND | RIGHT_GRANT, 5);
	struct ipc_msg m = { .word = { REGISTER }, .handle = { (unsigned int)send | IPC_MOVE } };

	printf("service %d: my endpoint is %#lx; handle %#lx only sends, and may be passed on\n", getpid(), endpoint, send);
	if (ipc_call(reg, &m) != 0)
		die("register");
	printf("service %d: the handle has moved to the registry; to use it here is %s\n", getpid(),
	       errno_name((int)ipc_notify((unsigned long)send, 1)));
	m = (struct ipc_msg){ 0 };
	if (ipc_recv((unsigned long)endpoint, &m) != IPC_MSG_CALL)
		_exit(1);
	printf("service %d: called with %lu, by a handle with badge %lu\n", getpid(), m.word[0], m.badge);
	m.word[0] *= m.word[0];
	_exit(ipc_reply(&m) == 0 ? 0 : 1);
}

static int client(unsigned long reg)
{
	struct ipc_msg m = { .word = { ASK }, .flags = IPC_TAKE_HANDLES };
	unsigned long handle;

	if (ipc_call(reg, &m) != 0 || m.handle[0] == 0)
		return 1;
	handle = m.handle[0];
	printf("client %d: the answer came with handle %#lx\n", getpid(), handle);
	printf("client %d: a copy of it with RECV is %s, one with another badge %s\n", getpid(),
	       errno_name((int)handle_dup(handle, RIGHT_RECV, 0)), errno_name((int)handle_dup(handle, RIGHT_SEND, 6)));
	m = (struct ipc_msg){ .word = { 12 } };
	if (ipc_call(handle, &m) != 0)
		return 1;
	printf("client %d: the service says %lu\n", getpid(), m.word[0]);
	return 0;
}

int main(void)
{
	long reg = endpoint_create(), recv = handle_dup((unsigned long)reg, RIGHT_RECV, 0);
	long send = handle_dup((unsigned long)reg, RIGHT_SEND, 0);
	int status, failed = 0;

	handle_close((unsigned long)reg);
	if (fork() == 0) {
		handle_close((unsigned long)send);
		registry((unsigned long)recv);
	}
	handle_close((unsigned long)recv);
	if (fork() == 0)
		service((unsigned long)send);
	failed = client((unsigned long)send);
	handle_close((unsigned long)send);
	while (wait(&status) > 0)
		failed |= status;
	return failed ? 1 : 0;
}
