import CairnServer
import Testing

/// A host is read from its first to its last character.
struct RequestHostTests {
    @Test(
        "C8: names and addresses, in one spelling",
        arguments: [
            ("localhost", "localhost"), ("LocalHost:5000", "localhost"), ("localhost.", "localhost"),
            ("localhost:", "localhost"), ("Example.com.:80", "example.com"), ("localhost:00080", "localhost"),
            ("127.0.0.1", "127.0.0.1"), ("127.0.0.1:65535", "127.0.0.1"), ("[::1]", "::1"), ("[::1]:5000", "::1"),
            ("[0:0:0:0:0:0:0:1]", "::1"), ("[::FFFF:127.0.0.1]", "::ffff:127.0.0.1"),
            ("a_b-c~d!$&'()*+,;=%41", "a_b-c~d!$&'()*+,;=%41"),
            ("127.1", "127.1"), ("127.0.0.1.", "127.0.0.1."), ("localhost..", "localhost."), ("", ""), (".", ""),
        ])
    func good(text: String, name: String) {
        #expect(RequestHost(text)?.name == name)
    }

    @Test(
        "C8: what isn't a host is none",
        arguments: [
            "localhost:evil.com", "localhost:80:evil.com", "localhost:80.evil.com", "localhost:-1", "localhost:+80",
            "localhost:65536", "localhost:99999999999999999999", "localhost: 80", "localhost@evil.com",
            "user@localhost",
            "user:word@localhost:80", "localhost/evil.com", "localhost/", "localhost?evil", "localhost#evil",
            "localhost\\evil",
            "localhost evil.com", " localhost", "localhost ", "localhost\tevil", "localhost\u{0}",
            "localhost\u{0}.evil.com",
            "lócalhost", "localhost\u{301}", "localhost\u{200B}", "localhost%", "localhost%4", "localhost%gg",
            "localhost%ff",
            "[::1", "::1", "::1]", "[::1]evil.com", "[::1].evil.com", "[::1]:80:80", "[::1]:evil", "[localhost]",
            "[127.0.0.1]",
            "[]", "[", "]", "[::1%25lo]", "[::1%lo]", "[v1.a]", "[\u{301}::1]", "<localhost>", "\"localhost\"",
            "local|host",
            "local^host", "local`host", "{localhost}",
        ])
    func bad(text: String) {
        #expect(RequestHost(text) == nil)
    }

    @Test("C8: a setting may have an IPv6 address without brackets")
    func settings() {
        #expect(RequestHost(setting: "::1")?.name == "::1")
        #expect(RequestHost(setting: "[::1]:80")?.name == "::1")
        #expect(RequestHost(setting: "Ledger.Example:8080")?.name == "ledger.example")
        for text in ["", ".", "http://a", "a b", "::1%lo", "a/b"] {
            #expect(RequestHost(setting: text) == nil, "\(text)")
        }
    }
}
