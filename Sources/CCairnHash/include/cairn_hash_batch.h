// SHA-256 of many messages at once, with a kernel chosen at run time by what the CPU has.

#ifndef CAIRN_HASH_BATCH_H
#define CAIRN_HASH_BATCH_H

#include <stddef.h>
#include <stdint.h>

/// Where a message lies in a buffer.
typedef struct {
    uint32_t offset;
    uint32_t byte_count;
} cairn_sha256_message;

enum { CAIRN_SHA256_NO_PREFIX = -1 };

/// Messages in a buffer, and where their digests go: 32 bytes each, in the order of the messages.
///
/// Nothing outside the messages is read. The digests may lie in the buffer if each lies before the end of its own
/// message and before all later ones, as the parents in a Merkle tree do that replace their children.
typedef struct {
    const uint8_t *buffer;
    const cairn_sha256_message *messages; // null: message i has byte_count bytes at i * stride
    size_t stride;
    uint32_t byte_count;
    int prefix; // a byte hashed before each message, or CAIRN_SHA256_NO_PREFIX
    size_t count;
    uint8_t *digests;
} cairn_sha256_batch;

typedef struct {
    const char *name;
    void (*run)(const cairn_sha256_batch *batch);
} cairn_sha256_batch_kernel;

/// The kernels that this CPU has, the best one first. The others are for tests and benchmarks.
const cairn_sha256_batch_kernel *cairn_sha256_batch_kernels(size_t *count);

#endif
