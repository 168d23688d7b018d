/* fhir_xml.c: see fhir_xml.h. */
#include "codec/fhir_xml.h"

#include "codec/json_write.h"

/* An element that is open. */
struct level {
    bool braces;    /* its end closes an object */
    bool described; /* something is in that object, or in the one that it is a resource of */
    cord_str list;  /* name of the elements within it that a list is open for; "": none */
};

struct writing {
    const struct cord_xml_tokens *tokens;
    struct cord_buf *plain;
    struct cord_buf *json;
    struct level levels[CORD_XML_DEPTH_MAX + 1]; /* by depth; [0] is around the root */
    const char *wrong;                           /* NULL: nothing so far */
};

/* What the tag of an element says. */
struct tag {
    cord_str id; /* ptr NULL: it has none, as the others */
    cord_str url;
    cord_str value;
};

static bool is_blank(cord_str text)
{
    return cord_str_trim(text).len == 0;
}

/* Resources have names that begin with a capital letter, all other elements have not. */
static bool is_resource(cord_str name)
{
    return name.len > 0 && name.ptr[0] >= 'A' && name.ptr[0] <= 'Z';
}

/* All of FHIR's are letters and digits. */
static bool is_name(cord_str name)
{
    bool good = true;
    for (size_t i = 0; good && i < name.len; i++) {
        char lower = cord_str_lower_char(name.ptr[i]);
        good = (lower >= 'a' && lower <= 'z') || cord_str_is_digit(lower);
    }
    return good;
}

static size_t end_of(const struct cord_xml_tokens *tokens, size_t at)
{
    unsigned depth = tokens->items[at].depth;
    do {
        at++;
    } while (at < tokens->count &&
             (tokens->items[at].kind != CORD_XML_END || tokens->items[at].depth != depth));
    return at;
}

/* Whether the next element beside the one that ends there has that name. */
static bool is_followed(const struct cord_xml_tokens *tokens, size_t end, cord_str name)
{
    for (size_t i = end + 1; i < tokens->count; i++) {
        const struct cord_xml_token *token = &tokens->items[i];
        if (token->kind == CORD_XML_START || token->kind == CORD_XML_END) {
            return token->kind == CORD_XML_START && cord_str_eq(token->name, name);
        }
    }
    return false;
}

static bool has_elements(const struct cord_xml_tokens *tokens, size_t at, size_t end)
{
    for (at++; at < end; at++) {
        if (tokens->items[at].kind == CORD_XML_START) {
            return true;
        }
    }
    return false;
}

/* --- tags --- */

/* Of a namespace, or of what a schema wants: says nothing of the resource. */
static bool is_foreign(const struct cord_xml_token *attribute)
{
    return attribute->name.ptr[-1] == ':' || cord_str_eq(attribute->name, CORD_STR("xmlns"));
}

static struct tag tag_of(struct writing *writing, size_t at)
{
    const struct cord_xml_tokens *tokens = writing->tokens;
    struct tag tag = {0};
    for (at++; at < tokens->count && tokens->items[at].kind == CORD_XML_ATTRIBUTE; at++) {
        const struct cord_xml_token *attribute = &tokens->items[at];
        if (is_foreign(attribute)) {
            continue;
        }
        if (cord_str_eq(attribute->name, CORD_STR("value"))) {
            tag.value = attribute->text;
        } else if (cord_str_eq(attribute->name, CORD_STR("id"))) {
            tag.id = attribute->text;
        } else if (cord_str_eq(attribute->name, CORD_STR("url"))) {
            tag.url = attribute->text;
        } else {
            writing->wrong = "an attribute that FHIR does not have";
        }
    }
    return tag;
}

/* --- writing --- */

static void put_text(struct writing *writing, cord_str text)
{
    cord_json_write_string(writing->json, cord_xml_tokens_plain(writing->plain, text));
}

/* A comma where something stands before, and the name. */
static void put_name(struct writing *writing, struct level *around, const char *prefix,
                     cord_str name)
{
    cord_buf_put_text(writing->json, around->described ? ",\"" : "\"");
    cord_buf_put_text(writing->json, prefix);
    cord_buf_put(writing->json, name); /* letters and digits: there is nothing to escape */
    cord_buf_put_text(writing->json, "\":");
    around->described = true;
}

static void open_object(struct writing *writing, struct level *level, const struct tag *tag)
{
    level->braces = true;
    cord_buf_put_char(writing->json, '{');
    if (tag->id.ptr) {
        put_name(writing, level, "", CORD_STR("id"));
        put_text(writing, tag->id);
    }
    if (tag->url.ptr) {
        put_name(writing, level, "", CORD_STR("url"));
        put_text(writing, tag->url);
    }
}

/* The root, or what an element holds that holds a resource and nothing else. */
static void begin_resource(struct writing *writing, const struct cord_xml_token *token)
{
    struct level *around = &writing->levels[token->depth - 1];
    struct level *level = &writing->levels[token->depth];
    if (token->depth == 1) {
        level->braces = true;
        cord_buf_put_char(writing->json, '{');
    } else if (!around->braces || around->described) {
        writing->wrong = "a resource beside something else";
        return;
    }
    put_name(writing, around, "", CORD_STR("resourceType"));
    put_text(writing, token->name);
    level->described = true;
}

/* Text between tags, which only a narrative has. */
static void put_narrative(struct writing *writing, size_t at, size_t end)
{
    bool first = true;
    cord_buf_put_char(writing->json, '[');
    for (; at < end; at++) {
        const struct cord_xml_token *token = &writing->tokens->items[at];
        if (token->kind == CORD_XML_TEXT && !is_blank(token->text)) {
            cord_buf_put_text(writing->json, first ? "" : ",");
            put_text(writing, token->text);
            first = false;
        }
    }
    cord_buf_put_char(writing->json, ']');
}

static void put_value(struct writing *writing, size_t at, size_t end, struct level *around)
{
    const struct cord_xml_token *token = &writing->tokens->items[at];
    struct level *level = &writing->levels[token->depth];
    struct tag tag = tag_of(writing, at);
    bool deeper = has_elements(writing->tokens, at, end);
    if (!tag.value.ptr) {
        if (!deeper && !tag.id.ptr && !tag.url.ptr) {
            writing->wrong = "an element with neither a value nor elements";
        }
        open_object(writing, level, &tag);
        return;
    }
    put_text(writing, tag.value);
    if (deeper || tag.id.ptr || tag.url.ptr) {
        if (around->list.len > 0) {
            writing->wrong = "one of several values, with an extension";
            return;
        }
        put_name(writing, around, "_", token->name);
        open_object(writing, level, &tag);
    }
}

/* Returns the token to go on behind. */
static size_t begin_element(struct writing *writing, size_t at)
{
    const struct cord_xml_token *token = &writing->tokens->items[at];
    struct level *around = &writing->levels[token->depth - 1];
    size_t end = end_of(writing->tokens, at);
    if (around->list.len > 0) {
        cord_buf_put_char(writing->json, ',');
    } else {
        put_name(writing, around, "", token->name);
        if (is_followed(writing->tokens, end, token->name)) {
            around->list = token->name;
            cord_buf_put_char(writing->json, '[');
        }
    }
    if (cord_str_eq(token->name, CORD_STR("div"))) {
        put_narrative(writing, at, end);
        return end - 1;
    }
    put_value(writing, at, end, around);
    return at;
}

static size_t begin(struct writing *writing, size_t at)
{
    const struct cord_xml_token *token = &writing->tokens->items[at];
    writing->levels[token->depth] = (struct level){.list = CORD_STR("")};
    if (is_resource(token->name)) {
        (void)tag_of(writing, at); /* only looked at */
        begin_resource(writing, token);
        return at;
    }
    if (token->depth == 1 || !is_name(token->name)) {
        writing->wrong =
            token->depth == 1 ? "a root that is no resource" : "an element that FHIR does not have";
        return at;
    }
    return begin_element(writing, at);
}

static void end(struct writing *writing, size_t at)
{
    unsigned depth = writing->tokens->items[at].depth;
    struct level *around = &writing->levels[depth - 1];
    if (writing->levels[depth].braces) {
        cord_buf_put_char(writing->json, '}');
    }
    if (around->list.len > 0 && !is_followed(writing->tokens, at, around->list)) {
        around->list = CORD_STR("");
        cord_buf_put_char(writing->json, ']');
    }
}

cord_status cord_fhir_xml_json(const struct cord_xml_tokens *tokens, struct cord_buf *plain,
                               struct cord_buf *json, struct cord_error *err)
{
    struct writing writing = {.tokens = tokens, .plain = plain, .json = json};
    writing.levels[0].list = CORD_STR("");
    for (size_t i = 0; i < tokens->count && !writing.wrong; i++) {
        switch (tokens->items[i].kind) {
        case CORD_XML_START:
            i = begin(&writing, i);
            break;
        case CORD_XML_END:
            end(&writing, i);
            break;
        case CORD_XML_TEXT:
            if (!is_blank(tokens->items[i].text)) {
                writing.wrong = "text between elements";
            }
            break;
        case CORD_XML_SECTION:
            writing.wrong = "a CDATA section";
            break;
        case CORD_XML_ATTRIBUTE:
        case CORD_XML_COMMENT:
            break;
        }
    }
    return writing.wrong ? cord_error_set(err, CORD_E_FORMAT, "no FHIR in XML: %s", writing.wrong)
                         : CORD_OK;
}
