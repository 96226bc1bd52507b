"""The guides of the operator, followed: accounts, installing without a network, upgrading and going back."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import Exit
from pipeline.indicators.catalogue import ALL
from pipeline.settings import Settings
from pipeline.stores.warehouse import current_build
from tests.accounts import free_port
from tests.guides import Copy, commands, environment
from tests.small_city import SmallCity

pytestmark = pytest.mark.slow
WITHOUT_NETWORK = """
import fcntl, os, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:  # a new network has its own loopback, still down
    fcntl.ioctl(probe, 0x8914, struct.pack("16sh14s", b"lo", 0x1 | 0x40, b""))
os.execvp(sys.argv[1], sys.argv[1:])
"""


def test_the_accounts_guide_makes_resets_disables_and_lists(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "repository")
    first = copy.run(commands("accounts", ".venv/bin/python cli.py user add admin --name 系统管理员"))
    said = copy.run(commands("accounts", ".venv/bin/python cli.py user add wang"))
    assert "admin 的一次性密码" in first and said.count("wang 的一次性密码") == 2
    assert "已停用 wang" in said and "声明无误" in said


# ---- installing and upgrading ----


def as_root(script: str, folder: Path) -> str:
    """Commands of a guide with the folders of a test, without another user and without systemd."""
    for place in ("/opt/credit-risk", "/srv/credit-risk", "/backup"):
        script = script.replace(place, f"{folder}{place}")
    lines = script.replace("sudo -u credit-risk ", "").splitlines()
    return "\n".join(line for line in lines if not line.startswith("systemctl"))


def test_an_upgrade_keeps_everything_and_can_be_taken_back(small: SmallCity, tmp_path: Path) -> None:
    """The newer version is this one with one migration and one indicator more."""
    (tmp_path / "opt").mkdir()
    (tmp_path / "backup").mkdir(mode=0o700)
    old, new = Copy(tmp_path / "opt/credit-risk-旧版本"), Copy(tmp_path / "opt/credit-risk-新版本")
    new.apply("add-an-indicator")
    add_migration(new)
    (tmp_path / "opt/credit-risk").symlink_to(old.folder)
    shutil.copytree(small.settings.data, tmp_path / "srv/credit-risk")
    settings = Settings.load(tmp_path / "srv/credit-risk")
    old.run(f".venv/bin/python cli.py user add leader --name 某 --role LEADER --data {settings.data}")
    old.run(f".venv/bin/python cli.py build --data {settings.data}")
    before = current_build(settings)

    def follow(beginning: str) -> str:
        return old.run(as_root(commands("upgrade", beginning), tmp_path))

    follow("sudo -u credit-risk .venv/bin/python cli.py backup")
    assert [f.stat().st_mode & 0o077 for f in (tmp_path / "backup").iterdir()] == [0]
    assert f"{len(ALL) + 1} 项指标" in follow("ln -sfn /opt/credit-risk-新版本")
    assert current_build(settings) not in (None, before)
    refused = old.run(f".venv/bin/python cli.py check --data {settings.data}", code=Exit.CHECKS_FAILED)
    assert "9999" in refused and "更新版本的程序" in refused
    follow("ln -sfn /opt/credit-risk-旧版本")
    assert current_build(settings) == before
    said = old.run(f".venv/bin/python cli.py check --data {settings.data}")
    assert "声明无误" in said and "leader" in old.run(f".venv/bin/python cli.py user list --data {settings.data}")


def add_migration(copy: Copy) -> None:
    """One more step of the operations store's schema, after the newest."""
    versions = copy.folder / "pipeline/stores/operations/migrations/versions"
    (newest,) = re.findall(r'(?m)^revision = "(\w+)"', max(versions.glob("0*.py")).read_text(encoding="utf-8"))
    step = f'from alembic import op\nrevision = "9999"\ndown_revision = "{newest}"\n'
    step += 'def upgrade():\n    op.execute("CREATE TABLE newer (one INTEGER)")\n'
    (versions / "9999_newer.py").write_text(step, encoding="utf-8")


def test_it_installs_and_runs_where_there_is_no_network(tmp_path: Path) -> None:
    here, there = Copy(tmp_path / "here"), tmp_path / "there"
    there.mkdir()
    make_repository(here)
    (here.folder / ".venv").unlink()
    here.run(commands("install-offline", "make wheels"))
    shutil.rmtree(here.folder)
    archive = (tmp_path / "credit-risk.tar").rename(there / "credit-risk.tar")
    alone = ["unshare", "-rn", sys.executable, "-c", WITHOUT_NETWORK]
    if subprocess.run([*alone, "true"], capture_output=True).returncode:
        alone = []  # no namespaces here: pip is told not to look, and that has to do
    kept = {k: v for k, v in environment().items() if not k.startswith("PIP_")} | {"PIP_CONFIG_FILE": "/dev/null"}

    def follow(script: str, folder: Path) -> str:
        done = subprocess.run([*alone, "bash", "-euc", script], cwd=folder, env=kept, capture_output=True, text=True)
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    assert archive.is_file() and "声明无误" in follow(commands("install-offline", "tar --extract"), there)
    program = there / "credit-risk"
    assert (program / "cli.py").is_file() and not (program / "data" / "var").exists()
    follow("make setup", program)
    assert "admin" in follow(commands("install-offline", ".venv/bin/python cli.py demo"), program)
    answer = "CREDIT_RISK_DATA=演示 .venv/bin/streamlit run app.py --server.port 8501 & trap 'kill %1' EXIT\n"
    answer += "curl --silent --fail --retry 60 --retry-delay 1 --retry-connrefused http://127.0.0.1:8501/_stcore/health"
    assert follow(answer.replace("8501", str(free_port())), program).endswith("ok")


def make_repository(copy: Copy) -> None:
    """A commit of the copy, as a clone has one."""
    git = "git -c user.name=x -c user.email=x@example.invalid -c commit.gpgsign=false"
    copy.run(f"git init --quiet && git add --all && {git} commit --quiet --message copy")
