/* SPDX-License-Identifier: MIT */
/*
 * Threads share descriptors: opened and closed by many at once, pipes between them, an end closed while another thread reads.
 */
#include <fcntl.h>
#include "say.h"

#define THREADS	6
#define BYTES	60000

static int fds[2], result[2];

static void *open_close(void *arg)
{
	long wrong = 0;

	for (int i = 0; i < 300; i++) {
		int fd = (int)need(open("/dev/zero", O_RDONLY)), copy = (int)need(dup(fd));
		char c = 1;

		wrong += fd == copy || read(copy, &c, 1) != 1 || c != 0;
		need(close(fd));
		wrong += read(copy, &c, 1) != 1;
		need(close(copy));
	}
	(void)arg;
	return (void *)wrong;
}

/* Onto one number: whatever is there is closed. */
static void *replace(void *arg)
{
	long wrong = 0;

	(void)arg;
	for (int i = 0; i < 300; i++) {
		int fd = (int)need(open("/dev/zero", O_RDONLY));

		wrong += dup3(fd, 40, O_CLOEXEC) != 40;
		need(close(fd));
	}
	return (void *)wrong;
}

static void run(const char *name, void *(*body)(void *))
{
	pthread_t t[THREADS];
	long wrong = 0;

	for (int i = 0; i < THREADS; i++)
		t[i] = start(body, 0);
	for (int i = 0; i < THREADS; i++)
		wrong += join(t[i]);
	printf("%s: %ld wrong\n", name, wrong);
}

static void *writer(void *arg)
{
	char block[500];

	memset(block, (int)(long)arg, sizeof(block));
	for (int done = 0; done < BYTES; done += (int)sizeof(block))
		if (write(fds[1], block, sizeof(block)) != (ssize_t)sizeof(block))
			return (void *)1L;
	return NULL;
}

/* Blocks of up to PIPE_BUF are not mixed. */
static void pass_blocks(void)
{
	pthread_t t[THREADS];
	char block[500];
	long wrong = 0, sum = 0;

	need(pipe(fds));
	for (int i = 0; i < THREADS; i++)
		t[i] = start(writer, i + 1);
	for (long left = (long)THREADS * BYTES; left > 0;) {
		size_t got = 0;

		while (got < sizeof(block))
			got += (size_t)need(read(fds[0], block + got, sizeof(block) - got));
		for (size_t i = 1; i < sizeof(block); i++)
			wrong += block[i] != block[0];
		sum += block[0];
		left -= (long)sizeof(block);
	}
	for (int i = 0; i < THREADS; i++)
		wrong += join(t[i]);
	printf("pipe: %ld wrong, sum %ld\n", wrong, sum);
	need(close(fds[0]));
	need(close(fds[1]));
}

static void *blocked_reader(void *arg)
{
	char c = 'x';

	result[0] = (int)read(fds[0], &c, 1);
	return arg;
}

static void *blocked_writer(void *arg)
{
	static char much[1 << 20];

	result[1] = write(fds[1], much, sizeof(much)) < 0 ? -errno : 1;
	return arg;
}

/* The other end goes while a thread sleeps: end of file for a reader, what has been written for a writer; then EPIPE. */
static void close_ends(void)
{
	pthread_t t;

	need(pipe(fds));
	t = start(blocked_reader, 0);
	sleep_ms(20);
	need(close(fds[1]));
	join(t);
	need(close(fds[0]));
	need(pipe(fds));
	t = start(blocked_writer, 0);
	sleep_ms(20);
	need(close(fds[0]));
	join(t);
	printf("reader %d, writer %s\n", result[0], result[1] == 1 ? "has written a part" : error(-result[1]));
	printf("then: %s\n", write(fds[1], "x", 1) < 0 ? error(errno) : "written");
	need(close(fds[1]));
	printf("closed twice: %s\n", close(fds[1]) < 0 ? error(errno) : "closed");
}

/* The end that a thread sleeps in is closed by another one: the sleeper has it still, and gets what comes. */
static void close_own_end(void)
{
	pthread_t t;
	int own[2];

	need(pipe(fds));
	memcpy(own, fds, sizeof(own));
	t = start(blocked_reader, 0);
	sleep_ms(20);
	need(close(own[0]));
	need(write(own[1], "y", 1));
	join(t);
	printf("closed meanwhile: %d\n", result[0]);
	need(close(own[1]));
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	run("open, dup, close", open_close);
	run("dup3 onto one number", replace);
	pass_blocks();
	close_ends();
	close_own_end();
	return 0;
}
