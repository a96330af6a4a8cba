/// A tile of the Merkle tree, or the entries under one, by its place (C2SP tlog-tiles, sections "Merkle Tree" and "Log
/// entries").
public struct Tile: Hashable, Sendable {
    /// Hashes of a full tile, and entries of a full bundle.
    public static let widthMax = 256
    static let levelMax = 63

    public enum Content: Hashable, Sendable {
        /// Each hash is the root over 256^level leaves.
        case hashes(level: Int)
        case entries
    }

    public var content: Content
    /// The number of the tile in its level, from 0.
    public var index: UInt64
    /// 1 to 256 hashes or entries; fewer than 256 in a partial tile.
    public var width: Int

    public init(_ content: Content, index: UInt64, width: Int = Self.widthMax) {
        self.content = content
        self.index = index
        self.width = width
    }

    public var isFull: Bool { self.width == Self.widthMax }

    // MARK: Path

    /// What stands behind `/tile/` in the tile's address.
    public var path: String {
        var text =
            switch self.content {
            case .hashes(let level): "\(level)/"
            case .entries: "entries/"
            }
        var groups: [String] = []
        var rest = self.index
        repeat {
            let digits = String(rest % 1_000)
            groups.append(String(repeating: "0", count: 3 - digits.utf8.count) + digits)
            rest /= 1_000
        } while rest > 0
        for group in groups.dropFirst().reversed() { text += "x\(group)/" }
        text += groups[0]
        return self.isFull ? text : text + ".p/\(self.width)"
    }

    /// Reads what stands behind `/tile/`: `<L>/<N>[.p/<W>]` or `entries/<N>[.p/<W>]`. Nil for any other spelling.
    public init?(path: some Collection<UInt8>) {
        let parts = Array(path).split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count >= 2 else { return nil }
        if parts[0].elementsEqual("entries".utf8) {
            self.content = .entries
        } else {
            guard let level = Decimal.parse(parts[0]), level <= UInt64(Self.levelMax) else { return nil }
            self.content = .hashes(level: Int(level))
        }
        var groups = parts[1...]
        self.width = Self.widthMax
        // `.p` ends the number's last group, the width stands in a part of its own.
        if groups.count >= 2, groups[groups.endIndex - 2].suffix(2).elementsEqual(".p".utf8) {
            guard let width = Decimal.parse(groups.removeLast()), (1..<UInt64(Self.widthMax)).contains(width)
            else { return nil }
            self.width = Int(width)
            let last = groups.endIndex - 1
            groups[last] = groups[last].dropLast(2)
        }
        guard let index = Self.index(groups) else { return nil }
        self.index = index
    }

    /// `x001/x234/067` is 1234067: groups of three digits, all but the last behind an x, no more of them than needed.
    private static func index(_ groups: ArraySlice<ArraySlice<UInt8>>) -> UInt64? {
        var index: UInt64 = 0
        for (place, group) in zip(groups.indices, groups) {
            let isLast = place == groups.endIndex - 1
            guard isLast || group.first == UInt8(ascii: "x") else { return nil }
            let digits = isLast ? group : group.dropFirst()
            guard digits.count == 3 else { return nil }
            for digit in digits {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
                let (shifted, overflows) = index.multipliedReportingOverflow(by: 10)
                let (sum, overflowsToo) = shifted.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
                guard !overflows, !overflowsToo else { return nil }
                index = sum
            }
            // Another spelling of a shorter one.
            if place == groups.startIndex, !isLast, index == 0 { return nil }
        }
        return index
    }
}
