"""OpenStack Swift in one process, for tests: one account, container and object server, and a proxy that speaks S3.

    python3 swift-in-one-process.py FOLDER PORT ACCESS_KEY SECRET_KEY

Everything lies in FOLDER. Prints "ready PORT" when it answers; ends with its parent.
"""
import ctypes
import os
import signal
import sys

import eventlet

eventlet.monkey_patch()

from eventlet import wsgi  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.utils import set_swift_dir  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402

KINDS = ("object", "container", "account")
PIPELINE = "catch_errors gatekeeper healthcheck listing_formats bulk s3api tempauth copy slo dlo proxy-server"
# S3 names: an access key is ACCOUNT:USER.
PROXY = """
[DEFAULT]
swift_dir = {folder}
[pipeline:main]
pipeline = {pipeline}
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
location = us-east-1
min_segment_size = 5242880
max_upload_part_num = 10000
check_bucket_owner = false
[filter:tempauth]
use = egg:swift#tempauth
user_{user} = {secret} .admin
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
node_timeout = 30
recoverable_node_timeout = 30
conn_timeout = 5
"""
SERVER = """
[DEFAULT]
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
fallocate_reserve = 0
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""


class MemoryCache:
    """What the proxy asks of memcached: sessions of tempauth, and what containers are."""

    def __init__(self):
        self.values = {}

    def get(self, key, *_args, **_kwargs):
        return self.values.get(key)

    def set(self, key, value, *_args, **_kwargs):
        self.values[key] = value

    def delete(self, key, *_args, **_kwargs):
        self.values.pop(key, None)


def with_cache(app):
    cache = MemoryCache()

    def answer(environ, start_response):
        environ["swift.cache"] = cache
        return app(environ, start_response)

    return answer


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf8") as file:
        file.write(text)
    os.chmod(path, 0o600)
    return path


def make_ring(folder, kind, port):
    ring = RingBuilder(2, 1, 0)
    ring.add_dev(
        {"region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "disk", "weight": 1.0}
    )
    ring.rebalance()
    ring.get_ring().save(os.path.join(folder, f"{kind}.ring.gz"))


def main():
    folder, port, access_key, secret = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
    # PR_SET_PDEATHSIG
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    os.makedirs(os.path.join(folder, "devices", "disk"), exist_ok=True)
    write(folder, "swift.conf", "[swift-hash]\nswift_hash_path_suffix = tests\n")
    set_swift_dir(folder)
    sockets = {kind: eventlet.listen(("127.0.0.1", 0)) for kind in KINDS}
    for kind in KINDS:
        make_ring(folder, kind, sockets[kind].getsockname()[1])
    quiet = open(os.devnull, "w", encoding="utf8")
    for kind in KINDS:
        config = write(folder, f"{kind}-server.conf", SERVER.format(folder=folder, kind=kind))
        eventlet.spawn(wsgi.server, sockets[kind], loadapp(config), quiet, keepalive=True)
    user = access_key.replace(":", "_")
    text = PROXY.format(folder=folder, pipeline=PIPELINE, user=user, secret=secret)
    for filter_name in PIPELINE.split()[:-1]:
        if filter_name not in ("s3api", "tempauth"):
            text += f"[filter:{filter_name}]\nuse = egg:swift#{filter_name}\n"
    proxy = loadapp(write(folder, "proxy-server.conf", text))
    listener = eventlet.listen(("127.0.0.1", port))
    print(f"ready {listener.getsockname()[1]}", flush=True)
    wsgi.server(listener, with_cache(proxy), quiet, keepalive=True)


main()
