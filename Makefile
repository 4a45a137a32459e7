# SPDX-License-Identifier: MIT
#
# make			kernel, user programs, initrd
# make run		set up the machine, build, boot in QEMU: a shell
# make test		set up, then every test; test-host, test-qemu, test-unit: a part
# make gdb PROG=cowdemo	boot one stopped and debug it (sm help lists the commands); make replay: a recorded run
# make disasm		the image as annotated assembly, build/debug/samara.asm
# make diff SEEDS=200	random memory calls, compared with the Linux of this machine
# make mutate M=swap	does a mistake in one line make a test fail? (docs/testing.md; M: a part of the names, T: seconds per program)
# make compdb		compile_commands.json, for editors
# make doctor bench bench-maple bench-smp fuzz storms coverage clean
#
# Knobs: SMP=4 MEM=256M BOOTARGS="init=/bin/sh" INITRD=file.cpio RELEASE=1 DEBUG_VM=1
#	 LATENCY=1 (with RELEASE=1: measures, docs/testing.md) GDB=1 QEMU_EXTRA="-d int" V=1. Personal settings go into config.mk.

MAKEFLAGS += -r
-include config.mk

SMP	?= 4
MEM	?= 256M
CROSS	?= riscv64-unknown-elf-
CC	:= $(CROSS)gcc
NM	:= $(CROSS)nm
PYTHON	?= /usr/bin/python3
Q	:= $(if $(V),,@)
export CROSS PYTHON V

# A variant has a directory of its own, so that its objects never meet another's.
VARIANT	:= $(if $(RELEASE),$(if $(LATENCY),latency,release),$(if $(DEBUG_VM),debugvm,debug))
B	:= build/$(VARIANT)
KERNEL	:= $(B)/samara.elf
BUILT_INITRD := build/initrd.cpio

# ---- what the kernel consists of ----

include kernel/sources.mk
BOOT	:= entry boot devices devicetree harts interrupts paging
LIB	:= bitmap cpio fdt format interval_tree ldisc rbtree string
MAPLE	:= alloc debug dup gap gather iterate plan read rebuild simple step write

OBJS	:= $(BOOT:%=$(B)/boot/%.o) $(KERNEL_SOURCES:%=$(B)/%.o) $(LIB:%=$(B)/lib/%.o) $(MAPLE:%=$(B)/lib/maple/%.o)

CFLAGS	:= -pipe -std=gnu11 -ffreestanding -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany \
	   -fno-common -fno-stack-protector -fno-asynchronous-unwind-tables -fno-strict-aliasing \
	   -fno-pic -Wall -Wextra -Werror -I. -I$(B) -MMD -MP \
	   -DMAPLE_PORT_HEADER='"kernel/mm/maple_port.h"' \
	   $(if $(RELEASE),-O2 -g -DRELEASE,-Og -g3 -fno-omit-frame-pointer) $(if $(DEBUG_VM),-DDEBUG_VM) $(if $(LATENCY),-DLATENCY -fno-omit-frame-pointer)
# What every call comes through and nobody single-steps: the checks in it would cost a debug kernel more than all others.
OPTIMISED := kernel/core/spinlock kernel/mm/frame/slab kernel/mm/frame/slab_check lib/interval_tree lib/rbtree lib/string
$(OPTIMISED:%=$(B)/%.o): CFLAGS += -O2
# It also runs at physical addresses (boot_no_sv39), where a table of code addresses would lead nowhere.
$(B)/lib/fdt.o: CFLAGS += -fno-jump-tables
LDFLAGS	:= -nostdlib -static -Wl,-n -Wl,--build-id=none -T linker.ld

.PHONY: all kernel initrd disasm setup setup-run setup-gdb doctor compdb FORCE run gdb replay \
	test test-host test-qemu test-gdb test-unit test-tools test-models test-diff diff bench bench-maple bench-smp fuzz storms coverage \
	mutate clean
.DELETE_ON_ERROR:

all: kernel initrd
kernel: $(KERNEL)

# ---- the image is linked twice: the second time with the symbols of the first ----

$(KERNEL): $(B)/pass1.elf $(B)/ksyms-full.o linker.ld
	@echo "  LD      $@"
	$(Q)$(CC) $(LDFLAGS) -march=rv64imac -mabi=lp64 -o $@ $(OBJS) $(B)/ksyms-full.o -lgcc
	$(Q)$(NM) -n $@ | awk -f tools/ksyms.awk | cmp -s - $(B)/ksyms-full.S || \
		{ echo "the second link moved the text"; rm -f $@; exit 1; }

$(B)/pass1.elf: $(OBJS) $(B)/ksyms-empty.o linker.ld
	@echo "  LD      $@"
	$(Q)$(CC) $(LDFLAGS) -march=rv64imac -mabi=lp64 -o $@ $(OBJS) $(B)/ksyms-empty.o -lgcc

$(B)/ksyms-full.S: $(B)/pass1.elf tools/ksyms.awk
	$(Q)$(NM) -n $< | awk -f tools/ksyms.awk > $@

$(B)/ksyms-empty.S: tools/ksyms.awk
	@mkdir -p $(@D)
	$(Q)awk -f tools/ksyms.awk /dev/null > $@

$(B)/ksyms%.o: $(B)/ksyms%.S
	$(Q)$(CC) -march=rv64imac -mabi=lp64 -c -o $@ $<

$(B)/%.o: %.c $(B)/asm-offsets.h
	@mkdir -p $(@D)
	@echo "  CC      $<"
	$(Q)$(CC) $(CFLAGS) -c -o $@ $<

$(B)/%.o: %.S $(B)/asm-offsets.h
	@mkdir -p $(@D)
	@echo "  AS      $<"
	$(Q)$(CC) $(CFLAGS) -c -o $@ $<

# The archive is the user's part, and the image has it whole.
$(B)/kernel/posix/servers.o: build/servers.cpio
build/servers.cpio: FORCE
	$(Q)$(MAKE) -s --no-print-directory -f user/Makefile $@

$(B)/asm-offsets.h: kernel/asm-offsets.c
	@command -v $(CC) >/dev/null || { echo "there is no $(CC): tools/setup installs it"; exit 1; }
	@mkdir -p $(@D)
	@echo "  GEN     $@"
	$(Q)$(CC) $(CFLAGS) -MF $(B)/asm-offsets.d -MT $@ -S -o $(@:.h=.s) $<
	$(Q)sed -n 's/^->\([A-Z0-9_]*\) \(.*\)/#define \1 \2/p' $(@:.h=.s) > $@

initrd:
	$(Q)$(MAKE) --no-print-directory -f user/Makefile initrd

# ---- verbs ----

disasm: $(KERNEL)
	$(CROSS)objdump -dS $< > $(B)/samara.asm

# What each verb asks of the machine: run needs 7 packages, test 26.
setup:
	$(Q)tools/setup test
setup-run setup-gdb:
	$(Q)tools/setup $(@:setup-%=%)

compdb: compile_commands.json
compile_commands.json: FORCE
	$(Q)$(PYTHON) tools/compdb > $@

doctor:
	$(Q)tools/doctor

run: setup-run
	$(Q)$(MAKE) --no-print-directory all
	$(Q)SMP="$(SMP)" MEM="$(MEM)" BOOTARGS="$(BOOTARGS)" GDB="$(GDB)" SWAPDISK="$(SWAPDISK)" QEMU_EXTRA="$(QEMU_EXTRA)" \
		tools/run $(KERNEL) $(or $(INITRD),$(BUILT_INITRD))

# Both boot a machine of their own; GDB_SPLIT=1 leaves gdb to another terminal.
gdb replay: setup-gdb
	$(Q)$(MAKE) --no-print-directory all
	$(Q)SMP="$(if $(filter file,$(origin SMP)),1,$(SMP))" MEM="$(MEM)" BOOTARGS="$(BOOTARGS)" QEMU_EXTRA="$(QEMU_EXTRA)" \
		PROG="$(PROG)" GDB_SPLIT="$(GDB_SPLIT)" REPLAY="$(if $(filter replay,$@),1)" \
		tools/gdb/start $(KERNEL) $(or $(INITRD),$(BUILT_INITRD))

# test-all builds what the layers need, runs their suites three at a time and adds up.
test: setup
	$(Q)tools/test-all host tools models qemu gdb diff

test-host test-qemu test-gdb test-unit test-tools test-models test-diff: setup
	$(Q)tools/test-all $(@:test-%=%)

# The same random memory calls here and in Samara, seeds FIRST .. FIRST + SEEDS - 1 of STEPS each.
diff: setup
	$(Q)$(MAKE) --no-print-directory kernel
	$(Q)tests/diff/run $(KERNEL) --first $(or $(FIRST),1) --seeds $(or $(SEEDS),50) --steps $(or $(STEPS),2000)

bench: setup
	$(Q)$(MAKE) --no-print-directory RELEASE=1 kernel
	$(Q)$(MAKE) --no-print-directory -f user/Makefile build/bench.cpio
	$(Q)$(PYTHON) tests/bench/run build/release/samara.elf build/bench.cpio

bench-smp: setup
	$(Q)$(MAKE) --no-print-directory RELEASE=1 kernel
	$(Q)$(MAKE) --no-print-directory -f user/Makefile build/smp.cpio
	$(Q)$(PYTHON) tests/bench/smp build/release/samara.elf build/smp.cpio

bench-maple: setup
	$(Q)$(MAKE) --no-print-directory -C tests/bench/maple bench

coverage: setup
	$(Q)$(MAKE) --no-print-directory -C tests/host $@

# One mistake at a time in a copy of the tree, and the host programs that should notice.
mutate: setup
	$(Q)$(PYTHON) tests/mutate/run --match "$(M)" --seconds $(or $(T),60)

# For T seconds each: the fuzzers of tests/host, the simulated machine, three kernels in storms.
fuzz: setup
	$(Q)$(MAKE) --no-print-directory -C tests/host $@
	$(Q)$(MAKE) --no-print-directory -C tests/host/sim $@
	$(Q)$(MAKE) --no-print-directory storms

storms: setup
	$(Q)for variant in "" DEBUG_VM=1 RELEASE=1; do $(MAKE) -s --no-print-directory $$variant kernel initrd || exit; done
	$(Q)$(PYTHON) tests/qemu/storms.py --seconds $(or $(T),30)

clean:
	rm -rf build

-include $(OBJS:.o=.d) $(B)/asm-offsets.d
