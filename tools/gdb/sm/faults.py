# SPDX-License-Identifier: MIT
"""Commands that follow a page fault."""

import gdb

from . import fault, follow, replay, tasks
from .arguments import SMALLEST_ADDRESS, integer
from .command import Command
from .errors import SmError


def source_lines(pc, indent="  "):
    place, text = follow.source_of(pc)
    return [f"{indent}{place}"] + ([f"{indent}    {text}"] if text else [])


def backtrace():
    """gdb's own, through the trap into the user's frames."""
    return ["  " + line for line in gdb.execute("backtrace 12", to_string=True).rstrip("\n").split("\n")]


def where():
    """The machine's place as gdb prints it after a step."""
    gdb.execute("frame 0", to_string=True)
    return gdb.execute("frame", to_string=True).rstrip("\n").split("\n")


def indented(lines):
    return ["    " + line for line in lines] or ["    (nothing changed)"]


class Fault(Command):
    """sm fault
Explain the page fault that the selected hart is in: what was accessed, which area covers it, what the
page table says, and which path the handler takes, and why."""

    def run(self, arguments):
        arguments.done()
        hart, _, pid, trap = follow.current_trap(self.target)
        self.session.use_symbols_of(hart)
        with self.target.kernel() as kernel:
            task = tasks.find(kernel, pid)
            found = fault.explain(kernel, task, tasks.mm_of(kernel, task), trap)
        place, text = follow.source_of(trap["pc"])
        return fault.render(found, place + (f":  {text}" if text else ""))


class CatchFault(Command):
    """sm catch-fault [ADDR] [read|write|exec] [PID]
Run to the trap entry of the next such page fault; ADDR means its whole page. Shows the user's source line
and backtrace, and begins a story that sm step-fault, sm diff and sm draw --diff go on with."""

    def run(self, arguments):
        address = access = pid = None
        while arguments:
            word = arguments.peek()
            if word in follow.ACCESS_CAUSES and access is None:
                access = arguments.word("the access")
            elif pid is None and 0 < (integer(word) or 0) < SMALLEST_ADDRESS:
                pid = arguments.pid()
            elif address is None:
                address = arguments.address()
            else:
                arguments.done()
        if pid is not None:
            self.check_pid(pid)
        followed = follow.catch(self.session, address, access, pid)
        trap = followed.trap
        with self.target.kernel() as kernel:
            name = tasks.find(kernel, followed.pid).string("name")
        return ([f"{fault.cause_name(trap['cause'])} at {trap['addr']:#x}: pid {followed.pid} ({name}) on hart {followed.hart}, "
                 f"{'user code' if trap['from_user'] else 'a copy in the kernel'}"] +
                source_lines(trap["pc"]) + backtrace())

    def check_pid(self, pid):
        with self.target.kernel() as kernel:
            tasks.find(kernel, pid)


class StepFault(Command):
    """sm step-fault
One stage of the current fault further: VMA lookup, VMA lock, anon_vma prepare, allocation, copy, PTE install, flush,
return, and back to the instruction. Prints what the stage found and what it changed."""

    def run(self, arguments):
        arguments.done()
        stage, text, changes = follow.step(self.session)
        return [f"{stage}: {text}"] + indented(changes) + where()


class Diff(Command):
    """sm diff
What the fault that is being followed (or was, last) changed so far: areas, entries, counts, reverse map."""

    def run(self, arguments):
        arguments.done()
        followed = self.session.follow
        if followed is None:
            raise SmError("no fault was followed yet: sm catch-fault begins")
        lines = followed.all_changes().lines()
        return [f"since the fault at {followed.trap['addr']:#x} of pid {followed.pid}:"] + \
            (["  " + line for line in lines] or ["  nothing changed"])


class WhoWrote(Command):
    """sm who-wrote VA [PID]
In a replay: go back to the instruction that last wrote the page-table entry of VA."""

    def run(self, arguments):
        va = arguments.address()
        pid = arguments.pid()
        arguments.done()
        if not self.session.replaying:
            raise SmError("only a replay can go back: start with 'make replay PROG=...'")
        hart = self.target.hart()
        with self.target.kernel() as kernel:
            task, mm = self.space_of(kernel, hart, pid)
            entry, value = follow.entry_address(kernel, kernel.pa(mm.pgd), va)
            number = task.pid
        return replay.who_wrote(va, entry, value, number)


def register():
    for name, command in (("fault", Fault), ("catch-fault", CatchFault), ("step-fault", StepFault), ("diff", Diff),
                          ("who-wrote", WhoWrote)):
        command(name)
