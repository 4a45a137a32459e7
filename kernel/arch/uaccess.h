/* SPDX-License-Identifier: MIT */
/*
 * The only doors to user memory. Each call checks the range against TASK_SIZE,
 * opens sstatus.SUM for just its loads and stores, takes page faults as the
 * user program itself would (demand paging, COW), and gives -EFAULT for what
 * stays unmapped. All may sleep: hold no spinlock and not this mm's mmap_lock. (With TASK_NOFAULT set in current->flags they
 * do not sleep, and a page that is not there gives -EFAULT, too.)
 */
#ifndef KERNEL_ARCH_UACCESS_H
#define KERNEL_ARCH_UACCESS_H

#include "kernel/core/config.h"
#include "lib/types.h"

/* access_ok() - does [@uaddr, @uaddr + @n) lie below TASK_SIZE? Says nothing about mappings. */
static inline bool access_ok(unsigned long uaddr, size_t n)
{
	return n <= TASK_SIZE && uaddr <= TASK_SIZE - n;
}

/* Returns: 0, or -EFAULT with any part of the bytes copied. */
int __must_check copy_from_user(void *dst, unsigned long uaddr, size_t n);
int __must_check copy_to_user(unsigned long uaddr, const void *src, size_t n);
int __must_check clear_user(unsigned long uaddr, size_t n);

/*
 * copy_from_user_some(), copy_to_user_some() - as many of the @n bytes, from the first on, as can be copied. Returns how many.
 * Pages are there or not as a whole, so that ends at the end of one: a copy that fails is done again page by page.
 */
size_t copy_from_user_pages(void *dst, unsigned long uaddr, size_t n);
size_t copy_to_user_pages(unsigned long uaddr, const void *src, size_t n);

static inline size_t copy_from_user_some(void *dst, unsigned long uaddr, size_t n)
{
	return copy_from_user(dst, uaddr, n) == 0 ? n : copy_from_user_pages(dst, uaddr, n);
}

static inline size_t copy_to_user_some(unsigned long uaddr, const void *src, size_t n)
{
	return copy_to_user(uaddr, src, n) == 0 ? n : copy_to_user_pages(uaddr, src, n);
}

/* user_part() - of @n bytes from @uaddr on, those up to the end of the first page. */
static inline size_t user_part(unsigned long uaddr, size_t n)
{
	size_t to_end = PAGE_SIZE - uaddr % PAGE_SIZE;

	return n < to_end ? n : to_end;
}

/*
 * fault_in_user() - have the pages of [@uaddr, @uaddr + @n) there, for writing if @write. How many of the bytes, from the first
 * on, are in pages that can be had. For a copy under a lock, after pagefault_disable(): first copy; if that fails, drop the lock, call
 * this, and begin again, since the pages may be gone once more.
 */
size_t fault_in_user(unsigned long uaddr, size_t n, bool write);

/*
 * copy_struct_from_user() - a structure of @usize bytes, of an older or a newer version than the @size bytes of @dst, which is
 * all zero. 0, -EFAULT, or -E2BIG: it says something in a field that this version does not have.
 */
int __must_check copy_struct_from_user(void *dst, size_t size, unsigned long uaddr, size_t usize);

/*
 * strncpy_from_user() - copy a string with its NUL, at most @n bytes.
 * Returns: its length without the NUL; @n when no NUL is among the first @n bytes; or -EFAULT.
 */
long __must_check strncpy_from_user(char *dst, unsigned long uaddr, size_t n);

/* One aligned or unaligned word. Returns: 0 or -EFAULT (get: *@value is untouched then). */
int __must_check get_user_u32(u32 *value, unsigned long uaddr);
int __must_check get_user_u64(u64 *value, unsigned long uaddr);
int __must_check put_user_u32(u32 value, unsigned long uaddr);
int __must_check put_user_u64(u64 value, unsigned long uaddr);

/*
 * amo_user_u32() - the atomic operation @amo with @arg on the aligned word at @uaddr; *@old is what it was. cmpxchg_user_u32() -
 * store @new if the word is @old; *@seen is what it was. Both order all accesses before and behind. 0 or -EFAULT.
 */
enum user_amo { AMO_SWAP, AMO_ADD, AMO_OR, AMO_AND, AMO_XOR };
int __must_check amo_user_u32(enum user_amo amo, unsigned long uaddr, u32 arg, u32 *old);
int __must_check cmpxchg_user_u32(unsigned long uaddr, u32 old, u32 new, u32 *seen);

/*
 * What uaccess.c asks of those above. user_address_is_device() - mm/access.c: does current map a device's registers at @uaddr? A copy from
 * or to these is its own access, and the device may refuse some widths (an access fault: -EFAULT), however often the copy is tried.
 */
bool user_address_is_device(unsigned long uaddr);
/* uaccess_allowed() - mm/tlb.c: false where this hart may have translations that it has still to flush. For an assertion. */
bool uaccess_allowed(void);
/* extable_fixup() - uaccess.c: where to go on after a fault at @pc, or 0 when @pc is in no uaccess routine. */
unsigned long extable_fixup(unsigned long pc);

#endif
