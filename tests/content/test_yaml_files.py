"""Strict YAML: every defect is named with file and line."""

import os
from pathlib import Path

import pytest

from coach.content import yaml_files
from coach.content.bank import Localized
from coach.content.persona import Persona
from coach.content.places import data_dir
from coach.domain._base import Frozen
from coach.errors import ContentError


class Shape(Frozen):
    """A small model to read into."""

    name: str
    title: Localized
    sizes: tuple[int, ...] = ()


def read(text: str) -> Shape:
    return yaml_files.parse(text, Shape, Path("shape.yaml"))


GOOD = "name: a\ntitle:\n  en: x\n  ru: y\n"


def test_a_good_file_is_read() -> None:
    assert read(GOOD).title.ru == "y"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + "colour: red\n", "shape.yaml:5: unknown key 'colour'."),
        (GOOD + "size: [1]\n", "shape.yaml:5: unknown key 'size'. Did you mean 'sizes'?"),
        (GOOD + "name: b\n", "shape.yaml:5: the key 'name' stands here twice"),
        (GOOD + "sizes: [1, two]\n", "shape.yaml:5: sizes.1: "),
        ("name: a\ntitle:\n  en: x\n", "shape.yaml:2: the key 'title.ru' is missing"),
        ("name: a\ntitle:\n  en: x\n  ru: y\n  fr: z\n", "shape.yaml:5: unknown key 'title.fr'"),
        ("name: [a\n", "shape.yaml:2: no valid YAML"),
        ("name: \ta: b: c\n", "shape.yaml:1: no valid YAML"),
        ("- a\n- b\n", "shape.yaml:1: should hold keys and values, holds list"),
        ("", "should hold keys and values"),
        ("name: &x a\ntitle: &t {en: x, ru: y}\nsizes: [*t, *t]\n", "aliases"),
        ("name: !!python/object/apply:os.system ['true']\n", "no valid YAML"),
        ('name: !!int ""\n', "no valid YAML"),
        ("name: !!bool maybe\n", "no valid YAML"),
        ("name: !!timestamp soon\n", "no valid YAML"),
        (f"{GOOD}sizes: 0x{'f' * 6000}\n", "shape.yaml:5: sizes: "),
        (f"{GOOD}sizes: {'x' * 6000}\n", "…"),
    ],
)
def test_a_defect_is_named_with_its_line(text: str, message: str) -> None:
    with pytest.raises(ContentError) as caught:
        read(text)
    assert message in str(caught.value)


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    pipe = tmp_path / "x.yaml"
    os.mkfifo(pipe)
    with pytest.raises(ContentError, match="is no file"):
        yaml_files.read(pipe)


def test_what_is_no_utf_8_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("name: привет".encode("cp1251"))
    with pytest.raises(ContentError, match="not UTF-8"):
        yaml_files.load(path, Shape)


def test_a_deep_nest_does_not_crash() -> None:
    with pytest.raises(ContentError):
        read("name: " + "[" * 20_000)


def test_a_persona_that_claims_two_grades_is_refused(tmp_path: Path) -> None:
    text = (data_dir("personas") / "honest_junior.yaml").read_text(encoding="utf-8")
    path = tmp_path / "honest_junior.yaml"
    path.write_text(text.replace("claimed_grade: junior", "claimed_grade: lead"), encoding="utf-8")
    with pytest.raises(ContentError, match=r"claims junior.*claimed_grade is lead"):
        yaml_files.load(path, Persona)
