"""The README and the code name the same settings, commands and tasks; what it shows can be used as it stands."""

import re
from pathlib import Path

import pytest

from integration.configuration.settings import PREFIX, Settings
from tasks.celery import app
from tasks.cli.__main__ import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TASK_NAME = re.compile(r"\bexport_(?:jobs?|items?)\.[a-z_]+")


def section(title: str) -> str:
    """From a heading to the next."""
    return README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def code() -> str:
    paths = [*ROOT.glob("integration/**/*.py"), *ROOT.glob("tasks/**/*.py")]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def test_every_setting_stands_in_the_readme_and_none_besides():
    read = set(re.findall(rf"(?:{PREFIX}|\{{PREFIX\}})([A-Z_]+[A-Z])\b", code()))
    assert set(re.findall(rf"`{PREFIX}([A-Z_]+)`", section("Settings"))) == read
    assert set(re.findall(rf"{PREFIX}([A-Z_]+)", README)) == read


def test_every_command_stands_in_the_readme_and_none_besides():
    first_cells = re.findall(r"^\| (`.*?) \|", section("Commands"), re.MULTILINE)
    assert {word for cell in first_cells for word in re.findall(r"`([a-z-]+)", cell)} == set(main.commands)


def test_commands_are_mentioned_only_where_there_are_such():
    assert set(re.findall(r"pleo-export ([a-z]+)\b", README)) <= set(main.commands)


def test_the_picture_has_every_task_and_none_besides():
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    assert set(TASK_NAME.findall(section("The straight path"))) == ours
    assert set(TASK_NAME.findall(README)) == ours


def test_the_example_is_a_configuration_that_works(tmp_path):
    example, *_ = re.findall(r"```toml\n(.*?)```", section("Point it at Pleo"), re.DOTALL)
    (key,) = re.findall(r"\$ export (PLEO_API_KEY_\w+)=", section("Point it at Pleo"))
    path = tmp_path / "pleo-export.toml"
    path.write_text(example, encoding="utf-8")
    (connection,) = Settings.read({f"{PREFIX}CONFIG": str(path), key: "secret"}).connections
    assert connection.model_fields_set - {"beancount"} >= {"posting", "closed_period", "unknown_vendor", "attachments"}


@pytest.mark.parametrize("link", re.findall(r"\]\((?!https?:)([^)#]+)", README))
def test_every_link_leads_somewhere(link):
    assert (ROOT / link).exists()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake ([a-z]+)", README))))
def test_what_is_to_be_made_can_be_made(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
