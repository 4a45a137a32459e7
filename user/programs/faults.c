/* SPDX-License-Identifier: MIT */
/*
 * faults [--json]: the stages of the latest page faults, from the kernel's own trace. It is empty unless
 * the kernel was started with BOOTARGS=trace=fault. --json prints the "trace" part of tools/schema.md.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/libsys/sys.h"

USAGE("usage: faults [--json]\n"
      "The stages of the latest page faults, as handle_mm_fault() recorded them.\n"
      "Empty unless the kernel was started with trace=fault on its command line.\n");

#define MOST	1024

/* Indexed by enum mm_trace_stage. */
static const char *const stages[] = {
	"trap entry", "VMA lookup", "VMA lock", "anon_vma prepare", "allocation", "copy", "PTE install", "flush", "asked pager",
	"pager answered", "return",
};

static const char *stage_name(const struct q_trace *e)
{
	return e->stage < ARRAY_SIZE(stages) ? stages[e->stage] : "?";
}

static void print_table(const struct q_trace *events, long n)
{
	printf("%14s %4s %5s  %-14s %-17s %s\n", "TIME ns", "HART", "PID", "ADDRESS", "STAGE", "DETAIL");
	for (long i = 0; i < n; i++)
		printf("%14lu %4u %5d  0x%-12lx %-17s 0x%lx\n", events[i].time_ns, events[i].hart, events[i].pid,
		       events[i].addr, stage_name(&events[i]), events[i].detail);
}

static void print_json(const struct q_trace *events, long n)
{
	printf("{\"schema\": \"samara-snapshot\", \"version\": 1, \"trace\": [");
	for (long i = 0; i < n; i++)
		printf("%s\n {\"time_ns\": %lu, \"hart\": %u, \"pid\": %d, \"stage\": \"%s\", \"addr\": %lu, \"detail\": %lu}",
		       i ? "," : "", events[i].time_ns, events[i].hart, events[i].pid, stage_name(&events[i]),
		       events[i].addr, events[i].detail);
	printf("\n]}\n");
}

int main(int argc, char **argv)
{
	bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
	struct q_trace *events;
	long n;

	if (argc > 2 || (argc == 2 && !json))
		return wrong_usage();
	events = malloc(MOST * sizeof(*events));
	if (!events)
		die("faults: no memory");
	n = query(QUERY_TRACE, 0, 0, events, MOST * sizeof(*events));
	if (n < 0)
		die("faults");
	if (json)
		print_json(events, n);
	else
		print_table(events, n);
	free(events);
	return 0;
}
