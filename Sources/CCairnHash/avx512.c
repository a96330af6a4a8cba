// The AVX-512 kernel: which of its ways a batch takes.

#if defined(__x86_64__)

#include "avx512.h"

static int are_equal(const cairn_sha256_batch *batch, size_t first, size_t count) {
    if (batch->messages == NULL) return 1;
    const uint32_t length = batch->messages[first].byte_count;
    for (size_t i = 1; i < count; i++) {
        if (batch->messages[first + i].byte_count != length) return 0;
    }
    return 1;
}

// With `few` messages left or fewer, pairs of streams through `pair` are faster than vectors with empty lanes.
static void run(const cairn_sha256_batch *batch, size_t few, cairn_sha256_compress compress,
                cairn_sha256_compress_pair pair) {
    enum { HALF = CAIRN_AVX512_LANES, ALL = CAIRN_AVX512_LANES_MAX };
    size_t next = 0;
    while (batch->count - next >= ALL && are_equal(batch, next, ALL)) {
        cairn_avx512_equal_32(batch, next);
        next += ALL;
    }
    if (batch->count - next >= HALF && are_equal(batch, next, HALF)) {
        cairn_avx512_equal_16(batch, next);
        next += HALF;
    }

    cairn_sha256_job storage[ALL + HALF];
    cairn_sha256_job *jobs[ALL];
    size_t job_count = 0;
    if (batch->count - next > HALF + few * 3 / 4) {
        job_count = cairn_avx512_lanes_32(batch, &next, storage, jobs, 0, HALF);
    }
    if (job_count + (batch->count - next) > few) {
        job_count = cairn_avx512_lanes_16(batch, &next, storage + ALL, jobs, job_count, few);
    }
    if (job_count + (batch->count - next) > 0) cairn_sha256_pairs(batch, next, jobs, job_count, compress, pair);
}

void cairn_sha256_batch_avx512(const cairn_sha256_batch *batch) {
    run(batch, 0, cairn_sha256_compress_portable, NULL);
}

void cairn_sha256_batch_avx512_shani(const cairn_sha256_batch *batch) {
    run(batch, 8, cairn_sha256_compress_shani, cairn_sha256_compress_pair_shani);
}

#else
typedef int cairn_no_avx512; // a translation unit must not be empty
#endif
