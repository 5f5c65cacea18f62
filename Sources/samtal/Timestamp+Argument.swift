// A time as people write it on a command line.

import ArgumentParser
import Connectors
import Model

extension Timestamp: ExpressibleByArgument {
    /// RFC 3339, or how long ago: `90m`, `2h`, `7d`.
    package init?(argument: String) {
        let ago = Duration(text: argument).map { WallClock.system.now - $0 }
        guard let time = Timestamp(rfc3339: argument) ?? ago else { return nil }
        self = time
    }
}
