/* chain.c: see chain.h. */
#include "evidence/chain.h"

#include "base/timestamp.h"

#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

enum { SIGNATURE_TEXT = 2 * CORD_SIGNATURE_BYTES + 1 };

static const char signature_line[] = "\nsignature ";

/* The next line without its newline; false when there is no whole one. */
static bool take_line(cord_str *rest, cord_str *ret_line)
{
    size_t end = cord_str_find_char(*rest, '\n', 0);
    if (end == SIZE_MAX) {
        return false;
    }
    *ret_line = cord_str_slice(*rest, 0, end);
    *rest = cord_str_from_byte(*rest, end + 1);
    return true;
}

static bool take_word_line(cord_str *rest, const char *key, cord_str *ret_value)
{
    cord_str line;
    cord_str name = cord_str_from(key);
    if (!take_line(rest, &line) || !cord_str_starts(line, name) || line.len <= name.len ||
        line.ptr[name.len] != ' ') {
        return false;
    }
    *ret_value = cord_str_from_byte(line, name.len + 1);
    return true;
}

static bool read_head(cord_str *text, struct cord_chain_entry *entry)
{
    cord_str value;
    cord_str time;
    return take_word_line(text, "entry", &value) && cord_str_u64(value, &entry->number) &&
           take_word_line(text, "time", &value) && cord_str_cut(&value, ' ', &time) &&
           cord_str_i64(time, &entry->time_ns) && take_word_line(text, "kind", &entry->kind) &&
           take_word_line(text, "previous", &value) && cord_digest_parse(value, &entry->previous);
}

cord_status cord_chain_next(cord_str *rest, struct cord_chain_entry *ret_entry,
                            struct cord_error *err)
{
    struct cord_chain_entry entry = {0};
    if (rest->len == 0) {
        return CORD_E_END;
    }
    if (!cord_str_starts(*rest, cord_str_slice(CORD_STR("entry "), 0, rest->len))) {
        return cord_error_set(err, CORD_E_FORMAT, "no entry begins here");
    }
    size_t line = cord_str_find(*rest, cord_str_from(signature_line), 0);
    size_t end = line == SIZE_MAX ? SIZE_MAX : cord_str_find_char(*rest, '\n', line + 1);
    if (end == SIZE_MAX) {
        return cord_error_set(err, CORD_E_MORE, "the last entry is not whole");
    }
    cord_str whole = cord_str_slice(*rest, 0, end + 1);
    cord_str hex = cord_str_slice(whole, line + sizeof signature_line - 1,
                                  end - line - (sizeof signature_line - 1));
    entry.signed_text = cord_str_slice(whole, 0, line + 1);
    entry.lines = entry.signed_text;
    if (whole.len > CORD_CHAIN_ENTRY_BYTES_MAX || !read_head(&entry.lines, &entry) ||
        !cord_digest_from_hex(hex, entry.signature, CORD_SIGNATURE_BYTES)) {
        return cord_error_set(err, CORD_E_FORMAT, "this is no entry of a chain");
    }
    if (cord_digest_of(whole, &entry.digest) != CORD_OK) {
        return CORD_E_NOMEM;
    }
    *ret_entry = entry;
    *rest = cord_str_from_byte(*rest, end + 1);
    return CORD_OK;
}

size_t cord_chain_line(cord_str *lines, cord_str words[CORD_CHAIN_WORDS_MAX])
{
    cord_str line;
    size_t count = 0;
    if (!take_line(lines, &line)) {
        return 0;
    }
    cord_str word;
    while (cord_str_cut(&line, ' ', &word)) {
        if (count == CORD_CHAIN_WORDS_MAX) {
            return 0;
        }
        words[count++] = word;
    }
    return count;
}

static bool is_plain(unsigned char c)
{
    return c > ' ' && c != 0x7f && c != '%';
}

void cord_chain_put_word(struct cord_buf *lines, cord_str text)
{
    cord_buf_put_char(lines, ' ');
    if (text.len == 0) {
        cord_buf_put_char(lines, '-');
    } else if (cord_str_eq(text, CORD_STR("-"))) {
        cord_buf_put_text(lines, "%2D");
    }
    for (size_t i = 0; i < text.len && !(text.len == 1 && text.ptr[0] == '-'); i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (is_plain(c)) {
            cord_buf_put_char(lines, (char)c);
        } else {
            cord_buf_printf(lines, "%%%02X", (unsigned)c);
        }
    }
}

static int nibble(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool cord_chain_unescape(cord_str word, struct cord_buf *text)
{
    if (cord_str_eq(word, CORD_STR("-"))) {
        return true;
    }
    for (size_t i = 0; i < word.len; i++) {
        if (is_plain((unsigned char)word.ptr[i])) {
            cord_buf_put_char(text, word.ptr[i]);
            continue;
        }
        if (word.ptr[i] != '%' || word.len - i < 3 || nibble(word.ptr[i + 1]) < 0 ||
            nibble(word.ptr[i + 2]) < 0) {
            return false;
        }
        cord_buf_put_char(text, (char)(nibble(word.ptr[i + 1]) * 16 + nibble(word.ptr[i + 2])));
        i += 2;
    }
    return word.len > 0 && !text->failed;
}

void cord_chain_put_number(struct cord_buf *lines, uint64_t number)
{
    cord_buf_printf(lines, " %" PRIu64, number);
}

void cord_chain_put_time(struct cord_buf *lines, int64_t time_ns)
{
    cord_buf_printf(lines, " %" PRId64, time_ns);
}

void cord_chain_put_digest(struct cord_buf *lines, const struct cord_digest *digest)
{
    char text[CORD_DIGEST_TEXT];
    cord_buf_put_char(lines, ' ');
    cord_buf_put(lines, cord_digest_format(digest, text));
}

cord_status cord_chain_open(struct cord_chain *chain, bool create, struct cord_error *err)
{
    int flags = create ? O_RDWR | O_CREAT | O_TRUNC : O_RDWR;
    cord_status status =
        cord_files_open(chain->files, chain->dir, CORD_CHAIN_FILE, flags, &chain->file, err);
    if (status != CORD_OK) {
        chain->file = -1;
        return status;
    }
    if (!create &&
        chain->files->truncate(chain->files->self, chain->file, (off_t)chain->bytes) != 0) {
        return cord_error_errno(err, "cut %s", CORD_CHAIN_FILE);
    }
    return CORD_OK;
}

void cord_chain_close(struct cord_chain *chain)
{
    if (chain->file >= 0) {
        (void)close(chain->file); /* all of it was synced */
        chain->file = -1;
    }
}

static cord_status put_entry(const struct cord_chain *chain, const struct cord_signing_key *key,
                             struct cord_buf *out, struct cord_error *err)
{
    unsigned char signature[CORD_SIGNATURE_BYTES];
    char hex[SIGNATURE_TEXT];
    cord_status status =
        out->failed ? CORD_E_LIMIT : cord_signing_sign(key, cord_buf_str(out), signature);
    if (status == CORD_OK) {
        cord_digest_to_hex(signature, sizeof signature, hex);
        cord_buf_printf(out, "%s%s\n", signature_line + 1, hex);
        status = out->failed ? CORD_E_LIMIT : CORD_OK;
    }
    if (status == CORD_OK && chain->bytes > CORD_CHAIN_BYTES_MAX - out->len) {
        status = CORD_E_LIMIT;
    }
    return status == CORD_OK ? CORD_OK : cord_error_set(err, status, "the chain is full");
}

/* What is not durable must not stay: the next entry would be written over part
 * of it, or a crash would bring it back. */
static void take_back(struct cord_chain *chain)
{
    const struct cord_files *files = chain->files;
    chain->failed = files->truncate(files->self, chain->file, (off_t)chain->bytes) != 0 ||
                    cord_files_sync(files, chain->file, NULL) != CORD_OK;
}

cord_status cord_chain_append(struct cord_chain *chain, const struct cord_signing_key *key,
                              const char *kind, int64_t time_ns, cord_str lines,
                              struct cord_error *err)
{
    char stamp[CORD_TIMESTAMP_TEXT];
    struct cord_buf out;
    struct cord_digest digest;
    if (chain->failed || chain->file < 0) {
        return cord_error_set(err, CORD_E_IO, "the chain cannot be written; open the store again");
    }
    cord_buf_init(&out, CORD_CHAIN_ENTRY_BYTES_MAX);
    cord_str day = cord_timestamp_format(time_ns, stamp);
    cord_buf_printf(&out, "entry %" PRIu64 "\ntime %" PRId64 " %.*s\nkind %s\nprevious",
                    chain->count + 1, time_ns, CORD_STR_ARG(day), kind);
    cord_chain_put_digest(&out, &chain->head);
    cord_buf_put_char(&out, '\n');
    cord_buf_put(&out, lines);
    cord_status status = put_entry(chain, key, &out, err);
    if (status == CORD_OK) {
        status = cord_digest_of(cord_buf_str(&out), &digest);
    }
    if (status != CORD_OK) {
        cord_buf_done(&out);
        return status;
    }
    status = cord_files_write(chain->files, chain->file, cord_buf_str(&out), chain->bytes, err);
    if (status == CORD_OK) {
        status = cord_files_sync(chain->files, chain->file, err);
    }
    if (status == CORD_OK) {
        chain->bytes += out.len;
        chain->count++;
        chain->time_ns = time_ns;
        chain->head = digest;
    } else {
        take_back(chain);
        cord_error_context(err, "chain");
    }
    cord_buf_done(&out);
    return status;
}
