#include "core/base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

double clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* The one piece of state: the wall clock may be set back, what we have told may not. */
static _Atomic int64_t latest;

int64_t clock_wall_microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t value = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
    int64_t seen = atomic_load(&latest);
    while (seen < value && !atomic_compare_exchange_weak(&latest, &seen, value))
        ;
    return seen < value ? value : seen;
}

char *clock_text(int64_t wall_microseconds, char *text)
{
    time_t seconds = (time_t)(wall_microseconds / 1000000);
    int64_t rest = wall_microseconds % 1000000;
    if (rest < 0) {
        rest += 1000000;
        seconds--;
    }
    struct tm parts;
    gmtime_r(&seconds, &parts);
    size_t n = strftime(text, CLOCK_TEXT_BYTES, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text + n, CLOCK_TEXT_BYTES - n, ".%06dZ", (int)rest);
    return text;
}

/* ---- reading ---- */

/* n digits, and the byte behind them; -1 where it is anything else. */
static int read_digits(const char **text, int n, char behind)
{
    int value = 0;
    for (; n > 0; n--, (*text)++) {
        if (**text < '0' || **text > '9')
            return -1;
        value = value * 10 + (**text - '0');
    }
    if (behind && *(*text)++ != behind)
        return -1;
    return value;
}

/* Days since 1970-01-01; -1 for a date that is not in the calendar. */
static int64_t day_of(int year, int month, int day)
{
    static const int before[] = {0,   31,  59,  90,  120, 151, 181,
                                 212, 243, 273, 304, 334, 365};
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (year < 1970 || month < 1 || month > 12 || day < 1 ||
        day > before[month] - before[month - 1] + (is_leap && month == 2))
        return -1;
    int64_t y = year - 1;
    int64_t leaps = y / 4 - y / 100 + y / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400);
    return (int64_t)(year - 1970) * 365 + leaps + before[month - 1] +
           (is_leap && month > 2) + day - 1;
}

static int64_t read_fraction(const char **text)
{
    int64_t value = 0, unit = 100000;
    if (**text != '.')
        return 0;
    if (*++*text < '0' || **text > '9')
        return -1;
    for (; **text >= '0' && **text <= '9'; (*text)++, unit /= 10)
        value += unit * (**text - '0');
    return value;
}

/* In minutes, and all of the text. */
static bool read_offset(const char *text, int *offset)
{
    *offset = 0;
    if (*text == 'Z' || *text == 'z')
        return text[1] == '\0';
    if (*text != '+' && *text != '-')
        return false;
    int sign = *text++ == '+' ? 1 : -1;
    int hours = read_digits(&text, 2, ':');
    int minutes = hours < 0 ? -1 : read_digits(&text, 2, 0);
    *offset = sign * (hours * 60 + minutes);
    return hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60 && *text == '\0';
}

bool clock_parse(const char *text, int64_t *wall_microseconds)
{
    int year = read_digits(&text, 4, '-'), month, day, hour, minute, second, offset;
    if (year < 0 || (month = read_digits(&text, 2, '-')) < 0 ||
        (day = read_digits(&text, 2, 0)) < 0)
        return false;
    int64_t days = day_of(year, month, day);
    if (days < 0 || (*text != 'T' && *text != 't' && *text != ' '))
        return false;
    text++;
    if ((hour = read_digits(&text, 2, ':')) < 0 || hour > 23 ||
        (minute = read_digits(&text, 2, ':')) < 0 || minute > 59 ||
        (second = read_digits(&text, 2, 0)) < 0 || second > 60)
        return false;
    int64_t fraction = read_fraction(&text);
    if (fraction < 0 || !read_offset(text, &offset))
        return false;
    int64_t minutes = (days * 24 + hour) * 60 + minute - offset;
    *wall_microseconds = (minutes * 60 + second) * 1000000 + fraction;
    return true;
}
