/*
 * remote.h: asking a server elsewhere, by its API and a token.
 */
#ifndef CORD_CMD_REMOTE_H
#define CORD_CMD_REMOTE_H

#include "base/option.h"
#include "cmd/command.h"

struct remote_config {
    cord_str server;     /* "https://cordon.example:8443"; ptr NULL: nobody is asked */
    cord_str token_file; /* the token, and nothing else */
    cord_str
        ca_file; /* PEM: who signs the server's certificate; ptr NULL: whom the system trusts */
};

/* Rows for a command's options; its configuration has members of these names. */
#define REMOTE_OPTIONS(type)                                                                       \
    CORD_OPTION_HEADING("A server elsewhere"),                                                     \
        CORD_OPTION_TEXT(type, server, NULL,                                                       \
                         "ask this server instead, by its API; prints a JSON object a line",       \
                         .argument = "URL"),                                                       \
        CORD_OPTION_TEXT(type, token_file, NULL, "file of the API token", .argument = "FILE"),     \
        CORD_OPTION_TEXT(type, ca_file, NULL,                                                      \
                         "PEM file of who signs the server's certificate; whom the system trusts", \
                         .argument = "FILE")

/* One parameter; value ptr NULL: left out. */
struct remote_parameter {
    const char *name;
    cord_str value;
};

/* Prints all items of all pages of a list ("/sources"), a line each. Parameters end with a row
 * without a name. Returns an exit code; says what is wrong on standard error. */
int remote_list(const struct command *command, const struct remote_config *config, const char *path,
                const struct remote_parameter *parameters);

#endif
