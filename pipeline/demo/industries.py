"""What invented firms do: classes of GB/T 4754-2017, their weights, trade words and key fields.

Shares are estimates made for the synthetic city, not statistics.
"""

from __future__ import annotations

from dataclasses import dataclass, field

FIELDS = (
    "food_production",
    "food_sales",
    "catering",
    "special_food",
    "drug_retail",
    "medical_device",
    "special_equipment",
)
"""The key fields, in the order of every array over fields."""

SECTION_SHARE = {
    "A": 11, "B": 0.8, "C": 11, "D": 0.9, "E": 8, "F": 31, "G": 5, "H": 3.5, "I": 4, "J": 0.8, "K": 3.5, "L": 9.5,
    "M": 4.5, "N": 0.6, "O": 3, "P": 0.9, "Q": 1.2, "R": 0.8,
}  # fmt: skip
"""Enterprises by section, per cent (estimate)."""

SECTION_RISK = {
    "A": 0.10, "B": 0.20, "C": -0.10, "D": -0.35, "E": 0.25, "F": 0.0, "G": 0.05, "H": 0.30, "I": -0.10, "J": -0.30,
    "K": 0.15, "L": 0.25, "M": -0.15, "N": -0.20, "O": 0.20, "P": 0.05, "Q": -0.05, "R": 0.15,
}  # fmt: skip
"""Shift of every latent risk by section, in standard deviations."""


@dataclass(frozen=True)
class Industry:
    """A class of GB/T 4754: its weight inside the section, a word for names, and chances of key fields."""

    code: str
    weight: float
    word: str
    scope: str
    fields: dict[str, float] = field(default_factory=dict, hash=False)


_MAKER = {"food_production": 0.85, "special_equipment": 0.25}
_PLANT = {"special_equipment": 0.22}
_SHOP = {"food_sales": 0.95}
_TABLE = {"catering": 0.98, "food_sales": 0.05, "special_equipment": 0.05}

INDUSTRIES: dict[str, tuple[Industry, ...]] = {
    "A": (
        Industry("0111", 3, "种植", "谷物种植"),
        Industry("0141", 2, "蔬菜", "蔬菜种植"),
        Industry("0142", 2, "食用菌", "食用菌种植"),
        Industry("0179", 2, "参业", "中药材种植"),
        Industry("0313", 2, "养殖", "牲畜饲养"),
        Industry("0220", 1, "林业", "造林和更新"),
    ),
    "B": (
        Industry("1012", 2, "石材", "建筑装饰用石开采", {"special_equipment": 0.3}),
        Industry("0810", 1, "矿业", "铁矿采选", {"special_equipment": 0.6}),
    ),
    "C": (
        Industry("1311", 5, "米业", "稻谷加工", _MAKER),
        Industry("1373", 3, "果仁食品", "水果和坚果加工", _MAKER),
        Industry("1411", 2, "食品", "糕点面包制造", _MAKER),
        Industry("1492", 0.7, "保健食品", "保健食品制造", {"food_production": 0.95, "special_food": 0.95}),
        Industry("1515", 2, "酒庄", "葡萄酒制造", _MAKER),
        Industry("1522", 1.2, "矿泉水", "瓶装饮用水制造", _MAKER),
        Industry("2011", 14, "木业", "锯材加工", _PLANT),
        Industry("2110", 8, "家具", "木质家具制造", _PLANT),
        Industry("2319", 5, "印务", "包装装潢印刷", _PLANT),
        Industry("2720", 2, "制药", "化学药品制剂制造", {"special_equipment": 0.9}),
        Industry("2730", 3, "饮片", "中药饮片加工", {"special_equipment": 0.6}),
        Industry("2740", 3, "药业", "中成药生产", {"special_equipment": 0.9}),
        Industry("3021", 12, "建材", "水泥制品制造", _PLANT),
        Industry("3110", 1, "炼铁", "炼铁", {"special_equipment": 0.95}),
        Industry("3130", 3, "钢材", "钢压延加工", {"special_equipment": 0.9}),
        Industry("3311", 16, "金属结构", "金属结构制造", _PLANT),
        Industry("3489", 12, "机械", "通用零部件制造", _PLANT),
        Industry("3670", 7, "汽车零部件", "汽车零部件及配件制造", _PLANT),
    ),
    "D": (
        Industry("4430", 5, "热力", "热力生产和供应", {"special_equipment": 0.95}),
        Industry("4413", 2, "水电", "水力发电", {"special_equipment": 0.4}),
        Industry("4610", 2, "供水", "自来水生产和供应", {"special_equipment": 0.5}),
    ),
    "E": (
        Industry("4790", 4, "建筑工程", "房屋建筑", {"special_equipment": 0.15}),
        Industry("4813", 2, "市政工程", "市政道路工程建筑", {"special_equipment": 0.1}),
        Industry("4910", 2, "安装工程", "电气安装"),
        Industry("5012", 4, "装饰工程", "住宅装饰和装修"),
    ),
    "F": (
        Industry("5121", 4, "粮油", "米、面制品及食用油批发", {"food_sales": 0.9}),
        Industry("5127", 4, "酒业", "酒、饮料及茶叶批发", _SHOP),
        Industry("5212", 3.5, "超市", "超级市场零售", {"food_sales": 0.98, "special_food": 0.35, "special_equipment": 0.12}),
        Industry("5211", 4, "百货", "百货零售", {"food_sales": 0.5, "special_equipment": 0.12}),
        Industry("5225", 2.5, "保健食品销售", "营养和保健品零售", {"food_sales": 0.9, "special_food": 0.9}),
        Industry("5226", 3, "酒行", "酒、饮料及茶叶零售", _SHOP),
        Industry("5251", 4.8, "大药房", "西药零售", {"drug_retail": 0.98, "medical_device": 0.35, "special_food": 0.2}),
        Industry("5252", 0.8, "中药堂", "中药零售", {"drug_retail": 0.9}),
        Industry("5154", 2.2, "医疗器械", "医疗用品及器材批发", {"medical_device": 0.95}),
        Industry("5254", 1.6, "医疗用品", "医疗用品及器材零售", {"medical_device": 0.95}),
        Industry("5165", 14, "建材销售", "建材批发"),
        Industry("5164", 7, "金属材料", "金属及金属矿批发"),
        Industry("5117", 5, "参茸", "中药材批发", {"food_sales": 0.2}),
        Industry("5191", 5, "物资回收", "再生物资回收与批发"),
        Industry("5261", 7, "汽车销售", "汽车新车零售"),
        Industry("5265", 2, "石油制品", "机动车燃油零售", {"special_equipment": 0.5}),
        Industry("5232", 9, "服饰", "服装零售"),
        Industry("5281", 9, "五金", "五金零售"),
        Industry("5292", 12, "电子商务", "互联网零售", {"food_sales": 0.15}),
    ),
    "G": (
        Industry("5431", 6, "运输", "普通货物道路运输"),
        Industry("5821", 2, "物流", "货物运输代理", {"special_equipment": 0.1}),
        Industry("5990", 1, "仓储", "仓储", {"special_equipment": 0.2}),
    ),
    "H": (
        Industry("6110", 2, "酒店", "旅游饭店", {"catering": 0.6, "special_equipment": 0.8}),
        Industry("6129", 2, "宾馆", "一般旅馆", {"special_equipment": 0.35}),
        Industry("6210", 6, "餐饮", "正餐服务", _TABLE),
        Industry("6220", 2, "快餐", "快餐服务", _TABLE),
        Industry("6241", 0.5, "配餐", "餐饮配送服务", _TABLE),
    ),
    "I": (
        Industry("6513", 4, "软件", "应用软件开发"),
        Industry("6429", 3, "网络科技", "互联网信息服务"),
        Industry("6531", 2, "信息技术", "信息系统集成服务"),
    ),
    "J": (Industry("6632", 2, "小额贷款", "小额贷款公司服务"), Industry("6852", 2, "保险代理", "保险代理服务")),
    "K": (
        Industry("7010", 4, "房地产开发", "房地产开发经营", {"special_equipment": 0.1}),
        Industry("7020", 4, "物业", "物业管理", {"special_equipment": 0.75}),
        Industry("7030", 3, "房产中介", "房地产中介服务"),
    ),
    "L": (
        Industry("7212", 2, "投资", "投资与资产管理"),
        Industry("7111", 2, "汽车租赁", "汽车租赁"),
        Industry("7259", 4, "广告", "广告业"),
        Industry("7263", 2, "劳务", "劳务派遣服务"),
        Industry("7243", 4, "商务咨询", "社会经济咨询"),
        Industry("7291", 2, "旅行社", "旅行社及相关服务"),
    ),
    "M": (
        Industry("7481", 3, "工程管理", "工程管理服务"),
        Industry("7452", 1, "检测", "检测服务"),
        Industry("7511", 3, "农业技术", "农林牧渔技术推广服务"),
    ),
    "N": (Industry("7840", 2, "绿化", "绿化管理"), Industry("7861", 1, "景区", "名胜风景区管理", {"special_equipment": 0.3})),
    "O": (
        Industry("8010", 2, "家政", "家庭服务"),
        Industry("8040", 3, "美容", "理发及美容服务"),
        Industry("8051", 2, "洗浴", "洗浴服务", {"special_equipment": 0.5}),
        Industry("8111", 5, "汽车维修", "汽车修理与维护"),
    ),
    "P": (Industry("8310", 3, "幼儿园", "学前教育", {"catering": 0.85}), Industry("8391", 3, "培训", "职业技能培训")),
    "Q": (
        Industry("8411", 1, "医院", "综合医院", {"special_equipment": 0.85, "catering": 0.4}),
        Industry("8514", 3, "养老服务", "老年人养护服务", {"catering": 0.6, "special_equipment": 0.3}),
    ),
    "R": (Industry("8930", 2, "健身", "健身休闲活动"), Industry("9011", 2, "娱乐", "歌舞厅娱乐活动", {"special_equipment": 0.1})),
}  # fmt: skip

INDIVIDUALS: tuple[tuple[str, Industry, float], ...] = (
    ("F", Industry("5229", 1, "食杂店", "其他食品零售", {"food_sales": 1.0, "special_food": 0.02}), 38),
    ("F", Industry("5212", 1, "便民超市", "超级市场零售", {"food_sales": 1.0, "special_food": 0.1}), 24),
    ("F", Industry("5226", 1, "烟酒行", "酒、饮料及茶叶零售", {"food_sales": 1.0}), 5),
    ("H", Industry("6210", 1, "饭店", "正餐服务", {"catering": 1.0, "food_sales": 0.03}), 17),
    ("H", Industry("6291", 1, "小吃部", "小吃服务", {"catering": 1.0}), 11),
    ("F", Industry("5251", 1, "药店", "西药零售", {"drug_retail": 1.0, "medical_device": 0.1}), 3.2),
    ("F", Industry("5254", 1, "医疗器械店", "医疗用品及器材零售", {"medical_device": 1.0}), 0.8),
    ("C", Industry("1411", 1, "糕点作坊", "糕点面包制造", {"food_production": 1.0}), 1.0),
)
"""Individual businesses that hold a licence of a key field: section, industry, weight."""

ACCENTS: dict[tuple[str, str], float] = {
    ("220521", "27"): 3, ("220502", "27"): 3, ("220524", "15"): 4, ("220582", "15"): 4, ("220582", "0179"): 3,
    ("220521", "0179"): 3, ("220503", "31"): 4, ("220581", "1373"): 3, ("220581", "51"): 1.5,
}  # fmt: skip
"""(division, start of the industry code) -> factor: what a county is known for (estimate)."""
