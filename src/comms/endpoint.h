/*
 * endpoint.h: an address with a port, as text and as the kernel has it.
 *
 * Addresses only: names would have to be looked up, and that waits. "[::]"
 * stands for all addresses, IPv4 too. Any thread.
 */
#ifndef CORD_COMMS_ENDPOINT_H
#define CORD_COMMS_ENDPOINT_H

#include "base/error.h"
#include "base/str.h"

#include <netinet/in.h>

struct cord_endpoint {
    unsigned char address[16]; /* IPv4 mapped */
    uint16_t port;
    bool v6; /* written as IPv6, so it takes an IPv6 socket */
};

/* "[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]:65535" and its end. */
#define CORD_ENDPOINT_TEXT 64

/* "127.0.0.1:5140", "[2001:db8::1]:0": an address alone, or a name, is not
 * enough. CORD_E_FORMAT: err shows the text and what it ought to be like. */
CORD_MUST_USE cord_status cord_endpoint_parse(cord_str text, struct cord_endpoint *ret_endpoint,
                                              struct cord_error *err);

/* IPv4 as "1.2.3.4:5", however it came. Returns the length. */
size_t cord_endpoint_print(const struct cord_endpoint *endpoint, char text[CORD_ENDPOINT_TEXT]);

/* From what the kernel says of a peer; other families are all zeros. */
void cord_endpoint_from(const struct sockaddr_storage *name, struct cord_endpoint *ret_endpoint);

/* A bound socket, non-blocking and close-on-exec, of SOCK_STREAM or SOCK_DGRAM.
 * `shared`: others of this process may bind the same (SO_REUSEPORT). err says
 * what stands in the way. */
CORD_MUST_USE cord_status cord_endpoint_bind(const struct cord_endpoint *endpoint, int kind,
                                             bool shared, int *ret_socket, struct cord_error *err);

/* The first of several sockets that will share a port: fails when another
 * process has it, though that one would share. Port 0 becomes the one given. */
CORD_MUST_USE cord_status cord_endpoint_bind_first(struct cord_endpoint *endpoint, int kind,
                                                   int *ret_socket, struct cord_error *err);

#endif
