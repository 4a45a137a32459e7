# SPDX-License-Identifier: MIT
"""The prefix `sm`, its help, and which modules have commands."""

import textwrap

import gdb

from . import faults, machine, names, pictures, printers, show
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


# Every command stands under the question that it answers.
QUESTIONS = (("What is mapped, and where?", ("vmas", "mt", "pt", "pts")),
             ("What is this frame, and who maps it?", ("page", "rmap")),
             ("What does this page fault do?", ("catch-fault", "fault", "step-fault", "diff", "trace", "who-wrote")),
             ("What runs, waits, and takes memory?", ("ps", "threads", "frames", "slab", "locks", "latency", "rcu")),
             ("Who sends messages to whom?", ("handles", "callers", "endpoints")),
             ("How do I keep what I see?", ("draw", "snapshot")),
             ("And the machine itself?", ("console", "restart", "help")))
WIDTH = 80


class Help(Command):
    """sm help [COMMAND]
The commands by question, or one of them in full."""

    needs_machine = False

    def run(self, arguments):
        if arguments:
            name = arguments.word("a command")
            arguments.done()
            for known, text in Command.names:
                if known == name:
                    return text.splitlines()
            raise SmError(f"there is no command 'sm {name}'")
        texts, lines = dict(Command.names), []
        for question, names_of_it in QUESTIONS:
            lines.append(question)
            for name in names_of_it:
                usage, *about = texts[name].splitlines()
                lines.append(f"  {usage}")
                lines += textwrap.wrap(" ".join(about), WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)
        return lines


def register(top):
    Prefix()
    Command.target = Target(top, gdb.objfiles()[0])
    Command.session = Session(Command.target)
    for module in (show, faults, pictures, machine):
        module.register()
    Help("help")
    names.Filter()
    printers.register(Command.target)
