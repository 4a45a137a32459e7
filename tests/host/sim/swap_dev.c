/* SPDX-License-Identifier: MIT */
/* The simulated machine's swap disk: host memory, so that swap takes no frames but for its tables. */
#include "kernel/mm/frame/page_ops.h"
#include "kernel/mm/reclaim/swap.h"
#include "tests/host/sim/sim.h"

static u8 disk[SIM_SWAP] __aligned(64);

static int disk_read(unsigned long slot, void *page)
{
	copy_page(page, disk + slot * PAGE_SIZE);
	return 0;
}

static int disk_write(unsigned long slot, const void *page)
{
	copy_page(disk + slot * PAGE_SIZE, page);
	return 0;
}

static void disk_release(void)
{
	sim_stats.swapoffs++;
}

int sim_swapon(void)
{
	static const struct swap_device device = {
		.name = "sim", .nr = SIM_SWAP / PAGE_SIZE, .read = disk_read, .write = disk_write,
		.release = disk_release,
	};

	return swapon(&device);
}
