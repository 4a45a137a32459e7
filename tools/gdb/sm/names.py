# SPDX-License-Identifier: MIT
"""In backtraces: the kernel's door by its name. gdb takes every frame with saved registers for a signal handler's."""

import gdb
from gdb.FrameDecorator import FrameDecorator


class Named(FrameDecorator):
    """A frame of trap_entry.S."""

    def function(self):
        pc = self.inferior_frame().pc()
        found = gdb.execute(f"info symbol {pc:#x}", to_string=True).split(" in section ")[0]
        return found.split(" + ")[0] if found and "No symbol" not in found else None


class Filter:
    def __init__(self):
        self.name = "samara"
        self.priority = 100
        self.enabled = True
        gdb.frame_filters[self.name] = self

    @staticmethod
    def filter(frames):
        for frame in frames:
            yield Named(frame) if frame.inferior_frame().type() == gdb.SIGTRAMP_FRAME else frame
