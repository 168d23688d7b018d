/* token.c: see token.h. */
#include "record/token.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

enum { SECRET_BYTES = 32 };

static cord_str prefix_of(enum cord_token_kind kind)
{
    switch (kind) {
    case CORD_TOKEN_API:
        return CORD_STR("cordon_");
    case CORD_TOKEN_SETUP:
        return CORD_STR("setup_");
    case CORD_TOKEN_LINK:
        return CORD_STR("link_");
    case CORD_TOKEN_SESSION:
    default:
        return CORD_STR("");
    }
}

cord_status cord_token_make(enum cord_token_kind kind, char ret_text[CORD_TOKEN_TEXT],
                            struct cord_digest *ret_hash)
{
    unsigned char secret[SECRET_BYTES];
    char text[CORD_TOKEN_TEXT] = {0};
    cord_str prefix = prefix_of(kind);
    if (RAND_bytes(secret, sizeof secret) != 1) {
        return CORD_E_IO;
    }
    memcpy(text, prefix.ptr, prefix.len);
    cord_digest_to_hex(secret, sizeof secret, text + prefix.len);
    OPENSSL_cleanse(secret, sizeof secret);
    cord_status status = cord_digest_of(cord_str_from(text), ret_hash);
    if (status == CORD_OK) {
        memcpy(ret_text, text, sizeof text);
    }
    OPENSSL_cleanse(text, sizeof text);
    return status;
}

cord_status cord_token_read(enum cord_token_kind kind, cord_str text, struct cord_digest *ret_hash)
{
    unsigned char secret[SECRET_BYTES];
    cord_str prefix = prefix_of(kind);
    bool right = cord_str_starts(text, prefix) &&
                 cord_digest_from_hex(cord_str_from_byte(text, prefix.len), secret, sizeof secret);
    OPENSSL_cleanse(secret, sizeof secret);
    return right ? cord_digest_of(text, ret_hash) : CORD_E_FORMAT;
}
