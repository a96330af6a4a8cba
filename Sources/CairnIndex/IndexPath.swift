internal import Foundation

/// What SQLite is given as a path.
enum IndexPath {
    /// Where URIs are switched on, SQLite takes a path that begins like one for one.
    static func plain(_ path: String) -> String {
        path.hasPrefix("file:") ? "./" + path : path
    }

    /// What else than a regular file stands in its place: a FIFO would be waited for, and a folder removed with all that is in
    /// it. Nil for a file, and when there is nothing.
    static func problem(_ path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return nil }
        return "\(path) is no regular file; remove what is there: the index is derived, and the next start makes it"
    }
}
