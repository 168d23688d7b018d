#include "comms/endpoint.h"
#include "kit/kit.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static void reads_addresses_with_ports(void)
{
    static const struct {
        const char *text;
        const char *printed; /* NULL: refused */
        bool v6;
    } cases[] = {
        {"0.0.0.0:6514", "0.0.0.0:6514", false},
        {"127.0.0.1:0", "127.0.0.1:0", false},
        {"255.255.255.255:65535", "255.255.255.255:65535", false},
        {"[::]:514", "[::]:514", true},
        {"[2001:DB8::1]:80", "[2001:db8::1]:80", true},
        {"[::ffff:10.0.0.1]:80", "10.0.0.1:80", true},
        {"127.0.0.1:00080", "127.0.0.1:80", false},
        {"", NULL, false},
        {":", NULL, false},
        {":80", NULL, false},
        {"127.0.0.1", NULL, false},
        {"127.0.0.1:", NULL, false},
        {"127.0.0.1:65536", NULL, false},
        {"127.0.0.1:-1", NULL, false},
        {"127.0.0.1:+1", NULL, false},
        {"127.0.0.1: 1", NULL, false},
        {"127.0.0.1:000080", NULL, false},
        {"127.0.0:80", NULL, false},
        {"127.0.0.256:80", NULL, false},
        {"localhost:80", NULL, false},
        {"::1:80", NULL, false},
        {"[::1]", NULL, false},
        {"[::1]80", NULL, false},
        {"[127.0.0.1]:80", NULL, false},
        {"[::1:80", NULL, false},
        {"[fe80::1%eth0]:80", NULL, false},
        {"[", NULL, false},
        {"[]:80", NULL, false},
    };
    for (size_t at = 0; at < sizeof cases / sizeof cases[0]; at++) {
        struct cord_endpoint endpoint;
        struct cord_error err = {0};
        char text[CORD_ENDPOINT_TEXT];
        cord_status status = cord_endpoint_parse(cord_str_from(cases[at].text), &endpoint, &err);
        if (!cases[at].printed) {
            CHECK(status == CORD_E_FORMAT);
            CHECK(strstr(err.text, "like"));
            continue;
        }
        CHECK(status == CORD_OK);
        CHECK(endpoint.v6 == cases[at].v6);
        CHECK(cord_endpoint_print(&endpoint, text) == strlen(cases[at].printed));
        CHECK_STR_EQ(cord_str_from(text), cord_str_from(cases[at].printed));
    }
}

static void prints_the_longest(void)
{
    struct cord_endpoint endpoint = {.port = 65535, .v6 = true};
    char text[CORD_ENDPOINT_TEXT];
    memset(endpoint.address, 0xff, 16);
    CHECK(cord_endpoint_print(&endpoint, text) == 47);
    CHECK_STR(cord_str_from(text), "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
}

static void refuses_text_with_zeros(void)
{
    struct cord_endpoint endpoint;
    CHECK(cord_endpoint_parse(CORD_STR("127.0.0.1\0:80"), &endpoint, NULL) == CORD_E_FORMAT);
    CHECK(cord_endpoint_parse(CORD_STR("127.0.0.1:80\0"), &endpoint, NULL) == CORD_E_FORMAT);
}

static void reads_what_the_kernel_says(void)
{
    struct sockaddr_storage name = {0};
    struct cord_endpoint endpoint;
    char text[CORD_ENDPOINT_TEXT];
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(7)};
    CHECK(inet_pton(AF_INET, "10.2.3.4", &v4.sin_addr) == 1);
    memcpy(&name, &v4, sizeof v4);
    cord_endpoint_from(&name, &endpoint);
    (void)cord_endpoint_print(&endpoint, text);
    CHECK_STR(cord_str_from(text), "10.2.3.4:7");
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(8)};
    CHECK(inet_pton(AF_INET6, "2001:db8::9", &v6.sin6_addr) == 1);
    memcpy(&name, &v6, sizeof v6);
    cord_endpoint_from(&name, &endpoint);
    (void)cord_endpoint_print(&endpoint, text);
    CHECK_STR(cord_str_from(text), "[2001:db8::9]:8");
    name.ss_family = AF_UNIX;
    cord_endpoint_from(&name, &endpoint);
    CHECK(endpoint.port == 0 && endpoint.address[0] == 0);
}

/* Both kinds: another program's port is not shared, though both would. */
static void shares_a_port_with_itself_only(void)
{
    const int kinds[] = {SOCK_STREAM, SOCK_DGRAM};
    for (size_t at = 0; at < 2; at++) {
        struct cord_endpoint endpoint;
        struct cord_error err = {0};
        int files[3] = {-1, -1, -1};
        CHECK(cord_endpoint_parse(CORD_STR("127.0.0.1:0"), &endpoint, NULL) == CORD_OK);
        CHECK(cord_endpoint_bind_first(&endpoint, kinds[at], &files[0], &err) == CORD_OK);
        CHECK(endpoint.port > 0);
        CHECK(kinds[at] == SOCK_DGRAM || listen(files[0], 1) == 0);
        CHECK(fcntl(files[0], F_GETFL) & O_NONBLOCK);
        CHECK(fcntl(files[0], F_GETFD) & FD_CLOEXEC);
        CHECK(cord_endpoint_bind(&endpoint, kinds[at], true, &files[1], &err) == CORD_OK);
        CHECK(cord_endpoint_bind_first(&endpoint, kinds[at], &files[2], &err) == CORD_E_IO);
        CHECK(strstr(err.text, "in use by another program"));
        CHECK(files[2] == -1);
        close(files[0]);
        close(files[1]);
    }
}

KIT_MAIN(KIT_TEST(reads_addresses_with_ports), KIT_TEST(prints_the_longest),
         KIT_TEST(refuses_text_with_zeros), KIT_TEST(reads_what_the_kernel_says),
         KIT_TEST(shares_a_port_with_itself_only))
