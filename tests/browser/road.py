"""Hands for the browser tests of the road: what each person does, in the words of the page they see."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen

from playwright.sync_api import Page, expect

from tests import factories

Mail = dict[str, Any]
PROFILE = "https://www.linkedin.com/in/"


def wait_for(what: Callable[[], Any], seconds: float = 40, why: str = "") -> Any:
    """Ask until the answer is there; workers, webhooks and polls take their time."""
    until = time.monotonic() + seconds
    while True:
        if found := what():
            return found
        if time.monotonic() > until:
            raise AssertionError(f"Waited {seconds:.0f} s in vain{': ' + why if why else ''}.")
        time.sleep(0.25)


@dataclass
class Post:
    """The stand-in's outbox: what people find in their mailbox."""

    url: str

    def mails(self) -> list[Mail]:
        with urlopen(f"{self.url}/control/mails") as answer:
            found: list[Mail] = json.load(answer)
        return found

    def to(self, address: str, *, containing: str = "", count: int = 1) -> list[Mail]:
        """The mails to an address (whose text holds these words), when there are at least `count`."""

        def there() -> list[Mail]:
            mine = [mail for mail in self.mails() if address in json.dumps(mail["payload"]["recipients"])]
            return [mail for mail in mine if containing in mail["text"]]

        return wait_for(lambda: found if len(found := there()) >= count else None, why=f"a mail to {address}")

    @staticmethod
    def link(mail: Mail, kind: str) -> str:
        """The first link of a mail that leads to `/kind/…`."""
        found = re.search(rf"https?://[^\s\"'<>\]]+/{kind}/[A-Za-z0-9_-]+/", mail["text"])
        assert found, f"no /{kind}/ link in: {mail['text']}"
        return found[0]


def sign_in(page: Page, email: str, password: str = factories.PASSWORD) -> None:
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(password)
    page.locator("form[action*=login] button.button--primary").first.click()
    expect(page.locator(".rail, nav[aria-label]").first).to_be_visible()


def save(page: Page) -> None:
    """Press the form's own primary button."""
    page.locator("main form .button--primary").first.click()


def errors(page: Page) -> str:
    """The sentences of a refused form."""
    return page.locator("main").inner_text()


def card(page: Page, name: str) -> Any:
    return page.locator(".card").filter(has_text=name)


def open_panel(page: Page, name: str) -> Any:
    card(page, name).locator(".card__name").click()
    panel = page.locator("#panel")
    expect(panel.get_by_role("heading", name=name)).to_be_visible()
    return panel


def unfold(panel: Any, part: str) -> None:
    """Open the fold that holds this part."""
    fold = panel.locator("details").filter(has=panel.page.locator(part)).first
    if fold.get_attribute("open") is None:
        fold.locator("summary").first.click()
