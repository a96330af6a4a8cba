internal import NIOCore
internal import NIOPosix

extension Application {
    /// Does work that waits for the disk, on a reader's thread.
    ///
    /// - Returns: fails only when the server has stopped.
    func read<Value: Sendable>(
        on eventLoop: any EventLoop, _ work: @escaping @Sendable () throws(Problem) -> Value
    ) -> EventLoopFuture<Result<Value, Problem>> {
        self.readers.runIfActive(eventLoop: eventLoop) {
            do throws(Problem) {
                return .success(try work())
            } catch {
                return .failure(error)
            }
        }
    }
}
