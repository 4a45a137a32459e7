/* SPDX-License-Identifier: MIT */
/*
 * The serial line: bytes out (printk and write(1) alike), and the bytes that came in (dev/console_input.c collects them).
 * Output begins on the firmware's console and moves to the NS16550 when its registers are mapped.
 */
#ifndef KERNEL_CORE_CONSOLE_H
#define KERNEL_CORE_CONSOLE_H

#include "lib/types.h"

/* console_init() - @uart is the mapped NS16550, or NULL to stay with the firmware (no input then). */
void console_init(volatile u8 *uart);
/* console_write() - @n bytes in one piece: other harts' output does not come in between. */
void console_write(const char *s, size_t n);
/* console_claim() - for the machine's last line: after it only this hart's output is printed. */
void console_claim(void);
/* console_receive() - the next byte that the UART has received, or -1. One caller at a time. */
int console_receive(void);

#endif
