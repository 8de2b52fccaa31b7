"""`submit FOLDER`: register what a folder holds, or say at once all that it lacks."""

from pathlib import Path
from typing import Annotated

import typer

from review_flows.cli.home import opened
from review_flows.cli.output import print_json, say

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command(help="送审：登记一个材料文件夹（submission.yaml 和所列文件），或一次性告知全部缺项。")
def submit(
    folder: Annotated[Path, typer.Argument(help="材料文件夹", show_default=False)],
    case: Annotated[str | None, typer.Option(help="并入已有事项的案号（补正、修改稿、环节结果）")] = None,
    step: Annotated[str | None, typer.Option(help="与 --case 连用：材料是哪个环节的结果")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """Exit 0 registered and complete; 1 registered, lacking; 2 not registered (quarantine)."""
    from review_flows.cases.intake import take_folder
    from review_flows.flows.steps import ARRIVALS

    with opened() as (home, catalogs):
        receipt = take_folder(home, catalogs, folder, now=home.now(), case=case, step=step, arrivals=ARRIVALS)
        if as_json:
            print_json(
                {
                    "case": receipt.case,
                    "state": receipt.state,
                    "lacking": [lack.name for lack in receipt.lacks],
                    "questions": [lack.name for lack in receipt.questions],
                }
            )
        else:
            say(receipt.text(catalogs).rstrip())
            print(receipt.case)
    if receipt.is_lacking:
        raise typer.Exit(1)
