/* SPDX-License-Identifier: MIT */
/* Clearing and copying whole frames, the two most expensive things that a fault does. */
#ifndef KERNEL_MM_FRAME_PAGE_OPS_H
#define KERNEL_MM_FRAME_PAGE_OPS_H

/* Both take page-aligned addresses of PAGE_SIZE bytes; copy_page()'s must not overlap. */
void clear_page(void *page);
void copy_page(void *restrict dst, const void *restrict src);

#endif
