"""The window's tests need no screen: Qt draws into memory. Set before anything imports Qt."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
