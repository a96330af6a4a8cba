internal import CCairnHash

/// Why an OpenCL device can't be used. Hashing on the CPU needs none of it.
public enum OpenCLError: Error, Hashable {
    /// The library isn't installed. `reason` is the dynamic linker's.
    case noLibrary(reason: String)
    /// The library is there, and lacks a function of OpenCL 1.2.
    case unusableLibrary(missing: String)
    /// The library is there, and no driver of it offers a device that compiles kernels.
    case noDevice
    /// The driver's compiler refused the kernel.
    case kernelRefused(device: String, log: String)
    /// The device hashed known messages wrongly: it must not be relied on.
    case wrongDigests(device: String)
    /// A call failed; `code` is OpenCL's. Among others -4, -5 and -6: out of memory on the device or here.
    case failed(call: String, code: Int)
    case outOfMemory

    init(_ failure: cairn_opencl_failure, device: String) {
        let what = failure.what.map { String(cString: $0) } ?? ""
        self =
            switch Int(failure.kind) {
            case CAIRN_OPENCL_NO_LIBRARY: .noLibrary(reason: what)
            case CAIRN_OPENCL_NO_FUNCTION: .unusableLibrary(missing: what)
            case CAIRN_OPENCL_NO_MEMORY: .outOfMemory
            case CAIRN_OPENCL_BUILD: .kernelRefused(device: device, log: what)
            default: .failed(call: what, code: Int(failure.code))
            }
    }
}

extension OpenCLError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noLibrary(let reason):
            "no OpenCL library on this machine (\(reason)): install an OpenCL driver and its loader "
                + "(on Debian ocl-icd-libopencl1), or hash on the CPU"
        case .unusableLibrary(let missing):
            "the OpenCL library lacks the function \(missing) of OpenCL 1.2: install a newer one, or hash on the CPU"
        case .noDevice:
            "OpenCL knows no device that can compile kernels: install the driver of the GPU, or hash on the CPU"
        case .kernelRefused(let device, let log):
            "the OpenCL driver of \(device) refused the kernel; hash on the CPU. It says: \(log)"
        case .wrongDigests(let device):
            "the OpenCL device \(device) hashed known messages wrongly and is not used: look at its driver and memory"
        case .failed(let call, let code):
            "the OpenCL call \(call) failed with code \(code)"
        case .outOfMemory:
            "out of memory for an OpenCL batch"
        }
    }
}
