// One batch on its way through an OpenCL device: a queue of its own, so that one is sent while another one is hashed.

#include "opencl_api.h"

#include <stdlib.h>
#include <string.h>

enum {
    WORK_GROUP = 64,
    MARGIN = 64, // bytes before and behind the messages that the kernel may load
    // Messages of more blocks than that are sorted as one.
    SORTED_BLOCKS_MAX = 2047,
};

// Memory on this side, pinned where the driver can, and its buffer on the device.
typedef struct {
    cl_memory pinned, device;
    void *host;
} shared_memory;

struct cairn_opencl_batch {
    cairn_opencl_session *session;
    cl_queue queue;
    cl_kernel kernel;
    shared_memory bytes, messages, order, digests;
    cl_event first, hashing, last; // of the batch under way
};

static int make_shared(cairn_opencl_batch *batch, shared_memory *memory, size_t size, size_t margins, uint64_t access,
                       cairn_opencl_failure *failure) {
    const cairn_opencl_api *cl = batch->session->api;
    cl_status status;
    memory->device = cl->clCreateBuffer(batch->session->context, access, size + margins, NULL, &status);
    if (memory->device == NULL) return cairn_opencl_fail(failure, CAIRN_OPENCL_CALL, status, "clCreateBuffer");
    memory->pinned = cl->clCreateBuffer(
        batch->session->context, CL_MEMORY_READ_WRITE | CL_MEMORY_ALLOCATE_HOST, size, NULL, &status);
    if (memory->pinned == NULL) return cairn_opencl_fail(failure, CAIRN_OPENCL_CALL, status, "clCreateBuffer");
    memory->host = cl->clEnqueueMapBuffer(
        batch->queue, memory->pinned, CL_TRUE_VALUE, CL_MAP_READ_WRITE, 0, size, 0, NULL, NULL, &status);
    if (memory->host == NULL) return cairn_opencl_fail(failure, CAIRN_OPENCL_CALL, status, "clEnqueueMapBuffer");
    return CAIRN_OPENCL_OK;
}

static void release_shared(cairn_opencl_batch *batch, shared_memory *memory) {
    const cairn_opencl_api *cl = batch->session->api;
    if (memory->host != NULL) cl->clEnqueueUnmapMemObject(batch->queue, memory->pinned, memory->host, 0, NULL, NULL);
    if (memory->pinned != NULL) cl->clReleaseMemObject(memory->pinned);
    if (memory->device != NULL) cl->clReleaseMemObject(memory->device);
}

static int prepare(cairn_opencl_batch *batch, size_t byte_capacity, size_t message_capacity,
                   cairn_opencl_failure *failure) {
    const cairn_opencl_session *session = batch->session;
    const cairn_opencl_api *cl = session->api;
    cl_status status;
    batch->queue = cl->clCreateCommandQueue(session->context, session->device, CL_QUEUE_PROFILING, &status);
    if (batch->queue == NULL) return cairn_opencl_fail(failure, CAIRN_OPENCL_CALL, status, "clCreateCommandQueue");
    batch->kernel = cl->clCreateKernel(session->program, "leaves", &status);
    if (batch->kernel == NULL) return cairn_opencl_fail(failure, CAIRN_OPENCL_CALL, status, "clCreateKernel");

    int failed = make_shared(batch, &batch->bytes, byte_capacity, 2 * MARGIN, CL_MEMORY_READ_ONLY, failure);
    if (!failed) failed = make_shared(batch, &batch->messages, 8 * message_capacity, 0, CL_MEMORY_READ_ONLY, failure);
    if (!failed) failed = make_shared(batch, &batch->order, 4 * message_capacity, 0, CL_MEMORY_READ_ONLY, failure);
    if (!failed) failed = make_shared(batch, &batch->digests, 32 * message_capacity, 0, CL_MEMORY_WRITE_ONLY, failure);
    if (failed) return failed;

    status = cl->clSetKernelArg(batch->kernel, 0, sizeof(cl_memory), &batch->bytes.device);
    if (status == CL_OK) status = cl->clSetKernelArg(batch->kernel, 1, sizeof(cl_memory), &batch->messages.device);
    if (status == CL_OK) status = cl->clSetKernelArg(batch->kernel, 2, sizeof(cl_memory), &batch->order.device);
    if (status == CL_OK) status = cl->clSetKernelArg(batch->kernel, 4, sizeof(cl_memory), &batch->digests.device);
    if (status != CL_OK) return cairn_opencl_fail(failure, CAIRN_OPENCL_CALL, status, "clSetKernelArg");
    return CAIRN_OPENCL_OK;
}

cairn_opencl_batch *cairn_opencl_batch_new(cairn_opencl_session *session, size_t byte_capacity, size_t message_capacity,
                                           cairn_opencl_failure *failure) {
    cairn_opencl_batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL) {
        cairn_opencl_fail(failure, CAIRN_OPENCL_NO_MEMORY, 0, "");
        return NULL;
    }
    batch->session = session;
    if (prepare(batch, byte_capacity, message_capacity, failure) != CAIRN_OPENCL_OK) {
        cairn_opencl_batch_free(batch);
        return NULL;
    }
    return batch;
}

static void release_event(cairn_opencl_batch *batch, cl_event *event) {
    if (*event != NULL) batch->session->api->clReleaseEvent(*event);
    *event = NULL;
}

static void release_events(cairn_opencl_batch *batch) {
    release_event(batch, &batch->first);
    release_event(batch, &batch->hashing);
    release_event(batch, &batch->last);
}

void cairn_opencl_batch_free(cairn_opencl_batch *batch) {
    const cairn_opencl_api *cl = batch->session->api;
    if (batch->queue != NULL) cl->clFinish(batch->queue); // nothing may use the memory any more
    release_events(batch);
    release_shared(batch, &batch->bytes);
    release_shared(batch, &batch->messages);
    release_shared(batch, &batch->order);
    release_shared(batch, &batch->digests);
    if (batch->kernel != NULL) cl->clReleaseKernel(batch->kernel);
    if (batch->queue != NULL) {
        cl->clFinish(batch->queue);
        cl->clReleaseCommandQueue(batch->queue);
    }
    free(batch);
}

uint8_t *cairn_opencl_batch_bytes(const cairn_opencl_batch *batch) { return batch->bytes.host; }

cairn_sha256_message *cairn_opencl_batch_messages(const cairn_opencl_batch *batch) { return batch->messages.host; }

const uint8_t *cairn_opencl_batch_digests(const cairn_opencl_batch *batch) { return batch->digests.host; }

static size_t sorting_key(cairn_sha256_message message) {
    const uint64_t blocks = ((uint64_t)message.byte_count + 9) / 64; // and one
    return blocks > SORTED_BLOCKS_MAX ? 0 : SORTED_BLOCKS_MAX - blocks;
}

// A counting sort by the number of blocks, most first: long messages begin early, and neighbours are of one length.
static void sort_by_blocks(const cairn_sha256_message *messages, size_t count, uint32_t *order) {
    uint32_t places[SORTED_BLOCKS_MAX + 1] = {0};
    for (size_t i = 0; i < count; i++) places[sorting_key(messages[i])]++;
    uint32_t place = 0;
    for (size_t key = 0; key <= SORTED_BLOCKS_MAX; key++) {
        const uint32_t of_key = places[key];
        places[key] = place;
        place += of_key;
    }
    for (size_t i = 0; i < count; i++) order[places[sorting_key(messages[i])]++] = (uint32_t)i;
}

int cairn_opencl_batch_start(cairn_opencl_batch *batch, size_t byte_count, size_t message_count,
                             cairn_opencl_failure *failure) {
    const cairn_opencl_api *cl = batch->session->api;
    const uint32_t count = (uint32_t)message_count;
    const size_t local = WORK_GROUP, global = (message_count + WORK_GROUP - 1) / WORK_GROUP * WORK_GROUP;
    sort_by_blocks(batch->messages.host, message_count, batch->order.host);

    const char *call = "clSetKernelArg";
    cl_status status = cl->clSetKernelArg(batch->kernel, 3, sizeof count, &count);
    if (status == CL_OK) {
        call = "clEnqueueWriteBuffer";
        status = cl->clEnqueueWriteBuffer(batch->queue, batch->messages.device, CL_FALSE_VALUE, 0, 8 * message_count,
                                          batch->messages.host, 0, NULL, &batch->first);
    }
    if (status == CL_OK) {
        status = cl->clEnqueueWriteBuffer(batch->queue, batch->order.device, CL_FALSE_VALUE, 0, 4 * message_count,
                                          batch->order.host, 0, NULL, NULL);
    }
    if (status == CL_OK && byte_count > 0) {
        status = cl->clEnqueueWriteBuffer(batch->queue, batch->bytes.device, CL_FALSE_VALUE, MARGIN, byte_count,
                                          batch->bytes.host, 0, NULL, NULL);
    }
    if (status == CL_OK) {
        call = "clEnqueueNDRangeKernel";
        status = cl->clEnqueueNDRangeKernel(
            batch->queue, batch->kernel, 1, NULL, &global, &local, 0, NULL, &batch->hashing);
    }
    if (status == CL_OK) {
        call = "clEnqueueReadBuffer";
        status = cl->clEnqueueReadBuffer(batch->queue, batch->digests.device, CL_FALSE_VALUE, 0, 32 * message_count,
                                         batch->digests.host, 0, NULL, &batch->last);
    }
    if (status == CL_OK) {
        call = "clFlush";
        status = cl->clFlush(batch->queue);
    }
    if (status == CL_OK) return CAIRN_OPENCL_OK;
    cl->clFinish(batch->queue);
    release_events(batch);
    return cairn_opencl_fail(failure, CAIRN_OPENCL_CALL, status, call);
}

static uint64_t time_of(const cairn_opencl_api *cl, cl_event event, uint32_t which) {
    uint64_t time = 0;
    return cl->clGetEventProfilingInfo(event, which, sizeof time, &time, NULL) == CL_OK ? time : 0;
}

int cairn_opencl_batch_wait(cairn_opencl_batch *batch, cairn_opencl_times *times, cairn_opencl_failure *failure) {
    const cairn_opencl_api *cl = batch->session->api;
    // Finishing the queue would not tell whether its commands succeeded.
    const cl_event events[] = {batch->first, batch->hashing, batch->last};
    const cl_status status = cl->clWaitForEvents(3, events);
    if (status == CL_OK) {
        times->kernel_nanoseconds =
            time_of(cl, batch->hashing, CL_PROFILING_END) - time_of(cl, batch->hashing, CL_PROFILING_START);
        times->total_nanoseconds =
            time_of(cl, batch->last, CL_PROFILING_END) - time_of(cl, batch->first, CL_PROFILING_START);
    }
    if (status != CL_OK) cl->clFinish(batch->queue);
    release_events(batch);
    return status == CL_OK ? CAIRN_OPENCL_OK : cairn_opencl_fail(failure, CAIRN_OPENCL_CALL, status, "clWaitForEvents");
}
