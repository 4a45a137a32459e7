# SPDX-License-Identifier: MIT
"""The machine's end and its next start: `sm restart`, `run`, and why it does not run backwards.

tools/gdb/start owns QEMU. SAMARA_AGAIN holds its pid and the path of QEMU's socket: on SIGUSR1 it ends the machine, if that still
runs, and starts another one, which waits at reset.
"""

import contextlib
import os
import re
import signal
import time

import gdb

from .command import Command
from .errors import SmError

SECONDS = 10
BACKWARDS = ("reverse-continue", "reverse-step", "reverse-next", "reverse-stepi", "reverse-nexti", "reverse-finish", "rc", "rs", "rn",
             "rsi", "rni")


def start_again():
    """Another machine, at reset, and gdb connected to it."""
    starter, _, path = os.environ.get("SAMARA_AGAIN", "").partition(" ")
    if not path:
        raise SmError("QEMU runs in another terminal here: end gdb and start both again")
    with contextlib.suppress(gdb.error):
        gdb.execute("disconnect", to_string=True)
    with contextlib.suppress(FileNotFoundError):
        os.remove(path)
    os.kill(int(starter), signal.SIGUSR1)
    end = time.monotonic() + SECONDS
    while not os.path.exists(path):
        if time.monotonic() > end:
            raise SmError("QEMU did not start again")
        time.sleep(0.02)
    connect(path, end)


def connect(path, end):
    """QEMU's socket has its name a moment before QEMU listens there; a connection that it refuses is tried again until @end."""
    while True:
        try:
            gdb.execute(f"target remote {path}", to_string=True)
            return
        except gdb.error as error:
            if "refused" not in str(error) or time.monotonic() > end:
                raise
        time.sleep(0.02)


def how_it_ended(session):
    """The last words of the machine, as one line."""
    status = None
    with contextlib.suppress(SmError):
        found = re.findall(r"init exited with status (\d+)", session.console_text(everything=True, keep=False))
        status = found[-1] if found else None
    return f"the machine powered off{f', init exited with status {status}' if status else ''}; sm restart starts it again\n"


class Restart(Command):
    """sm restart
Start the machine again from reset; with PROG, up to that program's main. Breakpoints stay."""

    needs_machine = False

    def run(self, arguments):
        arguments.done()
        start_again()
        self.session.began_again()
        return []


class Run(gdb.Command):
    """Start the machine again (sm restart). gdb's own run would start the kernel as a program of this computer."""

    def __init__(self, name):
        super().__init__(name, gdb.COMMAND_RUNNING)

    def invoke(self, text, _from_tty):
        if text:
            raise gdb.GdbError("run: a program's arguments stand in PROG=: make gdb PROG=\"NAME ARGS\"")
        gdb.execute("sm restart")


class Backwards(gdb.Command):
    """Refused: QEMU hangs when it runs backwards over a timer interrupt. In a replay, sm who-wrote goes back."""

    def __init__(self, name):
        super().__init__(name, gdb.COMMAND_RUNNING)
        self.name = name

    def invoke(self, _text, _from_tty):
        raise gdb.GdbError(f"{self.name}: QEMU hangs when it runs backwards over a timer interrupt; "
                           "in a replay (make replay) sm who-wrote goes back to the last store to an entry")


def register():
    Restart("restart")
    for name in ("run", "r", "start"):
        Run(name)
    for name in BACKWARDS:
        Backwards(name)
