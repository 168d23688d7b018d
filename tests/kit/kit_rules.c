/* kit_rules.c: see kit_rules.h. */
#include "kit/kit.h"

#include "kit/kit_rules.h"

#include <stdlib.h>

static void put_text(struct cord_buf *buf, cord_str text, bool escape)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < 0x20 || c > 0x7e) {
            cord_buf_printf(buf, "\\x%02x", c);
        } else {
            if (escape && (c == '*' || c == '?')) {
                cord_buf_put_char(buf, '\\');
            }
            cord_buf_put_char(buf, (char)c);
        }
    }
}

static void put_pattern(struct cord_buf *buf, const struct cord_atom *atom)
{
    cord_buf_put_text(buf, atom->cased ? "==" : "=");
    for (size_t i = 0; i < atom->part_count; i++) {
        switch (atom->parts[i].kind) {
        case CORD_PART_TEXT:
            put_text(buf, atom->parts[i].text, true);
            break;
        case CORD_PART_ANY:
            cord_buf_put_char(buf, '*');
            break;
        case CORD_PART_ONE:
            cord_buf_put_char(buf, '?');
            break;
        }
    }
}

static void put_number(struct cord_buf *buf, const struct cord_atom *atom)
{
    static const char *const parts[] = {"", ".minute", ".hour", ".day", ".week", ".month", ".year"};
    static const char *const compares[] = {"=", "<", "<=", ">", ">="};
    cord_buf_printf(buf, "%s%s%.*s", parts[atom->time_part], compares[atom->compare],
                    CORD_STR_ARG(atom->text));
}

static void put_atom(struct cord_buf *buf, const struct cord_atom *atom)
{
    static const char *const matches[] = {"=", " contains ", " startswith ", " endswith "};
    cord_buf_put(buf, atom->keyword ? CORD_STR("kw") : atom->field);
    switch (atom->kind) {
    case CORD_ATOM_PATTERN:
        put_pattern(buf, atom);
        break;
    case CORD_ATOM_REGEX:
        cord_buf_printf(buf, "~%s%s%s/", atom->regex_flags & CORD_REGEX_CASELESS ? "i" : "",
                        atom->regex_flags & CORD_REGEX_MULTILINE ? "m" : "",
                        atom->regex_flags & CORD_REGEX_DOTALL ? "s" : "");
        put_text(buf, atom->text, false);
        break;
    case CORD_ATOM_CIDR:
        cord_buf_put_char(buf, '@');
        for (size_t i = 0; i < 16; i++) {
            cord_buf_printf(buf, "%02x", atom->cidr_address[i]);
        }
        cord_buf_printf(buf, "/%u", atom->cidr_bits);
        break;
    case CORD_ATOM_NUMBER:
        put_number(buf, atom);
        break;
    case CORD_ATOM_BOOL:
        cord_buf_put_text(buf, atom->boolean ? " is true" : " is false");
        break;
    case CORD_ATOM_NULL:
        cord_buf_put_text(buf, " is null");
        break;
    case CORD_ATOM_EXISTS:
        cord_buf_put_text(buf, atom->negated_exists ? " absent" : " exists");
        break;
    case CORD_ATOM_FIELD:
        cord_buf_printf(buf, "%s%s<%.*s>", matches[atom->field_match], atom->cased ? "=" : "",
                        CORD_STR_ARG(atom->text));
        break;
    }
}

void kit_rules_render(const struct cord_node *node, struct cord_buf *buf)
{
    static const char *const words[] = {"and", "or", "not"};
    if (node->kind == CORD_NODE_ATOM) {
        put_atom(buf, node->atom);
        return;
    }
    cord_buf_printf(buf, "%c%s", node->expansion ? '[' : '(', words[node->kind]);
    for (const struct cord_node *child = node->child; child; child = child->next) {
        cord_buf_put_char(buf, ' ');
        kit_rules_render(child, buf);
    }
    cord_buf_put_char(buf, node->expansion ? ']' : ')');
}

struct cord_collection *kit_rules(cord_str text)
{
    struct cord_collection *collection = cord_collection_new();
    struct cord_error err = {0};
    assert_non_null(collection);
    if (cord_collection_add(collection, CORD_STR("test.yml"), text, &err) != CORD_OK ||
        cord_collection_finish(collection, &err) != CORD_OK) {
        print_error("%s\n", err.text);
        fail();
    }
    return collection;
}

struct cord_collection *kit_rules_detection(cord_str detection)
{
    struct cord_buf buf;
    cord_buf_init(&buf, 1 << 24);
    cord_buf_put_text(&buf, "title: t\nlogsource: {product: windows}\ndetection:\n");
    cord_buf_put(&buf, detection);
    struct cord_collection *collection = kit_rules(cord_buf_str(&buf));
    cord_buf_done(&buf);
    return collection;
}

void kit_rules_print(const struct cord_collection *collection)
{
    for (size_t i = 0; i < cord_collection_refusal_count(collection); i++) {
        const struct cord_rule_refusal *refusal = cord_collection_refusal(collection, i);
        print_error("%s %.*s:%u: %.*s\n", refusal->warning ? "warning" : "refused",
                    CORD_STR_ARG(refusal->file), refusal->line, CORD_STR_ARG(refusal->reason));
    }
}

void kit_rules_check(const struct cord_collection *collection, cord_str wanted, const char *file,
                     int line)
{
    if (cord_collection_rule_count(collection) != 1) {
        print_error("%s:%d: %zu rules\n", file, line, cord_collection_rule_count(collection));
        kit_rules_print(collection);
        fail();
    }
    const struct cord_rule *rule = cord_collection_rule(collection, 0);
    struct cord_buf buf;
    cord_buf_init(&buf, 1 << 24);
    for (size_t i = 0; i < rule->condition_count; i++) {
        cord_buf_put_text(&buf, i > 0 ? " | " : "");
        kit_rules_render(rule->conditions[i], &buf);
    }
    kit_check_str(cord_buf_str(&buf), wanted, file, line);
    cord_buf_done(&buf);
}

const struct cord_rule_refusal *kit_rules_refusal(const struct cord_collection *collection,
                                                  bool warning, const char *words)
{
    for (size_t i = 0; i < cord_collection_refusal_count(collection); i++) {
        const struct cord_rule_refusal *refusal = cord_collection_refusal(collection, i);
        if (refusal->warning == warning && strstr(refusal->reason.ptr, words)) {
            return refusal;
        }
    }
    return NULL;
}
