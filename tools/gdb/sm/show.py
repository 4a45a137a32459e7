# SPDX-License-Identifier: MIT
"""Commands that look and change nothing."""

import json

import gdb

from . import (follow, frames, ipc, latency, locks, maple, pages, pagetable, rcu, rmap, snapshot, sv39, tasks, trace, vmas)
from .arguments import integer
from .command import Command
from .errors import SmError


class Ps(Command):
    """sm ps
All processes: state, hart, pages in memory, size, areas; and where each hart is."""

    def run(self, arguments):
        arguments.done()
        harts = self.target.harts()
        with self.target.kernel() as kernel:
            return tasks.render(tasks.model(kernel, harts), harts)


class Threads(Command):
    """sm threads [PID]
The threads of a process: state, hart, harts it may run on, blocked and pending signals. Default: the selected hart's."""

    def run(self, arguments):
        pid = arguments.pid()
        arguments.done()
        harts = self.target.harts()
        hart = self.target.hart()
        with self.target.kernel() as kernel:
            task = tasks.find(kernel, pid) if pid is not None else tasks.current(kernel, hart)
            if task is None or not task.proc:
                raise SmError("this hart is idle: give a pid")
            return tasks.render_threads(tasks.threads_model(kernel, task, harts))


class Handles(Command):
    """sm handles [PID]
The handles of a process: kind, rights, badge, endpoint, and who waits for a reply. Default: the selected hart's."""

    def run(self, arguments):
        pid = arguments.pid()
        arguments.done()
        hart = self.target.hart()
        with self.target.kernel() as kernel:
            task = tasks.find(kernel, pid) if pid is not None else tasks.current(kernel, hart)
            if task is None or not task.proc:
                raise SmError("this hart is idle: give a pid")
            return ipc.render_handles(ipc.handles_model(kernel, task))


class Callers(Command):
    """sm callers [PID]
A backtrace across calls: where the process is, and below it where those wait whose calls it has received and not answered, and
their callers. Default: the selected hart's."""

    @staticmethod
    def symbol(address):
        text = gdb.execute(f"info symbol {address:#x}", to_string=True).split(" in section")[0].strip()
        return f"{address:#x} {text.replace(' ', '')}"

    def run(self, arguments):
        pid = arguments.pid()
        arguments.done()
        hart = self.target.hart()
        with self.target.kernel() as kernel:
            running = tasks.current(kernel, hart)
            task = tasks.find(kernel, pid) if pid is not None else running
            if task is None or not task.proc:
                raise SmError("this hart is idle: give a pid")
            model = ipc.callers_model(kernel, task)
            own = None if task.on_cpu else ipc.sleeping_stack(kernel, task)
        lines = [f"process {model['pid']} ({model['name']})"]
        if own:
            lines += [f"  {self.symbol(address - 1)}" for address in own[0]] + [f"  user pc {own[1]:#x}"]
        elif running is not None and running.pid == task.pid:
            lines += ["  " + line for line in gdb.execute("backtrace 12", to_string=True).rstrip("\n").split("\n")]
        return lines + (ipc.render_callers(model, self.symbol) or ["  works for nobody"])


class Endpoints(Command):
    """sm endpoints
All endpoints: who has handles of them, who calls, who receives, and whose reply a caller waits for."""

    def run(self, arguments):
        arguments.done()
        with self.target.kernel() as kernel:
            return ipc.render_endpoints(ipc.endpoints_model(kernel))


class Vmas(Command):
    """sm vmas [PID]
The areas of an address space, from its maple tree. Default: the selected hart's process.
ANON_VMA shows the area's anon_vma and, in brackets, how many anon_vma_chains hang on it.
[1 reader] is a fault that holds the area's lock, [write-locked] a call that changes it."""

    def run(self, arguments):
        pid = arguments.pid()
        arguments.done()
        hart = self.target.hart()
        with self.target.kernel() as kernel:
            task, mm = self.space_of(kernel, hart, pid)
            return [f"pid {task.pid} ({task.string('name')}): {mm.map_count} areas"] + vmas.render(vmas.model(kernel, mm))


class Mt(Command):
    """sm mt [PID]
The maple tree of the areas, level by level: nodes, slots with their key ranges, pivots, gaps."""

    def run(self, arguments):
        pid = arguments.pid()
        arguments.done()
        hart = self.target.hart()
        with self.target.kernel() as kernel:
            task, mm = self.space_of(kernel, hart, pid)
            tree = vmas.tree_of(kernel, mm)
            names = {v["address"]: vmas.title(v) for v in vmas.model(kernel, mm, tree)}
        lines = maple.render(tree, lambda entry: names.get(entry, f"entry {entry:#x}"))
        return [f"maple tree of pid {task.pid} ({task.string('name')}): {lines[0]}"] + lines[1:]


class Pt(Command):
    """sm pt VA [PID]
An address's way through the three levels of the page table, flags in words, a mark for copy on write.
VA may be an expression: sm pt $stval."""

    def run(self, arguments):
        va = arguments.address()
        pid = arguments.pid()
        arguments.done()
        hart = self.target.hart()
        with self.target.kernel() as kernel:
            if va >= kernel.constants["TASK_SIZE"] and va < kernel.page_offset:
                raise SmError(f"{va:#x} is between the user's and the kernel's half: no Sv39 address")
            _, mm = self.space_of(kernel, hart, pid)
            areas = vmas.model(kernel, mm)
            return pagetable.render_walk(pagetable.walk_model(kernel, kernel.pa(mm.pgd), va, areas))


class Pts(Command):
    """sm pts [PID]
The whole user half of a page table as ranges of pages with the same flags."""

    def run(self, arguments):
        pid = arguments.pid()
        arguments.done()
        hart = self.target.hart()
        with self.target.kernel() as kernel:
            _, mm = self.space_of(kernel, hart, pid)
            root = kernel.pa(mm.pgd)
            found = pagetable.ranges(kernel, pagetable.entries(kernel, root), vmas.model(kernel, mm))
            return pagetable.render_ranges(found, sv39.tables(kernel.table, root))


class FrameCommand(Command):
    """A command whose argument names a frame."""

    def frame(self, kernel, hart, word, pid):
        """The frame number behind "PFN", "pfn:N", "va:N" or an address (of a user, or in the direct map)."""
        kind, _, rest = word.rpartition(":")
        value = self.number(rest)
        first, end = kernel.pfn_range()
        if kind == "pfn" or (kind == "" and first <= value < end):
            kernel.page_of(value)
            return value
        if kind not in ("", "va"):
            raise SmError(f"'{kind}:' is unknown: pfn:NUMBER or va:ADDRESS")
        if value >= kernel.page_offset:
            return kernel.pa(value) // 4096
        task, mm = self.space_of(kernel, hart, pid)
        steps = sv39.walk(kernel.u64, kernel.pa(mm.pgd), value)
        if steps[-1]["level"] < 2 or not sv39.present(steps[-1]["pte"]):
            raise SmError(f"{value:#x} is neither a frame (they are [{first:#x}, {end:#x})) nor mapped by pid {task.pid}")
        return sv39.pfn(steps[-1]["pte"])

    def number(self, text):
        return self.value

    def run(self, arguments):
        word = arguments.word("PFN or VA")
        kind, colon, rest = word.rpartition(":")
        arguments.words.insert(0, rest)
        self.value = arguments.address("PFN or VA")
        pid = arguments.pid()
        arguments.done()
        hart = self.target.hart()
        with self.target.kernel() as kernel:
            return self.show(kernel, self.frame(kernel, hart, kind + colon + rest, pid))

    def show(self, kernel, pfn):
        raise NotImplementedError


class Page(FrameCommand):
    """sm page PFN|VA [PID]
One frame's struct page: what it is used for, counts, flags, owner, LRU list. pfn:N and va:N say which is meant."""

    def show(self, kernel, pfn):
        return pages.render(pages.model(kernel, pfn))


class Rmap(FrameCommand):
    """sm rmap PFN|VA [PID]
From a frame to everybody who maps it: the anon_vma family, its chains, and every entry found."""

    def show(self, kernel, pfn):
        return rmap.render(rmap.model(kernel, pfn))


class Frames(Command):
    """sm frames
The buddy allocator's free blocks by order, and each hart's cache of single frames."""

    def run(self, arguments):
        arguments.done()
        harts = self.target.harts()
        with self.target.kernel() as kernel:
            return frames.render(frames.model(kernel, len(harts)))


class Slab(Command):
    """sm slab
The slab caches: object sizes, objects in use and in magazines, slabs, pages."""

    def run(self, arguments):
        arguments.done()
        with self.target.kernel() as kernel:
            return frames.render_slabs(frames.slabs(kernel))


class Locks(Command):
    """sm locks
Which spinlocks and sleeping locks are held, and by whom."""

    def run(self, arguments):
        arguments.done()
        spinlocks = self.target.variables_of_type("spinlock_t")
        with self.target.kernel() as kernel:
            return locks.render(locks.model(kernel, spinlocks))


def _function_at(address):
    """As "info symbol" names it: function and offset."""
    words = gdb.execute(f"info symbol {address:#x}", to_string=True).split(" in section")[0].strip()
    return words.replace(" + ", "+")


class Latency(Command):
    """sm latency
The longest time that each hart spent in the kernel without a preemption point, and the calls in which it ended."""

    def run(self, arguments):
        arguments.done()
        if self.target.symbol("latency_harts") is None:
            raise SmError("this kernel does not measure: RELEASE=1 does with LATENCY=1")
        with self.target.kernel() as kernel:
            return latency.render(latency.model(kernel), _function_at)


class Rcu(Command):
    """sm rcu
The grace period of RCU, which harts it waits for, and the callbacks that each hart keeps, by list."""

    def run(self, arguments):
        arguments.done()
        with self.target.kernel() as kernel:
            return rcu.render(rcu.model(kernel))


class Trace(Command):
    """sm trace [on|off|COUNT] [--chrome FILE]
The kernel's own trace of page faults as a table, or its last COUNT events; --chrome writes it for chrome://tracing."""

    def run(self, arguments):
        path = arguments.option("--chrome")
        switch = arguments.word("on, off or a number") if arguments else None
        count = integer(switch) if switch else None
        arguments.done()
        if switch is not None and count is None:
            if switch not in ("on", "off"):
                raise arguments.wrong(f"'{switch}' is neither on nor off nor a number")
            follow.turn_trace(self.session, switch == "on")
            return [f"tracing is {switch}"]
        if self.target.symbol("mm_trace_on") is None:
            raise SmError("this kernel has no fault trace: it is a RELEASE build")
        with self.target.kernel() as kernel:
            events = trace.model(kernel)
            on = bool(kernel.global_int("mm_trace_on", 1))
        if count is not None:
            events = events[-count:] if count > 0 else []
        if path is None:
            return trace.render(events, on)
        write_json(trace.chrome(events), path)
        return [f"{len(events)} events are in {path}"]


def write_json(data, path):
    try:
        with open(path, "w", encoding="utf-8") as f:
            json.dump(data, f, indent=1)
            f.write("\n")
    except OSError as error:
        raise SmError(f"cannot write {path}: {error.strerror}") from None


class Snapshot(Command):
    """sm snapshot FILE.json
Everything the commands show, of all processes, as one file (tools/schema.md describes it)."""

    def run(self, arguments):
        path = arguments.word("FILE.json")
        arguments.done()
        harts = self.target.harts()
        with self.target.kernel() as kernel:
            taken = snapshot.take(kernel, harts)
        snapshot.write(taken, path)
        return [f"{len(taken['processes'])} processes, {len(taken['pages'])} mapped frames, "
                f"{len(taken['trace'])} trace events are in {path}"]


class Console(Command):
    """sm console [all | send TEXT]
What the machine printed since the last time (or all of it); or type a line to it."""

    needs_machine = False

    def run(self, arguments):
        if arguments.peek() == "send":
            arguments.word("send")
            if not arguments:
                raise arguments.wrong("the text is missing")
            self.session.console_send(" ".join(arguments.words))
            return ["typed; the machine reads it when it runs"]
        everything = arguments.peek() == "all"
        if everything:
            arguments.word("all")
        arguments.done()
        text = self.session.console_text(everything)
        return text.rstrip("\n").split("\n") if text.strip() else ["(nothing new)"]


def register():
    for name, command in (("ps", Ps), ("threads", Threads), ("handles", Handles), ("callers", Callers), ("endpoints", Endpoints), ("vmas", Vmas), ("mt", Mt),
                          ("pt", Pt), ("pts", Pts), ("page", Page), ("rmap", Rmap), ("frames", Frames), ("slab", Slab), ("locks", Locks),
                          ("latency", Latency), ("rcu", Rcu), ("trace", Trace), ("snapshot", Snapshot), ("console", Console)):
        command(name)
