from odoo.exceptions import AccessError


class GradeShownCommon:
    """All the ways to ask for a grade where it is shown, for the tests of ``dossiers``:
    one with the grade ``important``, one with ``stable`` and one without; ``rep`` reads
    them, ``strangers`` do not."""

    def _oracles(self, grade, tier):
        """Return (domain, whether it finds who has no grade, whether it finds the key
        customer, whether the core customer) of all the ways to ask for a grade."""
        best, second = self.important.id, self.stable.id
        return (
            ([(grade, "=", best)], False, True, False),
            ([(grade, "in", [best, second])], False, True, True),
            ([(grade, "!=", best)], True, False, True),
            ([(grade, "not in", [best, second])], True, False, False),
            ([(grade, "=", False)], True, False, False),
            ([(grade, "!=", False)], False, True, True),
            ([(grade, "in", [best, False])], True, True, False),
            ([(grade, "ilike", self.important.name)], False, True, False),
            ([(grade, "not ilike", self.important.name)], True, False, True),
            ([(f"{grade}.tier", "=", "1")], False, True, False),
            ([(grade, "any", [("tier", "=", "2")])], False, False, True),
            ([(tier, "=", "1")], False, True, False),
            ([(tier, "!=", "1")], True, False, True),
            ([(tier, "=", False)], True, False, False),
            ([(tier, "in", ["1", "2"])], False, True, True),
            (["!", (tier, "in", ["1", False])], False, False, True),
        )

    def _check_shown(self, model, domain, records, grade="grade_id", tier="tier"):
        """Check that ``records`` show the grades of ``dossiers``, in this order, to the
        rep, and that the strangers who read them find no grade.

        :param domain: the one that finds just these records
        """
        key, core, ungraded = records.ids
        shown = {key: self.important, core: self.stable, ungraded: self.important[:0]}
        for user, hidden in [(self.rep, False), *((u, True) for u in self.strangers)]:
            with self.subTest(user=user.login, model=model):
                self._check_read(user, model, domain, shown, hidden, grade, tier)
                for asked, none, best, second in self._oracles(grade, tier):
                    found = self._rpc(user, model, "search", domain + asked)
                    expected = {key: best, core: second, ungraded: none}
                    if hidden:
                        expected = dict.fromkeys(expected, none)
                    self.assertEqual(
                        set(found), {id_ for id_ in expected if expected[id_]}, asked
                    )

    def _check_read(self, user, model, domain, shown, hidden, grade, tier):
        names = [grade, tier]
        rows = self._rpc(user, model, "search_read", domain, names, order="id")
        ids = sorted(shown)
        self.assertEqual(
            {row["id"]: row[grade] and row[grade][0] for row in rows},
            {id_: not hidden and shown[id_].id for id_ in ids},
        )
        self.assertEqual(
            {row["id"]: row[tier] for row in rows},
            {id_: not hidden and shown[id_].tier for id_ in ids},
        )
        columns = [f"{grade}/.id", tier]
        if model == "res.partner":
            exported = self._rpc(user, model, "export_data", ids, columns)
            self.assertEqual(
                [bool(row[0]) for row in exported["datas"]],
                [bool(shown[id_]) and not hidden for id_ in ids],
            )
        else:
            with self.assertRaises(AccessError):
                self._rpc(user, model, "export_data", ids, columns)
        for name, value in ((grade, "id"), (tier, "tier")):
            groups = self._rpc(
                user, model, "formatted_read_group", domain, [name], ["__count"]
            )
            expected = {
                not hidden and shown[id_][value]: 1 if not hidden else len(ids)
                for id_ in ids
            }
            self.assertEqual(
                {
                    group[name]
                    and (group[name][0] if name == grade else group[name]): (
                        group["__count"]
                    )
                    for group in groups
                },
                expected,
            )
            for group in groups:
                found = self._rpc(
                    user, model, "search_count", domain + group["__extra_domain"]
                )
                self.assertEqual(found, group["__count"])
        ordered = self._rpc(user, model, "search", domain, order=f"{tier} desc, id")
        known = [] if hidden else sorted(shown, key=lambda id_: shown[id_].tier or "9")
        # NULLs come first in descending order
        self.assertEqual(ordered, known[::-1] or ids)
