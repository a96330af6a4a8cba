// What Swift's view of the C library lacks.

#ifndef CAIRN_DISK_H
#define CAIRN_DISK_H

#include <stdint.h>

/// Reserves room for `length` bytes of a file from `offset` on, without changing its size.
/// Returns 0, or an errno value; ENOTSUP where the system can't.
int cairn_reserve(int descriptor, int64_t offset, int64_t length);

/// Reads from a place of a file what is in the page cache, without ever waiting for the disk.
/// Returns the count of bytes, which may be less than asked; -1 when waiting would be needed or the system can't.
int64_t cairn_read_cached(int descriptor, void *buffer, int64_t length, int64_t offset);

#endif
