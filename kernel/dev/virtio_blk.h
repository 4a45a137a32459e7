/* SPDX-License-Identifier: MIT */
/* A virtio disk to swap to (virtio_blk.c). */
#ifndef KERNEL_DEV_VIRTIO_BLK_H
#define KERNEL_DEV_VIRTIO_BLK_H

#include "lib/types.h"

struct swap_device;

/*
 * virtio_blk_init() - look for a disk among the @nr virtio-mmio devices, given by their mapped registers and their sources
 * of interrupts (0: none). After plic_init(), before plic_init_hart().
 */
void virtio_blk_init(void *const devices[], const u32 irqs[], int nr);
/* virtio_blk_device() - the disk, for swapon(); NULL when there is none. */
const struct swap_device *virtio_blk_device(void);

#endif
