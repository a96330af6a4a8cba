// Eight messages at once in the 32-bit lanes of AVX2, for CPUs that have neither AVX-512 nor the SHA extensions. A lane whose
// message ends takes the next one.

#if defined(__x86_64__)

#include "kernels.h"

enum { LANES = 8 };

#define AVX2 __attribute__((target("avx2")))
#define AVX2_INLINE AVX2 __attribute__((always_inline)) static inline
#define UNROLLED _Pragma("clang loop unroll(full)")

typedef uint32_t vector __attribute__((vector_size(4 * LANES)));

AVX2_INLINE vector rotate_right(vector x, int n) { return x >> n | x << (32 - n); }

AVX2_INLINE uint32_t big_endian_word(const uint8_t *data) {
    uint32_t word;
    memcpy(&word, data, 4);
    return __builtin_bswap32(word);
}

// FIPS 180-4, section 6.2.2, on `blocks` blocks of each message.
AVX2 static void compress(vector state[8], const uint8_t *const data[LANES], size_t blocks) {
    for (size_t start = 0; start < 64 * blocks; start += 64) {
        vector w[16], s[8];
        UNROLLED for (int t = 0; t < 16; t++) {
            UNROLLED for (int lane = 0; lane < LANES; lane++) {
                w[t][lane] = big_endian_word(data[lane] + start + 4 * t);
            }
        }
        UNROLLED for (int i = 0; i < 8; i++) s[i] = state[i];
#pragma clang loop unroll(disable)
        for (int first = 0; first < 64; first += 16) {
            // The letters move instead of their values.
#define LETTER(i) s[((i) - t) & 7]
            UNROLLED for (int t = 0; t < 16; t++) {
                const vector a = LETTER(0), b = LETTER(1), c = LETTER(2), e = LETTER(4), f = LETTER(5), g = LETTER(6);
                const vector s1 = rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);
                const vector s0 = rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22);
                const vector t1 = LETTER(7) + s1 + (g ^ (e & (f ^ g))) + w[t] + cairn_sha256_constants[first + t];
                LETTER(3) += t1;
                LETTER(7) = t1 + s0 + ((a & b) | (c & (a | b)));
            }
#undef LETTER
            if (first == 48) break;
            UNROLLED for (int t = 0; t < 16; t++) {
                const vector x = w[(t + 1) & 15], y = w[(t + 14) & 15];
                w[t] += w[(t + 9) & 15] + (rotate_right(x, 7) ^ rotate_right(x, 18) ^ x >> 3)
                    + (rotate_right(y, 17) ^ rotate_right(y, 19) ^ y >> 10);
            }
        }
        UNROLLED for (int i = 0; i < 8; i++) state[i] += s[i];
    }
}

static void copy_below_64(uint8_t *to, const uint8_t *from, size_t length) {
    if (length > 0) memcpy(to, from, length);
}

AVX2 void cairn_sha256_batch_avx2(const cairn_sha256_batch *batch) {
    cairn_sha256_job jobs[LANES];
    vector state[8] = {0};
    uint32_t busy = 0; // a bit a lane
    size_t next = 0;
    for (;;) {
        for (int lane = 0; lane < LANES && next < batch->count; lane++) {
            if (busy >> lane & 1) continue;
            cairn_job_begin(&jobs[lane], batch, next++, copy_below_64);
            for (int i = 0; i < 8; i++) state[i][lane] = cairn_sha256_initial_words[i];
            busy |= 1u << lane;
        }
        if ((busy & (busy - 1)) == 0) break; // one at most: vectors don't help

        // Lanes without a message read what another one reads: there is nothing else that they may.
        const uint8_t *data[LANES];
        uint32_t blocks = UINT32_MAX;
        for (int lane = 0; lane < LANES; lane++) {
            const int with_message = busy >> lane & 1 ? lane : __builtin_ctz(busy);
            data[lane] = jobs[with_message].data;
            if (jobs[with_message].blocks < blocks) blocks = jobs[with_message].blocks;
        }
        compress(state, data, blocks);
        for (uint32_t rest = busy; rest != 0; rest &= rest - 1) {
            const int lane = __builtin_ctz(rest);
            cairn_sha256_job *job = &jobs[lane];
            job->data += 64 * (size_t)blocks;
            job->blocks -= blocks;
            if (job->blocks > 0 || cairn_job_next_piece(job)) continue;
            for (int i = 0; i < 8; i++) job->words[i] = state[i][lane];
            cairn_sha256_store_digest(job->words, job->digest);
            busy &= ~(1u << lane);
        }
    }
    if (busy == 0) return;
    const int last = __builtin_ctz(busy);
    for (int i = 0; i < 8; i++) jobs[last].words[i] = state[i][last];
    cairn_sha256_job *left[] = {&jobs[last]};
    cairn_sha256_pairs(batch, next, left, 1, cairn_sha256_compress_portable, NULL);
}

#else
typedef int cairn_no_avx2; // a translation unit must not be empty
#endif
