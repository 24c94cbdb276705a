"""The apps react to fingers, keys and text as a phone's do, in both languages."""

from __future__ import annotations

import pytest
from phone_driver import find, make_phone, middle, tap, visible

from demo.phone import keyboard, keys
from demo.phone.state import ADB_IME

LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])


@LANGUAGES
def test_dark_mode_is_turned_on_and_off_by_taps_and_changes_the_picture(language: str) -> None:
    phone = make_phone(language=language)
    tap(phone, "home.settings", "settings.item.display")
    light = phone.screenshot()
    assert find(phone, "settings.display.dark_mode").checked is False
    tap(phone, "settings.display.dark_mode")
    assert phone.state.dark_mode
    assert find(phone, "settings.display.dark_mode").checked is True
    assert phone.screenshot() != light
    tap(phone, "settings.display.dark_mode")
    assert not phone.state.dark_mode


@LANGUAGES
def test_a_contact_is_added_by_taps_and_text(language: str) -> None:
    phone = make_phone(language=language)
    before = len(phone.state.contacts)
    tap(phone, "home.contacts", "contacts.add", "contacts.edit.name")
    assert phone.type_text("张三")
    tap(phone, "contacts.edit.phone")
    assert phone.type_text("13800138000")
    assert find(phone, "contacts.edit.name").text == "张三"
    tap(phone, "contacts.edit.save")
    assert find(phone, "contacts.detail.name").text == "张三"
    assert find(phone, "contacts.detail.phone").text == "13800138000"
    tap(phone, "nav.up")
    assert len(phone.state.contacts) == before + 1
    assert visible(phone, "contacts.list")


def test_an_empty_contact_is_not_saved_and_the_phone_says_why() -> None:
    phone = make_phone()
    before = len(phone.state.contacts)
    tap(phone, "home.contacts", "contacts.add", "contacts.edit.save")
    assert len(phone.state.contacts) == before
    assert "name" in find(phone, "toast").text


def test_a_contact_is_changed_and_deleted() -> None:
    phone = make_phone()
    tap(phone, "home.contacts", "contacts.row.1", "contacts.detail.edit", "contacts.edit.name")
    phone.clear_text()
    phone.type_text("Zoe")
    tap(phone, "contacts.edit.save")
    assert phone.state.contacts[1].name == "Zoe"
    tap(phone, "contacts.detail.delete", "contacts.menu.delete")
    assert "Zoe" not in [person.name for person in phone.state.contacts]


def test_a_long_press_on_a_row_asks_and_back_takes_the_question_away() -> None:
    phone = make_phone()
    before = len(phone.state.contacts)
    tap(phone, "home.contacts")
    point = middle(find(phone, "contacts.row.0").bounds)
    phone.swipe(point, point, 600)
    assert visible(phone, "contacts.menu.delete")
    assert not visible(phone, "contacts.row.0")
    phone.press_key(keys.BACK)
    assert visible(phone, "contacts.row.0")
    assert len(phone.state.contacts) == before


def test_a_short_press_on_the_spot_is_a_tap() -> None:
    phone = make_phone()
    tap(phone, "home.contacts")
    point = middle(find(phone, "contacts.row.0").bounds)
    phone.swipe(point, point, 100)
    assert visible(phone, "contacts.detail.name")


def test_a_swipe_moves_a_list_no_further_than_its_ends() -> None:
    phone = make_phone()
    tap(phone, "home.settings")
    assert not visible(phone, "settings.item.about")
    for _ in range(4):
        phone.swipe((540, 1900), (540, 500), 800)
    assert visible(phone, "settings.item.about")
    assert not visible(phone, "settings.item.network")
    for _ in range(4):
        phone.swipe((540, 500), (540, 1900), 800)
    assert visible(phone, "settings.item.network")


def test_a_pop_up_takes_all_taps_until_it_is_dismissed() -> None:
    phone = make_phone()
    phone.state.popups = {"settings"}
    display = make_phone()
    tap(display, "home.settings")
    tap(phone, "home.settings")
    assert {"popup.dismiss", "popup.accept"} <= {node.id for node in phone.scene().nodes}
    phone.tap(*middle(find(display, "settings.item.network").bounds))
    assert phone.front.page == "main"
    tap(phone, "popup.dismiss")
    assert visible(phone, "settings.item.network")


def test_back_hides_the_keyboard_then_leaves_the_page_then_the_app() -> None:
    phone = make_phone()
    tap(phone, "home.contacts", "contacts.add", "contacts.edit.name")
    seen = []
    for _ in range(4):
        seen.append((phone.keyboard_shown, phone.front.name, phone.front.page))
        phone.press_key(keys.BACK)
    assert seen == [(True, "contacts", "edit"), (False, "contacts", "edit"), (False, "contacts", "main"),
                    (False, "home", "main")]  # fmt: skip


def test_gestures_from_the_edges_go_home_and_back() -> None:
    phone = make_phone()
    tap(phone, "home.settings", "settings.item.sound")
    phone.swipe((5, 1200), (500, 1200), 200)
    assert phone.front.page == "main"
    phone.swipe((540, 2395), (540, 1200), 200)
    assert phone.front.name == "home"


def test_an_app_is_found_as_it_was_left_and_anew_after_a_force_stop() -> None:
    phone = make_phone()
    tap(phone, "home.settings", "settings.item.sound")
    phone.press_key(keys.HOME)
    phone.launch("com.android.settings")
    assert phone.front.page == "sound"
    phone.force_stop("com.android.settings")
    assert phone.front.name == "home"
    phone.launch("com.android.settings")
    assert phone.front.page == "main"


def test_text_without_a_focused_field_is_lost() -> None:
    phone = make_phone()
    tap(phone, "home.contacts", "contacts.add")
    assert not phone.type_text("lost")
    assert find(phone, "contacts.edit.name").text == ""


def test_the_keys_on_the_screen_type_and_erase() -> None:
    phone = make_phone()
    tap(phone, "home.contacts", "contacts.add", "contacts.edit.name")
    places = {key.value: middle(key.box) for key in keyboard.all_keys()}
    for value in ("SHIFT", "b", "o", "x", "DEL", "b"):
        phone.tap(*places[value])
    assert phone.front.text() == "Bob"
    phone.tap(*places["ENTER"])
    assert find(phone, "contacts.edit.phone").focused


def test_the_hidden_part_of_the_screen_has_no_nodes() -> None:
    phone = make_phone()
    tap(phone, "home.contacts", "contacts.add", "contacts.edit.name")
    assert all(node.bounds[3] <= keyboard.TOP for node in phone.scene().nodes)
    phone.state.ime = ADB_IME
    assert phone.scene().keyboard


def test_keys_of_a_hardware_keyboard_type_only_while_awake() -> None:
    phone = make_phone()
    tap(phone, "home.contacts", "contacts.add", "contacts.edit.phone")
    for word in ("7", "8", "A", "SPACE", "KEYCODE_B", "DEL"):
        phone.press_key(keys.key_code(word) or 0)
    assert phone.front.text() == "01a "
    phone.press_key(keys.POWER)
    phone.press_key(keys.DEL)
    phone.tap(540, 400)
    phone.press_key(keys.WAKEUP)
    assert phone.front.text() == "01a "


def test_a_phone_that_sleeps_is_black_and_shows_no_nodes() -> None:
    phone = make_phone()
    phone.press_key(keys.SLEEP)
    assert phone.scene().nodes == ()
    assert len(phone.screenshot()) < 40_000


def test_the_language_page_changes_every_word() -> None:
    phone = make_phone(language="en")
    tap(phone, "home.settings")
    for _ in range(3):
        phone.swipe((540, 1900), (540, 500), 800)
    tap(phone, "settings.item.language", "settings.language.zh")
    assert find(phone, "bar.title").text == "语言"
    assert phone.state.language == "zh"


@pytest.mark.parametrize("seed", range(30))
def test_every_starting_state_can_be_drawn_and_is_the_same_again(seed: int) -> None:
    phone, again = make_phone(seed=seed), make_phone(seed=seed)
    assert phone.scene().nodes == again.scene().nodes
    for package in ("com.android.settings", "com.android.contacts"):
        assert phone.launch(package)
        assert phone.scene().nodes
    assert not phone.launch("com.example.missing")


def test_seeds_vary_what_a_task_must_cope_with() -> None:
    phones = [make_phone(seed=seed) for seed in range(40)]
    assert {phone.state.language for phone in phones} == {"en", "zh"}
    assert len({phone.front.name for phone in phones}) == 3
    assert any(phone.state.popups for phone in phones)
    assert any(not phone.state.popups for phone in phones)
    for phone in phones:
        phone.state.popups.clear()
        phone.launch("com.android.settings")
    reached = [visible(phone, "settings.item.display") for phone in phones]
    assert any(reached)
    assert not all(reached)


@LANGUAGES
@pytest.mark.parametrize("item", make_phone().state.settings_order)
def test_every_page_of_settings_opens_and_its_switches_turn(language: str, item: str) -> None:
    phone = make_phone(language=language)
    tap(phone, "home.settings")
    phone.state.settings_order.remove(item)
    phone.state.settings_order.insert(0, item)
    tap(phone, f"settings.item.{item}")
    switches = [node for node in phone.scene().nodes if node.kind.endswith("Switch")]
    for switch in switches:
        tap(phone, switch.id)
        assert find(phone, switch.id).checked is not switch.checked
    tap(phone, "nav.up")
    assert visible(phone, "settings.list")
