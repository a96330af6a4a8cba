package import NIOCore
internal import Synchronization

extension Node {
    /// The event loop on which the node decides and talks to other nodes, for a server that answers on it as well: then what a
    /// client sends and is told changes threads nowhere. It ends with `shutdown`.
    package func shareLoop() -> any EventLoop {
        self.driver.isLoopShared.store(true, ordering: .relaxed)
        return self.driver.loop
    }
}
