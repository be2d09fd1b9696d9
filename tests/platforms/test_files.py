"""Attachments are kept under names of our own."""

from types import SimpleNamespace

import pytest

from platforms import files


@pytest.fixture
def kept(tmp_path):
    return files.open_files(SimpleNamespace(hub_home=tmp_path))


async def test_what_is_saved_is_read_and_deleted(kept, tmp_path):
    url = await kept.save("screen shot.PNG", b"\x89PNG")
    assert url.startswith("local:")
    assert url.endswith(".png")
    assert await kept.read(url) == b"\x89PNG"
    await kept.delete(url)
    await kept.delete(url)
    with pytest.raises(FileNotFoundError):
        await kept.read(url)
    assert list((tmp_path / "attachments").iterdir()) == []


async def test_the_same_name_twice_is_two_files(kept):
    first, second = await kept.save("a.txt", b"1"), await kept.save("a.txt", b"2")
    assert first != second
    assert await kept.read(first) == b"1"


@pytest.mark.parametrize(
    "hint",
    ["../../etc/passwd", "/etc/passwd", "a/b.png", "..", "", "x.php\x00.png", "a" * 5000, "．．／x", "con.\n"],
)
async def test_a_hostile_name_stays_in_the_folder(kept, tmp_path, hint):
    url = await kept.save(hint, b"x")
    (file,) = (tmp_path / "attachments").iterdir()
    assert await kept.read(url) == b"x"
    assert "passwd" not in file.name
    assert [path.name for path in tmp_path.iterdir()] == ["attachments"]


@pytest.mark.parametrize(
    "url",
    [
        "local:../secret",
        "local:/etc/passwd",
        "file:///etc/passwd",
        "local:",
        "",
        "local:" + "0" * 31,
        "local:" + "0" * 32 + "/../x",
    ],
)
async def test_only_names_we_made_are_read_or_deleted(kept, tmp_path, url):
    (tmp_path / "secret").write_text("no")
    with pytest.raises(FileNotFoundError):
        await kept.read(url)
    await kept.delete(url)
    assert (tmp_path / "secret").exists()


async def test_others_on_the_machine_cannot_look_in(kept, tmp_path):
    await kept.save("a.txt", b"1")
    assert (tmp_path / "attachments").stat().st_mode & 0o077 == 0
