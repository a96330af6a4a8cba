import CairnLedger
import Testing

/// What gets to a library that connects is an address, with a port that is one.
struct HTTPAddressTests {
    @Test(
        "C7: addresses are taken, without slashes at the end",
        arguments: [
            ("http://127.0.0.1:5000", "http://127.0.0.1:5000"), ("http://127.0.0.1:5000/", "http://127.0.0.1:5000"),
            ("https://a.example", "https://a.example"), ("HTTP://A.example:1//", "HTTP://A.example:1"),
            ("http://[::1]:5000", "http://[::1]:5000"), ("http://[2001:db8::1.2.3.4]", "http://[2001:db8::1.2.3.4]"),
            ("http://a_b-c.example:65535/ledger/x%20y/", "http://a_b-c.example:65535/ledger/x%20y"),
            ("http://localhost:00080", "http://localhost:00080"),
        ])
    func good(text: String, trimmed: String) {
        #expect(HTTPAddress(text)?.text == trimmed)
    }

    @Test(
        "C7: ports are 1 to 65535",
        arguments: [
            "0", "65536", "99999", "4294967296", "9007199254740993", "9223372036854775807", "18446744073709551615",
            "18446744073709551616", "99999999999999999999999", "-1", "+1", "1e3", "0x50", "", " 80", "80 ", "٨٠", "8 0",
        ])
    func ports(port: String) {
        for host in ["127.0.0.1", "localhost", "[::1]"] {
            for scheme in ["http", "https"] {
                #expect(HTTPAddress("\(scheme)://\(host):\(port)") == nil)
                #expect(HTTPAddress("\(scheme)://\(host):\(port)/") == nil)
            }
        }
    }

    @Test(
        "C7: all else is refused",
        arguments: [
            "", "http", "http:", "http:/a", "http://", "http:///", "http:///a", "http://:80", "ftp://a", "ws://a", "a",
            "a:80",
            "//a", "http+unix://a", "http://user@a", "http://user:word@a:80", "http://a?b", "http://a#b", "http://a/?b",
            "http://a/#b", "http://a b", "http://a/b c", "http://a\t", "http://a\n", "http://a\u{0}", "http://é",
            "http://a/é", "http://a/%", "http://a/%1", "http://a/%gg", "http://a\\b", "http://[", "http://[]",
            "http://[::1",
            "http://::1", "http://[::1]x", "http://[::1]:", "http://[::1%25lo]", "http://[v1.a]", "http://[a]",
            "http://.",
            "http://-", "http://a:80:80", "http://\u{202E}a", "http://a\u{301}",
            "http://" + String(repeating: "a", count: 254),
        ])
    func bad(text: String) {
        #expect(HTTPAddress(text) == nil)
    }
}
