/* tls.c: see tls.h. */
#include "comms/tls.h"
#include "comms/tls_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX (1024L * 1024)
/* How long a client may resume; certificates are verified anew after it. */
#define TICKET_S 3600

struct cord_tls {
    _Atomic size_t references;
    SSL_CTX *context;
    BIO_METHOD *sockets;
    int64_t expires_s;
    int64_t crl_until_s;
};

/* --- the socket under OpenSSL: its own would raise SIGPIPE --- */

static int socket_read(BIO *bio, char *into, int room)
{
    int file = (int)(intptr_t)BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    ssize_t got = recv(file, into, (size_t)room, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        BIO_set_retry_read(bio);
    } else if (got == 0) {
        BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    }
    return (int)got;
}

static int socket_write(BIO *bio, const char *bytes, int len)
{
    int file = (int)(intptr_t)BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    ssize_t put = send(file, bytes, (size_t)len, MSG_NOSIGNAL);
    if (put < 0 && (errno == EAGAIN || errno == EINTR)) {
        BIO_set_retry_write(bio);
    }
    return (int)put;
}

static long socket_control(BIO *bio, int command, long number, void *pointer)
{
    (void)number;
    (void)pointer;
    if (command == BIO_CTRL_EOF) {
        return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
    }
    return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *new_sockets(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "socket without SIGPIPE");
    if (method && BIO_meth_set_read(method, socket_read) == 1 &&
        BIO_meth_set_write(method, socket_write) == 1 &&
        BIO_meth_set_ctrl(method, socket_control) == 1) {
        return method;
    }
    BIO_meth_free(method);
    return NULL;
}

SSL *cord_tls_session(const struct cord_tls *tls, int socket)
{
    SSL *ssl = SSL_new(tls->context);
    BIO *bio = ssl ? BIO_new(tls->sockets) : NULL;
    if (!bio) {
        SSL_free(ssl);
        return NULL;
    }
    BIO_set_data(bio, (void *)(intptr_t)socket);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio); /* both references are ssl's now */
    SSL_set_accept_state(ssl);
    return ssl;
}

/* --- errors --- */

static cord_status openssl_error(struct cord_error *err, const char *path)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return cord_error_set(err, CORD_E_FORMAT, "%s: %s", path, reason ? reason : "cannot be used");
}

/* --- certificate and key --- */

bool cord_tls_seconds(const ASN1_TIME *when, int64_t *ret_seconds)
{
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0;
    int seconds = 0;
    bool good = epoch && ASN1_TIME_diff(&days, &seconds, epoch, when) == 1;
    ASN1_TIME_free(epoch);
    if (good) {
        *ret_seconds = (int64_t)days * 86400 + seconds;
    }
    return good;
}

static cord_status check_readable(const char *path, struct cord_error *err)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return cord_error_errno(err, "%s", path);
    }
    close(file);
    return CORD_OK;
}

static cord_status load_certificate(struct cord_tls *tls, const char *path, struct cord_error *err)
{
    cord_status status = check_readable(path, err);
    if (status != CORD_OK) {
        return status;
    }
    if (SSL_CTX_use_certificate_chain_file(tls->context, path) != 1) {
        bool weak = ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_SSL;
        (void)openssl_error(err, path);
        cord_error_context(err, weak ? "the certificate may not be used" : "no certificate in PEM");
        return CORD_E_FORMAT;
    }
    const X509 *certificate = SSL_CTX_get0_certificate(tls->context);
    const ASN1_TIME *from = X509_get0_notBefore(certificate);
    const ASN1_TIME *until = X509_get0_notAfter(certificate);
    if (X509_cmp_current_time(from) >= 0) {
        return cord_error_set(err, CORD_E_FORMAT, "%s: the certificate is not valid yet", path);
    }
    if (X509_cmp_current_time(until) <= 0) {
        return cord_error_set(err, CORD_E_FORMAT, "%s: the certificate has expired: renew it",
                              path);
    }
    if (!cord_tls_seconds(until, &tls->expires_s)) {
        return cord_error_set(err, CORD_E_FORMAT, "%s: the certificate's end is no time", path);
    }
    return CORD_OK;
}

/* Without it OpenSSL would ask at the terminal. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the type is OpenSSL's */
static int no_password(char *into, int room, int writing, void *self)
{
    (void)into;
    (void)room;
    (void)writing;
    (void)self;
    return -1;
}

static cord_status read_secret(int file, const char *path, char **ret_text, size_t *ret_len,
                               struct cord_error *err)
{
    struct stat info;
    if (fstat(file, &info) != 0) {
        return cord_error_errno(err, "%s", path);
    }
    if (!S_ISREG(info.st_mode) || info.st_size > FILE_BYTES_MAX) {
        return cord_error_set(err, CORD_E_FORMAT, "%s: no key file", path);
    }
    if (info.st_mode & (S_IRWXO | S_IWGRP)) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "%s: others may read or change the key: chmod o-rwx,g-w it", path);
    }
    size_t room = (size_t)info.st_size + 1;
    size_t len = 0;
    char *text = malloc(room);
    if (!text) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    ssize_t got = 1;
    while (got > 0 && len < room) {
        got = read(file, text + len, room - len);
        len += got > 0 ? (size_t)got : 0;
    }
    if (got < 0) {
        cord_status status = cord_error_errno(err, "%s", path);
        OPENSSL_cleanse(text, room);
        free(text);
        return status;
    }
    *ret_text = text;
    *ret_len = len;
    return CORD_OK;
}

static cord_status parse_key(cord_str text, const char *path, EVP_PKEY **ret_key,
                             struct cord_error *err)
{
    BIO *bio = BIO_new_mem_buf(text.ptr, (int)text.len);
    if (!bio) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
    BIO_free(bio);
    if (!key) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "%s: no private key in PEM, or one that is encrypted", path);
    }
    *ret_key = key;
    return CORD_OK;
}

static cord_status load_key(struct cord_tls *tls, const struct cord_tls_options *options,
                            struct cord_error *err)
{
    char *text = NULL;
    size_t len = 0;
    EVP_PKEY *key = NULL;
    int file = open(options->key, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return cord_error_errno(err, "%s", options->key);
    }
    cord_status status = read_secret(file, options->key, &text, &len, err);
    close(file);
    if (status != CORD_OK) {
        return status;
    }
    status = parse_key((cord_str){text, len}, options->key, &key, err);
    OPENSSL_cleanse(text, len);
    free(text);
    if (status != CORD_OK) {
        return status;
    }
    if (X509_check_private_key(SSL_CTX_get0_certificate(tls->context), key) != 1) {
        status = cord_error_set(err, CORD_E_FORMAT, "%s is not the key of the certificate %s",
                                options->key, options->certificate);
    } else if (SSL_CTX_use_PrivateKey(tls->context, key) != 1) {
        status = openssl_error(err, options->key);
    }
    EVP_PKEY_free(key);
    return status;
}

/* --- clients --- */

/* Lists that are older than they say, or younger than our clock, still tell whom
 * they revoke; and only who signed the client needs to have one. */
static int on_verdict(int good, X509_STORE_CTX *verifying)
{
    int error = X509_STORE_CTX_get_error(verifying);
    bool borne =
        error == X509_V_ERR_CRL_HAS_EXPIRED || error == X509_V_ERR_CRL_NOT_YET_VALID ||
        (error == X509_V_ERR_UNABLE_TO_GET_CRL && X509_STORE_CTX_get_error_depth(verifying) > 0);
    if (!good && borne) {
        X509_STORE_CTX_set_error(verifying, X509_V_OK);
        return 1;
    }
    return good;
}

static cord_status ask_clients(struct cord_tls *tls, const struct cord_tls_options *options,
                               struct cord_error *err)
{
    cord_status status = check_readable(options->client_ca, err);
    if (status != CORD_OK) {
        return status;
    }
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(options->client_ca);
    if (!names || SSL_CTX_load_verify_file(tls->context, options->client_ca) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        (void)openssl_error(err, options->client_ca);
        cord_error_context(err, "no certificates of authorities in PEM");
        return CORD_E_FORMAT;
    }
    SSL_CTX_set_client_CA_list(tls->context, names);
    /* Who names an intermediate authority trusts that one, not its root. */
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(tls->context), X509_V_FLAG_PARTIAL_CHAIN);
    int mode = SSL_VERIFY_PEER;
    mode |= options->client_required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
    SSL_CTX_set_verify(tls->context, mode, on_verdict);
    return options->crl ? cord_tls_crl_load(options->crl, tls->context, &tls->crl_until_s, err)
                        : CORD_OK;
}

cord_status cord_tls_peer_check(const SSL *ssl, struct cord_error *err)
{
    const X509 *certificate = SSL_get0_peer_certificate(ssl);
    if (certificate && X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "client certificate refused: certificate has expired");
    }
    return CORD_OK;
}

bool cord_tls_peer_is_revoked(const struct cord_tls *tls, const SSL *ssl)
{
    X509 *certificate = SSL_get0_peer_certificate(ssl);
    return certificate && cord_tls_crl_has(tls->context, certificate);
}

/* Text for logs and for comparing: what is no printable ASCII cannot be a name
 * of a machine, and might pass for another. */
static bool take_name(cord_str text, char into[CORD_TLS_NAME])
{
    if (text.len == 0 || text.len >= CORD_TLS_NAME) {
        return false;
    }
    for (size_t at = 0; at < text.len; at++) {
        if (text.ptr[at] < ' ' || text.ptr[at] > '~') {
            return false;
        }
    }
    memcpy(into, text.ptr, text.len);
    into[text.len] = '\0';
    return true;
}

static bool take_asn1(const ASN1_STRING *string, char into[CORD_TLS_NAME])
{
    const unsigned char *data = ASN1_STRING_get0_data(string);
    int len = ASN1_STRING_length(string);
    return len > 0 && take_name((cord_str){(const char *)data, (size_t)len}, into);
}

static bool dns_name(X509 *certificate, char into[CORD_TLS_NAME])
{
    bool found = false;
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int at = 0; !found && names && at < sk_GENERAL_NAME_num(names); at++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, at);
        found = name->type == GEN_DNS && take_asn1(name->d.dNSName, into);
    }
    GENERAL_NAMES_free(names);
    return found;
}

static bool common_name(const X509 *certificate, char into[CORD_TLS_NAME])
{
    const X509_NAME *subject = X509_get_subject_name(certificate);
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    const X509_NAME_ENTRY *entry = at >= 0 ? X509_NAME_get_entry(subject, at) : NULL;
    return entry && take_asn1(X509_NAME_ENTRY_get_data(entry), into);
}

static bool take_fingerprint(const X509 *certificate, char into[CORD_TLS_FINGERPRINT])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (X509_digest(certificate, EVP_sha256(), digest, &len) != 1) {
        return false;
    }
    for (size_t at = 0; at < len && 2 * at + 2 < CORD_TLS_FINGERPRINT; at++) {
        into[2 * at] = digits[digest[at] >> 4];
        into[2 * at + 1] = digits[digest[at] & 15];
    }
    into[CORD_TLS_FINGERPRINT - 1] = '\0';
    return true;
}

/* By its signature, since a resumed session has no chain, and names can be borrowed. */
static void take_authority(const SSL *ssl, X509 *certificate, char into[CORD_TLS_FINGERPRINT])
{
    const STACK_OF(X509_OBJECT) *trusted =
        X509_STORE_get0_objects(SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl)));
    for (int at = 0; at < sk_X509_OBJECT_num(trusted); at++) {
        X509 *authority = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(trusted, at));
        if (authority && X509_check_issued(authority, certificate) == X509_V_OK &&
            X509_verify(certificate, X509_get0_pubkey(authority)) == 1) {
            (void)take_fingerprint(authority, into);
            return;
        }
    }
}

void cord_tls_peer_read(const SSL *ssl, struct cord_tls_peer *ret_peer)
{
    X509 *certificate = SSL_get0_peer_certificate(ssl);
    *ret_peer = (struct cord_tls_peer){0};
    if (!certificate || SSL_get_verify_result(ssl) != X509_V_OK ||
        !take_fingerprint(certificate, ret_peer->fingerprint)) {
        return;
    }
    ERR_clear_error();
    take_authority(ssl, certificate, ret_peer->authority);
    ERR_clear_error();
    if (!dns_name(certificate, ret_peer->name) && !common_name(certificate, ret_peer->name)) {
        ret_peer->name[0] = '\0';
    }
    ret_peer->present = true;
}

/* --- the context --- */

/* A ticket of TLS 1.2 carries the connection's keys, sealed with one that lives
 * as long as this context: who learns that one reads all that was recorded. Those
 * of TLS 1.3 are only let in with a fresh exchange of keys. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the type is OpenSSL's */
static int on_hello(SSL *ssl, int *alert, void *self)
{
    const unsigned char *versions;
    size_t len;
    (void)alert;
    (void)self;
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_supported_versions, &versions, &len) != 1) {
        (void)SSL_set_options(ssl, SSL_OP_NO_TICKET);
    }
    return SSL_CLIENT_HELLO_SUCCESS;
}

static bool set_rules(SSL_CTX *context)
{
    static const unsigned char name[] = "cordon";
    (void)SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                           SSL_OP_CIPHER_SERVER_PREFERENCE);
    (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    /* Tickets let a client resume without a word being kept here. */
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_timeout(context, TICKET_S);
    SSL_CTX_set_client_hello_cb(context, on_hello, NULL);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_security_level(context, 2);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
           SSL_CTX_set_num_tickets(context, 1) == 1 &&
           SSL_CTX_set_session_id_context(context, name, sizeof name - 1) == 1;
}

static cord_status fill_context(struct cord_tls *tls, const struct cord_tls_options *options,
                                struct cord_error *err)
{
    tls->sockets = new_sockets();
    tls->context = SSL_CTX_new(TLS_server_method());
    if (!tls->sockets || !tls->context || !set_rules(tls->context)) {
        return cord_error_set(err, CORD_E_NOMEM, "TLS cannot be set up: out of memory");
    }
    cord_status status = load_certificate(tls, options->certificate, err);
    if (status == CORD_OK) {
        status = load_key(tls, options, err);
    }
    if (status == CORD_OK && options->client_ca) {
        status = ask_clients(tls, options, err);
    }
    return status;
}

cord_status cord_tls_new(const struct cord_tls_options *options, struct cord_tls **ret_tls,
                         struct cord_error *err)
{
    struct cord_tls *tls = calloc(1, sizeof *tls);
    if (!tls) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    atomic_init(&tls->references, 1);
    ERR_clear_error();
    cord_status status = fill_context(tls, options, err);
    ERR_clear_error();
    if (status != CORD_OK) {
        cord_tls_unref(tls);
        return status;
    }
    *ret_tls = tls;
    return CORD_OK;
}

struct cord_tls *cord_tls_ref(struct cord_tls *tls)
{
    (void)atomic_fetch_add_explicit(&tls->references, 1, memory_order_relaxed);
    return tls;
}

void cord_tls_unref(struct cord_tls *tls)
{
    if (tls && atomic_fetch_sub_explicit(&tls->references, 1, memory_order_acq_rel) == 1) {
        SSL_CTX_free(tls->context);
        BIO_meth_free(tls->sockets);
        free(tls);
    }
}

int64_t cord_tls_expires_s(const struct cord_tls *tls)
{
    return tls->expires_s;
}

int64_t cord_tls_crl_until_s(const struct cord_tls *tls)
{
    return tls->crl_until_s;
}
