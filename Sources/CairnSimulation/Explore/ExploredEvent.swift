/// Something that happens at one member, as a number: four bits say what, the others which.
struct ExploredEvent: Hashable {
    enum Kind: UInt32 {
        case take, time, syncJournal, syncLog, crash, trim
    }

    let rawValue: UInt32
    private static let bits: UInt32 = 28

    private init(_ kind: Kind, _ argument: UInt32) {
        precondition(argument < 1 << Self.bits, "an argument has \(Self.bits) bits")
        self.rawValue = kind.rawValue << Self.bits | argument
    }

    static func take(_ packet: UInt32) -> ExploredEvent { ExploredEvent(.take, packet) }
    /// The member's clock goes on to when it wants to be woken.
    static let time = ExploredEvent(.time, 0)
    /// So many groups of what was written become durable.
    static func syncJournal(_ groups: Int) -> ExploredEvent { ExploredEvent(.syncJournal, UInt32(groups)) }
    static let syncLog = ExploredEvent(.syncLog, 0)
    /// A crash that keeps so many unsynced entries of the journal, and a log of so many blocks; and a restart.
    static func crash(entries: Int, log: Int) -> ExploredEvent { ExploredEvent(.crash, UInt32(entries << 8 | log)) }

    /// A crash that loses nothing, after the journal was begun anew; and a restart.
    static let trim = ExploredEvent(.trim, 0)

    var kind: Kind {
        guard let kind = Kind(rawValue: self.rawValue >> Self.bits) else {
            preconditionFailure("there is no such event")
        }
        return kind
    }
    var argument: UInt32 { self.rawValue & (1 << Self.bits - 1) }
}
