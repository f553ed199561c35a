import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { formatPercentage } from "@web/views/fields/formatters";
import { PivotModel } from "@web/views/pivot/pivot_model";
import { PivotRenderer } from "@web/views/pivot/pivot_renderer";
import { pivotView } from "@web/views/pivot/pivot_view";

const LIMIT = "customer_complaint_share";

class ComplaintShareModel extends PivotModel {
    async load(searchParams) {
        const [company] = await this.orm.read("res.company", [user.activeCompany.id], [LIMIT]);
        this.shareLimit = company[LIMIT] / 100;
        return super.load(searchParams);
    }

    /** Return which part of its row's cases a cell counts, undefined for the total. */
    getShare(cell) {
        const [rowValues, colValues] = cell.groupId;
        if (cell.measure !== "__count" || !colValues.length || !cell.value) {
            return undefined;
        }
        const config = { metaData: this.metaData, data: this.data };
        return cell.value / this._getCellValue([rowValues, []], "__count", config);
    }
}

/** A pivot that shows each count's share of its row, and highlights the large ones. */
class ComplaintShareRenderer extends PivotRenderer {
    static template = "customer_archive.ComplaintShareRenderer";

    getFormattedValue(cell) {
        const formatted = super.getFormattedValue(cell);
        const share = this.model.getShare(cell);
        if (share !== undefined) {
            formatted.value += ` · ${formatPercentage(share, { digits: [false, 1] })}`;
        }
        return formatted;
    }

    isHighlighted(cell) {
        const share = cell.groupId[0].length && this.model.getShare(cell);
        return this.model.shareLimit > 0 && share > this.model.shareLimit;
    }
}

registry.category("views").add("customer_complaint_share", {
    ...pivotView,
    Model: ComplaintShareModel,
    Renderer: ComplaintShareRenderer,
});
