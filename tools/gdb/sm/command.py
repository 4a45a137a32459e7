# SPDX-License-Identifier: MIT
"""What all commands under the prefix `sm` have in common."""

import gdb

from . import tasks
from .arguments import Arguments
from .errors import SmError


def evaluate(text):
    """The number that a gdb expression stands for; of a function or an array, its address."""
    try:
        value = gdb.parse_and_eval(text)
        if value.type.strip_typedefs().code in (gdb.TYPE_CODE_FUNC, gdb.TYPE_CODE_ARRAY):
            value = value.address
        return int(value) & (1 << 64) - 1
    except (gdb.error, gdb.MemoryError):
        return None


class Command(gdb.Command):
    """One command. Subclasses have a docstring (the help; its first line begins with the usage) and run()."""

    session = None
    target = None
    names = []
    needs_machine = True

    def __init__(self, name):
        super().__init__(f"sm {name}", gdb.COMMAND_USER)
        self.name = name
        Command.names.append((name, self.__doc__))

    def invoke(self, text, _from_tty):
        usage = self.__doc__.splitlines()[0]
        try:
            if self.needs_machine:
                self.target.require_stopped()
            arguments = Arguments(gdb.string_to_argv(text), usage, evaluate)
            for line in self.run(arguments) or ():
                gdb.write(line + "\n")
        except SmError as error:
            raise gdb.GdbError(f"sm {self.name}: {error}") from None
        except KeyboardInterrupt:
            raise gdb.GdbError(f"sm {self.name}: interrupted") from None
        except gdb.error as error:
            raise gdb.GdbError(f"sm {self.name}: gdb says: {error}") from None
        except RecursionError:
            raise gdb.GdbError(f"sm {self.name}: the structures form a circle: damaged memory?") from None
        except Exception as error:
            raise gdb.GdbError(f"sm {self.name}: cannot make sense of the kernel's memory "
                               f"({type(error).__name__}: {error})") from None

    def run(self, arguments):
        raise NotImplementedError

    # ---- what many of them need ----

    def task_of(self, kernel, hart, pid):
        """The task with this pid, or the selected hart's."""
        if pid is not None:
            return tasks.find(kernel, pid)
        task = tasks.current(kernel, hart)
        if task is None:
            raise SmError(f"hart {hart['id']} runs no task yet: the kernel is still starting")
        if not task.mm:
            raise SmError(f"hart {hart['id']} runs {task.string('name') or 'the idle task'}, "
                          "which has no address space; give a PID (sm ps lists them)")
        return task

    def space_of(self, kernel, hart, pid):
        """(task, its mm_struct)."""
        task = self.task_of(kernel, hart, pid)
        return task, tasks.mm_of(kernel, task)
