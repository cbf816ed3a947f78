"""System texts of made-up programs: each template filled with other names, dates, numbers and passages."""

import json
import random
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

_SLOT = re.compile(r"\{(\w+)\}")
_FIRST = [
    "Maria",
    "Jean-Luc",
    "Aylin",
    "Oluwaseun",
    "Müberra",
    "Tom",
    "Ingrid",
    "Søren",
    "Zoë",
    "Rahul",
    "Mei",
    "Grace",
]
_LAST = ["Lopez", "van der Berg", "O'Brien", "de la Cruz", "Şahin", "Smith", "Nguyen", "von Arnim", "McCarthy", "Åberg"]
_COMPANIES = ["Acme Corp", "Nordwind GmbH", "Blue River", "Café Zoé", "IBM", "Smith & Sons", "eBay", "La Perla S.p.A."]
_CITIES = ["Berlin", "São Paulo", "New York", "Aix-en-Provence", "Kyoto", "The Hague", "Łódź", "Austin"]
_SENTENCES = [
    "The warranty covers two years from the day of purchase.",
    "You can return an unopened product within 30 days.",
    "Please contact the help desk before you send anything back.",
    "If the light blinks twice, hold the button for five seconds!",
    "Our branch in Lyon closes at noon on Saturdays.",
    "Orders above 50 EUR are shipped free of charge; see https://shop.example.com/shipping?id=7.",
    "## Delivery times",
    "Note: prices include tax.",
    "- two lamps, one of them broken",
    "Answer from the manager: we will look into it.",
    "der Versand dauert drei bis fünf Tage",
    "Use a soft cloth to clean the screen.",
]
_POLICY = (
    "Leave is granted in whole days. A request names its first and its last day. The team lead sees it before it is "
    "granted, and says within three days whether the work allows it. Two people with the same duties are not away at "
    "the same time. Sick days during leave are given back on a doctor's note. What is left at the end of a year may be "
    "taken until the end of March. Unpaid leave is decided by the head of the department. "
)


def templates() -> dict[str, str]:
    """The made-up programs' system texts, by name, with slots such as `{name}`."""
    file = Path(__file__).with_name("templates.json")
    read: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return read


def fillings(template: str, number: int, seed: str) -> list[str]:
    """So many system texts of a template; the same seed gives the same ones."""
    return [Filling(random.Random(f"{seed} {place}")).of(template) for place in range(number)]  # noqa: S311 - test data


class Filling:
    """What a program fills in for one request."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        pick = chance.choice
        self._values: dict[str, Callable[[], str]] = {
            "first": lambda: pick(_FIRST),
            "name": lambda: f"{pick(_FIRST)} {pick(_LAST)}",
            "name_ja": lambda: pick(["田中太郎", "佐々木", "山本 花子", "スミス"]),
            "name_zh": lambda: pick(["张伟", "欧阳娜娜", "李小龙"]),
            "name_ko": lambda: pick(["김민수", "박지영", "남궁민"]),
            "user": lambda: pick(["mlopez", "tom.s", "rahul_77", "ingrid-a"]),
            "email": lambda: (
                f"{pick(['maria.lopez', 'tom', 'r.gupta+shop', 'info'])}@{pick(['example.com', 'mail.example.org'])}"
            ),
            "title": lambda: pick(["Head of Sales", "CEO", "Managing Director", "CTO"]),
            "company": lambda: pick(_COMPANIES),
            "city": lambda: pick(_CITIES),
            "product": lambda: pick(["Lamp X2", "desk chair", "Coffee Machine 500"]),
            "plan": lambda: pick(["Premium", "Basic", "Gold"]),
            "language": lambda: pick(["German", "English", "Brazilian Portuguese", "Japanese"]),
            "id": lambda: pick([f"{self._number(10**6)}", f"AB-{self._number(9999)}", f"cus_{self._hex(14)}"]),
            "uuid": lambda: str(uuid.UUID(int=chance.getrandbits(128))),
            "hash": lambda: self._hex(7),
            "number": lambda: self._number(40),
            "age": lambda: self._number(18),
            "amount": lambda: f"{pick(['€', '$', '£'])}{self._number(5000)}.{chance.randrange(10, 99)}",
            "phone": lambda: f"+49 {self._number(999)} {self._number(10**6)}",
            "file": lambda: f"{pick(['scan', 'Invoice', 'beleg'])}_{self._number(999)}.pdf",
            "address": lambda: (
                f"{self._number(99)} {pick(['Main Street', 'Rue de la Paix', 'Hauptstraße'])}, {pick(_CITIES)}"
            ),
            "repository": lambda: pick(["shop-api", "acme/web", "router2"]),
            "branch": lambda: pick(["main", "fix/cart-total", "release-2.1"]),
            "service": lambda: pick(["checkout-api", "mail-worker-2", "auth/v3"]),
            "version": lambda: f"{self._number(9)}.{self._number(30)}.{self._number(9)}",
            "region": lambda: pick(["eu-central-1", "us-east-1"]),
            "passages": lambda: pick(["\n", "\n\n"]).join(chance.choices(_SENTENCES, k=chance.randrange(1, 60))),
            "tables": lambda: "\n".join(
                f"create table {pick(['users', 'orders', 'items'])} (id int);" for _ in range(3)
            ),
            "policy": lambda: _POLICY * 12,
            **self._times(),
        }

    def of(self, template: str) -> str:
        return _SLOT.sub(lambda slot: self._values[slot[1]](), template)

    def _times(self) -> dict[str, Callable[[], str]]:
        moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=self._chance.randrange(10**6))
        pick, day, year = self._chance.choice, moment.day, moment.year
        months = ["enero", "março", "maggio", "diciembre"]
        return {
            "date": lambda: pick([f"{moment:%Y-%m-%d}", f"{moment:%d %B %Y}", f"{moment:%B} {day}, {year}"]),
            "date_de": lambda: pick([f"{moment:%d.%m.%Y}", f"{day}. März {year}"]),
            "date_fr": lambda: f"{pick(['lundi', 'mardi'])} {day} {pick(['février', 'août', 'mars'])} {year}",
            "date_es": lambda: f"{day} de {pick(months)} de {year}",
            "date_ja": lambda: f"{moment:%Y年%m月%d日}",
            "time": lambda: pick([f"{moment:%H:%M}", f"{moment:%I:%M %p}", f"{moment:%I} am"]),
            "weekday": lambda: f"{moment:%A}",
            "weekday_de": lambda: pick(["Montag", "Freitag", "Sonntag"]),
            "year": lambda: str(year),
        }

    def _number(self, most: int) -> str:
        return str(self._chance.randrange(1, most))

    def _hex(self, digits: int) -> str:
        return f"{self._chance.getrandbits(4 * digits):0{digits}x}"
