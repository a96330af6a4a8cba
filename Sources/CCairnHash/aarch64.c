// Kernels for 64-bit ARM: the SHA-256 instructions of the cryptography extension.

#if defined(__aarch64__)

#include "kernels.h"

#include <arm_neon.h>

#if defined(__linux__)
#include <sys/auxv.h>
#endif

int cairn_cpu_has_sha2(void) {
#if defined(__linux__)
    return (getauxval(AT_HWCAP) & (1ul << 6)) != 0; // HWCAP_SHA2
#elif defined(__APPLE__) || defined(__ARM_FEATURE_SHA2)
    return 1;
#else
    return 0;
#endif
}

// One lane, or two whose rounds take turns: an instruction for four rounds takes several cycles, which the other lane fills.
typedef struct {
    uint32_t *state;
    const uint8_t *data;
} sha2_lane;

#define UNROLLED _Pragma("clang loop unroll(full)")

__attribute__((target("sha2"), always_inline))
static inline void compress_sha2(const sha2_lane *lanes, const int lane_count, size_t blocks) {
    uint32x4_t abcd[2], efgh[2], w[2][4];
    const uint8_t *data[2];
    UNROLLED for (int l = 0; l < lane_count; l++) {
        abcd[l] = vld1q_u32(&lanes[l].state[0]);
        efgh[l] = vld1q_u32(&lanes[l].state[4]);
        data[l] = lanes[l].data;
    }

    for (; blocks > 0; blocks--) {
        uint32x4_t abcd_before[2], efgh_before[2];
        UNROLLED for (int l = 0; l < lane_count; l++) {
            abcd_before[l] = abcd[l];
            efgh_before[l] = efgh[l];
            UNROLLED for (int i = 0; i < 4; i++) {
                w[l][i] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(data[l] + 16 * i)));
            }
            data[l] += 64;
        }
        UNROLLED for (int i = 0; i < 16; i++) { // four rounds each
            const uint32x4_t constants = vld1q_u32(&cairn_sha256_constants[4 * i]);
            UNROLLED for (int l = 0; l < lane_count; l++) {
                if (i >= 4) {
                    const uint32x4_t next = vsha256su0q_u32(w[l][i & 3], w[l][(i + 1) & 3]);
                    w[l][i & 3] = vsha256su1q_u32(next, w[l][(i + 2) & 3], w[l][(i + 3) & 3]);
                }
                const uint32x4_t input = vaddq_u32(w[l][i & 3], constants), before = abcd[l];
                abcd[l] = vsha256hq_u32(abcd[l], efgh[l], input);
                efgh[l] = vsha256h2q_u32(efgh[l], before, input);
            }
        }
        UNROLLED for (int l = 0; l < lane_count; l++) {
            abcd[l] = vaddq_u32(abcd[l], abcd_before[l]);
            efgh[l] = vaddq_u32(efgh[l], efgh_before[l]);
        }
    }

    UNROLLED for (int l = 0; l < lane_count; l++) {
        vst1q_u32(&lanes[l].state[0], abcd[l]);
        vst1q_u32(&lanes[l].state[4], efgh[l]);
    }
}

__attribute__((target("sha2")))
void cairn_sha256_compress_sha2(uint32_t state[8], const uint8_t *data, size_t blocks) {
    const sha2_lane lane[] = {{state, data}};
    compress_sha2(lane, 1, blocks);
}

__attribute__((target("sha2")))
void cairn_sha256_compress_pair_sha2(uint32_t state[8], const uint8_t *data, uint32_t other_state[8],
                                     const uint8_t *other_data, size_t blocks) {
    const sha2_lane both[] = {{state, data}, {other_state, other_data}};
    compress_sha2(both, 2, blocks);
}

#else
typedef int cairn_no_aarch64; // a translation unit must not be empty
#endif
