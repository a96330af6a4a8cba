/// Why an exchange with a node brought no answer to use.
package enum ExchangeError: Error {
    case refused(Problem)
    case unreachable(NodeAddress, reason: String)
}

extension Result where Failure == ExchangeError {
    /// The value, or what is wrong as a person reads it.
    package func get() throws(CommandFailure) -> Success {
        switch self {
        case .success(let value): return value
        case .failure(.refused(let problem)): throw .failed(problem.text)
        case .failure(.unreachable(let address, let reason)):
            throw .failed("can't reach a node at \(address): \(reason); is it running?")
        }
    }
}
