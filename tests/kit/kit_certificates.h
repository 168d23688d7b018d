/*
 * kit_certificates.h: authorities, certificates and keys, made by the test.
 *
 * PEM files in a folder of their own, so that they can be named in options.
 * Keys are P-256: quickly made.
 */
#ifndef CORD_TESTS_KIT_CERTIFICATES_H
#define CORD_TESTS_KIT_CERTIFICATES_H

#include "comms/loop.h"
#include "comms/tls.h"
#include "kit/kit.h"

#include <openssl/ssl.h>

/* A folder in the temporary one; _free removes it and what it holds. */
char *kit_certificates_new(void);
void kit_certificates_free(char *dir);

enum kit_certificate_kind { KIT_AUTHORITY, KIT_SERVER, KIT_CLIENT };

struct kit_certificate {
    char path[128];
    char key_path[128]; /* readable by its owner only */
    X509 *certificate;
    EVP_PKEY *key;
};

enum kit_certificate_strength { KIT_STRONG, KIT_SHA1, KIT_SHORT_KEY };

struct kit_certificate_options {
    const char *name; /* of the files ("NAME.pem", "NAME.key") and its common name */
    const char *dns;  /* its DNS name; NULL: none */
    enum kit_certificate_kind kind;
    const struct kit_certificate *issuer; /* NULL: signs itself */
    int64_t from_s;                       /* counted from now; 0: an hour ago */
    int64_t until_s;                      /* counted from now; 0: in a day */
    enum kit_certificate_strength strength;
};

/* Lives until kit_certificate_done; the files until the folder goes. */
struct kit_certificate kit_certificate_make(const char *dir,
                                            const struct kit_certificate_options *options);
void kit_certificate_done(struct kit_certificate *certificate);

/* Appends to the PEM file dir/NAME a list by `authority` that revokes `revoked` (NULL: nobody)
 * and is to be replaced in so many seconds from now; its path into `path`. */
void kit_certificate_list(const char *dir, const char *name,
                          const struct kit_certificate *authority,
                          const struct kit_certificate *revoked, int64_t until_s, char path[128]);

/* A TLS context of a server that shows `own` and asks for certificates of
 * client_ca (NULL: does not ask); fails the test when there is none. */
struct cord_tls *kit_certificate_server(const struct kit_certificate *own,
                                        const struct kit_certificate *client_ca, bool required);

/* --- a client over OpenSSL, in the thread that turns the loop --- */

struct kit_tls_client {
    SSL_CTX *context;
    SSL *ssl;
    int file;
    char error[256]; /* why it failed */
};

/* Trusts authority; shows `own` if that is not NULL. Not connected yet: its
 * context may be changed before. */
struct kit_tls_client kit_tls_client_new(const struct kit_certificate *authority,
                                         const struct kit_certificate *own);
/* Connects to 127.0.0.1 and shakes hands. With TLS 1.3 a server refuses a
 * client's certificate only after this: the first read tells. */
bool kit_tls_client_connect(struct kit_tls_client *client, struct cord_loop *loop, uint16_t port);
/* The same, with the session of an earlier connection. */
bool kit_tls_client_connect_again(struct kit_tls_client *client, struct cord_loop *loop,
                                  uint16_t port, SSL_SESSION *session);
bool kit_tls_client_send(struct kit_tls_client *client, struct cord_loop *loop, cord_str bytes);
/* len bytes, or less when the server closes or refuses before: see error. */
size_t kit_tls_client_receive(struct kit_tls_client *client, struct cord_loop *loop, char *into,
                              size_t len);
void kit_tls_client_done(struct kit_tls_client *client);

#endif
