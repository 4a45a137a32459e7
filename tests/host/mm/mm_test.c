/* SPDX-License-Identifier: MIT */
/* See mm_test.h. */
#include "kernel/mm/pgtable.h"
#include "tests/host/mm/mm_test.h"

#define MAX_DRAWING	64

struct mm_struct *test_mm(void)
{
	struct mm_struct *mm = mm_alloc();

	assert_non_null(mm);
	sim_set_hart(0);
	sim_run(mm);
	return mm;
}

void test_mm_exit(struct mm_struct *mm)
{
	sim_leave(mm);
	mmput(mm);
}

struct mm_struct *test_fork(struct mm_struct *mm)
{
	struct mm_struct *child = dup_mm(mm);

	assert_non_null(child);
	return child;
}

void map_pages(struct mm_struct *mm, unsigned int first, unsigned int end, unsigned long prot)
{
	assert_eq(mm_mmap(mm, AT(first), (unsigned long)(end - first) << PAGE_SHIFT, prot,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, NULL, 0), AT(first));
}

void map_drawing(struct mm_struct *mm, const char *drawing)
{
	unsigned int first, end, n = 0;

	for (first = 0; drawing[first]; first = end) {
		for (end = first; drawing[end] == drawing[first]; end++)
			;
		if (drawing[first] == '.')
			continue;
		map_pages(mm, first, end, PROT_READ);
		assert_eq(mm_madvise(mm, AT(first), AT(end) - AT(first),
				     n++ % 2 ? MADV_SEQUENTIAL : MADV_RANDOM), 0);
	}
}

struct vm_area_struct *vma_of(struct mm_struct *mm, unsigned int page)
{
	return mtree_load(&mm->mm_mt, AT(page));
}

struct page *page_of(struct mm_struct *mm, unsigned int page)
{
	pte_t *ptep = pgtable_walk(mm, AT(page));

	return ptep && pte_present(pte_read(ptep)) ? pte_page(pte_read(ptep)) : NULL;
}

/* Hart 1 reads @page, if it is there, and remembers the translation: whatever changes the entry has to make it forget. */
static void second_hart_looks(struct mm_struct *mm, unsigned int page)
{
	u64 value;

	if (!page_of(mm, page))
		return;
	sim_set_hart(1);
	sim_run(mm);
	sim_access(AT(page), SIM_READ, &value);
	sim_set_hart(0);
}

void store(struct mm_struct *mm, unsigned int page, u64 value)
{
	second_hart_looks(mm, page);
	sim_run(mm);
	assert_eq(sim_access(AT(page), SIM_WRITE, &value), VM_FAULT_DONE);
	sim_audit(mm);
}

u64 load(struct mm_struct *mm, unsigned int page)
{
	u64 value = 0;

	sim_run(mm);
	assert_eq(sim_access(AT(page), SIM_READ, &value), VM_FAULT_DONE);
	return value;
}

void _expect_layout(struct mm_struct *mm, const char *want, int line)
{
	char got[MAX_DRAWING + 1] = "";
	struct vm_area_struct *vma, *last = NULL;
	unsigned int pages = strlen(want), n = 0;
	char letter = 'a' - 1;

	assert_true(pages <= MAX_DRAWING);
	for (; n < pages; n++) {
		vma = vma_of(mm, n);
		if (vma && vma != last)
			letter++;
		last = vma;
		got[n] = vma ? letter : '.';
	}
	if (strcmp(got, want))
		fail_msg("line %d: the layout is \"%s\", not \"%s\"", line, got, want);
}

int nothing_left(void **state)
{
	(void)state;
	sim_set_hart(0);
	sim_run(NULL);
	sim_shutdown_check();
	return 0;
}
