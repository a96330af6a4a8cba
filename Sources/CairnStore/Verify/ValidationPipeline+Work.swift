internal import CairnHash
internal import Foundation

/// What a worker does. All of this is called with the lock held, and gives it up while it works on an item.
extension ValidationPipeline {
    func unlocked<Result>(_ body: () -> Result) -> Result {
        self.lock.unlock()
        defer { self.lock.lock() }
        return body()
    }

    func nextWork(takes: Bool) -> Work? {
        if takes, let first = self.entries.first {
            switch first.stage {
            case .finished, .suspect: return .take(first.item)
            default: break
            }
        }
        for place in self.entries.indices {
            guard case .joined = self.entries[place].stage else { continue }
            self.entries[place].stage = .finishing
            return .finish(self.entries[place].item)
        }
        if !self.isReading, !self.isDry, let item = self.spare.popLast() {
            self.isReading = true
            return .read(item)
        }
        for place in self.entries.indices {
            guard case .onDevice = self.entries[place].stage else { continue }
            self.entries[place].stage = .hashing
            return .awaitDevice(self.entries[place].item)
        }
        return nil
    }

    func perform(_ work: Work) {
        switch work {
        case .take: preconditionFailure("results are taken by the thread that called")
        case .read(let item): self.read(item)
        case .awaitDevice(let item): self.awaitDevice(item)
        case .finish(let item):
            self.unlocked { item.finish(self.stretch) }
            self.set(item, item.isSuspect ? .suspect : .finished)
        }
        self.lock.broadcast()
    }

    private func read(_ item: ValidationItem) {
        item.clear()
        let isFilled = self.unlocked { self.cutter.fill(item) }
        self.isReading = false
        guard isFilled, !self.isDry else {
            self.isDry = true
            self.spare.append(item)
            return
        }
        self.entries.append(Entry(item: item))
        self.lock.broadcast()
        self.unlocked {
            item.examine(self.stretch)
            if !item.isSuspect { item.prepareTree() }
        }
        if item.isSuspect {
            self.set(item, .suspect)
        } else if let batch = item.batch, self.deviceFailure == nil, self.start(item, on: batch) {
            self.set(item, .onDevice)
        } else {
            self.finishHashing(item)
        }
    }

    /// Gives an item's leaves to the device. False when it failed: then they are hashed here.
    private func start(_ item: ValidationItem, on batch: OpenCLBatch) -> Bool {
        let failure: OpenCLError? = self.unlocked {
            do throws(OpenCLError) {
                try item.startDevice(batch)
                return nil
            } catch {
                return error
            }
        }
        self.deviceFailure = self.deviceFailure ?? failure
        return failure == nil
    }

    private func awaitDevice(_ item: ValidationItem) {
        guard let batch = item.batch else { preconditionFailure("the item is on no device") }
        let failure: OpenCLError? = self.unlocked {
            do throws(OpenCLError) {
                try item.awaitDevice(batch)
                return nil
            } catch {
                return error
            }
        }
        self.deviceFailure = self.deviceFailure ?? failure
        self.finishHashing(item)
    }

    /// Hashes what no device has hashed, and the nodes.
    private func finishHashing(_ item: ValidationItem) {
        self.unlocked {
            item.hashLeaves(upTo: item.recordCount)
            item.hashNodes()
        }
        self.set(item, .hashed)
        self.join()
    }

    /// Joins what can be, in order. Some microseconds an item, so it stays under the lock.
    private func join() {
        for place in self.entries.indices {
            switch self.entries[place].stage {
            case .joined, .finishing, .finished:
                continue
            case .hashed:
                let item = self.entries[place].item
                if item.join(&self.edge) {
                    self.entries[place].stage = .joined
                } else {
                    item.isSuspect = true
                    self.entries[place].stage = .suspect
                    self.isDry = true
                    return
                }
            case .hashing, .onDevice, .suspect:
                return
            }
        }
    }

    private func place(of item: ValidationItem) -> Int? {
        self.entries.firstIndex { $0.item === item }
    }

    private func set(_ item: ValidationItem, _ stage: Stage) {
        guard let place = self.place(of: item) else { return }
        self.entries[place].stage = stage
        if case .suspect = stage { self.isDry = true }
    }

    func recycle(_ item: ValidationItem) {
        self.entries.removeFirst()
        self.spare.append(item)
        self.lock.broadcast()
    }
}
