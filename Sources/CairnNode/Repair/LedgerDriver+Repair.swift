internal import CairnStore

extension LedgerDriver {
    /// Has the writer put good blocks in the place of bad ones, between two appends.
    ///
    /// - Returns: what is worth saying about it.
    func repair(_ repair: VerifiedRepair) async throws(StoreError) -> [String] {
        try await self.onLoop { self.repairOnLoop(repair) }.get()
    }

    private func repairOnLoop(_ repair: VerifiedRepair) -> Result<[String], StoreError> {
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
