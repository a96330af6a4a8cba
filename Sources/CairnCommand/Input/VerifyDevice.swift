import ArgumentParser
import CairnHash
import Foundation

/// What hashes the records of a ledger that is verified.
enum VerifyDevice: String, CaseIterable, ExpressibleByArgument {
    case auto
    case cpu
    case gpu

    /// A smaller ledger is verified before a device is ready.
    private static let bytesMin: UInt64 = 4_000_000_000
    /// Records of a size that many ledgers have: what a device is tried with.
    private static let sampleBytes = 512

    /// Nil for the CPU.
    func hasher(forLedgerIn directory: String) throws(CommandFailure) -> OpenCLHasher? {
        switch self {
        case .cpu:
            return nil
        case .gpu:
            do throws(OpenCLError) {
                let device = try OpenCLDevice.best()
                guard device.kind == .gpu else { throw .noDevice }
                return try device.open()
            } catch {
                throw .failed("there is no GPU to verify with: \(error)")
            }
        case .auto:
            guard Self.logBytes(directory) >= Self.bytesMin else { return nil }
            return try? Self.fasterDevice()
        }
    }

    /// A GPU that hashes faster than all cores together. Nil when there is none.
    private static func fasterDevice() throws(OpenCLError) -> OpenCLHasher? {
        let device = try OpenCLDevice.best()
        guard device.kind == .gpu else { return nil }
        let hasher = try device.open()
        let clock = ContinuousClock()
        let core = LeafSpeed.ofOneCore(messageByteCount: self.sampleBytes, clock: clock)
        let cores = core * Double(ProcessInfo.processInfo.activeProcessorCount)
        return try LeafSpeed.of(hasher, messageByteCount: self.sampleBytes, clock: clock) > cores ? hasher : nil
    }

    /// The size of the block log. 0 when it can't be told: whoever reads it says why.
    private static func logBytes(_ directory: String) -> UInt64 {
        let folder = directory + "/blocks"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.reduce(0) { sum, name in
            let attributes = try? FileManager.default.attributesOfItem(atPath: folder + "/" + name)
            return sum + ((attributes?[.size] as? NSNumber)?.uint64Value ?? 0)
        }
    }
}
