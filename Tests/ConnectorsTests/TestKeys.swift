/// Keys made for these tests and used nowhere else.
enum TestKeys {
    static let rsaPrivate = """
        -----BEGIN PRIVATE KEY-----
        MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCW8JBBNAnkNTiv
        23v1freBfLpv1mjfIxTNwRvt7rvFMDzTirqhMohJk8oHaNKhAAXj7dbss0M6G6ja
        /clsktV84PKLZfNYUbS60kmhrh/K/EGR4lN3kC2EYzq0tIGBLdFdQKN+XcZ33J09
        mIsB3qbRZTyx11qcFECMrHd6AY8nOi2bzUXTHhusGmvxmEM7nBesEbBq3/gz7h/5
        n/I0KiZgHq6pQOnoyTVHxrL6LWtDOmlAPq0fymbRs72p/EmuF1hp1p2C/PGzu9hh
        m0sPhMl0jrjX18BrWOnji1qFP2M32PVhRIHzaX2ZfcRJLZspIWtZV2Hb0ABGO8qi
        /0cV15w/AgMBAAECggEAD/Pb4zBLTVW8qIVze/ZJEcPrdm98RP0RsU9UEtkU+lnH
        S/pREEFlexVGGHNhM4frl3PnL7wggk8zEPYaqEF6k8i4ibgcOHzmM4qPIqnjDVKM
        4YzAkpXn4aKVLU0YlN0RUCBJR01E8R0dd0mcg3WTPvVKrWcb2fwf+F4wAHKSvSv0
        3rw2JUIOk86M9FEQxZI5u10GiZNx6lIL9mfe25iUt/JYGBaXVnw8VZkRxDxEVpnq
        OXr/LFpqnXivKoeVxokDNDxG6iDAVG9Ffv25GUGLXOg7dme6itWk5ZWPinfx1Ls3
        0DnMpa81H5Ui3wjTR9S9opxhW/JoBpV6WSa4HoUWwQKBgQDJbVKGYpJD5Xpdt0nA
        4Rhsq3tgvh4Fh6iXDivkVpnKkHreVxa92ZfLm3jI5AjT6x1ZlKGazma5qtl3XjzK
        aLGu+kS2fskcjckb4dMKvERlM01m4UM429tC7cgEHZV0sAMvjAYBIJcwo3IzXT+M
        H1+bnwKJzZQ0/tahaNtu37+aQQKBgQC/1YPTZh2/IQFElOTIhCF+Catv782EPyGx
        MFoeCVg+E37HYRbrP38SRR3yK1tAZt6Wbbd5M0OYwReRHMzYw5pppy0buWPrIdxE
        e2A+cOf/omsNYThDFze8F6gOiT32RGHURIskuJXqeMei4KshxVNla1kwFL9CkOhQ
        eSwFZ2iWfwKBgC4Mz0wn5vac1R/t0m/FRnc5sShJ7sUm4ZU/SSuX3OshouWIFYvr
        3jdPYQrUj2wbmYcsYtHolDWoaLVQlydTTiQJ1YG/dK0RgUPdmgkfR6e3Vd/Kajrq
        kLM5d3vxY4Tc5K2PHqRNViNpiqdRj0Cyv4HtlX/5vwNqq5kVRu2PO9fBAoGANHKt
        7hhXPbBKZnPG8UOe3JTMOHh52hRgo88ydE/dvmsaGGzlFUBw/4/CFjngYwU9CifJ
        J+vqKVNxnA0hvIoOJ6C7Zn8TYHALhvWsZKX96BiB6FCST1WDuXtGSWMge7pKfPyY
        hlupMUgAXPnMEBmhKXNmGQ0zFYIE4iue64NQRwUCgYA7/yGLfM/tpe+wPeWeX6cK
        RfoxjSoqKic6zkt1PWFM2tOrPx5Rxvys0FtpNmxjBOPfS1uWKy+p9eoxf7r+CT4H
        hyo9g+xYurTEn+qkrUxtquDHLlScmas8fXoP7vrNk+agepTWjCnaIFnOmCOe6U1D
        SoOGq/7XNUKKUUdEsOCdeA==
        -----END PRIVATE KEY-----
        """

    /// The modulus that belongs to it.
    static let rsaModulus =
        "lvCQQTQJ5DU4r9t79X63gXy6b9Zo3yMUzcEb7e67xTA804q6oTKISZPKB2jSoQAF4-3W7LNDOhuo2v3JbJLVfODyi2"
        + "XzWFG0utJJoa4fyvxBkeJTd5AthGM6tLSBgS3RXUCjfl3Gd9ydPZiLAd6m0WU8sddanBRAjKx3egGPJzotm81F0x4b"
        + "rBpr8ZhDO5wXrBGwat_4M-4f-Z_yNComYB6uqUDp6Mk1R8ay-i1rQzppQD6tH8pm0bO9qfxJrhdYadadgvzxs7vYYZ"
        + "tLD4TJdI6419fAa1jp44tahT9jN9j1YUSB82l9mX3ESS2bKSFrWVdh29AARjvKov9HFdecPw"

    /// Signed with it; valid from late in 2026 for a hundred years.
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIDGzCCAgOgAwIBAgIUHblDcvhGVL+sSG7CXqVEnBosdlQwDQYJKoZIhvcNAQEL
        BQAwHDEaMBgGA1UEAwwRc25zLmFtYXpvbmF3cy5jb20wIBcNMjYxMTI1MDcwMzMx
        WhgPMjEyNjExMDEwNzAzMzFaMBwxGjAYBgNVBAMMEXNucy5hbWF6b25hd3MuY29t
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAlvCQQTQJ5DU4r9t79X63
        gXy6b9Zo3yMUzcEb7e67xTA804q6oTKISZPKB2jSoQAF4+3W7LNDOhuo2v3JbJLV
        fODyi2XzWFG0utJJoa4fyvxBkeJTd5AthGM6tLSBgS3RXUCjfl3Gd9ydPZiLAd6m
        0WU8sddanBRAjKx3egGPJzotm81F0x4brBpr8ZhDO5wXrBGwat/4M+4f+Z/yNCom
        YB6uqUDp6Mk1R8ay+i1rQzppQD6tH8pm0bO9qfxJrhdYadadgvzxs7vYYZtLD4TJ
        dI6419fAa1jp44tahT9jN9j1YUSB82l9mX3ESS2bKSFrWVdh29AARjvKov9HFdec
        PwIDAQABo1MwUTAdBgNVHQ4EFgQU9Y84+0rEj3DnCRRir+VVMXimvfYwHwYDVR0j
        BBgwFoAU9Y84+0rEj3DnCRRir+VVMXimvfYwDwYDVR0TAQH/BAUwAwEB/zANBgkq
        hkiG9w0BAQsFAAOCAQEAhOJX0kqkqbifqP+vmZHvgBrt2m/q9z61NN6Fr9s+5VsJ
        ct8LHk/lOfSn4fkccURtmpEks/ktZH13HqdmWTCmgWpUURH8aF6DWDPQEJb7DzbA
        3mQ2ahXB3p7l1q+q3ZqGxkN3nVQkhZx1Khw+0IBj8GQJnO7WasfpXsqGDXOYxb+X
        iWZ+0vKIW2WNtjFC/kE3GSs7QV7MG5+3hws3ZoZyMn70/FK6CmMhsWm0LrXP0EXE
        xtkrYlGjb82AKg0FH4uatFij1vOdE3v87a4RHz6R3uVWEi7c4li/66IpF1V1hV7f
        wsKVzsAPcDsDiS4u8ghc72fi1OynNF66HKiSBoqZbQ==
        -----END CERTIFICATE-----
        """
}
