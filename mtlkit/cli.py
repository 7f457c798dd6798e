"""The command line: what can be run, one setting, whole studies, verdicts, the report."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from tqdm import tqdm

from mtlkit import __version__, lessons
from mtlkit.errors import UsageError

if TYPE_CHECKING:
    from mtlkit.core.lesson import Lesson
    from mtlkit.core.verdict import Verdict

_scale = click.option(
    "--scale", default="lesson", show_default=True, help="One of smoke, lesson, paper."
)
_seeds = click.option(
    "--seeds",
    type=click.IntRange(1, 1000),
    help="Number of random seeds (default: the study's own; for a run 5, at smoke 2).",
)
_device = click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mtlkit")
def cli() -> None:
    """Experiments, verdicts and pictures of an explorable course on multi-task learning."""


@cli.command("list")
@click.option("--studies", is_flag=True, help="One line `LESSON STUDY` for each study.")
def list_(studies: bool) -> None:
    """List the lessons, or their studies."""
    for name in (*lessons.names(), *lessons.installed()):
        lesson = lessons.get(name)
        if not studies:
            click.echo(f"{lesson.number:02d}  {name:22} {lesson.title}  [{lesson.source}]")
            continue
        for study in lesson.studies:
            click.echo(f"{name} {study}")


@cli.command()
@click.argument("lesson")
@_scale
@click.option("--set", "settings", multiple=True, metavar="FIELD=VALUE", help="Change a setting.")
@_seeds
@_device
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
def run(
    lesson: str, scale: str, settings: tuple[str, ...], seeds: int | None, device: str, out: Path
) -> None:
    """Run one setting of LESSON and write result.json and tables/*.parquet.

    A result that stands in the folder is replaced.
    """
    chosen = lessons.get(lesson)
    from mtlkit.core.device import choose_device
    from mtlkit.core.lesson import Snapshot
    from mtlkit.core.paths import cache_root, writable_folder
    from mtlkit.core.result import check_replaceable
    from mtlkit.core.study import Runner, merged

    config = chosen.experiment.Config.preset(scale, **_pairs(settings))
    runner = Runner(chosen, choose_device(device))
    check_replaceable(writable_folder(out))
    writable_folder(cache_root(), "MTLKIT_CACHE")
    for warning in config.warnings():
        click.echo(f"warning: {warning}", err=True)
    with _bar(lesson) as bar:
        for item in runner.run(config, range(seeds or (2 if scale == "smoke" else 5))):
            if isinstance(item, Snapshot):
                _advance(bar, item.progress, item.part)
            else:
                result = merged(chosen, config, item)
    result.save(out)
    if "runs" in result.tables:
        for row in result.tables["runs"].query("diverged").itertuples():
            click.echo(f"seed {row.seed}, {row.strategy}: {row.cause}", err=True)
    click.echo(f"{out / 'result.json'}: {', '.join(sorted(result.tables))}")


@cli.command()
@click.argument("lesson")
@click.argument("study", required=False)
@_scale
@_seeds
@_device
@click.option(
    "--out", type=click.Path(path_type=Path), help="Pack to write to (default: results/LESSON)."
)
def reproduce(
    lesson: str, study: str | None, scale: str, seeds: int | None, device: str, out: Path | None
) -> None:
    """Recompute the studies of LESSON, or one STUDY, and the verdicts that rest on them.

    What was computed is kept: after an interruption the same command goes on where it was.
    """
    chosen = lessons.get(lesson)
    from mtlkit.core.device import choose_device
    from mtlkit.core.paths import cache_root, results_root, writable_folder
    from mtlkit.core.study import Progress
    from mtlkit.core.study import reproduce as compute

    names = [study] if study else list(chosen.studies)
    if study and study not in chosen.studies:
        raise UsageError(f"study = {study}: allowed is one of {', '.join(chosen.studies)}.")
    chosen.experiment.Config.preset(scale)
    where = choose_device(device)
    if seeds and not out:
        _keep_larger(lesson, names, scale, seeds)
    pack = writable_folder(out or results_root() / lesson)
    writable_folder(cache_root(), "MTLKIT_CACHE")
    with _bar(lesson) as bar:

        def show(progress: Progress) -> None:
            _advance(bar, progress.fraction, progress.doing)

        paths = compute(
            chosen, names, scale=scale, device=where, out=pack, seeds=seeds, report=show
        )
    for path in paths:
        click.echo(path)
    if scale == "smoke":
        click.echo("Scale smoke shows that all runs through; no verdict rests on it.")
    for verdict in _ledger([chosen], lambda _: pack):
        if verdict.claim.study in names and verdict.scale == scale:
            click.echo(f"{verdict.verdict:>18}  {verdict.claim.id}")


@cli.command()
@click.argument("names", metavar="[LESSON]...", nargs=-1)
@_scale
@click.option("--out", type=click.Path(path_type=Path), help="Folder (default: build/report).")
def report(names: tuple[str, ...], scale: str, out: Path | None) -> None:
    """Build the HTML report from the notebooks and the published studies."""
    chosen = [lessons.get(name) for name in names or lessons.names()]
    for lesson in chosen:
        lesson.experiment.Config.preset(scale)
    from mtlkit.core.paths import project_root, writable_folder
    from mtlkit.report import ReportFailed, build

    folder = writable_folder(out or project_root() / "build" / "report")
    try:
        click.echo(
            build(chosen, folder, scale=scale, tell=lambda doing: click.echo(doing, err=True))
        )
    except ReportFailed as failure:
        click.echo(f"mtlkit: {failure}", err=True)
        sys.exit(1)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="A JSON list of objects.")
@click.argument("names", metavar="[LESSON]...", nargs=-1)
def claims(as_json: bool, names: tuple[str, ...]) -> None:
    """The ledger: every claim with its verdict from the published studies."""
    verdicts = _ledger([lessons.get(name) for name in names or lessons.names()])
    if as_json:
        click.echo(json.dumps([verdict.as_dict() for verdict in verdicts], indent=1))
        return
    for verdict in verdicts:
        row = verdict.as_dict()
        click.echo(f"{row['verdict']:>18}  {row['id']}  [{row['data']}, {row['scale']}]")
        click.echo(f"{'':>18}  {row['statement']}")


def _ledger(
    chosen: list[Lesson], pack: Callable[[Lesson], Path | None] = lambda _: None
) -> list[Verdict]:
    from mtlkit.core.ledger import ledger
    from mtlkit.core.study import published

    packs = {lesson.name: pack(lesson) for lesson in chosen}
    return ledger(chosen, lambda name: published(name, packs[name]))


def _keep_larger(lesson: str, names: list[str], scale: str, seeds: int) -> None:
    """Refuse to put a study of fewer seeds in the place of a published one."""
    from mtlkit.core.study import published

    for study in published(lesson):
        known = study.provenance["seeds"]
        if study.study in names and study.scale == scale and seeds < known:
            raise UsageError(
                f"seeds = {seeds}: {study.study} is published with {known}; fewer are allowed "
                "with --out FOLDER."
            )


def _pairs(settings: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in settings:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"--set {text}: allowed is FIELD=VALUE.")
        if name.strip() in pairs:
            raise UsageError(f"--set {text}: {name.strip()} is set twice; allowed is once.")
        pairs[name.strip()] = value.strip()
    return pairs


def _bar(name: str) -> Any:
    """Progress with the time left; in a log, a line a minute of what takes longer than one."""
    rest = 0.1 if sys.stderr.isatty() else 60
    return tqdm(
        total=1.0,
        desc=name,
        delay=rest,
        mininterval=rest,
        bar_format="{desc} {percentage:3.0f}% |{bar}| {elapsed} gone, {remaining} left {postfix}",
    )


def _advance(bar: Any, share: float, doing: str) -> None:
    bar.set_postfix_str(doing, refresh=False)
    bar.update(max(0.0, share - bar.n))


def main() -> None:
    """Run the command line: exit 2 on a user's mistake, 130 on Ctrl-C."""
    try:
        cli.main(standalone_mode=False)
    except UsageError as error:
        click.echo(f"mtlkit: {error}", err=True)
        sys.exit(2)
    except click.ClickException as error:
        click.echo(f"mtlkit: {error.format_message()}", err=True)
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        click.echo(
            "mtlkit: interrupted; what was finished is kept, and the same command goes on there.",
            err=True,
        )
        sys.exit(130)
