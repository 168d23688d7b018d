/* figure_json.c: a figure as JSON. */
#include "care/figure_internal.h"
#include "codec/json_put.h"
#include "codec/json_write.h"

#include <stdio.h>

/* Numbers are texts, as amounts of claims are: exact at any size; null: not known. */
static void put_number(struct cord_buf *text, const char *name, cord_str value)
{
    cord_json_put_name(text, name);
    if (value.ptr) {
        cord_json_write_string(text, value);
    } else {
        cord_buf_put_text(text, "null");
    }
}

static void put_time(struct cord_buf *text, const char *name, int64_t time_ns)
{
    char buffer[CORD_TIMESTAMP_TEXT];
    if (time_ns > CORD_TIME_NONE + 1 && time_ns < INT64_MAX - 1) {
        cord_json_put_text(text, name, cord_timestamp_format(time_ns, buffer));
    }
}

static void put_parts(struct cord_buf *text, const struct cord_figure *figure)
{
    cord_json_put_name(text, "parts");
    cord_buf_put_char(text, '[');
    for (size_t i = 0; i < figure->part_count; i++) {
        cord_json_put_object(text);
        cord_json_put_text(text, "name", figure->parts[i].name);
        cord_json_put_text(text, "value", figure->parts[i].value);
        cord_buf_put_char(text, '}');
    }
    cord_buf_put_char(text, ']');
}

static void put_stated(struct cord_buf *text, const struct cord_figure *figure,
                       const struct cord_figure_names *names)
{
    cord_json_put_name(text, "stated");
    cord_buf_put_char(text, '[');
    for (size_t i = 0; i < figure->stated_count; i++) {
        const struct cord_figure_stated *stated = &figure->stated[i];
        cord_json_put_object(text);
        cord_json_put_text(text, "amount", stated->amount);
        cord_json_put_text(text, "unit", stated->unit);
        cord_json_put_name(text, "claimant");
        names->put_claimant(names->self, stated->claimant, text);
        put_time(text, "at", stated->stated_ns);
        cord_json_put_name(text, "claim");
        names->put_claim(names->self, stated->claim, text);
        cord_buf_put_char(text, '}');
    }
    cord_buf_put_char(text, ']');
}

static void put_items(struct cord_buf *text, const struct cord_figure *figure,
                      const struct cord_figure_names *names)
{
    cord_json_put_name(text, "items");
    cord_buf_put_char(text, '[');
    for (size_t i = 0; i < figure->item_count; i++) {
        const struct cord_figure_item *item = &figure->items[i];
        if (item->part.len > 0) {
            cord_json_put_object(text);
            cord_json_put_text(text, "what", item->what);
            cord_json_put_text(text, "part", item->part);
            cord_json_put_text(text, "amount", item->amount);
            cord_json_put_name(text, "claim");
            names->put_claim(names->self, item->claim, text);
            cord_buf_put_char(text, '}');
        }
    }
    cord_buf_put_char(text, ']');
    cord_json_put_name(text, "claims");
    cord_buf_put_char(text, '[');
    for (size_t i = 0; i < figure->claim_count; i++) {
        cord_json_put_item(text);
        names->put_claim(names->self, figure->claims[i], text);
    }
    cord_buf_put_char(text, ']');
}

cord_str cord_figure_basis(const struct cord_figure *figure)
{
    return figure->claim_count > 0 ? cord_str_from(cord_claim_basis_name(figure->basis))
                                   : (cord_str){0};
}

void cord_figure_write_named(const struct cord_figure *figure, bool items,
                             const struct cord_figure_names *names, struct cord_buf *text)
{
    char buffer[CORD_FIXED_TEXT];
    cord_buf_put_char(text, '{');
    cord_json_put_text(text, "id", cord_str_from(figure->definition->id));
    cord_json_put_text(text, "title", cord_str_from(figure->definition->title));
    cord_json_put_text(text, "definition", cord_str_from(figure->definition->definition));
    put_number(text, "value", figure->value);
    cord_json_put_text(text, "unit", cord_str_from(figure->definition->unit));
    if (figure->of.ptr) {
        cord_json_put_text(text, "of", figure->of);
        cord_json_put_text(text, "of_what", figure->of_what);
        cord_json_put_text(text, "share", cord_figure_percent(figure, buffer));
    }
    put_number(text, "basis", cord_figure_basis(figure));
    if (figure->lowest.ptr) {
        cord_json_put_text(text, "lowest", figure->lowest);
    }
    if (figure->highest.ptr) {
        cord_json_put_text(text, "highest", figure->highest);
    }
    put_time(text, "known_at", figure->as_of.known_ns);
    put_time(text, "about", figure->as_of.about_ns);
    put_time(text, "from", figure->from_ns);
    put_time(text, "to", figure->to_ns);
    cord_json_put_number(text, "expected", figure->expected);
    cord_json_put_number(text, "reporting", figure->reporting);
    if (figure->note.len > 0) {
        cord_json_put_text(text, "note", figure->note);
    }
    put_parts(text, figure);
    put_stated(text, figure, names);
    cord_json_put_number(text, "claim_count", figure->claim_count);
    if (items) {
        put_items(text, figure, names);
    }
    cord_buf_put_char(text, '}');
}

cord_str cord_figure_percent(const struct cord_figure *figure, char buffer[CORD_FIXED_TEXT])
{
    cord_fixed value = 0;
    cord_fixed of = 0;
    const cord_fixed tenth = CORD_FIXED_ONE / 10;
    if (!figure->value.ptr || !figure->of.ptr || !cord_fixed_parse(figure->value, &value) ||
        !cord_fixed_parse(figure->of, &of) || of <= 0 || value < 0) {
        return CORD_STR("");
    }
    char number[CORD_FIXED_TEXT];
    cord_str text = cord_fixed_format((value * 1000 + of / 2) / of * tenth, number);
    int len = snprintf(buffer, CORD_FIXED_TEXT, "%.*s %%", CORD_STR_ARG(text));
    return len > 0 && len < CORD_FIXED_TEXT ? (cord_str){buffer, (size_t)len} : CORD_STR("");
}

static void put_own_number(const void *self, uint64_t claim, struct cord_buf *text)
{
    (void)self;
    cord_buf_put_u64(text, claim);
}

static void put_own_claimant(const void *self, cord_str claimant, struct cord_buf *text)
{
    (void)self;
    cord_json_write_string(text, claimant);
}

void cord_figure_write(const struct cord_figure *figure, bool items, struct cord_buf *text)
{
    static const struct cord_figure_names own = {put_own_number, put_own_claimant, NULL};
    cord_figure_write_named(figure, items, &own, text);
}
