/// Keeps what a node knows of other nodes' addresses while it doesn't run. It is a convenience: lost addresses are
/// learned again.
///
/// Called on a thread that may block.
public protocol AddressStorage: Sendable {
    /// What was saved last; nil when there is nothing, or it can't be read.
    func load() -> [UInt8]?
    func save(_ bytes: [UInt8])
}
