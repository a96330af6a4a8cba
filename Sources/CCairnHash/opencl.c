// OpenCL: the library, its devices, and a device with the kernel built for it.

#include "kernels.h"
#include "opencl_api.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

int cairn_opencl_fail(cairn_opencl_failure *failure, int kind, int32_t code, const char *what) {
    failure->kind = kind;
    failure->code = code;
    failure->what = what == NULL ? "" : what;
    return kind;
}

// MARK: The library

static pthread_once_t loading = PTHREAD_ONCE_INIT;
static cairn_opencl_api api;
static cairn_opencl_failure loading_failure;

static void load(void) {
#if defined(__APPLE__)
    const char *const name = "/System/Library/Frameworks/OpenCL.framework/OpenCL";
#else
    const char *const name = "libOpenCL.so.1";
#endif
    // Never closed: drivers don't all survive it.
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        static char reason[512]; // the linker's own text doesn't last
        const char *said = dlerror();
        snprintf(reason, sizeof reason, "%s", said == NULL ? name : said);
        cairn_opencl_fail(&loading_failure, CAIRN_OPENCL_NO_LIBRARY, 0, reason);
        return;
    }
    const char *missing = NULL;
#define FIND(function, ...)                                                                                            \
    *(void **)&api.function = dlsym(library, #function);                                                               \
    if (api.function == NULL) missing = #function;
    CAIRN_OPENCL_FUNCTIONS(FIND, FIND)
#undef FIND
    if (missing != NULL) cairn_opencl_fail(&loading_failure, CAIRN_OPENCL_NO_FUNCTION, 0, missing);
}

const cairn_opencl_api *cairn_opencl_load(cairn_opencl_failure *failure) {
    pthread_once(&loading, load);
    *failure = loading_failure;
    return failure->kind == CAIRN_OPENCL_OK ? &api : NULL;
}

// MARK: Devices

static int describe(const cairn_opencl_api *cl, cl_device id, cairn_opencl_device *device) {
    uint64_t type = 0;
    uint32_t available = 0, compiler = 0, little_endian = 0;
    memset(device, 0, sizeof *device);
    device->id = (uintptr_t)id;
    const int usable = cl->clGetDeviceInfo(id, CL_DEVICE_TYPE_INFO, sizeof type, &type, NULL) == CL_OK
        && cl->clGetDeviceInfo(id, CL_DEVICE_AVAILABLE_INFO, sizeof available, &available, NULL) == CL_OK
        && cl->clGetDeviceInfo(id, CL_DEVICE_COMPILER_INFO, sizeof compiler, &compiler, NULL) == CL_OK
        && cl->clGetDeviceInfo(id, CL_DEVICE_LITTLE_ENDIAN_INFO, sizeof little_endian, &little_endian, NULL) == CL_OK
        && cl->clGetDeviceInfo(id, CL_DEVICE_COMPUTE_UNITS_INFO, 4, &device->compute_units, NULL) == CL_OK
        && cl->clGetDeviceInfo(id, CL_DEVICE_MEMORY_INFO, 8, &device->memory_bytes, NULL) == CL_OK;
    // A longer name than fits is no reason to go without the device.
    (void)cl->clGetDeviceInfo(id, CL_DEVICE_NAME_INFO, sizeof device->name - 1, device->name, NULL);
    device->is_gpu = (type & CL_DEVICE_TYPE_GPU_BIT) != 0;
    // The kernel moves bytes between words as little-endian machines lay them out.
    return usable && available && compiler && little_endian;
}

int cairn_opencl_devices(cairn_opencl_device devices[CAIRN_OPENCL_DEVICES_MAX], size_t *count,
                         cairn_opencl_failure *failure) {
    *count = 0;
    const cairn_opencl_api *cl = cairn_opencl_load(failure);
    if (cl == NULL) return failure->kind;

    cl_platform platforms[16];
    uint32_t platform_count = 0;
    cl_status status = cl->clGetPlatformIDs(16, platforms, &platform_count);
    if (status == CL_PLATFORM_NOT_FOUND_STATUS) return CAIRN_OPENCL_OK;
    if (status != CL_OK) return cairn_opencl_fail(failure, CAIRN_OPENCL_CALL, status, "clGetPlatformIDs");
    for (uint32_t p = 0; p < platform_count && p < 16; p++) {
        cl_device ids[CAIRN_OPENCL_DEVICES_MAX];
        uint32_t id_count = 0;
        status = cl->clGetDeviceIDs(platforms[p], CL_DEVICE_TYPE_EVERY, CAIRN_OPENCL_DEVICES_MAX, ids, &id_count);
        if (status == CL_DEVICE_NOT_FOUND_STATUS) continue;
        if (status != CL_OK) return cairn_opencl_fail(failure, CAIRN_OPENCL_CALL, status, "clGetDeviceIDs");
        for (uint32_t i = 0; i < id_count && i < CAIRN_OPENCL_DEVICES_MAX && *count < CAIRN_OPENCL_DEVICES_MAX; i++) {
            if (describe(cl, ids[i], &devices[*count])) (*count)++;
        }
    }
    return CAIRN_OPENCL_OK;
}

// MARK: A session

// The round constants as OpenCL text: there is one table of them.
static void write_constants(char *text, size_t size) {
    size_t length = (size_t)snprintf(text, size, "__constant uint constants[64] = {");
    for (int i = 0; i < 64; i++) {
        length += (size_t)snprintf(text + length, size - length, "0x%08xu,", cairn_sha256_constants[i]);
    }
    snprintf(text + length, size - length, "};\n");
}

// The beginning of what the driver's compiler said.
static const char *build_log(const cairn_opencl_session *session) {
    static _Thread_local char beginning[2048];
    const cairn_opencl_api *cl = session->api;
    size_t size = 0;
    beginning[0] = 0;
    (void)cl->clGetProgramBuildInfo(session->program, session->device, CL_PROGRAM_LOG_INFO, 0, NULL, &size);
    char *log = size > 0 ? calloc(size + 1, 1) : NULL;
    if (log == NULL) return beginning;
    (void)cl->clGetProgramBuildInfo(session->program, session->device, CL_PROGRAM_LOG_INFO, size, log, NULL);
    snprintf(beginning, sizeof beginning, "%s", log);
    free(log);
    return beginning;
}

static int build(cairn_opencl_session *session, const char *source, cairn_opencl_failure *failure) {
    const cairn_opencl_api *cl = session->api;
    cl_status status;
    session->context = cl->clCreateContext(NULL, 1, &session->device, NULL, NULL, &status);
    if (session->context == NULL) return cairn_opencl_fail(failure, CAIRN_OPENCL_CALL, status, "clCreateContext");

    char constants[1024];
    write_constants(constants, sizeof constants);
    const char *texts[] = {constants, source};
    session->program = cl->clCreateProgramWithSource(session->context, 2, texts, NULL, &status);
    if (session->program == NULL) {
        return cairn_opencl_fail(failure, CAIRN_OPENCL_CALL, status, "clCreateProgramWithSource");
    }
    status = cl->clBuildProgram(session->program, 1, &session->device, "-cl-std=CL1.2", NULL, NULL);
    if (status == CL_OK) return CAIRN_OPENCL_OK;
    return cairn_opencl_fail(failure, CAIRN_OPENCL_BUILD, status, build_log(session));
}

cairn_opencl_session *cairn_opencl_open(const cairn_opencl_device *device, const char *source,
                                        cairn_opencl_failure *failure) {
    const cairn_opencl_api *cl = cairn_opencl_load(failure);
    if (cl == NULL) return NULL;
    cairn_opencl_session *session = calloc(1, sizeof *session);
    if (session == NULL) {
        cairn_opencl_fail(failure, CAIRN_OPENCL_NO_MEMORY, 0, "");
        return NULL;
    }
    session->api = cl;
    session->device = (cl_device)device->id;
    if (build(session, source, failure) != CAIRN_OPENCL_OK) {
        cairn_opencl_close(session);
        return NULL;
    }
    return session;
}

void cairn_opencl_close(cairn_opencl_session *session) {
    if (session->program != NULL) session->api->clReleaseProgram(session->program);
    if (session->context != NULL) session->api->clReleaseContext(session->context);
    free(session);
}
