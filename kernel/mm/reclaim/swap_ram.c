/* SPDX-License-Identifier: MIT */
/*
 * A swap area in RAM that is set aside at boot (swap=64M): it frees no memory, but drives every path of reclaim
 * the same way on every run, without a disk.
 */
#include "kernel/mm/frame/page_ops.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/reclaim/swap.h"

#define BLOCK_PAGES	(1UL << MAX_ORDER)
#define MAX_BLOCKS	(SWAP_SLOTS_MAX / BLOCK_PAGES)

/* Set by the swapon() that has these to itself, from before it takes the first block until the last is given back. */
static unsigned int claimed;
static struct page *blocks[MAX_BLOCKS];
static unsigned int nr_blocks;

static void *slot_addr(unsigned long slot)
{
	return (char *)page_to_virt(blocks[slot / BLOCK_PAGES]) + slot % BLOCK_PAGES * PAGE_SIZE;
}

static void ram_start(struct swap_request *req)
{
	void *page = page_to_virt(req->page), *slot = slot_addr(req->slot);

	if (req->write)
		copy_page(slot, page);
	else
		copy_page(page, slot);
}

static void ram_release(void)
{
	while (nr_blocks)
		free_pages(blocks[--nr_blocks], MAX_ORDER);
	__atomic_store_n(&claimed, 0, __ATOMIC_RELEASE);
}

static struct swap_device ram_device = { .name = "ram", .start = ram_start, .release = ram_release };

int swap_ram_on(unsigned long bytes)
{
	unsigned long want = ALIGN_UP(bytes, BLOCK_PAGES * PAGE_SIZE) / (BLOCK_PAGES * PAGE_SIZE);
	int err;

	if (!want)
		return -EINVAL;
	if (want > MAX_BLOCKS)
		return -EFBIG;
	if (__atomic_exchange_n(&claimed, 1, __ATOMIC_ACQUIRE))
		return -EBUSY;
	while (nr_blocks < want) {
		blocks[nr_blocks] = alloc_pages(GFP_NOWAIT, MAX_ORDER);
		if (!blocks[nr_blocks])
			break;
		nr_blocks++;
	}
	ram_device.nr = nr_blocks * BLOCK_PAGES;
	err = nr_blocks == want ? swapon(&ram_device) : -ENOMEM;
	if (err)
		ram_release();
	return err;
}
