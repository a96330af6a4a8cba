import ArgumentParser
import CairnHash

/// Measures the hash kernels of this machine, each on one core, and its OpenCL devices.
@main
struct CairnSpeed: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cairn-speed",
        abstract: "Measures how fast this machine hashes many messages.",
        discussion: """
            Each figure counts message bytes, neither prefixes nor padding; 1 MB is 1,000,000 bytes. A kernel's is per
            second that it had a core, a device's per second of the clock.

            Examples:
              cairn-speed                                    # every kernel, every form, usual sizes
              cairn-speed --kernel best --form leaf --bytes 64 --seconds 1 --json
              cairn-speed --device                           # OpenCL devices, with and without transfers
            """)

    @Option(help: "A kernel's name, best, or all.")
    var kernel = "all"

    @Option(help: "What is hashed, instead of everything.")
    var form: Form?

    @Option(name: .customLong("bytes"), help: "The size of a message; may be repeated.")
    var byteCounts: [Int] = []

    @Option(help: "How long to measure each figure.")
    var seconds = 0.3

    @Option(help: "How many MiB of messages a kernel hashes in turn: a core's cache holds one, no cache holds 256.")
    var working = 1

    @Flag(help: "Measure OpenCL devices in place of CPU kernels.")
    var device = false

    @Flag(help: "Print one JSON object a line.")
    var json = false

    func validate() throws {
        guard self.byteCounts.allSatisfy({ (0...1 << 20).contains($0) }) else {
            throw ValidationError("--bytes must be 0 to 1,048,576")
        }
        guard (1...2_048).contains(self.working) else {
            throw ValidationError("--working must be 1 to 2,048 MiB")
        }
        guard self.seconds > 0, self.seconds <= 3_600 else {
            throw ValidationError("--seconds must be above 0, and at most 3,600")
        }
        guard self.device || !self.kernels.isEmpty else {
            let names = SHA256Batch.Kernel.all.map(\.name).joined(separator: ", ")
            throw ValidationError("this CPU has no kernel \"\(self.kernel)\": it has \(names)")
        }
    }

    func run() throws {
        let sizes = self.byteCounts.isEmpty ? [64, 256, 1_024, 4_096, 16_384] : self.byteCounts
        if self.device {
            for device in try OpenCLDevice.all() {
                let hasher = try device.open()
                for size in sizes {
                    try self.report(Measurement.device(hasher, byteCount: size, seconds: self.seconds))
                }
            }
            return
        }
        for kernel in self.kernels {
            for form in self.form.map({ [$0] }) ?? Form.allCases {
                for size in form.fixedByteCount.map({ [$0] }) ?? sizes {
                    self.report([
                        Measurement.kernel(
                            kernel, form: form, byteCount: size, mebibytes: self.working, seconds: self.seconds)
                    ])
                }
            }
        }
    }

    private var kernels: [SHA256Batch.Kernel] {
        switch self.kernel {
        case "all": SHA256Batch.Kernel.all
        case "best": Array(SHA256Batch.Kernel.all.prefix(1))
        default: SHA256Batch.Kernel.all.filter { $0.name == self.kernel }
        }
    }

    private func report(_ measurements: [Measurement]) {
        for measurement in measurements { print(self.json ? measurement.json : measurement.text) }
    }
}
