// Messages of any length in 16 or 32 lanes. A lane whose message ends takes the next one at once, so that no lane waits for
// a longer neighbour; only at the end of the batch lanes stay empty, and the caller goes on with fewer.

#if defined(__x86_64__)

#include "avx512.h"
#include "avx512_rounds.h"

typedef struct {
    state16 states[2];
    const uint8_t *data[CAIRN_AVX512_LANES_MAX]; // the next block of each lane
    _Alignas(64) uint32_t blocks[CAIRN_AVX512_LANES_MAX]; // left in its piece
    cairn_sha256_job *jobs[CAIRN_AVX512_LANES_MAX];
} lanes;

AVX512_INLINE void copy_below_64(uint8_t *to, const uint8_t *from, size_t length) {
    const __mmask64 mask = ((uint64_t)1 << length) - 1;
    _mm512_mask_storeu_epi8(to, mask, _mm512_maskz_loadu_epi8(mask, from));
}

// Word `word` of the lane's state.
AVX512_INLINE uint32_t *lane_word(lanes *all, int lane, int word) {
    return (uint32_t *)&all->states[lane / 16].words[word] + lane % 16;
}

AVX512_INLINE void resume(lanes *all, int lane, cairn_sha256_job *job) {
    for (int i = 0; i < 8; i++) *lane_word(all, lane, i) = job->words[i];
    all->jobs[lane] = job;
    all->data[lane] = job->data;
    all->blocks[lane] = job->blocks;
}

AVX512_INLINE cairn_sha256_job *suspend(lanes *all, int lane) {
    cairn_sha256_job *job = all->jobs[lane];
    for (int i = 0; i < 8; i++) job->words[i] = *lane_word(all, lane, i);
    job->data = all->data[lane];
    job->blocks = all->blocks[lane];
    return job;
}

// Compresses as many blocks of each lane as the shortest piece has. The result: the lanes whose pieces have ended.
AVX512_INLINE uint32_t compress_pieces(lanes *all, uint32_t active, const int groups) {
    const vector order = byte_order();
    vector left[2];
    vector least = every_lane(UINT32_MAX);
    UNROLLED for (int g = 0; g < groups; g++) {
        left[g] = _mm512_load_si512(all->blocks + 16 * g);
        least = _mm512_mask_min_epu32(least, (__mmask16)(active >> (16 * g)), least, left[g]);
    }
    const uint32_t blocks = _mm512_reduce_min_epu32(least);

    state16 states[2];
    UNROLLED for (int g = 0; g < groups; g++) states[g] = all->states[g];
    for (size_t start = 0; start < 64 * (size_t)blocks; start += 64) {
        schedule16 schedules[2];
        UNROLLED for (int g = 0; g < groups; g++) {
            UNROLLED for (int i = 0; i < 16; i++) {
                const vector bytes = _mm512_loadu_si512(all->data[16 * g + i] + start);
                schedules[g].words[i] = _mm512_shuffle_epi8(bytes, order);
            }
            transpose(schedules[g].words);
        }
        compress_block(states, schedules, groups);
    }

    uint32_t ended = 0;
    UNROLLED for (int g = 0; g < groups; g++) {
        all->states[g] = states[g];
        left[g] = _mm512_sub_epi32(left[g], every_lane(blocks));
        _mm512_store_si512(all->blocks + 16 * g, left[g]);
        ended |= (uint32_t)_mm512_cmpeq_epi32_mask(left[g], _mm512_setzero_si512()) << (16 * g);
    }
    for (int i = 0; i < 16 * groups; i++) all->data[i] += 64 * (size_t)blocks;
    return ended & active;
}

// Takes the next piece of each lane in `ended`. The result: the lanes that have none, whose messages are hashed.
AVX512_INLINE uint32_t next_pieces(lanes *all, uint32_t ended) {
    uint32_t hashed = 0;
    for (; ended != 0; ended &= ended - 1) {
        const int lane = __builtin_ctz(ended);
        cairn_sha256_job *job = all->jobs[lane];
        if (cairn_job_next_piece(job)) {
            all->data[lane] = job->data;
            all->blocks[lane] = job->blocks;
        } else {
            hashed |= 1u << lane;
        }
    }
    return hashed;
}

AVX512_INLINE void store_hashed(lanes *all, uint32_t hashed, const int groups) {
    _Alignas(64) uint8_t digests[32 * CAIRN_AVX512_LANES];
    for (int g = 0; g < groups; g++) {
        uint32_t ours = hashed >> (16 * g) & 0xFFFF;
        if (ours == 0) continue;
        store_digests(&all->states[g], digests);
        for (; ours != 0; ours &= ours - 1) {
            const int lane = __builtin_ctz(ours);
            memcpy(all->jobs[16 * g + lane]->digest, digests + 32 * lane, 32);
        }
    }
}

AVX512_INLINE void begin_lanes(lanes *all, uint32_t fresh, const int groups) {
    UNROLLED for (int g = 0; g < groups; g++) {
        UNROLLED for (int i = 0; i < 8; i++) {
            all->states[g].words[i] = _mm512_mask_mov_epi32(
                all->states[g].words[i], (__mmask16)(fresh >> (16 * g)), every_lane(cairn_sha256_initial_words[i]));
        }
    }
}

AVX512_INLINE size_t run_lanes(const cairn_sha256_batch *batch, size_t *next, cairn_sha256_job *storage,
                               cairn_sha256_job **jobs, size_t job_count, size_t enough, const int groups) {
    const uint32_t every = groups == 2 ? 0xFFFFFFFF : 0xFFFF;
    lanes all;
    memset(&all, 0, sizeof all);
    uint32_t active = 0;
    for (size_t i = 0; i < job_count; i++) {
        resume(&all, (int)i, jobs[i]);
        active |= 1u << i;
    }

    uint32_t free = every & ~active;
    for (;;) {
        const size_t active_count = (size_t)__builtin_popcount(active), waiting = batch->count - *next;
        if (active_count + waiting <= enough) break;
        uint32_t fresh = 0;
        for (; free != 0 && *next < batch->count; free &= free - 1) {
            const int lane = __builtin_ctz(free);
            cairn_sha256_job *job = &storage[lane];
            cairn_job_begin(job, batch, (*next)++, copy_below_64);
            all.jobs[lane] = job;
            all.data[lane] = job->data;
            all.blocks[lane] = job->blocks;
            fresh |= 1u << lane;
        }
        begin_lanes(&all, fresh, groups);
        active |= fresh;

        // Lanes without a message read what another one reads: there is nothing else that they may.
        for (uint32_t idle = every & ~active; idle != 0; idle &= idle - 1) {
            all.data[__builtin_ctz(idle)] = all.data[__builtin_ctz(active)];
        }
        free = next_pieces(&all, compress_pieces(&all, active, groups));
        store_hashed(&all, free, groups);
        active &= ~free;
    }

    size_t left = 0;
    for (; active != 0; active &= active - 1) jobs[left++] = suspend(&all, __builtin_ctz(active));
    return left;
}

AVX512 size_t cairn_avx512_lanes_16(const cairn_sha256_batch *batch, size_t *next, cairn_sha256_job *storage,
                                    cairn_sha256_job **jobs, size_t job_count, size_t enough) {
    return run_lanes(batch, next, storage, jobs, job_count, enough, 1);
}

AVX512 size_t cairn_avx512_lanes_32(const cairn_sha256_batch *batch, size_t *next, cairn_sha256_job *storage,
                                    cairn_sha256_job **jobs, size_t job_count, size_t enough) {
    return run_lanes(batch, next, storage, jobs, job_count, enough, 2);
}

#else
typedef int cairn_no_avx512_lanes; // a translation unit must not be empty
#endif
