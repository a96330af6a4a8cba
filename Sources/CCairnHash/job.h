// A message on its way through a kernel, cut into pieces of whole blocks.
//
// With a prefix byte in front, the blocks of a message are those of (prefix ‖ message). What of them is not in memory as
// it is hashed, the first block behind a prefix and the padding at the end, is laid out in the job; the blocks between,
// however many, are read where they lie:
//
//     head, 1 block, only behind a prefix | middle, any number of blocks, in place | tail, 1 or 2 blocks
//
// Head and tail without a middle are one piece.

#ifndef CAIRN_JOB_H
#define CAIRN_JOB_H

#include "cairn_hash_batch.h"

#include <string.h>

typedef struct {
    const uint8_t *data; // the present piece
    uint32_t blocks;     // in it
    uint32_t middle_blocks, tail_blocks; // in the pieces after it
    const uint8_t *middle;
    uint8_t *digest;
    uint32_t words[8]; // the state, while no kernel holds it in registers of its own
    _Alignas(64) uint8_t scratch[192];
} cairn_sha256_job;

typedef void (*cairn_copy_below_64)(uint8_t *to, const uint8_t *from, size_t length);

static inline __attribute__((always_inline))
const uint8_t *cairn_message(const cairn_sha256_batch *batch, size_t index, uint32_t *byte_count) {
    if (batch->messages == NULL) {
        *byte_count = batch->byte_count;
        return batch->buffer + index * batch->stride;
    }
    *byte_count = batch->messages[index].byte_count;
    return batch->buffer + batch->messages[index].offset;
}

static inline __attribute__((always_inline))
void cairn_store_big_endian_64(uint8_t *place, uint64_t value) {
    value = __builtin_bswap64(value);
    memcpy(place, &value, 8);
}

/// Cuts message `index` of the batch. The state is the caller's to set.
static inline __attribute__((always_inline))
void cairn_job_begin(cairn_sha256_job *job, const cairn_sha256_batch *batch, size_t index, cairn_copy_below_64 copy) {
    uint32_t length;
    const uint8_t *message = cairn_message(batch, index, &length);
    const size_t prefixed = batch->prefix != CAIRN_SHA256_NO_PREFIX;
    const uint64_t total = (uint64_t)length + prefixed;
    const uint32_t full = (uint32_t)(total / 64);
    const size_t rest = total % 64;

    uint8_t *const head = job->scratch, *const tail = job->scratch + 64;
    const uint32_t tail_blocks = rest < 56 ? 1 : 2;
    memset(tail, 0, 64);
    if (tail_blocks == 2) memset(tail + 64, 0, 64);
    if (prefixed && full == 0) {
        tail[0] = (uint8_t)batch->prefix;
        copy(tail + 1, message, length);
    } else {
        copy(tail, message + (length - rest), rest);
    }
    tail[rest] = 0x80;
    cairn_store_big_endian_64(tail + 64 * tail_blocks - 8, total * 8);

    job->digest = batch->digests + 32 * index;
    job->tail_blocks = tail_blocks;
    job->middle_blocks = 0;
    if (full == 0) {
        job->data = tail;
        job->blocks = tail_blocks;
        job->tail_blocks = 0;
    } else if (!prefixed) {
        job->data = message;
        job->blocks = full;
    } else {
        head[0] = (uint8_t)batch->prefix;
        memcpy(head + 1, message, 63);
        job->data = head;
        job->blocks = 1;
        if (full == 1) {
            job->blocks += tail_blocks;
            job->tail_blocks = 0;
        } else {
            job->middle = message + 63;
            job->middle_blocks = full - 1;
        }
    }
}

/// Goes on to the next piece. False when that was the last.
static inline __attribute__((always_inline))
int cairn_job_next_piece(cairn_sha256_job *job) {
    if (job->middle_blocks > 0) {
        job->data = job->middle;
        job->blocks = job->middle_blocks;
        job->middle_blocks = 0;
        return 1;
    }
    if (job->tail_blocks > 0) {
        job->data = job->scratch + 64;
        job->blocks = job->tail_blocks;
        job->tail_blocks = 0;
        return 1;
    }
    return 0;
}

#endif
