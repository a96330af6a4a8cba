/// What a message of link.proto may have in it, as far as it is looked at before anything is made of it.
package struct WireSchema: Sendable {
    package indirect enum Field: Sendable {
        /// A number up to `max`.
        case number(max: UInt64)
        case bytes
        case message(WireSchema)
        /// Repeated.
        case texts(countMax: Int)
        case messages(WireSchema, countMax: Int)

        /// In Protocol Buffers' encoding.
        var type: UInt64 { if case .number = self { 0 } else { 2 } }

        /// How often it may come; nil: once.
        var countMax: Int? {
            switch self {
            case .number, .bytes, .message: nil
            case .texts(let countMax), .messages(_, let countMax): countMax
            }
        }
    }

    /// By field number, from 1.
    package let fields: [Field]
    /// Whether fields beyond these are passed over: where a later version may say something to an earlier one.
    var isOpen = false
}

extension WireSchema {
    private static let any = Field.number(max: .max)
    private static let short = Field.number(max: UInt64(UInt32.max))
    private static let flag = Field.number(max: 1)

    private static func list(_ part: [Field], countMax: Int = MessageLimits.partsMax) -> Field {
        .message(WireSchema(fields: [.messages(WireSchema(fields: part), countMax: countMax)]))
    }

    private static let addressRecord = WireSchema(
        fields: [.bytes, any, .texts(countMax: MessageLimits.addressesMax), .bytes, .bytes])
    private static let hello = WireSchema(
        fields: [short, short, .bytes, any, any, any, .message(addressRecord), .bytes], isOpen: true)
    private static let status = WireSchema(fields: [any, any, any, .bytes, flag])
    private static let proposal = WireSchema(fields: [any, any, any, .bytes, .bytes])
    private static let voteCertificate = WireSchema(fields: [short, .bytes])
    private static let ends = WireSchema(fields: [.bytes, .bytes, .bytes])
    private static let snapshot = WireSchema(
        fields: [.messages(ends, countMax: MessageLimits.partsMax), .bytes, .bytes, .bytes, .bytes])
    private static let checkpoint = WireSchema(fields: [.bytes, .bytes, .bytes, .bytes, .bytes])

    /// Whatever is sent over a link. A test compares it with link.proto.
    package static let envelope = WireSchema(fields: [
        .message(hello),
        .message(
            WireSchema(fields: [.messages(addressRecord, countMax: MessageLimits.addressRecordsMax)])),
        .message(status), .message(proposal), .bytes, .message(voteCertificate),
        list([.bytes, .bytes]),  // submissions
        .bytes, .bytes,
        .message(WireSchema(fields: [any, any, any])),
        .bytes, any,
        list([.bytes, .bytes]),  // finals
        any,
        list([.bytes, .bytes, .bytes]),  // headers
        .message(WireSchema(fields: [any, any])),
        list([.bytes, .bytes]),  // blocks
        any,
        .message(checkpoint), any, .message(snapshot), any,
        list([.bytes, .bytes]),  // outlines
        any,
    ])
}
