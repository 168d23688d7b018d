# Files as C arrays: cmake -D NAMES=a.html;b.css -D DIR=... -D OUT=... -P embed.cmake
# Each becomes `static const unsigned char report_html[]` with `report_html_len`.
set(text "/* Made by tools/embed.cmake. */\n#include <stddef.h>\n")
foreach(name IN LISTS NAMES)
    string(REGEX REPLACE "[^A-Za-z0-9]" "_" symbol ${name})
    file(READ ${DIR}/${name} hex HEX)
    string(LENGTH "${hex}" digits)
    math(EXPR bytes "${digits} / 2")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," body "${hex}")
    string(APPEND text "static const unsigned char ${symbol}[] = {${body}0};\n"
        "static const size_t ${symbol}_len = ${bytes};\n")
endforeach()
file(WRITE ${OUT} "${text}")
