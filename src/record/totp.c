/* totp.c: see totp.h. */
#include "record/totp.h"

#include "base/timestamp.h"
#include "codec/base32.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

enum { STEPS_BESIDE = 1 };

static const char *const hash_names[] = {"SHA1", "SHA256", "SHA512"};

struct cord_totp cord_totp_usual(void)
{
    return (struct cord_totp){CORD_TOTP_SHA1, 6, 30};
}

static const EVP_MD *hash_of(enum cord_totp_hash hash)
{
    switch (hash) {
    case CORD_TOTP_SHA256:
        return EVP_sha256();
    case CORD_TOTP_SHA512:
        return EVP_sha512();
    case CORD_TOTP_SHA1:
    default:
        return EVP_sha1();
    }
}

static uint32_t modulus(unsigned digits)
{
    uint32_t power = 1;
    for (unsigned i = 0; i < digits && i < CORD_TOTP_DIGITS_MAX; i++) {
        power *= 10;
    }
    return power;
}

cord_status cord_totp_code(const struct cord_totp *totp, cord_str secret, uint64_t step,
                           uint32_t *ret_code)
{
    unsigned char counter[8];
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    for (unsigned i = 0; i < sizeof counter; i++) {
        counter[i] = (unsigned char)(step >> (56 - 8 * i));
    }
    if (!HMAC(hash_of(totp->hash), secret.ptr, (int)secret.len, counter, sizeof counter, mac,
              &len) ||
        len < 20) {
        return CORD_E_NOMEM;
    }
    /* Dynamic truncation, RFC 4226 section 5.3: its last four bits say where. */
    unsigned at = mac[len - 1] & 15U;
    uint32_t number = (uint32_t)(mac[at] & 127) << 24 | (uint32_t)mac[at + 1] << 16 |
                      (uint32_t)mac[at + 2] << 8 | mac[at + 3];
    *ret_code = number % modulus(totp->digits);
    return CORD_OK;
}

static bool read_code(const struct cord_totp *totp, cord_str text, uint32_t *ret_code)
{
    uint64_t number = 0;
    bool right = text.len == totp->digits && cord_str_u64(text, &number);
    *ret_code = right ? (uint32_t)number : 0;
    return right;
}

cord_status cord_totp_check(const struct cord_totp *totp, cord_str secret, cord_str text,
                            int64_t now_ns, int64_t last, int64_t *ret_step)
{
    int64_t now = now_ns / CORD_SECOND_NS / (int64_t)totp->period_s;
    uint32_t given = 0;
    bool readable = read_code(totp, text, &given);
    int64_t found = -1;
    /* All of them, whichever is right: it must not show in the time. */
    for (int64_t step = now - STEPS_BESIDE; step <= now + STEPS_BESIDE; step++) {
        uint32_t code = 0;
        cord_status status = cord_totp_code(totp, secret, step > 0 ? (uint64_t)step : 0, &code);
        if (status != CORD_OK) {
            return status;
        }
        bool right = (code == given) & (step > last) & (step >= 0) & (found < 0);
        found = right ? step : found;
    }
    *ret_step = readable ? found : -1;
    return CORD_OK;
}

static void put_encoded(struct cord_buf *uri, cord_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        char small = cord_str_lower_char(c);
        if ((small >= 'a' && small <= 'z') || cord_str_is_digit(c) || c == '-' || c == '.' ||
            c == '_' || c == '~') {
            cord_buf_put_char(uri, c);
        } else {
            cord_buf_printf(uri, "%%%02X", (unsigned)(unsigned char)c);
        }
    }
}

void cord_totp_uri(const struct cord_totp *totp, cord_str issuer, cord_str account, cord_str secret,
                   struct cord_buf *uri)
{
    cord_buf_put_text(uri, "otpauth://totp/");
    put_encoded(uri, issuer);
    cord_buf_put_char(uri, ':');
    put_encoded(uri, account);
    cord_buf_put_text(uri, "?secret=");
    cord_base32_encode(uri, secret);
    cord_buf_put_text(uri, "&issuer=");
    put_encoded(uri, issuer);
    cord_buf_printf(uri, "&algorithm=%s&digits=%u&period=%u", hash_names[totp->hash], totp->digits,
                    totp->period_s);
}
