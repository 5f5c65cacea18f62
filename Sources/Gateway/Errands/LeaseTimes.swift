// For how long a node's word is taken, and how often it gives it.

package import Model

/// The times of leases, all made of the one that IT chooses.
///
/// A node that ends without a word (kill -9, a cut wire) renewed its leases at most at its last moment: they run out
/// after ``term``. Another node sees that at one of its turns, and takes them at the next if they still are nobody's:
/// `term + 2 × turn = takeover`.
package struct LeaseTimes: Sendable, Hashable {
    /// What samtal.yaml says when it says nothing.
    package static let takeoverDefault = Duration.seconds(15)

    /// The longest time from the end of a node to the moment when others have taken over.
    let takeover: Duration
    /// How long a lease lasts that is not renewed: three fifths.
    var term: Duration { takeover * 3 / 5 }
    /// How often a node renews its leases and looks for others': a third of the term.
    var turn: Duration { takeover / 5 }

    package init(takeover: Duration = takeoverDefault) {
        self.takeover = takeover
    }
}
