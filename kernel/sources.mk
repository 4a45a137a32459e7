# SPDX-License-Identifier: MIT
#
# What the kernel consists of: one list per folder of kernel/, sorted. The tests of tests/host build some of them for the
# machine they run on. The last list is not part of RELEASE builds.

IN_. := init main
IN_arch := cause machine sbi spin_wait switch uaccess user_copy
IN_core := backtrace console ksyms panic panic_state plant printk spinlock time
IN_dev := console_input devices plic rtc virtio_blk
IN_entry := memory_calls query swap_calls syscall time_calls trap trap_entry
IN_ipc := call endpoint handle ipc_calls irq kernel_call memobj_calls message page_in personality recv task_calls
IN_mm := access account copy debug fail fault fork madvise maple_port memobj mincore mlock mm mmap mremap \
	page_lock pager pgtable populate protect query rmap tlb truncate unmap vma vma_lock writeback zap
IN_mm/frame := kmalloc kmap owner page_alloc page_check page_init page_ops page_zone slab slab_check vmalloc
IN_mm/reclaim := lru migrate pageout reclaim rmap_query rmap_walk swap swap_ram
IN_posix := elf exec exec_args file_calls files folder initrd ldisc pipe poll procfile random servers tty tty_server
IN_sched := fp $(if $(RELEASE),$(if $(LATENCY),latency),latency) rcu rcu_calm rcu_flood rcu_lists rcu_plant rcu_stall \
	rcu_torture rwsem sched timer wait
IN_task := death deliver exit fork futex itimer limits oom process robust sched_calls sigframe signal signal_calls sigpending table \
	threads usage wait4
DEBUG_ONLY := mm/reclaim/storm mm/trace sched/race

KERNEL_FOLDERS := . arch core dev entry ipc mm mm/frame mm/reclaim posix sched task
# All of them, without ".c" or ".S"; relative to the top of the tree.
KERNEL_SOURCES := $(subst /./,/,$(foreach folder,$(KERNEL_FOLDERS),$(IN_$(folder):%=kernel/$(folder)/%))) \
	$(if $(RELEASE),,$(DEBUG_ONLY:%=kernel/%))
# The folders of an address-space manager that needs no other part of the kernel, as C files.
MM_SOURCES := $(foreach folder,mm mm/frame mm/reclaim,$(IN_$(folder):%=kernel/$(folder)/%.c)) kernel/mm/trace.c
