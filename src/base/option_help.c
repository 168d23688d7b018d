/* option_help.c: see option_help.h. */
#include "base/option_help.h"

enum {
    LEFT_COLUMNS_MAX = 30, /* a longer left side puts its help on the next line */
    HELP_COLUMNS_MIN = 20,
};

static const char *argument_of(const struct cord_option *option)
{
    if (option->argument) {
        return option->argument;
    }
    switch (option->kind) {
    case CORD_OPTION_KIND_U32:
        return "N";
    case CORD_OPTION_KIND_SIZE:
        return "BYTES";
    case CORD_OPTION_KIND_TEXT:
    case CORD_OPTION_KIND_LIST:
        return "TEXT";
    case CORD_OPTION_KIND_CHOICE:
        return "WORD";
    case CORD_OPTION_KIND_FLAG:
    case CORD_OPTION_KIND_HEADING:
    case CORD_OPTION_KIND_END:
        break;
    }
    return NULL;
}

static void put_dashed(struct cord_buf *out, const char *name)
{
    for (; *name != '\0'; name++) {
        cord_buf_put_char(out, *name == '_' ? '-' : *name);
    }
}

/* 65536 as 64K: the largest unit that loses nothing. */
static void put_size(struct cord_buf *out, uint64_t bytes)
{
    static const char units[] = "KMG";
    const char *unit = "";
    for (const char *next = units; *next != '\0' && bytes > 0 && bytes % 1024 == 0; next++) {
        bytes /= 1024;
        unit = next;
    }
    cord_buf_printf(out, "%llu%.1s", (unsigned long long)bytes, unit);
}

static void put_number(struct cord_buf *out, const struct cord_option *option, uint64_t number)
{
    if (option->kind == CORD_OPTION_KIND_SIZE) {
        put_size(out, number);
    } else {
        cord_buf_printf(out, "%llu", (unsigned long long)number);
    }
}

static void put_words(struct cord_buf *out, const struct cord_option *option, const char *between)
{
    for (size_t i = 0; option->words[i]; i++) {
        cord_buf_put_text(out, i > 0 ? between : "");
        cord_buf_put_text(out, option->words[i]);
    }
}

/* "-t, --threads N"; appended to out. */
static void put_left(struct cord_buf *out, const struct cord_option *option)
{
    const char *argument = argument_of(option);
    if (option->letter != '\0') {
        cord_buf_printf(out, "  -%c, --", option->letter);
    } else {
        cord_buf_put_text(out, "      --");
    }
    if (option->kind == CORD_OPTION_KIND_FLAG && option->number != 0) {
        cord_buf_put_text(out, "no-"); /* it is on: what one may say is off */
    }
    put_dashed(out, option->name);
    if (argument) {
        cord_buf_printf(out, " %s", argument);
    }
}

static void put_default(struct cord_buf *out, const struct cord_option *option)
{
    switch (option->kind) {
    case CORD_OPTION_KIND_U32:
    case CORD_OPTION_KIND_SIZE:
        put_number(out, option, option->number);
        break;
    case CORD_OPTION_KIND_TEXT:
        cord_buf_put_text(out, option->text ? option->text : "");
        break;
    case CORD_OPTION_KIND_CHOICE:
        cord_buf_put_text(out, option->words[option->number]);
        break;
    case CORD_OPTION_KIND_FLAG:
        cord_buf_put_text(out, option->number != 0 ? "on" : "off");
        break;
    case CORD_OPTION_KIND_LIST:
    case CORD_OPTION_KIND_HEADING:
    case CORD_OPTION_KIND_END:
        break;
    }
}

/* Help, then in brackets what the row itself knows. */
static void put_right(struct cord_buf *out, const struct cord_option *option)
{
    cord_buf_put_text(out, option->help);
    switch (option->kind) {
    case CORD_OPTION_KIND_U32:
    case CORD_OPTION_KIND_SIZE:
        cord_buf_put_text(out, " (");
        put_number(out, option, option->lowest);
        cord_buf_put_text(out, " to ");
        put_number(out, option, option->highest);
        cord_buf_put_text(out, ", default ");
        put_default(out, option);
        cord_buf_put_text(out, ")");
        break;
    case CORD_OPTION_KIND_CHOICE:
        cord_buf_put_text(out, ": ");
        put_words(out, option, ", ");
        cord_buf_put_text(out, " (default ");
        put_default(out, option);
        cord_buf_put_text(out, ")");
        break;
    case CORD_OPTION_KIND_TEXT:
        if (option->text) {
            cord_buf_printf(out, " (default %s)", option->text);
        }
        break;
    case CORD_OPTION_KIND_LIST:
        cord_buf_put_text(out, " (may be given several times)");
        break;
    case CORD_OPTION_KIND_FLAG:
    case CORD_OPTION_KIND_HEADING:
    case CORD_OPTION_KIND_END:
        break;
    }
}

static void put_spaces(struct cord_buf *out, size_t count)
{
    cord_buf_printf(out, "%*s", (int)count, "");
}

/* Breaks at spaces; the first line begins where the cursor is. */
static void put_wrapped(struct cord_buf *out, cord_str text, size_t indent, size_t columns)
{
    size_t at = 0;
    cord_str word;
    while (cord_str_cut(&text, ' ', &word)) {
        if (at > 0 && at + 1 + word.len > columns) {
            cord_buf_put_char(out, '\n');
            put_spaces(out, indent);
            at = 0;
        }
        if (at > 0) {
            cord_buf_put_char(out, ' ');
            at++;
        }
        cord_buf_put(out, word);
        at += word.len;
    }
    cord_buf_put_char(out, '\n');
}

static size_t left_len(const struct cord_option *option)
{
    const char *argument = argument_of(option);
    bool negated = option->kind == CORD_OPTION_KIND_FLAG && option->number != 0;
    return strlen("  -x, --") + (negated ? 3 : 0) + strlen(option->name) +
           (argument ? 1 + strlen(argument) : 0);
}

static size_t left_columns(const struct cord_option *options)
{
    size_t columns = 0;
    for (; options->kind != CORD_OPTION_KIND_END; options++) {
        if (options->kind != CORD_OPTION_KIND_HEADING && !options->hidden) {
            size_t len = left_len(options);
            columns = len > columns && len <= LEFT_COLUMNS_MAX ? len : columns;
        }
    }
    return columns + 2;
}

void cord_option_help_print(const struct cord_option *options, unsigned columns,
                            struct cord_buf *out)
{
    struct cord_buf right;
    cord_buf_init(&right, 1 << 16);
    size_t indent = left_columns(options);
    size_t right_columns =
        columns > indent + HELP_COLUMNS_MIN ? columns - indent : HELP_COLUMNS_MIN;
    bool first = true;
    for (; options->kind != CORD_OPTION_KIND_END; options++) {
        if (options->hidden) {
            continue;
        }
        if (options->kind == CORD_OPTION_KIND_HEADING) {
            cord_buf_printf(out, "%s%s:\n", first ? "" : "\n", options->name);
            first = false;
            continue;
        }
        size_t left = left_len(options);
        put_left(out, options);
        if (left + 2 > indent) {
            cord_buf_put_char(out, '\n');
            left = 0;
        }
        put_spaces(out, indent - left);
        cord_buf_clear(&right);
        put_right(&right, options);
        put_wrapped(out, cord_buf_str(&right), indent, right_columns);
        first = false;
    }
    out->failed = out->failed || right.failed;
    cord_buf_done(&right);
}

static const char *kind_name(enum cord_option_kind kind)
{
    static const char *const names[] = {"end",  "heading", "flag", "number",
                                        "size", "text",    "list", "choice"};
    return names[kind];
}

/* A field is never empty, so that any tool can split the line. */
static void end_field(struct cord_buf *out, size_t began, char end)
{
    if (out->len == began) {
        cord_buf_put_char(out, '-');
    }
    cord_buf_put_char(out, end);
}

static void put_field(struct cord_buf *out, const char *text, char end)
{
    size_t began = out->len;
    cord_buf_put_text(out, text ? text : "");
    end_field(out, began, end);
}

static void put_row(struct cord_buf *out, const struct cord_option *option, const char *command)
{
    bool bounded = option->kind == CORD_OPTION_KIND_U32 || option->kind == CORD_OPTION_KIND_SIZE;
    const char letter[] = {option->letter, '\0'};
    put_field(out, command, '\t');
    put_field(out, kind_name(option->kind), '\t');
    size_t began = out->len;
    put_dashed(out, option->name);
    end_field(out, began, '\t');
    put_field(out, letter, '\t');
    put_field(out, argument_of(option), '\t');
    began = out->len;
    put_default(out, option);
    end_field(out, began, '\t');
    for (size_t i = 0; i < 2; i++) {
        began = out->len;
        if (bounded) {
            put_number(out, option, i == 0 ? option->lowest : option->highest);
        }
        end_field(out, began, '\t');
    }
    began = out->len;
    if (option->kind == CORD_OPTION_KIND_CHOICE) {
        put_words(out, option, ",");
    }
    end_field(out, began, '\t');
    put_field(out, option->help, '\n');
}

void cord_option_help_table(const struct cord_option *options, const char *command,
                            struct cord_buf *out)
{
    for (; options->kind != CORD_OPTION_KIND_END; options++) {
        if (options->kind == CORD_OPTION_KIND_HEADING) {
            cord_buf_printf(out, "%s\theading\t-\t-\t-\t-\t-\t-\t-\t%s\n", command, options->name);
        } else if (!options->hidden) {
            put_row(out, options, command);
        }
    }
}
