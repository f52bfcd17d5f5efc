"""The signature of the Taobao open platform (developer.alibaba.com/docs/doc.htm?articleId=101617&docType=1).

Every parameter but ``sign`` that has a name and a value, sorted by name in byte order, name and value put together without anything
between; then MD5 over secret + text + secret, or HMAC under the secret; upper-case hexadecimal.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping


def canonical(parameters: Mapping[str, str]) -> str:
    """The text that is signed."""
    named = sorted((name, value) for name, value in parameters.items() if name and value and name != "sign")
    return "".join(name + value for name, value in named)


def sign(parameters: Mapping[str, str], secret: str) -> str:
    """The signature by the method that ``sign_method`` names: md5, hmac or hmac-sha256. Raises KeyError for another."""
    text, key = canonical(parameters).encode(), secret.encode()
    method = parameters["sign_method"]
    if method == "md5":
        # The platform's choice, not ours: it offers it as one of three, and old applications know no other.
        return hashlib.md5(key + text + key, usedforsecurity=False).hexdigest().upper()
    return hmac.new(key, text, {"hmac": "md5", "hmac-sha256": "sha256"}[method]).hexdigest().upper()


METHODS = ("hmac-sha256", "hmac", "md5")
