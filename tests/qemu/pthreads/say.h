/* SPDX-License-Identifier: MIT */
/*
 * What the programs of this folder share: steps that have to succeed, names of errors, short waits. Built with -D_GNU_SOURCE.
 */
#ifndef SAY_H
#define SAY_H

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* must() - a step whose answer is 0 or an error number, as that of the pthread functions is. */
#define must(e) must_(e, #e, __LINE__)
static inline void must_(int err, const char *what, int line)
{
	if (err) {
		printf("line %d: %s: %s\n", line, what, strerror(err));
		exit(99);
	}
}

/* need() - a step whose answer is -1 with errno, or good. */
#define need(e) need_((long)(e), #e, __LINE__)
static inline long need_(long answer, const char *what, int line)
{
	if (answer == -1)
		must_(errno, what, line);
	return answer;
}

/* error() - the name of an error number; "0" for none. */
static inline const char *error(int err)
{
	return err ? strerrorname_np(err) : "0";
}

/* start() - a thread that can be joined. */
static inline pthread_t start(void *(*body)(void *), long arg)
{
	pthread_t t;

	must(pthread_create(&t, NULL, body, (void *)arg));
	return t;
}

static inline long join(pthread_t t)
{
	void *value;

	must(pthread_join(t, &value));
	return (long)value;
}

static inline void sleep_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
}

/* in_ms() - the time of @clock that comes in @ms. */
static inline struct timespec in_ms(clockid_t clock, long ms)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	ts.tv_sec += ms / 1000;
	ts.tv_nsec += ms % 1000 * 1000000;
	if (ts.tv_nsec >= 1000000000) {
		ts.tv_nsec -= 1000000000;
		ts.tv_sec++;
	}
	return ts;
}

static inline long long clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* handle() - @handler for @sig with @flags. */
static inline void handle(int sig, void (*handler)(int), int flags)
{
	struct sigaction act = { .sa_handler = handler, .sa_flags = flags };

	need(sigaction(sig, &act, NULL));
}

static inline sigset_t set_of(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	return set;
}

#endif
