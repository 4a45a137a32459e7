/* SPDX-License-Identifier: MIT */
/* Swap by name (swap_calls.c). */
#ifndef KERNEL_ENTRY_SWAP_CALLS_H
#define KERNEL_ENTRY_SWAP_CALLS_H

/* swap_start() - swap to what @what names. 0; -ENOENT: no such disk; -EINVAL, -EBUSY, -ENOMEM as swapon(). */
int swap_start(const char *what);

#endif
