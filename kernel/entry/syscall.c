/* SPDX-License-Identifier: MIT */
/*
 * From the number in a7 to the function that serves it. Calls about memory, thin
 * wrappers around kernel/mm, stand here; the others in the files that syscall.h names.
 */
#include "kernel/core/syscall.h"
#include "kernel/arch/regs.h"
#include "kernel/mm/mm.h"
#include "kernel/posix/files.h"
#include "kernel/sched/sched.h"
#include "lib/errno.h"
#include "uapi/mman.h"
#include "uapi/query.h"
#include "uapi/syscall.h"

static const syscall_fn linux_calls[] = {
	[SYS_dup] = sys_dup,
	[SYS_dup3] = sys_dup3,
	[SYS_fcntl] = sys_fcntl,
	[SYS_ioctl] = sys_ioctl,
	[SYS_faccessat] = sys_faccessat,
	[SYS_openat] = sys_openat,
	[SYS_close] = sys_close,
	[SYS_pipe2] = sys_pipe2,
	[SYS_lseek] = sys_lseek,
	[SYS_read] = sys_read,
	[SYS_write] = sys_write,
	[SYS_readv] = sys_readv,
	[SYS_writev] = sys_writev,
	[SYS_readlinkat] = sys_readlinkat,
	[SYS_newfstatat] = sys_newfstatat,
	[SYS_fstat] = sys_fstat,

	[SYS_exit] = sys_exit,
	[SYS_exit_group] = sys_exit_group,
	[SYS_set_tid_address] = sys_set_tid_address,
	[SYS_set_robust_list] = sys_set_robust_list,
	[SYS_sched_yield] = sys_sched_yield,
	[SYS_restart_syscall] = sys_restart_syscall,
	[SYS_times] = sys_times,
	[SYS_setpgid] = sys_setpgid,
	[SYS_getpgid] = sys_getpgid,
	[SYS_getsid] = sys_getsid,
	[SYS_setsid] = sys_setsid,
	[SYS_uname] = sys_uname,
	[SYS_getrlimit] = sys_getrlimit,
	[SYS_setrlimit] = sys_setrlimit,
	[SYS_getrusage] = sys_getrusage,
	[SYS_umask] = sys_umask,
	[SYS_getpid] = sys_getpid,
	[SYS_getppid] = sys_getppid,
	[SYS_getuid] = sys_getid_zero,
	[SYS_geteuid] = sys_getid_zero,
	[SYS_getgid] = sys_getid_zero,
	[SYS_getegid] = sys_getid_zero,
	[SYS_gettid] = sys_gettid,
	[SYS_sysinfo] = sys_sysinfo,
	[SYS_clone] = sys_clone,
	[SYS_execve] = sys_execve,
	[SYS_riscv_flush_icache] = sys_riscv_flush_icache,
	[SYS_wait4] = sys_wait4,
	[SYS_prlimit64] = sys_prlimit64,
	[SYS_getrandom] = sys_getrandom,

	[SYS_nanosleep] = sys_nanosleep,
	[SYS_clock_gettime] = sys_clock_gettime,
	[SYS_clock_getres] = sys_clock_getres,
	[SYS_clock_nanosleep] = sys_clock_nanosleep,
	[SYS_gettimeofday] = sys_gettimeofday,

	[SYS_kill] = sys_kill,
	[SYS_tkill] = sys_tkill,
	[SYS_tgkill] = sys_tgkill,
	[SYS_sigaltstack] = sys_sigaltstack,
	[SYS_rt_sigsuspend] = sys_rt_sigsuspend,
	[SYS_rt_sigaction] = sys_rt_sigaction,
	[SYS_rt_sigprocmask] = sys_rt_sigprocmask,
	[SYS_rt_sigpending] = sys_rt_sigpending,
	[SYS_rt_sigreturn] = sys_rt_sigreturn,

	[SYS_brk] = sys_brk,
	[SYS_munmap] = sys_munmap,
	[SYS_mmap] = sys_mmap,
	[SYS_mprotect] = sys_mprotect,
	[SYS_mremap] = sys_mremap,
	[SYS_swapon] = sys_swapon,
	[SYS_swapoff] = sys_swapoff,
	[SYS_msync] = sys_msync,
	[SYS_mlock] = sys_mlock,
	[SYS_munlock] = sys_munlock,
	[SYS_mlockall] = sys_mlockall,
	[SYS_munlockall] = sys_munlockall,
	[SYS_mincore] = sys_mincore,
	[SYS_madvise] = sys_madvise,
	[SYS_mlock2] = sys_mlock2,
};

static const syscall_fn samara_calls[] = {
	[SYS_samara_query - SYS_samara_first] = sys_samara_query,
	[SYS_samara_fail_alloc - SYS_samara_first] = sys_samara_fail_alloc,
};

static syscall_fn find_call(unsigned long nr)
{
	if (likely(nr < ARRAY_SIZE(linux_calls)))
		return linux_calls[nr];
	if (nr - SYS_samara_first < ARRAY_SIZE(samara_calls))
		return samara_calls[nr - SYS_samara_first];
	return NULL;
}

void handle_syscall(struct pt_regs *regs)
{
	syscall_fn fn = find_call(regs->a7);
	long ret = -ENOSYS;

	regs->epc += 4;			/* ecall has no compressed form */
	regs->orig_a0 = regs->a0;
	if (likely(fn != NULL))
		ret = fn(regs->a0, regs->a1, regs->a2, regs->a3, regs->a4, regs->a5);
	regs->a0 = (unsigned long)ret;

	/* -ERESTART...: do_signal() makes something of it even if the signal has gone again. */
	if (unlikely((unsigned long)ret + ERESTART_RESTARTBLOCK <= ERESTART_RESTARTBLOCK - ERESTARTSYS))
		set_work(current, WORK_SIGNAL);
}

/* brk(addr) */
SYSCALL_DEFINE(sys_brk)
{
	return (long)mm_brk(current->mm, a0);
}

/* mmap(addr, len, prot, flags, fd, offset) */
SYSCALL_DEFINE(sys_mmap)
{
	struct memobj *file = NULL;
	unsigned long addr;

	if (!IS_ALIGNED(a5, PAGE_SIZE))
		return -EINVAL;
	if (!(a3 & MAP_ANONYMOUS)) {
		file = files_get_memobj((int)a4);
		if (IS_ERR(file))
			return PTR_ERR(file);
		/* Files are open for reading only. */
		if ((a3 & MAP_TYPE) != MAP_PRIVATE && (a2 & PROT_WRITE)) {
			memobj_put(file);
			return -EACCES;
		}
	}
	addr = mm_mmap(current->mm, a0, a1, a2, a3, file, a5 >> PAGE_SHIFT);
	if (file)
		memobj_put(file);
	return (long)addr;
}

/* munmap(addr, len) */
SYSCALL_DEFINE(sys_munmap)
{
	return mm_munmap(current->mm, a0, a1);
}

/* mprotect(addr, len, prot) */
SYSCALL_DEFINE(sys_mprotect)
{
	return mm_mprotect(current->mm, a0, a1, a2);
}

/* mremap(addr, old_len, new_len, flags, new_addr) */
SYSCALL_DEFINE(sys_mremap)
{
	return (long)mm_mremap(current->mm, a0, a1, a2, a3, a4);
}

/* madvise(addr, len, advice) */
SYSCALL_DEFINE(sys_madvise)
{
	return mm_madvise(current->mm, a0, a1, (int)a2);
}

/* mincore(addr, len, vec) */
SYSCALL_DEFINE(sys_mincore)
{
	return mm_mincore(current->mm, a0, a1, a2);
}

/* msync(addr, len, flags) */
SYSCALL_DEFINE(sys_msync)
{
	return mm_msync(current->mm, a0, a1, a2);
}

/* mlock(addr, len) */
SYSCALL_DEFINE(sys_mlock)
{
	return mm_mlock(current->mm, a0, a1, 0);
}

/* mlock2(addr, len, flags) */
SYSCALL_DEFINE(sys_mlock2)
{
	return mm_mlock(current->mm, a0, a1, a2);
}

/* munlock(addr, len) */
SYSCALL_DEFINE(sys_munlock)
{
	return mm_munlock(current->mm, a0, a1);
}

/* mlockall(flags) */
SYSCALL_DEFINE(sys_mlockall)
{
	return mm_mlockall(current->mm, a0);
}

/* munlockall() */
SYSCALL_DEFINE(sys_munlockall)
{
	return mm_munlockall(current->mm);
}
