/* main.c: cordon: the subcommands and what they share on the command line. */
#include "cmd/command.h"

#include "api/api_openapi.h"
#include "base/option_help.h"
#include "normalise/decoder.h"
#include "wire/config.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const struct command *const commands[] = {
    &command_scan,     &command_check,
    &command_evidence, &command_hunt,
    &command_serve,    &command_findings,
    &command_sources,  &command_organisations,
    &command_record,   &command_replay,
    &command_demo,     &command_figures,
    &command_admin,    NULL,
};

enum { HELP_BYTES_MAX = 1 << 20 };

static unsigned columns(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) {
        return size.ws_col < 110 ? size.ws_col : 110;
    }
    return 80;
}

int command_error(const struct command *command, const char *text)
{
    (void)fprintf(stderr, "cordon %s: %s\n", command->name, text);
    return COMMAND_USAGE;
}

void command_notes(const struct command *command, cord_str notes)
{
    cord_str line;
    while (notes.len > 0 && cord_str_cut(&notes, '\n', &line)) {
        (void)fprintf(stderr, "cordon %s: note: %.*s\n", command->name, CORD_STR_ARG(line));
    }
}

const struct cord_format *command_format(const struct command *command, cord_str name)
{
    const struct cord_format *format = cord_decoder_by_name(name);
    if (!format) {
        (void)fprintf(stderr, "cordon %s: no format '%.*s'; there are:", command->name,
                      CORD_STR_ARG(name));
        for (size_t i = 0; cord_decoder_formats[i]; i++) {
            (void)fprintf(stderr, " %s", cord_decoder_formats[i]->name);
        }
        (void)fputc('\n', stderr);
    }
    return format;
}

int command_usage(const struct command *command, const char *text)
{
    (void)command_error(command, text);
    (void)fprintf(stderr, "Try 'cordon %s --help'.\n", command->name);
    return COMMAND_USAGE;
}

int command_no_action(const struct command *command, cord_str name,
                      const struct cord_nearest *nearest)
{
    char text[256];
    cord_str near = cord_nearest_found(nearest);
    (void)snprintf(text, sizeof text, "no action '%.*s'%s%.*s%s", CORD_STR_ARG(name),
                   near.ptr ? ", did you mean '" : "", CORD_STR_ARG(near), near.ptr ? "'?" : "");
    return command_usage(command, text);
}

static void print_not_signed(void *self, uint64_t claims, const struct cord_error *err)
{
    const struct command *const *command = self;
    (void)fprintf(stderr,
                  "cordon %s: the claims are recorded, but the last %" PRIu64
                  " are not signed: %s; whatever writes next tries again\n",
                  (*command)->name, claims, err->text);
}

struct cord_record_unsigned command_not_signed(const struct command **command)
{
    return (struct cord_record_unsigned){print_not_signed, command};
}

void command_help(const struct command *command)
{
    struct cord_buf out;
    cord_buf_init(&out, HELP_BYTES_MAX);
    cord_buf_printf(&out, "Usage: cordon %s [OPTION]... %s\n%s\n\n%s\n", command->name,
                    command->operands, command->summary, command->help);
    cord_option_help_print(command->options, columns(), &out);
    (void)fwrite(out.ptr, 1, out.len, stdout);
    cord_buf_done(&out);
}

static bool wants_help(const struct cord_option *options, const void *config)
{
    for (; options->kind != CORD_OPTION_KIND_END; options++) {
        if (options->kind == CORD_OPTION_KIND_FLAG && strcmp(options->name, "help") == 0) {
            return *(const bool *)((const char *)config + options->offset);
        }
    }
    return false;
}

int command_end(const struct command *command, int code)
{
    struct cord_error err = {""};
    if (code != COMMAND_DONE || fflush(stdout) == 0) {
        return code;
    }
    (void)cord_error_errno(&err, "write");
    (void)command_error(command, err.text);
    return COMMAND_UNREADABLE;
}

int command_begin(const struct command *command, int argc, char **argv, struct cord_arena *arena,
                  void *config, struct cord_option_list *ret_operands)
{
    struct cord_error err = {""};
    if (!arena) {
        (void)command_error(command, "out of memory");
        return COMMAND_UNREADABLE;
    }
    cord_option_defaults(command->options, config);
    if (cord_option_parse(command->options, argc, argv, arena, config, ret_operands, &err) !=
        CORD_OK) {
        return command_usage(command, err.text);
    }
    if (wants_help(command->options, config)) {
        command_help(command);
        return COMMAND_DONE;
    }
    return COMMAND_BEGUN;
}

static const struct command *find(const char *name)
{
    for (size_t i = 0; commands[i]; i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

static int unknown(const char *name)
{
    struct cord_nearest nearest;
    cord_nearest_init(&nearest, cord_str_from(name));
    for (size_t i = 0; commands[i]; i++) {
        cord_nearest_offer(&nearest, cord_str_from(commands[i]->name));
    }
    cord_str near = cord_nearest_found(&nearest);
    (void)fprintf(stderr, "cordon: no command '%s'%s%.*s%s; 'cordon help' lists them\n", name,
                  near.ptr ? ", did you mean '" : "", CORD_STR_ARG(near), near.ptr ? "'" : "");
    return COMMAND_USAGE;
}

static int help(void)
{
    printf("Usage: cordon COMMAND [OPTION]... [PATH...]\n"
           "Security operations centre of a federated health service.\n\nCommands:\n");
    for (size_t i = 0; commands[i]; i++) {
        printf("  %-13s %s\n", commands[i]->name, commands[i]->summary);
    }
    printf("  %-13s %s\n  %-13s %s\n\n'cordon COMMAND --help' tells of each.\n", "help",
           "Help about all, or about one command: help COMMAND.", "version", "The version.");
    return COMMAND_DONE;
}

static int help_of(const char *name)
{
    const struct command *command = find(name);
    if (!command) {
        bool ours = strcmp(name, "help") == 0 || strcmp(name, "version") == 0;
        return ours ? help() : unknown(name);
    }
    command_help(command);
    return COMMAND_DONE;
}

/* For the manual pages and shell completion, which the build makes from it: options
 * of subcommands, and keys of the configuration under a name with a dot. */
static int print_options(void)
{
    struct cord_buf out;
    cord_buf_init(&out, HELP_BYTES_MAX);
    for (size_t i = 0; commands[i]; i++) {
        cord_option_help_table(commands[i]->options, commands[i]->name, &out);
    }
    cord_option_help_table(cord_config_options, "serve.config", &out);
    cord_option_help_table(cord_config_listener_options, "serve.listener", &out);
    cord_option_help_table(cord_config_file_options, "serve.file", &out);
    (void)fwrite(out.ptr, 1, out.len, stdout);
    cord_buf_done(&out);
    return COMMAND_DONE;
}

/* docs/api/openapi.yaml and docs/api/reference.md. */
static int print_api(void (*write)(struct cord_buf *out))
{
    struct cord_buf out;
    cord_buf_init(&out, HELP_BYTES_MAX);
    write(&out);
    bool whole = !out.failed && fwrite(out.ptr, 1, out.len, stdout) == out.len;
    cord_buf_done(&out);
    return whole ? COMMAND_DONE : COMMAND_UNREADABLE;
}

int main(int argc, char **argv)
{
    /* A reader that goes away is an error of the write, not the end of us. */
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGPIPE, &ignore, NULL); /* fails only for a signal there is not */
    const char *name = argc > 1 ? argv[1] : "help";
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        return argc > 2 ? help_of(argv[2]) : help();
    }
    if (strcmp(name, "version") == 0 || strcmp(name, "--version") == 0) {
        printf("cordon %s\n", CORD_VERSION);
        return COMMAND_DONE;
    }
    if (strcmp(name, "options") == 0) {
        return print_options();
    }
    if (strcmp(name, "api-schema") == 0) {
        return print_api(cord_api_openapi_write);
    }
    if (strcmp(name, "api-reference") == 0) {
        return print_api(cord_api_openapi_reference);
    }
    const struct command *command = find(name);
    return command ? command->run(command, argc - 2, argv + 2) : unknown(name);
}
