/* SPDX-License-Identifier: MIT */
/* Who has which frame and which slab object; owner.h. Empty without PAGE_OWNER. */
#define OWNER_UNTRACKED
#include "kernel/core/printk.h"
#include "kernel/mm/frame/slab_internal.h"
#include "lib/string.h"

#ifdef PAGE_OWNER

#define REPORTED	10	/* of each kind; the rest is counted */

static unsigned long serials;	/* atomic */

unsigned long owner_serial(void)
{
	return __atomic_load_n(&serials, __ATOMIC_RELAXED);
}

static void set_owner(struct owner *o, const char *where)
{
	WRITE_ONCE(o->allocated, where);
	WRITE_ONCE(o->got, NULL);
	WRITE_ONCE(o->put, NULL);
	WRITE_ONCE(o->pid, owner_pid());
	WRITE_ONCE(o->serial, __atomic_add_fetch(&serials, 1, __ATOMIC_RELAXED));
}

struct page *owner_allocated(struct page *page, unsigned int order, const char *where)
{
	for (unsigned long i = 0; page && i < 1UL << order; i++)
		set_owner(&page[i].owner, where);
	return page;
}

void *owner_allocated_object(void *obj, const char *where)
{
	struct page *page = obj ? virt_to_page(obj) : NULL;

	if (page && page_test(page, PG_slab))
		set_owner(slot_owner(page->slab_cache, obj), where);
	else if (page)
		set_owner(&page->owner, where);		/* a large kmalloc(): its first frame */
	return obj;
}

struct page *owner_got(struct page *page, const char *where)
{
	WRITE_ONCE(page->owner.got, where);
	return page;
}

struct page *owner_put(struct page *page, const char *where)
{
	WRITE_ONCE(page->owner.put, where);
	return page;
}

/* ---- the report ---- */

/* What is reported: all that is younger than @since; or, if @alive is set, of that what no process has any more. */
struct report {
	unsigned long since;
	bool (*alive)(int pid);
};

/* No entry maps it, it is not on its way from or to swap or another frame, and yet it is not free. */
static bool frame_is_lost(const struct page *page)
{
	return (page->mapping & PAGE_MAPPING_ANON) && !atomic_read(&page->mapcount) &&
	       !(page->flags & (1UL << PG_swapcache | 1UL << PG_locked | 1UL << PG_isolated));
}

static bool frame_is_leaked(const struct page *page, unsigned long since)
{
	bool of_file = page->mapping && !(page->mapping & PAGE_MAPPING_ANON) && !page_test(page, PG_swapbacked);

	return atomic_read(&page->refcount) > 0 && page->owner.serial > since && !of_file &&
	       !(page->flags & (1UL << PG_slab | 1UL << PG_pgtable | 1UL << PG_reserved | 1UL << PG_zero));
}

static void report_frame(struct page *page)
{
	const struct owner *o = &page->owner;

	printk("frame 0x%lx leaked: %d references, %d mappings; allocated at %s by pid %d, last reference taken at %s, dropped at %s\n",
	       page_to_pfn(page), atomic_read(&page->refcount), atomic_read(&page->mapcount), o->allocated, o->pid,
	       o->got ? o->got : "no other place", o->put ? o->put : "no place");
}

static unsigned long report_frames(const struct report *r)
{
	unsigned long n = 0;

	for (unsigned long pfn = min_pfn; pfn < max_pfn; pfn++) {
		struct page *page = pfn_to_page(pfn);

		if (frame_is_leaked(page, r->since) && (!r->alive || frame_is_lost(page)) && n++ < REPORTED)
			report_frame(page);
	}
	return n;
}

/* The objects of one slab. */
static unsigned long report_slab(const struct kmem_cache *cache, struct page *slab, const struct report *r, unsigned long n)
{
	char *obj = page_to_virt(slab);

	for (unsigned int i = 0; i < cache->per_slab; i++, obj += cache->slot_size) {
		const struct owner *o = slot_owner(cache, obj);

		if (slot_is_used(cache, obj) && o->serial > r->since && (!r->alive || !r->alive(o->pid)) && n++ < REPORTED)
			printk("%s object %p leaked: allocated at %s by pid %d\n", cache->name, obj, o->allocated, o->pid);
	}
	return n;
}

static bool of_address_spaces(const char *cache)
{
	static const char *const names[] = { "mm_struct", "vm_area_struct", "anon_vma", "anon_vma_chain" };

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(cache, names[i]))
			return true;
	return false;
}

static unsigned long report_objects(const struct report *r)
{
	struct kmem_cache *cache;
	struct page *slab;
	unsigned long n = 0;

	list_for_each_entry(cache, &slab_caches, caches) {
		if (r->alive && !of_address_spaces(cache->name))
			continue;
		spin_lock(&cache->lock);	/* another hart may still be freeing what a process had that has just ended */
		list_for_each_entry(slab, &cache->partial, lru)
			n = report_slab(cache, slab, r, n);
		list_for_each_entry(slab, &cache->full, lru)
			n = report_slab(cache, slab, r, n);
		spin_unlock(&cache->lock);
	}
	return n;
}

static unsigned long print_report(const struct report *r)
{
	unsigned long frames = report_frames(r), objects = report_objects(r);

	if (frames + objects)
		printk("leaked: %lu frames, %lu objects\n", frames, objects);
	return frames + objects;
}

unsigned long owner_report(unsigned long since)
{
	return print_report(&(struct report){ .since = since });
}

unsigned long owner_report_lost(bool (*alive)(int pid))
{
	return print_report(&(struct report){ .alive = alive });
}

#endif
