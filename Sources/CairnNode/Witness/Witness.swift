public import CairnHash
public import CairnLedger
internal import CairnLock
public import CairnStore
public import Logging

/// A witness for other logs: it cosigns what is consistent with all that it cosigned before (C2SP tlog-witness).
///
/// Submissions for one log follow one another; what is accepted is durable before anybody sees the cosignature.
public final class Witness: Sendable {
    public struct Configuration: Sendable {
        /// Path of the folder with what was cosigned last.
        public var dataDirectory: String
        /// Path of the file with the key, made when it isn't there; nil: `witness.key` in that folder.
        public var keyPath: String?
        /// The name in the cosignatures.
        public var name: ExactText
        /// The keys of each log, by its origin.
        public var logs: [ExactText: [NoteKey]]

        public init(
            dataDirectory: String, keyPath: String? = nil, name: ExactText, logs: [ExactText: [NoteKey]]
        ) {
            self.dataDirectory = dataDirectory
            self.keyPath = keyPath
            self.name = name
            self.logs = logs
        }

        /// Nil: in the folder.
        fileprivate var keyPlace: WitnessStore.KeyPlace? {
            self.keyPath.map { path in
                let slash = path.lastIndex(of: "/")
                return WitnessStore.KeyPlace(
                    disk: RealDisk(root: slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."),
                    path: String(slash.map { path[path.index(after: $0)...] } ?? path[...]))
            }
        }
    }

    /// What a log's submissions share.
    private final class Log: Sendable {
        let file: Lock<WitnessFile>
        init(_ file: WitnessFile) { self.file = Lock(file) }
    }

    /// The key by which cosignatures are checked.
    public let key: NoteKey
    private let signer: NoteSigner
    private let logs: [ExactText: Log]
    private let keys: [ExactText: [NoteKey]]
    private let store: WitnessStore
    private let logger: Logger
    private let failure = FailureSignal()

    public static func open(_ configuration: Configuration, logger: Logger) throws(WitnessError) -> Witness {
        try Self.open(configuration, on: RealDisk(root: configuration.dataDirectory), logger: logger)
    }

    package static func open(
        _ configuration: Configuration, on disk: any Disk, logger: Logger
    ) throws(WitnessError) -> Witness {
        let store: WitnessStore
        do throws(StoreError) {
            store = try WitnessStore.open(
                on: disk, key: configuration.keyPlace, origins: Array(configuration.logs.keys))
        } catch {
            throw .store(error)
        }
        do throws(NoteKeyError) {
            return try Witness(configuration, store: store, logger: logger)
        } catch {
            throw .key(error)
        }
    }

    /// The key of a witness in a folder, which may be running; made when there is none.
    public static func verifierKey(_ configuration: Configuration) throws(WitnessError) -> NoteKey {
        let key: PrivateKey
        do throws(StoreError) {
            let place = configuration.keyPlace
            key = try (place ?? WitnessStore.KeyPlace(disk: RealDisk(root: configuration.dataDirectory))).readOrCreate()
        } catch {
            throw .store(error)
        }
        do throws(NoteKeyError) {
            return try NoteKey(name: configuration.name, kind: .cosigner, publicKey: key.publicKey)
        } catch {
            throw .key(error)
        }
    }

    private init(_ configuration: Configuration, store: WitnessStore, logger: Logger) throws(NoteKeyError) {
        self.signer = try NoteSigner(name: configuration.name, kind: .cosigner, privateKey: store.key)
        self.key = self.signer.key
        self.keys = configuration.logs
        self.logs = store.files.mapValues(Log.init)
        self.store = store
        self.logger = logger
    }

    /// Checks a submission, makes it durable, and gives the cosignature. Blocking: two syncs.
    public func add(_ request: AddCheckpointRequest) throws(WitnessError) -> NoteSignature {
        let origin = request.checkpoint.checkpoint.origin
        guard let log = self.logs[origin] else { throw .refused(.unknownLog(origin)) }
        return try log.file.withLock { file throws(WitnessError) in
            if self.failure.present != nil { throw .stopped }
            var accepted: SignedCheckpoint
            do throws(WitnessRefusal) {
                accepted = try WitnessRule.accept(request, keys: self.keys) { _ in file.latest?.checkpoint }
            } catch {
                self.report(error, about: origin)
                throw .refused(error)
            }
            let cosignature = self.signer.sign(
                accepted.note.text, time: Timestamp.now().microseconds / 1_000_000)
            accepted.append(cosignature)
            do throws(StoreError) {
                try file.replace(by: accepted)
            } catch {
                // What is on the disk is unknown until the next start reads it.
                self.logger.critical("what was cosigned can't be kept", metadata: ["error": "\(error)"])
                self.failure.fail(.store(error))
                throw .store(error)
            }
            return cosignature
        }
    }

    /// Two trees of one log are evidence of its misbehaviour: somebody has to see that.
    private func report(_ refusal: WitnessRefusal, about origin: ExactText) {
        switch refusal {
        case .otherRoot, .notConsistent:
            self.logger.error("a log contradicts itself", metadata: ["log": "\(origin)", "why": "\(refusal)"])
        default:
            self.logger.debug("not cosigned", metadata: ["log": "\(origin)", "why": "\(refusal)"])
        }
    }

    /// What was cosigned last of the log whose origin has this SHA-256; nil when there is nothing.
    public func latest(originHash: Digest) -> SignedCheckpoint? {
        let origin = self.logs.keys.first { Digest(hashing: $0.bytes) == originHash }
        return origin.flatMap { self.logs[$0] }?.file.withLock { $0.latest }
    }

    /// Why nothing is cosigned any more; nil as long as all is well.
    public var notReady: String? { self.failure.present.map { "\($0)" } }

    /// Waits until the disk failed, and throws why. Returns after `shutdown()`.
    public func waitForFailure() async throws(NodeError) {
        if let error = await self.failure.wait() { throw error }
    }

    public func shutdown() { self.failure.end() }
}

/// Why a witness can't start, or doesn't cosign.
public enum WitnessError: Error, Sendable {
    case store(StoreError)
    case key(NoteKeyError)
    case refused(WitnessRefusal)
    /// Its disk failed before.
    case stopped
}

extension WitnessError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .store(let error): "\(error)"
        case .key(let error): "\(error)"
        case .refused(let refusal): "\(refusal)"
        case .stopped: "the witness stopped when its disk failed"
        }
    }
}
