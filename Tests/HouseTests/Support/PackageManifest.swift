/// What Package.swift says about targets.
struct PackageManifest {
    struct Target: Hashable {
        var name: String
        var isTest: Bool
        /// Targets of this package.
        var targets: Set<String> = []
        /// Products of other packages.
        var products: Set<String> = []
    }

    private(set) var targets: [Target] = []

    init(text: String) {
        let tokens = Lexer.tokens(of: text)
        for place in tokens.indices {
            for call in ["target", "executableTarget", "testTarget"] {
                guard tokens.matches([".", call, "("], at: place) else { continue }
                let end = tokens.endOfBrackets(from: place + 2)
                self.targets.append(Self.target(Array(tokens[place + 2..<end]), isTest: call == "testTarget"))
            }
        }
    }

    private static func target(_ tokens: [Token], isTest: Bool) -> Target {
        var target = Target(name: Self.string("name", in: tokens) ?? "", isTest: isTest)
        for place in tokens.indices where tokens.matches(["dependencies", ":", "["], at: place) {
            let end = tokens.endOfBrackets(from: place + 2)
            var next = place + 3
            while next < end {
                if tokens[next].kind == .string {
                    target.targets.insert(tokens[next].text)
                } else if tokens.matches([".", "product", "("], at: next) {
                    let productEnd = tokens.endOfBrackets(from: next + 2)
                    target.products.insert(Self.string("name", in: Array(tokens[next..<productEnd])) ?? "")
                    next = productEnd - 1
                }
                next += 1
            }
        }
        return target
    }

    /// The string behind a label.
    private static func string(_ label: String, in tokens: [Token]) -> String? {
        for place in tokens.indices where tokens.matches([label, ":"], at: place) {
            if place + 2 < tokens.count, tokens[place + 2].kind == .string { return tokens[place + 2].text }
        }
        return nil
    }

    func target(_ name: String) -> Target? {
        self.targets.first { $0.name == name }
    }

    /// All targets of this package that a target gets by its dependencies and theirs.
    func reachable(from name: String) -> Set<String> {
        var reached: Set<String> = []
        var open = [name]
        while let next = open.popLast() {
            for dependency in self.target(next)?.targets ?? [] where reached.insert(dependency).inserted {
                open.append(dependency)
            }
        }
        return reached
    }
}
