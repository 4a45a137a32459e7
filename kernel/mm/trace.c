/* SPDX-License-Identifier: MIT */
/*
 * The fault trace's rings (trace.h). Each hart writes only its own, with interrupts off, so
 * no lock is needed; a reader on another hart takes an event, then asks whether it was
 * overwritten meanwhile.
 *
 *	events[]	| 8 | 9 | 2 | 3 | 4 | 5 | 6 | 7 |	(of 8 slots here)
 *				  ^ next = 10: the oldest left is event 2
 */
#include "kernel/mm/trace.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/config.h"
#include "kernel/core/percpu.h"
#include "kernel/core/time.h"
#include "kernel/sched/task.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "uapi/query.h"

#define MM_TRACE_EVENTS	512		/* a power of two */

struct mm_trace_ring {
	unsigned long next;		/* events written since boot; the slot is next % MM_TRACE_EVENTS */
	struct q_trace events[MM_TRACE_EVENTS];
};

bool mm_trace_on;
struct mm_trace_ring mm_trace_rings[NR_CPUS];

void mm_trace_record(enum mm_trace_stage stage, unsigned long addr, unsigned long detail)
{
	struct mm_trace_ring *ring = this_cpu_of(mm_trace_rings);

	ring->events[ring->next % MM_TRACE_EVENTS] = (struct q_trace){
		.time_ns = ktime_get_ns(), .hart = this_cpu_id(), .pid = current->pid,
		.stage = stage, .addr = addr, .detail = detail,
	};
	__atomic_store_n(&ring->next, ring->next + 1, __ATOMIC_RELEASE);
}

void mm_trace_boot(const char *bootargs)
{
	static const char word[] = "trace=fault";
	const char *p = bootargs;

	for (; *p && strncmp(p, "init=", 5) != 0; p++)
		if ((p == bootargs || p[-1] == ' ') && strncmp(p, word, sizeof(word) - 1) == 0)
			mm_trace_on = true;
}

/* How far a reader has come in each ring. */
struct trace_reader {
	unsigned long at[NR_CPUS];
	unsigned long end[NR_CPUS];
};

/* Event @i of hart @cpu; false when its slot has been used again. */
static bool ring_read(unsigned int cpu, unsigned long i, struct q_trace *event)
{
	const struct mm_trace_ring *ring = &mm_trace_rings[cpu];

	*event = ring->events[i % MM_TRACE_EVENTS];
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	/* The slot of event "next" may be half written already. */
	return READ_ONCE(ring->next) - i < MM_TRACE_EVENTS;
}

/* The hart whose next event is the earliest, with that event; NR_CPUS when all are through. */
static unsigned int earliest(struct trace_reader *reader, struct q_trace *event)
{
	unsigned int found = NR_CPUS;
	struct q_trace e;

	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		while (reader->at[cpu] < reader->end[cpu] && !ring_read(cpu, reader->at[cpu], &e))
			reader->at[cpu]++;
		if (reader->at[cpu] < reader->end[cpu] && (found == NR_CPUS || e.time_ns < event->time_ns)) {
			found = cpu;
			*event = e;
		}
	}
	return found;
}

/* Start at the oldest event of each ring. Returns how many there are in all. */
static unsigned long reader_init(struct trace_reader *reader)
{
	unsigned long total = 0;

	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		unsigned long end = __atomic_load_n(&mm_trace_rings[cpu].next, __ATOMIC_ACQUIRE);

		reader->end[cpu] = end;
		reader->at[cpu] = end < MM_TRACE_EVENTS ? 0 : end - MM_TRACE_EVENTS + 1;
		total += end - reader->at[cpu];
	}
	return total;
}

long mm_trace_query(unsigned long buf, size_t len)
{
	struct trace_reader reader;
	struct q_trace event;
	unsigned long total = reader_init(&reader), room = len / sizeof(event);
	unsigned int cpu;
	size_t n = 0;

	/* Too many: the oldest are left out. */
	for (; total > room; total--) {
		cpu = earliest(&reader, &event);
		if (cpu == NR_CPUS)
			return 0;
		reader.at[cpu]++;
	}
	while (n < room && (cpu = earliest(&reader, &event)) != NR_CPUS) {
		if (copy_to_user(buf + n * sizeof(event), &event, sizeof(event)))
			return -EFAULT;
		reader.at[cpu]++;
		n++;
	}
	return n;
}
