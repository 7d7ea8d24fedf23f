#include "core/text/csv.h"

#include <stdio.h>
#include <string.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"
#include "core/base/random.h"
#include "tests/support/suite.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

static const struct csv_options usual = {',', '"'};

/* ---- rows as text: cells with '|' between them, quoted ones in '<' and '>' ---- */

struct seen {
    struct buffer rows;
    uint64_t n_rows;
};

static void setup(void)
{
    memory_fail_after(-1);
}

/* A sanitizer sees it if they are not there. */
static void read_padding(const struct csv_cell *cell)
{
    static volatile unsigned char any;
    for (size_t i = 0; i < CSV_PADDING; i++)
        any = (unsigned char)cell->text[cell->n_bytes + i];
    (void)any;
}

static int see_row(void *context, uint64_t row, const struct csv_cell *cells,
                   size_t n_cells, struct error *err)
{
    struct seen *seen = context;
    (void)err;
    for (size_t j = 0; j < n_cells; j++)
        read_padding(&cells[j]);
    ck_assert_uint_eq(row, ++seen->n_rows);
    for (size_t j = 0; j < n_cells; j++) {
        buffer_append_string(&seen->rows, j > 0 ? "|" : "");
        buffer_append_string(&seen->rows, cells[j].quoted ? "<" : "");
        buffer_append(&seen->rows, cells[j].text, cells[j].n_bytes);
        buffer_append_string(&seen->rows, cells[j].quoted ? ">" : "");
    }
    buffer_append_byte(&seen->rows, '\n');
    return 0;
}

/* Pieces lie in blocks of their own, so that a sanitizer sees a read behind one, or of
 * one that is gone. */
static int push_alone(struct csv_scanner *scanner, const char *bytes, size_t n,
                      struct error *err)
{
    char *piece = memory_copy(bytes, n, NULL);
    int result = csv_push(scanner, piece, n, err);
    memory_free(piece);
    return result;
}

static int scan(const struct csv_options *options, const char *text, size_t n,
                size_t piece, struct seen *seen, struct error *err)
{
    int result = 0;
    struct csv_scanner *scanner = csv_new(options, see_row, seen, err);
    ck_assert_ptr_nonnull(scanner);
    for (size_t at = 0; result == 0 && at < n; at += piece)
        result = push_alone(scanner, text + at, n - at < piece ? n - at : piece, err);
    if (result == 0)
        result = csv_finish(scanner, err);
    csv_free(scanner);
    return result;
}

/* The text gives these rows however it is cut. */
static void must_give_with(const struct csv_options *options, const char *text, size_t n,
                           const char *rows)
{
    for (size_t piece = 1; piece <= n + 1; piece++) {
        struct seen seen = {0};
        struct error err = {0};
        ck_assert_msg(scan(options, text, n, piece, &seen, &err) == 0, "%s: %s", text,
                      err.message);
        const char *found = seen.rows.bytes ? seen.rows.bytes : "";
        ck_assert_msg(strcmp(found, rows) == 0, "in pieces of %zu: %s gives %s", piece,
                      text, found);
        buffer_free(&seen.rows);
    }
}

static void must_give(const char *text, const char *rows)
{
    must_give_with(&usual, text, strlen(text), rows);
}

/* The text is refused there, behind these rows, however it is cut. */
static void must_refuse(const struct csv_options *options, const char *text, size_t n,
                        enum error_code code, const char *place, const char *rows)
{
    for (size_t piece = 1; piece <= n + 1; piece++) {
        struct seen seen = {0};
        struct error err = {0};
        ck_assert_msg(scan(options, text, n, piece, &seen, &err) == -1, "%s", text);
        ck_assert_msg(err.code == code, "%s: %s", text, error_word(err.code));
        ck_assert_msg(strcmp(err.place, place) == 0, "%s in pieces of %zu: %s", text,
                      piece, err.place);
        ck_assert_str_eq(seen.rows.bytes ? seen.rows.bytes : "", rows);
        buffer_free(&seen.rows);
    }
}

/* ---- what a text gives ---- */

static const struct {
    const char *text;
    const char *rows;
} given[] = {
    {"", ""},
    {"a", "a\n"},
    {"a,b\n1,2\n", "a|b\n1|2\n"},
    /* RFC 4180, section 2: 1 to 7 */
    {"aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n", "aaa|bbb|ccc\nzzz|yyy|xxx\n"},
    {"aaa,bbb,ccc\r\nzzz,yyy,xxx", "aaa|bbb|ccc\nzzz|yyy|xxx\n"},
    {"\"aaa\",\"bbb\",\"ccc\"\r\nzzz,yyy,xxx", "<aaa>|<bbb>|<ccc>\nzzz|yyy|xxx\n"},
    {"\"aaa\",\"b\r\nbb\",\"ccc\"\r\nzzz,yyy,xxx",
     "<aaa>|<b\r\nbb>|<ccc>\nzzz|yyy|xxx\n"},
    {"\"aaa\",\"b\"\"bb\",\"ccc\"", "<aaa>|<b\"bb>|<ccc>\n"},
    /* line ends */
    {"a\nb\rc\r\nd", "a\nb\nc\nd\n"},
    {"a\r", "a\n"},
    {"a\r\n", "a\n"},
    {"\"a\"\r\"b\"\r\n\"c\"", "<a>\n<b>\n<c>\n"},
    {"\"\r\",\"\n\",\"\r\n\"\r\n", "<\r>|<\n>|<\r\n>\n"},
    /* empty cells and blank lines */
    {"a,\n,b\n,\n,,", "a|\n|b\n|\n||\n"},
    {"\n\r\n\r\r\n\na\n\n\nb\n \n\t\n", "a\nb\n"},
    {"\"\"\n", "<>\n"},
    {"\"\",\"\"\n \"\" ", "<>|<>\n<>\n"},
    {"a,\"\",,b", "a|<>||b\n"},
    /* blanks */
    {" a ,\tb\t, c d  ,e\n", "a|b|c d|e\n"},
    {"  ,\t\n", "|\n"},
    {" \" a \" , \"b\"\t\n", "< a >|<b>\n"},
    {"a \t", "a\n"},
    {"a\tb,c\vd,\f", "a\tb|c\vd|\f\n"},
    /* quotes */
    {"\"\"\"\"\n", "<\">\n"},
    {"\"\"\"a\"\"\",\"b\"\"\"\"c\",\"d\"\n", "<\"a\">|<b\"\"c>|<d>\n"},
    {"\"a,b\",\"c\"", "<a,b>|<c>\n"},
    {"\"a\n\nb\"\nc\n", "<a\n\nb>\nc\n"},
    /* cells longer than the steps of the search */
    {"abcdefgh,abcdefghi,abcdefghijklmnopqrstuvwxyz,a",
     "abcdefgh|abcdefghi|abcdefghijklmnopqrstuvwxyz|a\n"},
    /* byte order marks */
    {"\xef\xbb\xbf", ""},
    {"\xef\xbb\xbf"
     "a,b",
     "a|b\n"},
    {"\xef\xbb\xbf\"a\",b", "<a>|b\n"},
    {"\xef\xbb\xbf\n\na", "a\n"},
    {"\xef\xbb\xbf\xef\xbb\xbf"
     "a",
     "\xef\xbb\xbf"
     "a\n"},
    {"a,\xef\xbb\xbf"
     "b",
     "a|\xef\xbb\xbf"
     "b\n"},
    {"\xef\xbc\x8c\n", "\xef\xbc\x8c\n"}, /* begins as the mark does */
    /* UTF-8 */
    {"\xc3\xa4,\"\xe2\x82\xac\",\xf0\x9f\x98\x80",
     "\xc3\xa4|<\xe2\x82\xac>|\xf0\x9f\x98\x80\n"},
    {"\xc2\xa0"
     "a\xc2\xa0",
     "\xc2\xa0"
     "a\xc2\xa0\n"}, /* no blanks of ours */
};

START_TEST(a_text_gives_the_same_rows_however_it_is_cut)
{
    must_give(given[_i].text, given[_i].rows);
}
END_TEST

static const struct {
    struct csv_options options;
    const char *text;
    const char *rows;
} with_options[] = {
    {{';', '"'}, "a,b;\"c;d\";'e'\n", "a,b|<c;d>|'e'\n"},
    {{'\t', '"'}, " a \t\tb\t\n\"c\t\" \td e\n", "a||b|\n<c\t>|d e\n"},
    {{',', '\''}, "'a,''b''',\"c\n", "<a,'b'>|\"c\n"},
    {{',', '\0'}, "\"a\",b\"c,\"\n", "\"a\"|b\"c|\"\n"},
    {{'|', '"'}, "a|b\n", "a|b\n"},
    {{' ', '"'}, "a b\n", "a|b\n"},
    {{' ', '"'}, "  a   b\t \tc  \n\n   \n d\n", "a|b|c\nd\n"},
    {{' ', '"'}, " \"a b\"  \"\" c\r\n\"d\"", "<a b>|<>|c\n<d>\n"},
    {{' ', '\0'}, " 1.5 -2 \r 3 \"4\" ", "1.5|-2\n3|\"4\"\n"},
};

START_TEST(delimiter_and_quote_can_be_chosen)
{
    const char *text = with_options[_i].text;
    must_give_with(&with_options[_i].options, text, strlen(text), with_options[_i].rows);
}
END_TEST

START_TEST(options_that_cannot_work_are_refused)
{
    static const struct csv_options options[] = {
        {'\0', '"'}, {'\n', '"'}, {'\r', '"'}, {'\xe4', '"'}, {',', ','},
        {',', '\n'}, {',', '\r'}, {',', ' '},  {',', '\t'},   {',', '\xe4'},
    };
    for (size_t i = 0; i < LENGTH(options); i++) {
        struct error err = {0};
        ck_assert_ptr_null(csv_new(&options[i], see_row, NULL, &err));
        ck_assert_int_eq(err.code, ERROR_INVALID);
    }
}
END_TEST

/* ---- what is refused, and where ---- */

static const struct {
    const char *text;
    enum error_code code;
    const char *place;
    const char *rows;
} refused[] = {
    {"a\"b", ERROR_BAD_CSV, "row 1, column 1", ""},
    {"a,b\n1,2\"", ERROR_BAD_CSV, "row 2, column 2", "a|b\n"},
    {"a\n\n\nb \"c\"\n", ERROR_BAD_CSV, "row 2, column 1", "a\n"},
    {"a,\"b\"c\n", ERROR_BAD_CSV, "row 1, column 2", ""},
    {"a,\"b\" \"c\"\n", ERROR_BAD_CSV, "row 1, column 2", ""},
    {"\"a\" b", ERROR_BAD_CSV, "row 1, column 1", ""},
    {"a\n\"b", ERROR_BAD_CSV, "row 2, column 1", "a\n"},
    {"a,b,\"c,d\ne,f\n", ERROR_BAD_CSV, "row 1, column 3", ""},
    {"\"", ERROR_BAD_CSV, "row 1, column 1", ""},
    {"\"a\"\"", ERROR_BAD_CSV, "row 1, column 1", ""},
    {"a\nb,\xff\n", ERROR_BAD_UTF8, "row 2, column 2", "a\n"},
    {"a\n\xc3,b\n", ERROR_BAD_UTF8, "row 2, column 1", "a\n"},
    {"a,\"\xed\xa0\x80\",c\n", ERROR_BAD_UTF8, "row 1, column 2", ""},
    {"a,b,\xc0\x80", ERROR_BAD_UTF8, "row 1, column 3", ""},
    {"\xef\xbb", ERROR_BAD_UTF8, "row 1, column 1", ""},
    {"\xef\xbb\na", ERROR_BAD_UTF8, "row 1, column 1", ""},
    {"\xff\xfe", ERROR_BAD_UTF8, "row 1, column 1", ""},
};

START_TEST(what_is_wrong_is_refused_with_its_place_however_it_is_cut)
{
    must_refuse(&usual, refused[_i].text, strlen(refused[_i].text), refused[_i].code,
                refused[_i].place, refused[_i].rows);
}
END_TEST

START_TEST(a_nul_byte_is_refused_wherever_it_stands)
{
    must_refuse(&usual, "\0", 1, ERROR_BAD_CSV, "row 1, column 1", "");
    must_refuse(&usual, "a,b\nc,d\0,e\n", 11, ERROR_BAD_CSV, "row 2, column 2", "a|b\n");
    must_refuse(&usual, "a,\"\0\"\n", 6, ERROR_BAD_CSV, "row 1, column 2", "");
    must_refuse(&usual, "a \0\n", 4, ERROR_BAD_CSV, "row 1, column 1", "");
    struct csv_options without_quote = {';', '\0'};
    must_refuse(&without_quote, "a;\0;b\n", 6, ERROR_BAD_CSV, "row 1, column 2", "");
}
END_TEST

START_TEST(a_space_as_delimiter_still_wants_closed_quotes)
{
    struct csv_options options = {' ', '"'};
    must_refuse(&options, "a b\"\n", 5, ERROR_BAD_CSV, "row 1, column 2", "");
    must_refuse(&options, "\"a\"b\n", 5, ERROR_BAD_CSV, "row 1, column 1", "");
}
END_TEST

/* ---- limits ---- */

static void append_run(struct buffer *text, char c, size_t n)
{
    char *run = buffer_reserve(text, n);
    ck_assert_ptr_nonnull(run);
    memset(run, c, n);
    buffer_advance(text, n);
}

static const size_t pieces[] = {1U << 16, 1000003, SIZE_MAX / 2};

static void must_pass(const struct buffer *text, uint64_t n_rows)
{
    for (size_t i = 0; i < LENGTH(pieces); i++) {
        struct seen seen = {0};
        struct error err = {0};
        ck_assert_msg(scan(&usual, text->bytes, text->n_bytes, pieces[i], &seen, &err) ==
                          0,
                      "%s: %s", err.place, err.message);
        ck_assert_uint_eq(seen.n_rows, n_rows);
        buffer_free(&seen.rows);
    }
}

static void must_be_too_large(const struct buffer *text, const char *place)
{
    for (size_t i = 0; i < LENGTH(pieces); i++) {
        struct seen seen = {0};
        struct error err = {0};
        ck_assert_int_eq(scan(&usual, text->bytes, text->n_bytes, pieces[i], &seen, &err),
                         -1);
        ck_assert_int_eq(err.code, ERROR_TOO_LARGE);
        ck_assert_str_eq(err.place, place);
        buffer_free(&seen.rows);
    }
}

START_TEST(a_cell_may_have_a_mebibyte)
{
    struct buffer text = BUFFER_EMPTY;
    buffer_append_string(&text, "h\n1,");
    append_run(&text, 'x', CSV_MAX_CELL_BYTES);
    must_pass(&text, 2);
    buffer_append_string(&text, "x,2\n");
    must_be_too_large(&text, "row 2, column 2");
    buffer_free(&text);
}
END_TEST

START_TEST(a_quoted_cell_may_have_a_mebibyte_between_its_quotes)
{
    struct buffer text = BUFFER_EMPTY;
    buffer_append_string(&text, "\"");
    append_run(&text, '"', CSV_MAX_CELL_BYTES);
    buffer_append_string(&text, "\"\n");
    must_pass(&text, 1);
    buffer_clear(&text);
    buffer_append_string(&text, "a,\"");
    append_run(&text, 'x', CSV_MAX_CELL_BYTES + 1);
    must_be_too_large(&text, "row 1, column 2"); /* and not first for its open quote */
    buffer_free(&text);
}
END_TEST

/* Seventeen cells of a mebibyte less one, each with its delimiter, then some more. */
static void append_wide_row(struct buffer *text, size_t n_more)
{
    for (size_t i = 0; i < CSV_MAX_ROW_BYTES / CSV_MAX_CELL_BYTES; i++) {
        append_run(text, 'x', CSV_MAX_CELL_BYTES - 1);
        buffer_append_byte(text, ',');
    }
    append_run(text, ' ', n_more);
}

START_TEST(a_row_may_have_sixteen_mebibytes)
{
    struct buffer text = BUFFER_EMPTY;
    append_wide_row(&text, 0);
    buffer_append_string(&text, "\nb\n");
    must_pass(&text, 2);
    buffer_clear(&text);
    append_wide_row(&text, 1);
    must_be_too_large(&text, "row 1, column 17");
    buffer_append_string(&text, "\n");
    must_be_too_large(&text, "row 1, column 17");
    buffer_free(&text);
}
END_TEST

START_TEST(blanks_behind_a_quoted_cell_count_for_the_row)
{
    struct buffer text = BUFFER_EMPTY;
    buffer_append_string(&text, "\"a\"");
    append_run(&text, ' ', CSV_MAX_ROW_BYTES - 3);
    buffer_append_string(&text, "\n");
    must_pass(&text, 1);
    text.bytes[text.n_bytes - 1] = ' ';
    buffer_append_string(&text, ",b\n");
    must_be_too_large(&text, "row 1, column 1");
    buffer_free(&text);
}
END_TEST

START_TEST(a_row_may_have_65536_cells)
{
    struct buffer text = BUFFER_EMPTY;
    append_run(&text, ',', CSV_MAX_COLUMNS - 1);
    buffer_append_string(&text, "\na\n");
    must_pass(&text, 2);
    buffer_clear(&text);
    append_run(&text, ',', CSV_MAX_COLUMNS);
    buffer_append_string(&text, "\n");
    must_be_too_large(&text, "row 1, column 65537");
    buffer_free(&text);
}
END_TEST

/* ---- the caller ---- */

static int stop_at_second(void *context, uint64_t row, const struct csv_cell *cells,
                          size_t n_cells, struct error *err)
{
    (void)context;
    (void)cells;
    (void)n_cells;
    return row < 2 ? 0 : error_set(err, ERROR_CANCELLED, "enough");
}

START_TEST(the_caller_can_stop)
{
    static const char text[] = "a\nb\nc\n";
    for (size_t n_first = 0; n_first <= 6; n_first++) {
        struct error err = {0};
        struct csv_scanner *scanner = csv_new(&usual, stop_at_second, NULL, &err);
        int result = csv_push(scanner, text, n_first, &err);
        if (result == 0)
            result = csv_push(scanner, text + n_first, 6 - n_first, &err);
        ck_assert_int_eq(result, -1);
        ck_assert_int_eq(err.code, ERROR_CANCELLED);
        csv_free(scanner);
    }
}
END_TEST

START_TEST(a_row_that_ends_in_the_last_line_end_is_handed_out_before_push_returns)
{
    struct seen seen = {0};
    struct csv_scanner *scanner = csv_new(&usual, see_row, &seen, NULL);
    ck_assert_int_eq(csv_push(scanner, "a,b\nc", 5, NULL), 0);
    ck_assert_uint_eq(seen.n_rows, 1);
    ck_assert_int_eq(csv_push(scanner, "\r", 1, NULL), 0);
    ck_assert_uint_eq(seen.n_rows, 2);
    ck_assert_int_eq(csv_push(scanner, NULL, 0, NULL), 0);
    ck_assert_int_eq(csv_push(scanner, "\n", 1, NULL), 0);
    ck_assert_int_eq(csv_finish(scanner, NULL), 0);
    ck_assert_uint_eq(seen.n_rows, 2);
    csv_free(scanner);
    buffer_free(&seen.rows);
}
END_TEST

static int ignore_row(void *context, uint64_t row, const struct csv_cell *cells,
                      size_t n_cells, struct error *err)
{
    (void)context;
    (void)row;
    (void)cells;
    (void)n_cells;
    (void)err;
    return 0;
}

/* Pieces, pairs of quotes and more cells than there is room for at first. */
static int scan_all_kinds(struct error *err)
{
    static const char cell[] = "\"a \"\"quoted\"\" cell\",b,";
    struct csv_scanner *scanner = csv_new(&usual, ignore_row, NULL, err);
    if (!scanner)
        return -1;
    int result = 0;
    for (int i = 0; result == 0 && i < 100; i++)
        result = csv_push(scanner, cell, sizeof(cell) - 1, err);
    if (result == 0)
        result = csv_finish(scanner, err);
    csv_free(scanner);
    return result;
}

START_TEST(every_allocation_may_fail)
{
    ck_assert_int_eq(scan_all_kinds(NULL), 0);
    long n_allocations = memory_fail_after(-1);
    ck_assert_int_gt(n_allocations, 6);
    for (long i = 0; i < n_allocations; i++) {
        struct error err = {0};
        memory_fail_after(i);
        ck_assert_int_eq(scan_all_kinds(&err), -1);
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    memory_fail_after(-1);
}
END_TEST

START_TEST(nothing_to_free_is_fine)
{
    csv_free(NULL);
}
END_TEST

/* ---- written cells ---- */

static void must_be_written(const char *text, size_t n, const char *written)
{
    struct buffer out = BUFFER_EMPTY;
    csv_write_cell(&out, text, n);
    ck_assert_str_eq(out.bytes, written);
    buffer_free(&out);
}

START_TEST(a_cell_is_quoted_only_where_it_must_be)
{
    must_be_written("plain", 5, "plain");
    must_be_written("two words", 9, "two words");
    must_be_written("a;b\tc", 5, "a;b\tc");
    must_be_written("", 0, "\"\"");
    must_be_written(" a", 2, "\" a\"");
    must_be_written("a\t", 2, "\"a\t\"");
    must_be_written("a,b", 3, "\"a,b\"");
    must_be_written("a\nb", 3, "\"a\nb\"");
    must_be_written("a\rb", 3, "\"a\rb\"");
    must_be_written("\"", 1, "\"\"\"\"");
    must_be_written("say \"a\", \"b\"", 12, "\"say \"\"a\"\", \"\"b\"\"\"");
}
END_TEST

struct expected {
    const struct buffer *texts;
    size_t n;
};

static int must_be_expected(void *context, uint64_t row, const struct csv_cell *cells,
                            size_t n_cells, struct error *err)
{
    struct expected *expected = context;
    (void)row;
    (void)err;
    ck_assert_uint_eq(n_cells, expected->n);
    for (size_t j = 0; j < n_cells; j++) {
        ck_assert_uint_eq(cells[j].n_bytes, expected->texts[j].n_bytes);
        ck_assert_mem_eq(cells[j].text, expected->texts[j].bytes, cells[j].n_bytes);
    }
    return 0;
}

#define N_TEXTS 8

/* Texts of the characters that matter, at random. The first begins with no byte order
 * mark, which would be the file's. */
static void make_texts(struct buffer texts[N_TEXTS], struct random *random)
{
    static const char characters[] = "ab \t,\"\r\n;'\xef\xbb\xbf";
    for (size_t j = 0; j < N_TEXTS; j++) {
        buffer_clear(&texts[j]);
        buffer_append_string(&texts[j], j == 0 ? "first" : "");
        buffer_append(&texts[j], "", 0);
        for (uint64_t n = random_below(random, 12); n > 0; n--) {
            uint64_t c = random_below(random, 11);
            buffer_append(&texts[j], characters + c, c < 10 ? 1 : 3);
        }
    }
}

START_TEST(written_cells_read_back)
{
    struct buffer texts[N_TEXTS] = {0}, out = BUFFER_EMPTY;
    struct random random = random_start(1, 0);
    for (int round = 0; round < 2000; round++) {
        struct expected expected = {texts, N_TEXTS};
        make_texts(texts, &random);
        buffer_clear(&out);
        for (size_t j = 0; j < N_TEXTS; j++) {
            buffer_append_string(&out, j > 0 ? "," : "");
            csv_write_cell(&out, texts[j].bytes, texts[j].n_bytes);
        }
        struct csv_scanner *scanner = csv_new(&usual, must_be_expected, &expected, NULL);
        size_t n_first = random_below(&random, out.n_bytes);
        ck_assert_int_eq(csv_push(scanner, out.bytes, n_first, NULL), 0);
        ck_assert_int_eq(
            csv_push(scanner, out.bytes + n_first, out.n_bytes - n_first, NULL), 0);
        ck_assert_int_eq(csv_finish(scanner, NULL), 0);
        csv_free(scanner);
    }
    for (size_t j = 0; j < N_TEXTS; j++)
        buffer_free(&texts[j]);
    buffer_free(&out);
}
END_TEST

/* Most cells plain, so that rows are scanned in blocks; now and then all that there is.
 */
static size_t make_text(char *text, size_t most, struct random *random)
{
    static const char *const rare[] = {"\"a,\"\"b\"", " 1", "2\t", "\x01", "\xc3\xa9",
                                       "\r",          "\n", "x\"", "\xff", ""};
    uint64_t one_in = 5 + random_below(random, 2000);
    size_t n = 0;
    while (n + 40 < most) {
        if (random_below(random, one_in) == 0) {
            const char *cell = rare[random_below(random, LENGTH(rare))];
            n += (size_t)sprintf(text + n, "%s", cell);
        } else {
            n += (size_t)sprintf(text + n, "%.*g", 1 + (int)random_below(random, 17),
                                 random_normal(random));
        }
        text[n++] = random_below(random, 8) > 0 ? ',' : '\n';
    }
    if (random_below(random, 200) == 0)
        text[random_below(random, n)] = '\0';
    return n;
}

START_TEST(long_texts_give_the_same_rows_however_they_are_cut)
{
    static const struct csv_options options[] = {{',', '"'}, {',', '\0'}, {';', '\''}};
    struct random random = random_start(7, 0);
    for (int i = 0; i < 600; i++) {
        char text[2048];
        const struct csv_options *with = &options[i % 3];
        size_t n = make_text(text, 200 + random_below(&random, 1800), &random);
        struct seen one = {0};
        struct error err = {0};
        int result = scan(with, text, n, 1, &one, &err);
        for (size_t piece = 2; piece <= n; piece += 1 + piece / 3) {
            struct seen seen = {0};
            struct error other = {0};
            ck_assert_int_eq(scan(with, text, n, piece, &seen, &other), result);
            ck_assert_str_eq(other.message, err.message);
            ck_assert_str_eq(other.place, err.place);
            ck_assert_uint_eq(seen.rows.n_bytes, one.rows.n_bytes);
            ck_assert_mem_eq(seen.rows.bytes ? seen.rows.bytes : "",
                             one.rows.bytes ? one.rows.bytes : "", one.rows.n_bytes);
            buffer_free(&seen.rows);
        }
        buffer_free(&one.rows);
    }
}
END_TEST

TCase *csv_test(void)
{
    TCase *tests = tcase_create("csv");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_loop_test(tests, a_text_gives_the_same_rows_however_it_is_cut, 0,
                        (int)LENGTH(given));
    tcase_add_loop_test(tests, delimiter_and_quote_can_be_chosen, 0,
                        (int)LENGTH(with_options));
    tcase_add_test(tests, options_that_cannot_work_are_refused);
    tcase_add_loop_test(tests, what_is_wrong_is_refused_with_its_place_however_it_is_cut,
                        0, (int)LENGTH(refused));
    tcase_add_test(tests, a_nul_byte_is_refused_wherever_it_stands);
    tcase_add_test(tests, a_space_as_delimiter_still_wants_closed_quotes);
    tcase_add_test(tests, a_cell_may_have_a_mebibyte);
    tcase_add_test(tests, a_quoted_cell_may_have_a_mebibyte_between_its_quotes);
    tcase_add_test(tests, a_row_may_have_sixteen_mebibytes);
    tcase_add_test(tests, blanks_behind_a_quoted_cell_count_for_the_row);
    tcase_add_test(tests, a_row_may_have_65536_cells);
    tcase_add_test(tests, the_caller_can_stop);
    tcase_add_test(
        tests, a_row_that_ends_in_the_last_line_end_is_handed_out_before_push_returns);
    tcase_add_test(tests, every_allocation_may_fail);
    tcase_add_test(tests, nothing_to_free_is_fine);
    tcase_add_test(tests, a_cell_is_quoted_only_where_it_must_be);
    tcase_add_test(tests, written_cells_read_back);
    tcase_add_test(tests, long_texts_give_the_same_rows_however_they_are_cut);
    return tests;
}
