# SPDX-License-Identifier: MIT
"""The last resort for a mutant: the kernel that checks itself, booted, and user tests on it.

For RCU there is nothing else but its own tests, for messages, pagers and personalities ipctest, ipcstorm, pagertest, vmtest and perstest, for threads the programs of tests/qemu/pthreads,
futextest, threadtest, threadstorm and signalstorm.
"""

import importlib
import os
import pathlib
import shutil
import sys
import tempfile

# stress comes first: it counts frames, and what reclaimtest pages out of the shell comes back at some time.
COMMANDS = ["stress -n 4 -t 5", "cowtest", "memtest", "forktest", "sharetest", "reclaimtest"]
SECONDS = 60
NO_KERNEL = "the kernel does not build:\n"
THREADS = ("kernel/task/", "kernel/sched/")
IPC = ("kernel/ipc/", "kernel/mm/pager.c", "kernel/task/fork.c clone_process", "kernel/task/exit.c process_exit", "kernel/sched/sched.c schedule_to", "kernel/sched/sched.c may_hand_over", "kernel/sched/sched.c switch_tasks")
IPC_COMMANDS = ["pagertest", "ipctest", "perstest", "vmtest", "ipcstorm -t 3 -s 2", "fptest"]
# Functions of memory that only a device has, and what makes handles of devices: devicetest, as process 1.
DEVICES = ("kernel/ipc/irq.c", "kernel/dev/", "kernel/mm/fault.c do_device_page", "kernel/mm/mmap.c check_device", "kernel/mm/mmap.c mm_mmap",
           "kernel/mm/zap.c zap_ptes", "kernel/mm/protect.c protect_ptes", "kernel/mm/madvise.c advise_pages", "kernel/mm/access.c get_user_page",
           "kernel/ipc/memobj_calls.c sys_memobj_create_physical")
CONSOLE = "kernel/posix/"
CONSOLE_TESTS = ["/usr/bin/python3", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/qemu/test_console.py", "tests/qemu/test_shell.py"]
CONSOLE_SECONDS = 300
THREAD_COMMANDS = ["futextest", "threadtest", "threadstorm", "signalstorm"]
RCU = "kernel/sched/rcu"
RCU_TESTS = ["/usr/bin/python3", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/qemu/test_rcu.py", "-k", "not planted"]
RCU_SECONDS = 120


def kind(file):
    """What a change of @file (and the function, behind a space) needs to be noticed: "devices", "console", "rcu", "ipc", "threads" or "memory"."""
    if file.startswith(DEVICES):
        return "devices"
    if file.startswith(CONSOLE):
        return "console"
    if file.startswith(IPC):
        return "ipc"
    return "rcu" if file.startswith(RCU) else "threads" if file.startswith(THREADS) else "memory"


def available():
    return bool(shutil.which("qemu-system-riscv64") and shutil.which("riscv64-unknown-elf-gcc"))


def module_of(tree, name):
    """A module of the copy @tree: samara.py runs that one's kernel."""
    folder = os.path.join(tree, "tests", "qemu")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module(name)


class Programs:
    """Those of tests/qemu/pthreads, built once for all mutants."""

    folder = archive = expected = None

    @classmethod
    def build(cls, tree):
        if cls.folder is None:
            threads = module_of(tree, "threads")
            cls.folder = tempfile.TemporaryDirectory()
            here, there = (pathlib.Path(cls.folder.name) / name for name in ("here", "there"))
            here.mkdir()
            there.mkdir()
            cls.expected = threads.answers_here(here)
            cls.archive = threads.archive_for_samara(there, "sh", "echo", *THREAD_COMMANDS)


def run_threads(tree):
    """Returns what failed, or ""."""
    Programs.build(tree)
    threads = module_of(tree, "threads")
    machine = module_of(tree, "samara").Machine(variant="debugvm", initrd=Programs.archive)
    name = "boot"
    try:
        machine.wait_prompt(60)
        for name in threads.NAMES:
            if threads.answer(machine, name) != Programs.expected[name]:
                return name + " prints something else"
        for name in THREAD_COMMANDS:
            machine.run(name, 2 * SECONDS).check_tap()
    except AssertionError as error:
        return f"{name}: {error}"
    finally:
        machine.close()
    return ""


def run_rcu(execute):
    """The torture test and the reports of stalls. Returns what failed, or ""."""
    for variant in ([], ["DEBUG_VM=1"], ["RELEASE=1"]):
        status, output = execute(["make", "-s", "--no-print-directory", *variant, "kernel", "initrd"], 400)
        if status != 0:
            return NO_KERNEL + output
    status, output = execute(RCU_TESTS, RCU_SECONDS)
    if status == 0:
        return ""
    failed = [line for line in output.splitlines() if line.startswith("FAILED")]
    return failed[0].split(" - ")[0] if failed else "test_rcu.py did not end"


def run_devices(tree):
    """devicetest, and then what a mutant of memory needs. Returns what failed, or ""."""
    machine = module_of(tree, "samara").Machine(variant="debugvm", smp=2, bootargs="init=/bin/devicetest")
    try:
        log, code = machine.wait_end(SECONDS)
        if code != 0:
            return "devicetest: " + log[-500:]
    except AssertionError as error:
        return f"devicetest: {error}"
    finally:
        machine.close()
    return run_commands(tree, COMMANDS, mem="64M", bootargs="swap=24M")


def run_console(execute):
    """Returns what failed, or ""."""
    for variant in ([], ["RELEASE=1"]):
        status, output = execute(["make", "-s", "--no-print-directory", *variant, "kernel", "initrd"], 400)
        if status != 0:
            return NO_KERNEL + output
    status, output = execute(CONSOLE_TESTS, CONSOLE_SECONDS)
    failed = [line for line in output.splitlines() if line.startswith("FAILED")]
    return "" if status == 0 else failed[0].split(" - ")[0] if failed else "test_console.py did not end"


def run_commands(tree, commands, **how):
    """Returns what failed, or ""."""
    machine = module_of(tree, "samara").Machine(variant="debugvm", **how)
    command = "boot"
    try:
        machine.wait_prompt(60)
        for command in commands:
            result = machine.run(command, SECONDS)
            result.check_tap() if "stress" not in command else result.check()
    except AssertionError as error:         # what the classes of samara.py raise
        return f"{command}: {error}"
    finally:
        machine.close()
    return ""


def run(tree, execute, file):
    """Build the kernel of @tree and run what can notice a change of @file. Returns what failed, or ""."""
    if kind(file) == "rcu":
        return run_rcu(execute)
    status, output = execute(["make", "-s", "--no-print-directory", "DEBUG_VM=1", "kernel", "initrd"], 400)
    if status != 0:
        return NO_KERNEL + output
    if kind(file) == "devices":
        return run_devices(tree)
    if kind(file) == "console":
        return run_console(execute)
    if kind(file) == "ipc":
        return run_commands(tree, IPC_COMMANDS, bootargs="delay=1")
    return run_threads(tree) if kind(file) == "threads" else run_commands(tree, COMMANDS, mem="64M", bootargs="swap=24M")
