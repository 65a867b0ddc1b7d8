// Holidays: one day (`2026-12-24`) or the same day each year (`12-25`).
import { Failure } from "../wardgate-policy.js";

/** Checks a holiday of the settings. */
export function checkHoliday(text) {
  // A day each year is checked as if the year were a leap year, so that 02-29 is one.
  const found = /^(?:([0-9]{4})-)?([0-9]{2})-([0-9]{2})$/.exec(text);
  if (found !== null) {
    const [year, month, day] = [found[1] ?? 2000, found[2], found[3]].map(Number);
    if (day >= 1 && day <= daysOf(year, month)) return text;
  }
  throw new Failure("not a day such as 2026-12-24 or, each year, 12-25");
}

/** Whether the date (`YYYY-MM-DD`) is one of the holidays. */
export function isHoliday(holidays, date) {
  return holidays.includes(date) || holidays.includes(date.slice(5));
}

function daysOf(year, month) {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
}
