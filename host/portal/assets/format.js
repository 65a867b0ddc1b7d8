// Values as people read them.

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const NUMBER = new Intl.NumberFormat(undefined);
const AGO = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const STEPS = [[60, "second"], [60, "minute"], [24, "hour"], [30, "day"], [12, "month"], [Infinity, "year"]];

export function date(text) {
    return text ? DATE.format(new Date(text)) : "";
}

// Of a moment in milliseconds, the time of day alone, and the day alone.
export function time(ms) {
    return TIME.format(ms);
}

export function day(ms) {
    return DAY.format(ms);
}

export function number(value) {
    return NUMBER.format(value);
}

// `3 minutes ago`, `in 2 days`.
export function relative(text, now = Date.now()) {
    let distance = (new Date(text).getTime() - now) / 1000;
    for (const [length, unit] of STEPS) {
        if (Math.abs(distance) < length) {
            return AGO.format(Math.trunc(distance), unit);
        }
        distance /= length;
    }
    return date(text);
}

export function bytes(count) {
    const units = ["B", "KiB", "MiB", "GiB"];
    let size = count;
    let unit = 0;
    while (size >= 1024 && unit < units.length - 1) {
        size /= 1024;
        unit += 1;
    }
    return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}

export function microseconds(count) {
    return count < 1000 ? `${count} µs` : `${(count / 1000).toFixed(count < 10000 ? 1 : 0)} ms`;
}

// `one key`, `3 keys`.
export function count(value, one, many = one + "s") {
    return value === 1 ? `1 ${one}` : `${number(value)} ${many}`;
}

// Lines of a field of many, without the empty ones.
export function lines(text) {
    return text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
}

// The value of a date field as the API takes it: the end of that day, where the person is.
export function endOfDay(text) {
    return text ? new Date(`${text}T23:59:59`).toISOString() : null;
}
