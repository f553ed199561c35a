import { Component } from "@odoo/owl";
import { formatDateTime, toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { DateTimeField } from "@web/views/fields/datetime/datetime_field";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const { DateTime } = luxon;

const MINUTE = 60 * 1000;
const HOUR = 60 * MINUTE;
// hours are counted below, days from here on
const DAYS_FROM = 48 * HOUR;
const SOON = 4 * HOUR;

/** How long until a deadline or since, by the hour; whether it was met, if that is known. */
export class RemainingHoursField extends Component {
    static template = "customer_archive.RemainingHoursField";
    static components = { DateTimeField };
    static props = {
        ...standardFieldProps,
        metField: { type: String, optional: true },
    };

    get due() {
        return this.props.record.data[this.props.name];
    }

    get met() {
        return this.props.metField && this.props.record.data[this.props.metField];
    }

    /** Milliseconds that are left, below 0 when the deadline has passed. */
    get left() {
        return this.due - (this.met || DateTime.now());
    }

    get text() {
        if (this.met && this.left >= 0) {
            return toLocaleDateTimeString(this.met);
        }
        const late = this.left < 0;
        const time = Math.abs(this.left);
        if (time < HOUR) {
            const minutes = Math.floor(time / MINUTE);
            return late ? _t("%s min late", minutes) : _t("%s min left", minutes);
        }
        if (time < DAYS_FROM) {
            const hours = Math.floor(time / HOUR);
            return late ? _t("%s h late", hours) : _t("%s h left", hours);
        }
        const days = Math.floor(time / (24 * HOUR));
        return late ? _t("%s days late", days) : _t("%s days left", days);
    }

    get title() {
        const due = _t("Due: %s", formatDateTime(this.due));
        return this.met ? `${due}\n${_t("Met: %s", formatDateTime(this.met))}` : due;
    }

    get className() {
        if (this.left < 0) {
            return "text-danger";
        }
        if (this.met) {
            return "text-success";
        }
        return this.left < SOON ? "text-warning" : "";
    }

    get dateTimeFieldProps() {
        const { metField, ...props } = this.props;
        return props;
    }
}

export const remainingHoursField = {
    component: RemainingHoursField,
    displayName: _t("Remaining Hours"),
    supportedTypes: ["datetime"],
    supportedOptions: [
        {
            label: _t("Met at"),
            name: "met_field",
            type: "field",
            availableTypes: ["datetime"],
        },
    ],
    extractProps: ({ options }) => ({ metField: options.met_field }),
    fieldDependencies: ({ options }) =>
        options.met_field ? [{ name: options.met_field, type: "datetime" }] : [],
};

registry.category("fields").add("remaining_hours", remainingHoursField);
