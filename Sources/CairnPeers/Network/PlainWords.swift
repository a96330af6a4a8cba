internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// What a library's error means, for a person who doesn't know the library.
package enum PlainWords {
    package static func text(of error: any Error) -> String {
        switch error {
        case let error as IOError:
            String(cString: strerror(error.errnoCode)).lowercased()
        case let error as NIOConnectionError:
            if let attempt = error.connectionErrors.first {
                self.text(of: attempt.error)
            } else {
                "the name \(error.host) can't be found"
            }
        case is SocketAddressError:
            "the name can't be found"
        case let error as ChannelError:
            self.text(of: error)
        case is HTTPParserError:
            "what is there doesn't answer as a node does"
        case let error as NIOSSLError:
            self.text(of: error)
        case is BoringSSLError:
            self.tlsText("\(error)")
        default:
            "\(error)"
        }
    }

    private static func text(of error: ChannelError) -> String {
        switch error {
        case .connectTimeout(let time): "no answer within \(time.nanoseconds / 1_000_000_000) s"
        case .eof, .ioOnClosedChannel, .alreadyClosed, .inputClosed, .outputClosed:
            "the other end closed the connection"
        default: "\(error)"
        }
    }

    private static func text(of error: NIOSSLError) -> String {
        switch error {
        case .uncleanShutdown: "the other end broke the connection off"
        default: self.tlsText("\(error)")
        }
    }

    /// BoringSSL tells what is wrong in the last part of a line such as `…:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER at …`.
    private static func tlsText(_ text: String) -> String {
        let notTLS = [
            "WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "UNKNOWN_PROTOCOL", "BAD_PACKET_LENGTH",
        ]
        if notTLS.contains(where: text.contains) {
            return
                "what is there doesn't speak TLS: is that the port for links (--peer-port), and not the one for HTTP?"
        }
        if ["PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL"].contains(where: text.contains) {
            return "it doesn't speak TLS 1.3"
        }
        if ["DID_NOT_RETURN_A_CERTIFICATE", "CERTIFICATE_REQUIRED"].contains(where: text.contains) {
            return "one side showed no certificate: it is no node of a ledger"
        }
        if ["EOF", "eof", "closed"].contains(where: text.contains) { return "the other end broke the connection off" }
        let words = text.split { !$0.isUppercase && $0 != "_" && !$0.isNumber }
        let reason = words.last { $0.contains("_") && $0.count > 4 && $0 != "OPENSSL_" }?.lowercased().replacing(
            "_", with: " ")
        return "TLS failed" + (reason.map { ": \($0)" } ?? "")
    }
}
