/* SPDX-License-Identifier: MIT */
/* A virtio disk to swap to (virtio_blk.c). */
#ifndef KERNEL_DEV_VIRTIO_BLK_H
#define KERNEL_DEV_VIRTIO_BLK_H

struct boot_info;
struct swap_device;

/* virtio_blk_init() - look for a disk among the virtio-mmio devices that the device tree named. */
void virtio_blk_init(const struct boot_info *info);
/* virtio_blk_device() - the disk, for swapon(); NULL when there is none. */
const struct swap_device *virtio_blk_device(void);

#endif
