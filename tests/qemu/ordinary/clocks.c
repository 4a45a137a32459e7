/* SPDX-License-Identifier: MIT */
/* All the ways to ask for the time. */
#include <stdio.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
	struct timespec begin, end, nap = { 0, 30000000 };
	struct timeval tv;
	struct tms tms;
	time_t now = time(NULL);
	clock_t cpu = clock();
	struct tm *date = gmtime(&now);
	volatile double x = 1;
	char text[40];

	clock_gettime(CLOCK_MONOTONIC, &begin);
	nanosleep(&nap, NULL);
	clock_gettime(CLOCK_MONOTONIC, &end);
	gettimeofday(&tv, NULL);
	printf("slept: %d\n", (end.tv_sec - begin.tv_sec) * 1000000000L + end.tv_nsec - begin.tv_nsec >= 30000000);
	printf("time of day: %d %d\n", now > 1700000000, tv.tv_sec - now >= 0 && tv.tv_sec - now < 5);
	printf("year: %d\n", date->tm_year + 1900 > 2023);
	while (clock() - cpu < CLOCKS_PER_SEC / 20)
		x *= 1.01;
	printf("computed for 50 ms; times: %d\n", times(&tms) != (clock_t)-1);
	now = 86400 * 365;
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", gmtime(&now));
	printf("%s\n", text);
	return 0;
}
