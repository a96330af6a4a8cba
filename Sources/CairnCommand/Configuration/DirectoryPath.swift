/// A directory's path as a person writes it.
package enum DirectoryPath {
    /// - Parameter name: of the option or setting, for the error.
    /// - Throws: when it is empty, or looks like an address: a directory of that name is hardly ever what is meant.
    package static func checked(_ path: String, _ name: String) throws(CommandFailure) -> String {
        guard !path.isEmpty else { throw .usage("\(name) is empty; name a directory") }
        guard !path.hasPrefix("file:"), path.firstRange(of: "://") == nil else {
            throw .usage(
                "\(name) is \"\(path)\", which looks like an address; it has to be a path (a directory of that name: ./\(path))"
            )
        }
        return path
    }
}
