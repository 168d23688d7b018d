/*
 * console_assets.h: the console's files, which console/build.mjs made and the assembler put
 * into the program. By path, as memcmp sorts; none when it was built without them.
 */
#ifndef CORD_CMD_CONSOLE_ASSETS_H
#define CORD_CMD_CONSOLE_ASSETS_H

#include "api/web.h"

extern const struct cord_web_asset cord_console_assets[];
extern const size_t cord_console_assets_count;

#endif
