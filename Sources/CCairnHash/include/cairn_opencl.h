// Leaf hashes on an OpenCL device. The library is looked for at run time; nothing is needed to build or to start.

#ifndef CAIRN_OPENCL_H
#define CAIRN_OPENCL_H

#include "cairn_hash_batch.h"

#include <stddef.h>
#include <stdint.h>

enum { CAIRN_OPENCL_NAME_SIZE = 128, CAIRN_OPENCL_DEVICES_MAX = 64 };

enum {
    CAIRN_OPENCL_OK = 0,
    CAIRN_OPENCL_NO_LIBRARY,  // libOpenCL isn't there; `what` says what the linker said
    CAIRN_OPENCL_NO_FUNCTION, // it lacks the function `what`
    CAIRN_OPENCL_NO_MEMORY,   // of ours
    CAIRN_OPENCL_BUILD,       // the driver refused the kernel; `what` is its log
    CAIRN_OPENCL_CALL,        // the function `what` returned `code`
};

typedef struct {
    int kind;
    int32_t code;
    const char *what; // stands until the thread's next failure
} cairn_opencl_failure;

typedef struct {
    uintptr_t id;
    char name[CAIRN_OPENCL_NAME_SIZE];
    int is_gpu;
    uint32_t compute_units;
    uint64_t memory_bytes;
} cairn_opencl_device;

/// The devices of all platforms. Zero is a success.
int cairn_opencl_devices(cairn_opencl_device devices[CAIRN_OPENCL_DEVICES_MAX], size_t *count,
                         cairn_opencl_failure *failure);

/// The kernel's text.
const char *cairn_opencl_leaves_source(void);

/// A device with the kernel built for it. Any number of threads may use one.
typedef struct cairn_opencl_session cairn_opencl_session;

/// Builds `source` for a device: cairn_opencl_leaves_source, but for tests of what becomes of a bad one.
cairn_opencl_session *cairn_opencl_open(const cairn_opencl_device *device, const char *source,
                                        cairn_opencl_failure *failure);
void cairn_opencl_close(cairn_opencl_session *session);

/// A queue of the device with pinned memory on this side and buffers on the other. One thread at a time may use one.
/// The session must outlive it.
typedef struct cairn_opencl_batch cairn_opencl_batch;

cairn_opencl_batch *cairn_opencl_batch_new(cairn_opencl_session *session, size_t byte_capacity, size_t message_capacity,
                                           cairn_opencl_failure *failure);
void cairn_opencl_batch_free(cairn_opencl_batch *batch);

/// What the caller fills before starting, and reads after waiting.
uint8_t *cairn_opencl_batch_bytes(const cairn_opencl_batch *batch);
cairn_sha256_message *cairn_opencl_batch_messages(const cairn_opencl_batch *batch);
const uint8_t *cairn_opencl_batch_digests(const cairn_opencl_batch *batch);

/// Begins to send, hash and fetch, and returns at once. The messages lie inside the first `byte_count` bytes.
int cairn_opencl_batch_start(cairn_opencl_batch *batch, size_t byte_count, size_t message_count,
                             cairn_opencl_failure *failure);

typedef struct {
    uint64_t kernel_nanoseconds; // of hashing alone
    uint64_t total_nanoseconds;  // with both transfers
} cairn_opencl_times;

/// Waits for what was started. The times are the device's own.
int cairn_opencl_batch_wait(cairn_opencl_batch *batch, cairn_opencl_times *times, cairn_opencl_failure *failure);

#endif
