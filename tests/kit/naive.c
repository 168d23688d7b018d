/* naive.c: see naive.h. Allocates as it likes; a test process is short. */
#include "kit/naive.h"

#include <arpa/inet.h>
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/fold.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "codec/json_unescape.h"

struct naive {
    const struct cord_event *event;
    const struct cord_classifier *classifier;
    const struct cord_event_class *event_class;
};

/* Numbers as text with so many digits on either side of the point. */
enum { DIGITS = 400 };

struct number {
    bool negative;
    char digits[2 * DIGITS];
};

static bool read_number(cord_str text, struct number *number)
{
    size_t at = 0;
    char digits[256];
    int count = 0;
    int whole = 0;
    memset(number, 0, sizeof *number);
    memset(number->digits, '0', sizeof number->digits);
    if (at < text.len && (text.ptr[at] == '-' || text.ptr[at] == '+')) {
        number->negative = text.ptr[at++] == '-';
    }
    for (; at < text.len && isdigit((unsigned char)text.ptr[at]) && count < 200; at++) {
        digits[count++] = text.ptr[at];
    }
    whole = count;
    if (count == 0) {
        return false;
    }
    if (at < text.len && text.ptr[at] == '.') {
        at++;
        for (; at < text.len && isdigit((unsigned char)text.ptr[at]) && count < 200; at++) {
            digits[count++] = text.ptr[at];
        }
        if (count == whole) {
            return false;
        }
    }
    int exponent = 0;
    if (at < text.len && (text.ptr[at] == 'e' || text.ptr[at] == 'E')) {
        char rest[16] = {0};
        size_t len = text.len - at - 1;
        if (len == 0 || len >= sizeof rest) {
            return false;
        }
        memcpy(rest, text.ptr + at + 1, len);
        char *end = NULL;
        exponent = (int)strtol(rest, &end, 10);
        if (*end != '\0' || !isdigit((unsigned char)rest[len - 1])) {
            return false;
        }
        at = text.len;
    }
    if (at != text.len) {
        return false;
    }
    for (int i = 0; i < count; i++) {
        int place = DIGITS - whole - exponent + i;
        if (place >= 0 && place < 2 * DIGITS) {
            number->digits[place] = digits[i];
        } else if (digits[i] != '0') {
            return false; /* the tests make no such numbers */
        }
    }
    return true;
}

static bool is_zero(const struct number *number)
{
    for (int i = 0; i < 2 * DIGITS; i++) {
        if (number->digits[i] != '0') {
            return false;
        }
    }
    return true;
}

static int compare_numbers(const struct number *a, const struct number *b)
{
    int sign_a = is_zero(a) ? 0 : (a->negative ? -1 : 1);
    int sign_b = is_zero(b) ? 0 : (b->negative ? -1 : 1);
    if (sign_a != sign_b || sign_a == 0) {
        return sign_a - sign_b;
    }
    return sign_a * memcmp(a->digits, b->digits, sizeof a->digits);
}

/* "0010.50" as "10.5". */
static cord_str number_text(cord_str lexeme)
{
    struct number number;
    if (!read_number(lexeme, &number)) {
        return lexeme;
    }
    char *text = calloc(1, 2 * DIGITS + 4);
    size_t len = 0;
    int first = 0;
    int last = 2 * DIGITS - 1;
    assert(text);
    while (first < DIGITS - 1 && number.digits[first] == '0') {
        first++;
    }
    while (last >= DIGITS && number.digits[last] == '0') {
        last--;
    }
    if (number.negative && !is_zero(&number)) {
        text[len++] = '-';
    }
    for (int i = first; i <= last || i < DIGITS; i++) {
        if (i == DIGITS) {
            text[len++] = '.';
        }
        text[len++] = number.digits[i];
    }
    return (cord_str){text, len};
}

static bool has_text(const struct cord_value *value)
{
    return value->kind != CORD_VALUE_NULL && value->kind != CORD_VALUE_EMPTY;
}

/* As a rule sees it. In malloc'd memory, or the event's. */
static cord_str value_text(const struct cord_value *value)
{
    cord_str text = cord_value_str(value);
    if (value->kind == CORD_VALUE_NUMBER) {
        return number_text(text);
    }
    char *copy = malloc(text.len + 1);
    assert(copy);
    if ((value->flags & CORD_VALUE_ESCAPED) != 0) {
        return (cord_str){copy, cord_json_unescape(text, copy)};
    }
    memcpy(copy, text.ptr ? text.ptr : "", text.len);
    return (cord_str){copy, text.len};
}

static cord_str folded(cord_str text)
{
    size_t room = CORD_FOLD_BYTES_MAX(text.len) + 1;
    char *copy = malloc(room);
    assert(copy);
    return (cord_str){copy, cord_fold_text(text, copy, room)};
}

/* Code points of a pattern, with these for wildcards. */
#define ANY UINT32_MAX
#define ONE (UINT32_MAX - 1)

static size_t codes_of(cord_str text, uint32_t *codes)
{
    size_t count = 0;
    for (size_t at = 0; at < text.len;) {
        at += cord_utf8_decode(text, at, &codes[count++]);
    }
    return count;
}

static bool wildcard(const uint32_t *pattern, size_t pattern_count, const uint32_t *text,
                     size_t text_count)
{
    /* reach[t]: the pattern so far can end before text[t]. */
    bool *reach = calloc(text_count + 1, 1);
    assert(reach);
    reach[0] = true;
    for (size_t p = 0; p < pattern_count; p++) {
        if (pattern[p] == ANY) {
            for (size_t t = 1; t <= text_count; t++) {
                reach[t] = reach[t] || reach[t - 1];
            }
            continue;
        }
        for (size_t t = text_count; t > 0; t--) {
            reach[t] = reach[t - 1] && (pattern[p] == ONE || pattern[p] == text[t - 1]);
        }
        reach[0] = false;
    }
    bool matches = reach[text_count];
    free(reach);
    return matches;
}

static bool pattern_holds(const struct cord_atom *atom, cord_str text)
{
    size_t room = 1;
    for (size_t i = 0; i < atom->part_count; i++) {
        room += atom->parts[i].text.len * 2 + 1;
    }
    uint32_t *pattern = calloc(room, sizeof *pattern);
    uint32_t *codes = calloc(text.len * 2 + 1, sizeof *codes);
    assert(pattern && codes);
    size_t count = 0;
    for (size_t i = 0; i < atom->part_count; i++) {
        if (atom->parts[i].kind == CORD_PART_TEXT) {
            cord_str part = atom->cased ? atom->parts[i].text : folded(atom->parts[i].text);
            count += codes_of(part, pattern + count);
            if (!atom->cased) {
                free((void *)(uintptr_t)part.ptr);
            }
        } else {
            pattern[count++] = atom->parts[i].kind == CORD_PART_ANY ? ANY : ONE;
        }
    }
    cord_str compared = atom->cased ? text : folded(text);
    bool holds = wildcard(pattern, count, codes, codes_of(compared, codes));
    if (!atom->cased) {
        free((void *)(uintptr_t)compared.ptr);
    }
    free(pattern);
    free(codes);
    return holds;
}

static bool regex_holds(const struct cord_atom *atom, cord_str text)
{
    int error;
    PCRE2_SIZE offset;
    uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
    options |= (atom->regex_flags & CORD_REGEX_CASELESS) != 0 ? PCRE2_CASELESS : 0;
    options |= (atom->regex_flags & CORD_REGEX_MULTILINE) != 0 ? PCRE2_MULTILINE : 0;
    options |= (atom->regex_flags & CORD_REGEX_DOTALL) != 0 ? PCRE2_DOTALL : 0;
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)atom->text.ptr, atom->text.len, options, &error, &offset, NULL);
    assert(code);
    pcre2_match_data *match = pcre2_match_data_create(1, NULL);
    assert(match);
    int result = pcre2_match(code, (PCRE2_SPTR)text.ptr, text.len, 0, 0, match, NULL);
    pcre2_match_data_free(match);
    pcre2_code_free(code);
    return result >= 0;
}

/* The forms that logs have: a.b.c.d, a.b.c.d:port, v6, [v6], [v6]:port, v6%zone. */
static bool cidr_holds(const struct cord_atom *atom, cord_str text)
{
    char copy[64] = {0};
    uint8_t address[16] = {[10] = 0xff, [11] = 0xff};
    char *from = copy;
    if (text.len >= sizeof copy || memchr(text.ptr, '\0', text.len)) {
        return false;
    }
    memcpy(copy, text.ptr, text.len);
    char *colon = strchr(copy, ':');
    char *port = NULL;
    if (copy[0] == '[') {
        char *end = strchr(copy, ']');
        if (!end || (end[1] != '\0' && end[1] != ':')) {
            return false;
        }
        *end = '\0';
        from = copy + 1;
    } else if (colon && colon == strrchr(copy, ':')) {
        *colon = '\0';
        port = colon + 1;
    }
    if (port) {
        size_t digits = strspn(port, "0123456789");
        if (digits == 0 || port[digits] != '\0' || digits > 18 || atoll(port) > 65535) {
            return false;
        }
    }
    if (strchr(from, ':')) {
        from[strcspn(from, "%")] = '\0';
        if (inet_pton(AF_INET6, from, address) != 1) {
            return false;
        }
    } else if (inet_pton(AF_INET, from, address + 12) != 1) {
        return false;
    }
    for (unsigned bit = 0; bit < atom->cidr_bits; bit++) {
        unsigned mask = 0x80u >> (bit % 8);
        if ((address[bit / 8] & mask) != (atom->cidr_address[bit / 8] & mask)) {
            return false;
        }
    }
    return true;
}

static bool number_holds(const struct cord_atom *atom, cord_str text)
{
    struct number got;
    struct number wanted;
    char part[32];
    if (atom->time_part != CORD_TIME_PART_NONE) {
        int64_t ns;
        if (!cord_timestamp_parse(text, &ns) && !cord_timestamp_parse_epoch(text, &ns)) {
            return false;
        }
        struct cord_civil civil = cord_timestamp_to_civil(ns);
        int parts[] = {0, civil.minute, civil.hour, civil.day, civil.week, civil.month, civil.year};
        (void)snprintf(part, sizeof part, "%d", parts[atom->time_part]);
        text = cord_str_from(part);
    }
    if (!read_number(text, &got) || !read_number(atom->text, &wanted)) {
        return false;
    }
    int order = compare_numbers(&got, &wanted);
    return (atom->compare == CORD_COMPARE_EQ && order == 0) ||
           (atom->compare == CORD_COMPARE_LT && order < 0) ||
           (atom->compare == CORD_COMPARE_LTE && order <= 0) ||
           (atom->compare == CORD_COMPARE_GT && order > 0) ||
           (atom->compare == CORD_COMPARE_GTE && order >= 0);
}

static bool is_called(const struct naive *naive, const struct cord_value *value, cord_str field)
{
    cord_str names[CORD_CLASS_NAMES_MAX];
    size_t count = cord_classifier_names(naive->classifier, naive->event_class, value->path, names);
    for (size_t i = 0; i < count; i++) {
        if (cord_str_eq(names[i], field)) {
            return true;
        }
    }
    return false;
}

static bool value_holds(const struct cord_atom *atom, const struct cord_value *value)
{
    bool holds = false;
    if (!has_text(value)) {
        return false;
    }
    cord_str text = value_text(value);
    if (atom->kind == CORD_ATOM_PATTERN) {
        holds = pattern_holds(atom, text);
    } else if (atom->kind == CORD_ATOM_REGEX) {
        holds = regex_holds(atom, text);
    } else if (atom->kind == CORD_ATOM_CIDR) {
        holds = cidr_holds(atom, text);
    } else if (atom->kind == CORD_ATOM_NUMBER) {
        holds = number_holds(atom, text);
    } else if (atom->kind == CORD_ATOM_BOOL) {
        holds = cord_str_eq_fold(text, cord_str_from(atom->boolean ? "true" : "false"));
    }
    if (text.ptr != value->ptr) {
        free((void *)(uintptr_t)text.ptr);
    }
    return holds;
}

static bool fields_hold(const struct cord_atom *atom, const struct cord_value *left,
                        const struct cord_value *right)
{
    if (!has_text(left) || !has_text(right)) {
        return false;
    }
    cord_str a = value_text(left);
    cord_str b = value_text(right);
    cord_str compared_a = atom->cased ? a : folded(a);
    cord_str compared_b = atom->cased ? b : folded(b);
    size_t at = cord_str_find(compared_a, compared_b, 0);
    bool holds = false;
    if (atom->field_match == CORD_FIELD_EQUALS) {
        holds = cord_str_eq(compared_a, compared_b);
    } else if (atom->field_match == CORD_FIELD_CONTAINS) {
        holds = at != SIZE_MAX;
    } else if (atom->field_match == CORD_FIELD_STARTSWITH) {
        holds = cord_str_starts(compared_a, compared_b);
    } else {
        holds = cord_str_ends(compared_a, compared_b);
    }
    if (!atom->cased) {
        free((void *)(uintptr_t)compared_a.ptr);
        free((void *)(uintptr_t)compared_b.ptr);
    }
    if (a.ptr != left->ptr) {
        free((void *)(uintptr_t)a.ptr);
    }
    if (b.ptr != right->ptr) {
        free((void *)(uintptr_t)b.ptr);
    }
    return holds;
}

static bool atom_holds(const struct naive *naive, const struct cord_atom *atom)
{
    const struct cord_event *event = naive->event;
    bool present = false;
    bool null = false;
    for (uint32_t i = 0; i < event->value_count; i++) {
        const struct cord_value *value = &event->values[i];
        if (!atom->keyword && !is_called(naive, value, atom->field)) {
            continue;
        }
        present = true;
        null = null || value->kind == CORD_VALUE_NULL;
        if (value_holds(atom, value)) {
            return true;
        }
        for (uint32_t j = 0; atom->kind == CORD_ATOM_FIELD && j < event->value_count; j++) {
            if (is_called(naive, &event->values[j], atom->text) &&
                fields_hold(atom, value, &event->values[j])) {
                return true;
            }
        }
    }
    if (atom->kind == CORD_ATOM_NULL) {
        return null || !present;
    }
    return atom->kind == CORD_ATOM_EXISTS && present != atom->negated_exists;
}

static bool node_holds(const struct naive *naive, const struct cord_node *node)
{
    bool all = true;
    bool any = false;
    if (node->kind == CORD_NODE_ATOM) {
        return atom_holds(naive, node->atom);
    }
    for (const struct cord_node *child = node->child; child; child = child->next) {
        bool holds = node_holds(naive, child);
        all = all && holds;
        any = any || holds;
    }
    if (node->kind == CORD_NODE_NOT) {
        return !all;
    }
    return node->kind == CORD_NODE_AND ? all : any;
}

static bool has_word(const cord_str *words, size_t count, cord_str wanted)
{
    bool has = wanted.len == 0;
    for (size_t i = 0; i < count; i++) {
        has = has || cord_str_eq_fold(words[i], wanted);
    }
    return has;
}

bool naive_matches(const struct cord_rule *rule, const struct cord_event *event,
                   const struct cord_classifier *classifier, bool ignore_logsource)
{
    const struct cord_event_class *event_class =
        cord_classifier_class(classifier, event->event_class);
    struct naive naive = {event, classifier, event_class};
    bool routed =
        has_word(&event_class->product, 1, rule->logsource.product) &&
        has_word(event_class->categories, event_class->category_count, rule->logsource.category) &&
        has_word(event_class->services, event_class->service_count, rule->logsource.service);
    for (size_t i = 0; i < rule->condition_count && (routed || ignore_logsource); i++) {
        if (node_holds(&naive, rule->conditions[i])) {
            return true;
        }
    }
    return false;
}
