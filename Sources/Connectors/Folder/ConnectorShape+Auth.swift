// The auths of the connector language that fetch or make a token, as shapes.

import Signing

extension ConnectorSide {
    /// The schemes besides those whose credential stands in the settings.
    static var tokenSchemes: [Shape.Choice] {
        [
            .init("oauth2", about: "a token by OAuth 2.0 (RFC 6749)", oauthKeys),
            .init("self_jwt", about: "a signed token of our own", signedKeys + [applyKey]),
            .init("session", about: "a login, and a refresh where there is one", sessionKeys),
            .init(
                "derived_param", about: "a keyed digest beside another auth",
                [
                    .init("in", .enumeration(["query", "form"]), required: true, about: "where it stands"),
                    .init("name", .text(.anything), required: true, about: "the parameter's name"),
                    .init("hash", .enumeration(HashAlgorithm.allCases.map(\.rawValue)), default: "sha256", about: "h"),
                    .init("key", .template, required: true, about: "the key of the digest"),
                    .init("over", .template, required: true, about: "what the digest is made of"),
                    .init("with", .text(.identifier), required: true, about: "the auth beside which it stands"),
                ]),
        ]
    }

    private static var applyKey: Shape.Key {
        .init(
            "apply",
            .object([
                .init("header", .text(.headerName), about: "the header that takes the token"),
                .init("prefix", .string, about: "what stands before it; default Bearer and a blank"),
                .init("query", .text(.anything), about: "the parameter that takes it, in place of a header"),
            ]), about: "where the token goes; default Authorization: Bearer")
    }

    private static var signedKeys: [Shape.Key] {
        [
            .init("algorithm", .enumeration(JWSAlgorithm.allCases.map(\.rawValue)), required: true, about: "how"),
            .init("key", .template, required: true, about: "the private key in PEM, or the secret"),
            .init("kid", .template, about: "the key's id"),
            .init("claims", .map(of: .template, names: .anything), default: "{}", about: "iat and exp are added"),
            .init("ttl", .duration, required: true, about: "how long a token is good"),
        ]
    }

    private static var keepKey: Shape.Key {
        .init("keep", .map(of: .text(.anything), names: .identifier), default: "{}", about: "jq: kept with the token")
    }

    static var oauthKeys: [Shape.Key] {
        [
            .init(
                "grant", .enumeration(["client_credentials", "refresh_token", "password", "jwt_bearer"]),
                required: true, about: "what the token is asked for with"),
            .init("token_url", .template, required: true, about: "where tokens are asked for"),
            .init(
                "client", .enumeration(["basic", "post", "assertion", "none"]), default: "post",
                about: "how the client is named"),
            .init("client_id", .template, about: "the client"),
            .init("client_secret", .template, about: "its secret"),
            .init("refresh_token", .template, about: "the first one"),
            .init("username", .template, about: "the user"),
            .init("password", .template, about: "the user's password"),
            .init("assertion", .object(signedKeys), about: "what a jwt_bearer, or a client, shows"),
            .init("scope", .template, about: "what the token is for"),
            .init("parameters", .map(of: .template, names: .anything), default: "{}", about: "further fields"),
            .init("body", .enumeration(["form", "json"]), default: "form", about: "how the request is written"),
            .init("token", .text(.anything), default: ".access_token", about: "jq: the token"),
            .init("refresh", .text(.anything), default: ".refresh_token", about: "jq: the next refresh token"),
            .init("expires_in", .text(.anything), default: ".expires_in", about: "jq: its seconds"),
            .init("lifetime", .duration, about: "how long a token is good when the answer does not tell"),
            keepKey, applyKey,
        ]
    }

    private static var sessionKeys: [Shape.Key] {
        let request = Shape.object([
            .init("method", .enumeration(["GET", "POST", "PUT"]), default: "POST", about: "the method"),
            .init("url", .template, required: true, about: "the address"),
            .init("headers", .map(of: .template, names: .headerName), default: "{}", about: "headers"),
            .init("json", .any, about: "a JSON body; its texts are templates"),
            .init("form", .map(of: .template, names: .anything), about: "a form"),
        ])
        return [
            .init("login", request, about: "the request that begins a session"),
            .init("first", .template, about: "in place of login: the token that IT gives, good for `expires` at first"),
            .init("refresh", request, about: "the request that renews one"),
            .init("token", .text(.anything), required: true, about: "jq: the token"),
            .init("refresh_token", .text(.anything), about: "jq: what the refresh request shows"),
            .init(
                "expires", .text(.anything),
                about: "jwt: the token says it itself; or a duration, after which it is renewed"),
            keepKey, applyKey,
        ]
    }
}
