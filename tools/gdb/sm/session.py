# SPDX-License-Identifier: MIT
"""One debugging session: symbols of programs, whose breakpoint it is, the console, the machine's end and its next start.

Every program is linked at addresses of its own (user/Makefile), so that the symbols of all that were met stay loaded, and a
breakpoint in one is none in another. But processes that run the same program share its addresses: a breakpoint that is set while
one of them is on the hart gets the condition $sm_family(PID), which holds in that process and in what it forks.
"""

import os
import socket

import gdb

from . import machine, tasks
from .errors import SmError


class Session:
    def __init__(self, target):
        self.target = target
        self.programs = set()		# whose symbols are loaded
        self.seen_satp = None
        self.console_at = 0
        self.keyboard = None
        self.follow = None		# the fault that is being followed, see follow.py
        self.caught = None		# (task, its faults so far) of the last one that was caught
        self.replaying = bool(os.environ.get("SAMARA_REPLAY"))
        self.wanted = os.environ.get("SAMARA_PROG")
        self.main_pid = None		# of the process that stopped at its main
        Family(target)
        gdb.events.stop.connect(self.on_stop)
        gdb.events.breakpoint_created.connect(self.on_breakpoint)
        gdb.events.exited.connect(self.on_end)
        if self.wanted:
            self.stop_at_main(self.wanted)

    # ---- symbols ----

    def program_path(self, name):
        return os.path.join(self.target.top, "build", "user", "bin", name)

    def load_program(self, name):
        """Tell gdb the symbols of `name`, if it was built here."""
        if name in self.programs or not os.path.exists(self.program_path(name)):
            return
        gdb.execute(f"add-symbol-file {self.program_path(name)}", to_string=True)
        self.programs.add(name)

    def on_stop(self, _event):
        """Another address space than at the last stop: other symbols. Only a convenience, hence never in the way."""
        try:
            hart = self.target.hart()
            if hart["satp"] != self.seen_satp and hart["priv"] < 3 and hart["satp"]:
                self.seen_satp = hart["satp"]
                self.use_symbols_of(hart)
        except (SmError, gdb.error):
            pass

    def use_symbols_of(self, hart):
        with self.target.kernel() as kernel:
            task = tasks.current(kernel, hart)
            name = task.string("name") if task and task.mm else None
        if name:
            self.load_program(name)

    # ---- end and start ----

    def on_end(self, _event):
        gdb.write(machine.how_it_ended(self))

    def began_again(self):
        """Another machine, at reset: what was seen of the last one means nothing."""
        self.seen_satp = self.keyboard = self.follow = self.caught = self.main_pid = None
        self.console_at = 0
        if self.wanted:
            self.stop_at_main(self.wanted)
            gdb.execute("continue")

    # ---- breakpoints of a process ----

    def process_at_hand(self):
        """(pid, path of its program) of the selected hart's process, or None."""
        hart = self.target.hart()
        with self.target.kernel() as kernel:
            task = tasks.current(kernel, hart)
            return (task.pid, self.program_path(task.string("name"))) if task and task.mm else None

    def on_breakpoint(self, breakpoint):
        """One in the program that the process at hand runs belongs to that process."""
        if breakpoint.type not in (gdb.BP_BREAKPOINT, gdb.BP_HARDWARE_BREAKPOINT) or isinstance(breakpoint, MainBreakpoint) or not breakpoint.visible \
                or breakpoint.condition:
            return
        try:
            process = self.process_at_hand()
            lines = [gdb.find_pc_line(place.address).symtab for place in breakpoint.locations]
            if process and lines and all(line and line.objfile.filename == process[1] for line in lines):
                breakpoint.condition = f"$sm_family({process[0]})"
        except (SmError, gdb.error):
            pass			# no machine, or one that has not begun: the breakpoint is everybody's

    def stop_at_main(self, name):
        if not os.path.exists(self.program_path(name)):
            raise SmError(f"there is no program '{name}' in build/user/bin")
        self.load_program(name)
        MainBreakpoint(self, name)

    # ---- the console ----

    @staticmethod
    def console_path():
        path = os.environ.get("SAMARA_CONSOLE")
        if not path:
            raise SmError("the console is not in a file: look at the terminal or tmux pane where QEMU runs")
        return path

    def console_text(self, everything, keep=True):
        """What the machine printed: all of it, or what is new since the last time that was kept."""
        try:
            with open(self.console_path(), "rb") as f:
                f.seek(0 if everything else self.console_at)
                text = f.read()
                if self.console_at == 0 and not everything:
                    text = text[max(0, text.find(b"Samara on hart")):]	# behind the firmware's banner
                self.console_at = f.tell() if keep else self.console_at
        except OSError as error:
            raise SmError(f"cannot read the console: {error.strerror}") from None
        return text.decode("utf-8", "replace").replace("\r", "")

    def console_send(self, text):
        """Type a line. The machine reads it when it runs."""
        path = os.environ.get("SAMARA_CONSOLE_INPUT")
        if not path:
            raise SmError("this console cannot be typed to from here")
        try:
            if self.keyboard is None:
                # Kept open: QEMU takes letters as fast as the machine reads them, and drops the rest at the end.
                self.keyboard = socket.socket(socket.AF_UNIX)
                self.keyboard.connect(path)
            self.keyboard.sendall(text.encode() + b"\r")
        except OSError as error:
            raise SmError(f"cannot type to the console: {error.strerror}") from None


class Family(gdb.Function):
    """$sm_family(PID): is the selected hart in that process, or in a child, grandchild, ... of it?"""

    def __init__(self, target):
        super().__init__("sm_family")
        self.target = target

    def invoke(self, pid):
        hart = self.target.hart()
        with self.target.kernel() as kernel:
            return tasks.is_of_family(tasks.current(kernel, hart), int(pid))


class MainBreakpoint(gdb.Breakpoint):
    """Stops at main of one program."""

    def __init__(self, session, name):
        super().__init__("main", temporary=True)
        self.session = session
        self.name = name

    def stop(self):
        target = self.session.target
        hart = target.hart()
        with target.kernel() as kernel:
            task = tasks.current(kernel, hart)
            if not task or task.string("name") != self.name[:15]:
                return False
            self.session.main_pid = task.pid
            return True
