"""What stands in the log: every action by its code, the family it belongs to, and its name as people read it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pipeline.domain import Text
from pipeline.stores.access import Role
from pipeline.stores.operations.case_rules import Step


class Family(Enum):
    """Kinds of acts; the name is what an address says."""

    SESSION = Text("登录与密码", "Signing in")
    ACCOUNT = Text("账号管理", "Accounts")
    BUILD = Text("构建与备份", "Builds and backups")
    LOG = Text("日志核验", "Checks of the log")
    VIEW = Text("查阅档案", "Looking at firms")
    EXPORT = Text("导出", "Exports")
    CASE = Text("预警处置", "Warnings")
    CHECK = Text("双随机抽查", "Inspections")
    DELIVERY = Text("信息归集", "Deliveries")
    PILOT = Text("试点任务", "Pilot tasks")
    POLICY = Text("模型与规则", "Models and policies")
    FILTER = Text("常用方案", "Saved filters")
    REFUSED = Text("越权被拒", "Refusals")
    OTHER = Text("其他", "Others")

    @property
    def title(self) -> Text:
        """The name of the family as people read it."""
        return self.value


@dataclass(frozen=True)
class Action:
    """What one code of the log means."""

    family: Family
    title: Text


ACTIONS: dict[str, Action] = {
    "sign_in": Action(Family.SESSION, Text("登录", "Signed in")),
    "sign_in_refused": Action(Family.SESSION, Text("登录被拒", "Sign-in refused")),
    "sign_out": Action(Family.SESSION, Text("退出", "Signed out")),
    "sign_out_everywhere": Action(Family.SESSION, Text("在所有设备上退出", "Signed out everywhere")),
    "password_changed": Action(Family.SESSION, Text("修改密码", "Changed the password")),
    "password_refused": Action(Family.SESSION, Text("修改密码被拒", "Password change refused")),
    "account_added": Action(Family.ACCOUNT, Text("新增账号", "Added an account")),
    "account_changed": Action(Family.ACCOUNT, Text("修改账号", "Changed an account")),
    "account_disabled": Action(Family.ACCOUNT, Text("停用账号", "Disabled an account")),
    "account_enabled": Action(Family.ACCOUNT, Text("启用账号", "Enabled an account")),
    "password_reset": Action(Family.ACCOUNT, Text("重置密码", "Reset a password")),
    "build.start": Action(Family.BUILD, Text("启动构建", "Started a build")),
    "build.rollback": Action(Family.BUILD, Text("回退批次", "Rolled a build back")),
    "build.return": Action(Family.BUILD, Text("恢复回退的批次", "Brought a build back")),
    "backup.make": Action(Family.BUILD, Text("备份", "Made a backup")),
    "backup.restore": Action(Family.BUILD, Text("由备份还原", "Restored a backup")),
    "log.verify": Action(Family.LOG, Text("核验日志", "Verified the log")),
    "case_view": Action(Family.VIEW, Text("查阅企业档案", "Viewed a firm")),
    "case_print": Action(Family.VIEW, Text("打印企业档案", "Printed a firm's archive")),
    "window_lookup": Action(Family.VIEW, Text("窗口查询", "Looked up at a window")),
    "export": Action(Family.EXPORT, Text("导出", "Exported")),
    "cases.open": Action(Family.CASE, Text("生成预警", "Opened warnings")),
    **{f"case.{s.name.lower()}": Action(Family.CASE, s.title) for s in Step},
    "draw.hold": Action(Family.CHECK, Text("举行抽取", "Held a draw")),
    "draw.void": Action(Family.CHECK, Text("作废抽取", "Voided a draw")),
    "result.record": Action(Family.CHECK, Text("录入检查结果", "Entered a result")),
    "result.import": Action(Family.CHECK, Text("导入检查结果", "Imported results")),
    "upload.try": Action(Family.DELIVERY, Text("试读文件", "Tried a file")),
    "upload.receive": Action(Family.DELIVERY, Text("送达文件", "Delivered a file")),
    "delivery.accept": Action(Family.DELIVERY, Text("接收搁置文件", "Accepted a file set aside")),
    "set_task": Action(Family.PILOT, Text("更新试点任务", "Updated a pilot task")),
    "model.promote": Action(Family.POLICY, Text("启用模型", "Promoted a model")),
    "policy.propose": Action(Family.POLICY, Text("提出规则修改", "Proposed a policy")),
    "policy.withdraw": Action(Family.POLICY, Text("撤回规则修改", "Withdrew a proposal")),
    "filter.save": Action(Family.FILTER, Text("保存方案", "Saved a filter")),
    "filter.rename": Action(Family.FILTER, Text("方案改名", "Renamed a filter")),
    "filter.delete": Action(Family.FILTER, Text("删除方案", "Deleted a filter")),
    "refused": Action(Family.REFUSED, Text("越权被拒", "Refused")),
}
"""Code -> what it means. A code that is not here stands in the log as it is, and among the others."""

WITHOUT_FIRMS = (Family.SESSION, Family.ACCOUNT, Family.BUILD, Family.LOG)
"""Families whose rows name neither a firm nor a case: all that an administrator sees."""
FAMILIES_OF: dict[Role, tuple[Family, ...]] = {Role.SUPERVISOR: tuple(Family), Role.ADMIN: WITHOUT_FIRMS}
"""Who sees which families; a role that is not here sees nothing of the log."""


def action_of(code: str) -> Action:
    """What a code means; one that is not known is called by its code."""
    return ACTIONS.get(code) or Action(Family.OTHER, Text(code, code))


def codes_of(family: Family) -> tuple[str, ...]:
    """The codes of a family; none for the others, which are all that nobody declared."""
    return tuple(code for code, action in ACTIONS.items() if action.family is family)
