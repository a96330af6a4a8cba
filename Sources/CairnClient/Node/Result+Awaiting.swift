extension Result {
    /// What `body` returns or throws, for whoever has several things under way at once.
    ///
    /// A value that belongs to it, such as a place in a list, is put beside it only when it is there, in a statement of its own: see
    /// `docs/compiler-faults.md`.
    static func awaiting(_ body: () async throws(Failure) -> Success) async -> Self {
        do throws(Failure) {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
}
