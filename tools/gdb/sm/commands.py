# SPDX-License-Identifier: MIT
"""The prefix `sm`, its help, and which modules have commands."""

import gdb

from . import faults, pictures, show
from .command import Command
from .errors import SmError
from .session import Session
from .target import Target


class Prefix(gdb.Command):
    """Looks into Samara: processes, areas, page tables, frames, faults. "sm help" lists the commands."""

    def __init__(self):
        super().__init__("sm", gdb.COMMAND_USER, prefix=True)

    def invoke(self, text, _from_tty):
        word = text.split()[0] if text.split() else ""
        raise gdb.GdbError(f"sm: there is no command '{word}'; sm help lists them" if word
                           else "sm: which command? sm help lists them")


class Help(Command):
    """sm help [COMMAND]
The commands, or one of them in full."""

    needs_machine = False

    def run(self, arguments):
        if arguments:
            name = arguments.word("a command")
            arguments.done()
            for known, text in Command.names:
                if known == name:
                    return text.splitlines()
            raise SmError(f"there is no command 'sm {name}'")
        width = max(len(text.splitlines()[0]) for _, text in Command.names)
        return [f"{text.splitlines()[0]:<{min(width, 46)}}  {text.splitlines()[1]}" for _, text in Command.names]


def register(top):
    Prefix()
    Command.target = Target(top, gdb.objfiles()[0])
    Command.session = Session(Command.target)
    for module in (show, faults, pictures):
        module.register()
    Help("help")
