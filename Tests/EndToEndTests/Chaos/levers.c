// Preloaded into a gateway under test (ld.so(8), LD_PRELOAD): shifts its wall clock and slows down what waits for the
// disk, by two numbers in the file that SAMTAL_LEVERS names. Both are 0 at first and may be changed at any time.

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct levers {
    volatile int64_t shift_ms; // added to the wall clock
    volatile int64_t delay_ms; // before each fsync and fdatasync
};

static struct levers still;
static struct levers *levers = &still;

__attribute__((constructor)) static void take_levers(void) {
    const char *path = getenv("SAMTAL_LEVERS");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *place = mmap(NULL, sizeof(struct levers), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (place != MAP_FAILED) levers = place;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t shift = levers->shift_ms;
        time->tv_sec += shift / 1000; // whole seconds only
    }
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    (void)zone;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *place) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (place) *place = now.tv_sec;
    return now.tv_sec;
}

static void wait_first(void) {
    int64_t delay = levers->delay_ms;
    struct timespec wait = {delay / 1000, delay % 1000 * 1000000};
    if (delay > 0) nanosleep(&wait, NULL);
}

int fsync(int file) {
    wait_first();
    return syscall(SYS_fsync, file);
}

int fdatasync(int file) {
    wait_first();
    return syscall(SYS_fdatasync, file);
}
