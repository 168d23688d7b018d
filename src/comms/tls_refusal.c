/* tls_refusal.c: see tls_refusal.h. */
#include "comms/tls_refusal.h"

#include "comms/tls_internal.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

static const char *const names[CORD_TLS_REFUSAL_COUNT] = {
    [CORD_TLS_REFUSAL_OTHER] = "other",
    [CORD_TLS_REFUSAL_MALFORMED] = "malformed",
    [CORD_TLS_REFUSAL_OLD] = "old",
    [CORD_TLS_REFUSAL_TIMEOUT] = "timeout",
    [CORD_TLS_REFUSAL_LEFT] = "left",
    [CORD_TLS_REFUSAL_ALERT] = "alert",
    [CORD_TLS_REFUSAL_NONE] = "no_certificate",
    [CORD_TLS_REFUSAL_EXPIRED] = "expired",
    [CORD_TLS_REFUSAL_EARLY] = "not_yet_valid",
    [CORD_TLS_REFUSAL_AUTHORITY] = "unknown_authority",
    [CORD_TLS_REFUSAL_REVOKED] = "revoked",
    [CORD_TLS_REFUSAL_UNLISTED] = "no_crl",
    [CORD_TLS_REFUSAL_WEAK] = "weak",
    [CORD_TLS_REFUSAL_PURPOSE] = "purpose",
    [CORD_TLS_REFUSAL_INVALID] = "invalid",
};

const char *cord_tls_refusal_name(enum cord_tls_refusal refusal)
{
    return (unsigned)refusal < CORD_TLS_REFUSAL_COUNT ? names[refusal] : names[0];
}

static enum cord_tls_refusal of_verdict(long verdict)
{
    switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return CORD_TLS_REFUSAL_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return CORD_TLS_REFUSAL_EARLY;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_CERT_UNTRUSTED:
        return CORD_TLS_REFUSAL_AUTHORITY;
    case X509_V_ERR_CERT_REVOKED:
        return CORD_TLS_REFUSAL_REVOKED;
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE:
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
    case X509_V_ERR_DIFFERENT_CRL_SCOPE:
    case X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION:
        return CORD_TLS_REFUSAL_UNLISTED;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
        return CORD_TLS_REFUSAL_WEAK;
    case X509_V_ERR_INVALID_PURPOSE:
        return CORD_TLS_REFUSAL_PURPOSE;
    default:
        return CORD_TLS_REFUSAL_INVALID;
    }
}

static enum cord_tls_refusal of_reason(int reason)
{
    switch (reason) {
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        return CORD_TLS_REFUSAL_NONE;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_GROUPS:
    case SSL_R_WRONG_SIGNATURE_TYPE:
        return CORD_TLS_REFUSAL_OLD;
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
        return CORD_TLS_REFUSAL_LEFT;
    default:
        return reason >= SSL_AD_REASON_OFFSET ? CORD_TLS_REFUSAL_ALERT : CORD_TLS_REFUSAL_MALFORMED;
    }
}

enum cord_tls_refusal cord_tls_refusal_read(const SSL *ssl, unsigned long code,
                                            struct cord_error *err)
{
    long verdict = SSL_get_verify_result(ssl);
    if (verdict != X509_V_OK) {
        (void)cord_error_set(err, CORD_E_FORMAT, "client certificate refused: %s",
                             X509_verify_cert_error_string(verdict));
        return of_verdict(verdict);
    }
    const char *reason = ERR_reason_error_string(code);
    (void)cord_error_set(err, CORD_E_IO, "TLS: %s", reason ? reason : "failed");
    int number = ERR_GET_REASON(code);
    bool theirs = ERR_GET_LIB(code) == ERR_LIB_SSL && (number & ERR_R_FATAL) != ERR_R_FATAL;
    return theirs ? of_reason(number) : CORD_TLS_REFUSAL_OTHER;
}
