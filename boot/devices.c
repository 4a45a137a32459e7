/* SPDX-License-Identifier: MIT */
/*
 * The devices that a server may drive (kernel/dev/devices.h): those that we know, one of a kind, and whose pages nothing else has. A page
 * is all that can be mapped, so one that shares its page with RAM or with what the kernel drives stays the kernel's.
 */
#include "boot/boot.h"
#include "kernel/dev/plic.h"
#include "kernel/mm/frame/page.h"
#include "lib/fdt.h"
#include "lib/string.h"

static bool overlap(const struct device *d, unsigned long start, unsigned long size)
{
	return d->pa < start + size && start < d->pa + d->size;
}

static bool is_alone(const struct boot_info *info, const struct device *d)
{
	bool alone = !overlap(d, info->ram.start, info->ram.end - info->ram.start);

	for (int i = 0; i < info->nr_virtio; i++)
		alone &= !overlap(d, info->virtio_pa[i] & PAGE_MASK, PAGE_SIZE);
	for (int i = 0; i < info->nr_devices; i++)
		alone &= !overlap(d, info->devices[i].pa, info->devices[i].size);
	if (info->finisher_pa)
		alone &= !overlap(d, info->finisher_pa & PAGE_MASK, PAGE_SIZE);
	if (info->plic_pa)
		alone &= !overlap(d, info->plic_pa, PLIC_BYTES);
	return alone;
}

/* The device @name whose registers are at @pa (0: there is none). */
static void add_device(struct boot_info *info, const struct fdt *fdt, const char *name, unsigned long pa, bool offered)
{
	struct device *d = &info->devices[info->nr_devices];
	int node = FDT_NONE;
	u64 addr, size;

	while (pa && (node = fdt_find_compatible(fdt, node, name)) != FDT_NONE) {
		if (!fdt_reg(fdt, node, 0, &addr, &size) || addr != pa || size == 0 || addr + size < addr)
			continue;
		*d = (struct device){ .pa = addr & PAGE_MASK, .size = PAGE_ALIGN(addr + size) - (addr & PAGE_MASK),
				      .irq = boot_find_source(fdt, node), .offered = offered };
		(void)strscpy(d->name, name, sizeof(d->name));
		info->nr_devices += is_alone(info, d);
		return;
	}
}

void boot_find_devices(struct boot_info *info, const struct fdt *fdt)
{
	add_device(info, fdt, DEVICE_UART, info->uart_pa, /* offered = */ false);	/* the kernel's, until init has it */
	add_device(info, fdt, DEVICE_RTC, info->rtc_pa, /* offered = */ true);
}
