/*
 * Asks a service of this container whether it serves: exits with 0 if it says SERVING, with --alive if it
 * says anything, and otherwise with 1. A program of its own, because a Node that starts every few seconds
 * to ask one question takes more processor time than the idle service (deploy/README.md has the figures).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define TIMEOUT_SECONDS 4

static int failed(const char *path, const char *what) {
  fprintf(stderr, "%s: %s: %s\n", path, what, strerror(errno));
  return 1;
}

int main(int argc, char **argv) {
  const char *path = getenv("DEPTHMESH_HEALTH_SOCKET");
  int only_alive = argc > 1 && strcmp(argv[1], "--alive") == 0;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  struct timeval limit = {.tv_sec = TIMEOUT_SECONDS};
  char line[32];
  size_t length = 0;
  ssize_t part;
  int asked;

  if (path == NULL || *path == '\0') path = "/tmp/depthmesh-health.sock";
  if (strlen(path) >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return failed(path, "DEPTHMESH_HEALTH_SOCKET");
  }
  strcpy(address.sun_path, path);
  /* A connection that nobody accepts would wait too. */
  alarm(TIMEOUT_SECONDS + 1);
  asked = socket(AF_UNIX, SOCK_STREAM, 0);
  if (asked < 0 || setsockopt(asked, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) < 0) return failed(path, "socket");
  if (connect(asked, (struct sockaddr *)&address, sizeof address) < 0) return failed(path, "connect");
  while (length < sizeof line - 1 && (part = read(asked, line + length, sizeof line - 1 - length)) != 0) {
    if (part < 0) return failed(path, "no answer");
    length += (size_t)part;
  }
  line[length] = '\0';
  fputs(line, stdout);
  return only_alive ? length == 0 : strcmp(line, "SERVING\n") != 0;
}
