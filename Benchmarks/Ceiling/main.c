/* mapmux-ceiling: the least that a C program can do for a socketmap endpoint, to measure mapmux against.
 *
 * One epoll(7) loop, a few libpq connections in pipeline mode, one Sync for each connection in each turn of the loop.
 * It trusts everybody: one request at a time from each client, short keys, no errors, no limits, no timeouts, no
 * reconnecting, one row and one column an answer. It is a yardstick, not a server.
 *
 *     mapmux-ceiling SOCKET CONNINFO CONNECTIONS MAP SQL [MAP SQL]...
 *
 * SQL has the key as $1. */
#define _GNU_SOURCE
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { REQUEST_SIZE = 1024, REPLY_SIZE = 2048, EVENTS = 1024, QUEUE_SIZE = 1 << 16 };

/* What epoll reports begins with what it is. */
typedef enum { LISTENER, CLIENT, CONNECTION } Kind;

typedef struct {
    Kind kind;
    int socket;
    size_t length;
    char request[REQUEST_SIZE];
} Client;

typedef struct {
    Kind kind;
    PGconn *pg;
    bool has_batch;
    /* Who asked for what is in flight, in order: from `oldest` up to `next`, modulo QUEUE_SIZE. */
    unsigned oldest, next;
    Client *asked[QUEUE_SIZE];
} Connection;

static Connection *connections;
static int connection_count;
static char **maps;
static int map_count;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void watch(int epoll, int descriptor, void *who) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = who};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) < 0) fail("epoll_ctl");
}

static void run_now(PGconn *pg, PGresult *result) {
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        fprintf(stderr, "%s", PQerrorMessage(pg));
        exit(1);
    }
    PQclear(result);
}

/* Connects and prepares each map's statement under the map's name. */
static void open_connection(Connection *connection, const char *conninfo) {
    PGconn *pg = PQconnectdb(conninfo);
    if (PQstatus(pg) != CONNECTION_OK) {
        fprintf(stderr, "%s", PQerrorMessage(pg));
        exit(1);
    }
    run_now(pg, PQexec(pg, "SET plan_cache_mode = force_generic_plan"));
    for (int map = 0; map < map_count; map++)
        run_now(pg, PQprepare(pg, maps[2 * map], maps[2 * map + 1], 0, NULL));
    PQsetnonblocking(pg, 1);
    if (!PQenterPipelineMode(pg)) fail("PQenterPipelineMode");
    connection->kind = CONNECTION;
    connection->pg = pg;
}

static int listen_at(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    unlink(path);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
    chmod(path, 0666);
    if (listen(listener, 4096) < 0) fail("listen");
    return listener;
}

static void accept_clients(int epoll, int listener) {
    int accepted;
    while ((accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        Client *client = malloc(sizeof *client);
        client->kind = CLIENT;
        client->socket = accepted;
        client->length = 0;
        watch(epoll, accepted, client);
    }
}

/* Puts the key of a complete request, `LENGTH:MAP KEY,`, into the pipeline with the fewest lookups in flight. */
static void read_request(Client *client) {
    ssize_t count =
        recv(client->socket, client->request + client->length, REQUEST_SIZE - client->length, 0);
    if (count <= 0) {
        /* Clients go only when nothing of theirs is in flight. */
        close(client->socket);
        free(client);
        return;
    }
    client->length += (size_t)count;
    char *colon = memchr(client->request, ':', client->length);
    if (!colon) return;
    char *map = colon + 1, *end = map + atoi(client->request);
    if (client->request + client->length <= end) return;
    *end = 0;
    char *key = memchr(map, ' ', (size_t)(end - map));
    if (!key) exit(1);
    *key++ = 0;
    client->length = 0;

    Connection *best = connections;
    for (Connection *other = connections + 1; other < connections + connection_count; other++)
        if (other->next - other->oldest < best->next - best->oldest) best = other;
    const char *parameters[] = {key};
    if (!PQsendQueryPrepared(best->pg, map, 1, parameters, NULL, NULL, 0)) exit(1);
    best->asked[best->next++ % QUEUE_SIZE] = client;
    best->has_batch = true;
}

static void answer(const Client *client, const PGresult *result) {
    char reply[REPLY_SIZE];
    int length;
    if (PQntuples(result) == 0)
        length = sprintf(reply, "9:NOTFOUND ,");
    else
        length = snprintf(
            reply, sizeof reply, "%d:OK %s,", 3 + PQgetlength(result, 0, 0), PQgetvalue(result, 0, 0));
    send(client->socket, reply, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void read_results(Connection *connection) {
    if (!PQconsumeInput(connection->pg)) exit(1);
    while (!PQisBusy(connection->pg)) {
        PGresult *result = PQgetResult(connection->pg);
        if (!result) {
            /* A NULL ends each statement's results; a second one, all. */
            if (PQisBusy(connection->pg) || !(result = PQgetResult(connection->pg))) return;
        }
        switch (PQresultStatus(result)) {
        case PGRES_TUPLES_OK: answer(connection->asked[connection->oldest++ % QUEUE_SIZE], result); break;
        case PGRES_PIPELINE_SYNC: break;
        default: fprintf(stderr, "%s", PQresultErrorMessage(result)); exit(1);
        }
        PQclear(result);
    }
}

int main(int count, char **arguments) {
    if (count < 6 || count % 2 != 0) {
        fprintf(stderr, "usage: mapmux-ceiling SOCKET CONNINFO CONNECTIONS MAP SQL [MAP SQL]...\n");
        return 64;
    }
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);

    int epoll = epoll_create1(EPOLL_CLOEXEC);
    connection_count = atoi(arguments[3]);
    maps = arguments + 4;
    map_count = (count - 4) / 2;
    connections = calloc((size_t)connection_count, sizeof *connections);
    for (int index = 0; index < connection_count; index++) {
        open_connection(&connections[index], arguments[2]);
        watch(epoll, PQsocket(connections[index].pg), &connections[index]);
    }
    Kind listener_kind = LISTENER;
    int listener = listen_at(arguments[1]);
    watch(epoll, listener, &listener_kind);

    static struct epoll_event events[EVENTS];
    for (;;) {
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        for (int index = 0; index < ready; index++) {
            void *who = events[index].data.ptr;
            switch (*(Kind *)who) {
            case LISTENER: accept_clients(epoll, listener); break;
            case CLIENT: read_request(who); break;
            case CONNECTION: read_results(who); break;
            }
        }
        for (Connection *each = connections; each < connections + connection_count; each++) {
            if (!each->has_batch) continue;
            /* Flushes too. */
            if (!PQpipelineSync(each->pg)) exit(1);
            each->has_batch = false;
        }
    }
}
