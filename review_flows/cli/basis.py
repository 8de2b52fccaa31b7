"""`basis add | list | remove | search | compare`: texts registered as basis, and a draft held against them."""

from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from review_flows import settings
from review_flows.cli.output import print_json, print_table, say
from review_flows.errors import NotFound
from review_flows.law.strict import day as read_day

if TYPE_CHECKING:
    from review_flows.text.draft import Draft
    from review_flows.text.upper_law import Beside, Nearest

CHINA = timezone(timedelta(hours=8))
_SHOWN = 60  # characters of a provision in a table

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def add(
    files: list[Path] = typer.Argument(..., metavar="文件...", help="法律、法规、规章的正文，.docx 或 .txt"),
) -> None:
    """登记比对依据：复制到数据目录的 texts 下，建立检索。"""
    from review_flows.records import basis_texts

    here = settings.load()
    for file in files:
        target, draft = basis_texts.register(file, here.home / basis_texts.FOLDER)
        print(f"已登记《{target.stem}》，{len(draft.articles)}条。")
    with basis_texts.opened(here.home, here.catalogs, here.database_url):
        pass


@app.command(name="list")
def list_texts(as_json: bool = typer.Option(False, "--json", help="输出 JSON")) -> None:
    """列出已登记的依据：名称、条数、文件。"""
    from review_flows.records import basis_texts

    here = settings.load()
    with basis_texts.opened(here.home, here.catalogs, here.database_url) as texts:
        listed = texts.texts()
    if as_json:
        print_json(
            [
                {"title": t.title, "articles": t.articles, "sha256": t.sha256, "file": str(t.path), "fault": t.fault}
                for t in listed
            ]
        )
    else:
        print_table(
            ("名称", "条数", "文件", "说明"), [(t.title, str(t.articles), t.path.name, t.fault or "") for t in listed]
        )


@app.command()
def remove(title: str = typer.Argument(..., metavar="名称", help="已登记的名称")) -> None:
    """取消登记：删去数据目录 texts 下的文件（目录数据里的依据须在 catalogs/texts 中删）。"""
    from review_flows.law.statutes import plain
    from review_flows.records import basis_texts

    here = settings.load()
    folder = here.home / basis_texts.FOLDER
    with basis_texts.opened(here.home, here.catalogs, here.database_url) as texts:
        found = [t for t in texts.texts() if plain(t.title) == plain(title) and t.path.is_relative_to(folder)]
        if not found:
            raise NotFound("已登记的依据", title)
        for text in found:
            text.path.unlink()
        texts.refresh()
    print(f"已取消登记《{title}》。")


@app.command()
def search(
    words: list[str] = typer.Argument(..., metavar="词...", help="要找的词；几个词都要出现"),
    limit: int = typer.Option(20, "--limit", min=1, max=500, metavar="条数", help="最多列出多少条"),
    as_json: bool = typer.Option(False, "--json", help="输出 JSON"),
) -> None:
    """在已登记的依据中全文检索。"""
    from review_flows.records import basis_texts

    here = settings.load()
    with basis_texts.opened(here.home, here.catalogs, here.database_url) as texts:
        found = [match.provision for match in texts.search(" ".join(words), limit=limit)]
    if as_json:
        print_json(
            [{"statute": p.title, "article": p.article, "paragraph": p.paragraph, "text": p.text} for p in found]
        )
    elif found:
        print_table(
            ("依据", "条", "款", "内容"), [(p.title, p.article, str(p.paragraph), _short(p.text)) for p in found]
        )
    else:
        say("没有找到。")


@app.command()
def compare(
    file: Path = typer.Argument(..., metavar="文稿", help=".docx 或 .txt"),
    only: list[str] = typer.Option([], "--with", metavar="名称", help="只与这些依据比对；可以多次给出"),
    on: str = typer.Option("", "--on", metavar="日期", help="按这一天的法律判断引用，默认今天"),
    json_file: Path | None = typer.Option(None, "--json", metavar="文件", help="把结果写成 JSON"),
) -> None:
    """上位法比对：逐条列出最接近的上位法条文、相同程度和不同的词。"""
    from review_flows.law.statutes import load_statutes
    from review_flows.records import basis_texts
    from review_flows.text import form_rules, upper_law
    from review_flows.text.citing import cited_in
    from review_flows.text.reading import read

    here = settings.load()
    try:
        draft = read(file.read_bytes(), file.name)
    except OSError as error:
        raise NotFound("文件", str(file)) from error
    cited = cited_in(draft, load_statutes(here.catalogs), on=_day(on))
    with basis_texts.opened(here.home, here.catalogs, here.database_url) as texts:
        known = texts.texts()
        if not known:
            raise NotFound("已登记的依据", "（还没有登记任何依据，先用 basis add 登记）")
        compared = upper_law.compare_with_basis(
            draft, lambda text: [m.provision for m in texts.nearest(text, titles=only)], texts.article, cited
        )
    found = upper_law.findings(draft, compared, form_rules.load(here.catalogs))
    if json_file is not None:
        basis = [{"title": t.title, "articles": t.articles, "sha256": t.sha256} for t in known]
        print_json(_json(draft, basis, compared, found), json_file)
    else:
        _print(compared)
        for finding in found:
            say(f"{finding.place.article}：{finding.message}")


def _day(text: str) -> date:
    found = read_day(text) if text else datetime.now(CHINA).date()
    if found is None:
        raise typer.BadParameter(f"“{text}”不是日期，应写作 2026-11-23", param_hint="--on")
    return found


def _json(draft: "Draft", basis: list[dict[str, Any]], compared: "list[Beside]", found: list[Any]) -> dict[str, Any]:
    from dataclasses import asdict

    articles = [{"article": b.article.label, "nearest": [_near_json(n) for n in b.nearest]} for b in compared]
    return {"file": draft.sha256, "basis": basis, "articles": articles, "findings": [asdict(f) for f in found]}


def _near_json(near: "Nearest") -> dict[str, Any]:
    return {
        "paragraph": near.paragraph,
        "statute": near.provision.title,
        "article": near.provision.article,
        "statute_paragraph": near.provision.paragraph,
        "likeness": near.likeness,
        "copied": near.copied,
        "cited": near.is_cited,
        "pieces": [{"kind": piece.kind, "text": piece.text} for piece in near.pieces],
        "departures": [{"type": d.type, "upper": d.upper, "own": d.own, "weight": d.weight} for d in near.departures],
    }


def _print(compared: "list[Beside]") -> None:
    rows = [
        (
            b.article.label,
            f"{n.provision.title}{n.provision.article}",
            f"{round(n.likeness * 100)}%",
            "引用" if n.is_cited else "",
            _marked(n),
        )
        for b in compared
        for n in b.nearest
    ]
    print_table(("本稿", "上位法", "相同", "", "[-上位法-]{+本稿+}"), rows)


def _marked(near: "Nearest") -> str:
    """The differing words, each with a little of what stands around it."""
    out = []
    for piece in near.pieces:
        if piece.kind == "equal":
            out.append(piece.text if len(piece.text) <= 8 else f"{piece.text[:3]}…{piece.text[-3:]}")
        else:
            out.append(f"[-{_short(piece.text, 20)}-]" if piece.kind == "delete" else f"{{+{_short(piece.text, 20)}+}}")
    return _short("".join(out), 3 * _SHOWN)


def _short(text: str, most: int = _SHOWN) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
