/*
 * xml_reference.h: the values of one event's XML, by way of expat.
 *
 * Slow and plain: what codec/windows_xml.c is compared with.
 */
#ifndef CORD_TESTS_KIT_XML_REFERENCE_H
#define CORD_TESTS_KIT_XML_REFERENCE_H

#include "base/buf.h"

/* Appends "path=text\n" for every value. False when expat refuses the text, or
 * it is deeper than the reference goes. */
bool kit_xml_reference(cord_str event, struct cord_buf *out);

#endif
