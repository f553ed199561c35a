import { Component, onWillStart } from "@odoo/owl";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { formatMonetary } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** One chronological chain of all documents of a customer. */
export class DealTrace extends Component {
    static template = "customer_archive.DealTrace";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        onWillStart(async () => {
            const dossierId = this.props.action.context.active_id;
            const trace = await this.orm.call("customer.dossier", "get_trace", [[dossierId]]);
            this.env.config.setDisplayName(_t("Deal Trace: %s", trace.name));
            this.limit = trace.limit;
            this.years = this.groupByYear(trace.lines);
        });
    }

    groupByYear(lines) {
        const years = [];
        for (const line of lines) {
            const year = line.date.slice(0, 4);
            if (years.at(-1)?.year !== year) {
                years.push({ year, lines: [] });
            }
            years.at(-1).lines.push(line);
        }
        return years;
    }

    get remark() {
        return _t("The newest %s entries are shown.", this.limit);
    }

    formatDate(line) {
        return formatDate(deserializeDate(line.date));
    }

    formatAmount(line) {
        return line.amount ? formatMonetary(line.amount, { currencyId: line.currency_id }) : "";
    }

    open(line) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: line.res_model,
            res_id: line.res_id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("customer_archive.deal_trace", DealTrace);
