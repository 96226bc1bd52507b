"""Public opinion on the internet (互联网舆情), as a monitoring service reports it."""

from __future__ import annotations

from datetime import date

from pipeline.domain import Text
from pipeline.feeds.contract import IDENTITY, FeedContract, Field, OneOf, Subject, WorkingDays

OPINION = FeedContract(
    code="opinion",
    title=Text("互联网舆情信息", "Public opinion on the internet"),
    supplier="第三方舆情监测",
    channels=("third",),
    category=8,
    time_limit=WorkingDays(3),
    subject=Subject.ENTERPRISE,
    key=("item_id",),
    happened_on="published_on",
    fields=(
        *IDENTITY,
        Field("item_id", str, Text("舆情编号", "Item no."), aliases=("舆情编码",), max_length=64),
        Field("published_on", date, Text("发布日期", "Published on"), required=True, aliases=("发布时间",)),
        Field("platform", str, Text("平台", "Platform"), aliases=("发布平台",), max_length=60),
        Field(
            "sentiment",
            OneOf(
                {
                    "positive": Text("正面", "Positive"),
                    "neutral": Text("中性", "Neutral"),
                    "negative": Text("负面", "Negative"),
                }
            ),
            Text("情感", "Sentiment"),
            required=True,
            aliases=("情感倾向",),
        ),
        Field(
            "topic",
            OneOf(
                {
                    "quality": Text("质量", "Quality"),
                    "food_safety": Text("食品安全", "Food safety"),
                    "labour": Text("劳动用工", "Labour"),
                    "fraud": Text("欺诈", "Fraud"),
                    "environment": Text("环境", "Environment"),
                    "other": Text("其他", "Other"),
                }
            ),
            Text("主题", "Topic"),
            aliases=("舆情主题",),
        ),
        Field("heat", int, Text("热度", "Heat"), aliases=("热度值",)),
        Field("verified", bool, Text("是否核实", "Verified"), aliases=("核实情况",)),
        Field("url", str, Text("链接", "Link"), aliases=("网址",), max_length=500),
    ),
    basis=("PROP", "SEED-4.3.2-8", "ITREE"),
)
