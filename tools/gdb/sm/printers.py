# SPDX-License-Identifier: MIT
"""How gdb's own `print` shows the kernel's types: entries with their bits by letter, flags by name, addresses in hex, lists and trees
by their size. `print/r` shows them raw."""

import gdb

from . import maple, sv39, vmas
from .errors import SmError

PAGE = 4096
LONGEST_LIST = 10000


class Entry:
    """pte_t"""

    def __init__(self, value, _target):
        self.pte = int(value["pte"])

    def to_string(self):
        frame = f"frame {sv39.pfn(self.pte):#x}, " if sv39.present(self.pte) else ""
        return f"{self.pte:#x}: {frame}{sv39.describe(self.pte)}"


class List:
    """struct list_head: how long is the list? A link inside an object looks the same, and then it counts the others."""

    def __init__(self, value, _target):
        self.value = value

    def to_string(self):
        head = int(self.value.address) if self.value.address is not None else 0
        at, n = self.value["next"], 0
        if not int(at):
            return "a list that is not initialised"
        while int(at) != head and n < LONGEST_LIST:
            at, n = at["next"], n + 1
        return f"{n if n < LONGEST_LIST else 'a circle of'} other elements, the first {int(self.value['next']):#x}" if n else "empty"


class Tree:
    """struct maple_tree"""

    def __init__(self, value, target):
        self.address = int(value.address) & (1 << 64) - 1 if value.address is not None else None
        self.target = target

    def to_string(self):
        if self.address is None:
            return "a maple tree that is in no memory"
        with self.target.kernel() as kernel:
            tree = maple.read(kernel, kernel.obj("maple_tree", self.address))
            entries = len(list(maple.entries(tree)))
        return f"height {tree['height']}, {tree['nodes']} nodes, {entries} entries ({', '.join(tree['flags']) or 'no flags'})"


class Fields:
    """A structure whose numbers from one page on are addresses or sizes, and whose vm_flags have names."""

    def __init__(self, value, target):
        self.value = value
        self.target = target

    def to_string(self):
        return None

    def children(self):
        for field in self.value.type.fields():
            if field.name:
                yield field.name, self.shown(field.name, self.value[field])

    def shown(self, name, value):
        kind = value.type.strip_typedefs()
        if kind.code != gdb.TYPE_CODE_INT or kind.sizeof != 8:
            return value
        number = int(value) & (1 << 64) - 1
        if name == "vm_flags":
            with self.target.kernel() as kernel:
                return f"{number:#x} ({vmas.rights(kernel, number)} {' '.join(vmas.flag_names(kernel, number))})"
        return f"{number:#x}" if number >= PAGE else value


PRINTERS = {"pte_t": Entry, "list_head": List, "maple_tree": Tree, "vm_area_struct": Fields, "mm_struct": Fields, "vm_fault_state": Fields}


class Lookup:
    """What gdb asks for each value that it prints."""

    name = "samara"
    enabled = True

    def __init__(self, target):
        self.target = target

    def __call__(self, value):
        kind = value.type.unqualified()
        printer = PRINTERS.get(kind.name or kind.strip_typedefs().tag or "") or PRINTERS.get(kind.strip_typedefs().tag or "")
        if not printer:
            return None
        try:
            return printer(value, self.target)
        except (SmError, gdb.error):
            return None


def register(target):
    gdb.pretty_printers.append(Lookup(target))
