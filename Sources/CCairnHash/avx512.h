// The two ways of the AVX-512 kernel: messages of equal length, and messages of any length.

#ifndef CAIRN_AVX512_H
#define CAIRN_AVX512_H

#include "kernels.h"

enum {
    CAIRN_AVX512_LANES = 16,
    CAIRN_AVX512_LANES_MAX = 32 // two groups, whose rounds take turns
};

/// Hashes the 16 or 32 messages from `first` on, which are all of one length.
void cairn_avx512_equal_16(const cairn_sha256_batch *batch, size_t first);
void cairn_avx512_equal_32(const cairn_sha256_batch *batch, size_t first);

/// Hashes what `jobs` have left, then the messages from `*next` on, each in a lane that another takes over at its end.
/// Returns when at most `enough` are left: those from `*next` on, and those that have begun, which are then `jobs`, and
/// whose number is the result. The jobs' memory is the caller's: `storage`, one a lane, none of them among `jobs`.
size_t cairn_avx512_lanes_16(const cairn_sha256_batch *batch, size_t *next, cairn_sha256_job *storage,
                             cairn_sha256_job **jobs, size_t job_count, size_t enough);
size_t cairn_avx512_lanes_32(const cairn_sha256_batch *batch, size_t *next, cairn_sha256_job *storage,
                             cairn_sha256_job **jobs, size_t job_count, size_t enough);

#endif
