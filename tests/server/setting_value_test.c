#include "server/setting_value.h"

#include <string.h>

#include "tests/support/suite.h"

#define MIB ((size_t)1 << 20)

START_TEST(setting_value_count_is_a_whole_number_in_its_range)
{
    struct error err = {0};
    size_t value = 7;
    ck_assert_int_eq(setting_value_count("1", 1, 64, &value, &err), 0);
    ck_assert_uint_eq(value, 1);
    ck_assert_int_eq(setting_value_count("64", 1, 64, &value, &err), 0);
    ck_assert_uint_eq(value, 64);
}
END_TEST

static const char *const bad_counts[] = {"0",  "65",  "-1",  "1.5", "",   " 1",
                                         "1 ", "1e1", "0x1", "one", "1,0"};

START_TEST(setting_value_count_refuses_everything_else)
{
    struct error err = {0};
    size_t value = 7;
    ck_assert_int_eq(setting_value_count(bad_counts[_i], 1, 64, &value, &err), -1);
    ck_assert_uint_eq(value, 7);
    ck_assert_ptr_nonnull(strstr(err.message, "a whole number from 1 to 64, not \""));
}
END_TEST

struct size_case {
    const char *text;
    size_t bytes;
};

static const struct size_case sizes[] = {
    {"1048576", MIB},     {"1024K", MIB},
    {"1024 kib", MIB},    {"1M", MIB},
    {"1m", MIB},          {"1MB", MIB},
    {"1 MiB", MIB},       {"256M", 256 * MIB},
    {"1.5G", 1536 * MIB}, {"16 GiB", 16384 * MIB},
    {"1T", MIB *MIB},     {"1048576B", MIB},
    {"2000 bytes", 2000}, {"0.5 GiB", 512 * MIB},
    {"2e6", 2000000},
};

START_TEST(setting_value_size_reads_units_of_1024)
{
    struct error err = {0};
    size_t value = 0;
    ck_assert_int_eq(setting_value_size(sizes[_i].text, 1, MIB * MIB, &value, &err), 0);
    ck_assert_uint_eq(value, sizes[_i].bytes);
}
END_TEST

static const char *const bad_sizes[] = {
    "",     "M",    "-1M", "1X",   "1 MiBs", "1iB",    "1 M B",   "1M ",
    "1023", "2T",   "nan", "1e99", "1e400",  "1,5M",   "many",    "1BM",
    "1MM",  "1 iB", "inf", "0",    "1KiBiB", "1024Ki", "1 Mbytes"};

START_TEST(setting_value_size_refuses_everything_else)
{
    struct error err = {0};
    size_t value = 7;
    ck_assert_int_eq(setting_value_size(bad_sizes[_i], 1024, MIB * MIB, &value, &err),
                     -1);
    ck_assert_uint_eq(value, 7);
    ck_assert_ptr_nonnull(strstr(err.message, "a size from 1 KiB to 1 TiB"));
}
END_TEST

START_TEST(setting_value_size_text_is_exact)
{
    char text[32];
    ck_assert_str_eq(setting_value_size_text(0, text), "0 bytes");
    ck_assert_str_eq(setting_value_size_text(1023, text), "1023 bytes");
    ck_assert_str_eq(setting_value_size_text(1024, text), "1 KiB");
    ck_assert_str_eq(setting_value_size_text(1536, text), "1.5 KiB");
    ck_assert_str_eq(setting_value_size_text(1025, text), "1025 bytes");
    ck_assert_str_eq(setting_value_size_text(16 * MIB, text), "16 MiB");
    ck_assert_str_eq(setting_value_size_text(1024 * MIB * MIB, text), "1024 TiB");
}
END_TEST

START_TEST(setting_value_switch_takes_the_usual_words)
{
    static const char *const on[] = {"true", "yes", "on", "1"};
    static const char *const off[] = {"false", "no", "off", "0"};
    static const char *const neither[] = {"", "maybe", "TRUE ", "2"};
    for (size_t i = 0; i < 4; i++) {
        struct error err = {0};
        bool value = false;
        ck_assert_int_eq(setting_value_switch(on[i], &value, &err), 0);
        ck_assert(value);
        ck_assert_int_eq(setting_value_switch(off[i], &value, &err), 0);
        ck_assert(!value);
        ck_assert_int_eq(setting_value_switch(neither[i], &value, &err), -1);
        ck_assert_int_eq(err.code, ERROR_INVALID);
    }
}
END_TEST

START_TEST(setting_value_word_names_the_choice)
{
    static const char *const words[] = {"one", "two", "three"};
    struct error err = {0};
    size_t index = 9;
    ck_assert_int_eq(setting_value_word("three", words, 3, &index, &err), 0);
    ck_assert_uint_eq(index, 2);
    ck_assert_int_eq(setting_value_word("four", words, 3, &index, &err), -1);
    ck_assert_str_eq(err.message, "wants one, two or three, not \"four\"");
    ck_assert_uint_eq(index, 2);
}
END_TEST

struct address_case {
    const char *text, *host;
    uint16_t port;
};

static const struct address_case addresses[] = {
    {"127.0.0.1:8080", "127.0.0.1", 8080},
    {"[::1]:0", "::1", 0},
    {"localhost:65535", "localhost", 65535},
    {"[fe80::1%eth0]:80", "fe80::1%eth0", 80},
    {"0.0.0.0:1", "0.0.0.0", 1},
};

START_TEST(setting_value_address_takes_host_and_port)
{
    struct error err = {0};
    char host[SETTING_VALUE_HOST_BYTES];
    uint16_t port = 7;
    ck_assert_int_eq(setting_value_address(addresses[_i].text, host, &port, &err), 0);
    ck_assert_str_eq(host, addresses[_i].host);
    ck_assert_uint_eq(port, addresses[_i].port);
}
END_TEST

static const char *const bad_addresses[] = {"",          "8080",        ":8080",
                                            "localhost", "localhost:",  "host:65536",
                                            "host:-1",   "host:http",   "::1:80",
                                            "[::1]",     "[::1]80",     "[host]:80",
                                            "[]:80",     "[::1:80",     "a b:80",
                                            "*:80",      "http://a:80", "host:80/",
                                            "host: 80",  "[::1%]]:80x"};

START_TEST(setting_value_address_refuses_everything_else)
{
    struct error err = {0};
    char host[SETTING_VALUE_HOST_BYTES] = "kept";
    uint16_t port = 7;
    ck_assert_int_eq(setting_value_address(bad_addresses[_i], host, &port, &err), -1);
    ck_assert_str_eq(host, "kept");
    ck_assert_uint_eq(port, 7);
    ck_assert_ptr_nonnull(strstr(err.message, "HOST:PORT"));
}
END_TEST

START_TEST(setting_value_address_refuses_a_host_that_is_too_long)
{
    struct error err = {0};
    char host[SETTING_VALUE_HOST_BYTES];
    char text[SETTING_VALUE_HOST_BYTES + 8];
    uint16_t port;
    memset(text, 'a', SETTING_VALUE_HOST_BYTES);
    strcpy(text + SETTING_VALUE_HOST_BYTES - 1, ":80");
    ck_assert_int_eq(setting_value_address(text, host, &port, &err), 0);
    strcpy(text + SETTING_VALUE_HOST_BYTES - 1, "a:80");
    ck_assert_int_eq(setting_value_address(text, host, &port, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.message, "a…\"")); /* it is not repeated whole */
}
END_TEST

#define N_OF(array) ((int)(sizeof(array) / sizeof(*(array))))

TCase *setting_value_test(void)
{
    TCase *tcase = tcase_create("setting_value");
    tcase_add_test(tcase, setting_value_count_is_a_whole_number_in_its_range);
    tcase_add_loop_test(tcase, setting_value_count_refuses_everything_else, 0,
                        N_OF(bad_counts));
    tcase_add_loop_test(tcase, setting_value_size_reads_units_of_1024, 0, N_OF(sizes));
    tcase_add_loop_test(tcase, setting_value_size_refuses_everything_else, 0,
                        N_OF(bad_sizes));
    tcase_add_test(tcase, setting_value_size_text_is_exact);
    tcase_add_test(tcase, setting_value_switch_takes_the_usual_words);
    tcase_add_test(tcase, setting_value_word_names_the_choice);
    tcase_add_loop_test(tcase, setting_value_address_takes_host_and_port, 0,
                        N_OF(addresses));
    tcase_add_loop_test(tcase, setting_value_address_refuses_everything_else, 0,
                        N_OF(bad_addresses));
    tcase_add_test(tcase, setting_value_address_refuses_a_host_that_is_too_long);
    return tcase;
}
