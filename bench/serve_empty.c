/*
 * What HTTP alone costs here: libmicrohttpd at its best settings (its own threads, one a
 * core, epoll) with a handler that reads a body and answers {}. Prints its address.
 */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static enum MHD_Result answer(void *response, struct MHD_Connection *connection,
                              const char *url, const char *method, const char *version,
                              const char *bytes, size_t *n, void **slot)
{
    (void)url, (void)method, (void)version, (void)bytes;
    if (*slot && *n == 0)
        return MHD_queue_response(connection, 200, response);
    *slot = response;
    *n = 0;
    return MHD_YES;
}

int main(int n_arguments, char **arguments)
{
    static char body[] = "{}";
    unsigned n_threads = n_arguments > 1 ? (unsigned)atoi(arguments[1]) : 2;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct MHD_Response *response =
        MHD_create_response_from_buffer(sizeof(body) - 1, body, MHD_RESPMEM_PERSISTENT);
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, answer, response,
                         MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)&address,
                         MHD_OPTION_THREAD_POOL_SIZE, n_threads, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        daemon ? MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (!info)
        return EXIT_FAILURE;
    printf("http://127.0.0.1:%u\n", (unsigned)info->port);
    fflush(stdout);
    for (;;)
        pause();
}
