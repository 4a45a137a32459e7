# SPDX-License-Identifier: MIT
"""Ways to start: two terminals, a tmux pane, two sessions side by side, and mistakes."""

import json
import os
import re
import subprocess
import time

import pexpect

from debugger import INITRD, KERNEL, PROMPT, TOP, Debugger

START = os.path.join(TOP, "tools", "gdb", "start")

# As much of tmux as the starter uses: a pane is a process in the background.
TMUX = """#!/bin/sh
case $1 in
split-window) eval "last=\\${$#}"; sh -c "exec $last" </dev/null >"$FAKE_TMUX/pane" 2>&1 & echo $! >"$FAKE_TMUX/pid"; echo %9 ;;
kill-pane) [ "$3" = %9 ] && kill "$(cat "$FAKE_TMUX/pid")" ;;
esac
"""


def environment(**more):
    env = {**os.environ, "TERM": "dumb", **more}
    if "TMUX" not in more:
        env.pop("TMUX", None)
    return env


def refused(arguments, **env):
    done = subprocess.run(["/usr/bin/python3", START, *arguments], env=environment(**env), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=20)
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr


def test_mistakes_are_told_in_one_line():
    assert "no program 'nonsense'" in refused([KERNEL, INITRD], PROG="nonsense")
    assert "cannot read /nowhere" in refused(["/nowhere"])
    assert "usage" in refused([])
    assert "a replay has one hart" in refused([KERNEL, INITRD], REPLAY="1", SMP="2")
    assert "QEMU did not start" in refused([KERNEL, INITRD], QEMU_EXTRA="-no-such-option")


def test_two_terminals():
    qemu = pexpect.spawn("/usr/bin/python3", [START, KERNEL, INITRD], env=environment(GDB_SPLIT="1", PROG="cowdemo"),
                         encoding="utf-8", timeout=20, dimensions=(50, 400))
    qemu.expect("Ctrl-A X")
    command = re.search(r"^ +(.*gdb-multiarch.*)$", qemu.before.replace("\r", ""), re.M).group(1)
    # Typed at once, the command once met no socket: it had been printed before QEMU was started.
    assert os.path.exists(re.search(r"target remote (\S+?)'", command).group(1))
    gdb = pexpect.spawn("/bin/sh", ["-c", command], cwd=TOP, env=environment(), encoding="utf-8", timeout=20, dimensions=(50, 400))
    gdb.expect_exact(PROMPT)
    assert "main () at user/programs/cowdemo.c" in gdb.before
    qemu.expect("Samara on hart 0")
    gdb.sendline("sm console")
    gdb.expect("terminal or tmux pane where QEMU runs")
    gdb.sendline("kill")
    gdb.sendline("quit")
    gdb.expect(pexpect.EOF)
    qemu.expect(pexpect.EOF)
    qemu.close()


def test_the_console_opens_in_a_tmux_pane(tmp_path):
    fake = tmp_path / "tmux"
    fake.write_text(TMUX)
    fake.chmod(0o755)
    env = environment(TMUX="yes", FAKE_TMUX=str(tmp_path), PATH=f"{tmp_path}:{os.environ['PATH']}", PROG="cowdemo")
    gdb = pexpect.spawn("/usr/bin/python3", [START, KERNEL, INITRD], env=env, encoding="utf-8", timeout=20, dimensions=(50, 400))
    gdb.expect_exact(PROMPT)
    assert "main () at user/programs/cowdemo.c" in gdb.before
    gdb.sendline("quit")
    gdb.expect(pexpect.EOF)
    gdb.close()
    assert gdb.exitstatus == 0
    assert "Samara on hart 0" in (tmp_path / "pane").read_text()


def test_sessions_do_not_meet():
    first, second = Debugger("cowdemo"), Debugger("hello")
    try:
        assert "cowdemo" in first.run("sm ps") and "hello" in second.run("sm ps")
        first.run("sm catch-fault write")
        assert "user mode" in second.run("sm ps")
    finally:
        first.close()
        second.close()


def test_typing_to_the_console():
    debugger = Debugger(None)
    try:
        debugger.run("tbreak tty_read")
        debugger.run("continue")
        assert "samara$" in debugger.run("sm console")
        assert "typed" in debugger.run("sm console send hello")
        debugger.run("tbreak sys_execve")
        debugger.run("continue")
        assert "sys_execve" in debugger.run("bt 1")
    finally:
        debugger.close()


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            return f.read().decode(errors="replace")
    except OSError:
        return ""		# it has just ended


def test_nothing_is_left_behind():
    """QEMU ends with its session, whichever way that ends."""
    debugger = Debugger("cowdemo")
    folder = re.search(r"Remote debugging using (\S+)/gdb", debugger.greeting).group(1)
    debugger.close()
    assert not os.path.exists(folder)
    assert not [pid for pid in filter(str.isdigit, os.listdir("/proc")) if folder in command_line(pid)]


def test_the_launch_configuration_of_vscode():
    """Its gdb commands, on the machine that its task starts."""
    with open(os.path.join(TOP, ".vscode", "launch.json"), encoding="utf-8") as f:
        launch = json.load(f)["configurations"][0]
    with open(os.path.join(TOP, ".vscode", "tasks.json"), encoding="utf-8") as f:
        tasks = {task["label"]: task["command"] for task in json.load(f)["tasks"]}
    assert "GDB=1" in tasks[launch["preLaunchTask"]]
    commands = [step["text"] for step in launch["customLaunchSetupCommands"]]
    socket = os.path.join(TOP, "build", "gdb-socket")
    machine = subprocess.Popen([os.path.join(TOP, "tools", "run"), KERNEL, INITRD], cwd=TOP, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, env=environment(GDB="1", SMP="1", BOOTARGS="init=/bin/init /bin/cowdemo"))
    try:
        end = time.monotonic() + 10
        while not os.path.exists(socket) and time.monotonic() < end:
            time.sleep(0.05)
        words = ["gdb-multiarch", "-q", "-nx", "-batch", launch["program"].replace("${workspaceFolder}", TOP)]
        for command in [*commands, "continue", "add-symbol-file build/user/bin/cowdemo", "break child", "continue"]:
            words += ["-ex", command]
        done = subprocess.run(words, cwd=TOP, capture_output=True, text=True, timeout=60)
        assert "kernel_main (" in done.stdout and "child (" in done.stdout, done.stdout + done.stderr
    finally:
        machine.terminate()
        machine.wait()
