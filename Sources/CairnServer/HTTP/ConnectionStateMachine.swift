package import NIOCore

/// What becomes of the requests on one connection: decisions only, carried out by `ConnectionHandler`.
///
/// One request at a time: head, body parts, end; then its answer; then the next head. An error that shows before the
/// body was read is answered at once, what still comes of the body is read over for a while (a close with unread
/// bytes would reset the connection and destroy the answer on its way), and the connection is closed.
package struct ConnectionStateMachine {
    private enum State {
        case awaitingHead(deadline: NIODeadline)
        /// The body is kept, or read over when the request was refused for its head.
        case receiving(limit: Int, received: Int, refused: Bool, deadline: NIODeadline)
        /// The handler is at work, or its answer is being written. `requestEnded`: all of the request was read.
        case responding(requestEnded: Bool, stallDeadline: NIODeadline)
        /// Answered before the request was read.
        case lingering(deadline: NIODeadline)
        /// All was answered that is going to be, and the connection ends as soon as the client has taken it.
        case closing(deadline: NIODeadline)
        case closed
    }

    private var state: State
    private var isDraining = false
    private var keepsAlive = true
    private var unsentBytes = 0
    /// Of an answer that a client waits for which has closed its side of the connection.
    private var answerDeadline: NIODeadline?
    private let timeouts: HTTPTimeouts

    package init(timeouts: HTTPTimeouts, now: NIODeadline) {
        self.timeouts = timeouts
        self.state = .awaitingHead(deadline: now + .seconds(timeouts.headSeconds))
    }

    // MARK: Request

    /// What is known about a request when its head is in.
    package struct Head {
        /// Most bytes of body to take. Nil: the request is refused already.
        package var bodyLimit: Int?
        /// Nil when the body is chunked; 0 when there is none.
        package var contentLength: Int?
        package var expectsContinue: Bool
        package var isKeepAlive: Bool

        package init(
            bodyLimit: Int? = nil, contentLength: Int? = nil, expectsContinue: Bool = false, isKeepAlive: Bool = true
        ) {
            self.bodyLimit = bodyLimit
            self.contentLength = contentLength
            self.expectsContinue = expectsContinue
            self.isKeepAlive = isKeepAlive
        }
    }

    package enum HeadAction: Equatable {
        /// Take the body, or read it over if the request is refused; the answer comes at its end.
        case receive(sendContinue: Bool)
        /// Answer with the refusal, or with 413 if there is none.
        case refuseNow
        case ignore
    }

    package mutating func head(_ head: Head, now: NIODeadline) -> HeadAction {
        guard case .awaitingHead = self.state else { return .ignore }
        self.keepsAlive = head.isKeepAlive
        let deadline = now + .seconds(self.timeouts.bodySeconds)
        if let limit = head.bodyLimit, head.contentLength ?? 0 <= limit {
            self.state = .receiving(limit: limit, received: 0, refused: false, deadline: deadline)
            return .receive(sendContinue: head.expectsContinue && head.contentLength != 0)
        }
        let unwanted = HTTPLimits.unwantedBodyBytesMax
        if head.bodyLimit == nil, let length = head.contentLength, length <= unwanted, !head.expectsContinue {
            self.state = .receiving(limit: unwanted, received: 0, refused: true, deadline: deadline)
            return .receive(sendContinue: false)
        }
        return self.refuse(now: now)
    }

    package enum BodyAction: Equatable {
        case keep
        case drop
        /// 413, the limit is what the head said.
        case refuseTooLarge
    }

    package mutating func body(bytes: Int, now: NIODeadline) -> BodyAction {
        guard case .receiving(let limit, let received, let refused, let deadline) = self.state else { return .drop }
        guard received + bytes <= limit else {
            _ = self.refuse(now: now)
            return .refuseTooLarge
        }
        self.state = .receiving(limit: limit, received: received + bytes, refused: refused, deadline: deadline)
        return refused ? .drop : .keep
    }

    /// The body can't be kept after all.
    mutating func refuseBody(now: NIODeadline) {
        _ = self.refuse(now: now)
    }

    private mutating func refuse(now: NIODeadline) -> HeadAction {
        self.keepsAlive = false
        self.state = .responding(requestEnded: false, stallDeadline: self.stallDeadline(now))
        return .refuseNow
    }

    package enum EndAction: Equatable {
        /// The request is complete.
        case handle
        case answerRefusal
        /// As soon as the client has taken what was answered.
        case close
        case none
    }

    package mutating func end(now: NIODeadline) -> EndAction {
        switch self.state {
        case .receiving(_, _, let refused, _):
            self.state = .responding(requestEnded: true, stallDeadline: self.stallDeadline(now))
            return refused ? .answerRefusal : .handle
        case .responding(requestEnded: false, let deadline):
            self.state = .responding(requestEnded: true, stallDeadline: deadline)
            return .none
        case .lingering(let deadline):
            self.state = .closing(deadline: deadline)
            return .close
        case .awaitingHead, .responding, .closing, .closed:
            return .none
        }
    }

    // MARK: Answer

    /// Whether the answer that is written now is followed by others on this connection.
    package var answersKeepAlive: Bool { self.keepsAlive && !self.isDraining }

    /// The answer has no other end than the connection's.
    mutating func closeAfterAnswer() {
        self.keepsAlive = false
    }

    /// Pieces of an answer go out from now on: whether the client is still there shows by them.
    package mutating func answerBegins() {
        self.answerDeadline = nil
    }

    package enum DoneAction: Equatable {
        case awaitNext
        case linger
        case close
    }

    /// The answer's last byte was handed to the channel.
    package mutating func responseDone(now: NIODeadline) -> DoneAction {
        guard case .responding(let requestEnded, _) = self.state else { return .close }
        // There is more to take now: what was seen of the answers before says nothing about this one.
        self.unsentBytes = 0
        if !requestEnded {
            self.state = .lingering(deadline: now + .seconds(self.timeouts.lingerSeconds))
            return .linger
        }
        guard self.answersKeepAlive else {
            self.state = .closing(deadline: self.stallDeadline(now))
            return .close
        }
        self.state = .awaitingHead(deadline: now + .seconds(self.timeouts.idleSeconds))
        return .awaitNext
    }

    // MARK: Time

    /// When `timer` wants to be called next.
    package var deadline: NIODeadline? {
        switch self.state {
        case .awaitingHead(let deadline), .receiving(_, _, _, let deadline), .lingering(let deadline),
            .closing(let deadline):
            deadline
        case .responding(_, let deadline): min(deadline, self.answerDeadline ?? deadline)
        case .closed: nil
        }
    }

    package enum TimerAction: Equatable {
        case none
        /// 408, then close.
        case refuseTooSlow
        case close
    }

    /// - Parameter unsentBytes: what was handed to the channel and not yet taken by the client.
    package mutating func timer(now: NIODeadline, unsentBytes: Int) -> TimerAction {
        guard let deadline = self.deadline, deadline <= now else { return .none }
        defer { self.unsentBytes = unsentBytes }
        // A client that takes an answer, however slowly, is not idle.
        let isStalled = unsentBytes > 0 && unsentBytes == self.unsentBytes
        let isGone = unsentBytes == 0 && self.answerDeadline.map { $0 <= now } ?? false
        switch self.state {
        case .receiving:
            _ = self.refuse(now: now)
            return .refuseTooSlow
        case .responding(let requestEnded, _) where !isStalled && !isGone:
            self.state = .responding(requestEnded: requestEnded, stallDeadline: self.stallDeadline(now))
            return .none
        case .awaitingHead where unsentBytes > 0 && !isStalled:
            self.state = .awaitingHead(deadline: self.stallDeadline(now))
            return .none
        case .lingering where unsentBytes > 0 && !isStalled:
            self.state = .lingering(deadline: self.stallDeadline(now))
            return .none
        case .closing where unsentBytes > 0 && !isStalled:
            self.state = .closing(deadline: self.stallDeadline(now))
            return .none
        case .awaitingHead, .responding, .lingering, .closing, .closed:
            self.state = .closed
            return .close
        }
    }

    private func stallDeadline(_ now: NIODeadline) -> NIODeadline { now + .seconds(self.timeouts.stallSeconds) }

    // MARK: Ends

    package enum MalformedAction: Equatable {
        case refuse
        case close
        /// It was refused before.
        case none
    }

    /// The bytes are no HTTP. `isOverflow` and the like are the handler's: this only says whether one can still answer.
    package mutating func malformed(now: NIODeadline) -> MalformedAction {
        switch self.state {
        case .awaitingHead, .receiving:
            _ = self.refuse(now: now)
            return .refuse
        // The answer is on its way: a close now would destroy it.
        case .responding(requestEnded: false, _), .lingering, .closing:
            return .none
        case .responding, .closed:
            self.state = .closed
            return .close
        }
    }

    /// The client closed its side of the connection: it sends nothing more, and may still read (RFC 9112, section 9.6).
    /// What it asked for is answered, for `HTTPTimeouts.halfClosedSeconds` at most: it may be gone altogether.
    ///
    /// - Returns: whether there is nothing to answer, and the connection can be closed when all was sent.
    package mutating func inputClosed(now: NIODeadline) -> Bool {
        self.keepsAlive = false
        guard case .responding(_, let stallDeadline) = self.state else { return true }
        self.state = .responding(requestEnded: true, stallDeadline: stallDeadline)
        self.answerDeadline = now + .seconds(self.timeouts.halfClosedSeconds)
        return false
    }

    /// The server stops: whether the connection can be closed as soon as the client has taken what was answered. If not, it
    /// closes behind the present answer.
    package mutating func drain() -> Bool {
        self.isDraining = true
        guard case .awaitingHead(let deadline) = self.state else { return false }
        self.state = .closing(deadline: deadline)
        return true
    }

    /// Whether the connection can be closed for another one's sake, as soon as the client has taken what was answered: it has
    /// no request, or has not begun to send one. A client that takes nothing is not waited for as long as an idle one.
    package mutating func makeRoom(now: NIODeadline) -> Bool {
        guard case .awaitingHead(let deadline) = self.state else { return false }
        self.state = .closing(deadline: min(deadline, now + .seconds(self.timeouts.lingerSeconds)))
        return true
    }

    mutating func inactive() {
        self.state = .closed
    }
}
