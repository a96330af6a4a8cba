/// A folder of a disk as a disk of its own.
package struct FolderDisk: Disk {
    let disk: any Disk
    /// Path of the folder on the disk.
    let folder: String

    private func place(_ path: String) -> String {
        path.isEmpty ? self.folder : self.folder + "/" + path
    }

    package func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any DiskFile {
        try self.disk.open(self.place(path), mode)
    }

    package func list(_ folder: String) throws(DiskError) -> [String] { try self.disk.list(self.place(folder)) }
    package func createFolder(_ path: String) throws(DiskError) { try self.disk.createFolder(self.place(path)) }
    package func remove(_ path: String) throws(DiskError) { try self.disk.remove(self.place(path)) }
    package func removeFolder(_ path: String) throws(DiskError) { try self.disk.removeFolder(self.place(path)) }

    package func rename(_ path: String, to newPath: String) throws(DiskError) {
        try self.disk.rename(self.place(path), to: self.place(newPath))
    }

    package func syncFolder(_ path: String) throws(DiskError) { try self.disk.syncFolder(self.place(path)) }
    package func lock(_ path: String) throws(DiskError) -> any DiskLock { try self.disk.lock(self.place(path)) }

    package func lockForReading(_ path: String) throws(DiskError) -> any DiskLock {
        try self.disk.lockForReading(self.place(path))
    }
}
