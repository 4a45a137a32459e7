# SPDX-License-Identifier: MIT
"""One debugging session: the right program's symbols, the console, stopping at a program's main.

All programs are linked at the same addresses, so at most one's symbols are loaded: those of the
process that the selected hart is in.
"""

import os
import socket

import gdb

from . import tasks
from .errors import SmError


class Session:
    def __init__(self, target):
        self.target = target
        self.program = None		# whose symbols are loaded
        self.seen_satp = None
        self.console_at = 0
        self.keyboard = None
        self.follow = None		# the fault that is being followed, see follow.py
        self.replaying = bool(os.environ.get("SAMARA_REPLAY"))
        gdb.events.stop.connect(self.on_stop)
        wanted = os.environ.get("SAMARA_PROG")
        if wanted:
            self.stop_at_main(wanted)

    # ---- symbols ----

    def program_path(self, name):
        return os.path.join(self.target.top, "build", "user", "bin", name)

    def load_program(self, name):
        """Make `name` the program whose symbols gdb knows, if it was built here."""
        if name == self.program or not os.path.exists(self.program_path(name)):
            return
        self.unload_program()
        gdb.execute(f"add-symbol-file {self.program_path(name)}", to_string=True)
        self.program = name

    def unload_program(self):
        if self.program:
            gdb.execute(f"remove-symbol-file {self.program_path(self.program)}", to_string=True)
            self.program = None

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

    def console_text(self, everything):
        """What the machine printed: all of it, or what is new since the last time."""
        try:
            with open(self.console_path(), "rb") as f:
                f.seek(0 if everything else self.console_at)
                text = f.read()
                if self.console_at == 0 and not everything:
                    text = text[max(0, text.find(b"Samara on hart")):]	# behind the firmware's banner
                self.console_at = f.tell()
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


class MainBreakpoint(gdb.Breakpoint):
    """Stops at main of one program; the same address in other processes does not count."""

    def __init__(self, session, name):
        super().__init__("main", temporary=True)
        self.session = session
        self.name = name

    def stop(self):
        target = self.session.target
        hart = target.hart()
        with target.kernel() as kernel:
            task = tasks.current(kernel, hart)
            return bool(task) and task.string("name") == self.name[:15]
