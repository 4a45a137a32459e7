/* SPDX-License-Identifier: MIT */
/* Bytes typed at the serial line, from the UART to their readers (console_input.c). */
#ifndef KERNEL_DEV_CONSOLE_INPUT_H
#define KERNEL_DEV_CONSOLE_INPUT_H

#include "lib/types.h"

/* console_getc() - the next byte that was typed, or -1. Any hart, any time; never waits. */
int console_getc(void);
/* console_poll() - the timer tick of cpu 0: move received bytes from the UART into the ring. */
void console_poll(void);
/* console_input_enable() - false: console_poll() leaves what is received in the UART, for a server. */
void console_input_enable(bool on);
/* console_on_input() - from now on console_poll() calls @ready, in its interrupt, after bytes came in. Once, at boot. */
void console_on_input(void (*ready)(void));

#endif
