import CairnCommand
import Testing

struct ProcessEndTests {
    @Test("D13: how a process ended, in plain words")
    func words() {
        #expect("node 1 \(ProcessEnd.signaled(9))" == "node 1 was ended by signal 9 (SIGKILL)")
        #expect("node 1 \(ProcessEnd.signaled(64))" == "node 1 was ended by signal 64")
        #expect("node 1 \(ProcessEnd.exited(1))" == "node 1 ended with the exit code 1")
    }
}
