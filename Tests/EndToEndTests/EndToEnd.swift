// The built program over real sockets. One test at a time: each runs processes that want both cores.

import Testing

/// The suite of all tests in this folder; each file adds one.
@Suite("The built program", .serialized)
enum EndToEnd {}
