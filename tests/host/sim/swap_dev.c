/* SPDX-License-Identifier: MIT */
/* The simulated machine's swap disk: host memory, so that swap takes no frames but for its tables. */
#include "kernel/mm/frame/page_ops.h"
#include "kernel/mm/reclaim/swap.h"
#include "tests/host/sim/sim.h"

static u8 disk[SIM_SWAP] __aligned(64);

static void disk_start(struct swap_request *req)
{
	u8 *slot = disk + req->slot * PAGE_SIZE;

	if (req->write)
		copy_page(slot, page_to_virt(req->page));
	else
		copy_page(page_to_virt(req->page), slot);
}

static void disk_release(void)
{
	sim_stats.swapoffs++;
}

int sim_swapon(void)
{
	static const struct swap_device device = {
		.name = "sim", .nr = SIM_SWAP / PAGE_SIZE, .start = disk_start, .release = disk_release,
	};

	return swapon(&device);
}
