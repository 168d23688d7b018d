/* fuzz_totp.c: whatever a login or a secret is, an authenticator reads the same out of the URI;
 * base32 and bytes go with each other; a text is a code only as its digits. */
#include "base/timestamp.h"
#include "codec/base32.h"
#include "record/totp.h"

#include <assert.h>
#include <stdlib.h>

static int hex(char c)
{
    return cord_str_is_digit(c) ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Percent-encoding taken off, as an authenticator does. */
static void check_encoded(cord_str encoded, cord_str plain)
{
    size_t at = 0;
    for (size_t i = 0; i < plain.len; i++) {
        assert(at < encoded.len);
        unsigned char c = (unsigned char)encoded.ptr[at++];
        if (c == '%') {
            assert(at + 2 <= encoded.len);
            int high = hex(encoded.ptr[at]);
            int low = hex(encoded.ptr[at + 1]);
            assert(high >= 0 && low >= 0);
            c = (unsigned char)(high * 16 + low);
            at += 2;
        }
        assert(c == (unsigned char)plain.ptr[i]);
    }
    assert(at == encoded.len);
}

static cord_str until(cord_str *rest, char end)
{
    cord_str head;
    bool cut = cord_str_cut(rest, end, &head);
    assert(cut);
    return head;
}

static void check_uri(cord_str login, cord_str secret)
{
    const struct cord_totp totp = cord_totp_usual();
    struct cord_buf uri;
    cord_buf_init(&uri, 1 << 20);
    cord_totp_uri(&totp, CORD_STR("Cor don"), login, secret, &uri);
    assert(!uri.failed);
    cord_str rest = cord_buf_str(&uri);
    assert(cord_str_starts(rest, CORD_STR("otpauth://totp/")));
    rest = cord_str_from_byte(rest, 15);
    check_encoded(until(&rest, ':'), CORD_STR("Cor don"));
    check_encoded(until(&rest, '?'), login);
    assert(cord_str_eq(until(&rest, '='), CORD_STR("secret")));
    cord_str text = until(&rest, '&');
    unsigned char *bytes = malloc(text.len + 1);
    size_t len = 0;
    assert(bytes && cord_base32_decode(text, bytes, &len));
    assert(cord_str_eq((cord_str){(const char *)bytes, len}, secret));
    free(bytes);
    assert(cord_str_eq(rest, CORD_STR("issuer=Cor%20don&algorithm=SHA1&digits=6&period=30")));
    cord_buf_done(&uri);
}

static void check_base32(cord_str text)
{
    unsigned char *bytes = malloc(text.len + 1);
    size_t len = 0;
    assert(bytes);
    if (cord_base32_decode(text, bytes, &len)) {
        struct cord_buf again;
        cord_buf_init(&again, 1 << 20);
        cord_base32_encode(&again, (cord_str){(const char *)bytes, len});
        size_t at = 0;
        for (size_t i = 0; i < text.len; i++) {
            char c = text.ptr[i];
            if (c != ' ' && c != '-' && c != '=') {
                assert(at < again.len && (again.ptr[at] | 0x20) == (c | 0x20));
                at++;
            }
        }
        assert(at == again.len);
        cord_buf_done(&again);
    }
    free(bytes);
}

static void check_code(cord_str text)
{
    const struct cord_totp totp = cord_totp_usual();
    int64_t step = 0;
    cord_status status = cord_totp_check(&totp, CORD_STR("12345678901234567890"), text,
                                         90 * CORD_SECOND_NS, -1, &step);
    assert(status == CORD_OK);
    /* RFC 4226 appendix D: those of the steps 2 to 4. */
    bool one = cord_str_eq(text, CORD_STR("359152")) || cord_str_eq(text, CORD_STR("969429")) ||
               cord_str_eq(text, CORD_STR("338314"));
    assert((step >= 0) == one);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cord_str text = {(const char *)data, size < 4096 ? size : 4096};
    cord_str head = cord_str_slice(text, 0, text.len / 2);
    check_uri(head, cord_str_from_byte(text, head.len));
    check_base32(text);
    check_code(text);
    return 0;
}
