// Made-up signers: keys made for these tests and used nowhere else.

import Model
import Signing

/// The private keys of issuers, and what they publish of them.
enum TestSigners {
    static let rsa = """
        -----BEGIN PRIVATE KEY-----
        MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQC3OPueO5RkLApV
        qceYk514Cm3PkEYej43llriyrChPdBLQwgCcNuX/XKM2u1u0zIOElUyUTWY2Y0pN
        E1vYLKM74BPZa6WWTEGPnz2VG3P+uoQMn9IszaFVlg1NBZyXKwTcxSgtGjvaKbQi
        yynzyxhlIGwzFdd0RpbyBQuRWpgPT7fIBcswtUVaLxW4A3zSn+9hQk3mO1jGn8JS
        kD4WNNZtl9vYAjFiPj8W/mmut1+ZhhZGGseB3SwKMrPfLXhEcxWjk7LWtfm49yWK
        bhfFWyA9w4vbj/0CJwREnIIVuj6gqgthGQirNjggnB9O9HEvwb4Cr7+J7lUfbOfX
        cNY6E3pxAgMBAAECggEABxKycZ+F7oSIjRmckI0BRxSAUaMVi+GO5iIr2jeSZ6J4
        2qQknc3c54nfV0duERQ/OapBo6zQZsYtj1JmySPMVOKaeDoYkTfmJNnY6MrKTxb1
        mPRUqswGNS2RhkvH9DTR+humfdroMiy04njNPgG0/OwT9ThmgfuldoK/7rIXPOmu
        F903yNiTIdfysBgbXSPgn0fWuX3/I5u4AOP7wehmRN6tqq0f4c5BkhwKYQB/K6CU
        pzSqsNoDDAVOTFGOgjhDLKbRc7BNy/8A49P0NAMGAi9xuQQUcrYcPCt7yFXUkzQI
        z8JzchJZ/Zogm0xcyUpOS6BSL0bYAvP9NcZ0/44/yQKBgQD2RnfGaIw97onQm9TV
        0b1EdnnzVch7R0Nd915srbQt8iI5DjgUmBLV7hw1cwg9FR85sT5bRtvrKwyPZl2b
        IxaByKq2T4DrvbJI+uggq8GdMxouNVNPt4zG1jzsfagy+A4NxJKOS0C3JrtMCppu
        +MxJ4d2Wi07VF5B+SqwREGyUSQKBgQC+dSHM79K34xKHM8nBgJFnijDGQvvz1i+I
        mYtUH7Y7TI9sHpwjUKARLZx9xE3QIkRJRAjiUHpwmW3LBsjBiHG3IcE0gEABYgHQ
        ueLTrNrjuef44iONZoqLYnQLv6pfCJ71E+VMpgJ5jDeQXljlPREtwlvu7a4BBeiq
        LpE6yrRk6QKBgBz75CLMsRyk00Fi5aSYf57sFqQlx2eC1pHbiBhgRSFXKuHuI3mB
        AE5/LIC53hFaSAeBLaaOa1l9Aohp8sBMW9zAYh78sl6MP8xJA0K9FBdNKVqg2gI6
        xu2rzxXCICaHfRfvt5PZlW84trhXUx+WVmynkW2jTY7UrCPA5AlKFo1JAoGBALOG
        V3EEklyRJvLYhxHlramqYeVQWIv0VePtz55hMfXdacehZs4G/oqSstL9ydcppbJl
        9fXVpEQk65AXef6rLX1QzPw+85YaGtnzjfK3GbDUmOtJxfdQM8HE8NvuM5rW1nbu
        5RIF3YlS+UEVHbgfguTeMqgZ1A3U0wYvVOfVEIuZAoGBAMMi/uWxaNjEiLpunenv
        KnRYBMTcprz+z/1f6IyPgi+er4ms8Ysmm8sTWa7dSNgKEU/c2gCmsIRNi44Fvk5F
        2PT1qgckfJ3PnIsEt3dprdsBjJDvMyDRcx8hQBiwdxUKTiv0Zo20AVkwcf6aTjBo
        UQZQRgZauXLoGmfLbzCVj898
        -----END PRIVATE KEY-----
        """

    /// Another RSA key, which nobody publishes.
    static let stranger = """
        -----BEGIN PRIVATE KEY-----
        MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCYqb8lZoVmQVWh
        0CnCVHI7WxTXxwmvJVplxnB8G/QHejdlIVX2sKOmU04BCt3E/aQzuukswxWLzHLK
        PfOuK+b15cyY6RYGcdyeAecmzPwYdj0ENnVt53yEiT5An1iB175pmQe2lKcx4zkm
        AUMysp70B5fAOiV3vNdUxci+cKQpEXPIQOZJ+quQOOFChEPILqKaLCcQJeh+Tdlp
        XpqyPd+wmZolxxVTPFCsDfoZl1EFlxwVXTqggsaI8JcB3bizxWJV02g6DsLWLRr0
        zYphx89GUq0xRmO5U+iPjAXd8vLeAvWelu4ySdNBww34433mTaXE9Zi2avsMKNnU
        49OfP+vxAgMBAAECggEAAoFdz1/MR8WXLFvqX9u99pdyddkorCwuPIo4wiWn3/f0
        zlBhV6EAmjK8PorCoX2/iYs18fUh4/NgYnf+WTTz3MRXSCliQiub+8fDLDfRbuHr
        szdvqV9YQ8PNlBbgB3H5IvohoPYVsW01t3Kjpd098UTptpwxrWz5lu+KbBsqFi6C
        VBG2RoQTWc4QTPZJnelsq3IqCsIjOuqQRIClJrUzeUgxOL6Ek1u9csXaXF49fXC9
        ZyFb4F9J9SnH/JKMiAoqXBqFCnDPPhwvQ2aH+8qQTTAsqLdGFLcxKxmtuOLbwdfO
        BFtqxQRJfZ6uZ2Jny+bEkaUFuXyMrAIGK+v2XdXAYQKBgQDRFF1Qv0+kxUXG9Mum
        EZN80cQDD5wRzv705sambh4kp/XH/deWZAc/SNNpKv8cbmwozyznXmfIoa1oI7Sy
        PuRqw1WW6TiQcSyImRM5vZC1LIJXk/ulgdPwd4Q0vQ3OQbrpQTItLVgPQNU18BjZ
        Bstpmxe2WE54NKU5DQlgeQQ9oQKBgQC67EBfCM/NoYTgmzoEmzp3Lukpm/C7dnv/
        w1eRFa4PgbH6P5oCOWumtwkqBKmBgPO3ZblkDuzzJ3KDpOv97lkmCrt4oaWXYWyl
        H0OWnkNoVL2NUDpQLDzjh4bZm4mnLaZfuVnftyRBN3NCv25pRi5X7xzO7ovytFvj
        zCFzhRjsUQKBgE8LfPAPNAQeVPAQEoIZeQIiqBFkMGQHNxrNuOKpFRpUqbZPgNcp
        wBer58mF6OcN1DRlhxt99IzEmzOY9DLDVkYKzWv9hlYNg4GtJbiZs4Dbb/e+SdBb
        0g3CkagCpZqJ/Sk8bcTotLcnkrQOrsY2LGcjrIZSwm/tr11vUVE4z2KhAoGAfLJu
        nvd56Wv/APeM1NXZQvkAgsmM5wI75nuiRx93ZtDWsmMLksBLmIQykN1bVxF3hLlP
        2/g5Cl0ef8PdyyDeSAqQ1gDAPyS3HdClfi1GOquNaGBFBob8d61JwJGKWwSRIPq9
        ggjjHr6nHbgnKAOxluflCAcLRXYcdvMOvcnkvoECgYBy/A61NLEr7V60TW/4o/Nl
        tJdGJP6hA17zvyR61dAFECA4m/2nkHAykUZBx0a/9Sf+Bba1LvVr77wAy8TbOcdl
        op5yh4dM23i2yVbLAUN3TK1Vo460vNKWsuRkq54JrC2qfGr17TMv5eq9jzkD/lx4
        77nYr5IJSGCazlfTNh18yQ==
        -----END PRIVATE KEY-----
        """

    static let ec = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgLQFc8dQIJqT7f933
        d9/pyI3LaFeg5kPka7HnS/AFufahRANCAASYqSO5tHewUc/8McIcGK8XGWC5lV3u
        hV5XAV9r7WhU+JGwZXwsi9oFbgRnnkYTldevA0cpyEP+X/Vum8gCtq4g
        -----END PRIVATE KEY-----
        """

    /// The certificate of `rsa`, by itself, from 2020 to 2044.
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIICrTCCAZWgAwIBAgIBATANBgkqhkiG9w0BAQsFADAaMRgwFgYDVQQDDA9zbnMu
        ZXhhbXBsZS5jb20wHhcNMjAwMTAxMDAwMDAwWhcNNDUwMTAxMDAwMDAwWjAaMRgw
        FgYDVQQDDA9zbnMuZXhhbXBsZS5jb20wggEiMA0GCSqGSIb3DQEBAQUAA4IBDwAw
        ggEKAoIBAQC3OPueO5RkLApVqceYk514Cm3PkEYej43llriyrChPdBLQwgCcNuX/
        XKM2u1u0zIOElUyUTWY2Y0pNE1vYLKM74BPZa6WWTEGPnz2VG3P+uoQMn9IszaFV
        lg1NBZyXKwTcxSgtGjvaKbQiyynzyxhlIGwzFdd0RpbyBQuRWpgPT7fIBcswtUVa
        LxW4A3zSn+9hQk3mO1jGn8JSkD4WNNZtl9vYAjFiPj8W/mmut1+ZhhZGGseB3SwK
        MrPfLXhEcxWjk7LWtfm49yWKbhfFWyA9w4vbj/0CJwREnIIVuj6gqgthGQirNjgg
        nB9O9HEvwb4Cr7+J7lUfbOfXcNY6E3pxAgMBAAEwDQYJKoZIhvcNAQELBQADggEB
        ADANChuOLti3Vvij/VXCvHmL0Y+4N9bFCKgRyrvUoDultZdQSAFuTr6Y7s42afpr
        htIU488tr1u0HjLtkDRhV5njJ2vK1VuvPe8prpDy4uqTfbDG2dpLPR1oC5B4Eavs
        bF4o2xKVMk3HzJejvY7GRujXu6B9PYRqJ4thyQgokuk6h5fMaPifmkr1szuTW86T
        Wd+WKtoD/SsSAbufHKhXzh+aUHfvyzfihiL+tfv6v8QiUnhaSkOUzDOrB+cls8Dx
        S82lsQyrGMS4zYk6BrmTObYxa1EqrKzU6d7daxmBIZldhSUh/3bvnFtkhPe0Jxle
        5CwO1AW3EL6kD1JROR5BMOs=
        -----END CERTIFICATE-----
        """

    static let modulus =
        "tzj7njuUZCwKVanHmJOdeAptz5BGHo-N5Za4sqwoT3QS0MIAnDbl_1yjNrtbtMyDhJVMlE1mNmNKTRNb2CyjO-AT2W"
        + "ullkxBj589lRtz_rqEDJ_SLM2hVZYNTQWclysE3MUoLRo72im0Issp88sYZSBsMxXXdEaW8gULkVqYD0-3yAXLMLVF"
        + "Wi8VuAN80p_vYUJN5jtYxp_CUpA-FjTWbZfb2AIxYj4_Fv5prrdfmYYWRhrHgd0sCjKz3y14RHMVo5Oy1rX5uPclim"
        + "4XxVsgPcOL24_9AicERJyCFbo-oKoLYRkIqzY4IJwfTvRxL8G-Aq-_ie5VH2zn13DWOhN6cQ"

    static let rsaKey: JSON = ["kty": "RSA", "use": "sig", "kid": "k1", "n": .string(modulus), "e": "AQAB"]
    static let ecKey: JSON = [
        "kty": "EC", "crv": "P-256", "kid": "e1", "x": "mKkjubR3sFHP_DHCHBivFxlguZVd7oVeVwFfa-1oVPg",
        "y": "kbBlfCyL2gVuBGeeRhOV168DRynIQ_5f9W6byAK2riA",
    ]

    /// A token signed with one of the keys.
    static func token(
        _ claims: JSON, _ algorithm: JWSAlgorithm = .rs256, key: String = rsa, named id: String? = "k1"
    ) throws -> String {
        try JWSSigner(algorithm, key: Array(key.utf8), keyID: id).token(claims: claims)
    }
}
