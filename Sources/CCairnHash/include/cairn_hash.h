// SHA-256 (FIPS 180-4) and CRC-32C (RFC 3720, appendix B.4), with kernels chosen at run time by what the CPU has.

#ifndef CAIRN_HASH_H
#define CAIRN_HASH_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t words[8];
    uint64_t length;     // bytes taken in so far
    uint8_t pending[64]; // the last length % 64 bytes, not yet compressed
} cairn_sha256_state;

void cairn_sha256_init(cairn_sha256_state *state);
void cairn_sha256_update(cairn_sha256_state *state, const void *data, size_t length);
void cairn_sha256_final(cairn_sha256_state *state, void *digest32);

/// SHA-256 of one message in memory.
void cairn_sha256(const void *data, size_t length, void *digest32);

/// SHA-256(0x00 || data): an RFC 9162 leaf.
void cairn_sha256_leaf(const void *data, size_t length, void *digest32);

/// SHA-256(0x01 || left || right): an RFC 9162 interior node.
void cairn_sha256_node(const void *left32, const void *right32, void *digest32);

/// The name of the SHA-256 kernel in use: "sha-ni", "sha2" (ARM) or "portable".
const char *cairn_sha256_kernel(void);

/// Continues a CRC-32C: pass 0 to begin, the last result to go on.
uint32_t cairn_crc32c(uint32_t crc, const void *data, size_t length);

/// The portable kernels, whatever the CPU has: the tests hold the fast ones against them.
void cairn_sha256_portable(const void *data, size_t length, void *digest32);
uint32_t cairn_crc32c_portable(uint32_t crc, const void *data, size_t length);

#endif
