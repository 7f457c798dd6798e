"""A page whose network is blocked, and everything that went wrong on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route, WebError

ELSEWHERE = re.compile(r"^(?!(file|data|blob|about):)")


@contextmanager
def watched_page(browser: Browser, **options: Any) -> Iterator[tuple[Page, list[str]]]:
    """A page of a context of its own, and its faults so far, a line each.

    Faults are requests that would leave the machine (they are refused), requests that failed,
    errors on the console, and exceptions that no script caught. `options` are those of
    `Browser.new_context`: `color_scheme="dark"`, `viewport`, `java_script_enabled`.
    """
    faults: list[str] = []

    def refuse(route: Route) -> None:
        faults.append(f"request leaves the page: {route.request.url}")
        route.abort()

    def failed(request: Request) -> None:
        if request.resource_type == "script" and options.get("java_script_enabled") is False:
            return  # that is what was asked for
        if not ELSEWHERE.match(request.url):
            faults.append(f"request failed: {request.url} ({request.failure})")

    def console(message: ConsoleMessage) -> None:
        if message.type == "error":
            faults.append(f"console error: {message.text}")

    def uncaught(error: WebError) -> None:
        faults.append(f"uncaught: {error.error}")

    context = browser.new_context(service_workers="block", **options)
    try:
        context.route(ELSEWHERE, refuse)
        context.route_web_socket(
            re.compile(""), lambda socket: faults.append(f"request leaves the page: {socket.url}")
        )
        context.on("requestfailed", failed)
        context.on("console", console)
        context.on("weberror", uncaught)
        yield context.new_page(), faults
    finally:
        context.close()
