"""The apps of the simulated phone. A further one (notes, …) is a file here, a line in `APPS`, its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from demo.phone.apps.contacts import ContactsApp
from demo.phone.apps.home import HomeApp
from demo.phone.apps.settings import SettingsApp

if TYPE_CHECKING:
    from demo.phone.apps.base import App

APPS: Final[tuple[type[App], ...]] = (HomeApp, SettingsApp, ContactsApp)
