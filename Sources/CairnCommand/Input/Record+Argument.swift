import CairnLedger

extension Record {
    /// The record that an argument of the command line is; `position` from 0.
    package init(argument text: String, position: Int) throws(CommandFailure) {
        do throws(RecordError) {
            try self.init(json: text)
        } catch {
            throw .failed("argument \(position + 1) is no record: \(error); a text needs its own quotes: '\"text\"'")
        }
    }
}
