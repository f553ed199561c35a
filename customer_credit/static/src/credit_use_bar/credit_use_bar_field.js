import { registry } from "@web/core/registry";
import { ProgressBarField, progressBarField } from "@web/views/fields/progress_bar/progress_bar_field";

const COLORS = { normal: "bg-success", warning: "bg-warning", hold: "bg-danger" };

/** The use of a credit limit, in the colour of the account's traffic light. */
export class CreditUseBarField extends ProgressBarField {
    get progressBarColorClass() {
        return COLORS[this.props.record.data.status] || "bg-secondary";
    }
}

registry.category("fields").add("credit_use_bar", {
    ...progressBarField,
    component: CreditUseBarField,
    fieldDependencies: [{ name: "status", type: "selection" }],
});
