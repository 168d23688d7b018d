/* session_cookie.c: see session_cookie.h. */
#include "record/session_cookie.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

static const cord_str name = {"__Host-cordon", sizeof "__Host-cordon" - 1};

void cord_session_cookie_write(cord_str token, uint32_t seconds, struct cord_buf *value)
{
    cord_buf_put(value, name);
    cord_buf_put_char(value, '=');
    if (seconds > 0) {
        cord_buf_put(value, token);
    }
    cord_buf_printf(value, "; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=%u",
                    (unsigned)seconds);
}

cord_status cord_session_cookie_read(cord_str header, cord_str *ret_token)
{
    cord_str part;
    cord_str found = {NULL, 0};
    while (cord_str_cut(&header, ';', &part)) {
        cord_str value = cord_str_trim(part);
        cord_str key;
        if (!cord_str_cut(&value, '=', &key) || !cord_str_eq(key, name) || !value.ptr) {
            continue;
        }
        if (found.ptr && !cord_str_eq(found, value)) {
            return CORD_E_FORMAT;
        }
        found = value;
    }
    if (!found.ptr) {
        return CORD_E_NOENT;
    }
    *ret_token = found;
    return CORD_OK;
}

cord_status cord_session_cookie_csrf(cord_str token, char ret_text[CORD_DIGEST_TEXT])
{
    static const unsigned char label[] = "cordon csrf";
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (!HMAC(EVP_sha256(), token.ptr ? token.ptr : "", (int)token.len, label, sizeof label - 1,
              mac, &len) ||
        len != CORD_DIGEST_BYTES) {
        return CORD_E_NOMEM;
    }
    cord_digest_to_hex(mac, len, ret_text);
    return CORD_OK;
}

bool cord_session_cookie_csrf_right(cord_str token, cord_str csrf)
{
    char wanted[CORD_DIGEST_TEXT];
    return csrf.len == CORD_DIGEST_TEXT - 1 && cord_session_cookie_csrf(token, wanted) == CORD_OK &&
           CRYPTO_memcmp(wanted, csrf.ptr, csrf.len) == 0;
}
