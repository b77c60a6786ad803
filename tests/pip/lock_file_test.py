"""Which lines of a lock are taken, and what is said of the others."""

import lock_file
import pytest

HASH = "--hash=sha256:" + "0" * 64


def only(text: str) -> lock_file.Requirement:
    (requirement,) = lock_file.parse(text, "requirements.txt")
    return requirement


def test_line_as_lock_tools_write_it() -> None:
    lock = f"""\
# made by a tool
Jinja2==3.1.6 \\
    {HASH} \\
    --hash=sha512:{"f" * 128}
    # via -r requirements.in
"""
    requirement = only(lock)
    assert (requirement.name, requirement.version, requirement.line) == ("jinja2", "3.1.6", 2)
    assert requirement.hashes == ("sha256:" + "0" * 64, "sha512:" + "f" * 128)


@pytest.mark.parametrize("written", ["zope.interface", "Zope_Interface", "zope--interface"])
def test_name_is_normalized(written: str) -> None:
    assert only(f"{written}==1 {HASH}").name == "zope-interface"


def test_extras() -> None:
    assert only(f"requests[Socks, use_chardet]==2.0 {HASH}").extras == ("socks", "use-chardet")


def test_marker() -> None:
    requirement = only(f'tomli==2.0 ; python_version < "3.11" {HASH}')
    assert requirement.marker == 'python_version < "3.11"'
    assert requirement.pip_line() == f"tomli==2.0 {HASH}"


def test_comment_after_requirement() -> None:
    assert only(f"six==1.0 {HASH}  # via something").version == "1.0"


def test_hash_as_separate_word_and_local_version() -> None:
    requirement = only(f"torch==2.0+cpu --hash sha256:{'0' * 64}")
    assert (requirement.version, len(requirement.hashes)) == ("2.0+cpu", 1)


def test_lines_for_different_pythons() -> None:
    lock = f'a==1 ; python_version < "3.9" {HASH}\na==2 ; python_version >= "3.9" {HASH}\n'
    assert [requirement.version for requirement in lock_file.parse(lock, "x")] == ["1", "2"]


def test_require_hashes_is_no_news() -> None:
    assert only(f"--require-hashes\na==1 {HASH}").name == "a"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("six==1.0", "six==1.0: no hash: lock again"),
        (f"six>=1.0 {HASH}", "six>=1.0: not pinned to one version"),
        (f"six {HASH}", "six: not pinned to one version"),
        (f"six==1.* {HASH}", "six==1.*: not pinned to one version"),
        ("six==1.0 --hash=sha256", "six==1.0: --hash=sha256 is not ALGORITHM:HEX"),
        (f"six==1.0 {HASH} --config-settings=x", "six==1.0: --config-settings is not supported"),
        (f"six==1.0 ; {HASH}", "six==1.0: empty marker"),
        ("-r other.txt", "-r (another file) is not supported"),
        ("--constraint=other.txt", "--constraint (another file) is not supported"),
        ("-e .", "an editable requirement has no hash"),
        ("--index-url https://example.org/simple", "--index-url is not supported in the lock: set it in pip's own"),
        ("--no-binary six", "--no-binary is not supported in the lock: name the package in `sdists`"),
        (f"six @ https://example.org/six.whl {HASH}", "'six' is a URL or a path"),
        (f"git+https://example.org/six {HASH}", "is a URL or a path"),
        (f"./six-1.0-py3-none-any.whl {HASH}", "is a URL or a path"),
        (f"dir/six-1.0-py3-none-any.whl {HASH}", "is a URL or a path"),
    ],
)
def test_refused_line_is_named(line: str, message: str) -> None:
    with pytest.raises(lock_file.LockError) as refused:
        lock_file.parse(f"# first\n\n{line}\n", "deps/requirements.txt")
    assert str(refused.value).startswith("deps/requirements.txt:3: ")
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_second_line_for_one_package() -> None:
    with pytest.raises(lock_file.LockError, match=r"r\.txt:2: a is here a second time \(first: line 1\): remove one"):
        lock_file.parse(f"a==1 {HASH}\nA==2 {HASH}\n", "r.txt")
