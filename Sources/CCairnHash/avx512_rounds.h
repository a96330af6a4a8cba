// SHA-256 rounds on 16 messages at once: word i of the state or the schedule of all of them is one vector.
//
// `groups` is 1 or 2: two groups of 16 take turns round by round, so that the one computes while the other waits for its
// results. Everything here is inlined where `groups` is a constant.

#ifndef CAIRN_AVX512_ROUNDS_H
#define CAIRN_AVX512_ROUNDS_H

#include "kernels.h"

#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512bw")))
#define AVX512_INLINE AVX512 __attribute__((always_inline)) static inline
#define UNROLLED _Pragma("clang loop unroll(full)")

typedef __m512i vector;
typedef struct { vector words[8]; } state16;
typedef struct { vector words[16]; } schedule16;

AVX512_INLINE vector every_lane(uint32_t word) { return _mm512_set1_epi32((int)word); }

AVX512_INLINE vector byte_order(void) {
    return _mm512_broadcast_i32x4(_mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL));
}

#define XOR3(a, b, c) _mm512_ternarylogic_epi32(a, b, c, 0x96)
#define CHOOSE(mask, a, b) _mm512_ternarylogic_epi32(mask, a, b, 0xCA)
#define MAJORITY(a, b, c) _mm512_ternarylogic_epi32(a, b, c, 0xE8)

// Vector i holds 16 words of message i before, and word i of 16 messages after.
AVX512_INLINE void transpose(vector rows[16]) {
    vector t[16];
    UNROLLED for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
    }
    // Quarter q of vector 4g + j: word 4q + j of messages 4g to 4g + 3.
    UNROLLED for (int i = 0; i < 16; i += 4) {
        rows[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        rows[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        rows[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        rows[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
    UNROLLED for (int j = 0; j < 4; j++) {
        const vector low02 = _mm512_shuffle_i32x4(rows[j], rows[4 + j], 0x88);
        const vector low13 = _mm512_shuffle_i32x4(rows[j], rows[4 + j], 0xDD);
        const vector high02 = _mm512_shuffle_i32x4(rows[8 + j], rows[12 + j], 0x88);
        const vector high13 = _mm512_shuffle_i32x4(rows[8 + j], rows[12 + j], 0xDD);
        t[j] = _mm512_shuffle_i32x4(low02, high02, 0x88);
        t[4 + j] = _mm512_shuffle_i32x4(low13, high13, 0x88);
        t[8 + j] = _mm512_shuffle_i32x4(low02, high02, 0xDD);
        t[12 + j] = _mm512_shuffle_i32x4(low13, high13, 0xDD);
    }
    UNROLLED for (int i = 0; i < 16; i++) rows[i] = t[i];
}

// The next 16 words of a schedule in place of the last 16.
AVX512_INLINE void extend(schedule16 *schedule) {
    vector *const w = schedule->words;
    UNROLLED for (int t = 0; t < 16; t++) {
        const vector x = w[(t + 1) & 15], y = w[(t + 14) & 15];
        const vector s0 = XOR3(_mm512_ror_epi32(x, 7), _mm512_ror_epi32(x, 18), _mm512_srli_epi32(x, 3));
        const vector s1 = XOR3(_mm512_ror_epi32(y, 17), _mm512_ror_epi32(y, 19), _mm512_srli_epi32(y, 10));
        w[t] = _mm512_add_epi32(_mm512_add_epi32(w[t], s0), _mm512_add_epi32(w[(t + 9) & 15], s1));
    }
}

// One round. The letters move instead of their values: `at` is the round's number modulo 8.
AVX512_INLINE void one_round(state16 *state, vector input, int at) {
#define LETTER(i) state->words[((i) - at) & 7]
    const vector a = LETTER(0), e = LETTER(4);
    const vector s1 = XOR3(_mm512_ror_epi32(e, 6), _mm512_ror_epi32(e, 11), _mm512_ror_epi32(e, 25));
    const vector s0 = XOR3(_mm512_ror_epi32(a, 2), _mm512_ror_epi32(a, 13), _mm512_ror_epi32(a, 22));
    vector t1 = _mm512_add_epi32(LETTER(7), input);
    t1 = _mm512_add_epi32(t1, CHOOSE(e, LETTER(5), LETTER(6)));
    t1 = _mm512_add_epi32(t1, s1);
    LETTER(3) = _mm512_add_epi32(LETTER(3), t1);
    LETTER(7) = _mm512_add_epi32(t1, _mm512_add_epi32(MAJORITY(a, LETTER(1), LETTER(2)), s0));
#undef LETTER
}

AVX512_INLINE void rounds16(state16 *states, const schedule16 *schedules, const uint32_t *constants, const int groups) {
    UNROLLED for (int t = 0; t < 16; t++) {
        const vector constant = every_lane(constants[t]);
        UNROLLED for (int g = 0; g < groups; g++) {
            one_round(&states[g], _mm512_add_epi32(schedules[g].words[t], constant), t & 7);
        }
    }
}

// FIPS 180-4, section 6.2.2, on one block of each message. The schedules are used up.
AVX512_INLINE void compress_block(state16 *states, schedule16 *schedules, const int groups) {
    state16 new[2];
    UNROLLED for (int g = 0; g < groups; g++) new[g] = states[g];
    rounds16(new, schedules, cairn_sha256_constants, groups);
#pragma clang loop unroll(disable)
    for (int first = 16; first < 64; first += 16) {
        UNROLLED for (int g = 0; g < groups; g++) extend(&schedules[g]);
        rounds16(new, schedules, cairn_sha256_constants + first, groups);
    }
    UNROLLED for (int g = 0; g < groups; g++) {
        UNROLLED for (int i = 0; i < 8; i++) {
            states[g].words[i] = _mm512_add_epi32(states[g].words[i], new[g].words[i]);
        }
    }
}

AVX512_INLINE void begin_states(state16 *states, const int groups) {
    UNROLLED for (int g = 0; g < groups; g++) {
        UNROLLED for (int i = 0; i < 8; i++) states[g].words[i] = every_lane(cairn_sha256_initial_words[i]);
    }
}

// The digests of 16 messages, one behind the other.
AVX512_INLINE void store_digests(const state16 *state, uint8_t *digests) {
    const vector order = byte_order();
    vector t[8], s[8];
    UNROLLED for (int i = 0; i < 8; i++) s[i] = _mm512_shuffle_epi8(state->words[i], order);
    UNROLLED for (int i = 0; i < 8; i += 2) {
        t[i] = _mm512_unpacklo_epi32(s[i], s[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(s[i], s[i + 1]);
    }
    // Quarter q of vector j: words 0 to 3, and of vector 4 + j: words 4 to 7, of message 4q + j.
    UNROLLED for (int i = 0; i < 8; i += 4) {
        s[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        s[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        s[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        s[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
    const vector front = _mm512_set_epi64(11, 10, 3, 2, 9, 8, 1, 0);
    const vector back = _mm512_set_epi64(15, 14, 7, 6, 13, 12, 5, 4);
    UNROLLED for (int j = 0; j < 4; j++) {
        const vector first = _mm512_permutex2var_epi64(s[j], front, s[4 + j]); // messages j and 4 + j
        const vector second = _mm512_permutex2var_epi64(s[j], back, s[4 + j]); // messages 8 + j and 12 + j
        _mm256_storeu_si256((__m256i *)(digests + 32 * j), _mm512_castsi512_si256(first));
        _mm256_storeu_si256((__m256i *)(digests + 32 * (4 + j)), _mm512_extracti64x4_epi64(first, 1));
        _mm256_storeu_si256((__m256i *)(digests + 32 * (8 + j)), _mm512_castsi512_si256(second));
        _mm256_storeu_si256((__m256i *)(digests + 32 * (12 + j)), _mm512_extracti64x4_epi64(second, 1));
    }
}

#endif
