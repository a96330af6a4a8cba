// What Swift's view of the C library lacks.

#ifndef CAIRN_DISK_H
#define CAIRN_DISK_H

#include <stdint.h>

/// Reserves room for `length` bytes of a file from `offset` on, without changing its size.
/// Returns 0, or an errno value; ENOTSUP where the system can't.
int cairn_reserve(int descriptor, int64_t offset, int64_t length);

#endif
