/* SPDX-License-Identifier: MIT */
/*
 * SYS_samara_query (0x1000): read-only looks into the kernel, for the programs that show it.
 *
 *	long query(unsigned what, int pid, unsigned long arg, void *buf, size_t len)
 *
 * pid 0 is the caller. Answers with the number of records (or, for text, bytes) put into
 * buf, never more than fit; -ESRCH, -EINVAL, -EFAULT.
 * SYS_samara_fail_alloc (0x1001): long fail_alloc(unsigned long n): the caller's n-th allocation in the
 * kernel from now on fails (0: off); returns what was left of the count before.
 */
#ifndef UAPI_QUERY_H
#define UAPI_QUERY_H

#define SYS_samara_query	0x1000
#define SYS_samara_fail_alloc	0x1001

enum samara_query {
	QUERY_TASKS = 1,	/* struct q_task[]: every task */
	QUERY_VMAS,		/* struct q_vma[]: from address arg on */
	QUERY_PTE,		/* struct q_walk: the page-table walk for address arg */
	QUERY_MTREE,		/* text: the maple tree of the VMAs, level by level */
	QUERY_MEM,		/* struct q_mem: frames */
	QUERY_SLABS,		/* struct q_slab[] */
	QUERY_VMSTAT,		/* unsigned long long[]: counters, see enum q_vmstat */
	QUERY_PAGE,		/* struct q_page: the frame behind address arg */
	QUERY_MAPS,		/* text: /proc/PID/maps */
	QUERY_RMAP,		/* struct q_rmap[]: every mapping of the frame behind address arg; -EAGAIN: busy */
	QUERY_MMSTAT,		/* struct q_mmstat: counters of one address space */
	QUERY_TRACE,		/* struct q_trace[]: the latest stages of page faults, oldest first */
	QUERY_LATENCY,		/* struct q_latency[]: the longest stretch of each hart; arg 1: and begin anew */
	QUERY_DEATH,		/* struct q_death: how the process pid was killed by a fault, a short time ago; -ESRCH: it is not known */
	QUERY_DEVICES,		/* struct q_device[]: devices that a server may drive; pid and arg are not used */
};

struct q_task {
	int pid, ppid, tgid;
	char state;		/* R running, S sleeping, Z zombie */
	char pad[3];
	unsigned int cpu;
	unsigned int pad2;
	unsigned long rss;	/* pages */
	unsigned long vsize;	/* bytes */
	unsigned long utime_ns, stime_ns;
	char name[16];
};

/* Time in the kernel without a preemption point. No records: the kernel does not measure (RELEASE). */
struct q_latency {
	unsigned long long ns;
	int pid;
	char name[16];
	long call;			/* number of the system call; -1: another trap */
	unsigned long callers[12];	/* return addresses where it ended, innermost first; 0 ends them */
};

struct q_death {
	int pid, signo, code;		/* code: si_code of the signal */
	int cause;			/* scause: 12, 13, 15 are page faults of fetch, load, store */
	unsigned long pc, addr;
	char name[16];
};

struct q_vma {
	unsigned long start, end, flags, pgoff;
	unsigned long anon_vma;	/* address of the anon_vma, 0 when not faulted */
	char name[40];		/* [heap], [stack], path, or "" */
};

struct q_walk {
	struct { unsigned long table_pa, index, pte; } level[3];	/* level[0]: root */
	int levels;		/* entries looked at: 1..3 */
	int present;
};

struct q_mem {
	unsigned long total, free;		/* pages */
	unsigned long free_blocks[11];		/* buddy blocks by order */
	unsigned long slab_pages, pgtable_pages, anon_pages, file_pages, shmem_pages;
	unsigned long files, file_nodes;	/* files opened since boot; nodes of the trees that find file_pages */
	unsigned long swap_total, swap_free;
	unsigned long swap_most_in_flight;	/* pages on their way from or to the swap disk at a time, at most */
	unsigned long storms;			/* threads that move or page out everything, for tests: see docs/testing.md */
};

struct q_slab {
	char name[24];
	unsigned long object_size, in_use, total, pages;
};

struct q_page {
	unsigned long pfn, flags;
	int refcount, mapcount;
	unsigned long mapping, index;
	int anon_exclusive, is_zero_page;
};

struct q_rmap {
	int pid;			/* 0: its process has ended meanwhile */
	int chain;			/* which of the VMA's chains leads here: 0 its own, 1 its parent's, ...; -1: no chain */
	unsigned long addr, vma_start, vma_end;
	unsigned long anon_vma, root;	/* of the VMA, not of the page; 0 when there is none */
};

struct q_device {
	char name[32];			/* as the device tree calls what it is compatible with */
	unsigned long addr, size;	/* physical, of its registers, in whole pages */
	unsigned int irq;		/* its interrupt; 0: none */
	unsigned int offered;		/* 0: the kernel drives it */
};

/* Events since the machine was started, on all harts: indices into QUERY_VMSTAT's answer. */
enum q_vmstat {
	Q_PGFAULT, Q_PGMAJFAULT,		/* faults; of these, with I/O */
	Q_PGALLOC_ANON,				/* anonymous pages made by faults */
	Q_COW_COPY, Q_COW_REUSE, Q_ZERO_MAP,	/* stores that copied, or took the page over; loads of nothing */
	Q_PSWPIN, Q_PSWPOUT,			/* pages read from and written to swap */
	Q_PGSCAN, Q_PGSTEAL,			/* pages that reclaim looked at, and freed */
	Q_PGMIGRATE, Q_OOM_KILL,
	Q_VMALOCK_NONE, Q_VMALOCK_BUSY, Q_VMALOCK_RETRY,	/* faults that took mmap_lock: no VMA, one that is being changed, a long wait */
	Q_TLB_REMOTE, Q_TLB_DEFERRED,		/* harts interrupted to flush; left to do it before they touch user memory again */
	Q_NR_VMSTAT,
};
#define Q_VMSTAT_NAMES { "pgfault", "pgmajfault", "pgalloc_anon", "cow_copy", "cow_reuse", "zero_map", \
			 "pswpin", "pswpout", "pgscan", "pgsteal", "pgmigrate", "oom_kill", "vmalock_none", "vmalock_busy", "vmalock_retry", \
			 "tlb_remote", "tlb_deferred" }

struct q_mmstat {
	unsigned long total_vm, data_vm, stack_vm, locked_vm, nr_anon, nr_file, nr_shmem, nr_swap;
	unsigned long pgtables_bytes, map_count, tree_height, tree_nodes;
};

struct q_trace {
	unsigned long time_ns;		/* since the machine was reset */
	unsigned int hart, stage;	/* stage: enum mm_trace_stage of kernel/mm/trace.h */
	int pid, pad;
	unsigned long addr, detail;	/* detail: as that enum says */
};

#endif
