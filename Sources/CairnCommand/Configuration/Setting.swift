import CairnHash
import CairnLedger
import CairnPeers
import CairnServer
import Foundation

/// Everything that can be set by a flag, an environment variable or the configuration file.
package enum Setting: String, CaseIterable, Sendable {
    case data
    case host
    case port
    case demo
    case allowHosts = "allow_hosts"
    case witnesses
    case logLevel = "log_level"
    case logFormat = "log_format"
    case scrub
    case peerHost = "peer_host"
    case peerPort = "peer_port"
    case advertise
    case join
    case chain
    case snapshot
    case httpThreads = "http_threads"

    /// What a setting's value can be.
    enum Kind: Equatable {
        case text
        case texts
        /// Names and addresses that clients call the node by.
        case hosts
        /// Addresses of nodes' links.
        case peers
        case hash
        case boolean
        case port
        /// From 1 on.
        case count
        case rate
        case choice([String])
    }

    /// The environment variable that names the configuration file.
    static let fileVariable = "CAIRN_CONFIG"

    /// The name in the configuration file.
    package var key: String { self.rawValue }

    var environmentName: String { "CAIRN_" + self.rawValue.uppercased() }

    var kind: Kind {
        switch self {
        case .data, .host, .peerHost: .text
        case .witnesses: .texts
        case .allowHosts: .hosts
        case .advertise, .join: .peers
        case .chain: .hash
        case .demo, .snapshot: .boolean
        case .port, .peerPort: .port
        case .httpThreads: .count
        case .scrub: .rate
        case .logLevel: .choice(LogLevel.allCases.map(\.rawValue))
        case .logFormat: .choice(LogFormat.allCases.map(\.rawValue))
        }
    }
}

extension Setting.Kind {
    /// What a value must be, for an error message.
    var expectation: String {
        switch self {
        case .text: "a text that isn't empty"
        case .texts: "a list of texts"
        case .hosts: "a list of names or addresses such as ledger.example.com"
        case .peers: "a list of addresses such as node2.example.com:5001"
        case .hash: "64 hexadecimal digits"
        case .boolean: "true or false"
        case .port: "a number from 0 to 65535"
        case .count: "a number from 0 to 1024"
        case .rate: "bytes a second such as 500kB/s or 8MB/s, or off"
        case .choice(let choices): "one of \(choices.joined(separator: ", "))"
        }
    }

    func accepts(json value: JSONValue) -> Bool {
        switch self {
        case .text: value.string?.isEmpty == false
        case .texts: value.array?.allSatisfy { $0.string?.isEmpty == false } == true
        case .hosts: value.array?.allSatisfy { $0.string.flatMap(RequestHost.init(setting:)) != nil } == true
        case .peers:
            value.array?.allSatisfy { $0.string.map { (try? PeerAddress(parsing: $0)) != nil } == true } == true
        case .hash: value.string.map { Digest(hex: $0) != nil } == true
        case .boolean: value.bool != nil
        case .port: value.uint64.map { $0 <= 65_535 } == true
        case .count: value.uint64.map { (0...1_024).contains($0) } == true
        case .rate: value.string.map { ByteRate($0) != nil } == true
        case .choice(let choices): value.string.map(choices.contains) == true
        }
    }

    func accepts(text: String) -> Bool {
        switch self {
        case .text, .texts: true
        case .hosts:
            text.split(separator: ",").allSatisfy {
                RequestHost(setting: $0.trimmingCharacters(in: .whitespaces)) != nil
            }
        case .peers:
            text.split(separator: ",").allSatisfy { item in
                (try? PeerAddress(parsing: item.trimmingCharacters(in: .whitespaces))) != nil
            }
        case .hash: Digest(hex: text) != nil
        case .boolean: ["true", "false", "yes", "no", "1", "0"].contains(text.lowercased())
        case .port: UInt16(text) != nil
        case .count: Int(text).map { (0...1_024).contains($0) } == true
        case .rate: ByteRate(text) != nil
        case .choice(let choices): choices.contains(text)
        }
    }
}
