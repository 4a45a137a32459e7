/* SPDX-License-Identifier: MIT */
/*
 * execve(2). The new address space is built completely beside the old one; only when nothing
 * can fail any more do the other threads end and the task moves over, so a caller whose exec fails is untouched.
 *
 *	STACK_TOP ->	8 zero bytes
 *			execfn, argument and environment strings
 *			16 random bytes
 *			auxv ... AT_NULL | envp ... NULL | argv ... NULL
 *	sp ->		argc
 */
#include "kernel/posix/exec.h"
#include "kernel/arch/regs.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/bug.h"
#include "kernel/core/syscall.h"
#include "kernel/mm/mm.h"
#include "kernel/posix/elf.h"
#include "kernel/posix/files.h"
#include "kernel/posix/initrd.h"
#include "kernel/posix/random.h"
#include "kernel/sched/fp.h"
#include "kernel/sched/sched.h"
#include "kernel/task/process.h"
#include "kernel/task/signal.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "uapi/mman.h"

#define AT_NULL		0
#define AT_PHDR		3
#define AT_PHENT	4
#define AT_PHNUM	5
#define AT_PAGESZ	6
#define AT_BASE		7
#define AT_FLAGS	8
#define AT_ENTRY	9
#define AT_UID		11
#define AT_EUID		12
#define AT_GID		13
#define AT_EGID		14
#define AT_HWCAP	16
#define AT_CLKTCK	17
#define AT_SECURE	23
#define AT_RANDOM	25
#define AT_EXECFN	31

/* AT_HWCAP: a bit for each letter of the extensions that user code may use. */
#define HWCAP(letter)	(1UL << ((letter) - 'A'))
#define HWCAP_RV64IMAC	(HWCAP('I') | HWCAP('M') | HWCAP('A') | HWCAP('C'))
#define HWCAP_FP	(HWCAP('F') | HWCAP('D'))

/* Mapped from the start: room for the arguments and the first calls. It grows from there. */
#define STACK_SIZE	(EXEC_ARGS_MAX + 4 * PAGE_SIZE)

/* A program on its way. */
struct new_program {
	struct mm_struct *mm;
	struct elf_image image;
	struct files *spare_files;
	unsigned long sigreturn;	/* address of the trampoline */
	unsigned long sp;
	unsigned long execfn, strings, random;	/* addresses on its stack */
};

/*
 * Copy the strings, the file name and the random bytes to the top of the stack; move prog->sp
 * below.
 */
static int write_strings(struct new_program *prog, const char *path, const struct exec_args *args)
{
	unsigned char seed[16];
	size_t path_len = strlen(path) + 1;
	int ret;

	prog->execfn = STACK_TOP - sizeof(long) - path_len;
	prog->strings = prog->execfn - args->used;
	prog->random = ALIGN_DOWN(prog->strings - sizeof(seed), 16UL);
	prog->sp = prog->random;

	get_random_bytes(seed, sizeof(seed));
	ret = mm_write(prog->mm, prog->execfn, path, path_len, /* force = */ false);
	if (ret == 0)
		ret = mm_write(prog->mm, prog->random, seed, sizeof(seed), /* force = */ false);
	for (size_t done = 0; ret == 0 && done < args->used; done += PAGE_SIZE)
		ret = mm_write(prog->mm, prog->strings + done, args->page[done / PAGE_SIZE],
			       min(args->used - done, PAGE_SIZE), /* force = */ false);
	return ret;
}

static unsigned int fill_auxv(const struct new_program *prog, unsigned long *auxv)
{
	const unsigned long pairs[][2] = {
		{ AT_PHDR, prog->image.phdr },
		{ AT_PHENT, ELF_PHDR_SIZE },
		{ AT_PHNUM, prog->image.phnum },
		{ AT_PAGESZ, PAGE_SIZE },
		{ AT_BASE, 0 },
		{ AT_FLAGS, 0 },
		{ AT_ENTRY, prog->image.entry },
		{ AT_UID, 0 }, { AT_EUID, 0 }, { AT_GID, 0 }, { AT_EGID, 0 },
		{ AT_SECURE, 0 },
		{ AT_HWCAP, HWCAP_RV64IMAC | (fp_available() ? HWCAP_FP : 0) },
		{ AT_CLKTCK, 100 },
		{ AT_RANDOM, prog->random },
		{ AT_EXECFN, prog->execfn },
		{ AT_NULL, 0 },
	};

	_Static_assert(sizeof(pairs) <= sizeof(((struct mm_struct *)0)->saved_auxv), "saved_auxv has room");
	memcpy(auxv, pairs, sizeof(pairs));
	return ARRAY_SIZE(pairs);
}

/* The address of each string, and a NULL, from *@string on in the new stack's order of bytes. */
static void fill_pointers(const struct new_program *prog, const struct exec_args *args, int count,
			  size_t *offset, unsigned long *out)
{
	for (int i = 0; i < count; i++) {
		out[i] = prog->strings + *offset;
		while (args->page[*offset / PAGE_SIZE][*offset % PAGE_SIZE] != '\0')
			(*offset)++;
		(*offset)++;
	}
	out[count] = 0;
}

/* argc, argv, envp and auxv below the strings; prog->sp ends as the program's first sp. */
static int write_tables(struct new_program *prog, const struct exec_args *args)
{
	struct mm_struct *mm = prog->mm;
	size_t argc = (size_t)args->argc, envc = (size_t)args->envc, offset = 0, words;
	unsigned long *table;
	int ret;

	mm->saved_auxv_len = (unsigned char)fill_auxv(prog, mm->saved_auxv);
	words = 1 + (argc + 1) + (envc + 1) + 2 * (size_t)mm->saved_auxv_len;
	table = kmalloc(words * sizeof(long), GFP_KERNEL);
	if (!table)
		return -ENOMEM;

	table[0] = argc;
	fill_pointers(prog, args, args->argc, &offset, table + 1);
	fill_pointers(prog, args, args->envc, &offset, table + 1 + argc + 1);
	memcpy(table + 1 + argc + 1 + envc + 1, mm->saved_auxv, 2 * mm->saved_auxv_len * sizeof(long));

	prog->sp = ALIGN_DOWN(prog->sp - words * sizeof(long), 16UL);
	ret = mm_write(mm, prog->sp, table, words * sizeof(long), /* force = */ false);
	kfree(table);
	return ret;
}

static int map_sigreturn(struct new_program *prog)
{
	struct memobj *image = sigreturn_image();

	if (!image)
		return -ENOMEM;
	prog->sigreturn = mm_mmap(prog->mm, 0, PAGE_SIZE, PROT_READ | PROT_EXEC, MAP_PRIVATE, image, 0);
	return IS_ERR_VALUE(prog->sigreturn) ? (int)prog->sigreturn : 0;
}

static int build_program(struct new_program *prog, struct memobj *file, const char *path,
			 const struct exec_args *args)
{
	int ret;

	spin_lock(&tasklist_lock);
	limits_to_mm(current->proc, prog->mm);	/* they hold for the new program's own mappings, too */
	spin_unlock(&tasklist_lock);
	ret = elf_load(prog->mm, file, &prog->image);
	if (ret < 0)
		return ret;
	mm_set_brk(prog->mm, prog->image.end);
	ret = mm_setup_stack(prog->mm, STACK_SIZE);
	if (ret == 0)
		ret = map_sigreturn(prog);
	if (ret == 0)
		ret = write_strings(prog, path, args);
	if (ret == 0)
		ret = write_tables(prog, args);
	/* The stack of a new mm that cannot be written is for want of memory only. */
	return ret == -EFAULT ? -ENOMEM : ret;
}

static void set_name(const char *path)
{
	const char *base = path;

	for (const char *s = path; *s; s++)
		if (*s == '/' && s[1] != '\0')
			base = s + 1;
	(void)strscpy(current->name, base, sizeof(current->name));
}

/* The step over: current becomes the new program. Nothing here fails. */
static void become(struct new_program *prog, const char *path)
{
	struct pt_regs *regs = task_pt_regs(current);
	struct mm_struct *old;

	prog->mm->start_stack = prog->sp;
	if (current->mm)
		release_user_words();
	old = set_task_mm(prog->mm);
	vfork_done();
	if (old)
		mmput(old);

	set_name(path);
	signals_exec(current->proc);
	files_exec(prog->spare_files);
	current->proc->sigreturn_tramp = prog->sigreturn;
	current->proc->did_exec = true;
	current->proc->membarrier = false;
	current->proc->exit_signal = SIGCHLD;
	current->flags &= ~TASK_KTHREAD;

	fp_set(regs, NULL);
	memset(regs, 0, offsetof(struct pt_regs, status));
	regs->status = (csr_read(sstatus) & ~(SSTATUS_SPP | SSTATUS_SIE | SSTATUS_FS | SSTATUS_SUM)) |
		       SSTATUS_SPIE | (regs->status & SSTATUS_FS);
	regs->epc = prog->image.entry;
	regs->sp = prog->sp;
	asm volatile("fence.i" : : : "memory");
}

int do_execve(const char *path, const struct exec_args *args)
{
	struct new_program prog = { 0 };
	struct memobj *file = initrd_open_exec(path);
	int ret;

	if (IS_ERR(file))
		return (int)PTR_ERR(file);
	prog.mm = mm_alloc();
	ret = prog.mm ? build_program(&prog, file, path, args) : -ENOMEM;
	memobj_put(file);
	if (ret == 0) {
		prog.spare_files = files_spare();
		ret = prog.spare_files ? become_only_thread() : -ENOMEM;
	}
	if (ret < 0) {
		files_put(prog.spare_files);
		if (prog.mm)
			mmput(prog.mm);
		return ret;
	}

	/* commit: nothing below fails */
	become(&prog, path);
	return 0;
}

/* execve(path, argv, envp) */
SYSCALL_DEFINE(sys_execve)
{
	char path[EXEC_PATH_MAX];
	struct exec_args *args;
	long ret;

	ret = strncpy_from_user(path, a0, sizeof(path));
	if (ret < 0)
		return ret;
	if (ret == sizeof(path))
		return -ENAMETOOLONG;
	if (ret == 0)
		return -ENOENT;

	args = kmalloc(sizeof(*args), GFP_KERNEL);
	if (!args)
		return -ENOMEM;
	exec_args_init(args);
	ret = exec_args_copy(args, a1, a2);
	if (ret == 0)
		ret = do_execve(path, args);
	exec_args_free(args);
	kfree(args);
	return ret;
}
