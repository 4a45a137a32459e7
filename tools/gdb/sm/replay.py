# SPDX-License-Identifier: MIT
"""In a recorded run: who wrote that page-table entry?

The run is played again from its beginning with a watchpoint on the entry, up to the moment of the question,
and then once more to the last write. (QEMU 7.2 can also run backwards, but only until the first
timer interrupt lies between; from the beginning it always works, and a second goes over 50 million
instructions.) A moment is a number of instructions: the same one in every replay.
"""

import contextlib
import os
import re

import gdb

from . import sv39
from .errors import SmError
from .machine import start_again

MOST_WRITES = 10000


def moment():
    """Instructions since the beginning."""
    found = re.search(r"instruction count = (\d+)", gdb.execute("monitor info replay", to_string=True))
    if not found:
        raise SmError("QEMU does not say where in the recording it is")
    return int(found.group(1))


@contextlib.contextmanager
def quiet():
    """gdb tells about each stop on the way; nobody asked."""
    gdb.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        gdb.flush()
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def play_to(when):
    """Continue; stops at a breakpoint, or at that moment."""
    gdb.execute(f"monitor replay_break {when}", to_string=True)
    gdb.execute("continue", to_string=True)
    gdb.execute("maintenance flush register-cache", to_string=True)


class SilentAt(gdb.Breakpoint):
    def __init__(self, *place):
        super().__init__(*place, internal=True)
        self.silent = True


@contextlib.contextmanager
def others_disabled():
    """The user's own breakpoints do not count while the recording is searched."""
    disabled = [b for b in gdb.breakpoints() if b.enabled]
    for b in disabled:
        b.enabled = False
    try:
        yield
    finally:
        for b in disabled:
            if b.is_valid():
                b.enabled = True


def last_write(entry, begin):
    """The moment of the last change of the word at a kernel address before `begin`, or None."""
    start_again()
    start = SilentAt("kernel_main")		# from here on kernel addresses mean something
    play_to(begin)
    start.delete()
    watch = SilentAt(f"*(unsigned long *){entry:#x}", gdb.BP_WATCHPOINT, gdb.WP_WRITE)
    last = None
    try:
        for _ in range(MOST_WRITES):
            play_to(begin)
            now = moment()
            if now >= begin:
                return last
            last = now
        raise SmError("the entry's frame was written too often")
    finally:
        watch.delete()


def who_wrote(va, entry, value, pid):
    """Lines. The machine is left right behind the store that was found."""
    begin = moment()
    with quiet(), others_disabled():
        last = last_write(entry, begin)
        start_again()
        play_to(last if last is not None else begin)
    if last is None:
        raise SmError(f"nothing wrote the entry of {va:#x} before this moment")
    lines = [f"the entry of {va:#x} in pid {pid} is the word at {entry:#x}; it held {value:#x} {sv39.flags(value)}",
             f"written last at instruction {last} of the run, {begin - last} before; the machine is there now:"]
    return lines + gdb.execute("backtrace 16", to_string=True).rstrip("\n").split("\n")
