"""The shared cache. When Redis is down it is an empty one: pages are slower, tries are not counted, all goes on.

Nothing about money or stock is ever read from a cache.
"""

import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

PATIENCE = 1
"""Seconds that one answer may take."""

PAUSE = 5
"""Seconds during which a process leaves a Redis alone that did not answer: else every page would wait for it."""


def forgiving(name: str, instead: Any) -> Any:
    """The client's method of that name; answers `instead` while Redis gives no answer."""
    plain = getattr(RedisCacheClient, name)

    def method(client: "ForgivingClient", *arguments: Any, **named: Any) -> Any:
        return client.ask(lambda: plain(client, *arguments, **named), instead)

    return wraps(plain)(method)


class ForgivingClient(RedisCacheClient):
    """Answers as an empty cache that keeps nothing, while Redis gives no answer."""

    silent_until: ClassVar[float] = 0

    add = forgiving("add", False)
    set = forgiving("set", None)
    touch = forgiving("touch", False)
    delete = forgiving("delete", False)
    get_many = forgiving("get_many", {})
    has_key = forgiving("has_key", False)
    set_many = forgiving("set_many", None)
    delete_many = forgiving("delete_many", None)
    clear = forgiving("clear", False)

    def get(self, key: Any, default: Any) -> Any:
        return self.ask(lambda: RedisCacheClient.get(self, key, default), default)

    def incr(self, key: Any, delta: Any) -> Any:
        """Raises ValueError for a key that is not there, as Django promises."""
        number = self.ask(lambda: RedisCacheClient.incr(self, key, delta), None)
        if number is None:
            raise ValueError("The cache does not answer")
        return number

    def ask(self, act: Callable[[], Any], instead: Any) -> Any:
        if time.monotonic() < ForgivingClient.silent_until:
            return instead
        try:
            return act()
        except RedisError as error:
            ForgivingClient.silent_until = time.monotonic() + PAUSE
            logger.error("The cache does not answer, going on without it: %s", error)
            return instead


class ForgivingRedisCache(RedisCache):
    """Django's, with `ForgivingClient`; what stands in the query of CACHE_URL (`?socket_timeout=3`) has precedence."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        patience = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE}
        options = {**patience, "retry": Retry(NoBackoff(), 0), **params.get("OPTIONS", {})}
        super().__init__(server, {**params, "OPTIONS": options})
        self._class = ForgivingClient
