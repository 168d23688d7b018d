/* option.c: values into their places; see option.h. What is shown: option_help.c. */
#include "base/option.h"

#include "base/nearest.h"

#include <assert.h>

enum { NAME_BYTES_MAX = 64 };

static bool is_row(const struct cord_option *option)
{
    return option->kind != CORD_OPTION_KIND_HEADING;
}

static void *member(const struct cord_option *option, void *config)
{
    return (char *)config + option->offset;
}

static void store_number(const struct cord_option *option, uint64_t number, void *config)
{
    switch (option->kind) {
    case CORD_OPTION_KIND_FLAG:
        *(bool *)member(option, config) = number != 0;
        break;
    case CORD_OPTION_KIND_U32:
    case CORD_OPTION_KIND_CHOICE:
        *(uint32_t *)member(option, config) = (uint32_t)number;
        break;
    case CORD_OPTION_KIND_SIZE:
        *(uint64_t *)member(option, config) = number;
        break;
    case CORD_OPTION_KIND_TEXT:
    case CORD_OPTION_KIND_LIST:
    case CORD_OPTION_KIND_HEADING:
    case CORD_OPTION_KIND_END:
        break;
    }
}

void cord_option_defaults(const struct cord_option *options, void *config)
{
    for (; options->kind != CORD_OPTION_KIND_END; options++) {
        if (options->kind == CORD_OPTION_KIND_TEXT) {
            *(cord_str *)member(options, config) = cord_str_from(options->text);
        } else if (options->kind == CORD_OPTION_KIND_LIST) {
            *(struct cord_option_list *)member(options, config) = (struct cord_option_list){0};
        } else {
            store_number(options, options->number, config);
        }
    }
}

/* '-' and '_' are the same; letters are as they are. */
static bool same_name(const char *name, cord_str given)
{
    size_t at = 0;
    for (; at < given.len && name[at] != '\0'; at++) {
        char c = given.ptr[at] == '-' ? '_' : given.ptr[at];
        if (c != name[at]) {
            return false;
        }
    }
    return at == given.len && name[at] == '\0';
}

static const struct cord_option *find_name(const struct cord_option *options, cord_str name)
{
    for (; options->kind != CORD_OPTION_KIND_END; options++) {
        if (is_row(options) && same_name(options->name, name)) {
            return options;
        }
    }
    return NULL;
}

static const struct cord_option *find_letter(const struct cord_option *options, char letter)
{
    for (; options->kind != CORD_OPTION_KIND_END; options++) {
        if (is_row(options) && options->letter != '\0' && options->letter == letter) {
            return options;
        }
    }
    return NULL;
}

/* As a person would type it: `as` is "" in a file, "--" on a command line. */
static const char *shown_name(const char *as, const char *name, char buffer[NAME_BYTES_MAX])
{
    size_t at = 0;
    for (; *as != '\0'; as++) {
        buffer[at++] = *as;
    }
    bool dashes = at > 0;
    for (; *name != '\0' && at < NAME_BYTES_MAX - 1; name++) {
        buffer[at++] = dashes && *name == '_' ? '-' : *name;
    }
    buffer[at] = '\0';
    return buffer;
}

static cord_status unknown(const struct cord_option *options, const char *as, cord_str name,
                           struct cord_error *err)
{
    char buffer[NAME_BYTES_MAX];
    struct cord_nearest nearest;
    cord_nearest_init(&nearest, name);
    for (; options->kind != CORD_OPTION_KIND_END; options++) {
        if (is_row(options) && !options->hidden) {
            cord_nearest_offer(&nearest, cord_str_from(options->name));
        }
    }
    cord_str found = cord_nearest_found(&nearest);
    if (!found.ptr) {
        return cord_error_set(err, CORD_E_NOENT, "unknown option %s%.*s", as, CORD_STR_ARG(name));
    }
    return cord_error_set(err, CORD_E_NOENT, "unknown option %s%.*s; did you mean %s?", as,
                          CORD_STR_ARG(name), shown_name(as, found.ptr, buffer));
}

cord_status cord_option_size(cord_str text, uint64_t *ret_bytes)
{
    unsigned shift = 0;
    uint64_t number = 0;
    cord_str digits = text;
    if (text.len > 0 && !cord_str_is_digit(text.ptr[text.len - 1])) {
        char unit = cord_str_lower_char(text.ptr[text.len - 1]);
        shift = unit == 'k' ? 10 : unit == 'm' ? 20 : unit == 'g' ? 30 : 0;
        if (shift == 0) {
            return CORD_E_FORMAT;
        }
        digits.len--;
    }
    if (!cord_str_u64(digits, &number)) {
        return CORD_E_FORMAT;
    }
    if (number > UINT64_MAX >> shift) {
        return CORD_E_LIMIT;
    }
    *ret_bytes = number << shift;
    return CORD_OK;
}

static cord_status set_number(const struct cord_option *option, cord_str value, void *config,
                              struct cord_error *err)
{
    uint64_t number = 0;
    bool size = option->kind == CORD_OPTION_KIND_SIZE;
    cord_status status = size ? cord_option_size(value, &number)
                              : (cord_str_u64(value, &number) ? CORD_OK : CORD_E_FORMAT);
    if (status == CORD_E_FORMAT) {
        return cord_error_set(err, status, "\"%.*s\" is no %s", CORD_STR_ARG(value),
                              size ? "size; write bytes, or a number with K, M or G"
                                   : "whole number");
    }
    if (status != CORD_OK || number < option->lowest || number > option->highest) {
        return cord_error_set(err, CORD_E_LIMIT, "%.*s is out of bounds: %llu to %llu",
                              CORD_STR_ARG(value), (unsigned long long)option->lowest,
                              (unsigned long long)option->highest);
    }
    store_number(option, number, config);
    return CORD_OK;
}

static cord_status set_flag(const struct cord_option *option, cord_str value, void *config,
                            struct cord_error *err)
{
    static const char *const words[] = {"false", "no", "off", "true", "yes", "on"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (cord_str_eq(value, cord_str_from(words[i]))) {
            store_number(option, i >= 3, config);
            return CORD_OK;
        }
    }
    return cord_error_set(err, CORD_E_FORMAT, "\"%.*s\" is neither true nor false",
                          CORD_STR_ARG(value));
}

static cord_status set_choice(const struct cord_option *option, cord_str value, void *config,
                              struct cord_error *err)
{
    struct cord_nearest nearest;
    cord_nearest_init(&nearest, value);
    for (size_t i = 0; option->words[i]; i++) {
        if (cord_str_eq(value, cord_str_from(option->words[i]))) {
            store_number(option, i, config);
            return CORD_OK;
        }
        cord_nearest_offer(&nearest, cord_str_from(option->words[i]));
    }
    cord_str found = cord_nearest_found(&nearest);
    if (found.ptr) {
        return cord_error_set(err, CORD_E_FORMAT, "unknown \"%.*s\"; did you mean %s?",
                              CORD_STR_ARG(value), found.ptr);
    }
    char all[256] = "";
    size_t len = 0;
    for (size_t i = 0; option->words[i]; i++) {
        cord_str word = cord_str_from(option->words[i]);
        if (word.len + 3 < sizeof all - len) {
            memcpy(all + len, i > 0 ? ", " : "", i > 0 ? 2 : 0);
            len += i > 0 ? 2 : 0;
            memcpy(all + len, word.ptr, word.len);
            len += word.len;
            all[len] = '\0';
        }
    }
    return cord_error_set(err, CORD_E_FORMAT, "unknown \"%.*s\"; one of %s", CORD_STR_ARG(value),
                          all);
}

/* The list's room doubles when its count is a power of two. */
static cord_status append(struct cord_option_list *list, cord_str item, struct cord_arena *arena)
{
    if ((list->count & (list->count - 1)) == 0) {
        size_t room = list->count == 0 ? 1 : list->count * 2;
        cord_str *items = cord_arena_zalloc(arena, room, sizeof *items);
        if (!items) {
            return CORD_E_NOMEM;
        }
        if (list->count > 0) {
            memcpy(items, list->items, list->count * sizeof *items);
        }
        list->items = items;
    }
    list->items[list->count++] = item;
    return CORD_OK;
}

static cord_status set(const struct cord_option *option, cord_str value, struct cord_arena *arena,
                       void *config, struct cord_error *err)
{
    switch (option->kind) {
    case CORD_OPTION_KIND_FLAG:
        return set_flag(option, value, config, err);
    case CORD_OPTION_KIND_U32:
    case CORD_OPTION_KIND_SIZE:
        return set_number(option, value, config, err);
    case CORD_OPTION_KIND_TEXT:
        *(cord_str *)member(option, config) = value;
        return CORD_OK;
    case CORD_OPTION_KIND_LIST: {
        cord_status status = append(member(option, config), value, arena);
        return status == CORD_OK ? status : cord_error_set(err, status, "out of memory");
    }
    case CORD_OPTION_KIND_CHOICE:
        return set_choice(option, value, config, err);
    case CORD_OPTION_KIND_HEADING:
    case CORD_OPTION_KIND_END:
        break;
    }
    assert(false); /* find_name yields rows only */
    return CORD_E_UNSUPPORTED;
}

cord_status cord_option_set(const struct cord_option *options, cord_str name, cord_str value,
                            struct cord_arena *arena, void *config, struct cord_error *err)
{
    const struct cord_option *option = find_name(options, name);
    if (!option) {
        return unknown(options, "", name, err);
    }
    cord_status status = set(option, value, arena, config, err);
    if (status != CORD_OK) {
        cord_error_context(err, "%s", option->name);
    }
    return status;
}

static bool same_list(const struct cord_option_list *one, const struct cord_option_list *other)
{
    bool same = one->count == other->count;
    for (size_t i = 0; same && i < one->count; i++) {
        same = cord_str_eq(one->items[i], other->items[i]);
    }
    return same;
}

bool cord_option_is_same(const struct cord_option *option, const void *one, const void *other)
{
    const void *a = (const char *)one + option->offset;
    const void *b = (const char *)other + option->offset;
    switch (option->kind) {
    case CORD_OPTION_KIND_FLAG:
        return *(const bool *)a == *(const bool *)b;
    case CORD_OPTION_KIND_U32:
    case CORD_OPTION_KIND_CHOICE:
        return *(const uint32_t *)a == *(const uint32_t *)b;
    case CORD_OPTION_KIND_SIZE:
        return *(const uint64_t *)a == *(const uint64_t *)b;
    case CORD_OPTION_KIND_TEXT:
        return cord_str_eq(*(const cord_str *)a, *(const cord_str *)b);
    case CORD_OPTION_KIND_LIST:
        return same_list(a, b);
    case CORD_OPTION_KIND_HEADING:
    case CORD_OPTION_KIND_END:
        break;
    }
    return true;
}

/* The command line while it is read. */
struct words {
    const struct cord_option *options;
    char *const *argv;
    size_t count;
    size_t at; /* the next word */
    struct cord_arena *arena;
    void *config;
    struct cord_error *err;
};

/* The option's value is the next word. */
static cord_status set_from_next(struct words *words, const struct cord_option *option)
{
    if (words->at == words->count) {
        return cord_error_set(words->err, CORD_E_FORMAT, "needs a value");
    }
    cord_str value = cord_str_from(words->argv[words->at++]);
    return set(option, value, words->arena, words->config, words->err);
}

static cord_status set_found(struct words *words, const struct cord_option *option, bool has_value,
                             cord_str value)
{
    if (has_value) {
        return set(option, value, words->arena, words->config, words->err);
    }
    if (option->kind == CORD_OPTION_KIND_FLAG) {
        store_number(option, 1, words->config);
        return CORD_OK;
    }
    return set_from_next(words, option);
}

/* `word` is without its two dashes. */
static cord_status parse_long(struct words *words, cord_str word)
{
    char buffer[NAME_BYTES_MAX];
    cord_str name = {0};
    bool has_value = cord_str_find_char(word, '=', 0) != SIZE_MAX;
    (void)cord_str_cut(&word, '=', &name);
    const struct cord_option *option = find_name(words->options, name);
    if (!option && cord_str_starts(name, CORD_STR("no-")) && !has_value) {
        option = find_name(words->options, cord_str_from_byte(name, 3));
        if (option && option->kind == CORD_OPTION_KIND_FLAG) {
            store_number(option, 0, words->config);
            return CORD_OK;
        }
        option = NULL;
    }
    if (!option) {
        return unknown(words->options, "--", name, words->err);
    }
    cord_status status = set_found(words, option, has_value, word);
    if (status != CORD_OK) {
        cord_error_context(words->err, "%s", shown_name("--", option->name, buffer));
    }
    return status;
}

/* `letters` is without its dash: flags, then maybe an option with its value. */
static cord_status parse_letters(struct words *words, cord_str letters)
{
    for (size_t at = 0; at < letters.len; at++) {
        const struct cord_option *option = find_letter(words->options, letters.ptr[at]);
        if (!option) {
            return cord_error_set(words->err, CORD_E_NOENT, "unknown option -%c", letters.ptr[at]);
        }
        if (option->kind == CORD_OPTION_KIND_FLAG) {
            store_number(option, option->number == 0, words->config);
            continue;
        }
        cord_status status =
            set_found(words, option, at + 1 < letters.len, cord_str_from_byte(letters, at + 1));
        if (status != CORD_OK) {
            cord_error_context(words->err, "-%c", option->letter);
        }
        return status;
    }
    return CORD_OK;
}

/* NOLINTNEXTLINE(readability-function-size): seven arguments, none to spare */
cord_status cord_option_parse(const struct cord_option *options, int argc, char *const *argv,
                              struct cord_arena *arena, void *config,
                              struct cord_option_list *ret_operands, struct cord_error *err)
{
    struct words words = {options, argv, argc > 0 ? (size_t)argc : 0, 0, arena, config, err};
    struct cord_option_list operands = {0};
    bool operands_only = false;
    while (words.at < words.count) {
        cord_status status = CORD_OK;
        cord_str word = cord_str_from(argv[words.at++]);
        if (operands_only || word.len < 2 || word.ptr[0] != '-') {
            status = append(&operands, word, arena);
            if (status != CORD_OK) {
                return cord_error_set(err, status, "out of memory");
            }
        } else if (cord_str_eq(word, CORD_STR("--"))) {
            operands_only = true;
        } else if (word.ptr[1] == '-') {
            status = parse_long(&words, cord_str_from_byte(word, 2));
        } else {
            status = parse_letters(&words, cord_str_from_byte(word, 1));
        }
        if (status != CORD_OK) {
            return status;
        }
    }
    *ret_operands = operands;
    return CORD_OK;
}
