internal import CCairnHash

/// A device that OpenCL knows: a GPU, or a CPU under a driver such as PoCL's.
///
/// The library is looked for when a device is first asked for. Nothing of OpenCL is needed to build Cairn or to start it.
public struct OpenCLDevice: Sendable {
    public enum Kind: String, Sendable {
        case gpu
        /// A CPU, or an accelerator of another kind.
        case cpu
    }

    public let name: String
    public let kind: Kind
    public let computeUnits: Int
    public let memoryByteCount: UInt64

    /// As C knows it. Its id stays valid as long as the process lives.
    let info: cairn_opencl_device

    /// All devices of all drivers, GPUs first and the larger ones before the smaller. Not empty.
    public static func all() throws(OpenCLError) -> [Self] {
        var failure = cairn_opencl_failure()
        var count = 0
        let empty = cairn_opencl_device()
        var devices = [cairn_opencl_device](repeating: empty, count: Int(CAIRN_OPENCL_DEVICES_MAX))
        guard Int(cairn_opencl_devices(&devices, &count, &failure)) == CAIRN_OPENCL_OK else {
            throw OpenCLError(failure, device: "")
        }
        guard count > 0 else { throw .noDevice }
        return devices.prefix(count).map(Self.init).sorted {
            ($0.kind == .gpu ? 1 : 0, $0.computeUnits) > ($1.kind == .gpu ? 1 : 0, $1.computeUnits)
        }
    }

    /// The first of all devices.
    public static func best() throws(OpenCLError) -> Self {
        guard let first = try self.all().first else { throw .noDevice }
        return first
    }

    /// Builds the kernel for this device, and has it hash messages with known digests. Takes up to seconds.
    public func open() throws(OpenCLError) -> OpenCLHasher {
        try OpenCLHasher(self, source: Self.leavesSource)
    }

    /// The text of the kernel that hashes leaves.
    package static var leavesSource: String { String(cString: cairn_opencl_leaves_source()) }

    private init(_ info: cairn_opencl_device) {
        self.info = info
        self.name = withUnsafeBytes(of: info.name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        self.kind = info.is_gpu != 0 ? .gpu : .cpu
        self.computeUnits = Int(info.compute_units)
        self.memoryByteCount = info.memory_bytes
    }
}
