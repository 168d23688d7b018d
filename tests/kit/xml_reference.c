/* xml_reference.c: see xml_reference.h. */
#include "kit/xml_reference.h"

#include <expat.h>
#include <stdlib.h>

enum { DEPTH_MAX = 60, PATH_MAX_BYTES = 2048, TEXT_MAX = 1 << 20 };

struct level {
    char path[PATH_MAX_BYTES];
    bool data, attributes, children, text;
};

struct reference {
    struct cord_buf *out;
    struct cord_buf text;
    struct level levels[DEPTH_MAX];
    size_t depth;
    bool too_much;
};

static void put(struct reference *r, const char *path, cord_str text)
{
    cord_buf_printf(r->out, "%s=", path);
    cord_buf_put(r->out, text);
    cord_buf_put_char(r->out, '\n');
}

static bool join(char *to, const char *parent, const char *name)
{
    size_t parent_len = strlen(parent);
    size_t len = strlen(name);
    if (parent_len + len + 2 > PATH_MAX_BYTES) {
        return false;
    }
    memcpy(to, parent, parent_len);
    to += parent_len;
    if (parent_len > 0) {
        *to++ = '.';
    }
    memcpy(to, name, len + 1);
    return true;
}

static void end_text(struct reference *r, bool closing)
{
    struct level *level = r->depth > 0 ? &r->levels[r->depth - 1] : NULL;
    cord_str text = cord_buf_str(&r->text);
    bool blank = cord_str_trim(text).len == 0;
    if (level && text.len > 0 && (!blank || (closing && !level->children && level->data))) {
        level->text = true;
        put(r, level->path, text);
    }
    cord_buf_clear(&r->text);
}

static void start(void *user, const char *name, const char **attributes)
{
    struct reference *r = user;
    end_text(r, false);
    if (r->depth == DEPTH_MAX) {
        r->too_much = true;
        return;
    }
    const char *parent = r->depth > 0 ? r->levels[r->depth - 1].path : "";
    if (r->depth > 0) {
        r->levels[r->depth - 1].children = true;
    }
    struct level *level = &r->levels[r->depth++];
    *level = (struct level){.data = strcmp(name, "Data") == 0 || strcmp(name, "ComplexData") == 0};
    r->too_much |= !join(level->path, parent, name);
    bool named = false;
    for (size_t i = 0; attributes[i]; i += 2) {
        char below[PATH_MAX_BYTES];
        char path[PATH_MAX_BYTES];
        if (level->data && !named && strcmp(attributes[i], "Name") == 0) {
            named = true;
            r->too_much |= !join(level->path, parent, attributes[i + 1]);
            continue;
        }
        level->attributes = true;
        r->too_much |=
            !join(below, level->path, "#attributes") || !join(path, below, attributes[i]);
        if (!r->too_much) {
            put(r, path, cord_str_from(attributes[i + 1]));
        }
    }
}

static void end(void *user, const char *name)
{
    struct reference *r = user;
    (void)name;
    if (r->too_much) {
        return;
    }
    end_text(r, true);
    const struct level *level = &r->levels[--r->depth];
    if (!level->text && !level->children && !level->attributes) {
        put(r, level->path, CORD_STR(""));
    }
}

static void characters(void *user, const char *text, int len)
{
    struct reference *r = user;
    cord_buf_put(&r->text, (cord_str){text, (size_t)len});
}

bool kit_xml_reference(cord_str event, struct cord_buf *out)
{
    struct reference *r = calloc(1, sizeof *r);
    XML_Parser parser = XML_ParserCreate("UTF-8");
    bool accepted = false;
    if (r && parser) {
        r->out = out;
        cord_buf_init(&r->text, TEXT_MAX);
        XML_SetUserData(parser, r);
        XML_SetElementHandler(parser, start, end);
        XML_SetCharacterDataHandler(parser, characters);
        accepted = XML_Parse(parser, event.ptr, (int)event.len, 1) == XML_STATUS_OK &&
                   !r->too_much && !r->text.failed && !out->failed;
        cord_buf_done(&r->text);
    }
    XML_ParserFree(parser);
    free(r);
    return accepted;
}
