/*
 * secret_input.h: a password from whoever types it, never from the command line.
 */
#ifndef CORD_CMD_SECRET_INPUT_H
#define CORD_CMD_SECRET_INPUT_H

#include "base/error.h"
#include "base/str.h"

#define SECRET_INPUT_BYTES 1100 /* more than a password may be long */

/* From a terminal: asked for on stderr, twice, and not shown. Else the first line of standard
 * input. The text is in the buffer, which the caller wipes. CORD_E_FORMAT: nothing was given, it is
 * too long, or the two differ. */
CORD_MUST_USE cord_status secret_input_read(const char *what, char buffer[SECRET_INPUT_BYTES],
                                            cord_str *ret_secret, struct cord_error *err);
void secret_input_wipe(char buffer[SECRET_INPUT_BYTES]);

#endif
