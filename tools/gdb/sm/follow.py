# SPDX-License-Identifier: MIT
"""Stopping at a page fault, and going through it stage by stage.

A stage ends where the kernel leaves a trace event (kernel/mm/trace.h): while tracing is on, one hidden
breakpoint on mm_trace_record() sees them all. The first stage, trap entry, is a breakpoint on
trap_entry, and the last is back at the instruction that faulted.
"""

import gdb

from . import diff, fault, frames, snapshot, sv39, tasks, trace
from .errors import SmError

PAGE = 4096
ACCESS_CAUSES = {"exec": 12, "read": 13, "write": 15}
SPP = 0x100			# sstatus: the trap came from the kernel


def register(name):
    return int(gdb.newest_frame().read_register(name)) & (1 << 64) - 1


def here():
    return register("pc")


class Silent(gdb.Breakpoint):
    """A hidden breakpoint that prints nothing. accept() decides, on the hart that came to it."""

    def __init__(self, address, accept):
        super().__init__(f"*{address:#x}", internal=True)
        self.silent = True
        self.accept = accept
        self.hit = False

    def stop(self):
        self.hit = self.hit or bool(self.accept())
        return self.hit


def run_until(*breakpoints):
    """Continue until one of them is hit; returns it, or None when something else stopped the machine."""
    try:
        gdb.execute("continue", to_string=True)
        return next((b for b in breakpoints if b.hit), None)
    except gdb.error:
        if gdb.selected_thread() is None:
            raise SmError("the machine powered off before such a fault came") from None
        raise
    finally:
        for b in breakpoints:
            if b.is_valid():
                b.delete()


def source_of(pc):
    """"main () at user/programs/x.c:12", with the line's text."""
    sal = gdb.find_pc_line(pc)
    block = gdb.block_for_pc(pc)
    while block and not block.function:
        block = block.superblock
    name = f"{block.function.print_name} ()" if block else "?"
    if not sal.symtab:
        return f"{pc:#x} in {name}", None
    text = None
    try:
        with open(sal.symtab.fullname(), encoding="utf-8", errors="replace") as f:
            text = f.read().splitlines()[sal.line - 1].strip()
    except (OSError, IndexError):
        pass
    return f"{pc:#x} in {name} at {sal.symtab.filename}:{sal.line}", text


class Follow:
    """One fault on its way."""

    def __init__(self, target, hart, task_address, pid, trap):
        self.target = target
        self.task = task_address
        self.pid = pid
        self.trap = trap
        self.hart = hart["id"]
        self.result = None
        self.finished = False
        self.seen = set()		# frames that a snapshot showed, so that later ones show them too
        self.before = self.last = self.look()

    def look(self):
        harts = self.target.harts()
        with self.target.kernel() as kernel:
            now = snapshot.take(kernel, harts, self.pid, self.seen)
        self.seen |= set(map(int, now["pages"]))
        return now

    def changes(self):
        """Lines: what changed since the last look."""
        now = self.look()
        out = diff.lines(self.last, now, self.pid)
        self.last = now
        return out

    def all_changes(self):
        """What changed since the trap: the set that sm diff prints and sm draw --diff marks."""
        return diff.changes(self.before, self.look(), self.pid)


def read_int(address, size):
    return int.from_bytes(bytes(gdb.selected_inferior().read_memory(address, size)), "little")


class FaultCatcher(Silent):
    """
    trap_entry, for page faults that match. When another hart comes to a breakpoint while gdb steps this one over its own, this
    one stops at trap_entry a second time without having executed it. Hence the count of faults, which each raises.
    """

    def __init__(self, session, address, causes, pid):
        target = session.target
        self.session = session
        self.target = target
        self.family = session.main_pid
        self.page = None if address is None else address // PAGE
        self.causes = causes
        self.pid = pid
        self.pid_offset = target.struct("task").offset("pid")
        self.faults_offset = target.struct("task").offset("faults")
        super().__init__(target.symbol("trap_entry"), self.matches)

    def matches(self):
        if register("scause") not in self.causes:
            return False
        if self.page is not None and register("stval") // PAGE != self.page:
            return False
        # sscratch holds the task when the trap came from user mode, tp when from the kernel.
        task = register("sscratch") or register("tp")
        if self.pid is not None and read_int(task + self.pid_offset, 4) != self.pid:
            return False
        if self.pid is None and self.family and not self.is_of_family(task):
            return False
        this = (task, read_int(task + self.faults_offset, 8))
        again, self.session.caught = this == self.session.caught, this
        return not again

    def is_of_family(self, task):
        with self.target.kernel() as kernel:
            return tasks.is_of_family(kernel.obj("task", task), self.family)


def catch(session, address, access, pid):
    """Run to the trap entry of the next such fault: of process @pid, or else of PROG's and what that forked. Returns the Follow."""
    causes = {ACCESS_CAUSES[access]} if access else set(ACCESS_CAUSES.values())
    if not run_until(FaultCatcher(session, address, causes, pid)):
        raise SmError("the machine stopped for another reason before such a fault came")
    return start(session)


def current_trap(target):
    """(hart, task address, pid, trap) of the page fault that the selected hart is in."""
    hart = target.hart()
    if hart["priv"] == 0:
        raise SmError(f"no trap is in progress: hart {hart['id']} runs user code at {hart['pc']:#x}")
    if hart["priv"] != 1 or not hart["satp"]:
        raise SmError(f"no trap is in progress: hart {hart['id']} is in {hart['mode']}")
    if hart["scause"] not in fault.CAUSES:
        raise SmError(f"the last trap of hart {hart['id']} was a {fault.cause_name(hart['scause'])}, not a page fault")
    sstatus = register("sstatus")
    with target.kernel() as kernel:
        task = tasks.current(kernel, hart)
        if task is None or not task.mm:
            raise SmError(f"hart {hart['id']} runs no process")
        address, pid = task.address, task.pid
    trap = {"cause": hart["scause"], "addr": hart["stval"], "pc": hart["sepc"], "from_user": not sstatus & SPP}
    return hart, address, pid, trap


def start(session):
    hart, address, pid, trap = current_trap(session.target)
    session.use_symbols_of(hart)
    session.follow = Follow(session.target, hart, address, pid, trap)
    if session.target.symbol("mm_trace_on") is not None:
        turn_trace(session, True)
    return session.follow


def trace_is_on(target):
    with target.kernel() as kernel:
        return bool(kernel.global_int("mm_trace_on", 1))


def turn_trace(session, on):
    """Set the kernel's switch. A replay cannot be changed: there it must have been on when it was recorded."""
    target = session.target
    if target.symbol("mm_trace_on") is None:
        raise SmError("this kernel has no fault trace: it is a RELEASE build")
    if trace_is_on(target) == on:
        return
    if session.replaying:
        raise SmError("a replay cannot be changed; record with BOOTARGS=trace=fault (make replay does)")
    with target.kernel() as kernel:
        pa = kernel.pa(target.symbol("mm_trace_on"))
    target.write_physical(pa, b"\1" if on else b"\0")


def _back(follow):
    """Run from the end of the handler to the faulting instruction, in the same process."""
    def same_task():
        return (register("sscratch") or register("tp")) == follow.task
    return run_until(Silent(follow.trap["pc"], same_task))


def _next_event(follow):
    """Run to the next trace event of this process. (stage, address, detail) or None."""
    target = follow.target
    if target.symbol("mm_trace_on") is None:
        raise SmError("this kernel leaves no trace events to stop at: it is a RELEASE build")
    point = Silent(target.symbol("mm_trace_record"), lambda: register("tp") == follow.task)
    if not run_until(point):
        return None
    number, addr, detail = (register(f"a{i}") for i in range(3))
    stage = trace.STAGES.get(target.enum("mm_trace_stage").get(number & 0xffffffff), f"stage {number}")
    # Out of mm_trace_record(), so that the handler's own line is shown.
    frame = gdb.newest_frame()
    if not run_until(Silent(register("ra"), lambda: register("tp") == follow.task)):
        raise SmError(f"stopped inside {frame.name()}")
    return stage, addr, detail


def step(session):
    """One stage on. Returns (stage, text, changes)."""
    if session.follow is None or session.follow.finished:
        start(session)
    follow = session.follow
    if follow.result is not None:
        follow.finished = True
        if follow.result != 0:
            return "signal", f"the handler gives up: {trace.RESULTS.get(follow.result)}", follow.changes()
        if not _back(follow):
            raise SmError("the machine stopped for another reason before the instruction was tried again")
        return "resume", "back at the instruction that faulted, which now runs again", follow.changes()
    found = _next_event(follow)
    if found is None:
        raise SmError("the machine stopped for another reason before the next stage")
    stage, _, detail = found
    if stage == "return":
        follow.result = detail
    text, before, changes = trace.detail_text(stage, detail), follow.last, follow.changes()
    if stage == "allocation":
        text += ", " + frames.taken(before["frames"], follow.last["frames"], follow.hart)
    return stage, text, changes


def entry_address(kernel, root_pa, va):
    """Kernel address of the last-level entry for va."""
    last = sv39.walk(kernel.u64, root_pa, va)[-1]
    if last["level"] != 2:
        raise SmError(f"{va:#x} has no last-level entry: the {sv39.LEVEL_NAMES[last['level']]} entry is empty")
    return kernel.va(last["table_pa"] + 8 * last["index"]), last["pte"]
