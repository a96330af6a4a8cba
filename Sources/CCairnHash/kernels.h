// The kernels behind cairn_hash.h, and how they are chosen.

#ifndef CAIRN_KERNELS_H
#define CAIRN_KERNELS_H

#include <stddef.h>
#include <stdint.h>

typedef void (*cairn_sha256_compress)(uint32_t state[8], const uint8_t *data, size_t blocks);
typedef uint32_t (*cairn_crc32c_update)(uint32_t crc, const uint8_t *data, size_t length);

extern const uint32_t cairn_sha256_constants[64];

void cairn_sha256_compress_portable(uint32_t state[8], const uint8_t *data, size_t blocks);
uint32_t cairn_crc32c_update_portable(uint32_t crc, const uint8_t *data, size_t length);

#if defined(__x86_64__)
int cairn_cpu_has_sha(void);
int cairn_cpu_has_sse42(void);
void cairn_sha256_compress_shani(uint32_t state[8], const uint8_t *data, size_t blocks);
uint32_t cairn_crc32c_update_sse42(uint32_t crc, const uint8_t *data, size_t length);
#endif

#endif
