/* SPDX-License-Identifier: MIT */
/*
 * The words that every other file is written with: fixed-width integers,
 * alignment, container_of, and the accesses that the compiler may not tear,
 * repeat or merge. Freestanding: used by the kernel, by lib/ and by host tests.
 */
#ifndef LIB_TYPES_H
#define LIB_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

/* Power-of-two alignment of integers. */
#define ALIGN_DOWN(x, a)	((x) & ~((__typeof__(x))(a) - 1))
#define ALIGN_UP(x, a)		ALIGN_DOWN((x) + ((__typeof__(x))(a) - 1), (a))
#define IS_ALIGNED(x, a)	(((x) & ((__typeof__(x))(a) - 1)) == 0)

#define min(a, b) ({ __typeof__(a) _a = (a); __typeof__(b) _b = (b); _a < _b ? _a : _b; })
#define max(a, b) ({ __typeof__(a) _a = (a); __typeof__(b) _b = (b); _a > _b ? _a : _b; })

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

#ifndef READ_ONCE		/* a host build that watches the accesses has its own */
#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#endif
#define WRITE_ONCE(x, v)	(*(volatile __typeof__(x) *)&(x) = (v))

#define __packed	__attribute__((packed))
#define __aligned(n)	__attribute__((aligned(n)))
#define __unused	__attribute__((unused))
/* For the rare half of a function, so that its registers are not saved by the frequent half. */
#define __noinline	__attribute__((noinline))
/* For a function that is one step of another one, with a name for the reader. */
#define __step		inline __attribute__((always_inline))
#define __must_check	__attribute__((warn_unused_result))
#define __noreturn	__attribute__((noreturn))
#define __printf(f, a)	__attribute__((format(printf, f, a)))

/* A counter that several harts change; relaxed unless the name says otherwise. */
typedef struct { int v; } atomic_t;

static inline int atomic_read(const atomic_t *a)
{
	return __atomic_load_n(&a->v, __ATOMIC_RELAXED);
}

static inline void atomic_set(atomic_t *a, int v)
{
	WRITE_ONCE(a->v, v);
}

/* atomic_add_return() - full barrier, returns the new value. */
static inline int atomic_add_return(atomic_t *a, int n)
{
	return __atomic_add_fetch(&a->v, n, __ATOMIC_SEQ_CST);
}

static inline void atomic_inc(atomic_t *a)
{
	__atomic_fetch_add(&a->v, 1, __ATOMIC_RELAXED);
}

static inline void atomic_dec(atomic_t *a)
{
	__atomic_fetch_sub(&a->v, 1, __ATOMIC_RELAXED);
}

/* atomic_dec_and_test() - drop one, true when that was the last; full barrier. */
static inline bool atomic_dec_and_test(atomic_t *a)
{
	return __atomic_sub_fetch(&a->v, 1, __ATOMIC_SEQ_CST) == 0;
}

/* atomic_inc_not_zero() - take one unless there is none left to share. */
static inline bool atomic_inc_not_zero(atomic_t *a)
{
	int v = atomic_read(a);

	while (v != 0)
		if (__atomic_compare_exchange_n(&a->v, &v, v + 1, false,
						__ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
			return true;
	return false;
}

#endif
