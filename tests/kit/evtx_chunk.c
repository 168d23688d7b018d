/* evtx_chunk.c: see evtx_chunk.h. */
#include "kit/evtx_chunk.h"

#include <assert.h>
#include <zlib.h>

void kit_evtx_bytes(struct kit_evtx *chunk, const void *bytes, size_t len)
{
    assert(len <= sizeof chunk->bytes - chunk->at);
    if (len > 0) {
        memcpy(chunk->bytes + chunk->at, bytes, len);
    }
    chunk->at += len;
}

void kit_evtx_put(struct kit_evtx *chunk, uint64_t value, size_t bytes)
{
    kit_evtx_bytes(chunk, &value, bytes);
}

static void put_at(struct kit_evtx *chunk, size_t at, uint32_t value)
{
    memcpy(chunk->bytes + at, &value, sizeof value);
}

void kit_evtx_units(struct kit_evtx *chunk, const char *ascii)
{
    for (; *ascii; ascii++) {
        kit_evtx_put(chunk, (unsigned char)*ascii, 2);
    }
}

void kit_evtx_begin(struct kit_evtx *chunk)
{
    memset(chunk, 0, sizeof *chunk);
    memcpy(chunk->bytes, "ElfChnk", 8);
    chunk->at = 512;
}

void kit_evtx_end(struct kit_evtx *chunk)
{
    put_at(chunk, 8, 1);
    put_at(chunk, 16, (uint32_t)chunk->id);
    put_at(chunk, 24, 1);
    put_at(chunk, 32, (uint32_t)chunk->id);
    put_at(chunk, 40, 128);
    put_at(chunk, 44, (uint32_t)chunk->record_at);
    put_at(chunk, 48, (uint32_t)chunk->at);
    put_at(chunk, 52, (uint32_t)crc32(0, chunk->bytes + 512, (uInt)(chunk->at - 512)));
    uLong sum = crc32(0, chunk->bytes, 120);
    put_at(chunk, 124, (uint32_t)crc32(sum, chunk->bytes + 128, 384));
}

cord_str kit_evtx_str(const struct kit_evtx *chunk)
{
    return (cord_str){(const char *)chunk->bytes, sizeof chunk->bytes};
}

void kit_evtx_record(struct kit_evtx *chunk)
{
    chunk->record_at = chunk->at;
    kit_evtx_put(chunk, 0x2a2a, 4);
    kit_evtx_put(chunk, 0, 4);
    kit_evtx_put(chunk, ++chunk->id, 8);
    kit_evtx_put(chunk, 132223104000000000, 8);
    kit_evtx_put(chunk, 0x0001010f, 4);
}

void kit_evtx_record_end(struct kit_evtx *chunk)
{
    kit_evtx_put(chunk, 0, 1);
    size_t len = chunk->at + 4 - chunk->record_at;
    kit_evtx_put(chunk, len, 4);
    put_at(chunk, chunk->record_at + 4, (uint32_t)len);
}

void kit_evtx_instance(struct kit_evtx *chunk, uint32_t id, size_t definition, uint32_t count)
{
    kit_evtx_put(chunk, 0x010c, 2);
    kit_evtx_put(chunk, id, 4);
    kit_evtx_put(chunk, definition, 4);
    kit_evtx_put(chunk, count, 4);
}

size_t kit_evtx_template(struct kit_evtx *chunk, uint32_t id)
{
    kit_evtx_put(chunk, 0x010c, 2);
    kit_evtx_put(chunk, id, 4);
    kit_evtx_put(chunk, chunk->at + 4, 4);
    size_t definition = chunk->at;
    kit_evtx_put(chunk, 0, 4);
    kit_evtx_put(chunk, id, 8);
    kit_evtx_put(chunk, 0, 8);
    kit_evtx_put(chunk, 0, 4);
    chunk->body_at = chunk->at;
    kit_evtx_put(chunk, 0x0001010f, 4);
    return definition;
}

void kit_evtx_template_end(struct kit_evtx *chunk, uint32_t count)
{
    kit_evtx_put(chunk, 0, 1);
    put_at(chunk, chunk->body_at - 4, (uint32_t)(chunk->at - chunk->body_at));
    kit_evtx_put(chunk, count, 4);
}

void kit_evtx_descriptor(struct kit_evtx *chunk, size_t len, unsigned type)
{
    kit_evtx_put(chunk, len, 2);
    kit_evtx_put(chunk, type, 2);
}

static void put_name(struct kit_evtx *chunk, const char *name)
{
    kit_evtx_put(chunk, chunk->at + 4, 4);
    kit_evtx_put(chunk, 0, 6);
    kit_evtx_put(chunk, strlen(name), 2);
    kit_evtx_units(chunk, name);
    kit_evtx_put(chunk, 0, 2);
}

static void put_open(struct kit_evtx *chunk, unsigned token, const char *name)
{
    kit_evtx_put(chunk, token, 1);
    kit_evtx_put(chunk, 0xffff, 2);
    kit_evtx_put(chunk, 0, 4);
    put_name(chunk, name);
}

void kit_evtx_open_with(struct kit_evtx *chunk, const char *name)
{
    put_open(chunk, 0x41, name);
    kit_evtx_put(chunk, 0, 4);
}

void kit_evtx_open(struct kit_evtx *chunk, const char *name)
{
    put_open(chunk, 0x01, name);
    kit_evtx_content(chunk);
}

void kit_evtx_attribute(struct kit_evtx *chunk, const char *name)
{
    kit_evtx_put(chunk, 0x06, 1);
    put_name(chunk, name);
}

void kit_evtx_content(struct kit_evtx *chunk)
{
    kit_evtx_put(chunk, 0x02, 1);
}

void kit_evtx_close(struct kit_evtx *chunk)
{
    kit_evtx_put(chunk, 0x04, 1);
}

void kit_evtx_text(struct kit_evtx *chunk, const char *ascii)
{
    kit_evtx_put(chunk, 0x0105, 2);
    kit_evtx_put(chunk, strlen(ascii), 2);
    kit_evtx_units(chunk, ascii);
}

void kit_evtx_substitution(struct kit_evtx *chunk, unsigned index)
{
    kit_evtx_put(chunk, 0x0e, 1);
    kit_evtx_put(chunk, index, 2);
    kit_evtx_put(chunk, 0, 1);
}

void kit_evtx_event(struct kit_evtx *chunk)
{
    kit_evtx_open(chunk, "Event");
    kit_evtx_open(chunk, "System");
    kit_evtx_open(chunk, "EventID");
    kit_evtx_substitution(chunk, 0);
    kit_evtx_close(chunk);
    kit_evtx_close(chunk);
    kit_evtx_open(chunk, "EventData");
}

void kit_evtx_event_end(struct kit_evtx *chunk)
{
    kit_evtx_close(chunk);
    kit_evtx_close(chunk);
}

void kit_evtx_data(struct kit_evtx *chunk, const char *name, unsigned index)
{
    kit_evtx_open_with(chunk, "Data");
    kit_evtx_attribute(chunk, "Name");
    kit_evtx_text(chunk, name);
    kit_evtx_content(chunk);
    kit_evtx_substitution(chunk, index);
    kit_evtx_close(chunk);
}
