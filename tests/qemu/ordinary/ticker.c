/* SPDX-License-Identifier: MIT */
/* Interval timers: of real time, and of the time that the process runs. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t ticks, profiles;

static void tick(int sig)
{
	if (sig == SIGALRM)
		ticks++;
	else
		profiles++;
}

int main(void)
{
	struct itimerval often = { { 0, 20000 }, { 0, 20000 } }, off, left;
	struct sigaction act;

	memset(&act, 0, sizeof(act));
	act.sa_handler = tick;
	sigemptyset(&act.sa_mask);
	sigaction(SIGALRM, &act, NULL);
	sigaction(SIGPROF, &act, NULL);
	if (setitimer(ITIMER_REAL, &often, NULL) < 0 || setitimer(ITIMER_PROF, &often, NULL) < 0) {
		perror("setitimer");
		return 1;
	}
	while (ticks < 5)
		pause();
	printf("five ticks\n");
	while (profiles < 3)
		;
	printf("three of the own time\n");
	getitimer(ITIMER_REAL, &left);
	printf("interval %ld us, %s\n", (long)left.it_interval.tv_usec,
	       left.it_value.tv_usec > 0 && left.it_value.tv_usec <= 20000 ? "running" : "not running");
	memset(&off, 0, sizeof(off));
	setitimer(ITIMER_REAL, &off, NULL);
	setitimer(ITIMER_PROF, &off, NULL);
	ticks = 0;
	usleep(60000);
	printf("%d after that\n", ticks);
	return 0;
}
