/* account_seal.c: see account_seal.h. */
#include "record/account_seal.h"

#include "base/files.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <unistd.h>

enum { NONCE_BYTES = 12, TAG_BYTES = 16, FILE_BYTES_MAX = 64 };

/* --- the key's file --- */

static cord_status open_dir(const char *dir, int *ret_dir, struct cord_error *err)
{
    *ret_dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *ret_dir >= 0 ? CORD_OK : cord_error_errno(err, "%s", dir);
}

cord_status cord_account_seal_load(const char *dir, struct cord_account_seal *ret_seal,
                                   struct cord_error *err)
{
    const struct cord_files files = cord_files_system();
    struct cord_buf bytes;
    int in = -1;
    cord_buf_init(&bytes, FILE_BYTES_MAX);
    cord_status status = open_dir(dir, &in, err);
    if (status == CORD_OK) {
        status = cord_files_load(&files, in, CORD_ACCOUNT_SEAL_FILE, &bytes, err);
        (void)close(in); /* nothing was written */
    }
    if (status == CORD_E_LIMIT || (status == CORD_OK && bytes.len != sizeof ret_seal->key)) {
        status = cord_error_set(err, CORD_E_FORMAT, "%s/" CORD_ACCOUNT_SEAL_FILE " is no key", dir);
    }
    if (status == CORD_OK) {
        memcpy(ret_seal->key, bytes.ptr, sizeof ret_seal->key);
        ret_seal->has = true;
    }
    if (bytes.ptr) {
        OPENSSL_cleanse(bytes.ptr, bytes.cap);
    }
    cord_buf_done(&bytes);
    return status;
}

cord_status cord_account_seal_make(const char *dir, struct cord_account_seal *ret_seal,
                                   struct cord_error *err)
{
    const struct cord_files files = cord_files_system();
    struct cord_account_seal seal = {.has = true};
    int in = -1;
    if (RAND_bytes(seal.key, sizeof seal.key) != 1) {
        return cord_error_set(err, CORD_E_IO, "there are no random numbers");
    }
    cord_status status = open_dir(dir, &in, err);
    if (status == CORD_OK) {
        status = cord_files_save(&files, in, ".", CORD_ACCOUNT_SEAL_FILE,
                                 (cord_str){(const char *)seal.key, sizeof seal.key}, err);
        (void)close(in); /* it was synced */
    }
    if (status == CORD_OK) {
        *ret_seal = seal;
    }
    OPENSSL_cleanse(&seal, sizeof seal);
    return status;
}

/* --- closing and opening --- */

static bool begin(EVP_CIPHER_CTX *cipher, const struct cord_account_seal *seal,
                  const unsigned char *nonce, bool closing)
{
    return EVP_CipherInit_ex2(cipher, EVP_aes_256_gcm(), seal->key, nonce, closing, NULL) == 1;
}

static bool put(EVP_CIPHER_CTX *cipher, cord_str of, cord_str text, unsigned char *ret_text)
{
    int len = 0;
    int end = 0;
    return EVP_CipherUpdate(cipher, NULL, &len, (const unsigned char *)of.ptr, (int)of.len) == 1 &&
           EVP_CipherUpdate(cipher, ret_text, &len, (const unsigned char *)text.ptr,
                            (int)text.len) == 1 &&
           EVP_CipherFinal_ex(cipher, ret_text + len, &end) == 1;
}

static cord_status no_key(struct cord_error *err)
{
    return cord_error_set(err, CORD_E_DAMAGED,
                          CORD_ACCOUNT_SEAL_FILE
                          " is gone, which opens second factors: put it back "
                          "from a backup, or take them away (cordon admin "
                          "reset-password --second-factor)");
}

cord_status cord_account_seal_close(const struct cord_account_seal *seal, cord_str of,
                                    cord_str secret, unsigned char *ret_sealed,
                                    struct cord_error *err)
{
    if (!seal->has) {
        return no_key(err);
    }
    if (secret.len > CORD_ACCOUNT_SEAL_MAX || of.len > CORD_ACCOUNT_SEAL_MAX) {
        return cord_error_set(err, CORD_E_LIMIT, "a secret is too long");
    }
    unsigned char *text = ret_sealed + NONCE_BYTES;
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    bool done =
        cipher && RAND_bytes(ret_sealed, NONCE_BYTES) == 1 &&
        begin(cipher, seal, ret_sealed, true) && put(cipher, of, secret, text) &&
        EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, text + secret.len) == 1;
    EVP_CIPHER_CTX_free(cipher);
    return done ? CORD_OK : cord_error_set(err, CORD_E_IO, "a secret cannot be closed");
}

cord_status cord_account_seal_open(const struct cord_account_seal *seal, cord_str of,
                                   cord_str sealed, unsigned char *ret_secret,
                                   struct cord_error *err)
{
    unsigned char tag[TAG_BYTES];
    if (!seal->has) {
        return no_key(err);
    }
    if (sealed.len < CORD_ACCOUNT_SEAL_MORE || of.len > CORD_ACCOUNT_SEAL_MAX ||
        sealed.len > CORD_ACCOUNT_SEAL_MAX + CORD_ACCOUNT_SEAL_MORE) {
        return cord_error_set(err, CORD_E_DAMAGED, "damaged: a secret of %zu bytes", sealed.len);
    }
    size_t len = sealed.len - CORD_ACCOUNT_SEAL_MORE;
    cord_str text = cord_str_slice(cord_str_from_byte(sealed, NONCE_BYTES), 0, len);
    memcpy(tag, sealed.ptr + NONCE_BYTES + len, TAG_BYTES);
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    bool done = cipher && begin(cipher, seal, (const unsigned char *)sealed.ptr, false) &&
                EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, tag) == 1 &&
                put(cipher, of, text, ret_secret);
    EVP_CIPHER_CTX_free(cipher);
    if (!done) {
        OPENSSL_cleanse(ret_secret, len);
        return cord_error_set(err, CORD_E_DAMAGED,
                              "a secret is damaged, or was closed with another key");
    }
    return CORD_OK;
}
