# SPDX-License-Identifier: MIT
"""The `sm` commands of Samara's debugger, one module per subject.

Pure modules know nothing of gdb: they turn memory (read through Kernel) into plain dictionaries, the
ones that tools/schema.md describes, and those into text or pictures. They are what the unit tests and
snapshots use. Only four modules import gdb:

    target    memory, registers, DWARF          follow    stopping at faults, stepping by stages
    session   symbols, console, start-up        commands  the command table
"""
