/* kit_sketch.c: see kit_sketch.h. */
#include "kit/kit_sketch.h"

#include "kit/kit.h"

void kit_sketch_draw(struct kit_sketch *sketch, const char *from)
{
    uint32_t open[KIT_SKETCH_SPANS];
    size_t depth = 0;
    uint32_t len = 0;
    uint32_t count = 0;
    *sketch = (struct kit_sketch){.row.raw_len = UINT32_MAX};
    memset(sketch->row.role, 0xff, sizeof sketch->row.role);
    for (; *from != '\0'; from++) {
        CHECK(len < sizeof sketch->text);
        if (*from == '{') {
            CHECK(count < KIT_SKETCH_SPANS);
            sketch->spans[count] = (struct cord_span){.at = len, .field = count & 0xffffffU};
            open[depth++] = count++;
        } else if (*from == '}') {
            depth--;
            sketch->spans[open[depth]].len = len - sketch->spans[open[depth]].at;
        } else if (*from == '|') {
            sketch->row.raw_len = len;
        } else if (*from == '@') {
            sketch->row.role[CORD_ROLE_MESSAGE] = (uint16_t)count;
        } else {
            sketch->text[len++] = *from;
        }
    }
    sketch->row.raw_len = sketch->row.raw_len == UINT32_MAX ? len : sketch->row.raw_len;
    sketch->row.text = (cord_str){sketch->text, len};
    sketch->row.spans = sketch->spans;
    sketch->row.span_count = count;
}
