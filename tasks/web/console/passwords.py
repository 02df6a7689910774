"""Passwords as scrypt hashes; the parameters stand in the hash, so that they can be raised later."""

import base64
import hashlib
import hmac
import os
from threading import Lock
from typing import Final

#: 32 MiB and about a quarter of a second for each guess.
COST, BLOCK, PARALLEL = 2**15, 8, 3
MEMORY: Final = 256 * COST * BLOCK
#: One at a time: a crowd at the login must not take the machine's memory.
_ONE_AT_A_TIME: Final = Lock()


def hashed(password: str) -> str:
    """What goes into the configuration file."""
    salt = os.urandom(16)
    return "$".join(("scrypt", str(COST), str(BLOCK), str(PARALLEL), _text(salt), _text(_key(password, salt))))


def matches(password: str, stored: str) -> bool:
    """`False` also for a stored text that is no hash of ours."""
    try:
        _, cost, block, parallel, salt, key = stored.split("$")
        found = _key(password, base64.b64decode(salt), int(cost), int(block), int(parallel))
        return hmac.compare_digest(found, base64.b64decode(key))
    except ValueError:
        return False


def _key(password: str, salt: bytes, cost: int = COST, block: int = BLOCK, parallel: int = PARALLEL) -> bytes:
    with _ONE_AT_A_TIME:
        return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=block, p=parallel, maxmem=MEMORY, dklen=32)


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


#: Checked where there is no such user, so that the answer takes as long.
NOBODYS: Final = f"scrypt${COST}${BLOCK}${PARALLEL}${_text(bytes(16))}${_text(bytes(32))}"
