"""`dossier CASE --out F.zip`: one case as one file that verifies without us."""

from pathlib import Path
from typing import Annotated

import typer

from review_flows.cli.home import opened

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command(help="一件一卷：目录、全部材料、签批单、经过和审计证明，装成一个可离线校验的文件。")
def dossier(
    case: Annotated[str, typer.Argument(metavar="案号", help="如 2026-ND-0001", show_default=False)],
    out: Annotated[Path, typer.Option(help="写到哪个 .zip 文件", show_default=False)],
) -> None:
    from review_flows.inspection.dossier import write_dossier

    with opened() as (home, catalogs):
        print(write_dossier(home, catalogs, case, out))
