# make_manual.awk: a manual page from its template and the table of options.
#
# awk -v version=0.1.0 -f tools/make_manual.awk TABLE docs/man/cordon-scan.1.in
#
# TABLE is what `cordon options` prints. In the template a line "@options scan@"
# becomes the options of that subcommand, "@keys serve.listener@" the keys of that part of
# the configuration, and @version@ the version.

function roff(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    gsub(/'/, "\\(aq", text)
    return text ~ /^[.]/ ? "\\&" text : text
}

# One option, or key of the configuration, as a .TP paragraph.
function paragraph(part, kind, name, letter, argument, initial, least, most, words, help,    tag, note) {
    if (part ~ /[.]/) {
        gsub(/-/, "_", name)
        tag = "\\fB" name ":\\fR"
        argument = "-"
    } else {
        tag = letter == "-" ? "" : "\\fB\\-" letter "\\fR, "
        tag = tag "\\fB\\-\\-" (kind == "flag" && initial == "on" ? "no\\-" : "") roff(name) "\\fR"
    }
    if (argument != "-") tag = tag " \\fI" roff(argument) "\\fR"
    if (kind == "choice") {
        gsub(/,/, ", ", words)
        help = help ": " words
    }
    if (kind == "number" || kind == "size") note = least " to " most
    if (kind == "list") note = part ~ /[.]/ ? "a list" : "may be given several times"
    if (kind != "flag" && initial != "-") note = note (note == "" ? "" : "; ") "default " initial
    return ".TP\n" tag "\n" roff(toupper(substr(help, 1, 1)) substr(help, 2) (note == "" ? "" : " (" note ")")) ".\n"
}

FNR == 1 { file++ }

file == 1 {
    if (split($0, field, "\t") != 10) {
        print "make_manual: " FILENAME ":" FNR ": not 10 fields" > "/dev/stderr"
        failed = 1
        exit 1
    }
    if (field[2] == "heading") {
        section[field[1]] = section[field[1]] ".SS " roff(field[10]) "\n"
    } else {
        section[field[1]] = section[field[1]] paragraph(field[1], field[2], field[3], field[4],
            field[5], field[6], field[7], field[8], field[9], field[10])
    }
    next
}

/^@(options|keys) [a-z.]+@$/ {
    command = substr($2, 1, length($2) - 1)
    if (!(command in section)) {
        print "make_manual: " FILENAME ":" FNR ": no options of " command > "/dev/stderr"
        failed = 1
        exit 1
    }
    printf "%s", section[command]
    next
}

{
    gsub(/@version@/, version)
    print
}

END { exit failed }
