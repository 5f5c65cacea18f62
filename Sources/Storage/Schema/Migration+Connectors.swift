// Step 10: which connector made an attempt, and the ways to the deliveries of a conversation and of a lane.

extension Migration {
    static let connectorVersions = Migration(
        number: 10, name: "versions of connectors",
        statements: [
            // `folder@digest`; NULL: an attempt before this step.
            "ALTER TABLE attempts ADD COLUMN connector TEXT",
            "CREATE INDEX lanes_conversation ON lanes (conversation_id)",
            "CREATE INDEX deliveries_lane ON deliveries (lane_id, sequence)",
        ])
}
