/* SPDX-License-Identifier: MIT */
/*
 * The serial line: bytes out (printk and write(1) alike) and bytes in. Output starts on the
 * firmware's console and moves to the NS16550 when its registers are mapped.
 */
#ifndef KERNEL_DEV_CONSOLE_H
#define KERNEL_DEV_CONSOLE_H

#include "lib/types.h"

/* console_init() - @uart is the mapped NS16550, or NULL to stay with the firmware (no input then). */
void console_init(volatile u8 *uart);
/* console_write() - @n bytes in one piece: other harts' output does not come in between. */
void console_write(const char *s, size_t n);
/* console_claim() - for the machine's last line: after it only this hart's output is let through. */
void console_claim(void);
/* console_getc() - the next byte that was typed, or -1. Any hart, any time; never waits. */
int console_getc(void);
/* console_poll() - the timer tick of cpu 0: move typed bytes from the UART into the ring. */
void console_poll(void);
/* console_input_ready() - kernel/posix/files.c: called by console_poll() after bytes came in; wakes readers. */
void console_input_ready(void);

#endif
