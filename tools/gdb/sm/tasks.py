# SPDX-License-Identifier: MIT
"""Tasks, and which of them is meant."""

from .errors import SmError

STATES = (("TASK_DEAD", "dead"), ("TASK_NEW", "new"), ("TASK_STOPPED", "stopped"),
          ("TASK_UNINTERRUPTIBLE", "waiting"), ("TASK_KILLABLE", "waiting"), ("TASK_INTERRUPTIBLE", "sleeping"))


def state_name(kernel, task):
    for constant, name in STATES:
        if task.state & kernel.constants[constant]:
            return name
    return "on hart" if task.on_cpu else "runnable"


def all_tasks(kernel):
    return list(kernel.each(kernel.symbol("all_tasks"), "task", "task_node"))


def idle_addresses(kernel):
    size = kernel.struct("task").size
    base = kernel.symbol("idle_tasks")
    return [base + i * size for i in range(kernel.constants["NR_CPUS"])]


def find(kernel, pid):
    for task in all_tasks(kernel):
        if task.pid == pid:
            return task
    pids = ", ".join(str(task.pid) for task in all_tasks(kernel)) or "none"
    raise SmError(f"no task has pid {pid}; there are: {pids}")


def current(kernel, hart):
    """The task that a hart runs. sscratch holds it in user mode, tp in the kernel (trap_entry.S)."""
    known = {task.address for task in all_tasks(kernel)} | set(idle_addresses(kernel))
    for candidate in (hart["sscratch"], hart["tp"]):
        if candidate in known:
            return kernel.obj("task", candidate)
    return None


def is_of_family(task, pid):
    """Is @task in process @pid, or in a child, grandchild, ... of it?"""
    process = task.follow("proc") if task else None
    while process and process.pid != pid:
        process = process.follow("parent")
    return bool(process)


def mm_of(kernel, task):
    if not task.mm:
        raise SmError(f"task {task.pid} ({task.string('name')}) has no address space of its own")
    return kernel.obj("mm_struct", task.mm)


def pids_of_mms(kernel):
    """{address of mm_struct: [pid, ...]}"""
    out = {}
    for task in all_tasks(kernel):
        if task.mm:
            out.setdefault(task.mm, []).append(task.pid)
    return out


def model(kernel, harts):
    """One dictionary per task, and which hart runs it."""
    running = {}
    for hart in harts:
        task = current(kernel, hart)
        if task:
            running[task.address] = hart["id"]
    out = []
    for task in all_tasks(kernel):
        mm = kernel.obj("mm_struct", task.mm) if task.mm else None
        proc = task.follow("proc")
        parent = proc.follow("parent") if proc else None
        state = state_name(kernel, task)
        if proc and proc.zombie:
            state = "zombie"
        out.append({"pid": task.pid, "ppid": parent.pid if parent else 0, "name": task.string("name"),
                    "state": state, "hart": running.get(task.address), "task": task.address, "mm": task.mm,
                    "rss_pages": mm.nr_anon + mm.nr_file + mm.nr_shmem if mm else 0,
                    "total_pages": mm.total_vm if mm else 0, "vmas": mm.map_count if mm else 0})
    return sorted(out, key=lambda t: t["pid"])


def render(tasks, harts):
    lines = [f"{'PID':>5} {'PPID':>5}  {'STATE':<9} {'HART':>4} {'RSS':>6} {'SIZE':>8} {'VMAS':>5}  NAME"]
    for t in tasks:
        hart = "-" if t["hart"] is None else t["hart"]
        lines.append(f"{t['pid']:5} {t['ppid']:5}  {t['state']:<9} {hart:>4} {t['rss_pages']:6} {t['total_pages']:8} "
                     f"{t['vmas']:5}  {t['name']}")
    if not tasks:
        lines.append("no process yet: the kernel is still starting")
    for hart in harts:
        lines.append(f"hart {hart['id']}: {hart['mode']}, pc {hart['pc']:#x}"
                     + (" (selected)" if hart.get("selected") else ""))
    return lines
