/* SPDX-License-Identifier: MIT */
/*
 * Who has this frame, this object? DEBUG_VM kernels and the host's tests (PAGE_OWNER) write down for each where and by which
 * process it was allocated, and where a reference to the frame was last taken and dropped. A place is "FILE:LINE".
 *
 * gfp.h includes this at its end. The macros stand before the functions of the same names; the files that define those
 * functions (OWNER_UNTRACKED) see the functions alone.
 */
#ifndef KERNEL_MM_FRAME_OWNER_H
#define KERNEL_MM_FRAME_OWNER_H

#ifdef PAGE_OWNER

/* owner_serial() - how many allocations there were. Those after this moment have a larger serial. */
unsigned long owner_serial(void);
/*
 * owner_report() - print the frames and slab objects in use that were allocated after @since: at most 10 of each, with their
 * places; but no page tables, no frames of slabs and no pages of files. Returns how many there are. Nothing else may run.
 */
unsigned long owner_report(unsigned long since);

/*
 * owner_report_lost() - the same for what no process has any more, when only init has an address space: anonymous frames that no
 * entry maps, and objects that describe address spaces and were allocated by processes that are not @alive.
 */
unsigned long owner_report_lost(bool (*alive)(int pid));

/* owner_pid() - mm/debug.c: the process that allocates. */
int owner_pid(void);

/* Write down, and return the pointer. */
struct page *owner_allocated(struct page *page, unsigned int order, const char *where);
void *owner_allocated_object(void *obj, const char *where);
struct page *owner_got(struct page *page, const char *where);
struct page *owner_put(struct page *page, const char *where);

#ifndef OWNER_UNTRACKED
#define OWNER_STR2(x)		#x
#define OWNER_STR(x)		OWNER_STR2(x)
#define OWNER_HERE		__FILE__ ":" OWNER_STR(__LINE__)

#define alloc_pages(gfp, order)	owner_allocated(alloc_pages(gfp, order), order, OWNER_HERE)
#define alloc_page(gfp)		owner_allocated(alloc_page(gfp), 0, OWNER_HERE)
#define get_page(page)		get_page(owner_got(page, OWNER_HERE))
#define put_page(page)		put_page(owner_put(page, OWNER_HERE))
#define kmem_cache_alloc(cache, gfp)	owner_allocated_object(kmem_cache_alloc(cache, gfp), OWNER_HERE)
#define kmalloc(size, gfp)	owner_allocated_object(kmalloc(size, gfp), OWNER_HERE)
#define kzalloc(size, gfp)	owner_allocated_object(kzalloc(size, gfp), OWNER_HERE)
#define kmem_cache_alloc_bulk(cache, gfp, n, objs) ({						\
	void **_objs = (objs);									\
	size_t _n = (n);									\
	bool _got = kmem_cache_alloc_bulk(cache, gfp, _n, _objs);				\
	for (size_t _i = 0; _got && _i < _n; _i++)						\
		owner_allocated_object(_objs[_i], OWNER_HERE);					\
	_got; })
#endif

#endif
#endif
