import CairnNode

/// The version of this program.
package enum Version {
    package static let text = Node.version
}
