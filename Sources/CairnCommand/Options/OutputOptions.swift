import ArgumentParser

package struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON, one value a line, in place of text for people.")
    var json = false
}
