import CairnNode

/// The version of this program.
enum Version {
    static let text = Node.version
}
