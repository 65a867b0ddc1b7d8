"""What the scripts of this folder share: the steps that the test names are taken in turn, each told when it is done."""

import os
import sys

ISSUER = os.environ["ISSUER"]
TOKEN = ISSUER + "/auth/v3/oauth/token"
AUTHORIZE = ISSUER + "/auth/v3/oauth/authorize"
REVOKE = ISSUER + "/auth/v3/oauth/revoke"
INTROSPECT = ISSUER + "/auth/v3/oauth/introspect"
CLIENT = os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]
PUBLIC_CLIENT = os.environ["PUBLIC_CLIENT_ID"]
USER = os.environ["USERNAME"], os.environ["PASSWORD"]
REDIRECT = os.environ["REDIRECT_URI"]


def browse(url):
    """Has the test sign the user in at `url`, as his browser would, and tells where that led to."""
    print("browse", url, flush=True)
    return sys.stdin.readline().strip()


def run(steps):
    """Takes the steps named on the command line."""
    for name in sys.argv[1:]:
        steps[name]()
        print("done", name, flush=True)
