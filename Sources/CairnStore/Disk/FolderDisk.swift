/// A folder of a disk as a disk of its own.
struct FolderDisk: Disk {
    let disk: any Disk
    /// Path of the folder on the disk.
    let folder: String

    private func place(_ path: String) -> String {
        path.isEmpty ? self.folder : self.folder + "/" + path
    }

    func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any DiskFile {
        try self.disk.open(self.place(path), mode)
    }

    func list(_ folder: String) throws(DiskError) -> [String] { try self.disk.list(self.place(folder)) }
    func createFolder(_ path: String) throws(DiskError) { try self.disk.createFolder(self.place(path)) }
    func remove(_ path: String) throws(DiskError) { try self.disk.remove(self.place(path)) }
    func removeFolder(_ path: String) throws(DiskError) { try self.disk.removeFolder(self.place(path)) }

    func rename(_ path: String, to newPath: String) throws(DiskError) {
        try self.disk.rename(self.place(path), to: self.place(newPath))
    }

    func syncFolder(_ path: String) throws(DiskError) { try self.disk.syncFolder(self.place(path)) }
    func lock(_ path: String) throws(DiskError) -> any DiskLock { try self.disk.lock(self.place(path)) }
}
