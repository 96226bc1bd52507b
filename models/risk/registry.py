"""Trained models as files: kept by content, addressed here only, and which of them makes the score.

data/var/models/
  <model_id>/card.json                         the model card
  <model_id>/<origin>/<candidate>/…            a candidate's model of one origin, and line.json: its calibration
  <model_id>/<newest origin>/shares.json       where the graded population lay when it learned: the reference of drift
  promotions.jsonl                             which model and candidate scores, who made it so, when, why, and what it was
                                               before; only ever appended to, the last line counts
  champion.json                                the last line's model and candidate, for readers

A model_id is a hash of the files of all origins and of the recipe (target, indicators, folds, seed): equal data give an
equal id, another content another. The card is not part of it, since it also says what became of the model.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from models.risk import shares
from models.risk.calibrate import Line
from models.risk.estimator import Fitted
from models.risk.learned import LearnedModel, load_fitted
from pipeline.errors import ChecksFailed, PipelineError
from pipeline.indicators.indicator import Indicator, set_version
from pipeline.settings import Settings
from pipeline.stores.warehouse import write_atomically

CANDIDATES = ("booster", "scorecard", "count", "expert")
"""The names of the candidates, as they name folders."""
CARD, CHAMPION, PROMOTIONS, LINE = "card.json", "champion.json", "promotions.jsonl", "line.json"


@dataclass(frozen=True)
class Champion:
    """A trained model and the one of its candidates that scores."""

    model_id: str
    candidate: str


@dataclass(frozen=True)
class Promotion:
    """One line of promotions.jsonl; `before` is None for the first champion."""

    at: str
    by: str
    why: str
    before: Champion | None
    after: Champion


def models_folder(settings: Settings) -> Path:
    """Where trained models lie."""
    return settings.var / "models"


def origin_folder(settings: Settings, model_id: str) -> Path:
    """The folder of an origin by the id of a model of it, `<model>/<origin>/<candidate>` as scores are stamped."""
    return (models_folder(settings) / model_id).parent


def champion(settings: Settings) -> Champion | None:
    """Which model scores, by the last promotion; None while nothing was learned. champion.json repeats it for readers."""
    lines = promotions(settings)
    return lines[-1].after if lines else None


def fitting_champion(settings: Settings, indicators: tuple[Indicator, ...]) -> Champion | None:
    """The champion if it was trained on this set of indicators: another one's values mean something else."""
    chosen = champion(settings)
    if chosen is None or card(settings, chosen.model_id)["indicator_set"] != set_version(indicators):
        return None
    return chosen


def model_at(settings: Settings, as_of: date, indicators: tuple[Indicator, ...]) -> LearnedModel | None:
    """The champion's newest model that may score as of a date (matured_on <= as_of), None where there is none.

    Raises ChecksFailed if the champion was trained on another set of indicators.
    """
    chosen = champion(settings)
    if chosen is None:
        return None
    if fitting_champion(settings, indicators) is None:
        raise ChecksFailed(
            f"模型 {chosen.model_id} 是按另一套指标训练的，请先运行 train"
            f"（{chosen.model_id} was trained on another set of indicators: run `train`）"
        )
    return newest_model(settings, chosen, as_of, indicators)


def newest_model(
    settings: Settings, chosen: Champion, as_of: date, indicators: tuple[Indicator, ...]
) -> LearnedModel | None:
    """The newest model of `chosen` with matured_on <= as_of."""
    for folder in sorted(_origins(settings, chosen.model_id), reverse=True):
        if date.fromisoformat(_line(folder / chosen.candidate)["matured_on"]) <= as_of:
            return load(folder / chosen.candidate, chosen, indicators)
    return None


def save(folder: Path, fitted: Fitted, line: Line, log_odds: float, matured_on: date) -> None:
    """Write a candidate's model and its calibration: slope and intercept, log odds of the base rate, maturity."""
    folder.mkdir(parents=True)
    fitted.save(folder)
    content = {"slope": line.slope, "intercept": line.intercept, "base_log_odds": log_odds, "matured_on": matured_on}
    (folder / LINE).write_text(_json(content), encoding="utf-8")


def load(folder: Path, chosen: Champion, indicators: tuple[Indicator, ...]) -> LearnedModel:
    """Read back what `save` wrote; its model_id is the folder's path below models/."""
    content = _line(folder)
    return LearnedModel(
        fitted=load_fitted(chosen.candidate, folder, indicators),
        line=Line(content["slope"], content["intercept"]),
        m0=content["base_log_odds"],
        model_id=f"{chosen.model_id}/{folder.parent.name}/{chosen.candidate}",
        matured_on=date.fromisoformat(content["matured_on"]),
    )


def staging(settings: Settings) -> Path:
    """An empty folder for a model that is being trained."""
    folder = models_folder(settings) / ".staging"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def keep(settings: Settings, staged: Path, recipe: dict[str, Any], content: dict[str, Any]) -> str:
    """Give a staged model its id and its card, and its place; the same model again changes nothing but the card."""
    digest = hashlib.sha256(_json(recipe).encode())
    for path in sorted(p for p in staged.rglob("*") if p.is_file()):
        digest.update(path.relative_to(staged).as_posix().encode())
        digest.update(path.read_bytes())
    model_id = f"learned-{digest.hexdigest()[:12]}"
    (staged / CARD).write_text(_json({"model_id": model_id, **recipe, **content, "promotions": []}), encoding="utf-8")
    target = models_folder(settings) / model_id
    if target.is_dir():
        _note(settings, model_id)
        shutil.rmtree(staged)
    else:
        os.replace(staged, target)
    return model_id


def card(settings: Settings, model_id: str) -> dict[str, Any]:
    """The model card; raises ChecksFailed if there is no such model."""
    path = models_folder(settings) / model_id / CARD
    if not path.is_file():
        known = sorted(p.parent.name for p in models_folder(settings).glob(f"*/{CARD}"))
        raise ChecksFailed(f"没有模型 {model_id}；现有（no such model; there are）：{'、'.join(known) or '—'}")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def promote(settings: Settings, model_id: str, candidate: str | None = None, *, by: str, why: str) -> Promotion:
    """Make a model (its own champion unless `candidate` is named) the one that scores, and say who did it and why.

    Raises ChecksFailed if there is no such model or candidate, or if nobody or no reason is named.
    """
    said = card(settings, model_id)
    candidate = candidate or str(said["champion"])
    faults = [f"{what}: empty" for what, given in (("--by", by), ("--why", why)) if not given.strip()]
    if candidate not in CANDIDATES:
        faults.append(f"--candidate: expected one of {list(CANDIDATES)}, received {candidate!r}")
    if faults:
        raise ChecksFailed("；".join(faults))
    line = Promotion(
        settings.now().isoformat(timespec="seconds"),
        by.strip(),
        why.strip(),
        champion(settings),
        Champion(model_id, candidate),
    )
    log = models_folder(settings) / PROMOTIONS
    with log.open("a", encoding="utf-8") as out:
        out.write(json.dumps(asdict(line), ensure_ascii=False) + "\n")
        out.flush()
        os.fsync(out.fileno())
    write_atomically(models_folder(settings) / CHAMPION, _json(asdict(line.after)))
    _note(settings, model_id)
    return line


def promotions(settings: Settings) -> tuple[Promotion, ...]:
    """Every promotion, oldest first; raises ChecksFailed if the file can't be read."""
    log = models_folder(settings) / PROMOTIONS
    try:
        lines = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
        return tuple(_promotion(json.loads(line)) for line in lines if line.strip())
    except (ValueError, KeyError, TypeError) as error:
        raise ChecksFailed(f"{log}: not readable: {error}") from error


def artefacts(settings: Settings) -> list[Path]:
    """The files that the champion scores with and is watched by, by which a build is known."""
    chosen = champion(settings)
    if chosen is None:
        return []
    folder = models_folder(settings) / chosen.model_id
    found = [*folder.glob(f"*/{chosen.candidate}/*"), *folder.glob(f"*/{shares.FILE}")]
    return sorted(p for p in found if p.is_file())


def faults(settings: Settings, indicators: tuple[Indicator, ...]) -> tuple[int, list[str]]:
    """How many trained models there are, and what contradicts itself: unreadable files, promotions out of order."""
    found, ids = [], sorted(p.parent.name for p in models_folder(settings).glob(f"*/{CARD}"))
    for model_id in ids:
        try:
            same = card(settings, model_id)["indicator_set"] == set_version(indicators)
            for folder in _origins(settings, model_id):
                shares.load(folder)
                for candidate in (c for c in CANDIDATES if (folder / c).is_dir() and same):
                    load(folder / candidate, Champion(model_id, candidate), indicators)
        except (PipelineError, OSError, ValueError, KeyError, TypeError) as error:
            found.append(f"{model_id}: not readable: {error}")
    return len(ids), found + _promotion_faults(settings, ids)


def _promotion_faults(settings: Settings, ids: list[str]) -> list[str]:
    """Each line follows in time and begins where the one before ended; the last names a model that is there.

    champion.json may lag one promotion behind: a run that died between the two has lost nothing.
    """
    try:
        lines = promotions(settings)
    except ChecksFailed as error:
        return [str(error)]
    found: list[str] = []
    before, at = None, ""
    for number, line in enumerate(lines, 1):
        if line.before != before:
            found.append(f"{PROMOTIONS} line {number}: before is {line.before}, expected {before}")
        if line.at < at:
            found.append(f"{PROMOTIONS} line {number}: {line.at} is earlier than the line before")
        before, at = line.after, line.at
    path = models_folder(settings) / CHAMPION
    named = Champion(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None
    if named not in ((lines[-1].before, lines[-1].after) if lines else (None,)):
        found.append(f"{CHAMPION}: names {named}, the last promotion {before}: promote again")
    if before is not None and before.model_id not in ids:
        found.append(f"{PROMOTIONS}: there is no model {before.model_id}")
    return found


def _note(settings: Settings, model_id: str) -> None:
    """Repeat on the card what promotions.jsonl says of the model."""
    said = card(settings, model_id)
    said["promotions"] = [asdict(p) for p in promotions(settings) if p.after.model_id == model_id]
    write_atomically(models_folder(settings) / model_id / CARD, _json(said))


def _promotion(raw: dict[str, Any]) -> Promotion:
    before = Champion(**raw["before"]) if raw["before"] else None
    return Promotion(raw["at"], raw["by"], raw["why"], before, Champion(**raw["after"]))


def _origins(settings: Settings, model_id: str) -> list[Path]:
    return sorted(p for p in (models_folder(settings) / model_id).iterdir() if p.is_dir())


def _line(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / LINE).read_text(encoding="utf-8"))
    return content


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True, default=str) + "\n"
