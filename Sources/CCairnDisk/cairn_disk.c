#define _GNU_SOURCE // fallocate

#include "cairn_disk.h"

#include <errno.h>
#include <fcntl.h>

int cairn_reserve(int descriptor, int64_t offset, int64_t length) {
#if defined(__linux__)
    while (fallocate(descriptor, FALLOC_FL_KEEP_SIZE, offset, length) != 0) {
        if (errno != EINTR) return errno == EOPNOTSUPP || errno == ENOSYS ? ENOTSUP : errno;
    }
    return 0;
#else
    (void)descriptor, (void)offset, (void)length;
    return ENOTSUP;
#endif
}
