// Business hours, as minutes of the week. A shift that ends before it begins runs past midnight.
import { Failure } from "../wardgate-policy.js";

const DAY_MINUTES = 24 * 60;
const WEEK_MINUTES = 7 * DAY_MINUTES;

/** Whether the minute of the week lies in the shift, whose end, which may be in the next week, is not within. */
export function covers([start, end], minute) {
  return (start <= minute && minute < end) || (start <= minute + WEEK_MINUTES && minute + WEEK_MINUTES < end);
}

/** The minute of the week, counted from Monday's midnight. */
export function minuteOfWeek(weekday, hour, minute) {
  const within = weekday >= 1 && weekday <= 7 && hour >= 0 && hour < 24 && minute >= 0 && minute < 60;
  if (!within) throw new Failure("the time is none");
  return ((weekday - 1) * 24 + hour) * 60 + minute;
}

/** Turns the setting `hours` into shifts. */
export function shifts(hours, days, problems) {
  const each = problems.allowed("/hours", hours, (item) => item);
  return each?.flatMap((item, at) => shiftsOf(item, `/hours/${at}`, days, problems));
}

function shiftsOf({ days: its, from: opens, to: closes }, path, days, problems) {
  if (its.length === 0) problems.report(`${path}/days`, "the hours are of no day");
  const from = problems.take(`${path}/from`, opens, minuteOfDay);
  const to = problems.take(`${path}/to`, closes, minuteOfDay);
  if (from === undefined || to === undefined) return [];
  if (from === to || from === DAY_MINUTES) problems.report(`${path}/from`, "no minute lies between from and to");
  const length = from < to ? to - from : to + DAY_MINUTES - from;
  const starts = its.map((day) => days.indexOf(day) * DAY_MINUTES + from);
  return starts.map((start) => [start, start + length]);
}

/** `08:00`; `24:00` is the end of the day. */
function minuteOfDay(text) {
  const [, hour, minute] = /^([0-9]{2}):([0-9]{2})$/.exec(text)?.map(Number) ?? [];
  if ((hour < 24 && minute < 60) || (hour === 24 && minute === 0)) return hour * 60 + minute;
  throw new Failure("not a time of the day such as 08:00");
}
