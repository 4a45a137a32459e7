/* SPDX-License-Identifier: MIT */
/* Swap by name (swap_calls.c). */
#ifndef KERNEL_ENTRY_SWAP_CALLS_H
#define KERNEL_ENTRY_SWAP_CALLS_H

/* swap_boot() - swap to what the boot argument swap=@what names, or say in words why not. */
void swap_boot(const char *what);

#endif
