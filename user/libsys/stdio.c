/* SPDX-License-Identifier: MIT */
/*
 * stdin, stdout and stderr: picolibc's own buffered files on descriptors 0, 1 and 2. A line is one write(2), so that lines of
 * several processes stay whole. To wait for input writes the output first, so that a prompt without a newline is seen.
 */
#include <stdio-bufio.h>
#include <stdio.h>
#include "user/libsys/sys.h"

#define BUFFER_SIZE	512

static ssize_t read_after_flush(int fd, void *buf, size_t n)
{
	flush_output();
	return read(fd, buf, n);
}

static char in_buffer[BUFFER_SIZE], out_buffer[BUFFER_SIZE], err_buffer[BUFFER_SIZE];

static struct __file_bufio in = FDEV_SETUP_BUFIO(0, in_buffer, BUFFER_SIZE, read_after_flush, write, lseek, close, __SRD, 0);
static struct __file_bufio out = FDEV_SETUP_BUFIO(1, out_buffer, BUFFER_SIZE, read, write, lseek, close, __SWR, __BLBF);
static struct __file_bufio err = FDEV_SETUP_BUFIO(2, err_buffer, BUFFER_SIZE, read, write, lseek, close, __SWR, __BLBF);

FILE *const stdin = &in.xfile.cfile.file;
FILE *const stdout = &out.xfile.cfile.file;
FILE *const stderr = &err.xfile.cfile.file;

void flush_output(void)
{
	fflush(stdout);
	fflush(stderr);
}
