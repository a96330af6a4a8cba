import CairnCommand
import Dispatch
import Foundation

/// The program. All that it does is in `CairnCommand`, so that tests run what the program runs.
@main
struct Program {
    /// Not async itself: then there would be queues before anything is checked, and where the system gives no descriptors for
    /// them they end the process.
    static func main() {
        Signals.endTheFirstProcess()
        TerminalWidth.forgetImpossible()
        if let code = Cairn.refusal() { Foundation.exit(code) }
        let arguments = Array(CommandLine.arguments.dropFirst())
        Task {
            let code = await Cairn.run(arguments)
            Foundation.exit(code)
        }
        dispatchMain()
    }
}
