"""From an app's name, in either language, to the package that is installed on this phone."""

from __future__ import annotations

import pytest

from worker.devices.apps import NoSuchApp, package_of

PHONE = {
    "com.android.settings",
    "com.android.contacts",
    "com.tencent.mm",
    "org.example.notes",
    "com.a.mail",
    "com.b.mail",
}


@pytest.mark.parametrize(
    ("app", "package"),
    [
        ("Settings", "com.android.settings"),
        ("settings", "com.android.settings"),
        (" system settings ", "com.android.settings"),
        ("设置", "com.android.settings"),
        ("通讯录", "com.android.contacts"),
        ("WeChat", "com.tencent.mm"),
        ("We Chat", "com.tencent.mm"),
        ("微信", "com.tencent.mm"),
        ("com.tencent.mm", "com.tencent.mm"),
        ("Notes", "org.example.notes"),  # known under other packages, installed under one that is in no table
    ],
)
def test_a_name_becomes_the_installed_package(app, package):
    assert package_of(app, PHONE) == package


@pytest.mark.parametrize(
    ("app", "said"),
    [
        ("Taobao", "not installed .looked for com.taobao.taobao"),
        ("com.example.nowhere", "the package com.example.nowhere is not installed"),
        ("mail", "several installed packages: com.a.mail, com.b.mail"),
        ("Flying Carpet", "no app called 'Flying Carpet' is known"),
        ("", "no app called ''"),
        ("$(reboot)", "no app called"),
    ],
)
def test_what_is_not_there_is_said(app, said):
    with pytest.raises(NoSuchApp, match=said):
        package_of(app, PHONE)
