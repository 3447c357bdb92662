"""Walks the client of the vendor of CTERA Portal, as it is, through the simulator.

Usage: walk.py PROGRAM (a built roster). Prints a line for each step and ends with
`N passed, N failed`; the exit code is 1 if a step failed.
"""

import contextlib
import logging
import os
import urllib.parse

# The client heeds a proxy of the environment, and a proxy is not for loopback.
os.environ["NO_PROXY"] = "127.0.0.1"

# pylint: disable=wrong-import-position
import cterasdk.settings
from cterasdk import GlobalAdmin, ServicesPortal, core_types, query
from cterasdk.exceptions import CTERAException, ObjectNotFoundException
from cterasdk.exceptions.auth import AuthenticationError
from cterasdk.exceptions.session import SessionExpired
from cterasdk.exceptions.transport import (
    BadRequest,
    Conflict,
    Forbidden,
    InternalServerError,
    NotFound,
)

from simulator import equal, refused, step, walk

# The certificate is made at start, and so is its authority.
cterasdk.settings.core.syn.settings.connector.ssl = False
logging.getLogger("cterasdk").setLevel(logging.CRITICAL)

DANA = core_types.UserAccount("dana")
ANN = core_types.UserAccount("corp-ann", "corp.example")


def client(simulator, kind=GlobalAdmin):
    return kind("127.0.0.1", simulator.port("ctera"))


@contextlib.contextmanager
def logged_in(simulator, kind=GlobalAdmin, name="admin", password=None, tenant=None):
    """A session, which is ended even if a step fails."""
    with client(simulator, kind) as portal:
        portal.login(name, password or name + "-password")
        try:
            if tenant:
                portal.portals.browse(tenant)
            yield portal
        finally:
            portal.logout()


def in_acme(simulator):
    return logged_in(simulator, tenant="acme")


def add(portal, name, **more):
    given = {"email": name + "@example.com", "first_name": "New", "last_name": "User",
             "password": "pw-1", "role": "EndUser"}
    return portal.users.add(name, **{**given, **more})


def names(rows):
    return [row.name for row in rows]


def password_is(simulator, user, value):
    path = "/portal/users/%s/password-is?value=%s" % (user, urllib.parse.quote(value))
    return simulator.control("GET", path)["equal"]


@step
def login_and_logout(simulator):
    with logged_in(simulator) as portal:
        session = portal.session()
        equal((session.account.name, session.account.domain, session.account.role.name),
              ("admin", None, "ReadWriteAdmin"))
        equal(session.in_tenant_context(), False)
        equal(str(session.software_version), "8.1.1417.24")
        equal([entry["path"].rsplit("/", 1)[1] for entry in simulator.journal()],
              ["login", "currentSession", "currentPortal", "version", "readWriteAdminSettings"])
    equal(simulator.journal()[-1]["path"], "/admin/api/logout")
    equal(simulator.control("GET", "/portal/sessions"), [])


@step
def wrong_login(simulator):
    for name, password in (("admin", "wrong"), ("acme-admin", "acme-admin-password")):
        with client(simulator) as portal:
            refused(AuthenticationError, "Invalid username or password",
                    portal.login, name, password)
    equal(simulator.control("GET", "/portal/sessions"), [])


@step
def public_info(simulator):
    with client(simulator) as portal:
        equal(portal.public_info().hasWebSSO, False)
        equal(portal.startup.status(), "Started")


@step
def roles(simulator):
    with logged_in(simulator) as portal:
        settings = portal.roles.get("ReadOnlyAdmin")
        equal((settings.name, settings.manage_users), ("ReadOnlyAdmin", False))
        equal(portal.roles.get("ReadWriteAdmin").manage_users, True)


@step
def tenants(simulator):
    with logged_in(simulator) as portal:
        equal(names(portal.users.list_local_users()), ["admin"])
        portal.portals.browse("acme")
        equal(portal.session().current_tenant(), "acme")
        equal(names(portal.users.list_local_users()), ["acme-admin", "dana", "erez", "fay"])
        portal.portals.browse("globex")
        equal(names(portal.users.list_local_users()), ["dana"])
        portal.portals.browse_global_admin()
        equal(portal.session().in_tenant_context(), False)
        error = refused(NotFound, "", portal.portals.browse, "initech")
        equal(error.reason, "Portal initech does not exist")


@step
def add_and_get(simulator):
    with in_acme(simulator) as portal:
        reference = add(portal, "gil", company="Acme", password_change=True)
        assert reference.endswith("/acme/PortalUser/gil"), reference
        user = portal.users.get(core_types.UserAccount("gil"),
                                ["uid", "email", "company", "role", "password"])
        equal((user.email, user.company, user.role, user.password),
              ("gil@example.com", "Acme", "EndUser", None))
        assert str(user.uid) in reference
        there = simulator.control("GET", "/portal/users/acme/gil")
        assert there["requirePasswordChangeOn"].count("-") == 2, there
        error = refused(Conflict, "", add, portal, "gil")
        equal(error.reason, "User gil already exists")
    assert password_is(simulator, "acme/gil", "pw-1")


@step
def missing_user(simulator):
    with in_acme(simulator) as portal:
        nobody = core_types.UserAccount("nobody")
        refused(ObjectNotFoundException, "/users/nobody", portal.users.get, nobody)
        error = refused(NotFound, "", portal.users.delete, nobody)
        equal(error.reason, "User nobody does not exist")
        error = refused(CTERAException, "/users/nobody", portal.users.modify, "nobody")
        equal(error.reason, "User nobody does not exist")


@step
def list_in_pages(simulator):
    for number in range(120):
        simulator.control("POST", "/portal/users", {"tenant": "globex", "name": "u%d" % number})
    with logged_in(simulator, tenant="globex") as portal:
        equal(names(portal.users.list_local_users()),
              ["dana"] + ["u%d" % number for number in range(120)])
        equal(simulator.count("POST", "/admin/api/users", "query"), 3)


@step
def filters(simulator):
    with in_acme(simulator) as portal:
        name = lambda: query.FilterBuilder("name")
        found = lambda *given: names(portal.users.list_local_users(filters=list(given)))
        equal(found(name().eq("dana")), ["dana"])
        equal(found(name().like("e")), ["acme-admin", "erez"])
        equal(found(name().eq("dana"), name().eq("fay")), ["dana", "fay"])
        equal(found(name().eq("nobody")), [])


@step
def modify_and_rename(simulator):
    with in_acme(simulator) as portal:
        uid = portal.users.get(DANA, ["uid"]).uid
        changed = portal.users.modify("dana", "dana.ivri", email="d@example.com", first_name="D",
                                      last_name="I", password="turned", role="Support",
                                      company="C", comment="")
        equal((changed.name, changed.uid, changed.role, changed.comment, changed.password),
              ("dana.ivri", uid, "Support", "", None))
        refused(ObjectNotFoundException, "dana", portal.users.get, DANA)
        error = refused(CTERAException, "", portal.users.modify, "dana.ivri", "erez")
        equal(error.reason, "User erez already exists")
    assert password_is(simulator, "acme/dana.ivri", "turned")
    there = simulator.control("GET", "/portal/users/acme/dana.ivri")
    # What the client takes for a number is a number when it goes back.
    equal((there["phone"], there["sla"], there["note"]), ("12345", "1.5", "padded"))
    equal(there["userStats"]["more"]["$class"], "NeverSeen")
    equal(there["userStats"]["$uuid"], "5f0c1c9e-0d7e-4d5b-9a52-1f1e3c1b7a10")
    equal(there["avatar"], None)


@step
def password_policy(simulator):
    simulator.switch(passwordHistory=3, passwordMinLength=7)
    with in_acme(simulator) as portal:
        error = refused(BadRequest, "", add, portal, "gil")
        assert "7 characters" in error.reason, error.reason
        portal.users.modify("dana", password="second-one")
        error = refused(CTERAException, "", lambda: portal.users.modify(
            "dana", password="dana-password"))
        equal(error.reason, "The password was used before")


@step
def delete(simulator):
    with in_acme(simulator) as portal:
        portal.users.delete(DANA)
        refused(ObjectNotFoundException, "dana", portal.users.get, DANA)
    equal(simulator.control("GET", "/portal/counters")["deletedFolders"], 1)


@step
def directory_users(simulator):
    with in_acme(simulator) as portal:
        equal(portal.domains.list_domains(), ["corp.example"])
        equal(names(portal.users.list_domain_users("corp.example")), ["corp-ann", "corp-bob"])
        equal(portal.users.get(ANN, ["email"]).email, "corp-ann@example.com")
        key = portal.users.credentials.s3.create(ANN)
        equal([one.accessKey for one in portal.users.credentials.s3.all(ANN)], [key.accessKey])
        portal.users.delete(ANN)
        refused(ObjectNotFoundException, "corp-ann", portal.users.get, ANN)
        refused(NotFound, "", names, portal.users.list_domain_users("nowhere"))


@step
def s3_credentials(simulator):
    with in_acme(simulator) as portal:
        keys = portal.users.credentials.s3
        equal(keys.all(DANA), [])
        made = [keys.create(DANA) for _ in range(2)]
        equal([(key.accessKey, key.activated) for key in keys.all(DANA)],
              [(key.accessKey, True) for key in made])
        for key in made:
            path = "/portal/keys/%s/secret-is?value=%s" % (key.accessKey, key.secretKey)
            assert simulator.control("GET", path)["equal"]
        keys.delete(made[0].accessKey, DANA)
        equal([key.accessKey for key in keys.all(DANA)], [made[1].accessKey])
        equal(keys.delete("K-unknown", DANA), None)
        simulator.switch(keyLimit=1)
        equal(refused(BadRequest, "", keys.create, DANA).reason, "A user can have 1 keys")


@step
def apply_changes(simulator):
    with in_acme(simulator) as portal:
        task = portal.users.apply_changes(wait=True)
        equal((task.completed, task.name, task.percentage),
              (True, "Apply Provisioning Changes", 100))
        equal(simulator.count(operation="getTaskStatus"), 3)
        portal.portals.browse_global_admin()
        simulator.switch(task="failed", taskPolls=0)
        assert portal.users.apply_changes(wait=True).failed
        assert simulator.count("GET", "/admin/api/servers/MainDB/bgTasks/") >= 1
        simulator.switch(task="completed-with-warnings")
        assert portal.users.apply_changes(wait=True).completed_with_warnings
        simulator.switch(task="not-found")
        refused(CTERAException, "", portal.users.apply_changes, True)
    equal(simulator.control("GET", "/portal/counters")["accountUpdates"], {"": 3, "acme": 1})


@step
def tenant_administrator(simulator):
    with logged_in(simulator, ServicesPortal, "acme-admin") as portal:
        equal(portal.session().current_tenant(), "acme")
        add(portal, "gil")
        portal.users.modify("gil", last_name="Z")
        equal(portal.users.get(core_types.UserAccount("gil"), ["lastName"]).lastName, "Z")
        assert portal.users.apply_changes(wait=True).completed
        portal.users.delete(core_types.UserAccount("gil"))
        assert {entry["tenant"] for entry in simulator.journal(path="/ServicesPortal/api/users")
                } == {"acme"}


@step
def own_password(simulator):
    with logged_in(simulator, ServicesPortal, "acme-admin") as portal:
        portal.users.modify("acme-admin", password="turned")
    with logged_in(simulator, ServicesPortal, "acme-admin", "turned"):
        pass
    with logged_in(simulator) as portal:
        portal.users.modify("admin", password="turned too")
    with logged_in(simulator, password="turned too"):
        pass


@step
def who_cannot_sign_in(simulator):
    with client(simulator, ServicesPortal) as portal:
        refused(AuthenticationError, "", portal.login, "fay", "fay-password")
    with logged_in(simulator, ServicesPortal, "dana") as user:
        equal(user.session().account.role.name, "EndUser")
        refused(Forbidden, "", user.users.get, DANA)


@step
def rights_that_are_missing(simulator):
    simulator.control("PATCH", "/portal/roles/-/readWriteAdminSettings", {"canManageUsers": False})
    with in_acme(simulator) as portal:
        equal(portal.roles.get("ReadWriteAdmin").manage_users, False)
        error = refused(Forbidden, "", add, portal, "gil")
        assert "canManageUsers" in error.reason, error.reason


@step
def dead_session(simulator):
    with in_acme(simulator) as portal:
        simulator.control("DELETE", "/sessions?system=ctera")
        refused(SessionExpired, "Session expired", portal.users.get, DANA)
        refused(SessionExpired, "Session expired", portal.users.delete, DANA)
    with logged_in(simulator) as portal:
        # The tenant was forgotten.
        refused(ObjectNotFoundException, "dana", portal.users.get, DANA)
        portal.portals.browse("acme")
        equal(portal.users.get(DANA).name, "dana")
        simulator.control("POST", "/clock", {"advanceSeconds": 1800})
        refused(SessionExpired, "Session expired", portal.users.get, DANA)


@step
def redirect_that_the_client_follows(simulator):
    with in_acme(simulator) as portal:
        # A page in the place of an answer, and the client takes the deletion for done.
        simulator.fault("redirect", match={"operation": "delete"})
        portal.users.delete(DANA)
        equal(portal.users.get(DANA).name, "dana")


@step
def faults(simulator):
    with in_acme(simulator) as portal:
        simulator.fault("status", status=500, msg="Out of order")
        equal(refused(InternalServerError, "", portal.users.get, DANA).reason, "Out of order")
        simulator.fault("status", status=404)
        refused(NotFound, "", portal.users.get, DANA)
        simulator.fault("drop-after", match={"operation": "add"})
        refused(Exception, "", add, portal, "gil")
        equal(portal.users.get(core_types.UserAccount("gil")).name, "gil")
        simulator.fault("short-page", rows=1)
        # It goes on from where the page should have ended.
        equal(names(portal.users.list_local_users()), ["acme-admin"])


walk("ctera")
