/* compile.c: atoms become tests; equal ones become the same test. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/fold.h"
#include "base/vec.h"
#include "detect/compile_internal.h"
#include "detect/literal_find.h"
#include "detect/regex_needle.h"

enum { FRAGMENT_MIN = 2 };

static cord_str fold_copy(struct cord_arena *arena, cord_str text)
{
    size_t room = CORD_FOLD_BYTES_MAX(text.len) + 1;
    char *folded = cord_arena_bytes(arena, room);
    if (!folded) {
        return (cord_str){0};
    }
    return (cord_str){folded, cord_fold_text(text, folded, room)};
}

cord_status cord_compile_field(struct cord_compiler *compiler, cord_str name, uint32_t *ret_field)
{
    struct cord_ruleset *ruleset = compiler->ruleset;
    uint32_t field = cord_map_get(&ruleset->fields, name);
    if (field == CORD_MAP_NONE) {
        cord_str kept = cord_arena_copy(ruleset->arena, name);
        field = ruleset->field_count;
        if (!kept.ptr || cord_map_put(&ruleset->fields, kept, field) != CORD_OK) {
            return CORD_E_NOMEM;
        }
        ruleset->field_count++;
    }
    *ret_field = field;
    return CORD_OK;
}

/* The one text of a pattern that is a literal, and where it must stand. */
static bool literal_of(const struct cord_atom *atom, cord_str *ret_text,
                       enum cord_literal_kind *ret_kind)
{
    const struct cord_part *parts = atom->parts;
    size_t count = atom->part_count;
    if (atom->kind != CORD_ATOM_PATTERN || atom->cased || count == 0 || count > 3) {
        return false;
    }
    bool open_start = parts[0].kind == CORD_PART_ANY;
    bool open_end = count > 1 && parts[count - 1].kind == CORD_PART_ANY;
    size_t middle = open_start ? 1 : 0;
    if (count != middle + 1 + (open_end ? 1 : 0) || parts[middle].kind != CORD_PART_TEXT ||
        parts[middle].text.len == 0) {
        return false;
    }
    *ret_text = parts[middle].text;
    *ret_kind = open_start ? (open_end ? CORD_LITERAL_CONTAINS : CORD_LITERAL_ENDS)
                           : (open_end ? CORD_LITERAL_STARTS : CORD_LITERAL_EQUALS);
    return true;
}

bool cord_compile_is_literal(const struct cord_atom *atom)
{
    cord_str text;
    enum cord_literal_kind kind;
    return literal_of(atom, &text, &kind);
}

static cord_status intern_literal(struct cord_compiler *compiler, cord_str text,
                                  enum cord_literal_kind kind, uint32_t *ret_literal)
{
    struct cord_ruleset *ruleset = compiler->ruleset;
    size_t room = 1 + CORD_FOLD_BYTES_MAX(text.len);
    char *keyed = cord_arena_bytes(compiler->scratch, room);
    if (!keyed) {
        return CORD_E_NOMEM;
    }
    keyed[0] = (char)('0' + (int)kind);
    cord_str key = {keyed, 1 + cord_fold_text(text, keyed + 1, room - 1)};
    uint32_t literal = cord_map_get(&compiler->literal_map, key);
    if (literal == CORD_MAP_NONE) {
        struct cord_literal *grown = cord_vec_room(ruleset->literals, ruleset->literal_count,
                                                   &compiler->literal_cap, sizeof *grown);
        if (!grown) {
            return CORD_E_NOMEM;
        }
        ruleset->literals = grown;
        key = cord_arena_copy(ruleset->arena, key);
        literal = ruleset->literal_count;
        if (!key.ptr || cord_map_put(&compiler->literal_map, key, literal) != CORD_OK) {
            return CORD_E_NOMEM;
        }
        struct cord_literal_needle needle = cord_literal_needle_of(cord_str_from_byte(key, 1));
        ruleset->literals[literal] = (struct cord_literal){
            needle.ptr, needle.len, {needle.rare[0], needle.rare[1]}, (uint8_t)kind};
        ruleset->literal_count++;
    }
    *ret_literal = literal;
    return CORD_OK;
}

static cord_status add_test_literal(struct cord_compiler *compiler, uint32_t literal)
{
    struct cord_ruleset *ruleset = compiler->ruleset;
    uint32_t *grown = cord_vec_room(ruleset->test_literals, ruleset->test_literal_count,
                                    &compiler->test_literal_cap, sizeof *grown);
    if (!grown) {
        return CORD_E_NOMEM;
    }
    ruleset->test_literals = grown;
    ruleset->test_literals[ruleset->test_literal_count++] = literal;
    return CORD_OK;
}

/* The test that `key` stands for, or a new one like `test`. */
static cord_status intern_test(struct cord_compiler *compiler, cord_str key,
                               const struct cord_test *test, bool *ret_new, uint32_t *ret_test)
{
    struct cord_ruleset *ruleset = compiler->ruleset;
    uint32_t number = cord_map_get(&compiler->test_map, key);
    *ret_new = number == CORD_MAP_NONE;
    if (number == CORD_MAP_NONE) {
        struct cord_test *grown =
            cord_vec_room(ruleset->tests, ruleset->test_count, &compiler->test_cap, sizeof *grown);
        if (!grown) {
            return CORD_E_NOMEM;
        }
        ruleset->tests = grown;
        key = cord_arena_copy(compiler->keys, key);
        number = ruleset->test_count;
        if (!key.ptr || cord_map_put(&compiler->test_map, key, number) != CORD_OK) {
            return CORD_E_NOMEM;
        }
        ruleset->tests[number] = *test;
        ruleset->test_count++;
    }
    *ret_test = number;
    return CORD_OK;
}

static int compare_u32(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

/* Pieces that stand in a raw record as they are, whatever escapes its format
 * has, and are no spelling of a number. */
static cord_str fragment_of(cord_str text)
{
    cord_str best = {0};
    size_t from = 0;
    bool telling = false;
    for (size_t at = 0; at <= text.len; at++) {
        char c = at < text.len ? text.ptr[at] : '\0';
        if (c >= 0x20 && c < 0x7f && !strchr("\\/\"<>&'", c)) {
            telling = telling || !strchr("0123456789.+-e", c);
            continue;
        }
        if (telling && at - from > best.len) {
            best = cord_str_slice(text, from, at - from);
        }
        telling = false;
        from = at + 1;
    }
    return best;
}

/* For a keyword's test: a fragment of each thing it needs, or none at all. */
static cord_status add_fragments(struct cord_compiler *compiler, struct cord_test *test)
{
    struct cord_ruleset *ruleset = compiler->ruleset;
    test->fragment_first = (uint32_t)ruleset->test_literal_count;
    for (uint32_t i = 0; i < test->literal_count; i++) {
        const struct cord_literal *literal =
            &ruleset->literals[ruleset->test_literals[test->literal_first + i]];
        cord_str fragment = fragment_of((cord_str){literal->ptr, literal->len});
        if (fragment.len < FRAGMENT_MIN) {
            return CORD_OK;
        }
        uint32_t number;
        cord_status status = intern_literal(compiler, fragment, CORD_LITERAL_CONTAINS, &number);
        if (status == CORD_OK) {
            status = add_test_literal(compiler, number);
        }
        if (status != CORD_OK) {
            return status;
        }
    }
    test->fragment_count = test->literal_count;
    return CORD_OK;
}

static uint32_t literals_cost(const struct cord_ruleset *ruleset, const uint32_t *literals,
                              size_t count, bool keyword)
{
    uint32_t cost = 2;
    for (size_t i = 0; i < count && cost < 1000; i++) {
        cost += ruleset->literals[literals[i]].kind == CORD_LITERAL_CONTAINS ? 20 : 2;
    }
    return keyword ? cost * 30 : cost;
}

cord_status cord_compile_any(struct cord_compiler *compiler, const struct cord_atom *const *atoms,
                             size_t count, uint32_t *ret_test)
{
    struct cord_ruleset *ruleset = compiler->ruleset;
    /* Key: tag, field, the numbers of the literals in order. */
    uint32_t *key = cord_arena_alloc(compiler->scratch, (count + 2) * sizeof *key);
    if (!key) {
        return CORD_E_NOMEM;
    }
    key[0] = CORD_TEST_LITERALS;
    key[1] = CORD_FIELD_ANY;
    if (!atoms[0]->keyword) {
        cord_status status = cord_compile_field(compiler, atoms[0]->field, &key[1]);
        if (status != CORD_OK) {
            return status;
        }
    }
    uint32_t *literals = key + 2;
    for (size_t i = 0; i < count; i++) {
        cord_str text;
        enum cord_literal_kind kind;
        cord_status status = literal_of(atoms[i], &text, &kind)
                                 ? intern_literal(compiler, text, kind, &literals[i])
                                 : cord_error_set(compiler->err, CORD_E_FORMAT, "not a literal");
        if (status != CORD_OK) {
            return status;
        }
    }
    qsort(literals, count, sizeof *literals, compare_u32);
    size_t unique = 1;
    for (size_t i = 1; i < count; i++) {
        if (literals[i] != literals[unique - 1]) {
            literals[unique++] = literals[i];
        }
    }
    struct cord_test test = {
        .kind = CORD_TEST_LITERALS,
        .field = key[1],
        .literal_first = (uint32_t)ruleset->test_literal_count,
        .literal_count = (uint32_t)unique,
        .cost = literals_cost(ruleset, literals, unique, atoms[0]->keyword),
    };
    ruleset->test_literals_max = test.literal_count > ruleset->test_literals_max
                                     ? test.literal_count
                                     : ruleset->test_literals_max;
    bool is_new;
    cord_str key_text = {(const char *)key, (unique + 2) * sizeof *key};
    cord_status status = intern_test(compiler, key_text, &test, &is_new, ret_test);
    for (size_t i = 0; i < unique && is_new && status == CORD_OK; i++) {
        status = add_test_literal(compiler, literals[i]);
    }
    if (is_new && status == CORD_OK && atoms[0]->keyword) {
        status = add_fragments(compiler, &ruleset->tests[*ret_test]);
    }
    return status;
}

/* Everything that tells one atom from another, as bytes. */
static cord_status atom_key(struct cord_compiler *compiler, const struct cord_atom *atom,
                            uint32_t field, struct cord_buf *key)
{
    (void)compiler;
    uint32_t head[] = {
        0x80u + (uint32_t)atom->kind,
        field,
        (uint32_t)atom->cased,
        (uint32_t)atom->negated_exists,
        atom->regex_flags,
        (uint32_t)atom->cidr_bits,
        (uint32_t)atom->boolean,
        (uint32_t)atom->compare,
        (uint32_t)atom->time_part,
        (uint32_t)atom->field_match,
        (uint32_t)atom->keyword,
    };
    cord_buf_put(key, (cord_str){(const char *)head, sizeof head});
    cord_buf_put(key, (cord_str){(const char *)atom->cidr_address, sizeof atom->cidr_address});
    for (size_t i = 0; i < atom->part_count; i++) {
        uint64_t part[2] = {(uint64_t)atom->parts[i].kind, atom->parts[i].text.len};
        cord_buf_put(key, (cord_str){(const char *)part, sizeof part});
        if (atom->parts[i].kind == CORD_PART_TEXT) {
            cord_buf_put(key, atom->parts[i].text);
        }
    }
    if (atom->text.len > 0) {
        cord_buf_put(key, atom->text);
    }
    return key->failed ? CORD_E_NOMEM : CORD_OK;
}

/* The atom with its parts folded, so that matching need not. */
static const struct cord_atom *folded_atom(struct cord_arena *arena, const struct cord_atom *atom)
{
    struct cord_atom *copy = cord_arena_alloc(arena, sizeof *copy);
    struct cord_part *parts = cord_arena_zalloc(arena, atom->part_count + 1, sizeof *parts);
    if (!copy || !parts) {
        return NULL;
    }
    *copy = *atom;
    copy->parts = parts;
    for (size_t i = 0; i < atom->part_count; i++) {
        parts[i] = atom->parts[i];
        if (parts[i].kind == CORD_PART_TEXT) {
            parts[i].text = fold_copy(arena, parts[i].text);
            if (!parts[i].text.ptr) {
                return NULL;
            }
        }
    }
    return copy;
}

/* The longest text that a pattern with wildcards, or a cased one, demands. */
static cord_status pattern_needle(struct cord_compiler *compiler, const struct cord_atom *atom)
{
    size_t best = atom->part_count;
    for (size_t i = 0; i < atom->part_count; i++) {
        if (atom->parts[i].kind == CORD_PART_TEXT &&
            (best == atom->part_count || atom->parts[i].text.len > atom->parts[best].text.len)) {
            best = i;
        }
    }
    if (best == atom->part_count || atom->parts[best].text.len == 0) {
        return CORD_OK;
    }
    enum cord_literal_kind kind = CORD_LITERAL_CONTAINS;
    if (best == 0) {
        kind = atom->part_count == 1 ? CORD_LITERAL_EQUALS : CORD_LITERAL_STARTS;
    } else if (best == atom->part_count - 1) {
        kind = CORD_LITERAL_ENDS;
    }
    uint32_t literal;
    cord_status status = intern_literal(compiler, atom->parts[best].text, kind, &literal);
    return status == CORD_OK ? add_test_literal(compiler, literal) : status;
}

static cord_status regex_needles(struct cord_compiler *compiler, const struct cord_atom *atom)
{
    cord_str needles[CORD_REGEX_NEEDLES_MAX];
    size_t count = 0;
    cord_status status =
        cord_regex_needle_find(atom->text, compiler->odds, compiler->scratch, needles, &count);
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        uint32_t literal;
        status = intern_literal(compiler, needles[i], CORD_LITERAL_CONTAINS, &literal);
        if (status == CORD_OK) {
            status = add_test_literal(compiler, literal);
        }
    }
    return status;
}

static uint32_t atom_cost(const struct cord_atom *atom)
{
    static const uint32_t costs[] = {
        [CORD_ATOM_PATTERN] = 60, [CORD_ATOM_REGEX] = 2000, [CORD_ATOM_CIDR] = 30,
        [CORD_ATOM_NUMBER] = 25,  [CORD_ATOM_BOOL] = 4,     [CORD_ATOM_NULL] = 1,
        [CORD_ATOM_EXISTS] = 1,   [CORD_ATOM_FIELD] = 60,
    };
    return atom->keyword ? costs[atom->kind] * 30 : costs[atom->kind];
}

static enum cord_test_kind test_kind(const struct cord_atom *atom)
{
    if (atom->kind == CORD_ATOM_NULL) {
        return CORD_TEST_NULL;
    }
    if (atom->kind == CORD_ATOM_EXISTS) {
        return CORD_TEST_EXISTS;
    }
    return atom->kind == CORD_ATOM_FIELD ? CORD_TEST_FIELD : CORD_TEST_ATOM;
}

/* What only a new test needs, in place. */
static cord_status complete_test(struct cord_compiler *compiler, struct cord_test *test,
                                 const struct cord_atom *atom)
{
    cord_status status = CORD_OK;
    test->literal_first = (uint32_t)compiler->ruleset->test_literal_count;
    if (atom->kind == CORD_ATOM_FIELD) {
        status = cord_compile_field(compiler, atom->text, &test->other);
    } else if (atom->kind == CORD_ATOM_REGEX) {
        status = cord_regex_compile(atom->text, atom->regex_flags, &test->regex, compiler->err);
        if (status == CORD_OK) {
            status = regex_needles(compiler, atom);
        }
    } else if (atom->kind == CORD_ATOM_PATTERN) {
        status = pattern_needle(compiler, atom);
        if (!atom->cased && status == CORD_OK) {
            test->atom = folded_atom(compiler->ruleset->arena, atom);
            status = test->atom ? CORD_OK : CORD_E_NOMEM;
        }
    }
    test->literal_count = (uint32_t)compiler->ruleset->test_literal_count - test->literal_first;
    return status == CORD_OK && atom->keyword ? add_fragments(compiler, test) : status;
}

cord_status cord_compile_atom(struct cord_compiler *compiler, const struct cord_atom *atom,
                              uint32_t *ret_test)
{
    if (cord_compile_is_literal(atom)) {
        return cord_compile_any(compiler, &atom, 1, ret_test);
    }
    uint32_t field = CORD_FIELD_ANY;
    if (!atom->keyword) {
        cord_status status = cord_compile_field(compiler, atom->field, &field);
        if (status != CORD_OK) {
            return status;
        }
    }
    struct cord_buf key;
    cord_buf_init(&key, SIZE_MAX / 2);
    cord_status status = atom_key(compiler, atom, field, &key);
    struct cord_test test = {
        .kind = test_kind(atom),
        .outcome = !atom->negated_exists,
        .field = field,
        .cost = atom_cost(atom),
        .atom = atom,
    };
    bool is_new = false;
    if (status == CORD_OK) {
        status = intern_test(compiler, cord_buf_str(&key), &test, &is_new, ret_test);
    }
    cord_buf_done(&key);
    if (status == CORD_OK && is_new) {
        status = complete_test(compiler, &compiler->ruleset->tests[*ret_test], atom);
    }
    return status;
}

cord_status cord_compile_constant(struct cord_compiler *compiler, bool outcome, uint32_t *ret_test)
{
    struct cord_test test = {.kind = CORD_TEST_CONSTANT, .outcome = outcome};
    uint32_t key[2] = {CORD_TEST_CONSTANT, outcome};
    bool is_new;
    return intern_test(compiler, (cord_str){(const char *)key, sizeof key}, &test, &is_new,
                       ret_test);
}
