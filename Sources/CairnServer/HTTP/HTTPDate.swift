#if canImport(Glibc)
    package import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// `Date` headers (RFC 9110, section 5.6.7), made once a second.
package struct HTTPDate {
    private var second: time_t = -1
    private var text = ""

    package mutating func now() -> String {
        let now = time(nil)
        if now != self.second {
            self.second = now
            self.text = Self.text(secondsSince1970: now)
        }
        return self.text
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`.
    package static func text(secondsSince1970 seconds: time_t) -> String {
        var seconds = seconds
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func padded(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let day = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][Int(parts.tm_wday)]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let month = months[Int(parts.tm_mon)]
        let time = "\(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec))"
        return "\(day), \(padded(parts.tm_mday)) \(month) \(parts.tm_year + 1_900) \(time) GMT"
    }
}
