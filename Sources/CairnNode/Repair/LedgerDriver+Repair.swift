internal import CairnStore
internal import Dispatch

extension LedgerDriver {
    /// Has the writer put good blocks in the place of bad ones, between two appends.
    ///
    /// - Returns: what is worth saying about it.
    func repair(_ repair: VerifiedRepair) async throws(StoreError) -> [String] {
        let result = await withCheckedContinuation { continuation in
            self.queue.async { continuation.resume(returning: self.repairOnQueue(repair)) }
        }
        return try result.get()
    }

    private func repairOnQueue(_ repair: VerifiedRepair) -> Result<[String], StoreError> {
        do throws(StoreError) {
            // A writer that failed or was closed refuses by itself.
            return .success(try self.log.use { writer throws(StoreError) in try writer.repair(repair) })
        } catch {
            if case .noSpace = error { return .failure(error) }
            if !self.hasFailed, !self.isClosed { self.fail(error) }
            return .failure(error)
        }
    }
}
