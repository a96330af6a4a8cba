// 16 or 32 messages of one length: all lanes are at the same place of the same padding, so that a block is a masked load
// and constants, nothing is copied, and there is nothing to schedule.

#if defined(__x86_64__)

#include "avx512.h"
#include "avx512_rounds.h"

// The bytes of a block that are in memory, and the others: prefix, padding, length.
typedef struct {
    __mmask64 mask;
    vector constants;
} block_shape;

AVX512_INLINE block_shape shape_of_block(uint64_t start, uint64_t total, int prefix) {
    _Alignas(64) uint8_t constants[64] = {0};
    uint64_t mask = ~(uint64_t)0;
    if (total < start + 64) {
        const uint64_t rest = total > start ? total - start : 0;
        mask = ((uint64_t)1 << rest) - 1;
        if (total >= start) constants[rest] = 0x80;
        if (rest < 56) cairn_store_big_endian_64(constants + 56, total * 8);
    }
    if (start == 0 && prefix != CAIRN_SHA256_NO_PREFIX) {
        mask &= ~(uint64_t)1;
        constants[0] = (uint8_t)prefix;
    }
    return (block_shape){mask, _mm512_load_si512(constants)};
}

// `places` are addresses and not pointers: in a first block with a prefix they are one byte before their messages. What the
// mask leaves out is not read, and can't fault.
AVX512_INLINE void load_shaped(schedule16 *schedule, const uintptr_t *places, uint64_t start, block_shape shape) {
    const vector order = byte_order();
    UNROLLED for (int i = 0; i < 16; i++) {
        const vector bytes = _mm512_mask_loadu_epi8(shape.constants, shape.mask, (const void *)(places[i] + start));
        schedule->words[i] = _mm512_shuffle_epi8(bytes, order);
    }
    transpose(schedule->words);
}

AVX512_INLINE void load_whole(schedule16 *schedule, const uintptr_t *places, uint64_t start) {
    const vector order = byte_order();
    UNROLLED for (int i = 0; i < 16; i++) {
        schedule->words[i] = _mm512_shuffle_epi8(_mm512_loadu_si512((const void *)(places[i] + start)), order);
    }
    transpose(schedule->words);
}

// Prefix and 64 bytes, as tree nodes and leaves of 64 bytes are: the one block in memory is loaded as it lies, its words are
// moved on by one byte, and of the second block only that last byte isn't constant.
AVX512_INLINE void hash_prefixed_64(state16 *states, const uintptr_t *messages, int prefix, const int groups) {
    // Big-endian words, rotated by one byte: the last byte of each comes first.
    const vector order = _mm512_broadcast_i32x4(_mm_set_epi64x(0x0f0c0d0e0b08090aLL, 0x0704050603000102LL));
    const vector first_byte = every_lane(0xFF000000);
    schedule16 schedules[2], last[2];
    UNROLLED for (int g = 0; g < groups; g++) {
        vector *const w = schedules[g].words;
        UNROLLED for (int i = 0; i < 16; i++) {
            w[i] = _mm512_shuffle_epi8(_mm512_loadu_si512((const void *)messages[16 * g + i]), order);
        }
        transpose(w);
        last[g].words[0] = CHOOSE(first_byte, w[15], every_lane(0x00800000));
        UNROLLED for (int i = 1; i < 15; i++) last[g].words[i] = _mm512_setzero_si512();
        last[g].words[15] = every_lane(65 * 8);
        UNROLLED for (int i = 15; i > 0; i--) w[i] = CHOOSE(first_byte, w[i - 1], w[i]);
        w[0] = CHOOSE(first_byte, every_lane((uint32_t)prefix << 24), w[0]);
    }
    compress_block(states, schedules, groups);
    compress_block(states, last, groups);
}

AVX512_INLINE void hash_equal(const cairn_sha256_batch *batch, size_t first, const int groups) {
    uintptr_t places[CAIRN_AVX512_LANES_MAX];
    uint32_t length = 0;
    for (int i = 0; i < 16 * groups; i++) places[i] = (uintptr_t)cairn_message(batch, first + (size_t)i, &length);

    state16 states[2];
    schedule16 schedules[2];
    begin_states(states, groups);
    const int prefixed = batch->prefix != CAIRN_SHA256_NO_PREFIX;
    if (prefixed && length == 64) {
        hash_prefixed_64(states, places, batch->prefix, groups);
    } else {
        const uint64_t total = (uint64_t)length + (uint64_t)prefixed;
        for (int i = 0; i < 16 * groups; i++) places[i] -= (uintptr_t)prefixed;
        for (uint64_t start = 0; start < total + 9; start += 64) {
            if (total >= start + 64 && !(start == 0 && prefixed)) {
                UNROLLED for (int g = 0; g < groups; g++) load_whole(&schedules[g], places + 16 * g, start);
            } else {
                const block_shape shape = shape_of_block(start, total, batch->prefix);
                UNROLLED for (int g = 0; g < groups; g++) load_shaped(&schedules[g], places + 16 * g, start, shape);
            }
            compress_block(states, schedules, groups);
        }
    }
    UNROLLED for (int g = 0; g < groups; g++) {
        store_digests(&states[g], batch->digests + 32 * (first + 16 * (size_t)g));
    }
}

AVX512 void cairn_avx512_equal_16(const cairn_sha256_batch *batch, size_t first) { hash_equal(batch, first, 1); }

AVX512 void cairn_avx512_equal_32(const cairn_sha256_batch *batch, size_t first) { hash_equal(batch, first, 2); }

#else
typedef int cairn_no_avx512_equal; // a translation unit must not be empty
#endif
