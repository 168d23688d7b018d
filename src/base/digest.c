/* digest.c: see digest.h. */
#include "base/digest.h"

#include <openssl/evp.h>

cord_status cord_digest_of(cord_str bytes, struct cord_digest *ret_digest)
{
    struct cord_digest digest;
    unsigned len = CORD_DIGEST_BYTES;
    if (EVP_Digest(bytes.ptr ? bytes.ptr : "", bytes.len, digest.bytes, &len, EVP_sha256(), NULL) !=
            1 ||
        len != CORD_DIGEST_BYTES) {
        return CORD_E_NOMEM;
    }
    *ret_digest = digest;
    return CORD_OK;
}

void cord_digest_to_hex(const unsigned char *bytes, size_t len, char *text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * len] = '\0';
}

static int nibble(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool cord_digest_from_hex(cord_str text, unsigned char *bytes, size_t len)
{
    if (text.len != 2 * len) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (nibble(text.ptr[i]) < 0) {
            return false;
        }
    }
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (unsigned char)(nibble(text.ptr[2 * i]) * 16 + nibble(text.ptr[2 * i + 1]));
    }
    return true;
}

cord_str cord_digest_format(const struct cord_digest *digest, char buffer[CORD_DIGEST_TEXT])
{
    cord_digest_to_hex(digest->bytes, CORD_DIGEST_BYTES, buffer);
    return (cord_str){buffer, CORD_DIGEST_TEXT - 1};
}

bool cord_digest_parse(cord_str text, struct cord_digest *ret_digest)
{
    return cord_digest_from_hex(text, ret_digest->bytes, CORD_DIGEST_BYTES);
}
