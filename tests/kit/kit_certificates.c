/* kit_certificates.c: see kit_certificates.h. */
#include "kit/kit_certificates.h"
#include "kit/kit_loop.h"

#include <dirent.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char *kit_certificates_new(void)
{
    const char *parent = getenv("TMPDIR");
    char *dir = NULL;
    CHECK(asprintf(&dir, "%s/cordon-tls.XXXXXX", parent ? parent : "/tmp") > 0);
    CHECK(mkdtemp(dir));
    return dir;
}

void kit_certificates_free(char *dir)
{
    DIR *folder = opendir(dir);
    CHECK(folder);
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        if (entry->d_name[0] != '.') {
            CHECK(unlinkat(dirfd(folder), entry->d_name, 0) == 0);
        }
    }
    closedir(folder);
    CHECK(rmdir(dir) == 0);
    free(dir);
}

/* --- making --- */

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    CHECK(extension);
    CHECK(X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

static void add_purpose(X509 *certificate, X509 *issuer,
                        const struct kit_certificate_options *options)
{
    if (options->kind == KIT_AUTHORITY) {
        add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:TRUE");
        add_extension(certificate, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
    } else {
        add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE");
        add_extension(certificate, issuer, NID_ext_key_usage,
                      options->kind == KIT_SERVER ? "serverAuth" : "clientAuth");
    }
    add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
    if (options->dns) {
        char name[300];
        (void)snprintf(name, sizeof name, "DNS:%s", options->dns);
        add_extension(certificate, issuer, NID_subject_alt_name, name);
    }
}

static void set_subject(X509 *certificate, const struct kit_certificate_options *options)
{
    X509_NAME *name = X509_get_subject_name(certificate);
    CHECK(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                     (const unsigned char *)options->name, -1, -1, 0) == 1);
}

static X509 *sign(EVP_PKEY *key, const struct kit_certificate_options *options)
{
    X509 *certificate = X509_new();
    CHECK(certificate);
    X509 *issuer = options->issuer ? options->issuer->certificate : certificate;
    EVP_PKEY *issuer_key = options->issuer ? options->issuer->key : key;
    uint64_t serial = 0;
    CHECK(RAND_bytes((unsigned char *)&serial, 7) == 1);
    CHECK(X509_set_version(certificate, X509_VERSION_3) == 1);
    CHECK(ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial) == 1);
    CHECK(X509_gmtime_adj(X509_getm_notBefore(certificate),
                          options->from_s != 0 ? options->from_s : -3600));
    CHECK(X509_gmtime_adj(X509_getm_notAfter(certificate),
                          options->until_s != 0 ? options->until_s : 86400));
    CHECK(X509_set_pubkey(certificate, key) == 1);
    set_subject(certificate, options);
    CHECK(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1);
    add_purpose(certificate, issuer, options);
    CHECK(X509_sign(certificate, issuer_key,
                    options->strength == KIT_SHA1 ? EVP_sha1() : EVP_sha256()) > 0);
    return certificate;
}

static FILE *create(const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(file >= 0);
    FILE *stream = fdopen(file, "w");
    CHECK(stream);
    return stream;
}

struct kit_certificate kit_certificate_make(const char *dir,
                                            const struct kit_certificate_options *options)
{
    struct kit_certificate made = {0};
    (void)snprintf(made.path, sizeof made.path, "%s/%s.pem", dir, options->name);
    (void)snprintf(made.key_path, sizeof made.key_path, "%s/%s.key", dir, options->name);
    made.key = options->strength == KIT_SHORT_KEY ? EVP_RSA_gen(1024) : EVP_EC_gen("P-256");
    CHECK(made.key);
    made.certificate = sign(made.key, options);
    FILE *file = create(made.path);
    CHECK(PEM_write_X509(file, made.certificate) == 1);
    CHECK(fclose(file) == 0);
    file = create(made.key_path);
    CHECK(PEM_write_PrivateKey(file, made.key, NULL, NULL, 0, NULL, NULL) == 1);
    CHECK(fclose(file) == 0);
    return made;
}

void kit_certificate_done(struct kit_certificate *certificate)
{
    X509_free(certificate->certificate);
    EVP_PKEY_free(certificate->key);
    *certificate = (struct kit_certificate){0};
}

static void add_revoked(X509_CRL *list, const struct kit_certificate *revoked)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_TIME *now = X509_gmtime_adj(NULL, -60);
    CHECK(entry && now);
    CHECK(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked->certificate)) == 1);
    CHECK(X509_REVOKED_set_revocationDate(entry, now) == 1);
    CHECK(X509_CRL_add0_revoked(list, entry) == 1);
    ASN1_TIME_free(now);
}

void kit_certificate_list(const char *dir, const char *name,
                          const struct kit_certificate *authority,
                          const struct kit_certificate *revoked, int64_t until_s, char path[128])
{
    X509_CRL *list = X509_CRL_new();
    ASN1_TIME *from = X509_gmtime_adj(NULL, -7200);
    ASN1_TIME *until = X509_gmtime_adj(NULL, until_s);
    CHECK(list && from && until);
    CHECK(X509_CRL_set_version(list, X509_CRL_VERSION_2) == 1);
    CHECK(X509_CRL_set_issuer_name(list, X509_get_subject_name(authority->certificate)) == 1);
    CHECK(X509_CRL_set1_lastUpdate(list, from) == 1);
    CHECK(X509_CRL_set1_nextUpdate(list, until) == 1);
    if (revoked) {
        add_revoked(list, revoked);
    }
    CHECK(X509_CRL_sort(list) == 1);
    CHECK(X509_CRL_sign(list, authority->key, EVP_sha256()) > 0);
    (void)snprintf(path, 128, "%s/%s", dir, name);
    FILE *file = fopen(path, "a");
    CHECK(file);
    CHECK(PEM_write_X509_CRL(file, list) == 1);
    CHECK(fclose(file) == 0);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    X509_CRL_free(list);
}

struct cord_tls *kit_certificate_server(const struct kit_certificate *own,
                                        const struct kit_certificate *client_ca, bool required)
{
    struct cord_error err = {0};
    struct cord_tls *tls = NULL;
    struct cord_tls_options options = {
        .certificate = own->path,
        .key = own->key_path,
        .client_ca = client_ca ? client_ca->path : NULL,
        .client_required = required,
    };
    if (cord_tls_new(&options, &tls, &err) != CORD_OK) {
        print_error("%s\n", err.text);
        fail();
    }
    return tls;
}

/* --- a client --- */

struct kit_tls_client kit_tls_client_new(const struct kit_certificate *authority,
                                         const struct kit_certificate *own)
{
    struct kit_tls_client client = {.context = SSL_CTX_new(TLS_client_method()), .file = -1};
    CHECK(client.context);
    CHECK(X509_STORE_add_cert(SSL_CTX_get_cert_store(client.context), authority->certificate) == 1);
    SSL_CTX_set_verify(client.context, SSL_VERIFY_PEER, NULL);
    if (own) {
        SSL_CTX_set_security_level(client.context, 0); /* shows a weak one, too */
        CHECK(SSL_CTX_use_certificate(client.context, own->certificate) == 1);
        CHECK(SSL_CTX_use_PrivateKey(client.context, own->key) == 1);
    }
    return client;
}

enum step { SHAKE, SEND, RECEIVE };

struct stepping {
    struct kit_tls_client *client;
    enum step step;
    cord_str bytes;
    char *into;
    size_t room;
    size_t len;
    bool failed;
};

static bool step_failed(struct stepping *stepping, int result)
{
    struct kit_tls_client *client = stepping->client;
    int error = SSL_get_error(client->ssl, result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        return false;
    }
    const char *reason = ERR_reason_error_string(ERR_peek_error());
    (void)snprintf(client->error, sizeof client->error, "%s",
                   error == SSL_ERROR_ZERO_RETURN ? "closed"
                   : reason                       ? reason
                                                  : "connection lost");
    stepping->failed = true;
    return true;
}

static bool step_on(void *self)
{
    struct stepping *stepping = self;
    SSL *ssl = stepping->client->ssl;
    ERR_clear_error();
    if (stepping->step == SHAKE) {
        int result = SSL_connect(ssl);
        return result == 1 || step_failed(stepping, result);
    }
    while (stepping->step == SEND && stepping->bytes.len > 0) {
        size_t put = 0;
        if (SSL_write_ex(ssl, stepping->bytes.ptr, stepping->bytes.len, &put) != 1) {
            return step_failed(stepping, 0);
        }
        stepping->bytes = cord_str_from_byte(stepping->bytes, put);
    }
    while (stepping->step == RECEIVE && stepping->len < stepping->room) {
        size_t got = 0;
        if (SSL_read_ex(ssl, stepping->into + stepping->len, stepping->room - stepping->len,
                        &got) != 1) {
            return step_failed(stepping, 0);
        }
        stepping->len += got;
    }
    return true;
}

bool kit_tls_client_connect(struct kit_tls_client *client, struct cord_loop *loop, uint16_t port)
{
    return kit_tls_client_connect_again(client, loop, port, NULL);
}

bool kit_tls_client_connect_again(struct kit_tls_client *client, struct cord_loop *loop,
                                  uint16_t port, SSL_SESSION *session)
{
    struct stepping stepping = {.client = client, .step = SHAKE};
    client->file = kit_loop_connect(port);
    CHECK(fcntl(client->file, F_SETFL, O_NONBLOCK) == 0);
    client->ssl = SSL_new(client->context);
    CHECK(client->ssl);
    CHECK(SSL_set_fd(client->ssl, client->file) == 1);
    CHECK(!session || SSL_set_session(client->ssl, session) == 1);
    (void)SSL_set_mode(client->ssl,
                       SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    kit_loop_until(loop, step_on, &stepping);
    return !stepping.failed;
}

bool kit_tls_client_send(struct kit_tls_client *client, struct cord_loop *loop, cord_str bytes)
{
    struct stepping stepping = {.client = client, .step = SEND, .bytes = bytes};
    kit_loop_until(loop, step_on, &stepping);
    return !stepping.failed;
}

size_t kit_tls_client_receive(struct kit_tls_client *client, struct cord_loop *loop, char *into,
                              size_t len)
{
    struct stepping stepping = {.client = client, .step = RECEIVE, .into = into, .room = len};
    kit_loop_until(loop, step_on, &stepping);
    return stepping.len;
}

void kit_tls_client_done(struct kit_tls_client *client)
{
    SSL_free(client->ssl);
    SSL_CTX_free(client->context);
    if (client->file >= 0) {
        close(client->file);
    }
    *client = (struct kit_tls_client){.file = -1};
}
