import { registry } from "@web/core/registry";

const ENGLISH = {
    quality: "quality and reliability of our products",
    service: "how quickly we answer questions",
    price: "our prices for what you receive",
    credit: "keep our promises",
    opinion: "What should we do better?",
    text: "Deliver faster.",
    thanks: "Your answers have been received",
};
const CHINESE = {
    quality: "您对我公司产品的质量和可靠性是否满意",
    service: "您对我公司答复咨询和处理投诉的及时性是否满意",
    price: "您对我公司产品的性价比是否满意",
    credit: "您对我公司履行承诺和合同的情况是否满意",
    opinion: "您认为我公司还有哪些方面需要改进",
    text: "交货再快一些就更好了。",
    thanks: "您的答卷已收到",
};

/** Refuse a page that scrolls sideways or whose buttons no finger hits. */
function checkFit() {
    const { scrollWidth } = document.documentElement;
    if (scrollWidth > window.innerWidth) {
        throw new Error(`${scrollWidth}px do not fit into ${window.innerWidth}px`);
    }
    for (const button of document.querySelectorAll(".o_survey_choice_btn")) {
        const { width, height } = button.getBoundingClientRect();
        if (width < 26 || height < 44) {
            throw new Error(`A button of ${width}×${height}px is too small`);
        }
        if (button.scrollWidth > Math.ceil(width)) {
            throw new Error("A number is wider than its button");
        }
    }
}

function waitFor(text) {
    return {
        trigger: `.o_survey_form .js_question-wrapper:contains(${text})`,
        run: checkFit,
    };
}

function start() {
    return [{ trigger: ".o_survey_form button[value=start]", run: "click" }];
}

/** Choose a value in each question of the page; null skips one. */
function choose(text, values) {
    return [
        waitFor(text),
        ...values
            .map((value, index) => ({ value, index }))
            .filter(({ value }) => value !== null)
            .flatMap(({ value, index }) => {
                const label = `.o_survey_form_choice:eq(${index}) label[for$='_${value}']`;
                return [
                    { trigger: label, run: "click" },
                    { trigger: `${label}.o_survey_selected` },
                ];
            }),
    ];
}

function next() {
    return [{ trigger: ".o_survey_form button[type=submit][value=next]", run: "click" }];
}

function finish(words) {
    return [
        waitFor(words.opinion),
        { trigger: ".o_survey_form textarea", run: `edit ${words.text}` },
        { trigger: ".o_survey_form button[value=finish]", run: "click" },
        { trigger: ".modal .modal-footer .btn-primary", run: "click" },
        { trigger: `.o_survey_finished:contains(${words.thanks})`, run: checkFit },
    ];
}

function fill(words) {
    return [
        ...start(),
        ...choose(words.quality, [9, 10]),
        ...next(),
        ...choose(words.service, [8, null]),
        ...next(),
        ...choose(words.price, [0, 7]),
        ...next(),
        ...choose(words.credit, [10, 10]),
        ...next(),
        ...finish(words),
    ];
}

registry.category("web_tour.tours").add("customer_survey_fill_chinese", {
    steps: () => [
        { trigger: ".o_survey_form:contains(您可以跳过任何题目)" },
        ...fill(CHINESE),
    ],
});

registry.category("web_tour.tours").add("customer_survey_fill_english", {
    steps: () => fill(ENGLISH),
});

function checkChosen(text, values) {
    return [
        waitFor(text),
        ...values.map((value, index) => ({
            trigger: `.o_survey_form_choice:eq(${index}) label[for$='_${value}'].o_survey_selected`,
        })),
    ];
}

registry.category("web_tour.tours").add("customer_survey_interrupt", {
    steps: () => [
        ...start(),
        ...choose(CHINESE.quality, [9, 10]),
        ...next(),
        ...choose(CHINESE.service, [3, 4]),
        { trigger: ".o_survey_navigation_submit[value=previous]", run: "click" },
        ...checkChosen(CHINESE.quality, [9, 10]),
        ...next(),
        ...checkChosen(CHINESE.service, [3, 4]),
        ...next(),
        waitFor(CHINESE.price),
        {
            trigger: ".o_survey_form",
            run: () => window.location.reload(),
            expectUnloadPage: true,
        },
        waitFor(CHINESE.price),
        ...choose(CHINESE.price, [5, 6]),
        ...next(),
        waitFor(CHINESE.credit),
    ],
});

registry.category("web_tour.tours").add("customer_survey_resume", {
    steps: () => [
        waitFor(CHINESE.credit),
        { trigger: ".o_survey_navigation_submit[value=previous]", run: "click" },
        ...checkChosen(CHINESE.price, [5, 6]),
        ...next(),
        ...choose(CHINESE.credit, [2, 2]),
        ...next(),
        ...finish(CHINESE),
    ],
});
