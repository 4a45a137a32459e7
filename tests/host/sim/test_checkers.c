/* SPDX-License-Identifier: MIT */
/*
 * validate_mm() is trusted by every other test: for each of its checks, plant the damage that it is there to
 * find, in a copy of this process, and see it panic for that reason.
 *
 *	the victim	[anon: own page, page shared with relatives, zero page, none] [file] [shmem] .. [stack]
 */
#include "tests/host/support/check.h"
#include "tests/host/support/run_apart.h"

#include "kernel/mm/pgtable.h"
#include "kernel/mm/reclaim/reclaim.h"
#include "kernel/mm/rmap.h"
#include "kernel/mm/vma.h"
#include "tests/host/sim/child.h"
#include "tests/host/sim/sim.h"
#include "uapi/mman.h"

#define ANON	0x10000000UL
#define FREE	0x18000000UL
#define FILE_AT	0x20000000UL
#define SHMEM	0x30000000UL

static struct mm_struct *victim, *sibling;

static struct vm_area_struct *vma_at(struct mm_struct *mm, unsigned long va)
{
	struct vm_area_struct *vma;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, va);
	mmap_read_unlock(mm);
	return vma;
}

static pte_t *pte_at(unsigned long va)
{
	return pgtable_walk(victim, va);
}

static struct page *page_at(unsigned long va)
{
	return pte_page(*pte_at(va));
}

static void touch(unsigned long va, enum sim_access type)
{
	u64 word = va;

	assert_eq(sim_access(va, type, &word), VM_FAULT_DONE);
}

/* A parent and two children; the second child is the victim. */
static void build_world(void)
{
	static char file[2 * PAGE_SIZE];
	struct memobj *obj = memobj_create_image("/file", file, sizeof(file));
	struct mm_struct *parent = mm_alloc();

	sim_run(parent);
	assert_eq(mm_mmap(parent, ANON, 4 * PAGE_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, NULL, 0), ANON);
	assert_eq(mm_mmap(parent, FILE_AT, 2 * PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_FIXED, obj, 0), FILE_AT);
	assert_eq(mm_mmap(parent, SHMEM, 2 * PAGE_SIZE, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, NULL, 0), SHMEM);
	assert_eq(mm_setup_stack(parent, 4 * PAGE_SIZE), 0);
	touch(ANON, SIM_WRITE);
	touch(ANON + PAGE_SIZE, SIM_WRITE);
	sibling = dup_mm(parent);
	victim = dup_mm(parent);
	sim_run(victim);
	touch(ANON, SIM_WRITE);
	touch(ANON + 2 * PAGE_SIZE, SIM_READ);
	touch(FILE_AT, SIM_READ);
	touch(SHMEM, SIM_WRITE);
}

/* ---- the damages ---- */

static void no_damage(void) { }

/* VMAs and the tree. */
static void wrong_mm(void) { vma_at(victim, ANON)->vm_mm = sibling; }
static void detached(void) { vma_at(victim, ANON)->detached = true; }
static void empty_vma(void)
{
	struct vm_area_struct *vma = vma_at(victim, ANON);

	vma->vm_end = vma->vm_start;
}
static void wrong_start(void) { vma_at(victim, ANON)->vm_start -= PAGE_SIZE; }
static void wrong_end(void) { vma_at(victim, ANON)->vm_end += PAGE_SIZE; }
static void unaligned(void)
{
	struct vm_area_struct *vma = vm_area_alloc(victim, FREE + 8, FREE + PAGE_SIZE + 8, VM_READ);
	VMA_ITERATOR(vmi, victim, FREE);

	vma->detached = false;
	assert_eq(vma_iter_prealloc(&vmi, FREE + 8, FREE + PAGE_SIZE + 8, vma), 0);
	vma_iter_store(&vmi, vma);
}
static void wrong_object_interval(void) { vma_at(victim, FILE_AT)->i_mmap_node.start++; }
static void tree_lost_a_vma(void)
{
	VMA_ITERATOR(vmi, victim, FILE_AT);

	assert_eq(vma_iter_prealloc(&vmi, FILE_AT, FILE_AT + 2 * PAGE_SIZE, NULL), 0);
	vma_iter_clear(&vmi);
}

/* Chains. */
static struct anon_vma_chain *first_chain(void)
{
	return list_first_entry(&vma_at(victim, ANON)->anon_vma_chain, struct anon_vma_chain, same_vma);
}
static void chain_without_anon_vma(void) { vma_at(victim, ANON)->anon_vma = NULL; }
static void chain_of_other_vma(void) { first_chain()->vma = vma_at(victim, FILE_AT); }
static void chain_of_other_family(void)
{
	static struct anon_vma stranger;

	stranger.root = &stranger;
	first_chain()->anon_vma = &stranger;
}
static void chain_starts_wrong(void) { first_chain()->node.start++; }
static void chain_ends_wrong(void) { first_chain()->node.last++; }
static void chain_not_in_tree(void)
{
	interval_tree_remove(&first_chain()->node, &first_chain()->anon_vma->rb_root);
}
static void not_linked_to_its_own(void) { vma_at(victim, ANON)->anon_vma = vma_at(sibling, ANON)->anon_vma; }
static void nobody_active(void) { vma_at(victim, ANON)->anon_vma->num_active_vmas = 0; }

/* Counters. */
static void wrong_map_count(void) { victim->map_count++; }
static void wrong_total(void) { victim->total_vm++; }
static void wrong_data(void) { victim->data_vm--; }
static void wrong_stack(void) { victim->stack_vm++; }
static void wrong_locked(void) { victim->locked_vm++; }
static void wrong_anon(void) { victim->nr_anon++; }
static void wrong_file(void) { victim->nr_file--; }
static void wrong_shmem(void) { victim->nr_shmem++; }
static void wrong_swap(void) { victim->nr_swap++; }
static void wrong_tables(void) { victim->pgtables_bytes += PAGE_SIZE; }

/* Entries and pages. */
static void mapped_outside(void) { *pte_at(ANON + 16 * PAGE_SIZE) = *pte_at(ANON); }
static void entry_of_unused_slot(void) { *pte_at(ANON + 3 * PAGE_SIZE) = (pte_t){ 5UL << PTE_PPN_SHIFT | 2 }; }
static void no_such_frame(void) { *pte_at(ANON) = pte_make(max_pfn + 1, PTE_V | PTE_R | PTE_U | PTE_A); }
static void writable_against_the_vma(void) { pte_at(FILE_AT)->pte |= PTE_W; }
static void writable_zero_page(void) { pte_at(ANON + 2 * PAGE_SIZE)->pte |= PTE_W; }
static void too_few_references(void) { atomic_set(&page_at(ANON + PAGE_SIZE)->refcount, 1); }
static void never_mapped(void) { atomic_set(&page_at(ANON)->mapcount, 0); }
static void page_of_no_object(void) { page_at(FILE_AT)->mapping = 8; }
static void page_given_up(void) { page_at(SHMEM)->mapping = 0; }
static void page_of_other_family(void)
{
	static struct anon_vma stranger;

	stranger.root = &stranger;
	page_at(ANON)->mapping = (unsigned long)&stranger | PAGE_MAPPING_ANON;
}
static void page_at_wrong_offset(void) { page_at(ANON)->index++; }
static void writable_but_shared(void) { pte_at(ANON + PAGE_SIZE)->pte |= PTE_W; }
static void exclusive_but_shared(void) { page_set(page_at(ANON + PAGE_SIZE), PG_anon_exclusive); }

static const struct damage {
	const char *name;
	void (*plant)(void);
	const char *message;		/* a part of the panic's; NULL: none */
} damages[] = {
#define DAMAGE(plant, message) { #plant, plant, message }
	DAMAGE(no_damage, NULL),
	DAMAGE(wrong_mm, "vma->vm_mm != mm"),
	DAMAGE(detached, "!vma_is_attached"),
	DAMAGE(empty_vma, "vma->vm_start >= vma->vm_end"),
	DAMAGE(wrong_start, "vma_iter_addr"),
	DAMAGE(wrong_end, "vma_iter_end"),
	DAMAGE(unaligned, "!page_aligned"),
	DAMAGE(wrong_object_interval, "i_mmap_node.start"),
	DAMAGE(tree_lost_a_vma, "map_count"),
	DAMAGE(chain_without_anon_vma, "!list_empty(&vma->anon_vma_chain)"),
	DAMAGE(chain_of_other_vma, "avc->vma != vma"),
	DAMAGE(chain_of_other_family, "avc->anon_vma->root"),
	DAMAGE(chain_starts_wrong, "avc->node.start"),
	DAMAGE(chain_ends_wrong, "avc->node.last"),
	DAMAGE(chain_not_in_tree, "!chain_in_tree"),
	DAMAGE(not_linked_to_its_own, "!own"),
	DAMAGE(nobody_active, "num_active_vmas == 0"),
	DAMAGE(wrong_map_count, "map_count"),
	DAMAGE(wrong_total, "total != mm->total_vm"),
	DAMAGE(wrong_data, "data != mm->data_vm"),
	DAMAGE(wrong_stack, "stack != mm->stack_vm"),
	DAMAGE(wrong_locked, "locked != mm->locked_vm"),
	DAMAGE(wrong_anon, "c.anon != mm->nr_anon"),
	DAMAGE(wrong_file, "c.file != mm->nr_file"),
	DAMAGE(wrong_shmem, "c.shmem != mm->nr_shmem"),
	DAMAGE(wrong_swap, "c.swap != mm->nr_swap"),
	DAMAGE(wrong_tables, "mm->pgtables_bytes"),
	DAMAGE(mapped_outside, "!vma"),
	DAMAGE(entry_of_unused_slot, "!swap_count"),
	DAMAGE(no_such_frame, "!pfn_valid"),
	DAMAGE(writable_against_the_vma, "&& !(vma->vm_flags &"),
	DAMAGE(writable_zero_page, ": pte.pte &"),
	DAMAGE(too_few_references, "refcount) < atomic_read(&page->mapcount)"),
	DAMAGE(never_mapped, "mapcount) <= 0"),
	DAMAGE(page_of_no_object, "!page_of_object"),
	DAMAGE(page_given_up, "!page_of_object"),
	DAMAGE(page_of_other_family, "page_anon_vma(page)->root"),
	DAMAGE(page_at_wrong_offset, "linear_page_index"),
	DAMAGE(writable_but_shared, "!page_test(page, PG_anon_exclusive)"),
	DAMAGE(exclusive_but_shared, "mapcount) != 1"),
};

static int plant_and_validate(void *arg)
{
	const struct damage *d = arg;

	d->plant();
	mmap_read_lock(victim);
	validate_mm(victim);
	return 0;
}

static void test_validate_mm_finds_what_is_planted(void **state)
{
	const struct damage *d = *state;
	char text[8192];
	int result = in_child(plant_and_validate, (void *)d, text, sizeof(text));
	const char *panic = strstr(text, "panic: ");

	if (!d->message)
		assert_eq(result, 0);
	else if (result == 0)
		fail_msg("nobody noticed");
	else if (!panic || !strstr(panic, d->message))
		fail_msg("expected a panic with \"%s\", got: %s", d->message, text);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(damages)];

	sim_boot();
	build_world();
	for (unsigned int i = 0; i < ARRAY_SIZE(damages); i++)
		tests[i] = (struct CMUnitTest){
			.name = damages[i].name, .test_func = test_validate_mm_finds_what_is_planted,
			.initial_state = (void *)&damages[i],
		};
	return RUN_APART("validate_mm finds", tests);
}
