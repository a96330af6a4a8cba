internal import CairnConsensus
internal import CairnLedger
internal import CairnLock
internal import Logging
internal import NIOCore
internal import NIOPosix

/// Telling other nodes where nodes are, and keeping what they tell.
extension PeerNetwork {
    package func received(_ records: [AddressRecord], on link: Link) {
        // Checking signatures takes time: not on the event loop, not while others wait for the lock, and only for what would
        // be news.
        self.decode(isMember: false) { self.learn(records, from: link) }
    }

    private func learn(_ records: [AddressRecord], from link: Link) {
        let now = self.clock.now()
        let news = self.state.withLock { state in
            records.filter { record in
                (record.node == self.identity.publicKey || state.book.isNews(record))
                    && state.bans.reason(for: record.node, now: now.instant) == nil
            }
        }.filter { $0.isValid(chain: self.identity.chain) }
        guard !news.isEmpty else { return }
        if let own = news.first(where: { $0.node == self.identity.publicKey }) { self.outdo(own.sequence) }
        self.state.withLock { state in
            for record in news {
                let isKept = state.roster.members.contains(record.node) || state.roster.active[record.node] != nil
                guard state.book.learn(record, isKept: isKept, now: now) else { continue }
                state.news[record.node] = link.id
                state.isSaveDue = true
            }
        }
    }

    package func send(_ records: [AddressRecord], on link: Link) {
        guard !records.isEmpty, let bytes = try? WireMessage.addresses(records).encoded() else { return }
        _ = link.send(bytes)
    }

    // MARK: This node's own

    /// Signs this node's addresses: what was configured, or what it listens on. A wildcard address is left empty, for
    /// others to fill with what they see.
    func makeRecord() {
        guard let bound = self.boundAddress else { return }
        var addresses = self.configuration.advertised
        if addresses.isEmpty {
            let isWildcard = bound.host == "0.0.0.0" || bound.host == "::"
            addresses = [PeerAddress(host: isWildcard ? "" : bound.host, port: bound.port)]
        }
        let sequence = self.timestamp.microseconds
        let record = AddressRecord(
            Array(addresses.prefix(MessageLimits.addressesMax)), sequence: sequence, identity: self.identity)
        self.state.withLock { $0.record = record }
    }

    /// Others know a record of this node's with a larger number, of a time when its clock was ahead: theirs would hold.
    private func outdo(_ sequence: UInt64) {
        let record = self.state.withLock { state -> AddressRecord? in
            guard let held = state.record, held.sequence < sequence, sequence < .max else { return nil }
            let record = AddressRecord(held.addresses, sequence: sequence + 1, identity: self.identity)
            state.record = record
            state.news[self.identity.publicKey] = 0
            return record
        }
        if record != nil { self.logger.notice("others knew later addresses of this node: is the clock behind?") }
    }

    // MARK: Storage

    func loadAddresses() async {
        let storage = self.storage
        let stored = try? await self.storageThread.runIfActive { storage.load() }
        self.state.withLock { $0.isLoaded = true }
        guard let bytes = stored ?? nil else { return }
        do throws(AddressFileError) {
            let file = try AddressFile(decoding: bytes)
            let now = self.clock.now()
            let records = file.records.filter { $0.isValid(chain: self.identity.chain) }
            // Those of this start come first. Who is started with another address each time doesn't keep them all.
            let present = Set(self.configuration.join)
            let room = max(0, self.configuration.limits.joinedAddresses - present.count)
            let joined = file.joined.filter { !present.contains($0) }.prefix(room)
            let joinedBefore = Set(file.joined)
            let added = file.added.filter { !joinedBefore.contains($0) }
            self.state.withLock { state in
                // Whose are members' isn't known yet: none is left out until it is.
                for record in records { _ = state.book.learn(record, isKept: true, now: now) }
                for address in joined { state.book.configure(address, now: now) }
                for address in added { state.book.add(address, now: now) }
            }
        } catch {
            self.logger.warning(
                "the kept addresses of other nodes can't be used, and are learned anew", metadata: ["why": "\(error)"])
        }
    }

    @discardableResult
    func saveAddresses() -> Task<Void, Never> {
        Task {
            try? await self.storageThread.runIfActive {
                let file = self.state.withLock { state in
                    state.isLoaded
                        ? AddressFile(
                            records: state.book.presentRecords, added: state.book.added,
                            joined: state.book.configured) : nil
                }
                if let file { self.storage.save(file.encoded()) }
            }
        }
    }
}

extension PeerState {
    /// What a new link is told: whom it may not know, a message full at most, and its own record when it lost that.
    mutating func records(for link: Link, greeting: Hello) -> [AddressRecord] {
        var records = self.book.presentRecords.filter { $0.node != link.node }
        records.shuffle(using: &self.random)
        records = Array(records.prefix(MessageLimits.addressRecordsMax - 1))
        if let own = greeting.address, let held = self.book.records[link.node], held.sequence > own.sequence {
            records.append(held)
        }
        return records
    }

    /// News, by the link that doesn't have them yet.
    mutating func takeGossip() -> [(Link, [AddressRecord])] {
        guard !self.news.isEmpty else { return [] }
        let news = self.news
        self.news = [:]
        return self.activeLinks.map { link in
            let records = news.compactMap { node, origin -> AddressRecord? in
                guard node != link.node, origin != link.id else { return nil }
                return node == self.book.own ? self.record : self.book.records[node]
            }
            return (link, Array(records.prefix(MessageLimits.addressRecordsMax)))
        }
    }
}
