"""Files and folders that are whole or absent, whatever goes wrong."""

import os
import resource
import stat
import threading
import time
from pathlib import Path

import pytest

from geometry import write
from geometry.write import clear_leftovers, write_file, write_folder

LARGE = b"x" * 300_000


@pytest.fixture
def no_room():
    """No file may grow beyond 100 000 bytes: as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def listing(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.usefixtures("no_room")
@pytest.mark.parametrize("older", [False, True])
def test_without_room_a_file_stays_absent_or_as_it_was(tmp_path, older):
    path = tmp_path / "page.html"
    if older:
        path.write_text("older")
    with pytest.raises(OSError, match=r"expected to write .*page.html, got 'file too large'"):
        write_file(path, LARGE)
    assert listing(tmp_path) == ["page.html"] * older
    assert not older or path.read_text() == "older"


@pytest.mark.usefixtures("no_room")
@pytest.mark.parametrize("older", [False, True])
def test_without_room_a_folder_stays_absent_or_as_it_was(tmp_path, older):
    path = tmp_path / "run"
    if older:
        write_folder(path, {"a": "older"})
    with pytest.raises(OSError, match="expected to write"):
        write_folder(path, {"a": "newer", "b": LARGE}, overwrite=True)
    assert listing(tmp_path) == ["run"] * older
    assert not older or (path / "a").read_text() == "older"


@pytest.mark.parametrize("at_once", [True, False])
def test_a_folder_is_replaced_and_nothing_of_the_older_one_is_left(tmp_path, monkeypatch, at_once):
    if not at_once:
        monkeypatch.setattr(write, "_exchanged_at_once", lambda new, old: False)
    path = write_folder(tmp_path / "run", {"a": "1"})
    write_folder(path, {"b": "2"}, overwrite=True)
    assert listing(path) == ["b"] and listing(tmp_path) == ["run"]
    with pytest.raises(OSError, match="expected to write"):
        write_folder(path, {"c": "3"})
    assert listing(path) == ["b"] and listing(tmp_path) == ["run"]


def test_a_link_is_followed_and_stays_a_link(tmp_path):
    (tmp_path / "there").mkdir()
    link = tmp_path / "page.html"
    link.symlink_to(tmp_path / "there" / "real.html")
    for text in ("first", "second"):
        write_file(link, text)
        assert link.is_symlink() and (tmp_path / "there" / "real.html").read_text() == text
    assert listing(tmp_path / "there") == ["real.html"]


def test_links_in_a_circle_are_refused_in_one_line(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(OSError, match="expected to write") as caught:
        write_folder(tmp_path / "a" / "run", {"x": "1"})
    assert "\n" not in str(caught.value)


def test_what_is_no_file_is_never_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "pipe", tmp_path / "folder", Path(os.devnull)):
        with pytest.raises(ValueError, match="something else; name another"):
            write_file(path, "text")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)
    assert stat.S_ISFIFO(os.stat(tmp_path / "pipe").st_mode)


def test_what_is_written_may_be_read_by_those_whom_the_umask_lets(tmp_path):
    before = os.umask(0o027)
    try:
        file = write_file(tmp_path / "deep" / "er" / "file", "text")
        folder = write_folder(tmp_path / "folder", {"a": "1"})
    finally:
        os.umask(before)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (file, folder, folder / "a")]
    assert modes == [0o640, 0o750, 0o640]


def test_two_writers_at_once_never_mix(tmp_path):
    path = tmp_path / "page.html"
    pages = [letter * size for letter, size in ((b"a", 200_000), (b"b", 300_000))]
    writers = [
        threading.Thread(target=lambda page=page: [write_file(path, page) for _ in range(30)])
        for page in pages
    ]
    write_file(path, pages[0])
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert path.read_bytes() in pages
    assert listing(tmp_path) == ["page.html"]


def test_only_old_leftovers_are_cleared_and_nothing_else_that_is_hidden(tmp_path):
    names = (".run.abcd_123.partial", ".settings", ".notes.partial", ".run.abcdefgh.partial")
    names += (".run.abcdefgi.old.partial",)  # left by one who was killed while clearing
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("mine")
    for name in names[1:]:
        os.utime(tmp_path / name, (time.time() - 7200,) * 2)
    clear_leftovers(tmp_path)
    assert listing(tmp_path) == sorted(names[:3])


def test_folder_whose_writer_was_killed_between_two_renamings_is_put_in_place(tmp_path):
    leftover = tmp_path / ".run.abcdefgh.partial"
    write_folder(leftover / "run", {"a": "newer"})
    write_folder(leftover / "run.old", {"a": "older"})
    os.utime(leftover, (time.time() - 7200,) * 2)
    clear_leftovers(tmp_path)
    assert listing(tmp_path) == ["run"] and (tmp_path / "run" / "a").read_text() == "newer"


@pytest.mark.parametrize("there", ["run", "run.old"])
def test_what_a_writer_had_not_set_aside_or_had_replaced_is_never_put_in_place(tmp_path, there):
    leftover = tmp_path / ".run.abcdefgh.partial"
    write_folder(leftover / there, {"a": "half"})
    write_folder(tmp_path / "run", {"a": "mine"})
    os.utime(leftover, (time.time() - 7200,) * 2)
    clear_leftovers(tmp_path)
    assert listing(tmp_path) == ["run"] and (tmp_path / "run" / "a").read_text() == "mine"


def test_files_and_links_that_are_named_like_leftovers_stay(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / ".one.abcdefgh.partial").symlink_to(tmp_path / "mine")
    (tmp_path / ".two.abcdefgh.partial").write_text("mine")
    for path in tmp_path.iterdir():
        os.utime(path, (time.time() - 7200,) * 2)
    before = listing(tmp_path)
    clear_leftovers(tmp_path)
    assert listing(tmp_path) == before


@pytest.mark.parametrize("years", [-30, 30])
def test_a_leftover_from_a_wrong_clock_is_no_error(tmp_path, years):
    leftover = tmp_path / ".run.abcdefgh.partial"
    leftover.mkdir()
    os.utime(leftover, (time.time() + years * 3e7,) * 2)
    clear_leftovers(tmp_path)
    assert leftover.exists() == (years > 0)  # one of the future waits until it is old
