/* SPDX-License-Identifier: MIT */
/*
 * The swap disk: a virtio block device on virtio-mmio (Virtual I/O Device specification 1.1, sections 2.6,
 * 4.2 and 5.2). The one driver inside the kernel: reclaim cannot wait for a task that may itself need memory.
 *
 * SLOTS requests are in flight at most; nothing is ever allocated. Request slot t has three descriptors of its own:
 *
 *	desc[3t] -> header (type, sector)	desc[3t + 1] -> the page	desc[3t + 2] -> status byte
 *	avail ring: 3t, for each request	used ring: 3t again, once it is done, in any order
 *
 *	task	disk_start(): slot, descriptors, notify ............ disk_wait(): sleep until its request is done
 *	device			read or write, used ring, interrupt
 *	any hart				disk_interrupt(): slot free, request done, wake_up()
 *
 * Without an interrupt (no PLIC, or none that leads to it) the tasks that wait look at the used ring by themselves.
 */
#include "kernel/arch/riscv.h"
#include "kernel/core/bug.h"
#include "kernel/core/printk.h"
#include "kernel/core/time.h"
#include "kernel/dev/plic.h"
#include "kernel/dev/virtio_blk.h"
#include "kernel/mm/frame/kmap.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/timer.h"
#include "kernel/sched/wait.h"
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
#define REG_INTERRUPT_STATUS	0x060
#define REG_INTERRUPT_ACK	0x064
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
#define SLOTS			16	/* requests in flight, at most */
#define QUEUE_SIZE		64	/* a power of two, 3 * SLOTS at least */
#define NO_SLOT			SLOTS
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

_Static_assert(QUEUE_SIZE >= 3 * SLOTS && (QUEUE_SIZE & (QUEUE_SIZE - 1)) == 0, "three descriptors a slot");

struct slot {
	/* The device reads the header and writes the status while req is set; disk.lock otherwise. */
	struct { u32 type, reserved; u64 sector; } header;
	u8 status;
	/* disk.lock. */
	struct swap_request *req;	/* NULL: the slot is free */
	/* Its own lock. */
	struct wait_queue done;		/* the request's task; the last one's may still be on its way out */
};

static struct {
	/* Set at boot. */
	volatile u8 *regs;		/* NULL: no disk */
	bool polled;			/* no interrupt */

	struct wait_queue room;		/* for a free slot */

	/*
	 * Everything below, and REG_QUEUE_NOTIFY. Also taken by the interrupt: the kernel runs with interrupts off, so that
	 * comes when its hart holds no spinlock. finish() calls wake_up() with it held.
	 */
	spinlock_t lock;
	struct slot slots[SLOTS];
	unsigned int in_flight, most;	/* slots in use; the most since boot */
	u16 used_idx;			/* entries of the used ring that we have seen, modulo 2^16 */

	/* What the device reads, and what it writes: section 2.6. A descriptor is the device's while its slot is in use. */
	struct virtq_desc desc[QUEUE_SIZE] __aligned(16);
	struct { u16 flags, idx, ring[QUEUE_SIZE], event; } avail __aligned(2);
	struct { u16 flags, idx; struct { u32 id, len; } ring[QUEUE_SIZE]; u16 event; } used __aligned(4);
} disk = { .lock = SPINLOCK_INIT, .room = WAIT_QUEUE_INIT(disk.room) };

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

/* ---- disk.lock held ---- */

static unsigned int free_slot(void)
{
	unsigned int tag = 0;

	while (tag < SLOTS && disk.slots[tag].req)
		tag++;
	return tag;
}

/* Slot @tag's descriptors say what @req wants. */
static void describe(unsigned int tag, struct swap_request *req)
{
	struct slot *slot = &disk.slots[tag];
	struct virtq_desc *desc = &disk.desc[3 * tag];
	u16 first = (u16)(3 * tag);

	slot->header.type = req->write ? REQUEST_OUT : REQUEST_IN;
	slot->header.sector = req->slot * SECTORS_PER_PAGE;
	slot->status = 0xff;
	desc[0] = (struct virtq_desc){ kernel_image_to_phys(&slot->header), sizeof(slot->header), DESC_NEXT, first + 1 };
	desc[1] = (struct virtq_desc){ page_to_phys(req->page), PAGE_SIZE, DESC_NEXT | (req->write ? 0 : DESC_WRITE), first + 2 };
	desc[2] = (struct virtq_desc){ kernel_image_to_phys(&slot->status), 1, DESC_WRITE, 0 };
}

/* Hand the descriptors of slot @tag to the device. */
static void submit(unsigned int tag)
{
	disk.avail.ring[disk.avail.idx % QUEUE_SIZE] = (u16)(3 * tag);
	io_fence();
	WRITE_ONCE(disk.avail.idx, disk.avail.idx + 1);
	io_fence();
	reg_write(REG_QUEUE_NOTIFY, 0);
}

/* The device is done with slot @tag. Its request may be gone as soon as it is marked done. */
static void finish(unsigned int tag)
{
	struct slot *slot = &disk.slots[tag];
	struct swap_request *req = slot->req;

	slot->req = NULL;
	disk.in_flight--;
	req->err = READ_ONCE(slot->status) ? -EIO : 0;
	__atomic_store_n(&req->done, true, __ATOMIC_RELEASE);
	wake_up(&slot->done);
}

/* ---- a request's way ---- */

/* Begin @req if there is a free slot. */
static bool try_start(struct swap_request *req)
{
	unsigned int tag;

	spin_lock(&disk.lock);
	tag = free_slot();
	if (tag != NO_SLOT) {
		disk.slots[tag].req = req;
		req->tag = tag;
		disk.in_flight++;
		WRITE_ONCE(disk.most, max(disk.most, disk.in_flight));
		describe(tag, req);
		submit(tag);
	}
	spin_unlock(&disk.lock);
	return tag != NO_SLOT;
}

/* Look at what the device has done since the last time. */
static void take_used(void)
{
	bool any = false;

	spin_lock(&disk.lock);
	while (disk.used_idx != READ_ONCE(disk.used.idx)) {
		unsigned int id;

		io_fence();
		id = READ_ONCE(disk.used.ring[disk.used_idx++ % QUEUE_SIZE].id);
		if (id >= 3 * SLOTS || id % 3 || !disk.slots[id / 3].req)
			panic("the swap disk ends a request that it does not have: descriptor %u", id);
		finish(id / 3);
		any = true;
	}
	spin_unlock(&disk.lock);
	if (any)
		wake_up(&disk.room);
}

/* On any hart, between tasks: acknowledged first, so that what is used after our look interrupts again. */
static void disk_interrupt(__unused unsigned int irq)
{
	reg_write(REG_INTERRUPT_ACK, reg_read(REG_INTERRUPT_STATUS));
	io_fence();
	take_used();
}

static bool is_done(const struct swap_request *req)
{
	return __atomic_load_n(&req->done, __ATOMIC_ACQUIRE);
}

/* TIMEOUT_NS have passed. */
static void no_answer(struct ktimer *unused)
{
	(void)unused;
	if (disk.used_idx != READ_ONCE(disk.used.idx))
		panic("the swap disk has answered, but its interrupt did not come");
	panic("the swap disk does not answer");
}

static void poll_once(u64 deadline)
{
	take_used();
	if (ktime_get_ns() > deadline)
		no_answer(NULL);
	cpu_relax();
}

static void disk_start(struct swap_request *req)
{
	u64 deadline = ktime_get_ns() + TIMEOUT_NS;

	while (disk.polled && !try_start(req))
		poll_once(deadline);
	/* No timer: each slot's own task has one. */
	if (!disk.polled && !try_start(req))
		wait_event(&disk.room, try_start(req));
}

static void disk_wait(struct swap_request *req)
{
	u64 deadline = ktime_get_ns() + TIMEOUT_NS;
	struct ktimer timer;

	while (disk.polled && !is_done(req))
		poll_once(deadline);
	if (is_done(req))
		return;
	timer_start(&timer, deadline, no_answer);
	wait_event(&disk.slots[req->tag].done, is_done(req));
	timer_cancel(&timer);
}

static unsigned int disk_most_in_flight(void)
{
	return READ_ONCE(disk.most);
}

static struct swap_device disk_device = {
	.name = "/dev/vda", .start = disk_start, .wait = disk_wait, .most_in_flight = disk_most_in_flight,
};

/* Section 3.1.1: reset, acknowledge, agree on features, set the queue up, start. False: the device refuses. */
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

static bool is_disk(void)
{
	if (reg_read(REG_MAGIC) != MAGIC || reg_read(REG_DEVICE_ID) != DEVICE_BLOCK)
		return false;
	if (reg_read(REG_VERSION) == 2)
		return true;
	printk("a legacy virtio disk is ignored: give QEMU -global virtio-mmio.force-legacy=false\n");
	return false;
}

void virtio_blk_init(void *const devices[], const u32 irqs[], int nr)
{
	u64 sectors;

	for (unsigned int tag = 0; tag < SLOTS; tag++)
		init_wait_queue(&disk.slots[tag].done);
	for (int i = 0; i < nr; i++) {
		disk.regs = devices[i];
		if (!is_disk() || !start_device())
			continue;
		sectors = reg_read(REG_CONFIG_CAPACITY) | (u64)reg_read(REG_CONFIG_CAPACITY + 4) << 32;
		disk_device.nr = sectors / SECTORS_PER_PAGE;
		disk.polled = !plic_request(irqs[i], disk_interrupt);
		if (disk.polled)
			printk("the swap disk has no interrupt: tasks that wait for it poll\n");
		return;
	}
	disk.regs = NULL;
}

const struct swap_device *virtio_blk_device(void)
{
	return disk.regs ? &disk_device : NULL;
}
