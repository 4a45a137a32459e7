/* SPDX-License-Identifier: MIT */
/* picolibc's setjmp.h, and the form that keeps the signal mask, with which a handler can jump out. */
#ifndef USER_INCLUDE_SETJMP_H
#define USER_INCLUDE_SETJMP_H

#include_next <setjmp.h>
#include <signal.h>

typedef struct {
	jmp_buf regs;
	int mask_saved;
	sigset_t mask;
} sigjmp_buf[1];

/* sigsetjmp() - a macro: what calls setjmp must not have returned when the jump comes. */
#define sigsetjmp(env, save)							\
	((env)[0].mask_saved = (save) && sigprocmask(SIG_BLOCK, NULL, &(env)[0].mask) == 0, setjmp((env)[0].regs))
void siglongjmp(sigjmp_buf env, int value) __attribute__((noreturn));

#define _setjmp(env)		setjmp(env)
#define _longjmp(env, value)	longjmp(env, value)

#endif
