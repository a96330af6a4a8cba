/* Preloaded into a process, its wall clock is off by what a file says: a signed number of nanoseconds, 8 bytes, looked at with each
 * call, so that the clock can step while the process runs. The file is named by CAIRN_TEST_CLOCK. Other clocks stay as they are,
 * and so do waits until a time of the wall clock, which are the kernel's.
 *
 * It calls nothing that allocates and nothing that was replaced, so that an allocator may ask for the time while it starts. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile long long *offset_nanoseconds;

__attribute__((constructor)) static void open_offset(void) {
    const char *path = getenv("CAIRN_TEST_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *map = mmap(0, sizeof(long long), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (map != MAP_FAILED) offset_nanoseconds = map;
}

static void now(clockid_t clock, struct timespec *time) {
    long long offset = offset_nanoseconds ? *offset_nanoseconds : 0;
    syscall(SYS_clock_gettime, clock, time);
    long long nanoseconds = time->tv_nsec + offset % 1000000000;
    time->tv_sec += offset / 1000000000 + (nanoseconds >= 1000000000) - (nanoseconds < 0);
    time->tv_nsec = (nanoseconds + 1000000000) % 1000000000;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) return (int)syscall(SYS_clock_gettime, clock, time);
    now(clock, time);
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    struct timespec precise;
    (void)zone;
    now(CLOCK_REALTIME, &precise);
    time->tv_sec = precise.tv_sec;
    time->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *result) {
    struct timespec precise;
    now(CLOCK_REALTIME, &precise);
    if (result) *result = precise.tv_sec;
    return precise.tv_sec;
}
