/* SPDX-License-Identifier: MIT */
/*
 * stdin, stdout and stderr for picolibc's stdio: descriptors 0, 1 and 2 with a line's worth of
 * buffer each, so that a printf is one write(2) and lines of several processes stay whole.
 */
#include <stdio.h>
#include "user/libsys/sys.h"

#define BUFFER_SIZE	512

/* The FILE comes first: picolibc hands its address to the functions below. */
struct stream {
	FILE file;
	int fd;
	size_t pos, len;
	char buf[BUFFER_SIZE];
};

static int stream_flush(FILE *file)
{
	struct stream *s = (struct stream *)file;
	size_t done = 0;

	while (done < s->len) {
		ssize_t n = write(s->fd, s->buf + done, s->len - done);

		if (n <= 0)
			break;
		done += n;
	}
	s->len = 0;
	return 0;
}

static int stream_put(char c, FILE *file)
{
	struct stream *s = (struct stream *)file;

	s->buf[s->len++] = c;
	if (c == '\n' || s->len == BUFFER_SIZE)
		stream_flush(file);
	return (unsigned char)c;
}

static int stream_get(FILE *file)
{
	struct stream *s = (struct stream *)file;

	if (s->pos == s->len) {
		ssize_t n = read(s->fd, s->buf, BUFFER_SIZE);

		s->pos = 0;
		s->len = n > 0 ? n : 0;
		if (n <= 0)
			return _FDEV_EOF;
	}
	return (unsigned char)s->buf[s->pos++];
}

static struct stream in = {
	.file = FDEV_SETUP_STREAM(NULL, stream_get, NULL, _FDEV_SETUP_READ), .fd = 0,
};
static struct stream out = {
	.file = FDEV_SETUP_STREAM(stream_put, NULL, stream_flush, _FDEV_SETUP_WRITE), .fd = 1,
};
static struct stream err = {
	.file = FDEV_SETUP_STREAM(stream_put, NULL, stream_flush, _FDEV_SETUP_WRITE), .fd = 2,
};

FILE *const stdin = &in.file;
FILE *const stdout = &out.file;
FILE *const stderr = &err.file;
