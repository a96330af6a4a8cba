// Kernels for x86-64: the SHA extensions, and the CRC-32C instruction of SSE 4.2.

#if defined(__x86_64__)

#include "kernels.h"

#include <cpuid.h>
#include <immintrin.h>
#include <string.h>

int cairn_cpu_has_sha(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & (1u << 29))) return 0;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & (1u << 19)) && (c & (1u << 9)); // SSE 4.1, SSSE3
}

// Whether the system keeps the registers that are bits of `wanted` in XCR0.
static int system_keeps(unsigned wanted) {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 27))) return 0; // XGETBV may be asked
    __asm__("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
    return (a & wanted) == wanted;
}

int cairn_cpu_has_avx2(void) {
    unsigned a, b, c, d;
    return system_keeps(0x06) && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & (1u << 5));
}

int cairn_cpu_has_avx512(void) {
    const unsigned wanted = 1u << 16 | 1u << 30; // F and BW
    unsigned a, b, c, d;
    return system_keeps(0xE6) && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & wanted) == wanted;
}

int cairn_cpu_has_sse42(void) {
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & (1u << 20));
}

// One lane, or two whose rounds take turns: an instruction for two rounds takes several cycles, which the other lane fills.
typedef struct {
    uint32_t *state;
    const uint8_t *data;
} shani_lane;

__attribute__((target("sha,sse4.1,ssse3"), always_inline))
static inline void compress_shani(const shani_lane *lanes, const int lane_count, size_t blocks) {
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    __m128i abef[2], cdgh[2], abef_before[2], cdgh_before[2], w[2][4];
    const uint8_t *data[2];

    // The instructions want the state as ABEF and CDGH.
#pragma clang loop unroll(full)
    for (int l = 0; l < lane_count; l++) {
        const __m128i dcba = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)&lanes[l].state[0]), 0xB1);
        const __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)&lanes[l].state[4]), 0x1B);
        abef[l] = _mm_alignr_epi8(dcba, efgh, 8);
        cdgh[l] = _mm_blend_epi16(efgh, dcba, 0xF0);
        data[l] = lanes[l].data;
    }

    for (; blocks > 0; blocks--) {
#pragma clang loop unroll(full)
        for (int l = 0; l < lane_count; l++) {
            abef_before[l] = abef[l];
            cdgh_before[l] = cdgh[l];
#pragma clang loop unroll(full)
            for (int i = 0; i < 4; i++) {
                w[l][i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(data[l] + 16 * i)), big_endian);
            }
            data[l] += 64;
        }
#pragma clang loop unroll(full)
        for (int i = 0; i < 16; i++) { // four rounds each
            const __m128i constants = _mm_loadu_si128((const __m128i *)&cairn_sha256_constants[4 * i]);
#pragma clang loop unroll(full)
            for (int l = 0; l < lane_count; l++) {
                if (i >= 4) {
                    const __m128i near = w[l][(i + 3) & 3];
                    __m128i next = _mm_sha256msg1_epu32(w[l][i & 3], w[l][(i + 1) & 3]);
                    next = _mm_add_epi32(next, _mm_alignr_epi8(near, w[l][(i + 2) & 3], 4));
                    w[l][i & 3] = _mm_sha256msg2_epu32(next, near);
                }
                const __m128i input = _mm_add_epi32(w[l][i & 3], constants);
                cdgh[l] = _mm_sha256rnds2_epu32(cdgh[l], abef[l], input);
                abef[l] = _mm_sha256rnds2_epu32(abef[l], cdgh[l], _mm_shuffle_epi32(input, 0x0E));
            }
        }
#pragma clang loop unroll(full)
        for (int l = 0; l < lane_count; l++) {
            abef[l] = _mm_add_epi32(abef[l], abef_before[l]);
            cdgh[l] = _mm_add_epi32(cdgh[l], cdgh_before[l]);
        }
    }

#pragma clang loop unroll(full)
    for (int l = 0; l < lane_count; l++) {
        const __m128i feba = _mm_shuffle_epi32(abef[l], 0x1B);
        const __m128i dchg = _mm_shuffle_epi32(cdgh[l], 0xB1);
        _mm_storeu_si128((__m128i *)&lanes[l].state[0], _mm_blend_epi16(feba, dchg, 0xF0));
        _mm_storeu_si128((__m128i *)&lanes[l].state[4], _mm_alignr_epi8(dchg, feba, 8));
    }
}

__attribute__((target("sha,sse4.1,ssse3")))
void cairn_sha256_compress_shani(uint32_t state[8], const uint8_t *data, size_t blocks) {
    const shani_lane lane[] = {{state, data}};
    compress_shani(lane, 1, blocks);
}

__attribute__((target("sha,sse4.1,ssse3")))
void cairn_sha256_compress_pair_shani(uint32_t state[8], const uint8_t *data, uint32_t other_state[8],
                                      const uint8_t *other_data, size_t blocks) {
    const shani_lane both[] = {{state, data}, {other_state, other_data}};
    compress_shani(both, 2, blocks);
}

__attribute__((target("sse4.2")))
uint32_t cairn_crc32c_update_sse42(uint32_t crc, const uint8_t *data, size_t length) {
    uint64_t value = crc;
    for (; length >= 8; length -= 8, data += 8) {
        uint64_t word;
        memcpy(&word, data, 8);
        value = _mm_crc32_u64(value, word);
    }
    for (; length > 0; length--, data++) value = _mm_crc32_u8((uint32_t)value, *data);
    return (uint32_t)value;
}

#else
typedef int cairn_no_x86_64; // a translation unit must not be empty
#endif
