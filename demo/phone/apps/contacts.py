"""Contacts: the list, one person's page, and the form that makes or changes one. A long press offers to delete."""

from __future__ import annotations

from typing import ClassVar, Final

from demo.phone import chrome
from demo.phone.apps.base import MAIN, App
from demo.phone.page import BAR_BOTTOM, STATUS_HEIGHT, Page, Row
from demo.phone.scene import WIDTH, Fill, Node, Text
from demo.phone.state import Contact
from demo.phone.theme import AVATARS

_DETAIL: Final = "detail"
_EDIT: Final = "edit"
_NAME: Final = "contacts.edit.name"
_PHONE: Final = "contacts.edit.phone"
_BAR_MIDDLE: Final = (STATUS_HEIGHT + BAR_BOTTOM) // 2


class ContactsApp(App):
    """The list of people. `_chosen` is the person whose page is shown, changed or asked about."""

    name: ClassVar[str] = "contacts"
    package: ClassVar[str] = "com.android.contacts"
    activity: ClassVar[str] = ".activities.PeopleActivity"

    def restart(self) -> None:
        """Begin anew at the list; a phone may start on another page."""
        super().restart()
        self.page = self.state.pages.pop(self.name, MAIN)
        self._chosen: int | None = 0 if self.page == _DETAIL else None
        self._asking = False

    def compose(self, page: Page) -> None:
        """Show the list, a person, or the form."""
        {MAIN: self._list, _DETAIL: self._detail, _EDIT: self._edit}[self.page](page)
        if self.notice:
            page.message(page.say(self.notice))

    def compose_dialog(self, page: Page) -> None:
        """Ask before a person is deleted."""
        if self._asking and self._chosen is not None:
            name = self.state.contacts[self._chosen].name
            buttons = tuple((key, page.say(key)) for key in ("contacts.menu.delete", "contacts.menu.cancel"))
            chrome.dialog(page, page.say("contacts.menu.title"), name, buttons)

    def tap(self, node_id: str) -> str | None:
        """Do what the node stands for."""
        row = node_id.removeprefix("contacts.row.")
        if row != node_id:
            self._chosen = int(row)
            self.show(_DETAIL)
            return None
        actions = {
            "nav.up": self.back,
            "contacts.add": self._begin_new,
            "contacts.edit.save": self._save,
            "contacts.detail.edit": self._begin_change,
            "contacts.detail.delete": self._ask,
            "contacts.menu.delete": self._delete,
            "contacts.menu.cancel": self._dismiss,
        }
        if node_id in actions:
            actions[node_id]()
        return None

    def long_press(self, node_id: str) -> str | None:
        """Offer to delete a person of the list; elsewhere a long press is a tap."""
        row = node_id.removeprefix("contacts.row.")
        if row == node_id:
            return self.tap(node_id)
        self._chosen = int(row)
        self._ask()
        return None

    def back(self) -> bool:
        """Close the question, then the form, then the person's page."""
        if self._asking:
            self._dismiss()
        elif self.page == _EDIT and self._chosen is not None:
            self.show(_DETAIL)
        elif self.page == MAIN:
            return False
        else:
            self._chosen = None
            self.show(MAIN)
        return True

    def enter(self) -> None:
        """Go on to the next field."""
        if self.focus == _NAME:
            self.focus = _PHONE

    def _list(self, page: Page) -> None:
        people = self.state.contacts
        flow = page.begin_list("contacts.list", STATUS_HEIGHT)
        count = page.say("contacts.count").format(len(people)) if people else page.say("contacts.empty")
        flow.headline(page.say("contacts.title"), count)
        if people:
            flow.card([_row(page, number, person) for number, person in enumerate(people)])
        flow.space(320)  # the last row can be moved out from under the round button
        flow.end()
        page.floating_button("contacts.add", "plus", page.say("contacts.add"))

    def _detail(self, page: Page) -> None:
        person = self.state.contacts[self._chosen or 0]
        page.bar("")
        page.icon_button("contacts.detail.edit", "pen", WIDTH - 230, _BAR_MIDDLE, page.say("contacts.detail.edit"))
        page.icon_button("contacts.detail.delete", "bin", WIDTH - 90, _BAR_MIDDLE, page.say("contacts.detail.delete"))
        name = person.name or page.say("contacts.unnamed")
        middle = WIDTH // 2
        page.shapes.append(Fill((middle - 150, 340, middle + 150, 640), _tint(name), 150))
        page.shapes.append(Text(middle, 490, _letter(name), 140, (255, 255, 255), "middle"))
        page.shapes.append(Text(middle, 750, name, 76, page.colours.text, "middle", WIDTH - 120))
        page.node(Node(id="contacts.detail.name", bounds=(60, 690, WIDTH - 60, 810), text=name))
        flow = page.begin_list("contacts.detail.list", 880)
        flow.card([Row(id="contacts.detail.phone", title=person.phone or "—", sub=page.say("contacts.detail.phone"),
                       icon="phone", clickable=False)])  # fmt: skip
        flow.end()

    def _edit(self, page: Page) -> None:
        page.field(_NAME, self.fields.get(_NAME, ""), BAR_BOTTOM + 70, "person")
        page.field(_PHONE, self.fields.get(_PHONE, ""), BAR_BOTTOM + 300, "phone")
        title = "contacts.edit.title" if self._chosen is None else "contacts.change.title"
        page.bar(page.say(title), up_icon="close", up_word="contacts.edit.close")
        page.button("contacts.edit.save", page.say("contacts.edit.save"), WIDTH - 56, _BAR_MIDDLE)

    def _begin_new(self) -> None:
        self._chosen = None
        self.fields = {}
        self.show(_EDIT)

    def _begin_change(self) -> None:
        person = self.state.contacts[self._chosen or 0]
        self.fields = {_NAME: person.name, _PHONE: person.phone}
        self.show(_EDIT)

    def _save(self) -> None:
        person = Contact(self.fields.get(_NAME, "").strip(), self.fields.get(_PHONE, "").strip())
        if not person.name and not person.phone:
            self.notice = "contacts.edit.empty"
            return
        if self._chosen is None:
            self.state.contacts.append(person)
            self._chosen = len(self.state.contacts) - 1
        else:
            self.state.contacts[self._chosen] = person
        self.fields = {}
        self.show(_DETAIL)

    def _ask(self) -> None:
        self._asking = True

    def _dismiss(self) -> None:
        self._asking = False
        if self.page == MAIN:
            self._chosen = None

    def _delete(self) -> None:
        if self._chosen is not None:
            del self.state.contacts[self._chosen]
        self._asking = False
        self._chosen = None
        self.show(MAIN)


def _row(page: Page, number: int, person: Contact) -> Row:
    name = person.name or page.say("contacts.unnamed")
    return Row(id=f"contacts.row.{number}", title=name, sub=person.phone, avatar=_letter(name), tint=_tint(name))


def _letter(name: str) -> str:
    return name[:1].upper()


def _tint(name: str) -> tuple[int, int, int]:
    return AVATARS[sum(name.encode()) % len(AVATARS)]
