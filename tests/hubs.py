"""Servers that hubs lie on, as programs of their own on the loopback: they are stopped, killed and broken."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

S3 = """
import io, json, os, sys, threading
os.environ.update(INITIAL_NO_AUTH_ACTION_COUNT="3", MOTO_PORT="0")
import boto3, logging
from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server
logging.disable()
moto, turns = DomainDispatcherApplication(create_backend_app), threading.Lock()
def in_turn(environ, start):
    # a bucket decides in one step whether a condition holds, and puts: moto alone does it in two
    if environ["REQUEST_METHOD"] != "PUT":
        return moto(environ, start)
    told = int(environ.get("CONTENT_LENGTH") or 0)
    try:
        body = environ["wsgi.input"].read(told)
    except OSError:
        body = b""
    if len(body) < told:
        start("400 Bad Request", [("Content-Length", "0"), ("Connection", "close")])
        return [b""]
    environ["wsgi.input"] = io.BytesIO(body)
    with turns:
        return moto(environ, start)
server = make_server("127.0.0.1", 0, in_turn, threaded=True, request_handler=MotoRequestHandler)
threading.Thread(target=server.serve_forever, daemon=True).start()
port = server.server_port
url = f"http://127.0.0.1:{port}"
unknown = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x", "endpoint_url": url}
iam = boto3.client("iam", **unknown)
iam.create_user(UserName="device")
everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
iam.put_user_policy(UserName="device", PolicyName="all", PolicyDocument=json.dumps(everything))
key = iam.create_access_key(UserName="device")["AccessKey"]
known = {**unknown, "aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
boto3.client("s3", **known).create_bucket(Bucket="hubs")
print(json.dumps({"port": port, "key": key["AccessKeyId"], "secret": key["SecretAccessKey"]}), flush=True)
sys.stdin.read()
os._exit(0)
"""

WEBDAV = """
import json, os, sys, threading
from cheroot import wsgi
from wsgidav.wsgidav_app import WsgiDAVApp
app = WsgiDAVApp({
    "provider_mapping": {"/": sys.argv[1]},
    "simple_dc": {"user_mapping": {"*": {"ann": {"password": "hu/sh"}}}},
    "http_authenticator": {"accept_digest": False, "default_to_digest": False},
    "verbose": 0, "logging": {"enable": False},
})
server = wsgi.Server(("127.0.0.1", 0), app, numthreads=12)
server.prepare()
threading.Thread(target=server.serve, daemon=True).start()
print(json.dumps({"port": server.bind_addr[1]}), flush=True)
sys.stdin.read()
os._exit(0)
"""


@dataclass
class Program:
    """A server that runs, and what it said at its start."""

    process: subprocess.Popen[str]
    port: int
    said: dict[str, str] = field(default_factory=dict)

    def stall(self) -> None:
        """Let connections stand, and nothing come: from when all its threads have stopped."""
        self.process.send_signal(signal.SIGSTOP)
        pause = threading.Event()
        while any(
            (task / "stat").read_text().rpartition(")")[2].split()[0] != "T"
            for task in Path(f"/proc/{self.process.pid}/task").iterdir()
        ):
            pause.wait(0.01)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def s3() -> Iterator[Program]:
    """Run an S3 server that asks for keys, with a bucket `hubs`."""
    with _running(S3) as program:
        yield program


@contextmanager
def webdav(folder: Path) -> Iterator[Program]:
    """Run a WebDAV server that gives a folder to ann, whose password is `hu/sh`."""
    with _running(WEBDAV, folder) as program:
        yield program


@contextmanager
def answering(status: int, *, headers: dict[str, str] | None = None, body: bytes = b"") -> Iterator[int]:
    """Run a server that answers everything so, and yield its port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def __getattr__(self, name: str) -> object:
            if name.startswith("do_"):
                return self.answer
            raise AttributeError(name)

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            for key, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = "Content-Length" in (headers or {})

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def _running(program: str, *arguments: object) -> Iterator[Program]:
    command = [sys.executable, "-W", "ignore", "-c", program, *map(str, arguments)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONWARNINGS": ""}
    ) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        try:
            yield Program(process, int(said["port"]), {key: str(value) for key, value in said.items()})
        finally:
            process.kill()
