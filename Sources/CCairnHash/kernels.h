// The kernels behind cairn_hash.h and cairn_hash_batch.h, and how they are chosen.

#ifndef CAIRN_KERNELS_H
#define CAIRN_KERNELS_H

#include "cairn_hash_batch.h"
#include "job.h"

#include <stddef.h>
#include <stdint.h>

typedef void (*cairn_sha256_compress)(uint32_t state[8], const uint8_t *data, size_t blocks);
typedef void (*cairn_sha256_compress_pair)(uint32_t state[8], const uint8_t *data, uint32_t other_state[8],
                                           const uint8_t *other_data, size_t blocks);
typedef uint32_t (*cairn_crc32c_update)(uint32_t crc, const uint8_t *data, size_t length);

extern const uint32_t cairn_sha256_constants[64];
extern const uint32_t cairn_sha256_initial_words[8];

void cairn_sha256_store_digest(const uint32_t words[8], uint8_t *digest);

void cairn_sha256_compress_portable(uint32_t state[8], const uint8_t *data, size_t blocks);
uint32_t cairn_crc32c_update_portable(uint32_t crc, const uint8_t *data, size_t length);

/// Hashes what `jobs` have left, then the messages of the batch from `next` on, two at a time.
/// A null `pair` hashes them one after the other.
void cairn_sha256_pairs(const cairn_sha256_batch *batch, size_t next, cairn_sha256_job **jobs, size_t job_count,
                        cairn_sha256_compress compress, cairn_sha256_compress_pair pair);

#if defined(__x86_64__)
int cairn_cpu_has_sha(void);
int cairn_cpu_has_sse42(void);
int cairn_cpu_has_avx2(void);
int cairn_cpu_has_avx512(void);
void cairn_sha256_compress_shani(uint32_t state[8], const uint8_t *data, size_t blocks);
void cairn_sha256_compress_pair_shani(uint32_t state[8], const uint8_t *data, uint32_t other_state[8],
                                      const uint8_t *other_data, size_t blocks);
uint32_t cairn_crc32c_update_sse42(uint32_t crc, const uint8_t *data, size_t length);
int cairn_cpu_has_vpclmul(void);
uint32_t cairn_crc32c_update_vpclmul(uint32_t crc, const uint8_t *data, size_t length);
void cairn_sha256_batch_avx2(const cairn_sha256_batch *batch);
void cairn_sha256_batch_avx512(const cairn_sha256_batch *batch);
void cairn_sha256_batch_avx512_shani(const cairn_sha256_batch *batch);
#elif defined(__aarch64__)
int cairn_cpu_has_sha2(void);
void cairn_sha256_compress_sha2(uint32_t state[8], const uint8_t *data, size_t blocks);
void cairn_sha256_compress_pair_sha2(uint32_t state[8], const uint8_t *data, uint32_t other_state[8],
                                     const uint8_t *other_data, size_t blocks);
#endif

#endif
