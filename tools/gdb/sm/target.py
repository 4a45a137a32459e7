# SPDX-License-Identifier: MIT
"""The stopped machine as gdb shows it: physical memory, registers of every hart, types and variables.

Memory is read by physical address (QEMU's PhyMemMode), because gdb's ordinary reads have the rights of
the hart at this moment: stopped in user mode they cannot see the kernel.
"""

import contextlib

import gdb

from . import layout
from .constants import Constants
from .errors import SmError
from .kernel import Kernel

MODES = {0: "user mode", 1: "kernel mode", 3: "firmware (M-mode)"}
REGISTERS = ("pc", "sp", "tp", "priv", "satp", "sscratch", "scause", "stval", "sepc", "stvec")


def _struct_name(kind):
    kind = kind.strip_typedefs()
    return kind.name.replace("struct ", "") if kind.code == gdb.TYPE_CODE_STRUCT and kind.name else None


class Target:
    def __init__(self, top, objfile):
        self.top = top
        self.objfile = objfile
        self.constants = Constants.from_tree(top)
        self._structs = {}
        self._enums = {}
        self._symbols = {}
        self._variables = {}

    # ---- types, from the kernel's debug information ----

    def _lookup_type(self, name, kind):
        for candidate in (f"{kind} {name}", name):
            try:
                return gdb.lookup_type(candidate).strip_typedefs()
            except gdb.error:
                continue
        raise SmError(f"the kernel's debug information has no {kind} {name}")

    def struct(self, name):
        if name not in self._structs:
            self._structs[name] = self._convert_struct(self._lookup_type(name, "struct"), name)
        return self._structs[name]

    def enum(self, name):
        if name not in self._enums:
            fields = self._lookup_type(name, "enum").fields()
            self._enums[name] = {f.enumval: f.name for f in fields}
        return self._enums[name]

    def _convert_struct(self, kind, name):
        fields = {}
        self._add_fields(fields, kind, 0)
        return layout.Struct(name, kind.sizeof, fields)

    def _add_fields(self, fields, kind, base):
        for field in kind.fields():
            offset = base + field.bitpos // 8
            inner = field.type.strip_typedefs()
            if not field.name:
                self._add_fields(fields, inner, offset)
            elif field.bitsize == 0:
                fields[field.name] = (offset, self._convert(inner))

    def _convert(self, kind):
        kind = kind.strip_typedefs()
        code = kind.code
        if code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
            return self._convert_struct(kind, kind.name or "(anonymous)")
        if code == gdb.TYPE_CODE_ARRAY:
            low, high = kind.range()
            return layout.Array(self._convert(kind.target()), high - low + 1)
        if code == gdb.TYPE_CODE_PTR:
            return layout.Pointer(_struct_name(kind.target()))
        if code == gdb.TYPE_CODE_ENUM:
            return layout.Enum(kind.sizeof, {f.enumval: f.name for f in kind.fields()})
        return layout.Int(kind.sizeof, code == gdb.TYPE_CODE_INT and kind.is_signed)

    # ---- variables and functions ----

    def symbol(self, name):
        """The address of a variable or function of the kernel, or None."""
        if name not in self._symbols:
            found = self.objfile.lookup_global_symbol(name) or self.objfile.lookup_static_symbol(name)
            address = None
            if found is not None:
                address = int(found.value().address) & (1 << 64) - 1
            else:
                with contextlib.suppress(gdb.error):
                    address = int(gdb.parse_and_eval(f"(unsigned long)&{name}")) & (1 << 64) - 1
            self._symbols[name] = address
        return self._symbols[name]

    def variables_of_type(self, type_name):
        """{name: address} of the kernel's variables with exactly this type."""
        if type_name in self._variables:
            return self._variables[type_name]
        out = self._variables[type_name] = {}
        text = gdb.execute(f"info variables -q -n -t ^{type_name}$", to_string=True)
        for line in text.splitlines():
            words = line.rstrip(";").split()
            if len(words) >= 3 and words[-2] == type_name:
                address = self.symbol(words[-1])
                if address is not None and address >= self.constants["KERNEL_START"]:
                    out[words[-1]] = address
        return out

    # ---- the machine ----

    @staticmethod
    def require_stopped():
        """Commands ask this first. Not for a breakpoint's stop(): gdb still calls the machine running there."""
        thread = gdb.selected_thread()
        if thread is None:
            raise SmError("no machine is attached: start with 'make gdb'")
        if thread.is_running():
            raise SmError("the machine runs; stop it with Ctrl-C first")

    def _registers(self, thread):
        thread.switch()
        frame = gdb.newest_frame()
        out = {}
        for name in REGISTERS:
            out[name] = int(frame.read_register(name)) & (1 << 64) - 1
        return out

    @contextlib.contextmanager
    def _same_place(self):
        """What is selected now is selected again afterwards."""
        thread, frame = gdb.selected_thread(), gdb.selected_frame()
        try:
            yield thread
        finally:
            if gdb.selected_thread() is None or gdb.selected_thread().ptid != thread.ptid:
                thread.switch()
            if frame.is_valid():
                frame.select()

    def harts(self):
        """One dictionary of registers per hart, in order of id, with "id", "mode" and "selected"."""
        out = []
        with self._same_place() as selected:
            for thread in gdb.selected_inferior().threads():
                hart = self._registers(thread)
                hart["id"] = thread.ptid[1] - 1
                hart["mode"] = MODES.get(hart["priv"], "?")
                hart["selected"] = thread.ptid == selected.ptid
                out.append(hart)
        return sorted(out, key=lambda h: h["id"])

    def hart(self):
        """The selected hart alone."""
        thread = gdb.selected_thread()
        with self._same_place():
            hart = self._registers(thread)
        hart["id"] = thread.ptid[1] - 1
        hart["mode"] = MODES.get(hart["priv"], "?")
        hart["selected"] = True
        return hart

    @contextlib.contextmanager
    def physical(self):
        """Inside, gdb's memory is the physical one."""
        def mode(n):
            gdb.execute(f"maintenance packet Qqemu.PhyMemMode:{n}", to_string=True)
            gdb.execute("maintenance flush dcache", to_string=True)
        mode(1)
        try:
            yield
        finally:
            mode(0)

    @contextlib.contextmanager
    def kernel(self):
        """A Kernel to read the stopped machine with. Read registers before, not inside."""
        with self.physical():
            yield Kernel(self._read, self.struct, self.symbol, self.constants, self.enum)

    @staticmethod
    def _read(pa, size):
        try:
            return bytes(gdb.selected_inferior().read_memory(pa, size))
        except gdb.MemoryError:
            raise SmError(f"physical address {pa:#x} cannot be read") from None

    def write_physical(self, pa, data):
        with self.physical():
            gdb.selected_inferior().write_memory(pa, data)
