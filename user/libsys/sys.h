/* SPDX-License-Identifier: MIT */
/*
 * libsys: the calls that picolibc's own headers do not declare, and small helpers that every
 * program here needs. A wrapper answers -1 and sets errno; raw_syscall() gives the kernel's word.
 */
#ifndef USER_LIBSYS_SYS_H
#define USER_LIBSYS_SYS_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#include "uapi/query.h"
#include "uapi/syscall.h"

#define PAGE_SIZE	4096UL
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* start.S: seven machine words in, one out. */
long raw_syscall(long nr, ...);
/* stdio.c. flush_output() - write what stands in the buffers of stdout and stderr. */
void flush_output(void);
/* libsys_result() - split the kernel's answer: errors become -1 and errno. */
long libsys_result(long answer);

/* process.c */
extern unsigned long *libsys_auxv;		/* pairs, ended by AT_NULL */
unsigned long getauxval(unsigned long type);
/* tty_foreground() - the process group that Ctrl-C on the console interrupts. */
int tty_foreground(pid_t pgid);
/* exec.c. run() - fork, execve, wait: the wait status, or -1 when the program could not be started. */
int run(char *const argv[]);
/* process.c. describe_status() - "exit status 3" or "killed by SIGSEGV", in a static buffer. */
const char *describe_status(int status);
/*
 * print_end() - how @pid, which ran @argv and was waited for, ended, if not with status 0; a fault with function and line. death.c
 */
void print_end(char *const argv[], pid_t pid, int status);
/* exit_code() - what a shell's $? shows: the exit status, or 128 + signal. */
int exit_code(int status);

/*
 * USAGE() - what "NAME --help" prints, in one place near the program: a line "usage: ..." and one to five more of at most 80
 * columns. libsys_start() answers --help before main(); a program without USAGE() gets --help like any other word.
 */
#define USAGE(text)	const char usage_text[] = text
extern const char usage_text[] __attribute__((weak));
/* wrong_usage() - print it on stderr. Returns: the exit status of a program that was called with the wrong words. */
int wrong_usage(void);

/* file.c */
/* list_folder() - @each name in the folder @path, "." and ".." too, and its type (DT_ of uapi/dirent.h). 0, or -1 and errno. */
int list_folder(const char *path, void (*each)(const char *name, unsigned char type));

/* tty.c */
/* tty_columns() - how many columns the console has. */
int tty_columns(void);

/* memory.c */
/* map_pages() - n private anonymous pages, or exit with a message. */
void *map_pages(size_t n);

/* time.c */
unsigned long long now_ns(void);		/* CLOCK_MONOTONIC */
void sleep_ms(unsigned long ms);

/* query.c */
long query(unsigned int what, int pid, unsigned long arg, void *buf, size_t len);
long fail_alloc(unsigned long n);
/* query_mem(), query_counter() - QUERY_MEM's answer, one of QUERY_VMSTAT's; a program that gets none ends. */
struct q_mem query_mem(void);
unsigned long long query_counter(enum q_vmstat event);
/* query_text() - a text answer as a string that the next call overwrites, or NULL and errno. */
char *query_text(unsigned int what, int pid, unsigned long arg);

/* system.c. next_random() - a number of 31 bits, and @state moves on: the same state gives the same numbers. */
unsigned long next_random(unsigned long *state);

/* names.c */
const char *errno_name(int err);		/* "ENOMEM"; err may be negative */
const char *signal_name(int sig);		/* "SIGSEGV" */
/* die() - a message, the last error's name, exit status 1. */
void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* parse_ulong() - decimal or 0x...; false when anything else stands in @s. */
bool parse_ulong(const char *s, unsigned long *value);

#endif
