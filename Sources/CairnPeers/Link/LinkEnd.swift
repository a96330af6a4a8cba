package import CairnHash
internal import CairnLedger

/// Why a connection to another node ended, or never became a link.
package enum LinkEnd: Error, Hashable {
    case certificate(LinkCertificateError)
    case handshakeTimeout
    /// Others came before it had said who it is, and there is no room for all.
    case crowdedOut
    /// Neither a certificate nor a reason: a connection that closed early, or an error of TLS or HTTP.
    case handshake(String)
    /// A TLS alert: the reason stands in the other end's log.
    case refusedByPeer
    case otherChain(expected: Digest, found: Digest)
    case versions(ours: ClosedRange<UInt32>, theirs: ClosedRange<UInt32>)
    case itself
    /// It shows this node's key, and is another process.
    case sameKey
    /// Another node answers than the one that was looked for, and there is a link to it.
    case another
    case banned(String)
    case noRoom
    /// There is another link to the node, and this one is the one to close.
    case duplicate
    /// A newer connection, or one that both sides prefer, takes its place.
    case replaced
    /// Its place is for a member.
    case displaced
    case message(WireError)
    case protocolViolation(String)
    case silence(Duration)
    case closedByPeer(String)
    case network(String)
    case shutdown
}

extension LinkEnd: CustomStringConvertible {
    package var description: String {
        switch self {
        case .certificate(let error): "\(error)"
        case .handshakeTimeout: "it didn't introduce itself in time"
        case .crowdedOut: "it had not introduced itself when others came"
        case .handshake(let problem): "the handshake failed: \(problem)"
        case .refusedByPeer:
            "it doesn't accept this node's certificate: is it of another ledger, or is one of the clocks wrong?"
        case .otherChain(let expected, let found): "it is of ledger \(found), and this node of \(expected)"
        case .versions(let ours, let theirs):
            "it speaks versions \(theirs.lowerBound) to \(theirs.upperBound) of the protocol, and this node "
                + "\(ours.lowerBound) to \(ours.upperBound): one of the two has to be upgraded"
        case .sameKey: "another process uses this node's key: is a copy of the data directory running?"
        case .itself: "it is this node itself"
        case .another: "another node answers there, and there is a link to it"
        case .banned(let reason): "it is kept away: \(reason)"
        case .noRoom: "there are as many links as this node takes"
        case .duplicate: "there is another link between the two nodes"
        case .replaced: "another link between the two nodes takes its place"
        case .displaced: "a member needs its place"
        case .message(let error): "it sent a message that can't be read: \(error)"
        case .protocolViolation(let what): "it broke the protocol: \(what)"
        case .silence(let duration): "nothing came from it for \(duration)"
        case .closedByPeer(let reason): reason.isEmpty ? "it closed the link" : "it closed the link: \(reason)"
        case .network(let problem): "the connection broke: \(problem)"
        case .shutdown: "the node stops"
        }
    }

    /// One of a few words, for counting.
    var kind: String {
        switch self {
        case .certificate: "no certificate of a node of this ledger"
        case .handshakeTimeout, .crowdedOut: "silent"
        case .handshake, .refusedByPeer, .network: "broken off"
        case .otherChain, .versions: "of another ledger or version"
        case .itself, .sameKey: "this node's own key"
        case .banned: "kept away"
        case .noRoom, .displaced: "no room"
        case .duplicate, .replaced, .another: "a second link"
        case .message, .protocolViolation: "not the protocol"
        case .silence, .closedByPeer, .shutdown: "ended"
        }
    }

    /// Whether whoever is there did something that no honest node does.
    var isSuspicious: Bool {
        switch self {
        case .certificate(.otherChain), .certificate(.expired): false
        case .certificate, .message, .protocolViolation: true
        default: false
        }
    }
}
