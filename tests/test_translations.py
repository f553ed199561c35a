import re
from collections import Counter
from pathlib import Path

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools.misc import file_path
from odoo.tools.translate import TranslationModuleReader

MODULES = ("customer_archive", "customer_credit", "customer_survey")
LANGUAGES = ("zh_CN", "zh_TW")
# Encodings that lack the characters of the other script.
CHARSETS = {"zh_CN": "gb2312", "zh_TW": "big5"}

# Terms of the policies, wherever they are a text of their own.
GLOSSARY = {
    "Dossier": ("客户档案", "客戶檔案"),
    "Dossiers": ("客户档案", "客戶檔案"),
    "Customer Archive": ("客户档案", "客戶檔案"),
    "Customer Data Card": ("客户资料卡", "客戶資料卡"),
    "Business Unit": ("事业部", "事業部"),
    "Unit Manager": ("事业部经理", "事業部經理"),
    "Responsible Rep": ("责任业务员", "責任業務員"),
    "Keeper": ("档案管理员", "檔案管理員"),
    "Order Follow-up Group": ("跟单组", "跟單組"),
    "After-Sales Group": ("售后组", "售後組"),
    "Finance and Audit": ("财务审计部", "財務稽核部"),
    "Marketing Director": ("营销总监", "行銷總監"),
    "General Manager": ("总经理", "總經理"),
    "Project Lead": ("项目负责人", "專案負責人"),
    "Secrecy Level": ("密级", "機密等級"),
    "Internal": ("内部", "內部"),
    "Trade Secret": ("普通商密", "營業秘密"),
    "Core Trade Secret": ("核心商密", "核心營業秘密"),
    "Legal Representative": ("法定代表人", "法定代表人"),
    "Unified Social Credit Code": ("统一社会信用代码", "統一社會信用代碼"),
    "Registered Capital": ("注册资本", "註冊資本"),
    "Business Scope": ("经营范围", "經營範圍"),
    "Enterprise Nature": ("企业性质", "企業性質"),
    "Acquisition Channel": ("获客渠道", "開發管道"),
    "Approve": ("批准", "核准"),
    "Reject": ("驳回", "駁回"),
    "Withdraw": ("撤回", "撤回"),
    "Delegate": ("转交", "轉交"),
    "To Approve": ("待我审批", "待我簽核"),
    "Late": ("逾期", "逾期"),
    "Without Dossier": ("未建档", "未建檔"),
    "Credit Limit": ("信用额度", "信用額度"),
    "Available Credit": ("可用额度", "可用額度"),
    "Limit Use": ("额度使用率", "額度使用率"),
    "Credit Days": ("信用期限（天）", "信用期間（天）"),
    "Credit Hold": ("放行申请单", "放行申請單"),
    "Orders on Hold": ("待放行订单", "待放行訂單"),
    "Ask for Release": ("申请放行", "申請放行"),
    "Release": ("放行", "放行"),
    "Refuse": ("不予放行", "不予放行"),
    "Receivables": ("应收账款", "應收帳款"),
    "Over the Limit": ("超额度", "超額度"),
    "Contract Review": ("合同评审", "合約審查"),
    "Customer File Card": ("客户资料档案卡", "客戶資料檔案卡"),
    "Customer History Library": ("客户历史库", "客戶歷史庫"),
    "Completeness": ("资料完整度", "資料完整度"),
    "Major Change": ("重大变动事项", "重大異動事項"),
    "Major Changes": ("重大变动事项", "重大異動事項"),
    "Papers": ("资质证照", "資格證照"),
    "Business Licence": ("营业执照", "營業執照"),
    "Information Inbox": ("信息收件箱", "資訊收件匣"),
    "Incomplete": ("资料不全", "資料不全"),
    "Upkeep": ("资料维护", "資料維護"),
    "Accept Hand-over": ("接收档案", "接收檔案"),
    "Move to History": ("转入历史库", "轉入歷史庫"),
    "Reactivate": ("恢复为正式", "恢復為正式"),
    "Decide on Value": ("保存价值鉴定", "保存價值鑑定"),
    "To Re-confirm": ("待重新确认", "待重新確認"),
    "Handed Over": ("已移交", "已移交"),
    "Customer Satisfaction Form": ("客户满意度调查表", "客戶滿意度調查表"),
    "Dimension": ("满意度维度", "滿意度構面"),
    "Product Quality": ("产品质量", "產品品質"),
    "Service Quality": ("服务质量", "服務品質"),
    "Product Price": ("产品价格", "產品價格"),
    "Company Credit": ("公司信用", "公司信用"),
    "File": ("归档", "歸檔"),
}
# Mainland words and what Taiwan says.
NOT_TAIWANESE = {
    "信息": "資訊",
    "軟件": "軟體",
    "質量": "品質",
    "默認": "預設",
    "打印": "列印",
    "導出": "匯出",
    "用戶": "使用者",
    "審批": "簽核",
    "批准": "核准",
    "投訴": "客訴",
    "合同": "合約",
    "賬": "帳",
    "維度": "構面",
    "聯繫": "聯絡",
    "網絡": "網路",
    "鏈接": "連結",
    "項目": "專案",
    "數據": "資料",
}
LABELS = {
    "customer.dossier": {
        "number": ("编号", "編號"),
        "partner_id": ("客户", "客戶"),
        "team_id": ("事业部", "事業部"),
        "user_id": ("责任业务员", "責任業務員"),
        "keeper_id": ("档案管理员", "檔案管理員"),
        "secrecy_level_id": ("密级", "機密等級"),
    },
    "res.partner": {
        "dossier_number": ("档案编号", "檔案編號"),
        "credit_code": ("统一社会信用代码", "統一社會信用代碼"),
    },
    "customer.credit.account": {
        "limit_today": ("信用额度", "信用額度"),
        "exposure": ("已占用额度", "已用額度"),
        "available": ("可用额度", "可用額度"),
    },
    "customer.credit.hold": {
        "partner_id": ("客户", "客戶"),
        "limit_amount": ("信用额度", "信用額度"),
        "user_id": ("责任业务员", "責任業務員"),
    },
    "customer.survey.campaign": {
        "survey_id": ("问卷", "問卷"),
        "index": ("满意度指数", "滿意度指數"),
    },
}
_APPROVAL = {
    "none": ("未提交", "未提交"),
    "pending": ("审批中", "簽核中"),
    "approved": ("已批准", "已核准"),
    "rejected": ("已驳回", "已駁回"),
}
_HOLD = {
    "waiting": ("待放行", "待放行"),
    "released": ("已放行", "已放行"),
    "refused": ("不予放行", "不予放行"),
    "lapsed": ("已失效", "已失效"),
}
STATES = {
    ("customer.dossier", "state"): {
        "preliminary": ("初步档案", "初步檔案"),
        "submitted": ("已提交", "已提交"),
        "formal": ("正式档案", "正式檔案"),
        "history": ("历史库", "歷史庫"),
        "destroyed": ("已销毁", "已銷毀"),
    },
    ("customer.dossier", "approval_state"): _APPROVAL,
    ("customer.measure", "approval_state"): _APPROVAL,
    ("customer.approval", "state"): {
        "pending": _APPROVAL["pending"],
        "approved": _APPROVAL["approved"],
        "rejected": _APPROVAL["rejected"],
        "withdrawn": ("已撤回", "已撤回"),
    },
    ("customer.measure", "state"): {
        "proposed": ("已提出", "已提出"),
        "approved": ("已批准", "已核准"),
        "executing": ("执行中", "執行中"),
        "effective": ("有效", "有效"),
        "not_effective": ("无效", "無效"),
    },
    ("customer.contract", "state"): {
        "draft": ("草稿", "草稿"),
        "review": ("评审中", "審查中"),
        "signed": ("已签订", "已簽訂"),
        "ended": ("已终止", "已終止"),
    },
    ("customer.handover", "state"): {
        "open": ("待接收", "待接收"),
        "done": ("已交接", "已交接"),
    },
    ("customer.credit.account", "control"): {
        "none": ("不控制", "不控管"),
        "limited": ("额度控制", "額度控管"),
        "blocked": ("禁止赊销", "禁止賒銷"),
    },
    ("customer.credit.account", "status"): {
        "normal": ("正常", "正常"),
        "warning": ("接近额度", "接近額度"),
        "hold": ("暂停赊销", "暫停賒銷"),
    },
    ("sale.order", "credit_state"): {
        "none": ("不检查", "不檢查"),
        "ok": ("额度内", "額度內"),
        "warning": ("接近额度", "接近額度"),
        "held": ("待放行", "待放行"),
        "released": ("已放行", "已放行"),
        "refused": ("不予放行", "不予放行"),
    },
    ("customer.credit.hold", "state"): _HOLD,
    ("customer.survey.campaign", "state"): {
        "draft": ("草稿", "草稿"),
        "checked": ("已核对", "已核對"),
        "running": ("进行中", "進行中"),
        "closed": ("已结束", "已結束"),
        "filed": ("已归档", "已歸檔"),
    },
    ("customer.survey.response", "state"): {
        "to_ask": ("待调查", "待調查"),
        "invited": ("已发放", "已發放"),
        "answered": ("已收回", "已收回"),
        "declined": ("客户谢绝", "客戶婉拒"),
        "unreachable": ("无法联系", "無法聯絡"),
    },
}

_PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sdr]|\{\{.*?\}\}|\{\w+\}")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
# What a translation may change inside a tag.
_TEXT_ATTRIBUTE = re.compile(r'\b(title|alt|placeholder|string|aria-label)="[^"]*"')
_HAN = "\u4e00-\u9fff"
_FULL_WIDTH = "，。；：！？（）、“”「」《》"
_CHINESE_GAP = re.compile(rf"[{_HAN}{_FULL_WIDTH}] +[{_HAN}{_FULL_WIDTH}]")
# beside a Chinese character, or at the end of a line that has one
_HALF_WIDTH = re.compile(
    rf"[{_HAN}{_FULL_WIDTH}][,.;:!?()]|[,;:!?()][{_HAN}]|[{_HAN}].*[.,;:!?]\s*$",
    re.MULTILINE,
)
_ENDS = {".": "。", ":": "：", "?": "？"}


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    """Everything that our addons say is said in Chinese, in both scripts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.exported = {module: set() for module in MODULES}
        for row in TranslationModuleReader(cls.env.cr, modules=list(MODULES)):
            module, source = row[0], row[4]
            cls.exported[module].add(source)
        cls.files = {
            (module, name): polib.pofile(file_path(f"{module}/i18n/{name}"))
            for module in MODULES
            for name in (f"{module}.pot", *(f"{lang}.po" for lang in LANGUAGES))
        }

    def _entries(self):
        """Yield module, language and entry of every translation."""
        for module in MODULES:
            for lang in LANGUAGES:
                for entry in self.files[module, f"{lang}.po"]:
                    if not entry.obsolete and entry.msgstr:
                        yield module, lang, entry

    def _assert_none(self, faults, headline):
        """Fail with one line per fault."""
        lines = "\n".join(f"  {fault}" for fault in sorted(faults))
        self.assertFalse(faults, f"{headline}:\n{lines}")

    def test_templates_hold_exactly_the_terms_of_the_addons(self):
        faults = []
        for module in MODULES:
            name = f"{module}.pot"
            kept = {entry.msgid: entry for entry in self.files[module, name]}
            exported = self.exported[module]
            faults += [f"{name} lacks {term!r}" for term in exported - kept.keys()]
            # an extended model's name is a term of the addon in a new database only
            faults += [
                f"{name} still has {term!r}"
                for term in kept.keys() - exported
                if not all(
                    "ir.model,name" in line for line, _no in kept[term].occurrences
                )
            ]
        self._assert_none(faults, "Export the templates again")

    def test_every_term_is_translated(self):
        faults = []
        for module in MODULES:
            for lang in LANGUAGES:
                name = f"{module}/i18n/{lang}.po"
                entries = self.files[module, f"{lang}.po"]
                translated = {
                    entry.msgid
                    for entry in entries
                    if entry.msgstr and not (entry.obsolete or entry.fuzzy)
                }
                missing = self.exported[module] - translated
                faults += [f"{name}: no translation of {term!r}" for term in missing]
                faults += [
                    f"{name}: fuzzy or obsolete {entry.msgid!r}"
                    for entry in entries
                    if entry.obsolete or entry.fuzzy
                ]
        self._assert_none(faults, "Untranslated")

    def test_files_name_their_language(self):
        for module in MODULES:
            folder = Path(file_path(f"{module}/i18n"))
            with self.subTest(module=module):
                self.assertEqual(
                    {path.name for path in folder.iterdir()},
                    {f"{module}.pot", "zh_CN.po", "zh_TW.po"},
                )
            for lang in LANGUAGES:
                with self.subTest(module=module, lang=lang):
                    metadata = self.files[module, f"{lang}.po"].metadata
                    self.assertEqual(metadata["Language"], lang)
                    self.assertEqual(metadata["Plural-Forms"], "nplurals=1; plural=0;")

    def test_placeholders_and_tags_are_kept(self):
        faults = []
        for module, lang, entry in self._entries():
            for kind, found in (("placeholders", _PLACEHOLDER), ("tags", _TAG)):
                source, target = (
                    Counter(found.findall(_TEXT_ATTRIBUTE.sub(r"\1", text)))
                    for text in (entry.msgid, entry.msgstr)
                )
                if source != target:
                    differ = ", ".join((source - target) + (target - source))
                    faults.append(
                        f"{module} {lang}: {kind} {differ} in {entry.msgid!r}"
                    )
        self._assert_none(faults, "Placeholders or tags differ")

    def test_punctuation_is_chinese(self):
        faults = []
        for module, lang, entry in self._entries():
            text = _PLACEHOLDER.sub("X", entry.msgstr)
            where = f"{module} {lang}: {entry.msgstr!r}"
            if _CHINESE_GAP.search(_TAG.sub("X", text)):
                faults.append(f"{where}: space between Chinese and Chinese")
            text = _TAG.sub("", text)
            if _HALF_WIDTH.search(text):
                faults.append(f"{where}: half-width punctuation in Chinese")
            if not re.search(f"[{_HAN}]", text):
                continue
            source = _TAG.sub("", entry.msgid).strip()
            expected = _ENDS.get(source[-1:])
            if expected and not text.strip().endswith(expected):
                faults.append(f"{where}: does not end with {expected}")
            elif not expected and text.strip()[-1] in _ENDS.values():
                faults.append(f"{where}: ends unlike {entry.msgid!r}")
        self._assert_none(faults, "Punctuation")

    def test_scripts_are_not_mixed(self):
        faults = []
        for module, lang, entry in self._entries():
            other = {
                character
                for character in re.findall(f"[{_HAN}]", entry.msgstr)
                if not character.encode(CHARSETS[lang], "ignore")
            }
            if other:
                faults.append(f"{module} {lang}: {''.join(other)} in {entry.msgstr!r}")
        self._assert_none(faults, "Characters of the other script")

    def test_taiwan_says_it_its_own_way(self):
        faults = []
        for module, lang, entry in self._entries():
            if lang != "zh_TW":
                continue
            faults += [
                f"{module}: {word}, not {mainland}, in {entry.msgstr!r}"
                for mainland, word in NOT_TAIWANESE.items()
                if mainland in entry.msgstr
            ]
            if "檔案" in entry.msgstr and not re.search(
                "dossier|archive|keeper|preliminary|formal|file card|hand-over",
                entry.msgid,
                re.IGNORECASE,
            ):
                faults.append(f"{module}: 檔案 without a dossier in {entry.msgstr!r}")
        self._assert_none(faults, "Not the words of Taiwan")

    def test_glossary(self):
        faults, seen = [], set()
        for module, lang, entry in self._entries():
            expected = GLOSSARY.get(entry.msgid)
            if not expected:
                continue
            seen.add(entry.msgid)
            word = expected[LANGUAGES.index(lang)]
            if entry.msgstr != word:
                faults.append(
                    f"{module} {lang}: {entry.msgid} is {word}, not {entry.msgstr}"
                )
        faults += [f"{term} is said nowhere" for term in GLOSSARY.keys() - seen]
        self._assert_none(faults, "Glossary")

    def test_labels_arrive_on_the_screen(self):
        for position, lang in enumerate(LANGUAGES):
            for model, labels in LABELS.items():
                fields = self.env[model].with_context(lang=lang).fields_get()
                with self.subTest(lang=lang, model=model):
                    self.assertEqual(
                        {name: fields[name]["string"] for name in labels},
                        {name: words[position] for name, words in labels.items()},
                    )

    def test_states_arrive_on_the_screen(self):
        for position, lang in enumerate(LANGUAGES):
            for (model, field), states in STATES.items():
                fields = self.env[model].with_context(lang=lang).fields_get([field])
                selection = dict(fields[field]["selection"])
                with self.subTest(lang=lang, model=model, field=field):
                    self.assertEqual(
                        {value: selection[value] for value in states},
                        {value: words[position] for value, words in states.items()},
                    )
