/* SPDX-License-Identifier: MIT */
/*
 * Handing RAM over to the frame allocator, once, at boot.
 *
 *	ram.start                                                     ram.end
 *	| firmware | kernel image | mem_map |      free      | initrd | free |
 *	  PG_reserved ............................             ......
 */
#include "kernel/core/bug.h"
#include "kernel/mm/frame/page_internal.h"
#include "lib/string.h"

struct page *zero_page;

/* Frames that @region touches, cut to RAM: [first, end). */
static void region_frames(const struct mem_region *region, unsigned long *first, unsigned long *end)
{
	*first = max(region->start >> PAGE_SHIFT, min_pfn);
	*end = min((region->end + PAGE_SIZE - 1) >> PAGE_SHIFT, max_pfn);
	if (region->start >= region->end || *first > *end)
		*end = *first;
}

/* The lowest @count frames in a row that no region of @reserved touches. */
static unsigned long find_room(const struct mem_region *reserved, int nr_reserved,
			       unsigned long count)
{
	unsigned long pfn = min_pfn, first, end;
	int i = 0;

	while (i < nr_reserved) {
		region_frames(&reserved[i], &first, &end);
		if (first < end && first < pfn + count && pfn < end) {
			pfn = end;		/* in the way: behind it, and ask all again */
			i = 0;
		} else {
			i++;
		}
	}
	if (pfn + count > max_pfn)
		panic("no room for %lu frames of struct page in RAM [%#lx, %#lx)", count,
		      min_pfn << PAGE_SHIFT, max_pfn << PAGE_SHIFT);
	return pfn;
}

static void mark_reserved(unsigned long first, unsigned long end)
{
	for (unsigned long pfn = first; pfn < end; pfn++) {
		page_set(pfn_to_page(pfn), PG_reserved);
		atomic_set(&pfn_to_page(pfn)->refcount, 1);
	}
}

static void init_lists(void)
{
	zone_init();
	for (unsigned int i = 0; i < NR_CPUS; i++)
		for (unsigned int type = 0; type < MIGRATE_TYPES; type++) {
			spin_lock_init(&page_caches[i][type].lock);
			page_caches[i][type].count = 0;
		}
}

/* The largest block that starts at @pfn, aligned, and ends by @end. */
static unsigned int largest_order(unsigned long pfn, unsigned long end)
{
	unsigned int order = 0;

	while (order < MAX_ORDER && IS_ALIGNED(pfn, 2UL << order) && pfn + (2UL << order) <= end)
		order++;
	return order;
}

/* Every run of frames that is not reserved goes to the free lists. */
static void release_free_frames(void)
{
	unsigned long pfn = min_pfn, end;

	spin_lock(&zone.lock);
	while (pfn < max_pfn) {
		if (page_test(pfn_to_page(pfn), PG_reserved)) {
			pfn++;
			continue;
		}
		for (end = pfn; end < max_pfn && !page_test(pfn_to_page(end), PG_reserved); end++)
			;
		zone.nr_total += end - pfn;
		while (pfn < end) {
			unsigned int order = largest_order(pfn, end);

			if (order < PAGEBLOCK_ORDER)
				zone_add_odd_block(pfn_to_page(pfn), order);
			else
				zone_add_block(pfn_to_page(pfn), order);
			pfn += 1UL << order;
		}
	}
	spin_unlock(&zone.lock);
}

void page_alloc_init(struct mem_region ram, const struct mem_region *reserved, int nr_reserved)
{
	/* The rest is left alone: see MAX_RAM. */
	ram.end = min(ram.end, ram.start + MAX_RAM);
	min_pfn = PAGE_ALIGN(ram.start) >> PAGE_SHIFT;
	max_pfn = ram.end >> PAGE_SHIFT;

	unsigned long map_size = PAGE_ALIGN((max_pfn - min_pfn) * sizeof(struct page));
	unsigned long map_pfn = find_room(reserved, nr_reserved, map_size >> PAGE_SHIFT);
	unsigned long first, end;

	mem_map = phys_to_virt(map_pfn << PAGE_SHIFT);
	vmemmap = mem_map - min_pfn;
	memset(mem_map, 0, map_size);
	mark_reserved(map_pfn, map_pfn + (map_size >> PAGE_SHIFT));
	for (int i = 0; i < nr_reserved; i++) {
		region_frames(&reserved[i], &first, &end);
		mark_reserved(first, end);
	}
	init_lists();
	release_free_frames();

	zero_page = alloc_page(__GFP_ZERO | __GFP_NOFAIL_INJECT);
	if (!zero_page)
		panic("no frame for the zero page");
	page_set(zero_page, PG_zero);
}
