/* SPDX-License-Identifier: MIT */
/*
 * Checks on the kernel itself. A user's mistake is an errno; these are for ours.
 *
 *	BUG_ON	stop the machine when the condition holds
 *	WARN_ON	say it once per site, go on
 *	VM_*	the same for mm, compiled out (but type-checked) with RELEASE=1
 *
 * The dumping forms print the object first: a message carries values.
 */
#ifndef KERNEL_CORE_BUG_H
#define KERNEL_CORE_BUG_H

#include "lib/types.h"

struct vm_area_struct;
struct mm_struct;
struct page;

/* panic() - print the message, the backtrace and stop the machine with a failure status. */
void panic(const char *fmt, ...) __printf(1, 2) __noreturn;
/* warn_at() - report a broken expectation; prints a backtrace, the caller goes on. */
void warn_at(const char *file, int line, const char *what);

/* kernel/mm/debug.c: one line (or a few) about the object on the console. */
void dump_vma(const struct vm_area_struct *vma);
void dump_mm(const struct mm_struct *mm);
void dump_page(const struct page *page);

#define BUG()		panic("BUG at %s:%d", __FILE__, __LINE__)
#define BUG_ON(c) \
	do { if (unlikely(c)) panic("BUG at %s:%d: %s", __FILE__, __LINE__, #c); } while (0)
#define WARN_ON(c) ({								\
	static bool _said;							\
	bool _c = !!(c);							\
	if (unlikely(_c) && !_said) {						\
		_said = true;							\
		warn_at(__FILE__, __LINE__, #c);				\
	}									\
	_c; })

#ifdef RELEASE
#define VM_CHECK_TYPE(c)	((void)sizeof((c) ? 1 : 0))
#define VM_BUG_ON(c)		VM_CHECK_TYPE(c)
#define VM_WARN_ON(c)		VM_CHECK_TYPE(c)
#define VM_BUG_ON_VMA(c, vma)	((void)(vma), VM_CHECK_TYPE(c))
#define VM_BUG_ON_MM(c, mm)	((void)(mm), VM_CHECK_TYPE(c))
#define VM_BUG_ON_PAGE(c, page)	((void)(page), VM_CHECK_TYPE(c))
#else
#define VM_BUG_ON(c)		BUG_ON(c)
#define VM_WARN_ON(c)		((void)WARN_ON(c))
#define VM_BUG_ON_VMA(c, vma) \
	do { if (unlikely(c)) { dump_vma(vma); BUG_ON(c); } } while (0)
#define VM_BUG_ON_MM(c, mm) \
	do { if (unlikely(c)) { dump_mm(mm); BUG_ON(c); } } while (0)
#define VM_BUG_ON_PAGE(c, page) \
	do { if (unlikely(c)) { dump_page(page); BUG_ON(c); } } while (0)
#endif

#endif
