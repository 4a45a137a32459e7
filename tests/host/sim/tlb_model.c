/* SPDX-License-Identifier: MIT */
/*
 * Harts as an address-translation architecture sees them: satp, a TLB, cached upper-level entries; and the lines that they
 * have fetched to execute.
 *
 *	access --- TLB[asid][va] --hit--> rights allow it? --- yes: go
 *	               | miss                  | no: page fault (the entry stays, as in hardware)
 *	               v
 *	           cached table[asid][va / 2 MiB], else from the root: walk, fill the TLB
 *
 * Entries stay until a flush covers them (or, rarely, their set is full). What a walk found absent is
 * remembered too, on both levels, which the privileged specification allows. sfence.vma with an address covers leaf
 * entries only; what is known of upper levels goes with flushes of a whole ASID.
 *
 * A fetched line is the word at WORD_OFFSET of a frame, as it was when the hart first executed there; stores do not
 * change it. It goes with fence.i (tlb_model_sync). Programs do their part: when they store, the lines of that
 * frame go at once (tlb_model_stored), as if each had called riscv_flush_icache().
 *
 * frame_refs[] counts the entries that lead to a frame, so that freeing a frame is cheap to check. An
 * entry of an ASID that its hart has not loaded cannot be used yet: it is marked stale and found when
 * the hart loads that ASID without having flushed it. So is the entry of a page on a hart that is in the kernel and owes a flush
 * (kernel/mm/tlb_defer.h); a page table may not be freed before that flush.
 */
#include "kernel/arch/riscv.h"
#include "kernel/core/bug.h"
#include "lib/string.h"
#include "tests/host/sim/sim.h"

#define TLB_SETS	128u
#define TLB_WAYS	4u
#define TLB_ENTRIES	(TLB_SETS * TLB_WAYS)
#define NR_TABLES	16u	/* cached last-level tables per ASID */
#define NO_TABLE	0u	/* known: there is none */
#define NR_LINES	512u	/* fetched lines per hart; one frame, one place */
#define NR_ASIDS	(1u << SIM_ASID_BITS)
#define LEVEL_BITS	9

#define RIGHTS		(PTE_R | PTE_W | PTE_X | PTE_D)

struct tlb_entry {
	u32 vpn, pfn;
	u8 rights;		/* of RIGHTS; 0: nothing was there */
	bool valid, stale;
};

struct cached_table {
	u32 index;		/* va / 2 MiB */
	u32 pfn;		/* or NO_TABLE */
	bool valid, stale;
};

struct fetched_line {
	u32 pfn;
	bool valid;
	u64 word;
};

struct asid_entries {
	unsigned int nr;	/* valid entries of both kinds */
	struct tlb_entry tlb[TLB_ENTRIES];
	struct cached_table table[NR_TABLES];
};

struct sim_hart {
	unsigned long root;	/* satp: physical address, ASID */
	unsigned int asid;
	bool user;		/* a process's table, not the kernel's own */
	unsigned int victim;	/* next way to give up */
	unsigned int misses;	/* upper entries found empty */
	struct asid_entries by_asid[NR_ASIDS];
	struct fetched_line lines[NR_LINES];
};

static struct sim_hart sim_harts[SIM_HARTS];
struct sim_stats sim_stats;

static u16 frame_refs[SIM_RAM / PAGE_SIZE];

static u16 *refs_of(unsigned long pfn)
{
	return &frame_refs[pfn - min_pfn];
}

static unsigned int keep_asid(unsigned int asid)
{
	return asid & ((1u << sim_config.asid_bits) - 1);
}

void tlb_model_reset(void)
{
	memset(sim_harts, 0, sizeof(sim_harts));
	memset(frame_refs, 0, sizeof(frame_refs));
	memset(&sim_stats, 0, sizeof(sim_stats));
}

/* ---- entries ---- */

static void drop_entry(struct asid_entries *entries, struct tlb_entry *e)
{
	if (e->rights)
		--*refs_of(e->pfn);
	e->valid = false;
	entries->nr--;
}

static void drop_table(struct asid_entries *entries, struct cached_table *t)
{
	if (t->pfn != NO_TABLE)
		--*refs_of(t->pfn);
	t->valid = false;
	entries->nr--;
}

static struct tlb_entry *set_of(struct asid_entries *entries, u32 vpn)
{
	return &entries->tlb[(vpn ^ vpn >> 7 ^ vpn >> 14) % TLB_SETS * TLB_WAYS];
}

static struct tlb_entry *find_entry(struct asid_entries *entries, u32 vpn)
{
	struct tlb_entry *set = set_of(entries, vpn);

	for (unsigned int way = 0; way < TLB_WAYS; way++)
		if (set[way].valid && set[way].vpn == vpn)
			return &set[way];
	return NULL;
}

/* Remember a walk's result for @vpn, in place of what was known of it. */
static void fill_entry(struct sim_hart *hart, struct asid_entries *entries, u32 vpn, u32 pfn, u8 rights)
{
	struct tlb_entry *set = set_of(entries, vpn), *e = find_entry(entries, vpn);

	for (unsigned int way = 0; way < TLB_WAYS && !e; way++)
		if (!set[way].valid)
			e = &set[way];
	if (!e) {
		e = &set[hart->victim++ % TLB_WAYS];
		sim_stats.evictions++;
	}
	if (e->valid)
		drop_entry(entries, e);
	*e = (struct tlb_entry){ .vpn = vpn, .pfn = pfn, .rights = rights, .valid = true };
	if (rights)
		++*refs_of(pfn);
	entries->nr++;
}

static void remember_table(struct asid_entries *entries, unsigned long va, u32 pfn)
{
	u32 index = va >> SV39_SHIFT(1);
	struct cached_table *t = &entries->table[index % NR_TABLES];

	if (t->valid)
		drop_table(entries, t);
	*t = (struct cached_table){ .index = index, .pfn = pfn, .valid = true };
	if (pfn != NO_TABLE)
		++*refs_of(pfn);
	entries->nr++;
}

/* ---- satp and flushes ---- */

void tlb_model_load(unsigned int hart, unsigned long root_pa, unsigned int asid, bool user)
{
	struct sim_hart *h = &sim_harts[hart];

	h->root = root_pa;
	h->asid = keep_asid(asid);
	h->user = user;
	sim_stats.loads++;
}

unsigned long tlb_model_root(unsigned int hart)
{
	return sim_harts[hart].user ? sim_harts[hart].root : 0;
}

static void flush_entries(struct asid_entries *entries)
{
	if (!entries->nr)
		return;
	for (unsigned int i = 0; i < TLB_ENTRIES; i++)
		if (entries->tlb[i].valid)
			drop_entry(entries, &entries->tlb[i]);
	for (unsigned int i = 0; i < NR_TABLES; i++)
		if (entries->table[i].valid)
			drop_table(entries, &entries->table[i]);
}

void tlb_model_flush_all(unsigned int hart)
{
	sim_stats.flushes++;
	for (unsigned int asid = 0; asid < NR_ASIDS; asid++)
		flush_entries(&sim_harts[hart].by_asid[asid]);
}

void tlb_model_flush_asid(unsigned int hart, unsigned int asid)
{
	sim_stats.flushes++;
	flush_entries(&sim_harts[hart].by_asid[keep_asid(asid)]);
}

void tlb_model_flush_page(unsigned int hart, unsigned int asid, unsigned long va)
{
	struct asid_entries *entries = &sim_harts[hart].by_asid[keep_asid(asid)];
	struct tlb_entry *e = find_entry(entries, va >> PAGE_SHIFT);

	sim_stats.flushes++;
	if (e)
		drop_entry(entries, e);
}

/* ---- the walker ---- */

static u64 *table_word(unsigned long table_pa, unsigned long va, int level)
{
	return (u64 *)phys_to_virt(table_pa) + SV39_INDEX(va, level);
}

/* An upper entry as the specification wants it: a pointer without leaf bits, to RAM. */
static unsigned long next_table(u64 pte, unsigned long va, int level)
{
	unsigned long pfn = (pte & PTE_PPN_MASK) >> PTE_PPN_SHIFT;

	if (pte & (PTE_R | PTE_W | PTE_X | PTE_U | PTE_A | PTE_D | PTE_G))
		panic("sim: level %d entry %#lx for %#lx is not a table", level, (unsigned long)pte, va);
	if (!pfn_valid(pfn))
		panic("sim: level %d entry %#lx for %#lx leads out of RAM", level, (unsigned long)pte, va);
	return pfn << PAGE_SHIFT;
}

/* The last-level entry for @va from @root_pa, or NULL; *@table_pa says in which table. */
static u64 *walk(unsigned long root_pa, unsigned long va, unsigned long *table_pa)
{
	*table_pa = root_pa;
	for (int level = SV39_LEVELS - 1; level > 0; level--) {
		u64 pte = walker_load(table_word(*table_pa, va, level));

		if (!(pte & PTE_V))
			return NULL;
		*table_pa = next_table(pte, va, level);
	}
	return table_word(*table_pa, va, 0);
}

static u64 *walk_cached(struct sim_hart *h, struct asid_entries *entries, unsigned long va)
{
	struct cached_table *t = &entries->table[(va >> SV39_SHIFT(1)) % NR_TABLES];
	unsigned long table_pa;
	u64 *pte;

	if (t->valid && t->index == va >> SV39_SHIFT(1))
		return t->pfn == NO_TABLE ? NULL : table_word((unsigned long)t->pfn << PAGE_SHIFT, va, 0);
	pte = walk(h->root, va, &table_pa);
	if (pte)
		remember_table(entries, va, table_pa >> PAGE_SHIFT);
	else if (h->misses++ % 8 == 0)	/* seldom: what cures it drops all else that might be stale */
		remember_table(entries, va, NO_TABLE);
	return pte;
}

static u64 right_for(enum sim_access type)
{
	return type == SIM_READ ? PTE_R : type == SIM_WRITE ? PTE_W : PTE_X;
}

/* What the entry lets a user program do; 0 when it is not a valid leaf for users. */
static u8 leaf_rights(u64 pte, unsigned long va)
{
	if (!(pte & PTE_V) || !(pte & PTE_U))
		return 0;
	if (!(pte & (PTE_R | PTE_X)))
		panic("sim: last-level entry %#lx for %#lx is reserved", (unsigned long)pte, va);
	if (!pfn_valid((pte & PTE_PPN_MASK) >> PTE_PPN_SHIFT))
		panic("sim: entry %#lx for %#lx leads out of RAM", (unsigned long)pte, va);
	return pte & RIGHTS;
}

bool tlb_model_translate(unsigned int hart, unsigned long va, enum sim_access type, unsigned long *pa)
{
	struct sim_hart *h = &sim_harts[hart];
	struct asid_entries *entries = &h->by_asid[h->asid];
	struct tlb_entry *e = find_entry(entries, va >> PAGE_SHIFT);
	u64 need = right_for(type), bits = PTE_A | (type == SIM_WRITE ? PTE_D : 0), old;
	u64 *pte;
	u8 rights;

	if (e && e->stale)
		panic("sim: hart %u uses %#lx -> frame %#lx (asid %u), freed since", hart, va, (unsigned long)e->pfn,
		      h->asid);
	if (e && !(e->rights & need))
		return false;
	/* Who does not set D may also believe a cached entry without it, and not look again. */
	if (e && type == SIM_WRITE && !(e->rights & PTE_D) && !sim_config.hardware_ad)
		return false;
	if (e && (type != SIM_WRITE || (e->rights & PTE_D))) {
		sim_stats.hits++;
		*pa = (unsigned long)e->pfn << PAGE_SHIFT | (va & (PAGE_SIZE - 1));
		return true;
	}

	sim_stats.walks++;
	pte = walk_cached(h, entries, va);
	old = pte ? walker_load(pte) : 0;
	rights = leaf_rights(old, va);
	if ((rights & need) && (old & bits) != bits) {
		if (!sim_config.hardware_ad)
			return false;
		if (!walker_set(pte, old, bits))
			return tlb_model_translate(hart, va, type, pa);
		old |= bits;
		rights = leaf_rights(old, va);
	}
	fill_entry(h, entries, va >> PAGE_SHIFT, (old & PTE_PPN_MASK) >> PTE_PPN_SHIFT,
		   (old & PTE_A) ? rights : 0);
	if (!(rights & need))
		return false;
	*pa = (old & PTE_PPN_MASK) >> PTE_PPN_SHIFT << PAGE_SHIFT | (va & (PAGE_SIZE - 1));
	return true;
}

/* ---- fetched lines ---- */

static struct fetched_line *line_of(unsigned int hart, unsigned long pfn)
{
	return &sim_harts[hart].lines[pfn % NR_LINES];
}

u64 tlb_model_fetch(unsigned int hart, unsigned long pa)
{
	struct fetched_line *line = line_of(hart, pa >> PAGE_SHIFT);

	if (!line->valid || line->pfn != pa >> PAGE_SHIFT)
		*line = (struct fetched_line){ .pfn = pa >> PAGE_SHIFT, .valid = true, .word = *(u64 *)phys_to_virt(pa) };
	return line->word;
}

void tlb_model_stored(unsigned long pa)
{
	for (unsigned int hart = 0; hart < SIM_HARTS; hart++)
		if (line_of(hart, pa >> PAGE_SHIFT)->pfn == pa >> PAGE_SHIFT)
			line_of(hart, pa >> PAGE_SHIFT)->valid = false;
}

void tlb_model_sync(unsigned int hart)
{
	memset(sim_harts[hart].lines, 0, sizeof(sim_harts[hart].lines));
}

/* ---- where entries were changed ---- */

/* For each word of RAM, which may be an entry: "FILE:LINE" of its last change by pte_write() or pte_xchg(). */
static const char *changed_at[SIM_RAM / sizeof(pte_t)];

static const char **change_of(unsigned long pa)
{
	return &changed_at[(pa - (min_pfn << PAGE_SHIFT)) / sizeof(pte_t)];
}

pte_t *pte_changed(pte_t *ptep, const char *where)
{
	if (pfn_valid(virt_to_phys(ptep) >> PAGE_SHIFT))	/* or it is a test's own */
		WRITE_ONCE(*change_of(virt_to_phys(ptep)), where);
	return ptep;
}

/* Where the entry that the tables now have for @va was changed. */
static const char *last_change(unsigned long root, unsigned long va)
{
	unsigned long table_pa;
	u64 *ptep = walk(root, va, &table_pa);
	const char *where = ptep ? *change_of(virt_to_phys(ptep)) : NULL;

	return where ? where : ptep ? "a place that is not known" : "the end of its table";
}

/* ---- looking for translations that must not be used any more ---- */

static void stale_frame(unsigned int hart, unsigned int asid, unsigned long pfn, bool *stale,
			unsigned long va, bool table)
{
	const struct sim_hart *h = &sim_harts[hart];

	if (h->user && h->asid == asid && (table || !hart_will_flush(hart)))
		panic("stale TLB entry: hart %u still maps 0x%lx to frame 0x%lx (as a %s, asid %u), which is freed now; the entry was "
		      "changed at %s without a flush", hart, va, pfn, table ? "page table" : "page", asid, last_change(h->root, va));
	*stale = true;
}

static void mark_stale(unsigned int hart, unsigned int asid, unsigned long pfn)
{
	struct asid_entries *entries = &sim_harts[hart].by_asid[asid];

	for (unsigned int i = 0; i < TLB_ENTRIES; i++) {
		struct tlb_entry *e = &entries->tlb[i];

		if (e->valid && e->rights && e->pfn == pfn)
			stale_frame(hart, asid, pfn, &e->stale, (unsigned long)e->vpn << PAGE_SHIFT, /* table = */ false);
	}
	for (unsigned int i = 0; i < NR_TABLES; i++) {
		struct cached_table *t = &entries->table[i];

		if (t->valid && t->pfn == pfn && pfn != NO_TABLE)
			stale_frame(hart, asid, pfn, &t->stale, (unsigned long)t->index << SV39_SHIFT(1),
				    /* table = */ true);
	}
}

void tlb_model_frame_freed(unsigned long pfn)
{
	if (likely(!*refs_of(pfn)))
		return;
	for (unsigned int hart = 0; hart < SIM_HARTS; hart++)
		for (unsigned int asid = 0; asid < NR_ASIDS; asid++)
			if (sim_harts[hart].by_asid[asid].nr)
				mark_stale(hart, asid, pfn);
}

static void audit_entry(unsigned int hart, const struct tlb_entry *e)
{
	const struct sim_hart *h = &sim_harts[hart];
	unsigned long va = (unsigned long)e->vpn << PAGE_SHIFT, table_pa;
	u64 *ptep = walk(h->root, va, &table_pa), pte = ptep ? *ptep : 0;

	if (e->stale)
		panic("stale TLB entry: hart %u still maps 0x%lx to frame 0x%lx (asid %u), which was freed while another process ran there",
		      hart, va, (unsigned long)e->pfn, h->asid);
	if (!e->rights)
		return;			/* too little is known: a fault will tell */
	if (!(pte & PTE_V) || (pte & PTE_PPN_MASK) >> PTE_PPN_SHIFT != e->pfn)
		panic("stale TLB entry: hart %u still maps 0x%lx to frame 0x%lx (asid %u), the entry is 0x%lx now and was changed at %s without a "
		      "flush", hart, va, (unsigned long)e->pfn, h->asid, (unsigned long)pte, last_change(h->root, va));
	/* A is no right: reclaim clears it without a flush, and only learns a little less. */
	if (e->rights & ~pte)
		panic("stale TLB entry: hart %u still has the rights %#x for 0x%lx (asid %u), the entry is 0x%lx now and was changed at %s "
		      "without a flush", hart, e->rights, va, h->asid, (unsigned long)pte, last_change(h->root, va));
}

static void audit_table(unsigned int hart, const struct cached_table *t)
{
	const struct sim_hart *h = &sim_harts[hart];
	unsigned long va = (unsigned long)t->index << SV39_SHIFT(1), table_pa;

	if (t->pfn == NO_TABLE)
		return;			/* too little is known: a fault will tell */
	if (t->stale || !walk(h->root, va, &table_pa) || table_pa >> PAGE_SHIFT != t->pfn)
		panic("stale TLB entry: hart %u still walks through frame 0x%lx as the page table of 0x%lx (asid %u), which it is no more",
		      hart, (unsigned long)t->pfn, va, h->asid);
}

void tlb_model_audit_freed(unsigned int hart)
{
	const struct sim_hart *h = &sim_harts[hart];
	const struct asid_entries *entries = &h->by_asid[h->asid];

	for (unsigned int i = 0; h->user && i < TLB_ENTRIES; i++)
		if (entries->tlb[i].valid && entries->tlb[i].stale)
			panic("stale TLB entry: hart %u still maps 0x%lx to frame 0x%lx (asid %u), which was freed while it was in the kernel",
			      hart, (unsigned long)entries->tlb[i].vpn << PAGE_SHIFT, (unsigned long)entries->tlb[i].pfn, h->asid);
}

void tlb_model_audit(unsigned int hart)
{
	struct sim_hart *h = &sim_harts[hart];
	struct asid_entries *entries = &h->by_asid[h->asid];

	if (!h->user || !entries->nr || hart_will_flush(hart))
		return;
	for (unsigned int i = 0; i < TLB_ENTRIES; i++)
		if (entries->tlb[i].valid)
			audit_entry(hart, &entries->tlb[i]);
	for (unsigned int i = 0; i < NR_TABLES; i++)
		if (entries->table[i].valid)
			audit_table(hart, &entries->table[i]);
}
