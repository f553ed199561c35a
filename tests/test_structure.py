from datetime import datetime

from lxml import etree

from odoo import Command
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

MODULES = ("customer_archive", "customer_credit", "customer_survey")


@tagged("post_install", "-at_install")
class TestStructure(TransactionCase):
    """Whatever the addons declare loads, and somebody can reach it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # what it asks has tests of its own
        cls.env["customer.confidentiality.duty"].sudo().search([]).action_archive()
        groups = cls.env["res.groups"].search(
            [("privilege_id.category_id.name", "=like", "Customer%")]
        )
        groups |= cls._ours("res.groups")
        cls.users = [
            new_test_user(
                cls.env,
                f"structure_{group.id}",
                groups="sales_team.group_sale_salesman",
                lang="en_US",
            )
            for group in groups
        ]
        for user, group in zip(cls.users, groups, strict=True):
            user.group_ids = [Command.link(group.id)]
            if group == cls.env.ref("customer_archive.group_fin"):
                accounting = cls.env.ref("account.group_account_invoice")
                user.group_ids = [Command.link(accounting.id)]
        cls.system_user = new_test_user(
            cls.env,
            "structure_system",
            groups="base.group_system,sales_team.group_sale_manager,"
            "customer_archive.group_admin",
            lang="en_US",
        )
        cls.users.append(cls.system_user)

    @classmethod
    def _ours(cls, model):
        """Return the records of ``model`` that the installed addons ship."""
        ids = (
            cls.env["ir.model.data"]
            .search([("model", "=", model), ("module", "in", MODULES)])
            .mapped("res_id")
        )
        return cls.env[model].with_context(active_test=False).browse(ids).exists()

    def _with_rights(self, model, operation="read"):
        """Return the users who have ``operation`` on ``model``."""
        return [
            user
            for user in self.users
            if self.env[model].with_user(user).has_access(operation)
        ]

    def test_every_view_is_valid(self):
        views = self._ours("ir.ui.view")
        self.assertTrue(views)
        views._check_xml()

    def test_every_window_opens(self):
        actions = self._ours("ir.actions.act_window")
        self.assertTrue(actions)
        for action in actions:
            users = self._with_rights(action.res_model)
            self.assertTrue(users, f"nobody may open {action.name}")
            user = users[-1]
            with self.subTest(action=action.name, user=user.login):
                model = self.env[action.res_model].with_user(user)
                views = [*action.views, (action.search_view_id.id, "search")]
                loaded = model.get_views(
                    [list(view) for view in views],
                    {"action_id": action.id, "toolbar": True, "load_filters": True},
                )["views"]
                self.assertEqual(
                    set(loaded), {view_type for _view_id, view_type in views}
                )
                self._check_context(action, loaded["search"]["arch"], user)
                self._check_search(model, loaded["search"]["arch"])
                for view_type in ("list", "kanban", "form"):
                    if view_type in loaded and not model._transient:
                        self._check_fields(model, loaded[view_type]["arch"])

    def _check_context(self, action, search_arch, user):
        context = safe_eval(
            action.context or "{}",
            {"uid": user.id, "active_id": 1, "active_ids": [1], "active_model": "x"},
        )
        names = {
            node.get("name")
            for node in etree.fromstring(search_arch).iter("filter", "field")
        }
        for key in context:
            if key.startswith("search_default_"):
                self.assertIn(key.removeprefix("search_default_"), names)

    def _check_search(self, model, arch):
        """Every filter is a search that works, every grouping one that groups."""
        now = {
            "uid": model.env.uid,
            "context_today": datetime.now,
            "datetime": datetime,
            "allowed_company_ids": model.env.companies.ids,
        }
        for node in etree.fromstring(arch).iter("filter"):
            if node.get("domain"):
                model.search_count(safe_eval(node.get("domain"), now))
            group_by = safe_eval(node.get("context") or "{}", now).get("group_by")
            if group_by:
                model.formatted_read_group([], [group_by], ["__count"])
        for node in etree.fromstring(arch).iter("field"):
            if node.get("filter_domain"):
                model.search_count(safe_eval(node.get("filter_domain"), {"self": "x"}))

    def _check_fields(self, model, arch):
        """The fields of the view itself, not those of views inside, are read."""
        tree = etree.fromstring(arch)
        names = {
            node.get("name")
            for node in tree.iter("field")
            if not any(parent.tag == "field" for parent in node.iterancestors())
        }
        model.web_search_read([], {name: {} for name in names}, limit=2)

    def _menus_of(self, user):
        """Return the menus that the web client shows to ``user``."""
        loaded = self.env["ir.ui.menu"].with_user(user).load_menus(debug=False)
        return self.env["ir.ui.menu"].browse(set(loaded) - {"root"})

    def test_every_menu_is_reachable(self):
        menus = self._ours("ir.ui.menu")
        self.assertTrue(menus)
        visible = menus.browse().union(*(self._menus_of(user) for user in self.users))
        for menu in menus:
            with self.subTest(menu=menu.complete_name):
                self.assertIn(menu, visible)

    def test_no_menu_leads_to_a_refusal(self):
        for user in self.users:
            for menu in self._menus_of(user) & self._ours("ir.ui.menu"):
                action = menu.action
                if action and action._name == "ir.actions.act_window":
                    self.assertTrue(
                        self.env[action.res_model].with_user(user).has_access("read"),
                        f"{user.group_ids.mapped('full_name')}: {menu.complete_name}",
                    )

    def test_plain_salesperson_does_not_see_the_archive(self):
        plain = new_test_user(
            self.env, "structure_plain", groups="sales_team.group_sale_salesman"
        )
        root = self.env.ref("customer_archive.customer_archive_menu_root")
        self.assertNotIn(root, self._menus_of(plain))
