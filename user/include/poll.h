/* SPDX-License-Identifier: MIT */
/* Waiting for one of several descriptors. */
#ifndef USER_INCLUDE_POLL_H
#define USER_INCLUDE_POLL_H

#include <signal.h>
#include <time.h>

#define POLLIN		0x001
#define POLLPRI		0x002
#define POLLOUT		0x004
#define POLLERR		0x008
#define POLLHUP		0x010
#define POLLNVAL	0x020
#define POLLRDNORM	0x040
#define POLLWRNORM	0x100

typedef unsigned long nfds_t;

struct pollfd {
	int fd;
	short events, revents;
};

/* poll() - @timeout in ms; negative: for ever. */
int poll(struct pollfd *fds, nfds_t n, int timeout);
int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask);

#endif
