// The part of OpenCL 1.2 that is used here, declared after the Khronos Group's specification, and the table of functions
// that is filled from the library at run time.

#ifndef CAIRN_OPENCL_API_H
#define CAIRN_OPENCL_API_H

#include "cairn_opencl.h"

typedef void *cl_platform, *cl_device, *cl_context, *cl_queue, *cl_program, *cl_kernel, *cl_memory, *cl_event;
typedef int32_t cl_status;

enum {
    CL_OK = 0,
    CL_DEVICE_NOT_FOUND_STATUS = -1,
    CL_PLATFORM_NOT_FOUND_STATUS = -1001, // cl_khr_icd: no driver is installed
    CL_TRUE_VALUE = 1,
    CL_FALSE_VALUE = 0,
};

// Bit fields are 64 bits wide.
#define CL_DEVICE_TYPE_GPU_BIT (UINT64_C(1) << 2)
#define CL_DEVICE_TYPE_EVERY UINT64_C(0xFFFFFFFF)
#define CL_QUEUE_PROFILING UINT64_C(2)
#define CL_MEMORY_READ_WRITE UINT64_C(1)
#define CL_MEMORY_WRITE_ONLY UINT64_C(2)
#define CL_MEMORY_READ_ONLY UINT64_C(4)
#define CL_MEMORY_ALLOCATE_HOST UINT64_C(16)
#define CL_MAP_READ_WRITE UINT64_C(3)

enum {
    CL_DEVICE_TYPE_INFO = 0x1000,
    CL_DEVICE_COMPUTE_UNITS_INFO = 0x1002,
    CL_DEVICE_MEMORY_INFO = 0x101F,
    CL_DEVICE_LITTLE_ENDIAN_INFO = 0x1026,
    CL_DEVICE_AVAILABLE_INFO = 0x1027,
    CL_DEVICE_COMPILER_INFO = 0x1028,
    CL_DEVICE_NAME_INFO = 0x102B,
    CL_PROGRAM_LOG_INFO = 0x1183,
    CL_PROFILING_START = 0x1282,
    CL_PROFILING_END = 0x1283,
};

// Name, then parameters; all but the creators return a status.
#define CAIRN_OPENCL_FUNCTIONS(F, C)                                                                                   \
    F(clGetPlatformIDs, uint32_t, cl_platform *, uint32_t *)                                                           \
    F(clGetDeviceIDs, cl_platform, uint64_t, uint32_t, cl_device *, uint32_t *)                                        \
    F(clGetDeviceInfo, cl_device, uint32_t, size_t, void *, size_t *)                                                  \
    C(clCreateContext, const intptr_t *, uint32_t, const cl_device *,                                                  \
      void(*)(const char *, const void *, size_t, void *), void *, cl_status *)                                        \
    F(clReleaseContext, cl_context)                                                                                    \
    C(clCreateCommandQueue, cl_context, cl_device, uint64_t, cl_status *)                                              \
    F(clReleaseCommandQueue, cl_queue)                                                                                 \
    C(clCreateProgramWithSource, cl_context, uint32_t, const char **, const size_t *, cl_status *)                     \
    F(clBuildProgram, cl_program, uint32_t, const cl_device *, const char *, void(*)(cl_program, void *),              \
      void *)                                                                                                          \
    F(clGetProgramBuildInfo, cl_program, cl_device, uint32_t, size_t, void *, size_t *)                                \
    F(clReleaseProgram, cl_program)                                                                                    \
    C(clCreateKernel, cl_program, const char *, cl_status *)                                                           \
    F(clReleaseKernel, cl_kernel)                                                                                      \
    F(clSetKernelArg, cl_kernel, uint32_t, size_t, const void *)                                                       \
    C(clCreateBuffer, cl_context, uint64_t, size_t, void *, cl_status *)                                               \
    F(clReleaseMemObject, cl_memory)                                                                                   \
    C(clEnqueueMapBuffer, cl_queue, cl_memory, uint32_t, uint64_t, size_t, size_t, uint32_t, const cl_event *,         \
      cl_event *, cl_status *)                                                                                         \
    F(clEnqueueUnmapMemObject, cl_queue, cl_memory, void *, uint32_t, const cl_event *, cl_event *)                    \
    F(clEnqueueWriteBuffer, cl_queue, cl_memory, uint32_t, size_t, size_t, const void *, uint32_t, const cl_event *,   \
      cl_event *)                                                                                                      \
    F(clEnqueueReadBuffer, cl_queue, cl_memory, uint32_t, size_t, size_t, void *, uint32_t, const cl_event *,          \
      cl_event *)                                                                                                      \
    F(clEnqueueNDRangeKernel, cl_queue, cl_kernel, uint32_t, const size_t *, const size_t *, const size_t *, uint32_t, \
      const cl_event *, cl_event *)                                                                                    \
    F(clFlush, cl_queue)                                                                                               \
    F(clFinish, cl_queue)                                                                                              \
    F(clWaitForEvents, uint32_t, const cl_event *)                                                                     \
    F(clReleaseEvent, cl_event)                                                                                        \
    F(clGetEventProfilingInfo, cl_event, uint32_t, size_t, void *, size_t *)

typedef struct {
#define MEMBER(name, ...) cl_status(*name)(__VA_ARGS__);
#define CREATOR(name, ...) void *(*name)(__VA_ARGS__);
    CAIRN_OPENCL_FUNCTIONS(MEMBER, CREATOR)
#undef MEMBER
#undef CREATOR
} cairn_opencl_api;

/// The functions of the library, loaded at the first call. Null when there is none or it lacks one.
const cairn_opencl_api *cairn_opencl_load(cairn_opencl_failure *failure);

int cairn_opencl_fail(cairn_opencl_failure *failure, int kind, int32_t code, const char *what);

struct cairn_opencl_session {
    const cairn_opencl_api *api;
    cl_device device;
    cl_context context;
    cl_program program;
};

#endif
