/*
 * xml_tokens.h: a small XML document (XML 1.0) as tags, attributes and texts where they stand.
 *
 * For whoever rewrites some of them: every token is a span of the text. expat says
 * whether the document is well-formed; a scanner that may rely on it finds the spans. A
 * document with a DTD is refused, hence there is no entity beyond XML's own five.
 */
#ifndef CORD_CODEC_XML_TOKENS_H
#define CORD_CODEC_XML_TOKENS_H

#include "base/buf.h"

#define CORD_XML_DEPTH_MAX  64
#define CORD_XML_TOKENS_MAX 200000

enum cord_xml_kind {
    CORD_XML_START,
    CORD_XML_END,
    CORD_XML_ATTRIBUTE, /* of the start before it; text: between the quotes */
    CORD_XML_TEXT,
    CORD_XML_SECTION, /* CDATA, with its brackets */
    CORD_XML_COMMENT, /* or a processing instruction; but not the declaration <?xml ?> */
};

struct cord_xml_token {
    enum cord_xml_kind kind;
    unsigned depth; /* elements open, the one that starts or ends among them */
    cord_str name;  /* of the element that starts, of the attribute, or of the element that a text
                       stands in; without a namespace's prefix */
    cord_str text;
};

/* Zero at first; good for one document after the other. */
struct cord_xml_tokens {
    struct cord_xml_token *items;
    size_t count;
    size_t cap;
};
void cord_xml_tokens_done(struct cord_xml_tokens *tokens);

/* Of the document, which is borrowed. CORD_E_FORMAT: not well-formed, or with a DTD;
 * CORD_E_LIMIT: too deep or too many; CORD_E_NOMEM. err quotes nothing. Any thread. */
CORD_MUST_USE cord_status cord_xml_tokens_read(struct cord_xml_tokens *tokens, cord_str document,
                                               struct cord_error *err);

/* A text or value without its references (&amp;, &#65;): itself, or what is written into
 * `plain`, which is emptied before. */
cord_str cord_xml_tokens_plain(struct cord_buf *plain, cord_str text);

#endif
