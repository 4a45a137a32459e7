#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""User tests and stress while pages are moved and paged out all the time, with delays by seed.

    tests/qemu/storms.py [--seconds 60] [--first SEED] [--kernels debug,debugvm,release]

Boots one kernel after the other on four harts with 64 MiB, each time with the next seed, and runs every test once and then
stress. The first failure ends it: the report, and the boot arguments that repeat it. "release" has neither storms nor
delays: it runs the same programs on the same crowded machine.
"""
import argparse
import sys
import time

from samara import Machine

# What works on memory or makes processes. They know about storms: see calm_ok() in user/tests/tap.h.
TESTS = ["reclaimtest", "swaptest", "stormtest", "memtest", "cowtest", "forktest", "sharetest", "mmcalls", "failtest",
         "remaptest", "movetest -t 3", "sigtest", "pipetest", "limittest", "fptest", "jumptest", "exectest", "altstack",
         "badrange", "nosys", "badptr", "posixcalls", "sharedread -t 1", "coretest -t 1", "ipcstorm -t 2"]
NOT_TAP = ["swaptest"]          # exits with 0 or says what is wrong
TEST_SECONDS = 120


def boot_arguments(variant, seed):
    return "swap=16M" + ("" if variant == "release" else " migrate=storm reclaim=storm delay=%d" % seed)


def run(variant, seed, tests, stress_seconds, fuzz_seconds=0):
    """Run @tests, then sysfuzz and stress. Raises AssertionError (KernelPanic, Stuck, a failed check) with the report."""
    machine = Machine(variant=variant, smp=4, mem="64M", bootargs=boot_arguments(variant, seed))
    try:
        machine.wait_prompt()
        for test in tests:
            result = machine.run(test, timeout=TEST_SECONDS)
            result.check() if test in NOT_TAP else result.check_tap()
        if fuzz_seconds:
            machine.run("sysfuzz -t %d -s %d" % (fuzz_seconds, seed), timeout=fuzz_seconds + TEST_SECONDS).check()
        text = machine.run("stress -n 6 -t %d -s %d" % (stress_seconds, seed), timeout=stress_seconds + TEST_SECONDS).check()
        assert "every frame and every object came back" in text, text
        assert machine.exit(0)[1] == 0
    finally:
        machine.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--first", type=int, default=int(time.time()) % 1000000)
    parser.add_argument("--kernels", default="debug,debugvm,release")
    args = parser.parse_args()
    kernels = args.kernels.split(",")
    end = time.monotonic() + args.seconds
    runs = 0
    while runs == 0 or time.monotonic() < end:
        variant, seed = kernels[runs % len(kernels)], args.first + runs // len(kernels)
        begin = time.monotonic()
        try:
            # In a storm sysfuzz would hardly come to its calls.
            run(variant, seed, TESTS, stress_seconds=10, fuzz_seconds=20 if variant == "release" else 0)
        except AssertionError as failure:
            print("%s kernel, %s:\n%s" % (variant, boot_arguments(variant, seed), failure))
            return 1
        runs += 1
        print("%-7s %-55s %3.0f s" % (variant, boot_arguments(variant, seed), time.monotonic() - begin), flush=True)
    print("%d runs, no failure" % runs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
