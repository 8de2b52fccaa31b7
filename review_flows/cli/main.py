"""The door of the command line: a table of commands, each imported only when it is called.

Help is Chinese; so are usage errors. Exit codes: 0 answered; 1 answered, and something blocks; 2 the request cannot be
honoured (one Chinese sentence on stderr, nothing on stdout, no traceback).
"""

import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module

from review_flows.errors import ReviewFlowsError

# name: (module, attribute, help). The attribute is a Typer app; a group where it has several commands.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "up": ("up", "app", "启动整个系统：数据库、Prefect、处理进程、文件服务、收件；Ctrl-C 结束"),
    "demo": ("demo", "app", "全流程演示：四类事项从送审到归档，文件写入 --out 目录"),
    "plan": ("plan", "plan_app", "登记之前先看：法律要求哪些环节、材料、期限，各有何依据"),
    "due": ("plan", "due_app", "计算一条规则的一个期限"),
    "submit": ("submit", "app", "送审：登记一个材料文件夹，或一次性告知全部缺项"),
    "case": ("case", "app", "事项：列表、详情、经过、依据，以及撤回、中止、恢复、退回"),
    "sign": ("sign", "app", "以脚本答复待办表单（经 Prefect 接口）"),
    "redline": ("redline", "app", "比对两份文件：修订痕迹、修改对照表、网页、JSON"),
    "screen": ("screen", "app", "合法性初筛：逐条找出需要人工判断之处"),
    "basis": ("basis", "app", "上位法比对：登记依据、全文检索、逐条比对"),
    "catalog": ("catalog", "app", "法律数据：检查、列表、查看、流程图"),
    "decisions": ("decisions", "app", "重大行政决策年度目录"),
    "comments": ("comments", "app", "公众意见：导入、归并、答复、采纳情况报告"),
    "meetings": ("meetings", "app", "集体讨论：召集、议程、会议材料、记录确认、纪要"),
    "people": ("people", "app", "人员、角色与动态口令"),
    "audit": ("audit", "app", "审计记录：查询、校验、检查点、导出"),
    "dossier": ("dossier", "app", "一件一卷：导出可离线校验的案卷"),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line (`sys.argv` by default) and leave with its exit code."""
    try:
        sys.exit(_run(list(sys.argv[1:] if arguments is None else arguments)))
    except ReviewFlowsError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output went away (`| head`): that is their right. Nothing more may be flushed to it.
        sys.stdout = None
        sys.exit(0)


def _run(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("--help", "-h"):
        print(_overview())
        return 0 if arguments else 2
    name = arguments[0]
    if name not in COMMANDS:
        near = get_close_matches(name, COMMANDS)
        hint = f"；是不是 {'、'.join(near)}？" if near else "。"
        what = "选项" if name.startswith("-") else "命令"
        print(f"没有{what}“{name}”{hint} 全部命令见 review-flows --help", file=sys.stderr)
        return 2
    return _call(name, arguments[1:])


def _overview() -> str:
    width = max(map(len, COMMANDS)) + 2
    lines = [f"  {name:<{width}}{help_text}" for name, (_, _, help_text) in COMMANDS.items()]
    return "\n".join(
        (
            "用法：review-flows 命令 [选项] [参数]...",
            "",
            "法审：让依法办事的路成为最省事的路。",
            "",
            "命令：",
            *lines,
            "",
        )
        + ("每个命令的用法：review-flows 命令 --help",)
    )


def _call(name: str, arguments: list[str]) -> int:
    from typer.exceptions import Abort, Exit, TyperException
    from typer.main import get_command

    from review_flows.cli.wording import explain_usage, in_chinese

    module, attribute, help_text = COMMANDS[name]
    command = get_command(getattr(import_module(f"review_flows.cli.{module}"), attribute))
    command.help = command.help or help_text
    try:
        code = in_chinese(command).main(arguments, prog_name=f"review-flows {name}", standalone_mode=False)
    except Exit as leaving:
        return leaving.exit_code
    except Abort:
        print("已中断。", file=sys.stderr)
        return 130
    except TyperException as error:
        print(explain_usage(error), file=sys.stderr)
        return 2
    return code if isinstance(code, int) else 0
