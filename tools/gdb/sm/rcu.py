# SPDX-License-Identifier: MIT
"""Grace periods of RCU, and the callbacks that each hart keeps (kernel/sched/rcu_internal.h)."""

from .errors import SmError

QUEUES = ("fresh", "next", "wait", "done")


def _length(kernel, queue):
    """How many struct rcu_head hang on a struct rcu_queue (an Obj)."""
    offset, at, n = kernel.struct("rcu_head").offset("next"), queue.first, 0
    while at:
        n += 1
        if n > 1 << 20:
            raise SmError(f"the list at {queue.address:#x} has no end: it is damaged or changing right now")
        at = kernel.list_next(at, offset)
    return n


def model(kernel):
    """{"gp", "over", "waits_for": [hart, ...], "harts": [{"hart", "idle", "kept", "most", and a length for each queue}]}"""
    state = kernel.global_obj("rcu_state", "rcu_state")
    waits = kernel.global_int("rcu_waits_for")
    first, size = kernel.symbol("rcu_harts"), kernel.struct("rcu_hart").size
    harts = []
    for number in range(kernel.global_int("nr_cpus", 4)):
        hart = kernel.obj("rcu_hart", first + number * size)
        harts.append({"hart": number, "idle": bool(hart.idle), "kept": hart.n, "most": hart.most,
                      **{name: _length(kernel, getattr(hart, name)) for name in QUEUES}})
    return {"gp": state.gp, "over": state.over, "harts": harts,
            "waits_for": [number for number in range(64) if waits >> number & 1]}


def render(rcu):
    if rcu["gp"] == rcu["over"]:
        lines = [f"{rcu['over']} grace periods, none in progress"]
    else:
        who = ", ".join(map(str, rcu["waits_for"])) or "none"
        lines = [f"grace period {rcu['gp']} is in progress; it waits for these harts: {who}"]
    lines.append(f"{'HART':>4}  {'IN WFI':<6} {'KEPT':>6} {'FRESH':>6} {'NEXT':>6} {'WAIT':>6} {'DONE':>6} {'MOST':>6}")
    for hart in rcu["harts"]:
        lines.append(f"{hart['hart']:>4}  {'yes' if hart['idle'] else '-':<6} {hart['kept']:>6} {hart['fresh']:>6} "
                     f"{hart['next']:>6} {hart['wait']:>6} {hart['done']:>6} {hart['most']:>6}")
    return lines
