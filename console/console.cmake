# The console, built once into the build folder and put into the program by the assembler:
# ${console_sources}. Without it (-DCORDON_CONSOLE=OFF) the table of its files is empty.
set(console_out ${CMAKE_BINARY_DIR}/console)
file(MAKE_DIRECTORY ${console_out})
if(CORDON_CONSOLE)
    find_program(NODE NAMES node nodejs REQUIRED)
    file(GLOB_RECURSE console_files CONFIGURE_DEPENDS
        ${CMAKE_SOURCE_DIR}/console/src/* ${CMAKE_SOURCE_DIR}/console/public/*)
    # The name of the file that is embedded says where; nothing else depends on the build folder.
    add_custom_command(
        OUTPUT ${console_out}/embed/console_assets.c ${console_out}/embed/console_assets_data.S
        COMMAND ${CMAKE_SOURCE_DIR}/console/build ${NODE} ${console_out}
        DEPENDS ${console_files} console/build console/build.mjs console/index.html
            console/package.json console/package-lock.json
        COMMENT "Console" USES_TERMINAL VERBATIM)
    set(console_sources ${console_out}/embed/console_assets.c
        ${console_out}/embed/console_assets_data.S)
    # A change of a file that is embedded has to reach the object that embeds it.
    set_source_files_properties(${console_out}/embed/console_assets_data.S PROPERTIES
        OBJECT_DEPENDS ${console_out}/embed/console_assets.c)
else()
    file(WRITE ${console_out}/console_assets.c
        "/* Built without the console. */\n#include \"cmd/console_assets.h\"\n\n"
        "const struct cord_web_asset cord_console_assets[] = {\n"
        "    {NULL, NULL, NULL, {NULL, 0}, {NULL, 0}, {NULL, 0}, false},\n};\n"
        "const size_t cord_console_assets_count = 0;\n")
    set(console_sources ${console_out}/console_assets.c)
endif()
