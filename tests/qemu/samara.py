# SPDX-License-Identifier: MIT
"""class Machine: a QEMU with Samara inside, driven over its console."""
import os
import pathlib
import re
import struct
import subprocess

import pexpect

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROMPT = r"samara\$ "
PANIC = r"Kernel panic: "
BOOT_SECONDS = 30
COMMAND_SECONDS = 20


class KernelPanic(AssertionError):
    """The kernel stopped; the message is its report."""


class Stuck(AssertionError):
    """What was waited for did not come; the message is what came instead."""


class Result:
    """What a command printed, and its exit status as the shell tells it (128 + signal when killed)."""

    def __init__(self, command, output):
        self.command = command
        self.output = output
        self.status = 0
        self.signal = None
        for line in output.splitlines():
            told = re.match(r"\S+: (?:exit status (\d+)|killed by (SIG\w+)|(SIG\w+): .*sm catch-fault\))$", line)
            if told:
                self.status = int(told[1]) if told[1] else 128
                self.signal = told[2] or told[3]

    def check(self):
        """The command has to have ended well. Returns the output."""
        assert self.status == 0, "%s failed:\n%s" % (self.command, self.output)
        return self.output

    def check_tap(self):
        """A test program's output: every check "ok", and as many as its plan says. Returns how many."""
        assert not re.search(r"^not ok", self.output, re.M), self._failures()
        plan = re.search(r"^1\.\.(\d+)$", self.output, re.M)
        assert plan, "%s came to no end:\n%s" % (self.command, self.output)
        good = len(re.findall(r"^ok \d+", self.output, re.M))
        assert good == int(plan[1]), self.output
        self.check()
        return good

    def _failures(self):
        lines = [line for line in self.output.splitlines() if not line.startswith("ok ")]
        return "%s:\n%s" % (self.command, "\n".join(lines))


def image_base(program):
    """The address at which a program of build/user/bin is linked: p_vaddr of its first program header."""
    return struct.unpack_from("<Q", (ROOT / "build/user/bin" / program).read_bytes(), 64 + 16)[0]


def kernel(variant):
    return ROOT / "build" / variant / "samara.elf"


def environment(smp, mem, bootargs, extra, swapdisk=""):
    return dict(os.environ, SMP=str(smp), MEM=mem, BOOTARGS=bootargs, QEMU_EXTRA=extra, GDB="", SWAPDISK=swapdisk)


class Machine:
    def __init__(self, variant="debug", smp=4, mem="256M", bootargs="", initrd=None, extra="", swapdisk="",
                 tty="24x80", elf=None):
        """@tty: how large the console says it is; None: as the terminal of tools/run."""
        bootargs = "tty=%s %s" % (tty, bootargs) if tty else bootargs
        initrd = initrd or ROOT / "build/initrd.cpio"
        self.child = pexpect.spawn("tools/run", [str(elf or kernel(variant)), str(initrd)], cwd=str(ROOT),
                                   env=environment(smp, mem, bootargs, extra, swapdisk), encoding="utf-8",
                                   codec_errors="replace", timeout=COMMAND_SECONDS, echo=False,
                                   dimensions=(24, 400))
        self.child.delaybeforesend = None
        self.log = ""
        self.usable = True      # until something that was waited for did not come

    def alive(self):
        return self.usable and self.child.isalive()

    def close(self):
        self.child.close(force=True)

    def _heard(self):
        """All that came in since the last call, lines as Unix has them."""
        after = self.child.after if isinstance(self.child.after, str) else ""
        text = ((self.child.before or "") + after).replace("\r", "")
        self.log += text
        return text

    def expect(self, pattern, timeout=COMMAND_SECONDS):
        """Read on until @pattern; returns what came before it. A panic or the machine's end fail at once."""
        which = self.child.expect([pattern, PANIC, pexpect.EOF, pexpect.TIMEOUT], timeout=timeout)
        text = self._heard()
        if which == 0:
            return self.child.before.replace("\r", "")
        self.usable = False
        if which == 1:
            self.child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=5)
            raise KernelPanic("Kernel panic: " + self._heard() + "\n(before it: ..." + text[-500:] + ")")
        raise Stuck("%s while waiting for %r; last came:\n%s" %
                    ("the machine ended" if which == 2 else "nothing more for %s s" % timeout, pattern,
                     self.log[-3000:]))

    def wait_prompt(self, timeout=BOOT_SECONDS):
        return self.expect(PROMPT, timeout)

    def start(self, command):
        """Type @command at the prompt."""
        self.child.send(command + "\r")
        self.expect(re.escape(command) + r"\r*\n")

    def finish(self, command, timeout=COMMAND_SECONDS):
        """Wait for the prompt that follows @command."""
        return Result(command, self.expect(PROMPT, timeout))

    def run(self, command, timeout=COMMAND_SECONDS):
        self.start(command)
        return self.finish(command, timeout)

    def wait_end(self, timeout=COMMAND_SECONDS):
        """Read on until the machine is off. Returns (all of its output, exit status)."""
        which = self.child.expect([PANIC, pexpect.EOF, pexpect.TIMEOUT], timeout=timeout)
        text = self._heard()
        if which == 0:
            self.child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=5)
            raise KernelPanic("Kernel panic: " + self._heard())
        if which == 2:
            raise Stuck("still running after %s s:\n%s" % (timeout, text))
        self.child.close()
        return self.log, self.child.exitstatus

    def exit(self, status=0):
        self.child.send("exit %d\r" % status)
        return self.wait_end()


def device_tree(path, *changes, options=""):
    """Words for extra= that hand the machine of @options a device tree with @changes, each (bytes, bytes, how often).

    The new bytes are as many as the old ones: nothing in the blob moves.
    """
    subprocess.run(["qemu-system-riscv64", "-M", "virt,dumpdtb=%s" % path, "-display", "none", *options.split()], check=True,
                   stderr=subprocess.DEVNULL)
    blob = path.read_bytes()
    for old, new, times in changes:
        assert len(old) == len(new) and old in blob
        blob = blob.replace(old, new, times)
    path.write_bytes(blob)
    return "%s -dtb %s" % (options, path)


def faulty_disk(image, size, fails=None, sector=None, reads_per_second=None):
    """Words for extra= that attach @image (made here) as the swap disk, with faults.

    fails: "read" or "write" requests end with EIO; all of them, or those that touch @sector (512 bytes; slot n of swap
    begins at sector 8 n). reads_per_second: how fast it is. Without swapdisk=, which attaches a good one.
    """
    with open(image, "wb") as file:
        file.truncate(size)
    node = "driver=raw,file.driver=file,file.filename=%s" % image
    if fails:
        node = "driver=blkdebug," + ",".join("image." + option for option in node.split(","))
        node += ",inject-error.0.event=none,inject-error.0.errno=5,inject-error.0.iotype=" + fails
        node += "" if sector is None else ",inject-error.0.sector=%d" % sector
    if reads_per_second:
        node += ",throttling.iops-read=%d" % reads_per_second
    return ("-global virtio-mmio.force-legacy=false -drive if=none,id=swap,rerror=report,werror=report,%s "
            "-device virtio-blk-device,drive=swap" % node)


def start_without_terminal(variant="debug", smp=4, mem="256M", bootargs="", initrd=None, extra="", swapdisk=""):
    """tools/run with /dev/null as standard input, its output in a pipe: a Popen."""
    initrd = initrd or ROOT / "build/initrd.cpio"
    return subprocess.Popen(["tools/run", str(kernel(variant)), str(initrd)], cwd=ROOT,
                            env=environment(smp, mem, bootargs, extra, swapdisk), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def run_without_terminal(timeout=60, **how):
    """The same to its end. Returns (output, exit status)."""
    with start_without_terminal(**how) as run:
        try:
            output = run.communicate(timeout=timeout)[0]
        except subprocess.TimeoutExpired:
            run.kill()
            raise
    return output.decode(errors="replace").replace("\r", ""), run.returncode


def build_cross_program(source, output):
    """Build a program for Linux on riscv64; its first line may hold options: // gcc: -static ..."""
    first = source.read_text().splitlines()[0]
    options = re.search(r"gcc: (.*?)(\*/)?$", first)
    subprocess.run(["riscv64-linux-gnu-gcc", "-O2", "-Wall", "-Werror", *options[1].split(), "-o", str(output),
                    str(source)], check=True)
    return output


def make_cpio(output, **members):
    """Pack files: make_cpio(path, prog=file) puts file at /prog."""
    subprocess.run([str(ROOT / "tools/mkcpio"), str(output)] +
                   ["%s=%s" % (name, path) for name, path in members.items()], check=True)
    return output
