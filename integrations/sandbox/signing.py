"""Signatures of the open platform, from its documentation of the call protocol.

Every parameter but `sign`, empty names and values left out, sorted by name in byte order, name and value joined without
separators, UTF-8. `md5` puts the secret before and after; `hmac` is HMAC-MD5 and `hmac-sha256` HMAC-SHA256 with the
secret as key. Hexadecimal, upper case.
"""

import hashlib
import hmac
from collections.abc import Mapping

METHODS = ("md5", "hmac", "hmac-sha256")


def signature(parameters: Mapping[str, str], secret: str, sign_method: str) -> str:
    """The signature the platform expects. Raises ValueError for an unknown `sign_method`."""
    pairs = sorted((name.encode(), value.encode()) for name, value in parameters.items())
    text = b"".join(name + value for name, value in pairs if name and value and name != b"sign")
    key = secret.encode()
    if sign_method == "md5":
        digest = hashlib.md5(key + text + key, usedforsecurity=False).hexdigest()
    elif sign_method == "hmac":
        digest = hmac.new(key, text, "md5").hexdigest()
    elif sign_method == "hmac-sha256":
        digest = hmac.new(key, text, "sha256").hexdigest()
    else:
        raise ValueError(f"unknown sign_method {sign_method!r}")
    return digest.upper()


def is_signed(parameters: Mapping[str, str], secret: str, sign_method: str) -> bool:
    """Whether `sign` is right. The platform writes hexadecimal in upper case and so must the caller."""
    expected = signature(parameters, secret, sign_method)
    return hmac.compare_digest(expected.encode(), parameters.get("sign", "").encode())
