# Reads LAYERS, system-headers.txt and every source file, in this order; prints what is wrong with
# their includes as file:line: message. See tests/layers/check.

function complain(place, message)
{
    print place ": " message
}

# The room that a path lies in, or "".
function room_of(path)
{
    while (sub(/\/[^\/]*$/, "", path))
        if (path in is_room)
            return path
    return ""
}

# An arrow of one of the two graphs ("room": as LAYERS allows, "header": as included), and where it
# is written.
function arrow(graph, from, to, place)
{
    n_arrows++
    arrow_graph[n_arrows] = graph
    arrow_from[n_arrows] = from
    arrow_to[n_arrows] = to
    arrow_place[n_arrows] = place
}

# Takes away arrows that lead to a place without a way on, or come from one without a way in,
# until none is left to take: what stays goes round in circles.
function complain_about_cycles(graph,    i, gone, changed, leads, led)
{
    do {
        changed = 0
        split("", leads)
        split("", led)
        for (i = 1; i <= n_arrows; i++)
            if (arrow_graph[i] == graph && !(i in gone)) {
                leads[arrow_from[i]] = 1
                led[arrow_to[i]] = 1
            }
        for (i = 1; i <= n_arrows; i++)
            if (arrow_graph[i] == graph && !(i in gone) &&
                (!(arrow_to[i] in leads) || !(arrow_from[i] in led))) {
                gone[i] = 1
                changed = 1
            }
    } while (changed)
    for (i = 1; i <= n_arrows; i++)
        if (arrow_graph[i] == graph && !(i in gone))
            complain(arrow_place[i], graph " cycle: " arrow_from[i] " -> " arrow_to[i])
}

FNR == 1 {
    n_files++
    file = FILENAME
    sub(/^\.\//, "", file)
    stem = file
    sub(/.*\//, "", stem)
    if (n_files > 2) {
        room = room_of(file)
        if (room == "" && file ~ /^(core|api|server)\//)
            complain(file ":1", "lies in no room of LAYERS")
        if (stem in seen_stem)
            complain(file ":1", "has the same base name as " seen_stem[stem])
        seen_stem[stem] = file
    }
}

# LAYERS
n_files == 1 && /^[a-z\/]+:/ {
    room = $0
    sub(/:.*/, "", room)
    is_room[room] = 1
    rest = $0
    sub(/^[^:]*:/, "", rest)
    n = split(rest, halves, "|")
    n = split(halves[1], words, " ")
    for (i = 1; i <= n; i++) {
        allowed[room, words[i]] = 1
        arrow("room", room, words[i], file ":" FNR)
    }
    n = split(halves[2], words, " ")
    for (i = 1; i <= n; i++) {
        home[words[i]] = home[words[i]] " " room " "
    }
}

n_files == 2 && /^[a-z]/ {
    is_system[$1] = 1
}

n_files > 2 && room != "" && /^[ \t]*#[ \t]*include/ {
    place = file ":" FNR
    name = $0
    sub(/^[ \t]*#[ \t]*include[ \t]*/, "", name)
    kind = substr(name, 1, 1)
    name = substr(name, 2)
    sub(/[">].*/, "", name)
    if (kind == "\"")
        project_include(name)
    else if (kind == "<")
        foreign_include(name)
    else
        complain(place, "an include must name its file")
}

function project_include(name,    there)
{
    there = room_of(name)
    if (name !~ /\// || name ~ /\.\./ || name ~ /^\./)
        complain(place, "\"" name "\" must be included by its path from the root")
    else if (there == "")
        complain(place, "\"" name "\" lies in no room of LAYERS")
    else {
        if (there != room && !((room, there) in allowed))
            complain(place, room " may not include " there " (\"" name "\")")
        if (file ~ /\.h$/)
            arrow("header", file, name, place)
    }
}

function foreign_include(name)
{
    if (name in is_system)
        return
    if (!(name in home))
        complain(place, "<" name "> is neither a system header nor at home in any room")
    else if (!index(home[name], " " room " "))
        complain(place, "<" name "> is at home in" home[name] "alone, not in " room)
}

END {
    complain_about_cycles("room")
    complain_about_cycles("header")
}
