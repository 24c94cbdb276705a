"""What is sensitive, by table: words under the finger and on the screen, in both languages, and apps for paying."""

from __future__ import annotations

import pytest

from worker.agents.actions import Back, DoubleTap, LongPress, Swipe, Tap, Type
from worker.agents.sensitive import why_sensitive
from worker.devices.nodes import Node, read_nodes, words_under

SIZE = (1000, 2000)
PAY = "com.eg.android.AlipayGphone"
DUMP = """<?xml version='1.0' ?><hierarchy rotation="0">
<node text="" resource-id="root" clickable="false" bounds="[0,0][1000,2000]">
<node text="" resource-id="a:id/pay" clickable="true" content-desc="" bounds="[100,1000][900,1200]">
<node text="Buy &amp; go" clickable="false" bounds="[200,1050][400,1100]" /></node>
<node text="Title" clickable="false" bounds="[0,0][1000,100]" /></node>"""


def texts(*words: str) -> tuple[Node, ...]:
    return tuple(Node(text=word, bounds=(0, 1000 * n, 1000, 1000 * (n + 1))) for n, word in enumerate(words))


@pytest.mark.parametrize(
    ("action", "app", "nodes", "asks"),
    [
        (Tap((500, 100)), "com.shop", texts("Pay now", "x"), True),
        (Tap((500, 100)), "com.shop", texts("PAY", "x"), True),
        (Tap((500, 100)), "com.shop", texts("Payload", "x"), False),
        (Tap((500, 100)), "com.shop", texts("Display", "x"), False),
        (Tap((500, 100)), "com.shop", texts("立即支付 ¥20", "x"), True),
        (Tap((500, 100)), "com.shop", texts("给朋友转账", "x"), True),
        (Tap((500, 100)), "com.shop", texts("Next", "Enter PIN"), True),
        (Tap((500, 100)), "com.shop", texts("下一步", "请输入支付密码"), True),
        (Tap((500, 700)), "com.shop", texts("Pay now", "Cancel"), False),
        (DoubleTap((500, 100)), "com.shop", texts("Buy"), True),
        (LongPress((500, 100)), "com.shop", texts("Buy"), True),
        (Swipe((500, 100), (500, 900)), "com.shop", texts("Slide to pay"), True),
        (Swipe((500, 100), (500, 900)), PAY, (), False),
        (Tap((500, 100)), PAY, (), True),
        (Tap((500, 100)), PAY, None, True),
        (Tap((500, 100)), PAY, texts("Bills"), False),
        (Tap((500, 100)), "com.shop", None, False),
        (Type("123456"), PAY, texts("Search"), True),
        (Type("123456"), "com.shop", texts("Card number"), True),
        (Type("milk"), "com.shop", texts("Search"), False),
        (Tap((1, 1), message=""), "com.shop", (), True),
        (Back(), PAY, texts("Pay now"), False),
    ],
)
def test_what_asks_first(action, app, nodes, asks):
    assert bool(why_sensitive(action, SIZE, app, nodes)) is asks


def test_a_buttons_words_are_found_wherever_in_it_the_finger_lands():
    nodes = read_nodes(DUMP)
    assert [node.resource_id for node in nodes] == ["root", "a:id/pay", "", ""]
    assert words_under(nodes, 850, 1190) == "Buy & go"
    assert words_under(nodes, 5, 5) == "Title"
    assert words_under(nodes, 5, 1500) == ""


@pytest.mark.parametrize("dump", ["", "<node", "<node >", '<node text="a" bounds="[1,2]">', "x" * 10_000])
def test_half_a_dump_is_read_as_far_as_it_goes(dump):
    assert all(node.area == 0 for node in read_nodes(dump))
