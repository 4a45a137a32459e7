/* SPDX-License-Identifier: MIT */
/* Printing to the console from the kernel; usable from any context, also early. */
#ifndef KERNEL_CORE_PRINTK_H
#define KERNEL_CORE_PRINTK_H

#include "lib/types.h"

/* printk() - format (see lib/format.h) and print; lines of several harts do not mix. */
void printk(const char *fmt, ...) __printf(1, 2);

#endif
