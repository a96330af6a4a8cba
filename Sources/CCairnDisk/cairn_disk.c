#define _GNU_SOURCE // fallocate, preadv2

#include "cairn_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/uio.h>

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

int64_t cairn_read_cached(int descriptor, void *buffer, int64_t length, int64_t offset) {
#if defined(__linux__) && defined(RWF_NOWAIT)
    struct iovec part = {.iov_base = buffer, .iov_len = (size_t)length};
    return preadv2(descriptor, &part, 1, offset, RWF_NOWAIT);
#else
    (void)descriptor, (void)buffer, (void)length, (void)offset;
    return -1;
#endif
}
