import CairnLedger

extension TrustPolicy {
    /// Reads a policy file.
    init(file path: String) throws(CommandFailure) {
        let bytes = try InputFile.read(path, bytesMax: Limits.policyBytesMax)
        do throws(PolicyError) {
            try self.init(parsing: bytes)
        } catch {
            throw .failed("\(path): \(error)")
        }
    }
}
