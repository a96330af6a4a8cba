#include "cairn_hash.h"
#include "kernels.h"

#include <string.h>

static cairn_sha256_compress compress = cairn_sha256_compress_portable;
static cairn_crc32c_update crc_update = cairn_crc32c_update_portable;

// Before main, so that no hash needs to ask or to lock.
__attribute__((constructor)) static void choose_kernels(void) {
#if defined(__x86_64__)
    if (cairn_cpu_has_sha()) compress = cairn_sha256_compress_shani;
    if (cairn_cpu_has_sse42()) crc_update = cairn_crc32c_update_sse42;
    if (cairn_cpu_has_vpclmul()) crc_update = cairn_crc32c_update_vpclmul;
#elif defined(__aarch64__)
    if (cairn_cpu_has_sha2()) compress = cairn_sha256_compress_sha2;
#endif
}

const char *cairn_sha256_kernel(void) {
    if (compress == cairn_sha256_compress_portable) return "portable";
#if defined(__aarch64__)
    return "sha2";
#else
    return "sha-ni";
#endif
}

const uint32_t cairn_sha256_initial_words[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

void cairn_sha256_store_digest(const uint32_t words[8], uint8_t *digest) {
    for (int i = 0; i < 8; i++) {
        digest[4 * i] = (uint8_t)(words[i] >> 24);
        digest[4 * i + 1] = (uint8_t)(words[i] >> 16);
        digest[4 * i + 2] = (uint8_t)(words[i] >> 8);
        digest[4 * i + 3] = (uint8_t)words[i];
    }
}

static void store_bit_length(uint8_t *place, uint64_t bytes) {
    const uint64_t bits = bytes * 8;
    for (int i = 0; i < 8; i++) place[i] = (uint8_t)(bits >> (56 - 8 * i));
}

// Pads and compresses what is left of a message: `rest` bytes (below 64) after `length - rest` compressed ones.
static void finish(cairn_sha256_compress kernel, uint32_t words[8], const uint8_t *data, size_t rest, uint64_t length,
                   uint8_t *digest) {
    uint8_t last[128];
    const size_t size = rest < 56 ? 64 : 128;
    if (rest > 0) memcpy(last, data, rest);
    last[rest] = 0x80;
    memset(last + rest + 1, 0, size - rest - 1 - 8);
    store_bit_length(last + size - 8, length);
    kernel(words, last, size / 64);
    cairn_sha256_store_digest(words, digest);
}

static void hash(cairn_sha256_compress kernel, const void *data, size_t length, void *digest) {
    uint32_t words[8];
    memcpy(words, cairn_sha256_initial_words, sizeof words);
    const size_t blocks = length / 64;
    if (blocks > 0) kernel(words, data, blocks);
    finish(kernel, words, (const uint8_t *)data + 64 * blocks, length % 64, length, digest);
}

void cairn_sha256(const void *data, size_t length, void *digest) { hash(compress, data, length, digest); }

void cairn_sha256_portable(const void *data, size_t length, void *digest) {
    hash(cairn_sha256_compress_portable, data, length, digest);
}

void cairn_sha256_leaf(const void *data, size_t length, void *digest) {
    uint8_t first[64];
    uint32_t words[8];
    memcpy(words, cairn_sha256_initial_words, sizeof words);
    first[0] = 0x00;
    if (length < 63) {
        if (length > 0) memcpy(first + 1, data, length);
        finish(compress, words, first, length + 1, length + 1, digest);
        return;
    }
    memcpy(first + 1, data, 63);
    compress(words, first, 1);
    const uint8_t *rest = (const uint8_t *)data + 63;
    const size_t blocks = (length - 63) / 64;
    if (blocks > 0) compress(words, rest, blocks);
    finish(compress, words, rest + 64 * blocks, (length - 63) % 64, (uint64_t)length + 1, digest);
}

void cairn_sha256_node(const void *left, const void *right, void *digest) {
    // 65 bytes and their padding are two blocks, laid out once.
    uint8_t blocks[128];
    uint32_t words[8];
    memcpy(words, cairn_sha256_initial_words, sizeof words);
    blocks[0] = 0x01;
    memcpy(blocks + 1, left, 32);
    memcpy(blocks + 33, right, 32);
    blocks[65] = 0x80;
    memset(blocks + 66, 0, 54);
    store_bit_length(blocks + 120, 65);
    compress(words, blocks, 2);
    cairn_sha256_store_digest(words, digest);
}

void cairn_sha256_init(cairn_sha256_state *state) {
    memcpy(state->words, cairn_sha256_initial_words, sizeof state->words);
    state->length = 0;
}

void cairn_sha256_update(cairn_sha256_state *state, const void *data, size_t length) {
    const uint8_t *bytes = data;
    const size_t held = state->length % 64;
    state->length += length;
    if (held > 0) {
        const size_t wanted = 64 - held, taken = length < wanted ? length : wanted;
        if (taken > 0) memcpy(state->pending + held, bytes, taken);
        if (taken < wanted) return;
        compress(state->words, state->pending, 1);
        bytes += taken;
        length -= taken;
    }
    if (length >= 64) {
        compress(state->words, bytes, length / 64);
        bytes += length - length % 64;
        length %= 64;
    }
    if (length > 0) memcpy(state->pending, bytes, length);
}

void cairn_sha256_final(cairn_sha256_state *state, void *digest) {
    finish(compress, state->words, state->pending, state->length % 64, state->length, digest);
}

uint32_t cairn_crc32c(uint32_t crc, const void *data, size_t length) { return ~crc_update(~crc, data, length); }

uint32_t cairn_crc32c_portable(uint32_t crc, const void *data, size_t length) {
    return ~cairn_crc32c_update_portable(~crc, data, length);
}
