"""`sign CASE`: answer a waiting form from a script, through Prefect's own API, or print the form's schema."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from review_flows import settings
from review_flows.cli.output import print_json
from review_flows.errors import SignOffError

if TYPE_CHECKING:
    from review_flows.flows.place import Place

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command(help="答复一项待办（经 Prefect 接口，与网页上的表单相同）；--form 打印表单结构。")
def sign(
    case: Annotated[str, typer.Argument(help="案号", show_default=False)],
    step: Annotated[str, typer.Option(help="环节，如 legality_review", show_default=False)],
    round: Annotated[int | None, typer.Option(help="第几轮（默认为正在等待的一轮）", min=1)] = None,
    person: Annotated[str | None, typer.Option("--as", help="签批人编号")] = None,
    code: Annotated[str | None, typer.Option(help="动态口令")] = None,
    answer: Annotated[
        Path | None, typer.Option(help="答复文件（YAML）：conclusion、reason、items、dates、accepts")
    ] = None,
    form: Annotated[bool, typer.Option("--form", help="只打印表单结构（JSON Schema），不答复")] = False,
) -> None:
    """Exit 0 recorded; 2 not accepted, with the reason."""
    place = _place()
    if form:
        return _print_form(place, case, step, round)
    lacking = [name for name, given in (("--as", person), ("--code", code), ("--answer", answer)) if given is None]
    if lacking:
        raise SignOffError(f"缺少选项 {'、'.join(lacking)}。用法见 review-flows sign --help")
    assert person is not None and code is not None and answer is not None
    return _sign(place, case, step, round, person, code, read_answer_file(answer))


def _place() -> "Place":
    from review_flows.flows.place import Place
    from review_flows.records.home import open_home

    found = settings.load()
    return Place(found, open_home(found))


def _print_form(place: "Place", case: str, step: str, round: int | None) -> None:
    from review_flows.flows.answering import asked_form, waiting

    print_json(asked_form(place, waiting(place, case, step, round=round)).model.model_json_schema())


def _sign(
    place: "Place", case: str, step: str, round: int | None, person: str, code: str, given: dict[str, Any]
) -> None:
    from review_flows.flows import answering

    with place.prefect() as prefect:
        wait = answering.waiting(place, case, step, round=round, person=person)
        taken = answering.answer(place, prefect, wait, person=person, code=code, given=given)
    print_json(
        {
            "case": case,
            "step": step,
            "round": wait.round,
            "person": person,
            "conclusion": given.get("conclusion"),
            "accepted": True,
            "proof": "code",
            "wait": taken.wait,
            "run": taken.run,
            "seconds": round_to(taken.seconds),
        }
    )


def round_to(seconds: float) -> float:
    """Seconds as people read them."""
    return float(f"{seconds:.2f}")


def read_answer_file(path: Path) -> dict[str, Any]:
    """The answer in a YAML file; dates stay text, as a form sends them."""
    import yaml

    try:
        # BaseLoader leaves every scalar as written: 2026-11-23 is no date object, 012 no number, no is no False.
        found = yaml.load(path.read_text("utf-8-sig"), yaml.BaseLoader)  # noqa: S506  # it makes strings only
    except FileNotFoundError as error:
        raise SignOffError(f"没有找到答复文件 {path}。") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SignOffError(
            f"答复文件 {path} 无法读取：{str(error).splitlines()[0]}。请检查是否为 UTF-8 编码的 YAML。"
        ) from error
    if not isinstance(found, dict):
        raise SignOffError(f"答复文件 {path} 里没有内容：至少要有 conclusion。")
    return {str(key): value for key, value in found.items()}
