internal import CairnLedger

extension LedgerWriter {
    /// Puts good blocks in the place of bad ones: writes the whole segment anew beside the old one, durably, and then lets
    /// it take over. Appending waits for it: at most one file is copied and synced. Readers go on: with the old file
    /// until the new one is there.
    ///
    /// A crash leaves the old file or the new one. A repaired file may be longer than others are: another node's
    /// certificates may hold more votes.
    ///
    /// - Returns: what is worth saying about it. Nothing is done when the file was repaired since this was prepared.
    /// - Throws: `.noSpace` when the disk is full: then nothing was changed, and it may be tried again.
    public mutating func repair(_ repair: VerifiedRepair) throws(StoreError) -> [String] {
        if let failure { throw failure }
        let rewrite = repair.rewrite
        let number = rewrite.number
        let old = self.segments[number]
        guard old.file === rewrite.segment.file else { return ["\(old.path): it was repaired meanwhile"] }

        let size = try onDisk { () throws(DiskError) in try old.file.size() }
        let oldEnd = number == self.end.segment ? self.end.offset : size
        var tailStart = oldEnd
        if let start = repair.tailStart {
            tailStart = start
        } else if let start = try self.start(behind: repair.last, in: number) {
            tailStart = start
        }
        let tail = repair.isOpenEnded ? tailStart..<max(tailStart, oldEnd) : tailStart..<tailStart
        let kept = DamagedCopies.keep(old, on: self.store.disk)
        do throws(StoreError) {
            try rewrite.write(on: self.store.disk, tail: tail)
        } catch {
            if case .noSpace = error { throw error }
            throw self.fail(error)
        }
        do throws(DiskError) {
            let file = try rewrite.install(on: self.store.disk)
            self.segments[number] = Segment(firstBlock: old.firstBlock, file: file)
            self.reserved[ObjectIdentifier(old.file)] = nil
        } catch {
            throw self.fail(.syncFailed(error))
        }
        self.isSealed = false
        do throws(StoreError) {
            try self.move(behind: repair, from: tailStart)
        } catch {
            throw self.fail(error)
        }
        do throws(StoreError) {
            try self.sealAgain()
        } catch {
            // The log is whole; the next seal says so.
            guard case .noSpace = error else { throw error }
        }
        return kept.map { [$0] } ?? []
    }

    /// Where the block behind `last` begins, if it is in the same segment and was written since the repair was prepared.
    private func start(behind last: BlockIndex, in number: Int) throws(StoreError) -> UInt64? {
        let next = last.next()
        if let pending = self.pending.first, pending.head.index == next {
            return pending.place.position.segment == number ? pending.place.position.offset : nil
        }
        guard next <= self.shownHead.index,
            let place = try onDisk({ () throws(DiskError) in try self.store.places.place(of: next) }),
            place.position.segment == number
        else { return nil }
        return place.position.offset
    }

    /// Everything behind the repaired blocks is at another place of the file now.
    private mutating func move(behind repair: VerifiedRepair, from tailStart: UInt64) throws(StoreError) {
        let (rewrite, number) = (repair.rewrite, repair.rewrite.number)
        func moved(_ position: LogPosition) -> LogPosition {
            guard position.segment == number, position.offset >= tailStart else { return position }
            return LogPosition(segment: number, offset: position.offset - tailStart + rewrite.end)
        }
        self.end = moved(self.end)
        self.shownEnd = moved(self.shownEnd)
        for place in self.pending.indices {
            self.pending[place].place.position = moved(self.pending[place].place.position)
        }
        let store = self.store
        let (segments, head, members) = (self.segments, self.shownHead, self.shownMembers)
        try store.withHealing { () throws(StoreError) in
            try onDisk { () throws(DiskError) in
                try store.places.write(rewrite.places, from: rewrite.segment.firstBlock)
                var next = repair.last.next()
                while next <= head.index, var place = try store.places.place(of: next), place.position.segment == number
                {
                    place.position = moved(place.position)
                    try store.places.write([place], from: next)
                    next = next.next()
                }
            }
            store.publish(LedgerStore.Published(segments: segments, head: head, members: members))
        }
    }
}
