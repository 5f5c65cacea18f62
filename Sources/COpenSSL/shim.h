// libcrypto 3: digests, HMAC and the comparison that takes the same time whatever it finds.
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
