# SPDX-License-Identifier: MIT
"""The kernel's trace of page faults: out of its rings, as a table, and for Chrome's trace viewer."""

from . import sv39

STAGES = {"MM_TRACE_TRAP": "trap entry", "MM_TRACE_VMA": "VMA lookup", "MM_TRACE_LOCK": "VMA lock", "MM_TRACE_ANON_VMA": "anon_vma prepare",
          "MM_TRACE_ALLOC": "allocation", "MM_TRACE_COPY": "copy", "MM_TRACE_PTE": "PTE install",
          "MM_TRACE_FLUSH": "flush", "MM_TRACE_ASKED": "asked pager", "MM_TRACE_ANSWERED": "pager answered", "MM_TRACE_RETURN": "return"}
ACCESS = {0: "read", 1: "write", 2: "exec"}
LOCKS = {0: "the area's own, for reading", 1: "mmap_lock instead: no area was found", 2: "mmap_lock instead: a writer had the area",
         3: "mmap_lock instead: it has slept for long, without a lock"}
RESULTS = {0: "done", 1: "SIGSEGV, nothing mapped", 2: "SIGSEGV, not allowed", 3: "SIGBUS", 4: "out of memory"}


def detail_text(stage, detail):
    """What the number beside a stage means."""
    if stage == "trap entry":
        return f"{ACCESS.get(detail & 3, '?')} from {'user' if detail & 4 else 'kernel'} code"
    if stage == "VMA lookup":
        return f"area at {detail:#x}" if detail else "no area"
    if stage == "VMA lock":
        return LOCKS.get(detail, str(detail))
    if stage == "anon_vma prepare":
        return f"anon_vma {detail:#x}"
    if stage == "allocation":
        return f"frame {detail:#x}"
    if stage == "copy":
        return f"from frame {detail:#x}"
    if stage == "PTE install":
        return f"frame {sv39.pfn(detail):#x} {sv39.flags(detail)}"
    if stage == "flush":
        return "every hart of the process" if detail else "this hart"
    if stage == "asked pager":
        return f"for page {detail:#x} of the object, with no lock held"
    if stage == "pager answered":
        pid, error = detail >> 32, detail & 0xffffffff
        return f"process {pid}: " + (f"error {error}" if error else "the fault begins again")
    return RESULTS.get(detail, str(detail))


def event(stage_names, raw):
    """raw: an object with the fields of struct q_trace."""
    stage = STAGES.get(stage_names.get(raw.stage), f"stage {raw.stage}")
    return {"time_ns": raw.time_ns, "hart": raw.hart, "pid": raw.pid, "stage": stage, "addr": raw.addr,
            "detail": raw.detail}


def model(kernel):
    """All events that are left, oldest first."""
    ring_type = kernel.struct("mm_trace_ring")
    names = kernel.enum("mm_trace_stage")
    base = kernel.symbol("mm_trace_rings")
    events = []
    for hart in range(kernel.constants["NR_CPUS"]):
        ring = kernel.obj("mm_trace_ring", base + hart * ring_type.size)
        slots = ring_type.fields["events"][1].count
        for i in range(max(0, ring.next - slots), ring.next):
            offset, array = ring_type.fields["events"]
            raw = array.element.decode(ring.data, offset + i % slots * array.element.size, ring)
            events.append((raw.time_ns, len(events), event(names, raw)))
    return [e for _, _, e in sorted(events, key=lambda e: e[:2])]


def render(events, on):
    lines = [f"{len(events)} events; tracing is {'on' if on else 'off'}"]
    if events:
        lines.append(f"{'TIME ns':>14} {'HART':>4} {'PID':>4}  {'ADDRESS':<14} {'STAGE':<17} DETAIL")
    for e in events:
        lines.append(f"{e['time_ns']:14} {e['hart']:4} {e['pid']:4}  {e['addr']:<#14x} {e['stage']:<17} "
                     f"{detail_text(e['stage'], e['detail'])}")
    if not events and not on:
        lines.append("turn it on with 'sm trace on', or boot with BOOTARGS=trace=fault")
    return lines


def chrome(events):
    """Chrome's trace format: a slice per fault, and one per stage inside it. Times are microseconds."""
    out, open_faults = [], {}

    def slice_(name, begin, end, e, args):
        out.append({"name": name, "ph": "X", "ts": begin / 1000, "dur": max(end - begin, 1) / 1000,
                    "pid": e["pid"], "tid": e["hart"], "cat": "fault", "args": args})

    for e in events:
        fault = open_faults.setdefault((e["hart"], e["pid"]), [])
        if e["stage"] == "trap entry":
            fault.clear()
        fault.append(e)
        if e["stage"] != "return":
            continue
        first = fault[0]
        slice_(f"fault {first['addr']:#x}", first["time_ns"], e["time_ns"], e,
               {"address": f"{first['addr']:#x}", "result": detail_text("return", e["detail"])})
        for begin, end in zip(fault, fault[1:]):
            slice_(begin["stage"], begin["time_ns"], end["time_ns"], begin,
                   {"detail": detail_text(begin["stage"], begin["detail"])})
        fault.clear()
    return {"traceEvents": out, "displayTimeUnit": "ns"}
