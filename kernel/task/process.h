/* SPDX-License-Identifier: MIT */
/*
 * Lives of processes: fork.c, exec.c, exit.c, and how the first one starts (init.c).
 */
#ifndef KERNEL_TASK_PROCESS_H
#define KERNEL_TASK_PROCESS_H

#include "kernel/sched/task.h"

struct mem_region;

/*
 * start_init() - the last step of kernel_main: read the initrd at physical @initrd and start pid 1
 * as @bootargs say ("... init=/bin/NAME arg ..."; all that follows init= are its arguments;
 * /bin/init without). It runs when the hart goes idle.
 */
void start_init(const struct mem_region *initrd, const char *bootargs);

/* do_exit() - end the current task. @status as wait4 reports it: code << 8, or the signal. */
void do_exit(int status) __noreturn;
/* do_group_exit() - and all other threads of its process. */
void do_group_exit(int status) __noreturn;

/* mm_release() - current lets go of its mm (exec, exit): wake a vfork parent, clear_child_tid. */
void mm_release(void);


#endif
