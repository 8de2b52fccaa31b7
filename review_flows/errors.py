"""Every error a person can cause or meet, as one tree.

    ReviewFlowsError
    ├─ SettingsError            setting, reason
    ├─ CatalogError             file, key, reason
    ├─ DraftError               file, reason
    ├─ IntakeError              file, reason            (the folder goes to quarantine)
    ├─ NotFound                 what, name
    ├─ ProcedureError           case, step, reason
    │  ├─ MissingPrerequisite   case, step, lacking, rule
    │  └─ StepAlreadyDone       case, step, done_on
    ├─ SignOffError             reason
    └─ AuditChainBroken         seq, reason

Each carries its facts as attributes and prints one Chinese sentence: what cannot be done, why, under which provision,
what to do next. The command line turns it into exit code 2 without a traceback; the pages have one table from class to
status. Findings are not errors: a check returns them.
"""

from collections.abc import Sequence
from datetime import date


class ReviewFlowsError(Exception):
    """A request that cannot be honoured; `str()` is one Chinese sentence for the person who asked."""


class SettingsError(ReviewFlowsError):
    """A setting that cannot be used."""

    def __init__(self, setting: str, reason: str) -> None:
        self.setting, self.reason = setting, reason
        super().__init__(f"设置 {setting} 无法使用：{reason}")


class CatalogError(ReviewFlowsError):
    """Law data in `catalogs/` that is not as it must be."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        self.file, self.key, self.reason = file, key, reason
        where = f"{file} 的 {key}" if key else file
        super().__init__(f"目录数据有误：{where}：{reason}")


class DraftError(ReviewFlowsError):
    """A file that cannot be read as the document it claims to be."""

    def __init__(self, file: str, reason: str) -> None:
        self.file, self.reason = file, reason
        super().__init__(f"文件“{file}”无法读取：{reason}")


class IntakeError(ReviewFlowsError):
    """A submission that cannot be understood; it goes to quarantine with this reason."""

    def __init__(self, file: str, reason: str) -> None:
        self.file, self.reason = file, reason
        super().__init__(f"“{file}”不能登记：{reason}")


class NotFound(ReviewFlowsError):
    """Something named that does not exist; `what` is its Chinese noun."""

    def __init__(self, what: str, name: str) -> None:
        self.what, self.name = what, name
        super().__init__(f"没有找到{what}“{name}”，请核对后再试。")


class ProcedureError(ReviewFlowsError):
    """A move that the procedure does not allow now."""

    def __init__(self, case: str, step: str, reason: str) -> None:
        self.case, self.step, self.reason = case, step, reason
        super().__init__(f"{case}：{reason}")


class MissingPrerequisite(ProcedureError):
    """A step asked for before what it rests on is done; `rule` is the rule id, `lacking` the Chinese names."""

    def __init__(self, case: str, step: str, lacking: Sequence[str], rule: str, citation: str = "") -> None:
        self.lacking, self.rule, self.citation = tuple(lacking), rule, citation
        ground = f"（{citation}）" if citation else ""
        super().__init__(case, step, f"不能进入该环节：尚缺{'、'.join(self.lacking)}{ground}。请先补齐。")


class StepAlreadyDone(ProcedureError):
    """A step that was done before and is not open again."""

    def __init__(self, case: str, step: str, done_on: date) -> None:
        self.done_on = done_on
        super().__init__(case, step, f"该环节已于 {done_on.isoformat()} 办结，不能重复办理。")


class SignOffError(ReviewFlowsError):
    """An answer that cannot count as a sign-off: wrong person, wrong code, wrong version, too late."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class AuditChainBroken(ReviewFlowsError):
    """The audit trail does not prove itself; `seq` is the first bad entry."""

    def __init__(self, seq: int, reason: str) -> None:
        self.seq, self.reason = seq, reason
        super().__init__(f"审计记录自第 {seq} 条起不能自证：{reason}")
