"""Every word on the simulated screen, in English and Chinese; the key is the id of the node, where there is one.

Used by `page`, the apps and the keyboard; nothing else holds text that a person sees.
"""

from __future__ import annotations

from typing import Final

LANGUAGES: Final = ("en", "zh")

WORDS: Final[dict[str, tuple[str, str]]] = {
    "home.settings": ("Settings", "设置"),
    "home.contacts": ("Contacts", "联系人"),
    "home.hint": ("Simulated phone", "模拟手机"),
    "nav.up": ("Navigate up", "返回"),
    "popup.settings.title": ("A system update is ready", "系统更新已就绪"),
    "popup.settings.body": (
        "The update is installed overnight while the phone charges. Your data stays as it is.",
        "更新将在夜间充电时安装，您的数据不会改变。",
    ),
    "popup.contacts.title": ("Back up your contacts?", "备份联系人？"),
    "popup.contacts.body": (
        "Keep a copy of your contacts, so that you have them on a new phone.",
        "保存一份联系人副本，换新手机时也能使用。",
    ),
    "popup.dismiss": ("Not now", "以后再说"),
    "popup.accept": ("Yes, please", "好的"),
    "contacts.title": ("Contacts", "联系人"),
    "contacts.empty": ("No contacts yet", "还没有联系人"),
    "contacts.count": ("{} contacts", "{} 位联系人"),
    "contacts.add": ("Create contact", "新建联系人"),
    "contacts.edit.title": ("Create contact", "新建联系人"),
    "contacts.change.title": ("Edit contact", "编辑联系人"),
    "contacts.edit.close": ("Close", "关闭"),
    "contacts.edit.name": ("Name", "姓名"),
    "contacts.edit.phone": ("Phone", "电话"),
    "contacts.edit.save": ("Save", "保存"),
    "contacts.edit.empty": ("Enter a name or a number first", "请先输入姓名或电话"),
    "contacts.detail.phone": ("Mobile", "手机"),
    "contacts.detail.edit": ("Edit", "编辑"),
    "contacts.detail.delete": ("Delete", "删除"),
    "contacts.menu.title": ("Delete this contact?", "删除此联系人？"),
    "contacts.menu.cancel": ("Cancel", "取消"),
    "contacts.menu.delete": ("Delete", "删除"),
    "contacts.unnamed": ("(no name)", "（无姓名）"),
    "settings.title": ("Settings", "设置"),
    "settings.item.network": ("Network & internet", "网络和互联网"),
    "settings.item.network.sub": ("Wi-Fi, mobile, airplane mode", "WLAN、移动网络、飞行模式"),
    "settings.item.bluetooth": ("Bluetooth", "蓝牙"),
    "settings.item.bluetooth.sub": ("Connected devices", "已连接的设备"),
    "settings.item.apps": ("Apps", "应用"),
    "settings.item.apps.sub": ("Recent apps, default apps", "最近应用、默认应用"),
    "settings.item.notifications": ("Notifications", "通知"),
    "settings.item.notifications.sub": ("History, conversations", "历史记录、对话"),
    "settings.item.sound": ("Sound & vibration", "声音和振动"),
    "settings.item.sound.sub": ("Volume, ringtone", "音量、铃声"),
    "settings.item.display": ("Display", "显示"),
    "settings.item.display.sub": ("Dark mode, brightness, font size", "深色模式、亮度、字体大小"),
    "settings.item.wallpaper": ("Wallpaper", "壁纸"),
    "settings.item.wallpaper.sub": ("Home screen, lock screen", "主屏幕、锁定屏幕"),
    "settings.item.storage": ("Storage", "存储"),
    "settings.item.storage.sub": ("41% used, 75 GB free", "已使用 41%，剩余 75 GB"),
    "settings.item.battery": ("Battery", "电池"),
    "settings.item.battery.sub": ("87%, about 1 day left", "87%，约可用 1 天"),
    "settings.item.security": ("Security", "安全"),
    "settings.item.security.sub": ("Screen lock, fingerprint", "屏幕锁定、指纹"),
    "settings.item.location": ("Location", "位置信息"),
    "settings.item.location.sub": ("On for 3 apps", "3 个应用已开启"),
    "settings.item.privacy": ("Privacy", "隐私"),
    "settings.item.privacy.sub": ("Permissions, personal data", "权限、个人数据"),
    "settings.item.accessibility": ("Accessibility", "无障碍"),
    "settings.item.accessibility.sub": ("Text size, screen reader", "文字大小、屏幕阅读器"),
    "settings.item.language": ("Language", "语言"),
    "settings.item.language.sub": ("English, 中文", "中文、English"),
    "settings.item.about": ("About phone", "关于手机"),
    "settings.item.about.sub": ("Model, version, serial number", "型号、版本、序列号"),
    "settings.network.wifi": ("Wi-Fi", "WLAN"),
    "settings.network.mobile": ("Mobile data", "移动数据"),
    "settings.network.airplane": ("Airplane mode", "飞行模式"),
    "settings.network.hotspot": ("Hotspot", "热点"),
    "settings.bluetooth.on": ("Use Bluetooth", "使用蓝牙"),
    "settings.bluetooth.visible": ("Visible to other devices", "对其他设备可见"),
    "settings.apps.unused": ("Remove permissions of unused apps", "移除未使用应用的权限"),
    "settings.notifications.history": ("Notification history", "通知历史记录"),
    "settings.notifications.lock": ("Notifications on the lock screen", "锁定屏幕上的通知"),
    "settings.notifications.dnd": ("Do not disturb", "勿扰模式"),
    "settings.sound.vibrate": ("Vibrate for calls", "来电时振动"),
    "settings.sound.keys": ("Keyboard tones", "按键音"),
    "settings.sound.charging": ("Charging sounds", "充电提示音"),
    "settings.display.dark_mode": ("Dark mode", "深色模式"),
    "settings.display.dark_mode.sub": ("Dark colours for the system and apps", "系统和应用使用深色"),
    "settings.display.adaptive": ("Adaptive brightness", "自动调节亮度"),
    "settings.display.night_light": ("Night light", "夜间护眼"),
    "settings.display.night_light.sub": ("Warmer colours in the evening", "晚间使用更暖的颜色"),
    "settings.display.rotate": ("Auto-rotate screen", "自动旋转屏幕"),
    "settings.display.smooth": ("Smooth display", "流畅显示"),
    "settings.wallpaper.theme": ("Themed icons", "主题图标"),
    "settings.storage.smart": ("Storage manager", "存储管理器"),
    "settings.battery.saver": ("Battery saver", "省电模式"),
    "settings.battery.percent": ("Battery percentage", "电池百分比"),
    "settings.security.lock": ("Lock at once with the power key", "按电源键立即锁定"),
    "settings.location.on": ("Use location", "使用位置信息"),
    "settings.privacy.camera": ("Camera access", "摄像头使用权限"),
    "settings.privacy.microphone": ("Microphone access", "麦克风使用权限"),
    "settings.accessibility.contrast": ("High contrast text", "高对比度文字"),
    "settings.accessibility.motion": ("Remove animations", "移除动画"),
    "settings.language.en": ("English", "English"),
    "settings.language.zh": ("简体中文", "简体中文"),
    "settings.about.model": ("Model", "型号"),
    "settings.about.version": ("Android version", "Android 版本"),
    "settings.about.serial": ("Serial number", "序列号"),
    "keyboard.space": ("English", "中文"),
    "keyboard.adb": ("ADB Keyboard {ON}", "ADB Keyboard {ON}"),
}
WEEKDAYS: Final = (
    ("Monday", "星期一"),
    ("Tuesday", "星期二"),
    ("Wednesday", "星期三"),
    ("Thursday", "星期四"),
    ("Friday", "星期五"),
    ("Saturday", "星期六"),
    ("Sunday", "星期日"),
)


def say(key: str, language: str) -> str:
    """Return the word in `en` or `zh`; KeyError when nobody wrote it."""
    return WORDS[key][LANGUAGES.index(language)]


def say_if(key: str, language: str) -> str:
    """Return the word, or nothing where there is none (rows without a second line)."""
    return say(key, language) if key in WORDS else ""
