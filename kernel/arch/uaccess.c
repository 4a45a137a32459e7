/* SPDX-License-Identifier: MIT */
/*
 * The checked side of user copies: the range first, then the assembly that may fault.
 * A fault inside is answered by trap.c: the page comes, or the routine returns -EFAULT.
 */
#include "kernel/arch/uaccess.h"
#include "kernel/core/bug.h"
#include "lib/errno.h"

struct extable_entry {
	unsigned long insn, fixup;
};

extern const struct extable_entry __ex_table_start[], __ex_table_end[];

/* user_copy.S: 0 or -EFAULT. */
int user_copy(void *dst, const void *src, size_t n);
int user_clear(void *dst, size_t n);
long user_strncpy(char *dst, const char *src, size_t n);
int user_load32(u32 *value, unsigned long uaddr);
int user_load64(u64 *value, unsigned long uaddr);
int user_store32(u32 value, unsigned long uaddr);
int user_store64(u64 value, unsigned long uaddr);

/* int f(u32 *old, u32 arg, unsigned long uaddr) */
int user_amoswap(u32 *old, u32 arg, unsigned long uaddr);
int user_amoadd(u32 *old, u32 arg, unsigned long uaddr);
int user_amoor(u32 *old, u32 arg, unsigned long uaddr);
int user_amoand(u32 *old, u32 arg, unsigned long uaddr);
int user_amoxor(u32 *old, u32 arg, unsigned long uaddr);
int user_cmpxchg32(u32 *seen, unsigned long uaddr, u32 old, u32 new);

unsigned long extable_fixup(unsigned long pc)
{
	const struct extable_entry *entry;

	for (entry = __ex_table_start; entry < __ex_table_end; entry++)
		if (entry->insn == pc)
			return entry->fixup;
	return 0;
}

/* Does the range lie below TASK_SIZE? To be asked where this hart may have to flush first is a bug (kernel/mm/tlb_defer.h). */
static inline bool may_touch(unsigned long uaddr, size_t n)
{
	VM_BUG_ON(!uaccess_allowed());
	return access_ok(uaddr, n);
}

int copy_from_user(void *dst, unsigned long uaddr, size_t n)
{
	return may_touch(uaddr, n) ? user_copy(dst, (const void *)uaddr, n) : -EFAULT;
}

int copy_to_user(unsigned long uaddr, const void *src, size_t n)
{
	return may_touch(uaddr, n) ? user_copy((void *)uaddr, src, n) : -EFAULT;
}

int clear_user(unsigned long uaddr, size_t n)
{
	return may_touch(uaddr, n) ? user_clear((void *)uaddr, n) : -EFAULT;
}

size_t copy_from_user_pages(void *dst, unsigned long uaddr, size_t n)
{
	size_t done, part;

	for (done = 0; done < n; done += part) {
		part = user_part(uaddr + done, n - done);
		if (copy_from_user((char *)dst + done, uaddr + done, part) < 0)
			break;
	}
	return done;
}

size_t copy_to_user_pages(unsigned long uaddr, const void *src, size_t n)
{
	size_t done, part;

	for (done = 0; done < n; done += part) {
		part = user_part(uaddr + done, n - done);
		if (copy_to_user(uaddr + done, (const char *)src + done, part) < 0)
			break;
	}
	return done;
}

/* A load, or a store that changes nothing, whoever else stores there. */
static bool touch_user(unsigned long uaddr, bool write)
{
	u32 old;

	if (write)
		return amo_user_u32(AMO_OR, uaddr & ~3UL, 0, &old) == 0;
	return get_user_u32(&old, uaddr & ~3UL) == 0;
}

size_t fault_in_user(unsigned long uaddr, size_t n, bool write)
{
	size_t done;

	for (done = 0; done < n; done += user_part(uaddr + done, n - done))
		if (user_address_is_device(uaddr + done) || !touch_user(uaddr + done, write))
			break;
	return done;
}

int copy_struct_from_user(void *dst, size_t size, unsigned long uaddr, size_t usize)
{
	unsigned char more;

	if (copy_from_user(dst, uaddr, min(size, usize)) < 0)
		return -EFAULT;
	for (size_t i = size; i < usize; i++) {
		if (copy_from_user(&more, uaddr + i, 1) < 0)
			return -EFAULT;
		if (more)
			return -E2BIG;
	}
	return 0;
}

long strncpy_from_user(char *dst, unsigned long uaddr, size_t n)
{
	size_t room;
	long len;

	if (!may_touch(uaddr, 1))
		return n == 0 ? 0 : -EFAULT;
	room = TASK_SIZE - uaddr;
	len = user_strncpy(dst, (const char *)uaddr, n < room ? n : room);
	/* A string that runs up to the end of user addresses goes on where user programs may not read. */
	if (len == (long)room && room < n)
		return -EFAULT;
	return len;
}

int get_user_u32(u32 *value, unsigned long uaddr)
{
	return may_touch(uaddr, sizeof(*value)) ? user_load32(value, uaddr) : -EFAULT;
}

int get_user_u64(u64 *value, unsigned long uaddr)
{
	return may_touch(uaddr, sizeof(*value)) ? user_load64(value, uaddr) : -EFAULT;
}

int put_user_u32(u32 value, unsigned long uaddr)
{
	return may_touch(uaddr, sizeof(value)) ? user_store32(value, uaddr) : -EFAULT;
}

int put_user_u64(u64 value, unsigned long uaddr)
{
	return may_touch(uaddr, sizeof(value)) ? user_store64(value, uaddr) : -EFAULT;
}

int amo_user_u32(enum user_amo amo, unsigned long uaddr, u32 arg, u32 *old)
{
	static int (*const fn[])(u32 *, u32, unsigned long) = {
		[AMO_SWAP] = user_amoswap, [AMO_ADD] = user_amoadd, [AMO_OR] = user_amoor, [AMO_AND] = user_amoand,
		[AMO_XOR] = user_amoxor,
	};

	return may_touch(uaddr, sizeof(*old)) ? fn[amo](old, arg, uaddr) : -EFAULT;
}

int cmpxchg_user_u32(unsigned long uaddr, u32 old, u32 new, u32 *seen)
{
	return may_touch(uaddr, sizeof(old)) ? user_cmpxchg32(seen, uaddr, old, new) : -EFAULT;
}
