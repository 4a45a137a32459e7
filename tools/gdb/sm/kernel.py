# SPDX-License-Identifier: MIT
"""The kernel's memory as typed objects.

A Kernel is made for one command while the machine stands still, so it may keep every page that it
has read. It needs five things:

    read(pa, n)     bytes of physical memory
    struct(name)    a layout.Struct
    symbol(name)    the address of a global or static variable, or None
    constants       constants.Constants
    enum(name)      {value: name}
"""

from . import sv39
from .errors import SmError
from .layout import Obj

PAGE = 4096


class Kernel:
    def __init__(self, read, struct, symbol, constants, enum):
        self._read = read
        self.struct = struct
        self._symbol = symbol
        self.constants = constants
        self.enum = enum
        self._pages = {}
        self.page_offset = constants["PAGE_OFFSET"]
        self.kernel_start = constants["KERNEL_START"]
        self.kernel_offset = constants["KERNEL_OFFSET"]
        self.vmalloc_start = constants["VMALLOC_START"]

    # ---- bytes ----

    def page(self, pa):
        pa &= ~(PAGE - 1)
        if pa not in self._pages:
            self._pages[pa] = self._read(pa, PAGE)
        return self._pages[pa]

    def read_pa(self, pa, size):
        out = b""
        while size > 0:
            offset = pa & PAGE - 1
            piece = self.page(pa)[offset:offset + size]
            out += piece
            pa += len(piece)
            size -= len(piece)
        return out

    def u64(self, pa):
        return int.from_bytes(self.read_pa(pa, 8), "little")

    def table(self, pa):
        data = self.page(pa)
        return [int.from_bytes(data[i:i + 8], "little") for i in range(0, PAGE, 8)]

    # ---- the kernel's addresses ----

    def pa(self, va):
        """The physical address behind a kernel address."""
        if va >= self.kernel_start:
            return va - self.kernel_offset
        if va >= self.vmalloc_start:
            found = sv39.translate(self.u64, self.pa(self.symbol("kernel_pgd")), va)
            if found is None:
                raise SmError(f"kernel address {va:#x} is not mapped")
            return found
        if va >= self.page_offset:
            return va - self.page_offset
        raise SmError(f"{va:#x} is no kernel address")

    def va(self, pa):
        """The direct map's address of physical pa."""
        return pa + self.page_offset

    def read(self, va, size):
        out = b""
        while size > 0:
            piece = min(size, PAGE - (va & PAGE - 1))
            out += self.read_pa(self.pa(va), piece)
            va += piece
            size -= piece
        return out

    # ---- objects ----

    def symbol(self, name):
        address = self._symbol(name)
        if address is None:
            raise SmError(f"this kernel has no variable '{name}'")
        return address

    def has_symbol(self, name):
        return self._symbol(name) is not None

    def text(self, address, longest=128):
        """The string at a kernel address, or None for NULL."""
        return self.read(address, longest).split(b"\0", 1)[0].decode("utf-8", "replace") if address else None

    def obj(self, struct_name, address):
        struct = self.struct(struct_name)
        return Obj(self, struct, address, self.read(address, struct.size))

    def global_obj(self, struct_name, symbol):
        return self.obj(struct_name, self.symbol(symbol))

    def global_int(self, symbol, size=8):
        return int.from_bytes(self.read(self.symbol(symbol), size), "little")

    def each(self, head, struct_name, member):
        """The objects on a ring list whose struct list_head stands at address head."""
        offset = self.struct(struct_name).offset(member)
        next_offset = self.struct("list_head").offset("next")
        at = self.list_next(head, next_offset)
        for _ in range(1 << 20):
            if at == head or at == 0:
                return
            yield self.obj(struct_name, at - offset)
            at = self.list_next(at, next_offset)
        raise SmError(f"the list at {head:#x} has no end: it is damaged or changing right now")

    def list_next(self, node, next_offset):
        return int.from_bytes(self.read(node + next_offset, 8), "little")

    def rb_nodes(self, root):
        """Addresses of the struct rb_node below a struct rb_root (an Obj), in order."""
        node_type = self.struct("rb_node")
        left, right = node_type.offset("left"), node_type.offset("right")
        stack, at = [], root.node
        while stack or at:
            while at:
                stack.append(at)
                at = self.list_next(at, left)
            at = stack.pop()
            yield at
            at = self.list_next(at, right)

    # ---- frames ----

    def pfn_range(self):
        return self.global_int("min_pfn"), self.global_int("max_pfn")

    def page_of(self, pfn):
        """struct page of a frame number."""
        first, end = self.pfn_range()
        if not first <= pfn < end:
            raise SmError(f"frame {pfn:#x} is not RAM: frames are [{first:#x}, {end:#x})")
        base = self.global_int("mem_map")
        return self.obj("page", base + (pfn - first) * self.struct("page").size)

    def pfn_of(self, page_address):
        first, _ = self.pfn_range()
        return (page_address - self.global_int("mem_map")) // self.struct("page").size + first
