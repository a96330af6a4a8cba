// CRC-32C by carry-less multiplication, 256 bytes at a time: Gopal et al., "Fast CRC Computation for Generic Polynomials
// Using PCLMULQDQ Instruction" (Intel, 2009), with four vectors of four lanes side by side.
//
// A lane keeps the remainder of what it read as 128 bits. Going on by n bits multiplies its halves by x^(n + 64) and x^n
// modulo the polynomial. Bits are reflected, and the product of two reflected numbers comes out one bit off; a constant
// of 32 bits in the low half of 64 stands for x^32 times itself: so x^(n + 31) and x^(n - 33) are what is multiplied by.

#if defined(__x86_64__)

#include "kernels.h"

#include <cpuid.h>
#include <immintrin.h>

int cairn_cpu_has_vpclmul(void) {
    unsigned a, b, c, d;
    if (!cairn_cpu_has_avx512() || !cairn_cpu_has_sse42()) return 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (c & (1u << 10)); // VPCLMULQDQ
}

#define TARGET __attribute__((target("avx512f,vpclmulqdq,sse4.2")))

// Going on by 2,048, 1,536, 1,024 and 512 bits; and by 384, 256 and 128 for the first three lanes of one vector.
static const uint64_t by_2048[2] = {0xdcb17aa4, 0xb9e02b86};
static const uint64_t by_1536[2] = {0xa87ab8a8, 0xab7aff2a};
static const uint64_t by_1024[2] = {0x6992cea2, 0x0d3b6092};
static const uint64_t by_512[2] = {0x740eef02, 0x9e4addf8};
static const uint64_t by_lane[8] = {0x1c291d04, 0xddc0152b, 0x3da6d0cb, 0xba4fc28e, 0xf20c0dfe, 0x493c7d27, 0, 0};

TARGET static inline __m512i constants(const uint64_t pair[2]) {
    return _mm512_set_epi64((long long)pair[1], (long long)pair[0], (long long)pair[1], (long long)pair[0],
                            (long long)pair[1], (long long)pair[0], (long long)pair[1], (long long)pair[0]);
}

TARGET static inline __m512i go_on(__m512i lanes, __m512i by, __m512i next) {
    const __m512i low = _mm512_clmulepi64_epi128(lanes, by, 0x00);
    const __m512i high = _mm512_clmulepi64_epi128(lanes, by, 0x11);
    return _mm512_ternarylogic_epi64(low, high, next, 0x96); // the sum of all three
}

TARGET uint32_t cairn_crc32c_update_vpclmul(uint32_t crc, const uint8_t *data, size_t length) {
    if (length < 256) return cairn_crc32c_update_sse42(crc, data, length);
    __m512i lanes[4];
    for (int i = 0; i < 4; i++) lanes[i] = _mm512_loadu_si512(data + 64 * i);
    lanes[0] = _mm512_xor_si512(lanes[0], _mm512_zextsi128_si512(_mm_cvtsi32_si128((int)crc)));
    data += 256;
    length -= 256;
    for (const __m512i by = constants(by_2048); length >= 256; length -= 256, data += 256) {
        for (int i = 0; i < 4; i++) lanes[i] = go_on(lanes[i], by, _mm512_loadu_si512(data + 64 * i));
    }
    __m512i all = go_on(lanes[0], constants(by_1536), lanes[3]);
    all = go_on(lanes[1], constants(by_1024), all);
    all = go_on(lanes[2], constants(by_512), all);
    for (const __m512i by = constants(by_512); length >= 64; length -= 64, data += 64) {
        all = go_on(all, by, _mm512_loadu_si512(data));
    }
    const __m512i last = _mm512_maskz_mov_epi64(0xC0, all);
    const __m512i sums = go_on(all, _mm512_loadu_si512(by_lane), last);
    const __m256i half = _mm256_xor_si256(_mm512_castsi512_si256(sums), _mm512_extracti64x4_epi64(sums, 1));
    const __m128i rest = _mm_xor_si128(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
    uint64_t value = _mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(rest));
    value = _mm_crc32_u64(value, (uint64_t)_mm_extract_epi64(rest, 1));
    return cairn_crc32c_update_sse42((uint32_t)value, data, length);
}

#else
typedef int cairn_crc32c_no_x86_64; // a translation unit must not be empty
#endif
