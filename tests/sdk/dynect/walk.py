"""Walks the vendor's client, as it is, through the simulator.

Usage: walk.py PROGRAM (a built roster). Prints a line for each step and ends with
`N passed, N failed`; the exit code is 1 if a step failed.
"""

from dyn.tm.accounts import UpdateUser, get_updateusers
from dyn.tm.errors import (
    DynectAuthError,
    DynectCreateError,
    DynectDeleteError,
    DynectGetError,
    DynectUpdateError,
)
from dyn.tm.session import DynectMultiSession, DynectSession

from simulator import PROXY_LOGIN, equal, refused, step, walk

DEAD = "login: Bad or expired credentials"


def log_in(simulator, password="operator-password", kind=DynectSession, **more):
    """A new session of the default seed's administrator; the client keeps one per thread."""
    kind.close_session()
    return kind("acme", "operator", password, host="127.0.0.1",
                port=simulator.port("dynect"), ssl=False, **more)


def password_is(simulator, path, value):
    return simulator.control("GET", "/%s/password-is?value=%s" % (path, value))["equal"]


@step
def login(simulator):
    log_in(simulator)
    entry, = simulator.journal()
    equal(entry["path"], "/REST/Session/")
    equal(entry["session"], "session-1")
    refused(DynectAuthError, "did not match", log_in, simulator, "wrong")


@step
def lazy_login_and_history(simulator):
    session = log_in(simulator, auto_auth=False, history=True)
    equal(simulator.count(), 0)
    refused(DynectGetError, "Auth-Token", get_updateusers)
    session.authenticate()
    UpdateUser("edge1", "pw-1")
    equal([call[2:] for call in session.history][-1],
          ("POST", {"nickname": "edge1", "password": "*****"}, "success"))


@step
def permissions(simulator):
    session = log_in(simulator)
    for name in ("UpdateUserAdd", "UpdateUserUpdate", "UpdateUserDelete"):
        assert name in session.permissions, session.permissions
    refused(DynectCreateError, "No such user", session.user_permissions_report, "nobody")


@step
def list_of_users(simulator):
    log_in(simulator)
    equal(get_updateusers(), [])
    for nickname, blocked in (("edge1", False), ("edge2", True)):
        simulator.control("POST", "/accounts", {"customer": "acme", "nickname": nickname,
                                                "password": "pw-1", "blocked": blocked})
    equal([(user.user_name, user.status, user.password) for user in get_updateusers()],
          [("acme-edge1", "active", "pw-1"), ("acme-edge2", "blocked", "pw-1")])
    found, = get_updateusers({"status": "blocked"})
    equal(found.user_name, "acme-edge2")


@step
def password_that_is_not_in_the_list(simulator):
    log_in(simulator)
    UpdateUser("edge1", "pw-1")
    simulator.control("POST", "/switches", {"passwordInList": False})
    user, = get_updateusers()
    equal(user.password, "pw-1")
    equal(simulator.count("GET", "/REST/UpdateUser/acme-edge1/"), 1)


@step
def create(simulator):
    log_in(simulator)
    user = UpdateUser("edge1", "pw-1")
    equal((user.user_name, user.nickname, user.status, user.password),
          ("acme-edge1", "edge1", "active", "pw-1"))
    assert UpdateUser("edge2", "").password
    refused(DynectCreateError, "already exists", UpdateUser, "edge1", "pw-1")
    refused(DynectCreateError, "17", UpdateUser, "eighteen-letters-x", "pw-1")


@step
def get(simulator):
    log_in(simulator)
    UpdateUser("edge1", "pw-1")
    user = UpdateUser("acme-edge1")
    equal((user.user_name, user.status, user.password), ("acme-edge1", "active", "pw-1"))
    refused(DynectGetError, "No such user", UpdateUser, "nobody")


@step
def block_and_unblock(simulator):
    log_in(simulator)
    user = UpdateUser("edge1", "pw-1")
    user.block()
    user.block()
    equal((user.status, UpdateUser("acme-edge1").status), ("blocked", "blocked"))
    user.unblock()
    equal((user.status, UpdateUser("acme-edge1").status), ("active", "active"))


@step
def password_change(simulator):
    log_in(simulator)
    user = UpdateUser("edge1", "pw-1")
    user.password = "p\u00e4ss wörd & more"
    equal(user.password, "p\u00e4ss wörd & more")
    equal(UpdateUser("acme-edge1").password, "p\u00e4ss wörd & more")


@step
def sync_password(simulator):
    log_in(simulator)
    user = UpdateUser("edge1", "pw-1")
    simulator.control("PATCH", "/accounts/acme/acme-edge1", {"password": "pw-behind"})
    equal(user.password, "pw-1")
    user.sync_password()
    equal(user.password, "pw-behind")


@step
def delete(simulator):
    log_in(simulator)
    user = UpdateUser("edge1", "pw-1")
    user.delete()
    equal(simulator.control("GET", "/accounts")["accounts"][0]["state"], "deleted")
    refused(DynectDeleteError, "No such user", user.delete)
    refused(DynectUpdateError, "No such user", user.block)


@step
def own_password(simulator):
    session = log_in(simulator)
    session.update_password("turned")
    equal(get_updateusers(), [])
    assert password_is(simulator, "users/acme/operator", "turned")
    refused(DynectAuthError, "did not match", log_in, simulator)
    log_in(simulator, "turned")


@step
def keep_alive(simulator):
    session = log_in(simulator)
    simulator.control("POST", "/switches", {"inactivitySeconds": 60})
    for _ in range(3):
        simulator.control("POST", "/clock", {"advanceSeconds": 59})
        equal(session.execute("/Session/", "PUT")["status"], "success")
    alive = session.execute("/Session/", "GET")
    equal(alive["msgs"][0]["INFO"], "isalive: User session is still active")


@step
def logout(simulator):
    session = log_in(simulator)
    session.log_out()
    equal(simulator.control("GET", "/sessions"), {"open": 0})
    equal(DynectSession.get_session(), None)


@step
def expired_session(simulator):
    session = log_in(simulator)
    simulator.control("DELETE", "/sessions")
    refused(DynectGetError, DEAD, get_updateusers)
    refused(DynectAuthError, DEAD, UpdateUser, "edge1", "pw-1")
    session.authenticate()
    equal(get_updateusers(), [])
    simulator.fault("inactivity-logout")
    refused(DynectGetError, "login: inactivity logout", get_updateusers)
    refused(DynectGetError, DEAD, get_updateusers)


@step
def forced_logout_of_the_old_session(simulator):
    session = log_in(simulator)
    session.connect()
    equal(simulator.count("DELETE", "/REST/Session"), 1)
    equal(simulator.control("GET", "/sessions"), {"open": 0})


@step
def two_customers(simulator):
    session = log_in(simulator, kind=DynectMultiSession)
    session.new_user_session("globex", "operator2", "operator2-password")
    equal(UpdateUser("edge1", "pw-1").user_name, "globex-edge1")
    session.set_active_session("operator")
    equal(UpdateUser("edge1", "pw-1").user_name, "acme-edge1")
    session.log_out()


@step
def job_announced_by_307(simulator):
    log_in(simulator)
    simulator.fault("job-307", polls=2)
    equal(UpdateUser("edge1", "pw-1").user_name, "acme-edge1")
    equal((simulator.count("POST", "/REST/UpdateUser/"), simulator.count("GET", "/REST/Job/")),
          (1, 3))


@step
def job_announced_as_incomplete(simulator):
    log_in(simulator)
    simulator.fault("incomplete", polls=0)
    equal(UpdateUser("edge1", "pw-1").user_name, "acme-edge1")
    equal((simulator.count("POST", "/REST/UpdateUser/"), simulator.count("GET", "/REST/Job/")),
          (1, 1))


@step
def blocked_by_a_task(simulator):
    log_in(simulator)
    simulator.fault("blocked-by-task", taskId=4)
    equal(UpdateUser("edge1", "pw-1").status, "active")
    equal([entry["outcome"] for entry in simulator.journal("POST", "/REST/UpdateUser/")],
          ["failure:ILLEGAL_OPERATION", "success"])


@step
def rate_limit(simulator):
    log_in(simulator)
    simulator.fault("rate-limit", seconds=1)
    equal(UpdateUser("edge1", "pw-1").status, "active")
    equal([entry["outcome"] for entry in simulator.journal("POST", "/REST/UpdateUser/")],
          ["rate-limited", "success"])


@step
def unknown_keys(simulator):
    log_in(simulator)
    simulator.fault("unknown-keys", times=2)
    UpdateUser("edge1", "pw-1")
    equal(len(get_updateusers()), 1)


@step
def broken_connection(simulator):
    log_in(simulator)
    simulator.fault("drop-before")
    equal(get_updateusers(), [])
    # The client repeats a create whose reply was lost, and so meets its own work.
    simulator.fault("drop-after")
    refused(DynectCreateError, "already exists", UpdateUser, "edge1", "pw-1")
    equal(len(get_updateusers()), 1)
    # The session was alive each time: no second login.
    equal(simulator.count("POST", "/REST/Session/"), 1)


@step
def announced_close_of_the_connection(simulator):
    simulator.control("POST", "/switches", {"requestsPerConnection": 1})
    log_in(simulator)
    for _ in range(3):
        equal(get_updateusers(), [])
    equal([entry["outcome"] for entry in simulator.journal()], ["success"] * 4)


@step
def proxy_with_login(simulator):
    user, password = PROXY_LOGIN
    proxy = {"proxy_host": "127.0.0.1", "proxy_port": simulator.port("proxy")}
    log_in(simulator, proxy_user=user, proxy_pass=password, **proxy)
    equal(get_updateusers(), [])
    first = simulator.journal()[0]
    equal((first["system"], first["method"], first["outcome"]), ("proxy", "CONNECT", "connected"))
    equal(first["path"], "127.0.0.1:%d" % simulator.port("dynect"))
    for login in ({}, {"proxy_user": user, "proxy_pass": "wrong"}):
        refused(Exception, "", lambda: log_in(simulator, **proxy, **login))
        equal(simulator.journal()[-1]["outcome"], "unauthorized")


walk("dynect")
