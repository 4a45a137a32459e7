/* SPDX-License-Identifier: MIT */
/*
 * The ELF loader; elf.h. The file is the user's: each number in it is checked before
 * it is added to another one. All headers are checked before the first segment is mapped.
 */
#include "kernel/posix/elf.h"
#include "kernel/mm/mm.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "uapi/mman.h"

#define ELF_DYN_BASE	0x1000000000UL	/* 64 GiB: above it the heap, far above that mmap and stack */
#define ELF_MAX_PHNUM	64

#define EI_CLASS	4
#define EI_DATA		5
#define EI_VERSION	6
#define ELFCLASS64	2
#define ELFDATA2LSB	1
#define EV_CURRENT	1
#define ET_EXEC		2
#define ET_DYN		3
#define EM_RISCV	243
#define PT_LOAD		1
#define PT_INTERP	3
#define PF_X		1
#define PF_W		2
#define PF_R		4

struct elf64_ehdr {
	unsigned char e_ident[16];
	u16 e_type, e_machine;
	u32 e_version;
	u64 e_entry, e_phoff, e_shoff;
	u32 e_flags;
	u16 e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx;
};
_Static_assert(sizeof(struct elf64_ehdr) == 64, "Elf64_Ehdr");

struct elf64_phdr {
	u32 p_type, p_flags;
	u64 p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align;
};
_Static_assert(sizeof(struct elf64_phdr) == ELF_PHDR_SIZE, "Elf64_Phdr");

static bool ehdr_ok(const struct elf64_ehdr *eh, unsigned long size)
{
	static const unsigned char magic[4] = { 0x7f, 'E', 'L', 'F' };

	if (memcmp(eh->e_ident, magic, sizeof(magic)) != 0 || eh->e_ident[EI_CLASS] != ELFCLASS64 ||
	    eh->e_ident[EI_DATA] != ELFDATA2LSB || eh->e_ident[EI_VERSION] != EV_CURRENT)
		return false;
	if ((eh->e_type != ET_EXEC && eh->e_type != ET_DYN) || eh->e_machine != EM_RISCV)
		return false;
	if (eh->e_phentsize != ELF_PHDR_SIZE || eh->e_phnum == 0 || eh->e_phnum > ELF_MAX_PHNUM)
		return false;
	return eh->e_phoff <= size && (u64)eh->e_phnum * ELF_PHDR_SIZE <= size - eh->e_phoff;
}

/*
 * Is @ph a segment that can be mapped: inside the file, inside [@floor, TASK_SIZE) once @base is
 * added, and not on a page of the segment before (which ends at @floor)?
 * Returns: 0, -ENOEXEC, or -ENOMEM when it is only too large.
 */
static int segment_ok(const struct elf64_phdr *ph, unsigned long size, unsigned long base,
		      unsigned long floor)
{
	if (ph->p_filesz > ph->p_memsz)
		return -ENOEXEC;
	if (ph->p_offset > size || ph->p_filesz > size - ph->p_offset)
		return -ENOEXEC;
	if ((ph->p_vaddr ^ ph->p_offset) & (PAGE_SIZE - 1))
		return -ENOEXEC;
	if (ph->p_vaddr >= TASK_SIZE - base || base + ALIGN_DOWN(ph->p_vaddr, PAGE_SIZE) < floor)
		return -ENOEXEC;
	if (ph->p_memsz > TASK_SIZE - base - ph->p_vaddr)
		return -ENOMEM;
	return 0;
}

/* Check all headers; learn the lowest address, where the program headers lie, and the end. */
static int check_segments(const struct elf64_ehdr *eh, const struct elf64_phdr *ph, unsigned long size,
			  unsigned long base, struct elf_image *image)
{
	unsigned long floor = MMAP_MIN_ADDR;
	bool any = false;
	int ret;

	for (int i = 0; i < eh->e_phnum; i++, ph++) {
		if (ph->p_type == PT_INTERP)
			return -ENOEXEC;	/* wants a dynamic loader */
		if (ph->p_type != PT_LOAD || ph->p_memsz == 0)
			continue;
		ret = segment_ok(ph, size, base, floor);
		if (ret < 0)
			return ret;
		if (eh->e_phoff >= ph->p_offset && eh->e_phoff - ph->p_offset < ph->p_filesz)
			image->phdr = base + ph->p_vaddr + (eh->e_phoff - ph->p_offset);
		floor = PAGE_ALIGN(base + ph->p_vaddr + ph->p_memsz);
		any = true;
	}
	image->end = floor;
	return any ? 0 : -ENOEXEC;
}

static int map_fixed(struct mm_struct *mm, unsigned long start, unsigned long end, unsigned long prot,
		     struct memobj *file, unsigned long offset)
{
	unsigned long flags = MAP_PRIVATE | MAP_FIXED | (file ? 0 : MAP_ANONYMOUS);
	unsigned long addr;

	if (start == end)
		return 0;
	addr = mm_mmap(mm, start, end - start, prot, flags, file, offset >> PAGE_SHIFT);
	return IS_ERR_VALUE(addr) ? (int)addr : 0;
}

/* The bytes between the end of a segment's file part and the end of that page become zero. */
static int zero_tail(struct mm_struct *mm, unsigned long from, unsigned long to)
{
	static const char zeroes[256];

	while (from < to) {
		size_t n = min(to - from, sizeof(zeroes));
		int ret = mm_write(mm, from, zeroes, n, /* force = */ true);

		if (ret < 0)
			return ret;
		from += n;
	}
	return 0;
}

/*
 *	vaddr		vaddr+filesz	   vaddr+memsz
 *	|     file	|  zero_tail |	   anonymous	|
 *	page		             page	      page
 */
static int map_segment(struct mm_struct *mm, struct memobj *file, const struct elf64_phdr *ph,
		       unsigned long base)
{
	unsigned long start = base + ph->p_vaddr;
	unsigned long file_end = start + ph->p_filesz, mem_end = start + ph->p_memsz;
	unsigned long first = ALIGN_DOWN(start, PAGE_SIZE);
	unsigned long file_pages_end = ph->p_filesz ? PAGE_ALIGN(file_end) : first;
	unsigned long prot = 0;
	int ret;

	prot |= ph->p_flags & PF_R ? PROT_READ : 0;
	prot |= ph->p_flags & PF_W ? PROT_WRITE : 0;
	prot |= ph->p_flags & PF_X ? PROT_EXEC : 0;

	ret = map_fixed(mm, first, file_pages_end, prot, file, ALIGN_DOWN(ph->p_offset, PAGE_SIZE));
	if (ret == 0 && ph->p_filesz && ph->p_memsz > ph->p_filesz)
		ret = zero_tail(mm, file_end, min(file_pages_end, mem_end));
	if (ret == 0 && PAGE_ALIGN(mem_end) > file_pages_end)
		ret = map_fixed(mm, file_pages_end, PAGE_ALIGN(mem_end), prot, NULL, 0);
	if (ret < 0)
		return ret;

	if (ph->p_flags & PF_X) {
		if (!mm->start_code)
			mm->start_code = start;
		mm->end_code = file_end;
	} else if (ph->p_flags & PF_W) {
		if (!mm->start_data)
			mm->start_data = start;
		mm->end_data = file_end;
	}
	return 0;
}

int elf_load(struct mm_struct *mm, struct memobj *file, struct elf_image *image)
{
	struct elf64_ehdr eh;
	struct elf64_phdr *phdrs;
	unsigned long base;
	size_t phdrs_size;
	int ret;

	if (file->size < sizeof(eh))
		return -ENOEXEC;
	ret = memobj_read(file, 0, &eh, sizeof(eh));
	if (ret < 0)
		return ret;
	if (!ehdr_ok(&eh, file->size))
		return -ENOEXEC;

	phdrs_size = (size_t)eh.e_phnum * ELF_PHDR_SIZE;
	phdrs = kmalloc(phdrs_size, GFP_KERNEL);
	if (!phdrs)
		return -ENOMEM;
	base = eh.e_type == ET_DYN ? ELF_DYN_BASE : 0;
	memset(image, 0, sizeof(*image));
	ret = memobj_read(file, eh.e_phoff, phdrs, phdrs_size);
	if (ret == 0)
		ret = check_segments(&eh, phdrs, file->size, base, image);
	for (int i = 0; ret == 0 && i < eh.e_phnum; i++)
		if (phdrs[i].p_type == PT_LOAD && phdrs[i].p_memsz != 0)
			ret = map_segment(mm, file, &phdrs[i], base);
	kfree(phdrs);
	if (ret < 0)
		return ret;

	image->entry = base + eh.e_entry;
	image->phnum = eh.e_phnum;
	return 0;
}
