/* tls_crl.c: lists of revoked certificates: see tls_internal.h. */
#include "comms/tls_internal.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_BYTES_MAX = 256 << 20, LISTS_MAX = 1024, NAME_BYTES = 200 };

/* Of the authorities of this name one must have signed it; of a name that is not
 * among them (who is between an authority and its clients) that is seen with its client. */
static bool is_signed(X509_CRL *list, const STACK_OF(X509_OBJECT) * trusted)
{
    bool named = false;
    bool good = false;
    for (int at = 0; !good && at < sk_X509_OBJECT_num(trusted); at++) {
        X509 *authority = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(trusted, at));
        if (authority &&
            X509_NAME_cmp(X509_get_subject_name(authority), X509_CRL_get_issuer(list)) == 0) {
            named = true;
            good = X509_CRL_verify(list, X509_get0_pubkey(authority)) == 1;
        }
    }
    return good || !named;
}

static cord_status check_list(const char *path, X509_CRL *list, X509_STORE *store, int64_t *until_s,
                              struct cord_error *err)
{
    char name[NAME_BYTES];
    int64_t until = 0;
    const ASN1_TIME *next = X509_CRL_get0_nextUpdate(list);
    (void)X509_NAME_oneline(X509_CRL_get_issuer(list), name, sizeof name);
    if (!is_signed(list, X509_STORE_get0_objects(store))) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "%s: the list of %s is not signed by that authority of client_ca",
                              path, name);
    }
    if (next && !cord_tls_seconds(next, &until)) {
        return cord_error_set(err, CORD_E_FORMAT, "%s: the list of %s: its end is no time", path,
                              name);
    }
    if (until != 0 && (*until_s == 0 || until < *until_s)) {
        *until_s = until;
    }
    return X509_STORE_add_crl(store, list) == 1
               ? CORD_OK
               : cord_error_set(err, CORD_E_NOMEM, "out of memory");
}

static cord_status read_lists(const char *path, BIO *file, X509_STORE *store, int64_t *until_s,
                              struct cord_error *err)
{
    cord_status status = CORD_OK;
    X509_CRL *list = NULL;
    int count = 0;
    while (status == CORD_OK && count <= LISTS_MAX &&
           (list = PEM_read_bio_X509_CRL(file, NULL, NULL, NULL)) != NULL) {
        status = check_list(path, list, store, until_s, err);
        X509_CRL_free(list);
        count++;
    }
    if (status != CORD_OK) {
        return status;
    }
    unsigned long last = ERR_peek_last_error();
    bool ended = ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
    if (ERR_GET_REASON(last) == ERR_R_MALLOC_FAILURE) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    if (count == 0 || count > LISTS_MAX || !ended) {
        return cord_error_set(err, CORD_E_FORMAT, "%s: %s", path,
                              count > LISTS_MAX ? "too many lists"
                                                : "no lists of revoked certificates in PEM");
    }
    return CORD_OK;
}

cord_status cord_tls_crl_load(const char *path, SSL_CTX *context, int64_t *ret_until_s,
                              struct cord_error *err)
{
    struct stat info;
    int64_t until_s = 0;
    if (stat(path, &info) != 0) {
        return cord_error_errno(err, "%s", path);
    }
    if (!S_ISREG(info.st_mode) || info.st_size > FILE_BYTES_MAX) {
        return cord_error_set(err, CORD_E_FORMAT, "%s: no file of lists", path);
    }
    BIO *file = BIO_new_file(path, "r");
    if (!file) {
        return cord_error_errno(err, "%s", path);
    }
    cord_status status = read_lists(path, file, SSL_CTX_get_cert_store(context), &until_s, err);
    BIO_free(file);
    if (status != CORD_OK) {
        return status;
    }
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context),
                                X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    *ret_until_s = until_s;
    return CORD_OK;
}

bool cord_tls_crl_has(SSL_CTX *context, X509 *certificate)
{
    const STACK_OF(X509_OBJECT) *known = X509_STORE_get0_objects(SSL_CTX_get_cert_store(context));
    const X509_NAME *issuer = X509_get_issuer_name(certificate);
    bool revoked = false;
    for (int at = 0; !revoked && at < sk_X509_OBJECT_num(known); at++) {
        X509_CRL *list = X509_OBJECT_get0_X509_CRL(sk_X509_OBJECT_value(known, at));
        X509_REVOKED *entry = NULL;
        revoked = list && X509_NAME_cmp(X509_CRL_get_issuer(list), issuer) == 0 &&
                  X509_CRL_get0_by_cert(list, &entry, certificate) == 1;
    }
    return revoked;
}
