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


def _harts_text(kernel, mask):
    every = (1 << kernel.global_int("nr_cpus", 4)) - 1
    mask &= every
    return "any" if mask == every else ",".join(str(n) for n in range(mask.bit_length()) if mask >> n & 1)


def threads_model(kernel, task, harts):
    """The process of a task: {"pid", "name", "live", "ending", "threads": [...]}; its first thread comes first."""
    running = {t.address: hart["id"] for hart in harts for t in [current(kernel, hart)] if t}
    proc = task.follow("proc")
    threads = [{"pid": t.pid, "leader": t.address == proc.leader, "state": state_name(kernel, t), "hart": running.get(t.address),
                "harts": _harts_text(kernel, t.cpus_allowed), "blocked": t.blocked, "pending": t.pending.mask}
               for t in kernel.each(proc.member_address("threads"), "task", "thread_node")]
    return {"pid": proc.pid, "name": task.string("name"), "live": proc.nr_live, "ending": bool(proc.group_exit),
            "pending": proc.shared_pending.mask, "threads": threads}


def render_threads(model):
    ending = ", all of them are to end" if model["ending"] else ""
    lines = [f"process {model['pid']} ({model['name']}): {model['live']} live threads{ending}; pending for any: {model['pending']:#x}",
             f"{'PID':>5}  {'STATE':<9} {'HART':>4} {'MAY RUN ON':<10} {'BLOCKED':>18} {'PENDING':>18}"]
    for t in model["threads"]:
        hart = "-" if t["hart"] is None else t["hart"]
        lines.append(f"{t['pid']:5}  {t['state']:<9} {hart:>4} {t['harts']:<10} {t['blocked']:#18x} {t['pending']:#18x}"
                     + ("  leader" if t["leader"] else ""))
    return lines


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
