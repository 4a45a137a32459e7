/* SPDX-License-Identifier: MIT */
/*
 * The swap disk: a virtio block device on virtio-mmio (Virtual I/O Device specification 1.1, sections 2.6,
 * 4.2 and 5.2). The one driver inside the kernel: reclaim cannot wait for a task that may itself need memory.
 *
 * One request at a time, under a mutex, and the answer is polled for: no interrupt, no allocation.
 *
 *	desc[0] -> header (type, sector)   desc[1] -> the page   desc[2] -> status byte
 *	avail ring: head 0 each time		used ring: the device counts up when it is done
 */
#include "kernel/arch/riscv.h"
#include "kernel/core/bug.h"
#include "kernel/core/printk.h"
#include "kernel/core/time.h"
#include "kernel/dev/virtio_blk.h"
#include "kernel/mm/frame/kmap.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/sched/rwsem.h"
#include "lib/errno.h"

/* Registers of the MMIO transport, section 4.2.2. */
#define REG_MAGIC		0x000
#define REG_VERSION		0x004
#define REG_DEVICE_ID		0x008
#define REG_DEVICE_FEATURES	0x010
#define REG_DEVICE_FEATURES_SEL	0x014
#define REG_DRIVER_FEATURES	0x020
#define REG_DRIVER_FEATURES_SEL	0x024
#define REG_QUEUE_SEL		0x030
#define REG_QUEUE_NUM_MAX	0x034
#define REG_QUEUE_NUM		0x038
#define REG_QUEUE_READY		0x044
#define REG_QUEUE_NOTIFY	0x050
#define REG_STATUS		0x070
#define REG_QUEUE_DESC		0x080	/* low word, high word behind it; so the next two */
#define REG_QUEUE_DRIVER	0x090
#define REG_QUEUE_DEVICE	0x0a0
#define REG_CONFIG_CAPACITY	0x100	/* u64, in sectors */

#define MAGIC			0x74726976
#define DEVICE_BLOCK		2
#define STATUS_ACKNOWLEDGE	1
#define STATUS_DRIVER		2
#define STATUS_DRIVER_OK	4
#define STATUS_FEATURES_OK	8
#define FEATURE_FLUSH		(1u << 9)
#define FEATURE_VERSION_1_HIGH	1	/* bit 32 */

#define SECTOR_SIZE		512
#define SECTORS_PER_PAGE	(PAGE_SIZE / SECTOR_SIZE)
#define QUEUE_SIZE		4
#define DESC_NEXT		1
#define DESC_WRITE		2	/* the device writes there */
#define REQUEST_IN		0
#define REQUEST_OUT		1
#define TIMEOUT_NS		(30 * NSEC_PER_SEC)	/* a dead device, not a slow one */

struct virtq_desc {
	u64 addr;
	u32 len;
	u16 flags, next;
};

static struct {
	volatile u8 *regs;		/* NULL: no disk */
	struct mutex lock;
	/* lock, and the device. */
	struct virtq_desc desc[QUEUE_SIZE] __aligned(16);
	struct { u16 flags, idx, ring[QUEUE_SIZE], event; } avail __aligned(2);
	struct { u16 flags, idx; struct { u32 id, len; } ring[QUEUE_SIZE]; u16 event; } used __aligned(4);
	struct { u32 type, reserved; u64 sector; } header;
	u8 status;
} disk;

static u32 reg_read(unsigned int reg)
{
	return *(volatile u32 *)(disk.regs + reg);
}

static void reg_write(unsigned int reg, u32 value)
{
	*(volatile u32 *)(disk.regs + reg) = value;
}

static void reg_write_address(unsigned int reg, const void *p)
{
	unsigned long pa = kernel_image_to_phys(p);

	reg_write(reg, (u32)pa);
	reg_write(reg + 4, (u32)(pa >> 32));
}

/* Hand descriptors 0..2 to the device and wait. 0 or -EIO. */
static int submit_and_wait(void)
{
	u16 want = disk.used.idx + 1;
	u64 deadline = ktime_get_ns() + TIMEOUT_NS;

	disk.status = 0xff;
	disk.avail.ring[disk.avail.idx % QUEUE_SIZE] = 0;
	io_fence();
	WRITE_ONCE(disk.avail.idx, disk.avail.idx + 1);
	io_fence();
	reg_write(REG_QUEUE_NOTIFY, 0);
	while (READ_ONCE(disk.used.idx) != want) {
		if (ktime_get_ns() > deadline)
			panic("the swap disk does not answer");
		cpu_relax();
	}
	io_fence();
	return READ_ONCE(disk.status) ? -EIO : 0;
}

/* Move the page @page from or to @slot. */
static int transfer(unsigned long slot, void *page, u32 type)
{
	int err;

	mutex_lock(&disk.lock);
	disk.header.type = type;
	disk.header.sector = slot * SECTORS_PER_PAGE;
	disk.desc[0] = (struct virtq_desc){ kernel_image_to_phys(&disk.header), sizeof(disk.header), DESC_NEXT, 1 };
	disk.desc[1] = (struct virtq_desc){ virt_to_phys(page), PAGE_SIZE,
					    DESC_NEXT | (type == REQUEST_IN ? DESC_WRITE : 0), 2 };
	disk.desc[2] = (struct virtq_desc){ kernel_image_to_phys(&disk.status), 1, DESC_WRITE, 0 };
	err = submit_and_wait();
	mutex_unlock(&disk.lock);
	return err;
}

static int disk_read(unsigned long slot, void *page)
{
	return transfer(slot, page, REQUEST_IN);
}

static int disk_write(unsigned long slot, const void *page)
{
	return transfer(slot, (void *)page, REQUEST_OUT);
}

static struct swap_device disk_device = { .name = "/dev/vda", .read = disk_read, .write = disk_write };

/* Section 3.1.1: reset, say who we are, agree on features, set the queue up, go. False: it does not want us. */
static bool start_device(void)
{
	reg_write(REG_STATUS, 0);
	reg_write(REG_STATUS, STATUS_ACKNOWLEDGE);
	reg_write(REG_STATUS, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
	/*
	 * A device that offers FLUSH may keep writes in its cache until we ask (we never do: what is in swap is worth
	 * nothing after a power cut). Without it each write has to reach the medium first, section 5.2.6.2.
	 */
	reg_write(REG_DEVICE_FEATURES_SEL, 0);
	reg_write(REG_DRIVER_FEATURES_SEL, 0);
	reg_write(REG_DRIVER_FEATURES, reg_read(REG_DEVICE_FEATURES) & FEATURE_FLUSH);
	reg_write(REG_DRIVER_FEATURES_SEL, 1);
	reg_write(REG_DRIVER_FEATURES, FEATURE_VERSION_1_HIGH);
	reg_write(REG_STATUS, STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK);
	if (!(reg_read(REG_STATUS) & STATUS_FEATURES_OK))
		return false;

	reg_write(REG_QUEUE_SEL, 0);
	if (reg_read(REG_QUEUE_NUM_MAX) < QUEUE_SIZE)
		return false;
	reg_write(REG_QUEUE_NUM, QUEUE_SIZE);
	reg_write_address(REG_QUEUE_DESC, disk.desc);
	reg_write_address(REG_QUEUE_DRIVER, &disk.avail);
	reg_write_address(REG_QUEUE_DEVICE, &disk.used);
	reg_write(REG_QUEUE_READY, 1);
	reg_write(REG_STATUS, STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK | STATUS_DRIVER_OK);
	return true;
}

void virtio_blk_init(void *const devices[], int nr)
{
	u64 sectors;

	mutex_init(&disk.lock);
	for (int i = 0; i < nr; i++) {
		disk.regs = devices[i];
		if (reg_read(REG_MAGIC) != MAGIC || reg_read(REG_DEVICE_ID) != DEVICE_BLOCK)
			continue;
		if (reg_read(REG_VERSION) != 2) {
			printk("a legacy virtio disk is ignored: give QEMU -global virtio-mmio.force-legacy=false\n");
			continue;
		}
		if (!start_device())
			continue;
		sectors = reg_read(REG_CONFIG_CAPACITY) | (u64)reg_read(REG_CONFIG_CAPACITY + 4) << 32;
		disk_device.nr = sectors / SECTORS_PER_PAGE;
		return;
	}
	disk.regs = NULL;
}

const struct swap_device *virtio_blk_device(void)
{
	return disk.regs ? &disk_device : NULL;
}
