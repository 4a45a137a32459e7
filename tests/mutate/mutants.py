# SPDX-License-Identifier: MIT
"""mutants.txt: read it, and check it against the sources.

    kernel/mm/fault.c wp_can_take_over: writes in place what the kernel holds as well
    - page_refs(page) == 1 && 
    +
    = why it changes nothing (only equivalent ones)

The text after "- " stands exactly once in the function; what follows "+ " takes its place.
"""

import os
import re

LIST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "mutants.txt")
HEAD = re.compile(r"^(\S+\.[ch]) (\w+): (.+)$")


class ListError(Exception):
    """The list does not fit the sources."""


class Mutant:
    def __init__(self, file, function, breaks):
        self.file = file
        self.function = function
        self.breaks = breaks
        self.old = self.new = None
        self.equivalent = ""

    @property
    def name(self):
        return f"{self.file} {self.function}"

    def apply(self, text):
        begin, end = function_bounds(text, self.function)
        where = text[begin:end].count(self.old)
        if where != 1:
            raise ListError(f"{self.name}: {self.old!r} is there {where} times")
        return text[:begin] + text[begin:end].replace(self.old, self.new) + text[end:]


def function_bounds(text, name):
    """Where the definition of @name begins and ends: from its first line to the brace in column 0."""
    for match in re.finditer(rf"^(?:\w[^\n;]*\b{name}\(|SYSCALL_DEFINE\({name}\))", text, re.M):
        brace, semicolon = text.find("\n{", match.end()), text.find(";", match.end())
        if 0 <= brace < semicolon:
            return match.start(), text.find("\n}", brace)
    raise ListError(f"there is no function {name}")


def parse(lines):
    mutants = []
    for number, line in enumerate(lines, 1):
        line = line.rstrip("\n")
        head = HEAD.match(line)
        if head:
            mutants.append(Mutant(*head.groups()))
        elif line.startswith("- ") and mutants and mutants[-1].old is None:
            mutants[-1].old = line[2:]
        elif line.startswith("+") and mutants and mutants[-1].new is None:
            mutants[-1].new = line[2:]
        elif line.startswith("= ") and mutants:
            mutants[-1].equivalent = (mutants[-1].equivalent + " " + line[2:]).strip()
        elif line and not line.startswith("#"):
            raise ListError(f"mutants.txt:{number}: {line!r}")
    return mutants


def read_list(top):
    """All mutants, each of which can be applied to the sources below @top."""
    with open(LIST, encoding="utf-8") as file:
        mutants = parse(file)
    for mutant in mutants:
        if not mutant.old or mutant.new is None or mutant.old == mutant.new:
            raise ListError(f"{mutant.name}: nothing to replace")
        with open(os.path.join(top, mutant.file), encoding="utf-8") as file:
            mutant.apply(file.read())
    return mutants
