/* signing.c: see signing.h. */
#include "base/signing.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>

struct cord_signing_key {
    EVP_PKEY *pair;
    struct cord_signing_public known;
};

void cord_signing_free(struct cord_signing_key *key)
{
    if (key) {
        EVP_PKEY_free(key->pair);
        free(key);
    }
}

/* Takes the pair, also on failure. */
static cord_status wrap(EVP_PKEY *pair, struct cord_signing_key **ret_key)
{
    struct cord_signing_key *key = calloc(1, sizeof *key);
    size_t len = sizeof key->known.bytes;
    if (!key) {
        EVP_PKEY_free(pair);
        return CORD_E_NOMEM;
    }
    key->pair = pair;
    if (EVP_PKEY_get_raw_public_key(pair, key->known.bytes, &len) != 1 ||
        len != sizeof key->known.bytes) {
        cord_signing_free(key);
        return CORD_E_FORMAT;
    }
    *ret_key = key;
    return CORD_OK;
}

cord_status cord_signing_make(struct cord_signing_key **ret_key, struct cord_error *err)
{
    EVP_PKEY *pair = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    if (!pair || wrap(pair, ret_key) != CORD_OK) {
        return cord_error_set(err, CORD_E_NOMEM, "cannot make a signing key");
    }
    return CORD_OK;
}

/* A key behind a password is refused instead of asking for it. The type is
 * OpenSSL's. NOLINTNEXTLINE(readability-non-const-parameter) */
static int no_password(char *buf, int size, int writing, void *user)
{
    (void)buf;
    (void)size;
    (void)writing;
    (void)user;
    return -1;
}

cord_status cord_signing_read(cord_str pem, struct cord_signing_key **ret_key,
                              struct cord_error *err)
{
    BIO *bio = pem.len > 0 && pem.len <= INT_MAX ? BIO_new_mem_buf(pem.ptr, (int)pem.len) : NULL;
    EVP_PKEY *pair = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
    BIO_free(bio);
    if (!pair || EVP_PKEY_get_base_id(pair) != EVP_PKEY_ED25519) {
        EVP_PKEY_free(pair);
        return cord_error_set(err, CORD_E_FORMAT, "not an Ed25519 secret key in PEM");
    }
    cord_status status = wrap(pair, ret_key);
    return status == CORD_OK ? CORD_OK : cord_error_set(err, status, "the key cannot be used");
}

cord_status cord_signing_write(const struct cord_signing_key *key, struct cord_buf *pem)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    cord_status status = CORD_E_NOMEM;
    if (bio && PEM_write_bio_PrivateKey(bio, key->pair, NULL, NULL, 0, NULL, NULL) == 1) {
        long len = BIO_get_mem_data(bio, &text);
        if (len > 0) {
            cord_buf_put(pem, (cord_str){text, (size_t)len});
            status = pem->failed ? CORD_E_NOMEM : CORD_OK;
        }
    }
    BIO_free(bio);
    return status;
}

struct cord_signing_public cord_signing_public(const struct cord_signing_key *key)
{
    return key->known;
}

cord_status cord_signing_sign(const struct cord_signing_key *key, cord_str text,
                              unsigned char ret_signature[CORD_SIGNATURE_BYTES])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t len = CORD_SIGNATURE_BYTES;
    bool done = context && EVP_DigestSignInit(context, NULL, NULL, NULL, key->pair) == 1 &&
                EVP_DigestSign(context, ret_signature, &len, (const unsigned char *)text.ptr,
                               text.len) == 1 &&
                len == CORD_SIGNATURE_BYTES;
    EVP_MD_CTX_free(context);
    return done ? CORD_OK : CORD_E_NOMEM;
}

cord_status cord_signing_verify(const struct cord_signing_public *key, cord_str text,
                                const unsigned char signature[CORD_SIGNATURE_BYTES])
{
    EVP_PKEY *known =
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key->bytes, sizeof key->bytes);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    cord_status status = CORD_E_NOMEM;
    if (known && context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, known) == 1) {
        int result = EVP_DigestVerify(context, signature, CORD_SIGNATURE_BYTES,
                                      (const unsigned char *)(text.ptr ? text.ptr : ""), text.len);
        status = result == 1 ? CORD_OK : CORD_E_FORMAT;
    }
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(known);
    return status;
}
