// Who may talk to `nexus:consumer:chat`, and when: the same decisions as ../../consumer-chat, which has the settings and
// the cases. A setting that is absent is not checked.
import {
  Failure, allow, definePolicy, deny, number, optional, shape, text,
} from "../wardgate-policy.js";
import { minuteOfWeek, covers, shifts } from "./hours.js";
import { checkHoliday, isHoliday } from "./holiday.js";
import { checkOrigin, isAmong } from "./origin.js";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

export default definePolicy({
  permissions: ["nexus:consumer:chat"],

  reads: {
    origin: optional(text("request.header.origin")),
    method: optional(text("request.method")),
    size: optional(number("request.size")),
    // The host always has the time, so a policy that needs it and does not get it cannot decide.
    date: text("time.date"),
    hour: number("time.hour"),
    minute: number("time.minute"),
    weekday: number("time.weekday"),
  },

  settings: shape.object({
    origins: optional(shape.list(shape.string)),
    origin_required: optional(shape.boolean),
    methods: optional(shape.list(shape.string)),
    max_body_bytes: optional(shape.size),
    hours: optional(
      shape.list(
        shape.object({ days: shape.list(shape.oneOf(...DAYS)), from: shape.string, to: shape.string }),
      ),
    ),
    holidays: optional(shape.list(shape.string)),
    // Read by the host, which counts the hours and days in this zone.
    "time.zone": optional(shape.string),
  }),

  prepare(settings, problems) {
    if (settings["time.zone"] !== undefined) problems.take("/time.zone", settings["time.zone"], checkZone);
    return {
      origins: problems.allowed("/origins", settings.origins, checkOrigin),
      originRequired: settings.origin_required ?? false,
      methods: problems.allowed("/methods", settings.methods, checkMethod),
      maxBodyBytes: settings.max_body_bytes,
      hours: shifts(settings.hours, DAYS, problems),
      holidays: problems.each("/holidays", settings.holidays ?? [], checkHoliday),
    };
  },

  evaluate(rules, call) {
    const refusal = refuseRequest(rules, call);
    if (refusal !== undefined) return refusal;
    if (rules.holidays.length > 0 && isHoliday(rules.holidays, call.date)) {
      return deny("holiday", "the office is closed on this day");
    }
    if (rules.hours !== undefined) {
      const { hour, minute, weekday } = call;
      const now = minuteOfWeek(weekday, hour, minute);
      if (!rules.hours.some((shift) => covers(shift, now))) {
        return deny("outside_business_hours", "the office is closed at this hour");
      }
    }
    return allow();
  },
});

function refuseRequest(rules, call) {
  const { origin, method, size } = call;
  if (origin === undefined && rules.originRequired) return deny("origin_missing", "the call names no web origin");
  if (origin !== undefined && rules.origins !== undefined && !isAmong(origin, rules.origins)) {
    return deny("origin_not_allowed", "the call comes from a web origin that is not allowed");
  }
  if (rules.methods !== undefined) {
    if (method === undefined) return deny("method_unknown", "methods are limited and the call has none");
    if (!rules.methods.includes(method)) return deny("method_not_allowed", "the method is not allowed");
  }
  if (rules.maxBodyBytes !== undefined) {
    if (size === undefined || size < 0) {
      return deny("size_unknown", "sizes are limited and the call's is not known");
    }
    if (size > rules.maxBodyBytes) return deny("body_too_large", "the body is too large");
  }
  return undefined;
}

function checkMethod(method) {
  if (!/^[A-Z-]+$/.test(method)) throw new Failure("not a method such as POST");
  return method;
}

/** Whether the zone exists only the host knows. */
function checkZone(zone) {
  if (!/^[A-Za-z0-9/_+-]+$/.test(zone)) throw new Failure("not a zone such as Europe/Berlin");
}
