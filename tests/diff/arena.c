/* SPDX-License-Identifier: MIT */
/* The arena: what is mapped there, and accesses that may fault. arena.h. */
#include "tests/diff/arena.h"

struct page_info pages[NR_PAGES];
unsigned long nr_vmas;
struct fault fault;

/* ---- names of pages ---- */

#define WINDOW_STEP	(4 * MIB)
#define WINDOW_START(w)	(ARENA + (w) * WINDOW_STEP + 2 * MIB - WINDOW_PAGES / 2 * PAGE_SIZE)

unsigned long page_addr(unsigned long page)
{
	return WINDOW_START(page / WINDOW_PAGES) + page % WINDOW_PAGES * PAGE_SIZE;
}

/* The number of the page at @addr, or NR_PAGES outside the windows. */
static unsigned long page_at(unsigned long addr)
{
	unsigned long w = (addr - ARENA) / WINDOW_STEP;

	if (addr < ARENA || w >= NR_WINDOWS || addr < WINDOW_START(w) ||
	    addr >= WINDOW_START(w) + WINDOW_PAGES * PAGE_SIZE)
		return NR_PAGES;
	return w * WINDOW_PAGES + (addr - WINDOW_START(w)) / PAGE_SIZE;
}

static unsigned int last_id;

void new_id(struct range r)
{
	last_id++;
	for (unsigned long p = r.first; p < r.first + r.n; p++)
		pages[p].id = last_id;
}

void no_id(struct range r)
{
	for (unsigned long p = r.first; p < r.first + r.n; p++)
		pages[p].id = 0;
}

/* Each stretch of one id inside [r] gets a new one; what lies outside on both sides must differ, too. */
void cut_ids(struct range r)
{
	unsigned int old = 0, after = r.first + r.n < NR_PAGES ? pages[r.first + r.n].id : 0;

	for (unsigned long p = r.first; p < r.first + r.n; p++) {
		if (pages[p].id != old)
			last_id++;
		old = pages[p].id;
		if (old)
			pages[p].id = last_id;
	}
	last_id++;
	for (unsigned long p = r.first + r.n; after && p < NR_PAGES && pages[p].id == after; p++)
		pages[p].id = last_id;
}

unsigned long same_id(unsigned long page)
{
	unsigned long n = 1;

	while (pages[page].id && (page + n) % WINDOW_PAGES && pages[page + n].id == pages[page].id)
		n++;
	return n;
}

/* ---- /proc/self/maps ---- */

/* A line: start-end perms offset ... */
struct area {
	unsigned long start, end, offset;
	char perm[4];
};

static struct {
	int fd;
	long len, pos;
	char text[8192];
} maps;

static int maps_char(void)
{
	if (maps.pos == maps.len) {
		maps.len = call(NR_read, maps.fd, maps.text, sizeof(maps.text));
		maps.pos = 0;
		if (maps.len <= 0) {
			maps.len = 0;
			return -1;
		}
	}
	return maps.text[maps.pos++];
}

/* A hexadecimal number and the character that ends it. */
static unsigned long maps_hex(void)
{
	unsigned long n = 0;

	for (;;) {
		int c = maps_char();

		if (c >= '0' && c <= '9')
			n = n * 16 + (unsigned long)(c - '0');
		else if (c >= 'a' && c <= 'f')
			n = n * 16 + (unsigned long)(c - 'a' + 10);
		else
			return n;
	}
}

static void maps_open(void)
{
	maps.fd = (int)call(NR_openat, AT_FDCWD, "/proc/self/maps", 0, 0);
	maps.len = maps.pos = 0;
	if (maps.fd < 0) {
		say("cannot open /proc/self/maps: %d\n", (long)maps.fd);
		say_flush();
		call(NR_exit_group, 3);
	}
}

/* The next area that ends above @from; false at the end of the file. */
static bool maps_next(struct area *a, unsigned long from)
{
	int c;

	do {
		a->start = maps_hex();
		a->end = maps_hex();
		for (int i = 0; i < 4; i++)
			a->perm[i] = (char)maps_char();
		maps_char();
		a->offset = maps_hex();
		while ((c = maps_char()) != '\n' && c >= 0)
			;
		if (a->end == 0)
			return false;
	} while (a->end <= from);
	return true;
}

static void mark_page(unsigned long page, unsigned long addr, const struct area *a)
{
	for (int i = 0; i < 4; i++)
		pages[page].perm[i] = a->perm[i];
	pages[page].offset = a->perm[3] == 's' ? a->offset + (addr - a->start) : 0;
}

void arena_read_maps(void)
{
	struct area a;

	for (unsigned long p = 0; p < NR_PAGES; p++)
		pages[p].perm[0] = 0;
	nr_vmas = 0;
	maps_open();
	while (maps_next(&a, ARENA) && a.start < ARENA_END) {
		nr_vmas++;
		for (unsigned long addr = a.start; addr < a.end; addr += PAGE_SIZE) {
			unsigned long page = page_at(addr);

			if (page < NR_PAGES)
				mark_page(page, addr, &a);
		}
	}
	call(NR_close, maps.fd);
}

static unsigned int mix(unsigned int hash, unsigned long v)
{
	return (hash ^ (unsigned int)(v ^ v >> 32)) * 16777619u;
}

unsigned int arena_hash(void)
{
	unsigned int hash = 2166136261u;

	for (unsigned long p = 0; p < NR_PAGES; p++) {
		hash = mix(hash, (unsigned char)pages[p].perm[0]);
		for (int i = 1; pages[p].perm[0] && i < 4; i++)
			hash = mix(hash, (unsigned char)pages[p].perm[i]);
		if (pages[p].perm[0])
			hash = mix(hash, pages[p].offset);
	}
	return hash;
}

void arena_dump(void)
{
	for (unsigned long p = 0; p < NR_PAGES; p++) {
		const char *perm = pages[p].perm;

		if (perm[0])
			say("  %d:%d %c%c%c%c %x\n", p / WINDOW_PAGES, p % WINDOW_PAGES, perm[0], perm[1],
			    perm[2], perm[3], pages[p].offset);
	}
}

void say_areas(unsigned long start, unsigned long end)
{
	struct area a, run = { .end = 0 };

	maps_open();
	while (maps_next(&a, start) && a.start < end) {
		bool more = a.start == run.end && a.perm[0] == run.perm[0] && a.perm[1] == run.perm[1] &&
			    a.perm[2] == run.perm[2] && a.perm[3] == run.perm[3];

		if (!more && run.end)
			say("-%x]", run.end - start);
		if (!more)
			say(" [%c%c%c%c %x", a.perm[0], a.perm[1], a.perm[2], a.perm[3], a.start - start);
		run = a;
	}
	if (run.end)
		say("-%x]", run.end - start);
	call(NR_close, maps.fd);
}

/* ---- accesses ---- */

/* siginfo begins with signo, errno, code; the address is its third word. */
static void on_fault(int signo, int *info, char *uc)
{
	fault.signo = signo;
	fault.code = info[2];
	fault.addr = ((unsigned long *)info)[2];
	*(unsigned long *)(uc + UC_PC_OFFSET) = (unsigned long)touch_fixup;
}

#define SA_SIGINFO	4UL
#define SA_RESTORER	0x04000000UL

void catch_faults(void)
{
#ifdef __x86_64__
	unsigned long action[4] = {
		(unsigned long)on_fault, SA_SIGINFO | SA_RESTORER, (unsigned long)sigreturn_stub, 0,
	};
#else
	unsigned long action[3] = { (unsigned long)on_fault, SA_SIGINFO, 0 };
#endif

	call(NR_rt_sigaction, SIGSEGV, action, 0, 8);
	call(NR_rt_sigaction, SIGBUS, action, 0, 8);
}

static void say_fault(unsigned long addr)
{
	say(fault.signo == SIGBUS ? " BUS" : " SEGV");
	say("/%d", (long)fault.code);
	if (fault.addr != addr)
		say(" at %x, not %x", fault.addr, addr);
}

void say_load(unsigned long addr)
{
	uint64_t v;

	fault.signo = 0;
	v = touch_load(addr);
	if (fault.signo)
		say_fault(addr);
	else
		say(" %x", v);
}

void say_store(unsigned long addr, uint64_t value)
{
	fault.signo = 0;
	touch_store(addr, value);
	if (fault.signo)
		say_fault(addr);
	else
		say(" ok");
}

unsigned long checksum(bool list)
{
	unsigned long sum = 0;

	arena_read_maps();
	for (unsigned long p = 0; p < NR_PAGES; p++) {
		const char *perm = pages[p].perm;

		if (perm[0] != 'r' && perm[1] != 'w')
			continue;
		for (unsigned long at = 0; at < PAGE_SIZE; at += PAGE_SIZE - 8) {
			uint64_t v;

			fault.signo = 0;
			v = touch_load(page_addr(p) + at);
			sum = sum * 1000003 + (fault.signo ? 77 : v);
			if (list && (fault.signo || v))
				say("\n  %d:%d = %x at %d", p / WINDOW_PAGES, p % WINDOW_PAGES, fault.signo ? ~0UL : v, at);
		}
	}
	return sum;
}
