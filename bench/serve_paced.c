/*
 * Latency at a given rate: serve_paced PORT PATH BODY-FILE CONNECTIONS REQUESTS-A-SECOND
 * SECONDS. Requests are due at even intervals whether or not earlier ones have been
 * answered, and each one's time counts from when it was due, so that a server which
 * stands still is not asked less often (wrk does so). Prints the number of requests, the
 * median, the 99th percentile and the most in microseconds, and how many failed.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_BYTES 65536U
#define MOST_CONNECTIONS 1024U

struct connection {
    int fd;
    int64_t due; /* of the request under way; 0: none is */
    size_t n_bytes;
    char answer[ANSWER_BYTES];
};

struct load {
    struct connection *connections, **idle;
    size_t n_connections, n_idle;
    int epoll_fd;
    char *request;
    size_t request_bytes;
    int64_t *times;
    size_t n_times, n_failed;
};

static void die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* ---- the request ---- */

static char *read_file(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        die(path);
    *n = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*n + 1);
    if (!bytes || fread(bytes, 1, *n, file) != *n)
        die(path);
    fclose(file);
    return bytes;
}

static void make_request(struct load *load, const char *port, const char *path,
                         const char *body_file)
{
    size_t n;
    char *body = read_file(body_file, &n);
    load->request = malloc(n + strlen(path) + 256);
    if (!load->request)
        die("memory");
    int head = sprintf(load->request,
                       "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nContent-Type: "
                       "application/json\r\nContent-Length: %zu\r\n\r\n",
                       path, port, n);
    memcpy(load->request + head, body, n);
    load->request_bytes = (size_t)head + n;
    free(body);
}

/* ---- connections ---- */

static void open_connection(struct load *load, struct connection *connection, int port)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int on = 1;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    connection->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connection->fd < 0 ||
        connect(connection->fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
        die("connect");
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    epoll_ctl(load->epoll_fd, EPOLL_CTL_ADD, connection->fd, &event);
    load->idle[load->n_idle++] = connection;
}

static void send_request(struct load *load, int64_t due)
{
    struct connection *connection = load->idle[--load->n_idle];
    connection->due = due;
    connection->n_bytes = 0;
    if (send(connection->fd, load->request, load->request_bytes, MSG_NOSIGNAL) !=
        (ssize_t)load->request_bytes)
        die("send");
}

/* Of a whole answer; 0: it is not whole yet. */
static size_t answer_bytes(const char *answer, size_t n)
{
    const char *end = memmem(answer, n, "\r\n\r\n", 4);
    const char *length = strcasestr(answer, "\r\ncontent-length:");
    if (!end || !length || length > end)
        return 0;
    size_t whole = (size_t)(end - answer) + 4 + strtoul(length + 17, NULL, 10);
    return n >= whole ? whole : 0;
}

static void take_answer(struct load *load, struct connection *connection)
{
    char *answer = connection->answer;
    ssize_t n = recv(connection->fd, answer + connection->n_bytes,
                     ANSWER_BYTES - 1 - connection->n_bytes, 0);
    if (n <= 0)
        die("recv");
    connection->n_bytes += (size_t)n;
    answer[connection->n_bytes] = '\0';
    if (answer_bytes(answer, connection->n_bytes) == 0)
        return;
    load->n_failed += strncmp(answer, "HTTP/1.1 200", 12) != 0;
    load->times[load->n_times++] = now() - connection->due;
    load->idle[load->n_idle++] = connection;
}

/* ---- the run ---- */

static void wait_until(struct load *load, int64_t moment)
{
    struct epoll_event events[64];
    int64_t left = moment - now();
    left = left > 0 ? left : 0;
    const struct timespec timeout = {.tv_sec = left / 1000000000,
                                     .tv_nsec = left % 1000000000};
    int n = epoll_pwait2(load->epoll_fd, events, 64, &timeout, NULL);
    for (int i = 0; i < n; i++)
        take_answer(load, events[i].data.ptr);
}

static void run(struct load *load, double rate, size_t n)
{
    int64_t start = now() + 1000000;
    size_t n_sent = 0;
    while (load->n_times < n) {
        int64_t due = start + (int64_t)((double)n_sent / rate * 1e9);
        if (n_sent < n && load->n_idle > 0 && now() >= due) {
            send_request(load, due);
            n_sent++;
        } else {
            bool can_send = n_sent < n && load->n_idle > 0;
            wait_until(load, can_send ? due : now() + 1000000000);
        }
    }
}

static int compare(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static double percentile(const struct load *load, double share)
{
    return (double)load->times[(size_t)(share * (double)(load->n_times - 1))] / 1e3;
}

int main(int n_arguments, char **arguments)
{
    struct load load = {.epoll_fd = epoll_create1(0)};
    if (n_arguments != 7) {
        fputs("serve_paced PORT PATH BODY-FILE CONNECTIONS RATE SECONDS\n", stderr);
        return EXIT_FAILURE;
    }
    double rate = atof(arguments[5]);
    size_t n = (size_t)(rate * atof(arguments[6]));
    load.n_connections = strtoul(arguments[4], NULL, 10) % (MOST_CONNECTIONS + 1);
    load.connections = calloc(load.n_connections, sizeof(*load.connections));
    load.idle = calloc(load.n_connections, sizeof(struct connection *));
    load.times = calloc(n + 1, sizeof(*load.times));
    if (!load.connections || !load.idle || !load.times || n == 0)
        die("memory");
    prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
    make_request(&load, arguments[1], arguments[2], arguments[3]);
    for (size_t i = 0; i < load.n_connections; i++)
        open_connection(&load, &load.connections[i], atoi(arguments[1]));
    run(&load, rate, n);
    qsort(load.times, load.n_times, sizeof(*load.times), compare);
    printf("%zu %.1f %.1f %.1f %zu\n", load.n_times, percentile(&load, .5),
           percentile(&load, .99), percentile(&load, 1), load.n_failed);
    return EXIT_SUCCESS;
}
