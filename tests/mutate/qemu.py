# SPDX-License-Identifier: MIT
"""The last resort for a mutant: the kernel that checks itself, booted, and user tests on it. For RCU the only one: its own tests."""

import importlib
import os
import shutil
import sys

# stress comes first: it counts frames, and what reclaimtest pages out of the shell comes back at some time.
COMMANDS = ["stress -n 4 -t 5", "cowtest", "memtest", "forktest", "sharetest", "reclaimtest"]
SECONDS = 60
RCU = "kernel/sched/rcu"
RCU_TESTS = ["/usr/bin/python3", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/qemu/test_rcu.py", "-k", "not planted"]
RCU_SECONDS = 120


def available():
    return bool(shutil.which("qemu-system-riscv64") and shutil.which("riscv64-unknown-elf-gcc"))


def machine_class(tree):
    """samara.py of the copy @tree, which runs that one's kernel."""
    folder = os.path.join(tree, "tests", "qemu")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module("samara")


def run_rcu(execute):
    """The torture test and the reports of stalls. Returns what failed, or ""."""
    for variant in ([], ["DEBUG_VM=1"]):
        status, output = execute(["make", "-s", "--no-print-directory", *variant, "kernel", "initrd"], 400)
        if status != 0:
            return "the kernel does not build:\n" + output
    status, output = execute(RCU_TESTS, RCU_SECONDS)
    if status == 0:
        return ""
    failed = [line for line in output.splitlines() if line.startswith("FAILED")]
    return failed[0].split(" - ")[0] if failed else "test_rcu.py did not end"


def run(tree, execute, file):
    """Build the kernel of @tree and run what can notice a change of @file. Returns what failed, or ""."""
    if file.startswith(RCU):
        return run_rcu(execute)
    status, output = execute(["make", "-s", "--no-print-directory", "DEBUG_VM=1", "kernel", "initrd"], 400)
    if status != 0:
        return "the kernel does not build:\n" + output
    samara = machine_class(tree)
    machine = samara.Machine(variant="debugvm", mem="64M", bootargs="swap=24M")
    command = "boot"
    try:
        machine.wait_prompt(60)
        for command in COMMANDS:
            result = machine.run(command, SECONDS)
            result.check_tap() if "stress" not in command else result.check()
    except AssertionError as error:         # what the classes of samara.py raise
        return f"{command}: {error}"
    finally:
        machine.close()
    return ""
