/* endpoint.c: see endpoint.h. */
#include "comms/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static bool parse_port(cord_str text, uint16_t *ret_port)
{
    uint64_t port;
    if (text.len > 5 || !cord_str_u64(text, &port) || port > UINT16_MAX) {
        return false;
    }
    *ret_port = (uint16_t)port;
    return true;
}

static bool parse_address(cord_str text, bool v6, unsigned char ret_address[16])
{
    char copy[INET6_ADDRSTRLEN];
    if (text.len == 0 || text.len >= sizeof copy || memchr(text.ptr, '\0', text.len)) {
        return false;
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    if (v6) {
        return inet_pton(AF_INET6, copy, ret_address) == 1;
    }
    memset(ret_address, 0, 10);
    memset(ret_address + 10, 0xff, 2);
    return inet_pton(AF_INET, copy, ret_address + 12) == 1;
}

cord_status cord_endpoint_parse(cord_str text, struct cord_endpoint *ret_endpoint,
                                struct cord_error *err)
{
    struct cord_endpoint endpoint = {0};
    endpoint.v6 = text.len > 0 && text.ptr[0] == '[';
    cord_str address = cord_str_from_byte(text, endpoint.v6 ? 1 : 0);
    size_t end = cord_str_find(address, endpoint.v6 ? CORD_STR("]:") : CORD_STR(":"), 0);
    if (end == SIZE_MAX ||
        !parse_port(cord_str_from_byte(address, end + (endpoint.v6 ? 2 : 1)), &endpoint.port) ||
        !parse_address(cord_str_slice(address, 0, end), endpoint.v6, endpoint.address)) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "\"%.*s\" is no address with a port, like 0.0.0.0:6514 or [::]:6514",
                              (int)(text.len < 100 ? text.len : 100), text.len > 0 ? text.ptr : "");
    }
    *ret_endpoint = endpoint;
    return CORD_OK;
}

static bool is_mapped(const unsigned char address[16])
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    return memcmp(address, mapped, sizeof mapped) == 0;
}

size_t cord_endpoint_print(const struct cord_endpoint *endpoint, char text[CORD_ENDPOINT_TEXT])
{
    char address[INET6_ADDRSTRLEN] = "";
    bool v4 = is_mapped(endpoint->address);
    const unsigned char *bytes = endpoint->address + (v4 ? 12 : 0);
    (void)inet_ntop(v4 ? AF_INET : AF_INET6, bytes, address, sizeof address);
    int len = snprintf(text, CORD_ENDPOINT_TEXT, v4 ? "%s:%u" : "[%s]:%u", address,
                       (unsigned)endpoint->port);
    return len > 0 ? (size_t)len : 0;
}

void cord_endpoint_from(const struct sockaddr_storage *name, struct cord_endpoint *ret_endpoint)
{
    *ret_endpoint = (struct cord_endpoint){0};
    if (name->ss_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, name, sizeof v4);
        memset(ret_endpoint->address + 10, 0xff, 2);
        memcpy(ret_endpoint->address + 12, &v4.sin_addr, 4);
        ret_endpoint->port = ntohs(v4.sin_port);
    } else if (name->ss_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, name, sizeof v6);
        memcpy(ret_endpoint->address, &v6.sin6_addr, 16);
        ret_endpoint->port = ntohs(v6.sin6_port);
        ret_endpoint->v6 = true;
    }
}

static socklen_t to_name(const struct cord_endpoint *endpoint, struct sockaddr_storage *name)
{
    *name = (struct sockaddr_storage){0};
    if (endpoint->v6) {
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(endpoint->port)};
        memcpy(&v6.sin6_addr, endpoint->address, 16);
        memcpy(name, &v6, sizeof v6);
        return sizeof v6;
    }
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(endpoint->port)};
    memcpy(&v4.sin_addr, endpoint->address + 12, 4);
    memcpy(name, &v4, sizeof v4);
    return sizeof v4;
}

static cord_status bind_error(const struct cord_endpoint *endpoint, int kind,
                              struct cord_error *err)
{
    char text[CORD_ENDPOINT_TEXT];
    int error = errno;
    (void)cord_endpoint_print(endpoint, text);
    const char *what = kind == SOCK_STREAM ? "TCP" : "UDP";
    if (error == EADDRINUSE) {
        return cord_error_set(err, CORD_E_IO, "%s %s is in use by another program", what, text);
    }
    if (error == EACCES && endpoint->port > 0 && endpoint->port < 1024) {
        return cord_error_set(err, CORD_E_IO,
                              "%s %s: permission denied: ports below 1024 need root, or the "
                              "capability CAP_NET_BIND_SERVICE",
                              what, text);
    }
    if (error == EADDRNOTAVAIL) {
        return cord_error_set(err, CORD_E_IO, "%s %s: this machine has no such address", what,
                              text);
    }
    errno = error;
    return cord_error_errno(err, "%s %s", what, text);
}

static bool set_on(int socket_file, int level, int option, int value)
{
    return setsockopt(socket_file, level, option, &value, sizeof value) == 0;
}

cord_status cord_endpoint_bind(const struct cord_endpoint *endpoint, int kind, bool shared,
                               int *ret_socket, struct cord_error *err)
{
    struct sockaddr_storage name;
    socklen_t len = to_name(endpoint, &name);
    int file = socket(name.ss_family, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (file < 0) {
        return bind_error(endpoint, kind, err);
    }
    /* SO_REUSEADDR lets a port be taken again soon after a restart; with UDP it
     * would let two programs have it at once. */
    bool ready = (kind != SOCK_STREAM || set_on(file, SOL_SOCKET, SO_REUSEADDR, 1)) &&
                 (!shared || set_on(file, SOL_SOCKET, SO_REUSEPORT, 1)) &&
                 (!endpoint->v6 || set_on(file, IPPROTO_IPV6, IPV6_V6ONLY, 0));
    if (!ready || bind(file, (struct sockaddr *)&name, len) != 0) {
        cord_status status = bind_error(endpoint, kind, err);
        close(file);
        return status;
    }
    *ret_socket = file;
    return CORD_OK;
}

cord_status cord_endpoint_bind_first(struct cord_endpoint *endpoint, int kind, int *ret_socket,
                                     struct cord_error *err)
{
    int file = -1;
    if (endpoint->port != 0) {
        /* One that would not share is refused when anybody listens. */
        cord_status probe = cord_endpoint_bind(endpoint, kind, false, &file, err);
        if (probe != CORD_OK) {
            return probe;
        }
        close(file);
    }
    cord_status status = cord_endpoint_bind(endpoint, kind, true, &file, err);
    if (status != CORD_OK) {
        return status;
    }
    struct sockaddr_storage name = {0};
    socklen_t len = sizeof name;
    if (getsockname(file, (struct sockaddr *)&name, &len) != 0) {
        status = cord_error_errno(err, "getsockname");
        close(file);
        return status;
    }
    struct cord_endpoint bound;
    cord_endpoint_from(&name, &bound);
    endpoint->port = bound.port;
    *ret_socket = file;
    return CORD_OK;
}
