import CairnHash
import Testing

struct LeafSpeedTests {
    @Test func bytesPerSecond() {
        // The clock says one second for each run.
        #expect(LeafSpeed.ofOneCore(messageByteCount: 4_096, clock: CountingClock()) == Double(4 << 20))
        #expect(
            LeafSpeed.ofOneCore(messageByteCount: 3_000, clock: CountingClock()) == Double((4 << 20) / 3_000 * 3_000))
    }

    @Test func errorsSayWhatToDo() {
        let errors: [(OpenCLError, String)] = [
            (.noLibrary(reason: "libOpenCL.so.1: cannot open"), "libOpenCL.so.1: cannot open"),
            (.noDevice, "install the driver"), (.unusableLibrary(missing: "clFlush"), "clFlush"),
            (.kernelRefused(device: "D", log: "line 3"), "line 3"), (.wrongDigests(device: "D"), "D"),
            (.failed(call: "clFlush", code: -5), "-5"), (.outOfMemory, "memory"),
        ]
        for (error, part) in errors { #expect("\(error)".contains(part)) }
    }
}
