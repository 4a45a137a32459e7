/* SPDX-License-Identifier: MIT */
/*
 * From boot/ to the first user program: the kernel's table of contents. Afterwards every
 * hart runs cpu_idle(), and the rest happens in tasks and traps.
 */
#include "boot/boot.h"
#include "kernel/arch/sbi.h"
#include "kernel/core/bug.h"
#include "kernel/core/console.h"
#include "kernel/core/panic.h"
#include "kernel/core/percpu.h"
#include "kernel/core/printk.h"
#include "kernel/core/time.h"
#include "kernel/dev/devices.h"
#include "kernel/dev/plic.h"
#include "kernel/dev/rtc.h"
#include "kernel/dev/virtio_blk.h"
#include "kernel/entry/trap.h"
#include "kernel/ipc/ipc.h"
#include "kernel/ipc/irq.h"
#include "kernel/mm/frame/kmap.h"
#include "kernel/mm/frame/vmalloc.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/trace.h"
#include "kernel/sched/fp.h"
#include "kernel/sched/sched.h"
#include "kernel/task/futex.h"
#include "kernel/task/process.h"
#include "kernel/task/signal.h"

struct cpu cpus[NR_CPUS];
unsigned int nr_cpus = 1;

static void start_harts(const struct boot_info *info);

static void greet(const struct boot_info *info)
{
	printk("Samara on hart %lu of %d, %lu MiB at 0x%lx\n", info->boot_hartid, info->nr_harts,
	       (info->ram.end - info->ram.start) >> 20, info->ram.start);
	if (!info->has_fp)
		printk("no F and D: programs run without floating point\n");
	if (info->nr_harts_ignored)
		printk("%d more harts than NR_CPUS = %d are left stopped\n", info->nr_harts_ignored, NR_CPUS);
}

void kernel_main(const struct boot_info *info)
{
	/* Being able to speak, and to report a mistake. */
	console_init(info->uart);
	panic_init(info->finisher);
	time_init(info->timebase_hz);
	if (info->rtc)
		time_set_real(rtc_read_ns(info->rtc));
	greet(info);

	/* Memory: frames, objects, the kernel's own ranges, user address spaces. */
	page_alloc_init(info->ram, info->reserved, info->nr_reserved);
	slab_init();
	maple_port_init();
	mm_init();
	mm_trace_boot(info->bootargs);

	/* Tasks: run queues, processes, signals. */
	sched_init();
	sched_init_hart(0);
	fp_init(info->has_fp);
	task_init();
	signal_init();
	futex_init();
	ipc_init();

	/* Devices: a disk to swap to is the one that only the kernel drives. */
	plic_init(info->plic, info->hartids, info->plic_contexts, info->nr_harts);
	devices_init(info->devices, info->nr_devices);
	irqs_init();
	virtio_blk_init(info->virtio, info->virtio_irq, info->nr_virtio);
	plic_init_hart();

	/* All harts, then the first program. */
	start_harts(info);
	start_init(&info->initrd, info->bootargs);
	cpu_idle();
}

/* The first C code of every other hart, on its idle task's stack. */
void secondary_main(void)
{
	unsigned int cpu = this_cpu_id();

	trap_init();
	sched_init_hart(cpu);
	plic_init_hart();
	WRITE_ONCE(nr_cpus, cpu + 1);
	__atomic_store_n(&cpus[cpu].online, true, __ATOMIC_RELEASE);
	cpu_idle();
}

struct task *starting_task;

/* Wake @hartid as cpu @cpu and wait until it is there. Returns: whether it came. */
static bool start_hart(unsigned int cpu, unsigned long hartid)
{
	struct task *idle = &idle_tasks[cpu];
	u64 deadline;
	long err;

	idle->kstack = kstack_alloc();
	if (!idle->kstack)
		panic("no memory for the stack of hart %lu", hartid);
	idle->kernel_sp = (unsigned long)idle->kstack + KSTACK_SIZE;
	idle->cpu = cpu;
	cpus[cpu].id = cpu;
	cpus[cpu].hartid = hartid;
	starting_task = idle;

	err = sbi_hart_start(hartid, kernel_image_to_phys(_start), 0);
	if (err) {
		printk("hart %lu does not start: SBI error %ld\n", hartid, err);
		kstack_free(idle->kstack);
		return false;
	}
	deadline = ktime_get_ns() + 10 * NSEC_PER_SEC;
	while (!__atomic_load_n(&cpus[cpu].online, __ATOMIC_ACQUIRE)) {
		if (ktime_get_ns() > deadline)
			panic("hart %lu was started but did not arrive", hartid);
		cpu_relax();
	}
	return true;
}

/* One after the other, so that cpu ids stay dense also when a hart refuses. */
static void start_harts(const struct boot_info *info)
{
	unsigned int cpu = 1;
	int i;

	for (i = 1; i < info->nr_harts; i++)
		if (start_hart(cpu, info->hartids[i]))
			cpu++;
	printk("%u harts, %lu MiB free\n", nr_cpus, nr_free_pages() >> (20 - PAGE_SHIFT));
}
