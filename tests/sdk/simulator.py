"""The simulator as a subprocess, and its control API."""

import json
import subprocess
import urllib.parse
import urllib.request

PROXY_LOGIN = ("walker", "proxy-secret")
LOOPBACK = "127.0.0.1:0"


class Simulator:
    """Runs while used in a `with`."""

    def __init__(self, program):
        command = [program, "simulate", "--dynect", LOOPBACK, "--control", LOOPBACK]
        command += ["--proxy", LOOPBACK, "--proxy-login", ":".join(PROXY_LOGIN)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.urls = {}
        # It prints one line for each listener, and more that is not ours to know.
        while not {"dynect", "control", "proxy"} <= self.urls.keys():
            line = self.process.stdout.readline()
            if not line:
                raise SystemExit("the simulator ended before it had said where it listens")
            name, _, url = line.strip().partition(" ")
            self.urls[name] = url
        # A proxy of the environment is not for loopback.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def port(self, name):
        return urllib.parse.urlsplit(self.urls[name]).port

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.urls["control"] + path, data, method=method)
        with self.opener.open(request) as reply:
            text = reply.read()
        return json.loads(text) if text else None

    def fault(self, kind, **more):
        self.control("POST", "/faults", {"system": "dynect", "kind": kind, **more})

    def journal(self, method="", path=""):
        query = {name: value for name, value in [("method", method), ("path", path)] if value}
        return self.control("GET", "/journal?" + urllib.parse.urlencode(query))

    def count(self, method="", path=""):
        return len(self.journal(method, path))
