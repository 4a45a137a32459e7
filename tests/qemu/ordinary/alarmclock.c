/* SPDX-License-Identifier: MIT */
/* alarm() and pause(). */
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t rang;

static void ring(int sig)
{
	rang = sig;
}

int main(void)
{
	struct timespec start, end;
	double seconds;

	signal(SIGALRM, ring);
	clock_gettime(CLOCK_MONOTONIC, &start);
	alarm(5);
	printf("%u s were left\n", alarm(1));
	pause();
	clock_gettime(CLOCK_MONOTONIC, &end);
	seconds = end.tv_sec - start.tv_sec + (end.tv_nsec - start.tv_nsec) / 1e9;
	printf("signal %d, %s\n", rang, seconds > 0.99 && seconds < 3 ? "after a second" : "at a wrong time");
	alarm(1);
	printf("sleep was cut: %s\n", sleep(10) >= 8 ? "yes" : "no");
	return 0;
}
