/* SPDX-License-Identifier: MIT */
/*
 * From the firmware's device tree to struct boot_info. What the kernel cannot do without (RAM,
 * the timebase, this hart) stops the boot when missing; the rest is left out.
 *
 *	/memory@80000000	ram		/chosen		bootargs, initrd
 *	/reserved-memory/..	reserved	/soc/serial@..	uart
 *	/cpus/cpu@N		harts.c		/soc/test@..	finisher
 *	/soc/virtio_mmio@..	virtio		/soc/plic@..	interrupts.c
 *	the UART and the clock again, for servers	devices.c
 */
#include "boot/boot.h"
#include "kernel/arch/sbi.h"
#include "kernel/core/bug.h"
#include "kernel/core/panic.h"
#include "kernel/core/printk.h"
#include "kernel/mm/frame/kmap.h"
#include "kernel/mm/frame/page.h"
#include "lib/fdt.h"
#include "lib/string.h"

extern char __image_start[], __image_end[];

/* The direct map ends where vmalloc begins. */
#define MAX_PHYS	(VMALLOC_START - PAGE_OFFSET)

static bool contains(const struct mem_region *r, unsigned long pa)
{
	return pa >= r->start && pa < r->end;
}

static void reserve(struct boot_info *info, u64 start, u64 end)
{
	if (start >= end)
		return;
	if (info->nr_reserved == BOOT_MAX_RESERVED)
		panic("more than %d reserved regions", BOOT_MAX_RESERVED);
	info->reserved[info->nr_reserved++] = (struct mem_region){ start, end };
}

/* The @n-th region of whole pages in the tree, an entry of some memory node's reg; empty when of no use. False: no more. */
static bool memory_region(const struct fdt *fdt, unsigned int n, struct mem_region *r)
{
	int node = FDT_NONE;
	unsigned int i;
	u64 start, size;

	while ((node = fdt_find_device_type(fdt, node, "memory")) != FDT_NONE) {
		for (i = 0; fdt_reg(fdt, node, i, &start, &size); i++) {
			if (n-- > 0)
				continue;
			*r = (struct mem_region){ PAGE_ALIGN(start), min((start + size) & PAGE_MASK, MAX_PHYS) };
			if (start + size < start || r->end < r->start)
				r->end = r->start;
			return true;
		}
	}
	return false;
}

/* Make @ram larger by a region that overlaps it or begins or ends beside it. False: there is no such region. */
static bool extend_ram(struct mem_region *ram, const struct fdt *fdt)
{
	struct mem_region r;

	for (unsigned int n = 0; memory_region(fdt, n, &r); n++) {
		if (r.start == r.end || r.start > ram->end || r.end < ram->start)
			continue;
		if (r.start >= ram->start && r.end <= ram->end)
			continue;
		*ram = (struct mem_region){ min(r.start, ram->start), max(r.end, ram->end) };
		return true;
	}
	return false;
}

/*
 * RAM is one range: the region that holds this kernel and all that join it without a gap (each NUMA node has
 * one of its own). Others stay unused, with a message.
 */
static void find_ram(struct boot_info *info, const struct fdt *fdt)
{
	unsigned long image = kernel_image_to_phys(__image_start);
	struct mem_region r, *ram = &info->ram;
	unsigned int n;

	for (n = 0; memory_region(fdt, n, &r); n++)
		if (contains(&r, image))
			*ram = r;
	while (extend_ram(ram, fdt))
		;
	if (ram->end < kernel_image_to_phys(__image_end))
		panic("the device tree shows no memory around the kernel at 0x%lx", image);
	for (n = 0; memory_region(fdt, n, &r); n++)
		if (r.start < r.end && !contains(ram, r.start))
			printk("memory 0x%lx..0x%lx is not used: there is a gap between it and 0x%lx..0x%lx\n",
			       r.start, r.end, ram->start, ram->end);
}

static void find_reserved(struct boot_info *info, const struct fdt *fdt)
{
	int parent = fdt_find_path(fdt, "/reserved-memory");
	bool firmware = false;
	int node, j;
	unsigned int i;
	u64 start, size;

	for (i = 0; fdt_reservation(fdt, i, &start, &size); i++)
		reserve(info, start, start + size);
	if (parent != FDT_NONE)
		fdt_for_each_child(node, fdt, parent)
			for (i = 0; fdt_reg(fdt, node, i, &start, &size); i++)
				reserve(info, start, start + size);

	/* OpenSBI lives at the start of RAM; a firmware that does not say so is kept all the same. */
	for (j = 0; j < info->nr_reserved; j++)
		firmware |= contains(&info->reserved[j], info->ram.start);
	if (!firmware)
		reserve(info, info->ram.start, kernel_image_to_phys(__image_start));
	reserve(info, kernel_image_to_phys(__image_start), kernel_image_to_phys(__image_end));
	reserve(info, info->fdt.start, info->fdt.end);
	reserve(info, info->initrd.start, info->initrd.end);
}

static bool get_address(const struct fdt *fdt, int node, const char *name, u64 *value)
{
	struct fdt_prop prop;

	return fdt_get_prop(fdt, node, name, &prop) && fdt_read_cells(&prop, 0, prop.len / 4, value);
}

static void find_chosen(struct boot_info *info, const struct fdt *fdt)
{
	int chosen = fdt_find_path(fdt, "/chosen");
	const char *args;
	u64 start, end;

	if (chosen == FDT_NONE)
		return;
	args = fdt_get_string(fdt, chosen, "bootargs");
	/* Without its end it may lack init=, and another program than the one asked for would run. */
	if (args && strscpy(info->bootargs, args, sizeof(info->bootargs)) < 0)
		cannot_boot("the command line has %lu bytes, more than %d", strlen(args), BOOTARGS_LEN - 1);
	if (!get_address(fdt, chosen, "linux,initrd-start", &start) ||
	    !get_address(fdt, chosen, "linux,initrd-end", &end))
		return;
	if (start >= end)
		return;
	if (start < info->ram.start || end > info->ram.end)
		cannot_boot("the initrd 0x%lx..0x%lx is outside the memory in use, 0x%lx..0x%lx", (unsigned long)start,
			    (unsigned long)end, info->ram.start, info->ram.end);
	info->initrd = (struct mem_region){ start, end };
}

/* The first enabled device that is @compatible: its registers, or 0. */
static unsigned long find_device(const struct fdt *fdt, const char *compatible)
{
	int node = FDT_NONE;
	u64 addr, size;
	u32 shift;

	while ((node = fdt_find_compatible(fdt, node, compatible)) != FDT_NONE) {
		/* Registers further apart than a byte are not what our drivers expect. */
		if (fdt_get_u32(fdt, node, "reg-shift", &shift) && shift != 0)
			continue;
		if (fdt_enabled(fdt, node) && fdt_reg(fdt, node, 0, &addr, &size))
			return addr;
	}
	return 0;
}

static void find_virtio(struct boot_info *info, const struct fdt *fdt)
{
	int node = FDT_NONE;
	u64 addr, size;

	while ((node = fdt_find_compatible(fdt, node, "virtio,mmio")) != FDT_NONE)
		if (fdt_enabled(fdt, node) && fdt_reg(fdt, node, 0, &addr, &size) &&
		    info->nr_virtio < BOOT_MAX_VIRTIO)
			info->virtio_pa[info->nr_virtio++] = addr;
}

void boot_no_sv39(unsigned long fdt_pa)
{
	const void *blob = (const void *)fdt_pa;
	struct fdt fdt;

	for (const char *s = "cannot boot: this hart has no Sv39 paging\r\n"; *s; s++)
		sbi_console_putchar(*s);
	if (fdt_pa && !fdt_open(&fdt, blob, fdt_total_size(blob)))
		panic_init((volatile u32 *)find_device(&fdt, "sifive,test0"));
	machine_off(CANNOT_BOOT_STATUS);
}

void boot_parse_devicetree(struct boot_info *info, unsigned long fdt_pa)
{
	const void *blob = phys_to_virt(fdt_pa);
	const char *wrong;
	struct fdt fdt;

	if (fdt_pa >= EARLY_DIRECT_BYTES || !IS_ALIGNED(fdt_pa, 8UL))
		panic("device tree at 0x%lx lies beyond the addresses that can be mapped", fdt_pa);
	wrong = fdt_open(&fdt, blob, fdt_total_size(blob));
	if (wrong)
		panic("device tree at 0x%lx: %s", fdt_pa, wrong);
	info->fdt = (struct mem_region){ fdt_pa, fdt_pa + fdt.size };

	/* First of all the way to end with a status, should the rest fail; it moves with the final table. */
	info->finisher_pa = find_device(&fdt, "sifive,test0");
	if (info->finisher_pa && info->finisher_pa < EARLY_DIRECT_BYTES)
		panic_init(phys_to_virt(info->finisher_pa));
	find_ram(info, &fdt);
	find_chosen(info, &fdt);
	find_reserved(info, &fdt);
	boot_find_harts(info, &fdt);
	info->uart_pa = find_device(&fdt, DEVICE_UART);
	info->rtc_pa = find_device(&fdt, DEVICE_RTC);
	find_virtio(info, &fdt);
	boot_find_interrupts(info, &fdt);
	boot_find_devices(info, &fdt);
}
