/* server_restart.c: what a reload leaves as it is, told to the log key by key: an operator who
 * changed it must not think that it is in force. */
#include "wire/server_internal.h"

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++) {
        if (strcmp(name, *names) == 0) {
            return true;
        }
    }
    return false;
}

static void tell(const struct cord_server *server, const char *list, cord_str name, const char *key)
{
    cord_log_warn(server->options.log, "server.restart_needed", CORD_KV_TEXT("list", list),
                  CORD_KV_STR("name", name), CORD_KV_TEXT("key", key));
}

static void compare_keys(const struct cord_server *server, const struct cord_config *config)
{
    static const char *const reloaded[] = {"rules",   "placeholders", "pipelines",
                                           "service", "marking",      NULL};
    for (const struct cord_option *row = cord_config_options; row->kind != CORD_OPTION_KIND_END;
         row++) {
        if (!is_one_of(row->name, reloaded) && !cord_option_is_same(row, server->config, config)) {
            cord_log_warn(server->options.log, "server.restart_needed",
                          CORD_KV_TEXT("key", row->name));
        }
    }
}

/* --- listeners --- */

static const struct cord_config_listener *find(const struct cord_config *config, cord_str name)
{
    for (size_t i = 0; i < config->listener_count; i++) {
        if (cord_str_eq(config->listeners[i].name, name)) {
            return &config->listeners[i];
        }
    }
    return NULL;
}

/* Certificates are read again; that there are any at all is for a restart. */
static void compare_listener(const struct cord_server *server,
                             const struct cord_config_listener *before,
                             const struct cord_config_listener *now)
{
    static const char *const reloaded[] = {"certificate",     "key", "client_ca",
                                           "client_required", "crl", NULL};
    if ((before->certificate.len > 0) != (now->certificate.len > 0)) {
        tell(server, "listeners", before->name, "certificate");
    }
    for (const struct cord_option *row = cord_config_listener_options;
         row->kind != CORD_OPTION_KIND_END; row++) {
        if (!is_one_of(row->name, reloaded) && !cord_option_is_same(row, before, now)) {
            tell(server, "listeners", before->name, row->name);
        }
    }
}

static void compare_listeners(const struct cord_server *server, const struct cord_config *config)
{
    for (size_t i = 0; i < server->config->listener_count; i++) {
        const struct cord_config_listener *before = &server->config->listeners[i];
        const struct cord_config_listener *now = find(config, before->name);
        if (now) {
            compare_listener(server, before, now);
        } else {
            tell(server, "listeners", before->name, "name"); /* it goes on listening */
        }
    }
    for (size_t i = 0; i < config->listener_count; i++) {
        if (!find(server->config, config->listeners[i].name)) {
            tell(server, "listeners", config->listeners[i].name, "name");
        }
    }
}

/* --- files --- */

static bool is_same_file(const struct cord_config_file *one, const struct cord_config_file *other)
{
    return one->kind == other->kind && one->from == other->from &&
           cord_str_eq(one->path, other->path) && cord_str_eq(one->source, other->source);
}

static void compare_files(const struct cord_server *server, const struct cord_config *config)
{
    bool same = server->config->file_count == config->file_count;
    for (size_t i = 0; same && i < config->file_count; i++) {
        same = is_same_file(&server->config->files[i], &config->files[i]);
    }
    if (!same) {
        cord_log_warn(server->options.log, "server.restart_needed", CORD_KV_TEXT("list", "files"));
    }
}

void cord_server_restart_tell(const struct cord_server *server, const struct cord_config *config)
{
    compare_keys(server, config);
    compare_listeners(server, config);
    compare_files(server, config);
}
