// How the channels and contracts stand as places to send to: what is left alone, and until when.

import Deliveries
import HTTPTypes
import Model

/// The part of the API that is about destinations.
struct DestinationRoutes: Sendable {
    let live: LiveInstallation

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get, path: "/v1/destinations", summary: "How each channel and contract stands",
                scope: .readDeliveries, parameters: [], body: nil, success: (.ok, "DestinationList"), problems: []
            ) { [live] _ in
                let destinations = live.destinations.map { endpoint, condition -> JSON in
                    .members([
                        "destination": .string(endpoint.description), "state": .string(condition.state.rawValue),
                        "since": JSON(condition.since?.rfc3339),
                        "next_attempt": JSON(condition.nextAttempt?.rfc3339), "reason": JSON(condition.reason),
                    ])
                }
                return APIAnswer(["destinations": .array(destinations)])
            }
        ]
    }
}
