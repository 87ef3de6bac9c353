"""Verifies signed requests without any code of the SDK: verify.py PUBLIC_KEY.pem < requests > verdicts

Requests are lines of JSON: id, login, method, url, authorization, body. The URL is the one on the wire. Verdicts are
lines of JSON: id, rfc (bool), oauthlib (bool, or null if it is known to differ from RFC 5849 here), why.

rfc: the base string of RFC 5849, computed below from bytes, verified by openssl.
oauthlib: the request, verified by oauthlib as a server would do it.
"""
import base64
import json
import re
import subprocess
import sys
import tempfile
import time
from multiprocessing.pool import ThreadPool
from urllib.parse import unquote_to_bytes

from oauthlib.common import urlencoded
from oauthlib.oauth1 import SIGNATURE_RSA_SHA256, RequestValidator, SignatureOnlyEndpoint

FORM = "application/x-www-form-urlencoded"
UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"


class Refused(Exception):
    pass


def escape(raw):  # section 3.6
    return "".join(chr(b) if b in UNRESERVED else "%%%02X" % b for b in raw)


def form_pairs(text):  # a body or a query, section 3.4.1.3.1
    pairs = []
    for piece in text.split("&"):
        if piece:
            name, _, value = piece.partition("=")
            pairs.append((decode(name), decode(value)))
    return pairs


def decode(text):
    return unquote_to_bytes(text.replace("+", " ").encode())


def header_pairs(header):  # section 3.5.1
    if not re.fullmatch(r'OAuth \w+="[^"]*"(, *\w+="[^"]*")*', header):
        raise Refused("not an OAuth header")
    pairs = [(name, unquote_to_bytes(value)) for name, value in re.findall(r'(\w+)="([^"]*)"', header)]
    if len(dict(pairs)) != len(pairs):
        raise Refused("a parameter of the header is duplicated")
    return dict(pairs)


def split(url):
    scheme, _, rest = url.partition("://")
    authority, _, target = rest.partition("/")
    path, _, query = target.partition("?")
    return scheme, authority, "/" + path, query


def base_string(request, oauth):  # section 3.4.1.1
    scheme, authority, path, query = split(request["url"])
    authority = authority.lower()
    default = {"http": ":80", "https": ":443"}[scheme]
    if authority.endswith(default):
        authority = authority[: -len(default)]
    pairs = form_pairs(query) + form_pairs(request["body"])
    pairs += [(name.encode(), value) for name, value in oauth.items() if name not in ("oauth_signature", "realm")]
    normalized = "&".join(name + "=" + value for name, value in sorted((escape(n), escape(v)) for n, v in pairs))
    parts = request["method"].upper(), scheme + "://" + authority + path, normalized
    return "&".join(escape(part.encode()) for part in parts)


def verify_rfc(request, public_key):
    oauth = header_pairs(request["authorization"])
    if oauth.get("oauth_signature_method") != b"RSA-SHA256" or oauth.get("oauth_version") != b"1.0":
        raise Refused("another signature method or version")
    if oauth.get("oauth_consumer_key") != request["login"].encode():
        raise Refused("another login")
    with tempfile.NamedTemporaryFile() as signature:
        try:
            signature.write(base64.b64decode(oauth.get("oauth_signature", b""), validate=True))
        except ValueError as e:
            raise Refused("signature: %s" % e)
        signature.flush()
        openssl = subprocess.run(
            ["openssl", "dgst", "-sha256", "-verify", public_key, "-signature", signature.name],
            input=base_string(request, oauth).encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if openssl.returncode == 0 and openssl.stdout == b"Verified OK\n":
        return
    if openssl.returncode == 1:
        raise Refused("openssl: " + openssl.stdout.decode(errors="replace"))
    raise RuntimeError(openssl.stdout.decode(errors="replace"))


class Validator(RequestValidator):
    enforce_ssl = False
    allowed_signature_methods = (SIGNATURE_RSA_SHA256,)
    nonce_length = (32, 32)
    timestamp_lifetime = 1 << 40  # a changed timestamp is to be refused for its signature
    dummy_client = "no such client"

    def __init__(self, public_key, login):
        super().__init__()
        with open(public_key) as f:
            self.public_key = f.read()
        self.login = login

    def check_client_key(self, client_key):
        return True

    def validate_client_key(self, client_key, request):
        return client_key == self.login

    def validate_timestamp_and_nonce(self, *args, **kwargs):
        return True

    def get_rsa_key(self, client_key, request):
        return self.public_key


def differs(request):
    """Where oauthlib 3.2 is known to differ from RFC 5849 or from what HTTP clients send."""
    _, _, _, query = split(request["url"])
    if not set(query) <= urlencoded:
        return "it refuses a query with characters that are not escaped"
    for name, value in form_pairs(query) + form_pairs(request["body"]):
        if name.startswith(b"oauth_"):
            return "it unescapes values twice if their names begin with oauth_, or refuses them"
        try:
            name.decode(), value.decode()
        except UnicodeDecodeError:
            return "it replaces what is not UTF-8"
    return None


def verify_oauthlib(request, validator):
    headers = {"Authorization": request["authorization"], "Content-Type": FORM}
    try:
        valid, _ = SignatureOnlyEndpoint(validator).validate_request(
            request["url"], request["method"], request["body"], headers)
    except ValueError:  # of oauthlib's parsers
        return False
    return bool(valid)


def verdict(request, public_key):
    why = []
    try:
        verify_rfc(request, public_key)
        rfc = True
    except Refused as e:
        rfc = False
        why.append("rfc: %s" % e)
    skipped = differs(request)
    oauthlib = None if skipped else verify_oauthlib(request, Validator(public_key, request["login"]))
    if skipped:
        why.append("oauthlib: " + skipped)
    return {"id": request["id"], "rfc": rfc, "oauthlib": oauthlib, "why": "; ".join(why)}


def main():
    requests = [json.loads(line) for line in sys.stdin]
    with ThreadPool(2) as pool:  # most of the time is openssl's
        for result in pool.map(lambda request: verdict(request, sys.argv[1]), requests):
            print(json.dumps(result))


main()
