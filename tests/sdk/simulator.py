"""The simulators as a subprocess, their control API, and how a walk goes through them."""

import json
import subprocess
import sys
import traceback
import urllib.parse
import urllib.request

PROXY_LOGIN = ("walker", "proxy-secret")
LOOPBACK = "127.0.0.1:0"


class Simulator:
    """Runs while used in a `with`. Faults and the journal are those of one system."""

    def __init__(self, program, system):
        self.system = system
        command = [program, "simulate", "--dynect", LOOPBACK, "--ctera", LOOPBACK]
        command += ["--control", LOOPBACK]
        command += ["--proxy", LOOPBACK, "--proxy-login", ":".join(PROXY_LOGIN)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.urls = {}
        # It prints one line for each listener, and more that is not ours to know.
        while not {"dynect", "ctera", "control", "proxy"} <= self.urls.keys():
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
        self.control("POST", "/faults", {"system": self.system, "kind": kind, **more})

    def switch(self, **switches):
        self.control("POST", "/switches", {"system": self.system, **switches})

    def journal(self, method="", path="", operation=""):
        query = [("method", method), ("path", path), ("operation", operation)]
        query = {name: value for name, value in query if value}
        return self.control("GET", "/journal?" + urllib.parse.urlencode(query))

    def count(self, method="", path="", operation=""):
        return len(self.journal(method, path, operation))


STEPS = []


def step(function):
    """A step of the walk; each begins with simulators as they started."""
    STEPS.append(function)
    return function


def refused(error, words, call, *arguments):
    """Asserts that the client raises this error with these words, and returns it."""
    try:
        call(*arguments)
    except error as raised:
        assert words in str(raised), str(raised)
        return raised
    raise AssertionError("%s was not raised" % error.__name__)


def equal(left, right):
    assert left == right, "%r is not %r" % (left, right)


def walk(system):
    """Goes all steps through the program that was named, and exits with 1 if one failed."""
    if not (3, 10) <= sys.version_info < (3, 14):
        raise SystemExit("the vendors' clients run on Python 3.10 to 3.13; set PYTHON")
    failed = 0
    with Simulator(sys.argv[1], system) as simulator:
        for each in STEPS:
            simulator.control("POST", "/reset")
            try:
                each(simulator)
                print("ok      " + each.__name__, flush=True)
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print("FAILED  " + each.__name__, flush=True)
                traceback.print_exc()
    print("%d passed, %d failed" % (len(STEPS) - failed, failed))
    sys.exit(failed > 0)
