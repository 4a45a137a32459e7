# SPDX-License-Identifier: MIT
"""C types as the kernel's debug information has them, and typed looks at raw bytes.

A Struct maps field names to offsets and types; Obj reads one object with it. Where the
types come from does not matter here: target.py makes them from DWARF, tests write them down.
"""

from .errors import SmError


class Int:
    def __init__(self, size, signed=False):
        self.size = size
        self.signed = signed

    def decode(self, data, offset, _obj):
        return int.from_bytes(data[offset:offset + self.size], "little", signed=self.signed)


class Enum(Int):
    """names: {value: name}"""

    def __init__(self, size, names):
        super().__init__(size)
        self.names = names


class Pointer(Int):
    """target: the name of the struct pointed to, or None."""

    def __init__(self, target=None):
        super().__init__(8)
        self.target = target


class Array:
    def __init__(self, element, count):
        self.element = element
        self.count = count
        self.size = element.size * count

    def decode(self, data, offset, obj):
        step = self.element.size
        return [self.element.decode(data, offset + i * step, obj) for i in range(self.count)]


class Struct:
    """fields: {name: (offset, type)}; those of anonymous members stand among them."""

    def __init__(self, name, size, fields):
        self.name = name
        self.size = size
        self.fields = fields

    def decode(self, data, offset, obj):
        return Obj(obj.kernel, self, obj.address + offset, data[offset:offset + self.size])

    def offset(self, path):
        """Byte offset of "a" or "a.b.c"."""
        total, struct = 0, self
        for name in path.split("."):
            offset, kind = struct.field(name)
            total += offset
            struct = kind
        return total

    def has(self, name):
        """Builds differ in some fields."""
        return name in self.fields

    def field(self, name):
        if name not in self.fields:
            raise SmError(f"struct {self.name} has no field '{name}': these commands do not fit this kernel")
        return self.fields[name]


class Obj:
    """One object in the kernel's memory, as it was when it was read: obj.field, obj.nested.field."""

    def __init__(self, kernel, struct, address, data):
        self.kernel = kernel
        self.struct = struct
        self.address = address
        self.data = data

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        offset, kind = self.struct.field(name)
        return kind.decode(self.data, offset, self)

    def string(self, name):
        """A char array as text, up to its NUL."""
        offset, kind = self.struct.field(name)
        raw = self.data[offset:offset + kind.size]
        return raw.split(b"\0", 1)[0].decode("utf-8", "replace")

    def follow(self, name):
        """The object a pointer field points to, or None."""
        _, kind = self.struct.field(name)
        address = getattr(self, name)
        return self.kernel.obj(kind.target, address) if address else None

    def member_address(self, path):
        return self.address + self.struct.offset(path)
