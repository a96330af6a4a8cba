import CairnCommand
import Foundation

/// The program. All that it does is in `CairnCommand`, so that tests run what the program runs.
@main
struct Program {
    static func main() async {
        Signals.endTheFirstProcess()
        Foundation.exit(await Cairn.run(Array(CommandLine.arguments.dropFirst())))
    }
}
