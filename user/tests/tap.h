/* SPDX-License-Identifier: MIT */
/*
 * The test programs' few words: each check prints one TAP line, "ok N - name" or "not ok N - name"
 * with the values that differ; tap_done() prints the plan and gives the exit status.
 */
#ifndef USER_TESTS_TAP_H
#define USER_TESTS_TAP_H

#include "user/libsys/sys.h"

/* ok() - one check; returns @cond. */
bool ok(bool cond, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* is() - are the two equal? Prints both when they are not. */
bool is(long got, long want, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* is_errno() - a raw answer: must be -@want; prints names when it is not. */
bool is_errno(long got, int want, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/*
 * in_storm() - does the kernel move or page out everything all the time (boot arguments migrate=storm, reclaim=storm)? Then checks
 * of where a page is prove nothing: calm_ok() and calm_is() are made in a calm machine only, and told as skipped otherwise.
 */
bool in_storm(void);
bool calm_ok(bool cond, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool calm_is(long got, long want, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int tap_done(void);

/* in_child() - run @body(@arg) in a child, which ends with its result; returns the wait status. */
int in_child(int (*body)(long arg), long arg);
/* spawn_child() - the same without waiting: the child's pid. */
pid_t spawn_child(int (*body)(long arg), long arg);
/* killed_by(), exited_with() - wait statuses. */
static inline int killed_by(int sig)
{
	return sig;
}
static inline int exited_with(int code)
{
	return code << 8;
}

#endif
