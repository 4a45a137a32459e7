# SPDX-License-Identifier: MIT
"""Handles of a process, endpoints and who waits at them, memory objects (kernel/ipc/handle.h, endpoint.h, page_in.c)."""

from . import tasks

KINDS = {1: "endpoint", 2: "reply", 3: "object", 4: "task", 5: "irq"}        # enum handle_kind
RIGHTS = (("RIGHT_SEND", "send"), ("RIGHT_RECV", "recv"), ("RIGHT_GRANT", "grant"), ("RIGHT_MAP", "map"), ("RIGHT_CONTROL", "control"))


def _rights(kernel, rights):
    return "+".join(word for name, word in RIGHTS if rights & kernel.constants[name]) or "-"


def _handles(kernel, process):
    """The handles in use of a struct process, as objects."""
    table = process.follow("handles")
    if not table:
        return
    per_chunk, size = kernel.constants["HANDLE_CHUNK"], kernel.struct("handle").size
    for index in range(table.nr_slots):
        handle = kernel.obj("handle", table.chunks[index // per_chunk] + index % per_chunk * size)
        if handle.kind in KINDS:
            yield handle


def _waiter(kernel, address):
    """{"pid", "name"} of a struct ipc_wait."""
    task = kernel.obj("ipc_wait", address).follow("task")
    return {"pid": task.pid, "name": task.string("name")}


def _pager(kernel, obj):
    """The endpoint from which a struct memobj has its pages; None: the kernel fills it."""
    return kernel.obj("object_pager", obj.pager).ep if obj.pager_ops else None


def _object(kernel, address):
    """{"object", "size", "resident", "pager"} of a struct memobj."""
    obj = kernel.obj("memobj", address)
    return {"object": address, "size": obj.size, "resident": obj.nr_pages.v, "pager": _pager(kernel, obj)}


def _irq(kernel, address):
    """{"source", "endpoint", "fired"} of a struct irq."""
    irq = kernel.obj("irq", address)
    return {"source": irq.source, "endpoint": irq.ep, "fired": bool(irq.fired)}


def handles_model(kernel, task):
    """{"pid", "name", "free", "handles": [...]} of the process of a task."""
    process = task.follow("proc")
    table = process.follow("handles")
    return {"pid": process.pid, "name": task.string("name"), "free": table.nr_free if table else 0,
            "handles": [{"number": h.number, "kind": KINDS[h.kind], "rights": _rights(kernel, h.rights), "badge": h.badge,
                         "endpoint": h.ep, "object": _object(kernel, h.obj) if h.kind == 3 else None,
                         "task": h.pid if h.kind == 4 else None,
                         "irq": _irq(kernel, h.irq) if KINDS[h.kind] == "irq" else None,
                         "caller": _waiter(kernel, h.caller) if h.kind == 2 and h.caller else None}
                        for h in _handles(kernel, process)]}


def render_handles(model):
    lines = [f"process {model['pid']} ({model['name']}): {len(model['handles'])} handles, {model['free']} free places"]
    if model["handles"]:
        lines.append(f"{'HANDLE':>10}  {'KIND':<8} {'RIGHTS':<15} {'BADGE':>10}  ENDPOINT")
    for h in model["handles"]:
        who = ""
        if h["kind"] == "reply":
            who = f"  {h['caller']['pid']} ({h['caller']['name']}) waits for it" if h["caller"] else "  its caller has gone"
        if h["object"]:
            o = h["object"]
            pager = f"pager {o['pager']:#x}" if o["pager"] else "no pager"
            lines.append(f"{h['number']:#10x}  object   {h['rights']:<15} {'':>10}  {o['object']:#x}: {o['size']} bytes, {o['resident']} pages there, {pager}")
            continue
        if h["task"]:
            lines.append(f"{h['number']:#10x}  task     {h['rights']:<15} {'':>10}  process {h['task']}")
            continue
        if h["irq"]:
            i = h["irq"]
            bound = f"bound to {i['endpoint']:#x}" if i["endpoint"] else "not bound"
            lines.append(f"{h['number']:#10x}  irq      {h['rights']:<15} {'':>10}  source {i['source']}, {bound}"
                         f"{', not acknowledged' if i['fired'] else ''}")
            continue
        lines.append(f"{h['number']:#10x}  {h['kind']:<8} {h['rights']:<15} {h['badge']:#10x}  {h['endpoint']:#x}{who}")
    return lines


def sleeping_stack(kernel, task):
    """The return addresses on the kernel stack of a task that does not run, innermost first, and its pc in user mode. RELEASE
    kernels have no frame pointers: the first address only."""
    low, high = task.kstack, task.kernel_sp
    addresses, frame = [task.context.ra], task.context.s[0]
    while low <= frame - 16 and frame <= high and len(addresses) < 30:
        ra, frame = (int.from_bytes(kernel.read(frame - offset, 8), "little") for offset in (8, 16))
        addresses.append(ra)
    return addresses, task.follow("regs").epc


def callers_model(kernel, task):
    """{"pid", "name", "callers"}: for whom the process of @task works, and where they wait. Callers of callers are in "callers", too."""
    def callers_of(process, seen):
        waiting = []
        for handle in _handles(kernel, process):
            if handle.kind == 2 and handle.caller:
                caller = kernel.obj("ipc_wait", handle.caller).follow("task")
                stack, pc = sleeping_stack(kernel, caller)
                entry = {"pid": caller.pid, "name": caller.string("name"), "badge": handle.badge, "stack": stack, "pc": pc, "callers": []}
                if caller.pid not in seen:
                    entry["callers"] = callers_of(caller.follow("proc"), seen | {caller.pid})
                waiting.append(entry)
        return waiting

    return {"pid": task.pid, "name": task.string("name"), "callers": callers_of(task.follow("proc"), {task.pid})}


def render_callers(model, symbol, indent="  "):
    """@symbol(address): a function's name and offset."""
    lines = []
    for c in model["callers"]:
        lines.append(f"{indent}works for {c['pid']} ({c['name']}), badge {c['badge']:#x}, which waits in")
        lines += [f"{indent}  {symbol(address - 1)}" for address in c["stack"]]
        lines.append(f"{indent}  user pc {c['pc']:#x}")
        lines += render_callers(c, symbol, indent + "  ")
    return lines


def endpoints_model(kernel):
    """One dictionary per endpoint that a handle names: counts, who waits there, and who has handles."""
    found, seen, objects = {}, set(), set()
    for task in tasks.all_tasks(kernel):
        if not task.proc or task.proc in seen:
            continue
        seen.add(task.proc)
        process = task.follow("proc")
        for handle in _handles(kernel, process):
            if handle.kind == 3:
                objects.add(handle.obj)
            if handle.kind > 2:
                continue
            entry = found.setdefault(handle.ep, {"endpoint": handle.ep, "holders": [], "serves": []})
            if handle.kind == 1:
                entry["holders"].append({"pid": process.pid, "number": handle.number, "rights": _rights(kernel, handle.rights)})
            elif handle.caller:
                entry["serves"].append({"pid": process.pid, "caller": _waiter(kernel, handle.caller)["pid"], "number": handle.number})
    pagers = [_pager(kernel, kernel.obj("memobj", address)) for address in objects]
    for address, entry in found.items():
        ep = kernel.obj("endpoint", address)
        entry["pager_of"] = pagers.count(address)
        entry.update(refs=ep.refs, senders=ep.nr_send, receivers=ep.nr_recv, notified=ep.notified)
        for name, queue in (("calling", "callers"), ("receiving", "receivers")):
            entry[name] = [w.follow("task").pid for w in kernel.each(ep.member_address(queue), "ipc_wait", "node")]
        entry["cancels"] = len(list(kernel.each(ep.member_address("cancels"), "handle", "cancel_node")))
    return [found[address] for address in sorted(found)]


def _pids(pids):
    return ", ".join(map(str, pids)) or "nobody"


def render_endpoints(endpoints):
    lines = [f"{len(endpoints)} endpoints"]
    for e in endpoints:
        lines.append(f"{e['endpoint']:#x}: {e['senders']} handles with SEND, {e['receivers']} with RECV; notified {e['notified']:#x}")
        lines.append(f"    calls in the queue: {_pids(e['calling'])}; waiting in recv: {_pids(e['receiving'])}; CANCELs to be told: {e['cancels']}")
        if e["pager_of"]:
            lines.append(f"    pager of {e['pager_of']} memory objects")
        for s in e["serves"]:
            lines.append(f"    {s['caller']} waits for {s['pid']} to reply, by reply handle {s['number']:#x}")
        for h in e["holders"]:
            lines.append(f"    process {h['pid']} has {h['number']:#x}: {h['rights']}")
    return lines
