# SPDX-License-Identifier: MIT
"""The `sm` commands of Samara's debugger, one module per subject.

Pure modules know nothing of gdb: they turn memory (read through Kernel) into plain dictionaries, the
ones that tools/schema.md describes, and those into text or pictures. They are what the unit tests and
snapshots use. These import gdb:

    target    memory, registers, DWARF          commands  what all commands share, and their list
    session   symbols, console, start-up        show      the commands that look
    follow    stopping at faults, stages        faults    the commands that follow a fault
    replay    recorded runs
"""
