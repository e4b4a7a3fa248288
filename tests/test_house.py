"""The papers are true: settings, commands and adapters stand where a person looks for them."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from studio.providers import registry

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()


def test_every_setting_stands_in_the_readme():
    source = (ROOT / "studio" / "settings.py").read_text()
    settings = re.findall(r'read\(\s*"([A-Z_]+)"', source)
    assert len(settings) > 10
    assert [name for name in settings if f"| `{name}` |" not in README] == []


def test_the_readme_names_no_setting_that_does_not_exist():
    source = (ROOT / "studio" / "settings.py").read_text()
    listed = re.findall(r"^\| `([A-Z_]+)` \|", README, re.MULTILINE)
    assert [name for name in listed if f'"{name}"' not in source] == []


def test_nothing_else_reads_the_environment():
    readers = [
        path.name
        for path in (ROOT / "studio").rglob("*.py")
        if re.search(r"os\.environ\[|os\.environ\.get|os\.getenv|environ\.Env", path.read_text())
    ]
    assert readers == ["environment.py"]


def test_every_command_of_ours_stands_in_the_readme():
    ours = [name for name, app in get_commands().items() if app == "studio"]
    assert [name for name in ours if f"manage.py {name}" not in README] == []


@pytest.mark.parametrize("slug", registry.ADAPTERS)
def test_every_adapter_stands_in_the_readme(slug):
    row = next(line for line in README.splitlines() if f"| `{slug}` |" in line)
    for option in registry.get(slug).options:
        assert f"`{option.name}`" in row


@pytest.mark.parametrize("slug", registry.ADAPTERS)
def test_the_checklist_for_a_new_provider_names_real_places(slug):
    checklist = (ROOT / "docs" / "add-a-provider.md").read_text()
    for place in ("studio/providers/NAME.py", "tests/providers/replies/NAME/"):
        assert place in checklist
        assert (ROOT / place.replace("NAME", slug)).exists()
    line = f'"{slug}": {slug}.ADAPTER,'
    assert line in (ROOT / "studio" / "providers" / "registry.py").read_text()


def test_every_relative_link_in_the_papers_leads_somewhere():
    for paper in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", paper.read_text()):
            assert (paper.parent / target).exists(), f"{paper.name}: {target}"


def test_the_locks_pin_everything_and_name_no_place_of_download():
    for name in ("requirements.lock", "requirements-dev.lock"):
        for line in (ROOT / name).read_text().splitlines():
            assert line.startswith("#") or re.fullmatch(r"[\w.-]+==[\w.]+(; .+)?", line), line


def test_templates_have_no_inline_script_or_style():
    pattern = re.compile(r"<script>|<style|\son[a-z]+=|\sstyle=")
    guilty = [p.name for p in (ROOT / "templates").rglob("*.html") if pattern.search(p.read_text())]
    assert guilty == []


def test_no_script_names_a_path_of_the_studio():
    """Behind a proxy the studio may be under a path of its own, which the pages know."""
    found = [
        hit
        for script in (ROOT / "static" / "js").glob("*.js")
        for hit in re.findall(r"""\S*["'`]/[a-z-]+/""", script.read_text())
    ]
    assert [hit for hit in found if "endsWith" not in hit] == []
