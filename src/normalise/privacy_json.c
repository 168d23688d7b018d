/* privacy_json.c: FHIR AuditEvent in JSON; see privacy.h. */
#include "normalise/privacy_internal.h"

#include "base/vec.h"
#include "codec/json_unescape.h"
#include "codec/json_write.h"

enum { DEPTH_MAX = 64 };

enum kind {
    KIND_OBJECT,
    KIND_ARRAY,
    KIND_STRING,
    KIND_NUMBER,
    KIND_WORD,
};

/* What an object or value is to us; it follows from the one around it. */
enum mode {
    MODE_FREE,
    MODE_ENTITY,         /* what was accessed, and is no patient */
    MODE_PATIENT_ENTITY, /* the patient */
    MODE_DETAIL,
    MODE_REFERENCE,  /* to a patient */
    MODE_IDENTIFIER, /* of a patient */
    MODE_RESOURCE,   /* a Patient itself */
    MODE_AGENT,      /* a patient who acts */
    MODE_KEY,
    MODE_REMOVE,
};

struct cord_privacy_node {
    enum kind kind;
    enum mode mode;
    uint32_t parent;
    uint32_t end;  /* the node behind the last below it */
    cord_str name; /* members of an array have the array's */
    cord_str text; /* the lexeme; of a string with its quotes; of a container its bracket */
};

/* --- reading --- */

struct walk {
    struct cord_privacy *privacy;
    cord_str text;
    size_t at;
    uint32_t open[DEPTH_MAX];
    size_t depth;
};

static void skip_blanks(struct walk *walk)
{
    while (walk->at < walk->text.len &&
           cord_str_find_char(CORD_STR(" \t\r\n"), walk->text.ptr[walk->at], 0) != SIZE_MAX) {
        walk->at++;
    }
}

static char peek(const struct walk *walk)
{
    return walk->at < walk->text.len ? walk->text.ptr[walk->at] : '\0';
}

static bool is_hex(char c)
{
    char lower = cord_str_lower_char(c);
    return cord_str_is_digit(c) || (lower >= 'a' && lower <= 'f');
}

/* Bytes of the escape sequence behind `at`; 0: it is none. */
static size_t escape_len(cord_str text, size_t at)
{
    if (at + 1 >= text.len) {
        return 0;
    }
    char c = text.ptr[at + 1];
    if (c != 'u') {
        return cord_str_find_char(CORD_STR("\"\\/bfnrt"), c, 0) != SIZE_MAX ? 2 : 0;
    }
    for (size_t i = 2; i < 6; i++) {
        if (at + i >= text.len || !is_hex(text.ptr[at + i])) {
            return 0;
        }
    }
    return 6;
}

/* With its quotes. */
static bool take_string(struct walk *walk, cord_str *ret_lexeme)
{
    size_t from = walk->at;
    size_t at = from + 1;
    if (peek(walk) != '"') {
        return false;
    }
    while (at < walk->text.len && walk->text.ptr[at] != '"') {
        char c = walk->text.ptr[at];
        size_t len = c == '\\' ? escape_len(walk->text, at) : 1;
        if (len == 0 || (unsigned char)c < 0x20) {
            return false;
        }
        at += len;
    }
    if (at >= walk->text.len) {
        return false;
    }
    walk->at = at + 1;
    *ret_lexeme = cord_str_slice(walk->text, from, walk->at - from);
    return true;
}

static size_t digits(const struct walk *walk, size_t at)
{
    size_t from = at;
    while (at < walk->text.len && cord_str_is_digit(walk->text.ptr[at])) {
        at++;
    }
    return at - from;
}

static bool take_number(struct walk *walk, cord_str *ret_lexeme)
{
    const char *ptr = walk->text.ptr;
    size_t end = walk->text.len;
    size_t at = walk->at + (peek(walk) == '-' ? 1 : 0);
    size_t whole = digits(walk, at);
    if (whole == 0 || (whole > 1 && ptr[at] == '0')) {
        return false;
    }
    at += whole;
    if (at < end && ptr[at] == '.') {
        size_t some = digits(walk, at + 1);
        if (some == 0) {
            return false;
        }
        at += 1 + some;
    }
    if (at < end && (ptr[at] == 'e' || ptr[at] == 'E')) {
        at++;
        at += at < end && (ptr[at] == '+' || ptr[at] == '-') ? 1 : 0;
        size_t some = digits(walk, at);
        if (some == 0) {
            return false;
        }
        at += some;
    }
    *ret_lexeme = cord_str_slice(walk->text, walk->at, at - walk->at);
    walk->at = at;
    return true;
}

static bool take_word(struct walk *walk, cord_str *ret_lexeme)
{
    static const struct cord_str words[] = {{"true", 4}, {"false", 5}, {"null", 4}};
    cord_str rest = cord_str_from_byte(walk->text, walk->at);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (cord_str_starts(rest, words[i])) {
            *ret_lexeme = cord_str_slice(rest, 0, words[i].len);
            walk->at += words[i].len;
            return true;
        }
    }
    return false;
}

static cord_status add(struct walk *walk, const struct cord_privacy_node *node)
{
    struct cord_privacy *privacy = walk->privacy;
    if (privacy->node_count == CORD_PRIVACY_VALUES_MAX) {
        return CORD_E_LIMIT;
    }
    struct cord_privacy_node *nodes =
        cord_vec_room(privacy->nodes, privacy->node_count, &privacy->node_cap, sizeof *nodes);
    if (!nodes) {
        return CORD_E_NOMEM;
    }
    privacy->nodes = nodes;
    nodes[privacy->node_count] = *node;
    nodes[privacy->node_count].end = (uint32_t)privacy->node_count + 1;
    privacy->node_count++;
    return CORD_OK;
}

/* One value, or the opening bracket of one. */
static cord_status take_value(struct walk *walk, cord_str name)
{
    char c = peek(walk);
    bool taken = true;
    struct cord_privacy_node node = {
        .name = name,
        .parent = walk->depth > 0 ? walk->open[walk->depth - 1] : UINT32_MAX,
    };
    if (c == '{' || c == '[') {
        if (walk->depth == DEPTH_MAX) {
            return CORD_E_LIMIT;
        }
        node.kind = c == '{' ? KIND_OBJECT : KIND_ARRAY;
        node.text = cord_str_slice(walk->text, walk->at++, 1);
        walk->open[walk->depth++] = (uint32_t)walk->privacy->node_count;
    } else if (c == '"') {
        node.kind = KIND_STRING;
        taken = take_string(walk, &node.text);
    } else if (c == '-' || cord_str_is_digit(c)) {
        node.kind = KIND_NUMBER;
        taken = take_number(walk, &node.text);
    } else {
        node.kind = KIND_WORD;
        taken = take_word(walk, &node.text);
    }
    return taken ? add(walk, &node) : CORD_E_FORMAT;
}

/* FHIR's names are letters: one with an escape sequence hides something. */
static bool take_name(struct walk *walk, cord_str *ret_name)
{
    cord_str lexeme;
    if (!take_string(walk, &lexeme)) {
        return false;
    }
    *ret_name = cord_str_slice(lexeme, 1, lexeme.len - 2);
    skip_blanks(walk);
    if (peek(walk) != ':' || cord_str_find_char(lexeme, '\\', 0) != SIZE_MAX) {
        return false;
    }
    walk->at++;
    skip_blanks(walk);
    return true;
}

static cord_status take_member(struct walk *walk)
{
    const struct cord_privacy_node *around = &walk->privacy->nodes[walk->open[walk->depth - 1]];
    cord_str name = around->name;
    if (around->kind == KIND_OBJECT && !take_name(walk, &name)) {
        return CORD_E_FORMAT;
    }
    return take_value(walk, name);
}

/* Behind a value: closes what ends there. False: neither a comma nor an end. */
static bool close_ended(struct walk *walk)
{
    skip_blanks(walk);
    while (walk->depth > 0) {
        struct cord_privacy_node *around = &walk->privacy->nodes[walk->open[walk->depth - 1]];
        char bracket = around->kind == KIND_OBJECT ? '}' : ']';
        if (peek(walk) != bracket) {
            break;
        }
        around->end = (uint32_t)walk->privacy->node_count;
        walk->depth--;
        walk->at++;
        skip_blanks(walk);
    }
    if (walk->depth == 0) {
        return walk->at == walk->text.len;
    }
    /* Straight behind its opening bracket a member may stand without a comma. */
    bool first = walk->open[walk->depth - 1] + 1 == walk->privacy->node_count;
    bool comma = peek(walk) == ',';
    walk->at += comma ? 1 : 0;
    skip_blanks(walk);
    return comma != first;
}

static cord_status read_document(struct walk *walk)
{
    walk->privacy->node_count = 0;
    cord_status status = take_value(walk, CORD_STR(""));
    while (status == CORD_OK) {
        if (!close_ended(walk)) {
            return CORD_E_FORMAT;
        }
        if (walk->depth == 0) {
            return CORD_OK;
        }
        status = take_member(walk);
    }
    return status;
}

/* --- what is what --- */

/* Without escape sequences; good until the next call. */
static cord_str plain_of(struct cord_privacy *privacy, const struct cord_privacy_node *node)
{
    if (node->kind != KIND_STRING) {
        return node->text;
    }
    cord_str inside = cord_str_slice(node->text, 1, node->text.len - 2);
    if (cord_str_find_char(inside, '\\', 0) == SIZE_MAX) {
        return inside;
    }
    cord_buf_clear(&privacy->plain);
    char *into = cord_buf_reserve(&privacy->plain, inside.len);
    if (!into) {
        privacy->plain.failed = true;
        return CORD_STR("");
    }
    privacy->plain.len = cord_json_unescape(inside, into);
    return cord_buf_str(&privacy->plain);
}

static bool is_leaf(const struct cord_privacy_node *node)
{
    return node->kind != KIND_OBJECT && node->kind != KIND_ARRAY;
}

static bool is_named(const struct cord_privacy_node *node, const char *name)
{
    return cord_str_eq(node->name, cord_str_from(name));
}

static bool is_one_of(cord_str text, const char *const *words)
{
    for (; *words; words++) {
        if (cord_str_eq_fold(text, cord_str_from(*words))) {
            return true;
        }
    }
    return false;
}

/* A leaf of that name anywhere below `at`, whose text is a word of the list. */
static bool has_leaf(struct cord_privacy *privacy, uint32_t at, const char *name,
                     const char *const *words)
{
    uint32_t end = privacy->nodes[at].end;
    for (uint32_t i = at + 1; i < end; i++) {
        const struct cord_privacy_node *node = &privacy->nodes[i];
        if (is_leaf(node) && is_named(node, name) && is_one_of(plain_of(privacy, node), words)) {
            return true;
        }
    }
    return false;
}

static bool names_patient(cord_str text)
{
    static const struct cord_str parts[] = {{"Patient/", 8}, {"Person/", 7}, {"Patient?", 8}};
    for (size_t at = 0; at < text.len; at++) {
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
            if (cord_str_starts_fold(cord_str_from_byte(text, at), parts[i])) {
                return true;
            }
        }
    }
    return false;
}

static const char *const person_words[] = {"Patient", "Person", "RelatedPerson", NULL};

/* A Reference: by the member that says so, directly in it. */
static bool is_patient_reference(struct cord_privacy *privacy, uint32_t at)
{
    uint32_t end = privacy->nodes[at].end;
    for (uint32_t i = at + 1; i < end; i = privacy->nodes[i].end) {
        const struct cord_privacy_node *node = &privacy->nodes[i];
        if (node->kind != KIND_STRING) {
            continue;
        }
        if ((is_named(node, "type") && is_one_of(plain_of(privacy, node), person_words)) ||
            (is_named(node, "reference") && names_patient(plain_of(privacy, node)))) {
            return true;
        }
    }
    return false;
}

static bool holds_patient_reference(struct cord_privacy *privacy, uint32_t at)
{
    uint32_t end = privacy->nodes[at].end;
    for (uint32_t i = at + 1; i < end; i = privacy->nodes[i].end) {
        if (privacy->nodes[i].kind == KIND_OBJECT && is_patient_reference(privacy, i)) {
            return true;
        }
    }
    return false;
}

static bool holds_reference(struct cord_privacy *privacy, uint32_t at)
{
    uint32_t end = privacy->nodes[at].end;
    for (uint32_t i = at + 1; i < end; i++) {
        if (is_named(&privacy->nodes[i], "reference") && privacy->nodes[i].kind == KIND_STRING) {
            return true;
        }
    }
    return false;
}

/* An entity that does not say what it is counts as a patient. */
static bool is_patient_entity(struct cord_privacy *privacy, uint32_t at)
{
    static const char *const patient_codes[] = {"1", "Patient", "PAT", NULL};
    uint32_t end = privacy->nodes[at].end;
    bool told = false;
    for (uint32_t i = at + 1; i < end; i = privacy->nodes[i].end) {
        const struct cord_privacy_node *node = &privacy->nodes[i];
        if (is_named(node, "type") || is_named(node, "role")) {
            told = true;
            if (has_leaf(privacy, i, "code", patient_codes)) {
                return true;
            }
        }
    }
    return holds_patient_reference(privacy, at) || (!told && !holds_reference(privacy, at));
}

static bool is_person(struct cord_privacy *privacy, uint32_t at)
{
    uint32_t end = privacy->nodes[at].end;
    for (uint32_t i = at + 1; i < end; i = privacy->nodes[i].end) {
        const struct cord_privacy_node *node = &privacy->nodes[i];
        if (is_named(node, "resourceType") && is_one_of(plain_of(privacy, node), person_words)) {
            return true;
        }
    }
    return false;
}

static enum mode free_mode(struct cord_privacy *privacy, uint32_t at)
{
    static const char *const narrative[] = {"div", NULL};
    const struct cord_privacy_node *node = &privacy->nodes[at];
    if (node->kind == KIND_ARRAY) {
        return MODE_FREE; /* its members have its name */
    }
    if (is_leaf(node)) {
        return is_one_of(node->name, narrative) ? MODE_REMOVE : MODE_FREE;
    }
    if (is_person(privacy, at)) {
        return MODE_RESOURCE;
    }
    if (is_named(node, "entity")) {
        return is_patient_entity(privacy, at) ? MODE_PATIENT_ENTITY : MODE_ENTITY;
    }
    if (is_named(node, "agent") && holds_patient_reference(privacy, at)) {
        return MODE_AGENT;
    }
    return is_named(node, "patient") || is_patient_reference(privacy, at) ? MODE_REFERENCE
                                                                          : MODE_FREE;
}

/* What a member of that name becomes where the mode says so; the last row of a mode
 * is for all other names. */
struct rule {
    enum mode around;
    enum mode mode;
    const char *name;
};

static const struct rule rules[] = {
    {MODE_ENTITY, MODE_REMOVE, "name"},
    {MODE_ENTITY, MODE_REMOVE, "description"},
    {MODE_ENTITY, MODE_REMOVE, "query"},
    {MODE_ENTITY, MODE_DETAIL, "detail"},
    {MODE_ENTITY, MODE_FREE, NULL},
    {MODE_PATIENT_ENTITY, MODE_FREE, "type"},
    {MODE_PATIENT_ENTITY, MODE_FREE, "role"},
    {MODE_PATIENT_ENTITY, MODE_FREE, "lifecycle"},
    {MODE_PATIENT_ENTITY, MODE_FREE, "securityLabel"},
    {MODE_PATIENT_ENTITY, MODE_REFERENCE, "what"},
    {MODE_PATIENT_ENTITY, MODE_REFERENCE, "reference"},
    {MODE_PATIENT_ENTITY, MODE_IDENTIFIER, "identifier"},
    {MODE_PATIENT_ENTITY, MODE_DETAIL, "detail"},
    {MODE_PATIENT_ENTITY, MODE_FREE, "agent"}, /* R5: who contributed */
    {MODE_PATIENT_ENTITY, MODE_REMOVE, NULL},
    {MODE_DETAIL, MODE_FREE, "type"},
    {MODE_DETAIL, MODE_REMOVE, NULL},
    {MODE_REFERENCE, MODE_KEY, "reference"},
    {MODE_REFERENCE, MODE_FREE, "type"},
    {MODE_REFERENCE, MODE_IDENTIFIER, "identifier"},
    {MODE_REFERENCE, MODE_REMOVE, NULL},
    {MODE_IDENTIFIER, MODE_KEY, "value"},
    {MODE_IDENTIFIER, MODE_FREE, "system"},
    {MODE_IDENTIFIER, MODE_FREE, "use"},
    {MODE_IDENTIFIER, MODE_FREE, "type"},
    {MODE_IDENTIFIER, MODE_REMOVE, NULL},
    {MODE_RESOURCE, MODE_FREE, "resourceType"},
    {MODE_RESOURCE, MODE_KEY, "id"},
    {MODE_RESOURCE, MODE_IDENTIFIER, "identifier"},
    {MODE_RESOURCE, MODE_REMOVE, NULL},
    {MODE_AGENT, MODE_REFERENCE, "who"},
    {MODE_AGENT, MODE_REFERENCE, "reference"},
    {MODE_AGENT, MODE_IDENTIFIER, "userId"},
    {MODE_AGENT, MODE_KEY, "altId"},
    {MODE_AGENT, MODE_REMOVE, "name"},
    {MODE_AGENT, MODE_FREE, NULL},
};

static enum mode ruled(enum mode around, const struct cord_privacy_node *node)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (rules[i].around == around && (!rules[i].name || is_named(node, rules[i].name))) {
            return rules[i].mode;
        }
    }
    return MODE_REMOVE; /* below what is keyed or removed */
}

static enum mode mode_of(struct cord_privacy *privacy, uint32_t at)
{
    const struct cord_privacy_node *node = &privacy->nodes[at];
    if (node->parent == UINT32_MAX) {
        return free_mode(privacy, at);
    }
    const struct cord_privacy_node *around = &privacy->nodes[node->parent];
    enum mode mode = around->mode;
    if (around->kind == KIND_ARRAY) { /* it has the mode of its members */
        return mode == MODE_FREE ? free_mode(privacy, at) : mode;
    }
    if (mode != MODE_FREE) {
        mode = ruled(mode, node);
    }
    return mode == MODE_FREE ? free_mode(privacy, at) : mode;
}

/* A member of what is keyed that is no text can be nothing to key. */
static enum cord_privacy_policy policy_of(const struct cord_privacy_node *node, cord_str plain)
{
    switch (node->mode) {
    case MODE_KEY:
        return names_patient(plain) ? CORD_PRIVACY_TEXT : CORD_PRIVACY_KEY;
    case MODE_FREE:
        return CORD_PRIVACY_TEXT;
    case MODE_ENTITY:
    case MODE_PATIENT_ENTITY:
    case MODE_DETAIL:
    case MODE_REFERENCE:
    case MODE_IDENTIFIER:
    case MODE_RESOURCE:
    case MODE_AGENT:
    case MODE_REMOVE:
        break;
    }
    return CORD_PRIVACY_REMOVE;
}

/* --- writing --- */

static void rewrite(struct cord_privacy *privacy, cord_str document)
{
    size_t copied = 0;
    for (uint32_t i = 0; i < privacy->node_count; i++) {
        struct cord_privacy_node *node = &privacy->nodes[i];
        node->mode = mode_of(privacy, i);
        if (node->kind != KIND_STRING && node->kind != KIND_NUMBER) {
            continue;
        }
        cord_str plain = plain_of(privacy, node);
        if (!cord_privacy_value(privacy, policy_of(node, plain), plain)) {
            continue;
        }
        size_t from = (size_t)(node->text.ptr - document.ptr);
        cord_buf_put(&privacy->out, cord_str_slice(document, copied, from - copied));
        cord_json_write_string(&privacy->out, cord_buf_str(&privacy->fresh));
        copied = from + node->text.len;
    }
    cord_buf_put(&privacy->out, cord_str_from_byte(document, copied));
}

static bool is_audit(struct cord_privacy *privacy)
{
    static const char *const kinds[] = {"AuditEvent", "Bundle", NULL};
    uint32_t end = privacy->nodes[0].end;
    for (uint32_t i = 1; i < end; i = privacy->nodes[i].end) {
        const struct cord_privacy_node *node = &privacy->nodes[i];
        if (is_named(node, "resourceType")) {
            return is_one_of(plain_of(privacy, node), kinds);
        }
    }
    return false;
}

cord_status cord_privacy_json(struct cord_privacy *privacy, cord_str document,
                              struct cord_error *err)
{
    struct walk walk = {.privacy = privacy, .text = document};
    cord_status status = read_document(&walk);
    if (status == CORD_E_FORMAT) {
        return cord_error_set(err, status, "no JSON: wrong at byte %zu", walk.at);
    }
    if (status == CORD_E_LIMIT) {
        return cord_error_set(err, status, "JSON with too many values or too deep");
    }
    if (status != CORD_OK) {
        return cord_error_set(err, status, "out of memory");
    }
    if (!is_audit(privacy)) {
        return cord_error_set(err, CORD_E_FORMAT, "neither a FHIR AuditEvent nor a Bundle");
    }
    rewrite(privacy, document);
    return CORD_OK;
}
