// OpenAPI 3.1 of our API, made of the table of routes.

import HTTPTypes
import Model

/// Writes the OpenAPI document.
enum OpenAPI {
    /// The document for a table of routes.
    static func document(of routes: [APIRoute]) -> JSON {
        var paths: [String: JSON] = [:]
        for route in routes {
            var methods = paths[route.path]?.object ?? [:]
            methods[route.method.rawValue.lowercased()] = operation(route)
            paths[route.path] = .object(methods)
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Samtal", "version": "1",
                "description": "One conversation with each customer, whatever channel they write on.",
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "paths": .object(paths),
            "components": [
                "schemas": .object(Schemas.all),
                "securitySchemes": ["token": ["type": "http", "scheme": "bearer"]],
            ],
        ]
    }

    private static func operation(_ route: APIRoute) -> JSON {
        var answers: [String: JSON] = [
            String(route.success.status.code): route.success.schema == APIRoute.file
                ? answer(route.success.status.reasonPhrase, "*/*", ["type": "string", "format": "binary"])
                : answer(route.success.status.reasonPhrase, "application/json", reference(route.success.schema))
        ]
        let always: [(status: HTTPResponse.Status, codes: [String])] = [
            (.unauthorized, ["no-token", "unknown-token"]), (.forbidden, ["scope-missing"]),
            (.serviceUnavailable, ["store-unavailable"]),
        ]
        let bodied: [(status: HTTPResponse.Status, codes: [String])] =
            route.body == nil && route.bytesMax == nil ? [] : [(.contentTooLarge, ["body-too-large"])]
        for (status, codes) in always + bodied + route.problems {
            answers[String(status.code)] = answer(
                codes.joined(separator: ", "), "application/problem+json", reference("Problem"))
        }
        return .members([
            "operationId": .string(operationID(route)), "summary": .string(route.summary),
            "security": [["token": [.string(route.scope.rawValue)]]],
            "parameters": route.parameters.isEmpty ? nil : .array(route.parameters.map(parameter)),
            "requestBody": requestBody(route),
            "responses": .object(answers),
        ])
    }

    private static func requestBody(_ route: APIRoute) -> JSON? {
        if route.bytesMax != nil {
            let bytes: JSON = ["type": "string", "format": "binary"]
            return ["required": true, "content": ["*/*": ["schema": bytes]]]
        }
        return route.body.map { name in
            ["required": true, "content": ["application/json": ["schema": reference(name)]]]
        }
    }

    private static func operationID(_ route: APIRoute) -> String {
        let words = route.path.split(separator: "/").filter { !$0.hasPrefix("{") }.dropFirst()
        // `/deliveries/{id}/retry` is about one, `/deliveries/retry` about many.
        let isMany = words.count > 1 && !route.path.contains("{")
        let number = route.path.hasSuffix("}") ? "-one" : isMany ? "-many" : ""
        return route.method.rawValue.lowercased() + "-" + words.joined(separator: "-") + number
    }

    private static func parameter(_ parameter: APIRoute.Parameter) -> JSON {
        [
            "name": .string(parameter.name), "in": .string(parameter.place.rawValue),
            "description": .string(parameter.about), "required": .bool(parameter.isRequired),
            "schema": parameter.schema,
        ]
    }

    private static func answer(_ about: String, _ type: String, _ schema: JSON) -> JSON {
        ["description": .string(about), "content": .object([type: ["schema": schema]])]
    }

    static func reference(_ name: String) -> JSON { ["$ref": .string("#/components/schemas/\(name)")] }
}
