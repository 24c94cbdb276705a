"""Screenshots and thumbnails for the window: read and decoded by a few threads, kept in a bounded cache.

Decoding a screenshot takes some 50 ms, so it never happens in the window's thread. A picture is asked for by its path
in the home and the height at which it will be drawn; `then` is called in the window's thread, with a null pixmap when
there is no such picture or it cannot be decoded, and not at all when its widget has gone. Must not write.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QByteArray, QObject, QRunnable, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QImage, QImageReader, QPixmap

from gui.callbacks import still_there
from shared.logs import get_logger

if TYPE_CHECKING:
    from pathlib import Path

    from shared.messages import StepRow, TaskRow
    from shared.paths import Home

_CACHE_BYTES: Final = 96 << 20  # of decoded pixels; a screenshot at full size has 10 MB
_FILE_BYTES: Final = 16 << 20  # the protocol's limit of a picture
_PIXELS: Final = 16384  # and of its sides
_THREADS: Final = 2
_SIZES: Final = 4096  # of pictures whose own size is remembered, far more than the cache holds

Then = Callable[[QPixmap], None]


class _Done(QObject):
    ready = Signal(object, QImage, QSize)  # the key, what was decoded (null when nothing was), its size in the file


class _Load(QRunnable):
    """Loads the first of `paths` that can be read; the others stand in for it."""

    def __init__(self, paths: list[Path], key: tuple[str, int], done: _Done) -> None:
        super().__init__()
        self._paths = paths
        self._key = key
        self._done = done

    def run(self) -> None:
        """Read and decode; a picture that is not there or is torn comes as a null image."""
        image, size = QImage(), QSize()
        for path in self._paths:
            image, size = self._load(path)
            if not image.isNull():
                break
        self._done.ready.emit(self._key, image, size)

    def _load(self, path: Path) -> tuple[QImage, QSize]:
        try:
            if path.stat().st_size <= _FILE_BYTES:
                return _decode(path, self._key[1])
        except OSError as error:
            get_logger().info("a picture could not be read", path=str(path), error=str(error))
        return QImage(), QSize()


class Pictures(QObject):
    """The window's pictures."""

    def __init__(self, home: Home) -> None:
        super().__init__()
        self._home = home
        self._cache: OrderedDict[tuple[str, int], QPixmap] = OrderedDict()
        self._bytes = 0
        self._waiting: dict[tuple[str, int], list[Then]] = {}
        self._sizes: OrderedDict[str, QSize] = OrderedDict()
        self._done = _Done()
        self._done.ready.connect(self._loaded)
        self._pool = QThreadPool(self, maxThreadCount=_THREADS)

    def get(self, path: str | None, height: int, then: Then, instead: str | None = None) -> None:
        """Give `then` the picture at `path` (relative to the home), scaled to `height` device pixels (0: as it is).

        `instead` is the picture to take when there is none at `path`.
        """
        paths = [self._home.root / one for one in (path, instead) if one and self._is_ours(one)]
        if not path or not paths:
            then(QPixmap())
            return
        key = (path, height)
        if key in self._cache:
            self._cache.move_to_end(key)
            then(self._cache[key])
        elif key in self._waiting:
            self._waiting[key].append(then)
        else:
            self._waiting[key] = [then]
            self._pool.start(_Load(paths, key, self._done))

    def step_thumbnail(self, row: StepRow, height: int, then: Then) -> None:
        """Give `then` a small picture of a step: the ready-made thumbnail, or the screenshot scaled down."""
        self.get(f"thumbs/{row.session_id}/{row.step_num}.jpg", height, then, row.screenshot_path)

    def size_of(self, path: str) -> QSize:
        """Return a picture's own size, in pixels, once it was loaded; an invalid size before, or long after."""
        return self._sizes.get(path, QSize())

    def closing(self, task: TaskRow, height: int, then: Then) -> None:
        """Give `then` the picture of how a task left the screen."""
        self.get(task.closing_screenshot_path, height, then)

    def close(self) -> None:
        """Wait for the threads; nothing is called afterwards."""
        self._waiting.clear()
        self._pool.clear()
        self._pool.waitForDone()

    def _is_ours(self, path: str) -> bool:
        parts = path.split("/")
        return parts[0] in ("screenshots", "thumbs") and ".." not in parts

    def _loaded(self, key: tuple[str, int], image: QImage, size: QSize) -> None:
        pixmap = QPixmap.fromImage(image)
        if not pixmap.isNull():
            self._keep(key, pixmap)
            self._keep_size(key[0], size)
        for then in self._waiting.pop(key, []):
            if still_there(then):
                then(pixmap)

    def _keep(self, key: tuple[str, int], pixmap: QPixmap) -> None:
        self._cache[key] = pixmap
        self._bytes += _size(pixmap)
        while self._bytes > _CACHE_BYTES and len(self._cache) > 1:
            _, dropped = self._cache.popitem(last=False)
            self._bytes -= _size(dropped)

    def _keep_size(self, path: str, size: QSize) -> None:
        self._sizes[path] = size
        self._sizes.move_to_end(path)
        if len(self._sizes) > _SIZES:
            self._sizes.popitem(last=False)


def _size(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4


def _decode(path: Path, height: int) -> tuple[QImage, QSize]:
    reader = QImageReader(str(path))
    reader.setDecideFormatFromContent(True)
    size = reader.size()
    if not size.isValid() or max(size.width(), size.height()) > _PIXELS:
        return QImage(), QSize()
    if reader.format() == QByteArray(b"jpeg") and 0 < height < size.height():
        reader.setScaledSize(QSize(max(1, size.width() * height // size.height()), height))  # the decoder scales
    image = reader.read()
    if not image.isNull() and 0 < height < image.height():
        image = image.scaledToHeight(height, Qt.TransformationMode.SmoothTransformation)
    return image, size
