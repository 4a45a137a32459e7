/* SPDX-License-Identifier: MIT */
/*
 * The two page tables of boot. The early one is three lines of gigabyte leaves, enough to
 * run in the high half and to read the device tree. The final one gives every part of
 * the image its own rights, here and where the direct map shows the same frames:
 *
 *	frames of		image mapping	direct map
 *	text			R X		R
 *	rodata			R		R
 *	data, bss		R W		R W
 *	stack guard		-		-
 *	all other RAM				R W
 */
#include "boot/boot.h"
#include "kernel/core/bug.h"
#include "kernel/dev/plic.h"
#include "kernel/mm/frame/kmap.h"
#include "kernel/mm/frame/page.h"

#define NR_BOOT_TABLES		32

extern char __image_start[], __image_end[], __text_start[], __text_end[];
extern char __rodata_start[], __rodata_end[], __data_start[];
extern char __boot_stack_guard[], __boot_stack[];

u64 early_pgd[SV39_ENTRIES] __aligned(4096);

/* Tables that exist before the frame allocator; in bss, so part of the image for ever. */
static u64 boot_tables[NR_BOOT_TABLES][SV39_ENTRIES] __aligned(4096);
static unsigned int nr_boot_tables;

static unsigned long alloc_boot_table(void)
{
	BUG_ON(nr_boot_tables == NR_BOOT_TABLES);
	return kernel_image_to_phys(boot_tables[nr_boot_tables++]);
}

static u64 early_leaf(unsigned long pa)
{
	return (pa >> 12 << PTE_PPN_SHIFT) | KMAP_RW | PTE_X;
}

/* Runs at physical addresses. Writable and executable, but gone before anything else starts. */
void boot_early_table(void)
{
	unsigned long gb;

	early_pgd[SV39_INDEX(KERNEL_START, 2)] = early_leaf(KERNEL_START - KERNEL_OFFSET);
	for (gb = 0; gb < EARLY_DIRECT_BYTES >> 30; gb++)
		early_pgd[SV39_INDEX(PAGE_OFFSET, 2) + gb] = early_leaf(gb << 30);
}

static void map_image(const char *start, const char *end, unsigned long flags)
{
	kernel_map_boot((unsigned long)start, kernel_image_to_phys(start),
			(unsigned long)(end - start), flags, alloc_boot_table);
}

/* [@start, @end) are physical. */
static void map_direct(unsigned long start, unsigned long end, unsigned long flags)
{
	kernel_map_boot(start + PAGE_OFFSET, start, end - start, flags, alloc_boot_table);
}

void boot_final_table(struct boot_info *info)
{
	unsigned long data = kernel_image_to_phys(__data_start);
	unsigned long guard = kernel_image_to_phys(__boot_stack_guard);

	map_image(__text_start, __text_end, KMAP_RX);
	map_image(__rodata_start, __rodata_end, KMAP_R);
	map_image(__data_start, __boot_stack_guard, KMAP_RW);
	map_image(__boot_stack, __image_end, KMAP_RW);

	map_direct(info->ram.start, kernel_image_to_phys(__image_start), KMAP_RW);
	map_direct(kernel_image_to_phys(__image_start), data, KMAP_R);
	map_direct(data, guard, KMAP_RW);
	map_direct(kernel_image_to_phys(__boot_stack), info->ram.end, KMAP_RW);

	/* Also fills the root slot that vmalloc shares with the devices. The PLIC comes first, where its leaves can be large. */
	if (info->plic_pa)
		info->plic = map_mmio(info->plic_pa, PLIC_BYTES, alloc_boot_table);
	if (info->uart_pa)
		info->uart = map_mmio(info->uart_pa, PAGE_SIZE, alloc_boot_table);
	if (info->rtc_pa)
		info->rtc = map_mmio(info->rtc_pa, PAGE_SIZE, alloc_boot_table);
	if (info->finisher_pa)
		info->finisher = map_mmio(info->finisher_pa, PAGE_SIZE, alloc_boot_table);
	for (int i = 0; i < info->nr_virtio; i++)
		info->virtio[i] = map_mmio(info->virtio_pa[i], PAGE_SIZE, alloc_boot_table);
	kernel_map_boot(VMALLOC_START, 0, 0, 0, alloc_boot_table);

	csr_write(satp, SATP_MODE_SV39 | (kernel_image_to_phys(kernel_pgd) >> 12));
	sfence_vma_all();
}
