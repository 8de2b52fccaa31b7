"""The command line's own words in Chinese: help headings and usage errors, which Typer writes in English.

Typer carries its own copy of Click, so errors are told apart by the attributes that they carry, not by class.
"""

import re
from typing import Any, TypeVar

_HELP_WORDS = (
    ("Usage:", "用法："),
    ("Options:", "选项："),
    ("Commands:", "命令："),
    ("Arguments:", "参数："),
    ("[OPTIONS]", "[选项]"),
    ("[ARGS]...", "[参数]..."),
    ("COMMAND", "命令"),
    ("[required]", "[必填]"),
    ("[default: ", "[默认："),
    ("Show this message and exit.", "显示帮助并退出。"),
)
_MESSAGES = (
    (r"No such command '(.*)'", r"没有命令“\1”"),
    (r"Missing command", "请写明要执行的命令"),
    (r"Got unexpected extra arguments? \((.*)\)", r"多余的参数：\1"),
    (r"Option '?(\S+?)'? requires an argument", r"选项 \1 缺少它的值"),
    (r"Option '?(\S+?)'? does not take a value", r"选项 \1 不带值"),
    (r"'(.*)' is not a valid integer.*", r"“\1”不是整数"),
    (r"'(.*)' is not one of (.*)", r"“\1”不在可选值之内：\2"),
    (r"(?:Value error, )?'(.*)' does not match the formats? (.*)", r"“\1”不是日期，格式应为 2026-11-23"),
    (r"(?:File|Directory|Path) '(.*)' does not exist", r"“\1”不存在"),
    (r"(?:File|Directory|Path) '(.*)' is (?:a directory|a file|not readable|not writable)", r"“\1”不能这样使用"),
)

ENDS = ("。", "？")

CommandT = TypeVar("CommandT")


def in_chinese(command: CommandT) -> CommandT:
    """The same command, whose help (and that of its sub-commands) is headed in Chinese."""
    english = command.get_help  # type: ignore[attr-defined]  # a Typer command, whose class Typer keeps private

    def get_help(ctx: Any) -> str:
        text: str = english(ctx)
        for word, chinese in _HELP_WORDS:
            text = text.replace(word, chinese)
        return text

    command.get_help = get_help  # type: ignore[attr-defined]
    for child in getattr(command, "commands", {}).values():
        in_chinese(child)
    return command


def explain_usage(error: Any) -> str:
    """One Chinese sentence for what was wrong with the call."""
    ctx = getattr(error, "ctx", None)
    where = f" 用法见 {ctx.command_path} --help" if ctx else ""
    sentence = _sentence(error)
    return f"{sentence}{'' if sentence.endswith(ENDS) else '。'}{where}"


def _sentence(error: Any) -> str:
    if possible := getattr(error, "possibilities", None):
        return f"没有选项 {error.option_name}；是不是 {'、'.join(sorted(possible))}？"
    if type(error).__name__ == "NoSuchOption":
        return f"没有选项 {error.option_name}"
    if type(error).__name__ == "MissingParameter":
        return f"缺少{_parameter(error)}"
    message = _translated(getattr(error, "message", "") or str(error))
    return f"{_parameter(error)}的值不对：{message}" if getattr(error, "param", None) else message


def _parameter(error: Any) -> str:
    if not error.param:
        return "参数"
    options = [name for name in error.param.opts if name.startswith("-")]
    return f"选项 {options[0]} " if options else f"参数 {error.param.metavar or error.param.name} "


def _translated(message: str) -> str:
    bare = message.strip().rstrip(".")
    for pattern, chinese in _MESSAGES:
        if re.fullmatch(pattern, bare):
            return re.sub(pattern, chinese, bare)
    return bare
