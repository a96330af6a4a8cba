// Hashing many messages: the choice of a kernel, and the kernels that take one or two messages at a time.

#include "cairn_hash_batch.h"
#include "kernels.h"

static void copy_below_64(uint8_t *to, const uint8_t *from, size_t length) {
    if (length > 0) memcpy(to, from, length);
}

static void begin(cairn_sha256_job *job, const cairn_sha256_batch *batch, size_t index) {
    cairn_job_begin(job, batch, index, copy_below_64);
    memcpy(job->words, cairn_sha256_initial_words, sizeof job->words);
}

void cairn_sha256_pairs(const cairn_sha256_batch *batch, size_t next, cairn_sha256_job **jobs, size_t job_count,
                        cairn_sha256_compress compress, cairn_sha256_compress_pair pair) {
    cairn_sha256_job own[2];
    cairn_sha256_job *lanes[2] = {NULL, NULL};
    const int lane_count = pair == NULL ? 1 : 2;
    for (;;) {
        for (int lane = 0; lane < lane_count; lane++) {
            cairn_sha256_job *job = lanes[lane];
            if (job != NULL && job->blocks == 0 && !cairn_job_next_piece(job)) {
                cairn_sha256_store_digest(job->words, job->digest);
                job = NULL;
            }
            if (job == NULL && job_count > 0) {
                job = jobs[--job_count];
            } else if (job == NULL && next < batch->count) {
                job = &own[lane];
                begin(job, batch, next++);
            }
            lanes[lane] = job;
        }
        if (lanes[0] == NULL && lanes[1] == NULL) return;

        uint32_t blocks;
        if (lanes[0] != NULL && lanes[1] != NULL) {
            blocks = lanes[0]->blocks < lanes[1]->blocks ? lanes[0]->blocks : lanes[1]->blocks;
            pair(lanes[0]->words, lanes[0]->data, lanes[1]->words, lanes[1]->data, blocks);
        } else {
            cairn_sha256_job *alone = lanes[0] != NULL ? lanes[0] : lanes[1];
            blocks = alone->blocks;
            compress(alone->words, alone->data, blocks);
        }
        for (int lane = 0; lane < lane_count; lane++) {
            if (lanes[lane] == NULL) continue;
            lanes[lane]->data += 64 * (size_t)blocks;
            lanes[lane]->blocks -= blocks;
        }
    }
}

static void run_portable(const cairn_sha256_batch *batch) {
    cairn_sha256_pairs(batch, 0, NULL, 0, cairn_sha256_compress_portable, NULL);
}

static cairn_sha256_batch_kernel kernels[5] = {{"portable", run_portable}};
static size_t kernel_count = 1;

static void prefer(const char *name, void (*run)(const cairn_sha256_batch *)) {
    for (size_t i = kernel_count++; i > 0; i--) kernels[i] = kernels[i - 1];
    kernels[0] = (cairn_sha256_batch_kernel){name, run};
}

#if defined(__x86_64__)
static void run_shani(const cairn_sha256_batch *batch) {
    cairn_sha256_pairs(batch, 0, NULL, 0, cairn_sha256_compress_shani, cairn_sha256_compress_pair_shani);
}
#elif defined(__aarch64__)
static void run_sha2(const cairn_sha256_batch *batch) {
    cairn_sha256_pairs(batch, 0, NULL, 0, cairn_sha256_compress_sha2, cairn_sha256_compress_pair_sha2);
}
#endif

// Before main, so that no hash needs to ask or to lock.
__attribute__((constructor)) static void choose_kernels(void) {
#if defined(__x86_64__)
    const int sha = cairn_cpu_has_sha(), avx512 = cairn_cpu_has_avx512();
    if (cairn_cpu_has_avx2()) prefer("avx2", cairn_sha256_batch_avx2);
    if (sha) prefer("sha-ni", run_shani);
    if (avx512) prefer("avx-512", cairn_sha256_batch_avx512);
    if (sha && avx512) prefer("avx-512 with sha-ni", cairn_sha256_batch_avx512_shani);
#elif defined(__aarch64__)
    if (cairn_cpu_has_sha2()) prefer("sha2", run_sha2);
#endif
}

const cairn_sha256_batch_kernel *cairn_sha256_batch_kernels(size_t *count) {
    *count = kernel_count;
    return kernels;
}
