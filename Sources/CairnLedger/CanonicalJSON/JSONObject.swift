/// A JSON object: its members in canonical order, no name twice.
public struct JSONObject: Hashable, Sendable {
    public struct Member: Hashable, Sendable {
        public let name: String
        public var value: JSONValue

        public init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }

        public static func == (left: Member, right: Member) -> Bool {
            left.name.utf8.elementsEqual(right.name.utf8) && left.value == right.value
        }

        public func hash(into hasher: inout Hasher) {
            hasher.combineUTF8(name)
            hasher.combine(value)
        }
    }

    /// Sorted by the UTF-16 code units of their names (RFC 8785 section 3.2.3).
    public private(set) var members: [Member]

    public init() {
        members = []
    }

    /// `members` must be in canonical order already.
    init(sortedMembers members: [Member]) {
        self.members = members
    }

    /// The member of this name, found by binary search; setting `nil` removes it.
    public subscript(name: String) -> JSONValue? {
        get {
            let place = place(of: name)
            return place.isTaken ? members[place.index].value : nil
        }
        set {
            let place = place(of: name)
            switch (newValue, place.isTaken) {
            case (let value?, true): members[place.index].value = value
            case (let value?, false): members.insert(Member(name: name, value: value), at: place.index)
            case (nil, true): members.remove(at: place.index)
            case (nil, false): break
            }
        }
    }

    private func place(of name: String) -> (index: Int, isTaken: Bool) {
        var low = 0
        var high = members.count
        while low < high {
            let middle = low + (high - low) / 2
            if members[middle].name.utf16.lexicographicallyPrecedes(name.utf16) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return (low, low < members.count && members[low].name.utf8.elementsEqual(name.utf8))
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// A name that stands twice in a literal is a bug.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init()
        for (name, value) in elements {
            precondition(self[name] == nil, "duplicate name in a JSONObject literal")
            self[name] = value
        }
    }
}
