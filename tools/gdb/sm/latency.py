# SPDX-License-Identifier: MIT
"""The longest time that each hart spent in the kernel without a preemption point (kernel/sched/latency.c)."""


def model(kernel):
    """[{"hart", "ns", "pid", "name", "call", "callers"}], a hart each; call -1: not a system call."""
    first, size = kernel.symbol("latency_harts"), kernel.struct("latency_hart").size
    out = []
    for hart in range(kernel.global_int("nr_cpus", 4)):
        longest = kernel.obj("latency_hart", first + hart * size).longest
        out.append({"hart": hart, "ns": longest.ns, "pid": longest.pid, "name": longest.string("name"),
                    "call": longest.call, "callers": [at for at in longest.callers if at]})
    return out


def render(harts, name_of):
    """name_of(address) is a function and an offset, in words."""
    for hart in harts:
        if not hart["ns"]:
            yield f"hart {hart['hart']}: nothing measured yet"
            continue
        by = f"system call {hart['call']}" if hart["call"] >= 0 else "a trap"
        yield f"hart {hart['hart']}: {hart['ns'] / 1000:.0f} us, process {hart['pid']} ({hart['name']}), {by}; it ended in"
        for address in hart["callers"]:
            yield f"  {address:#x} {name_of(address - 1)}"
