"""Reads "add a contact NAME with number NUMBER" in its free variations, in English and Chinese.

The number is taken out first, since its form is plain; then politeness and "open Contacts and" are taken off, and the
sentence that remains must be one of a list, whole. Pure. Called by `repertoire.py`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from demo.model.tasks import AddContact, Language

MAX_NAME_CHARS: Final = 40
MIN_DIGITS: Final = 3  # emergency and service numbers

_NUMBER: Final = re.compile(
    r"[(（]?[+＋]?[0-9０-９](?:[0-9０-９]|[ \-()（）](?=[0-9０-９(（])|[)）](?=[ \-]?[0-9０-９]))+"
)
_HOLE: Final = "\ufffc"  # stands where the number stood
_POLITE_EN: Final = re.compile(
    r"(?:(?:please|kindly|hey|hi|hello)\b[, ]*|(?:can|could|would|will) you (?:please )?|i(?:'d| would) like you to |"
    r"i (?:want|need) you to |help me (?:to )?|let's )+",
    re.IGNORECASE,
)
_OPEN_EN: Final = re.compile(
    r"(?:open|launch|start|go to|in)(?: up)? (?:the |my )?(?:contacts?|address ?book|phone ?book)(?: app)?"
    r"(?: ?,)?(?: and| then|,)* ?",
    re.IGNORECASE,
)
_THANKS_EN: Final = re.compile(r"(?:[,;. ]+(?:please|thanks|thank you|for me|now))+$", re.IGNORECASE)
_BOOK_EN: Final = r"(?: ?,?(?:to|in|into|on) (?:my |the )?(?:contacts?(?: list| app)?|address ?book|phone ?book|phone))"
_NUMBER_EN: Final = (
    r"(?:[,;:]| and| with| under| whose| has| having| at| on| is| the| a| his| her| their)*"
    r"(?: ?(?:phone|mobile|cell|cellphone|telephone|tel|contact))?\.?(?: ?(?:number|no\.?|nr\.?|#))?"
    r"(?: is| of|:|=|,)* ?"
)
_VERB_EN: Final = r"(?:add|create|make|save|store|put|enter|register|insert|set up|new)"
_CONTACT_EN: Final = r"(?:(?:a|an|the|one|my) )?(?:new )?(?:phone )?(?:contact|person|address ?book entry)(?: entry)?"
_NAMED_EN: Final = r"(?:,|:| for| named| called|(?:,? with)?(?: the)? name(?: is| of)?|is|=)*:? ?"
_AS_EN: Final = r" (?:as|under|for)(?: the)?(?: name)?(?: (?:a )?(?:new )?contact)?(?: named| called)?"
_CONTACTS_EN: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # add a contact NAME with number #
        rf"{_VERB_EN} {_CONTACT_EN}{_NAMED_EN}(?P<name>.+?){_BOOK_EN}?[ ,]?{_NUMBER_EN}{_HOLE}{_BOOK_EN}?",
        # add a contact with number # named NAME
        rf"{_VERB_EN} {_CONTACT_EN}{_NUMBER_EN}{_HOLE}(?:,| and| the)*{_NAMED_EN}(?P<name>.+?){_BOOK_EN}?",
        # add NAME to my contacts with number #
        rf"{_VERB_EN} (?P<name>.+?){_BOOK_EN}[ ,]?{_NUMBER_EN}{_HOLE}",
        # add NAME, number #, to my contacts
        rf"{_VERB_EN} (?P<name>.+?){_NUMBER_EN}{_HOLE}[,)]?(?: as)?(?: (?:a|new|a new) contact|{_BOOK_EN})",
        # save # as NAME
        rf"{_VERB_EN} (?:the )?(?:phone |mobile )?(?:number )?{_HOLE}{_BOOK_EN}?{_AS_EN} (?P<name>.+?){_BOOK_EN}?",
        # save NAME's number #
        rf"{_VERB_EN} (?P<name>.+?)(?:'s|’s) (?:phone |mobile |cell )?(?:number|phone)(?: is|:|,)* ?{_HOLE}{_BOOK_EN}?",
    )
)
_POLITE_ZH: Final = re.compile(r"(?:请|麻烦|劳驾|帮忙|帮我|帮|替我|给我|我想要|我想|我要|你|您|能不能|可以|能|，|,| )+")
_BOOK_ZH: Final = r"(?:手机)?(?:的)?(?:通讯录|通信录|联系人列表|联系人|电话簿|电话本)(?:应用)?"
_OPEN_ZH: Final = re.compile(
    rf"(?:(?:打开|进入|启动)(?:手机)?(?:的)?{_BOOK_ZH}|(?:在|到|去|往)(?:手机)?(?:的)?{_BOOK_ZH}(?:里面|里|中|内|上)?)"
    r"[，, ]*(?:然后|接着|之后|再|并且|并|，|,| )*"
)
_THANKS_ZH: Final = re.compile(r"(?:[，。,. ]*(?:谢谢|多谢|吧|好吗|可以吗|一下))+$")
_VERB_ZH: Final = r"(?:添加|新增|新建|创建|建立|加上|加入|保存|存入|存储|存|录入|记录|记|建|加)(?:一下|上)?"
_CONTACT_ZH: Final = r"(?:一?[个位名])?(?:新的?)?(?:联系人|联络人)"
_NUMBER_ZH: Final = (
    r"(?:[，,、；;：:（( ]|并且|和|及|的|他的|她的)*(?:联系)?"
    r"(?:手机号码|电话号码|手机号|电话号|号码|手机|电话|联系方式)?(?:是|为|：|:|=| )*"
)
_NAMED_ZH: Final = r"(?:[，,、；;：:。 ]|并且|和|的)*(?:名字|姓名|名称|名)?(?:叫做|叫作|叫|是|为|：|:|=| )*"
_INTO_ZH: Final = rf"(?:{_VERB_ZH})?(?:进|到|入|在)(?:我的)?{_BOOK_ZH}(?:里面|里|中|内)?(?:去)?"
_PHONE_ZH: Final = r"手机号码|电话号码|手机号|号码|手机|电话"
_AS_ZH: Final = r"(?:保存|存储|存|记|添加|设置|设)?(?:为|成|作|到)"
_CONTACTS_ZH: Final = tuple(
    re.compile(pattern)
    for pattern in (
        # 添加联系人NAME，号码#
        rf"{_VERB_ZH}{_CONTACT_ZH}{_NAMED_ZH}(?P<name>.+?){_NUMBER_ZH}{_HOLE}[)）]?",
        # 添加联系人，号码#，姓名NAME
        rf"{_VERB_ZH}{_CONTACT_ZH}{_NUMBER_ZH}{_HOLE}[)）]?{_NAMED_ZH}(?P<name>.+?)",
        # 把NAME（#）加到通讯录
        rf"(?:把|将)(?P<name>.+?){_NUMBER_ZH}{_HOLE}[)）]?[，, ]*{_INTO_ZH}",
        # 把#存为NAME
        rf"(?:把|将)?(?:{_VERB_ZH})?(?:一?个)?(?:{_PHONE_ZH})?[：: ]*{_HOLE}[，, ]*{_AS_ZH}(?:新?联系人)?(?P<name>.+?)",
        # 保存NAME的电话#
        rf"{_VERB_ZH}(?P<name>.+?)的?(?:联系)?(?:{_PHONE_ZH})(?:是|为|：|:|，|,| )*{_HOLE}(?:[，, ]*{_INTO_ZH})?",
    )
)
_NAME_MARKS: Final = " \t,，:：;；.。、\"'“”‘’「」《》"


_NO_NAMES: Final = frozenset(
    ("with", "the", "a", "an", "new", "and", "for", "named", "called", "name", "number", "phone", "of", "contact")
)


def read_contact_en(text: str) -> AddContact | None:
    """Return the contact that an English `text` asks for, or None."""
    return _read_contact(text, (_POLITE_EN, _OPEN_EN, _POLITE_EN), _THANKS_EN, _CONTACTS_EN, "en")


def read_contact_zh(text: str) -> AddContact | None:
    """Return the contact that a Chinese `text` asks for, or None."""
    return _read_contact(text, (_POLITE_ZH, _OPEN_ZH, _POLITE_ZH), _THANKS_ZH, _CONTACTS_ZH, "zh")


def _read_contact(
    text: str,
    leading: tuple[re.Pattern[str], ...],
    trailing: re.Pattern[str],
    sentences: tuple[re.Pattern[str], ...],
    language: Language,
) -> AddContact | None:
    numbers = [found for found in _NUMBER.finditer(text) if len(_digits(found.group())) >= MIN_DIGITS]
    if len(numbers) != 1:
        return None
    written = numbers[0]
    sentence = trailing.sub("", text[: written.start()] + _HOLE + text[written.end() :])
    for words in leading:
        sentence = words.sub("", sentence, count=1) if words.match(sentence) else sentence
    for pattern in sentences:
        found = pattern.fullmatch(sentence.strip())
        name = found.group("name").strip(_NAME_MARKS) if found else ""
        if _is_name(name):
            plus = "+" if unicodedata.normalize("NFKC", written.group()).lstrip("(").startswith("+") else ""
            return AddContact(name=name, number=plus + _digits(written.group()), language=language)
    return None


def _is_name(name: str) -> bool:
    if not 0 < len(name) <= MAX_NAME_CHARS or _HOLE in name:
        return False
    return any(letter.isalpha() for letter in name) and not set(name.lower().split()) <= _NO_NAMES


def _digits(written: str) -> str:
    return re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", written))
