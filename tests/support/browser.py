"""A Chromium for the browser tests: the machine's own, else from apt, else Playwright's download.

Its headless shell comes first: the same engine without the window around it, for a third of the processor time.
`python -m tests.support.browser --ensure` says in one sentence what cannot be had; with CI=true that is a failure.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from watson.processes import Unavailable

SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
]
# Only what fails waits so long; on a busy machine the first page of a site takes more than Playwright's five seconds.
PATIENCE = 15_000  # milliseconds
expect.set_options(timeout=PATIENCE)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# What glides into its new place is measured when it is there.
SETTLED_WIDTH = """async () => {
  const ends = document.getAnimations().filter((one) => one.effect.getComputedTiming().iterations < Infinity);
  await Promise.allSettled(ends.map((one) => one.finished));
  return document.documentElement.scrollWidth;
}"""
REPORT_CSP = """
document.addEventListener("securitypolicyviolation", (event) =>
  window.reportViolation(`${event.violatedDirective} refused ${event.blockedURI || "inline"} at ${location.href}`));
"""


def find() -> str | None:
    """The path of a browser that is here now."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    with contextlib.suppress(Exception), sync_playwright() as playwright:
        path = playwright.chromium.executable_path
        return path if os.access(path, os.X_OK) else None
    return None


def ensure() -> str:
    """The path of a browser, fetched when there is none; raises Unavailable with the sentence."""
    if found := find():
        return found
    _from_apt()
    if not find():
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if found := find():
        return found
    raise Unavailable("There is no Chromium and none could be fetched: install the package chromium for browser tests.")


def _from_apt() -> None:
    """The shell from the distribution, where that can be; else the whole browser."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-q"], env=quiet, stdout=subprocess.DEVNULL, check=False)
    for package in (SHELL, "chromium"):
        install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", package]
        if not subprocess.run(install, env=quiet, stdout=subprocess.DEVNULL, check=False).returncode:
            return


@contextlib.contextmanager
def launch() -> Iterator[Browser]:
    """A running browser. Playwright's event loop lives in this thread, which Django would mistake for async code."""
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=ensure(), args=flags)
            yield browser
            browser.close()
    finally:
        if before is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def too_wide(page: Page, *widths: int) -> list[int]:
    """Those of these widths, in pixels, at which the page as it stands has to be scrolled sideways."""
    size = page.viewport_size
    assert size
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": size["height"]})
        if page.evaluate(SETTLED_WIDTH) > width:
            found.append(width)
    page.set_viewport_size(size)
    return found


@dataclass
class Pages:
    """Opens pages, each in a context of its own, and keeps what went wrong in them.

    Console errors, uncaught exceptions, failed requests and violations of the content security policy are problems,
    unless a test that means them calls `allow("status of 404")` first.
    """

    browser: Browser
    base_url: str | None = None
    problems: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)
    # A browser asks for it on its own on answers that are no page.
    allowed: list[str] = field(default_factory=lambda: ["/favicon.ico"])

    def __call__(
        self,
        width: int = 1440,
        height: int = 900,
        *,
        locale: str = "nl-NL",
        color_scheme: Literal["light", "dark"] = "light",
        user: Any = None,
        base_url: str | None = None,
        touch: bool = False,
        javascript: bool = True,
        allow: Sequence[str] = (),
    ) -> Page:
        """A fresh page. `user` is signed in without the form; paths are relative to the desk unless `base_url` is."""
        self.allow(*allow)
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            locale=locale,
            timezone_id="Europe/Amsterdam",
            color_scheme=color_scheme,
            reduced_motion="reduce",
            base_url=base_url or self.base_url,
            has_touch=touch,
            java_script_enabled=javascript,
        )
        self.contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.on("weberror", lambda error: self.problems.append(f"uncaught: {error.error}"))
        context.on("console", self._on_console)
        if javascript:
            context.expose_function("reportViolation", lambda text: self.problems.append(f"CSP: {text}"))
            context.add_init_script(REPORT_CSP)
        if user is not None:
            self.sign_in(context, user)
        return context.new_page()

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"{message.text} ({message.location.get('url', '')})")

    def allow(self, *texts: str) -> None:
        """Problems that contain one of these are meant by this test."""
        self.allowed.extend(texts)

    def sign_in(self, context: BrowserContext, user: Any) -> None:
        """Give a context the session of a user."""
        from django.conf import settings

        from tests.support.client import Client

        client = Client()
        client.force_login(user)
        assert self.base_url, "Ask for the fixture live_site too."
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": self.base_url}])

    def unexpected(self) -> list[str]:
        return [problem for problem in self.problems if not any(text in problem for text in self.allowed)]

    def close(self) -> None:
        for context in self.contexts:
            context.close()


def main() -> int:
    try:
        if os.environ.get("CI") == "true" and not shutil.which(SHELL):
            _from_apt()  # worth fetching even where the whole browser is
        ensure()
    except Unavailable as error:
        sys.stderr.write(f"{error}\n")
        return 1 if os.environ.get("CI") == "true" else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
