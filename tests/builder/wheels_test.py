"""What an installed wheel says of itself."""

from pathlib import Path

from tools.builder import wheels
from tools.builder.manifest import Manifest, parse


def manifest_of(directory: Path, files: "dict[str, str]") -> Manifest:
    lines = []
    for number, (path, content) in enumerate(files.items()):
        file = directory / str(number)
        file.write_text(content)
        lines.append(f'["file", "{path}", "{file}"]\n')
    return parse(lines)


def test_a_wheel_for_all_hosts_is_known_by_its_tag(tmp_path: Path) -> None:
    """And its files by its RECORD: a directory may have several wheels."""
    manifest = manifest_of(
        tmp_path,
        {
            "site/a-1.dist-info/WHEEL": "Wheel-Version: 1.0\nTag: cp311-cp311-manylinux_2_27_x86_64\nTag: cp311-cp311-manylinux_2_28_x86_64\n",
            "site/a-1.dist-info/RECORD": 'a/x.so,sha256=abc,10\n"a/with,comma.so",,\n../bin/a,,\na-1.dist-info/RECORD,,\n',
            "site/b-1.dist-info/WHEEL": "Wheel-Version: 1.0\nTag: cp311-cp311-linux_x86_64\n",
            "site/b-1.dist-info/RECORD": "b.so,,\n",
            "other/c-1.dist-info/WHEEL": "Tag: cp311-abi3-musllinux_1_2_x86_64\n",
            "plain/x.py": "",
        },
    )
    assert wheels.portable_members(manifest) == {"site/a/x.so", "site/a/with,comma.so", "bin/a", "site/a-1.dist-info/RECORD"}
    assert wheels.directories(manifest) == ("other/", "site/")
