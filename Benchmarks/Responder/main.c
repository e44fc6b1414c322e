/* mapmux-responder: the least that a socketmap endpoint can do if it asks no database, to measure kept answers against.
 *
 * One epoll(7) loop. It makes up the answer from the key, as the benchmarks' tables have it, so that clients can compare
 * each one with the right one. It trusts everybody, as mapmux-ceiling does: one request at a time from each client,
 * short keys, no errors, no limits. It is a yardstick, not a server.
 *
 *     mapmux-responder SOCKET */
#define _GNU_SOURCE
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

/* One address in GAP is in no table: see LoadEngine/Question.swift. */
enum { REQUEST_SIZE = 1024, REPLY_SIZE = 256, EVENTS = 1024, GAP = 50 };

typedef struct {
    int socket;
    size_t length;
    char request[REQUEST_SIZE];
} Client;

typedef struct {
    size_t length;
    char bytes[REPLY_SIZE];
} Text;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void watch(int epoll, int descriptor, void *who) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = who};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) < 0) fail("epoll_ctl");
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
        client->socket = accepted;
        client->length = 0;
        watch(epoll, accepted, client);
    }
}

static void put(Text *text, const char *string) {
    size_t length = strlen(string);
    memcpy(text->bytes + text->length, string, length);
    text->length += length;
}

static void put_number(Text *text, unsigned number) {
    char digits[10];
    int count = 0;
    do digits[count++] = (char)('0' + number % 10);
    while (number /= 10);
    while (count > 0) text->bytes[text->length++] = digits[--count];
}

/* The number behind a prefix; -1 if something else is there. */
static int number_behind(const char *prefix, const char *key) {
    size_t length = strlen(prefix);
    return strncmp(key, prefix, length) == 0 ? atoi(key + length) : -1;
}

static bool put_address(Text *text, const char *key) {
    int number = number_behind("user", key);
    const char *mailbox = "mbox";
    if (number < 0) {
        number = number_behind("@example", key);
        mailbox = "catchall";
    } else if (number % GAP == 0) {
        return false;
    }
    if (number < 0) return false;
    put(text, mailbox);
    put_number(text, (unsigned)number);
    put(text, "@store");
    put_number(text, (unsigned)number % 10);
    put(text, ".example.net");
    return true;
}

static bool put_access(Text *text, const char *key) {
    int high = number_behind("10.0.", key);
    if (high < 0) return false;
    put(text, "WARN client ");
    put_number(text, (unsigned)(high << 8 | atoi(strrchr(key, '.') + 1)));
    return true;
}

/* Appends what is to be found; false: nothing is. */
static bool put_value(Text *text, const char *map, const char *key) {
    if (*map == 'a') return map[1] == 'l' ? put_address(text, key) : put_access(text, key);
    int number = number_behind("example", key);
    if (number < 0) return false;
    put(text, *map == 'd' ? "virtual" : "smtp:store");
    put_number(text, *map == 'd' ? (unsigned)number : (unsigned)number % 10);
    return true;
}

static void answer(const Client *client, const char *map, const char *key) {
    Text value, reply;
    value.length = reply.length = 0;
    if (put_value(&value, map, key)) {
        put_number(&reply, (unsigned)value.length + 3);
        put(&reply, ":OK ");
        memcpy(reply.bytes + reply.length, value.bytes, value.length);
        reply.length += value.length;
        put(&reply, ",");
    } else {
        put(&reply, "9:NOTFOUND ,");
    }
    send(client->socket, reply.bytes, reply.length, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Answers a complete request, `LENGTH:MAP KEY,`. */
static void read_request(Client *client) {
    ssize_t count =
        recv(client->socket, client->request + client->length, REQUEST_SIZE - client->length, 0);
    if (count <= 0) {
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
    answer(client, map, key);
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: mapmux-responder SOCKET\n");
        return 64;
    }
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);

    int epoll = epoll_create1(EPOLL_CLOEXEC);
    int listener = listen_at(arguments[1]);
    watch(epoll, listener, NULL);

    static struct epoll_event events[EVENTS];
    for (;;) {
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        for (int index = 0; index < ready; index++) {
            Client *client = events[index].data.ptr;
            if (client)
                read_request(client);
            else
                accept_clients(epoll, listener);
        }
    }
}
