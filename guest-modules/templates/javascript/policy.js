// Only the listed countries may call.
import { Failure, allow, definePolicy, deny, shape, text } from "./wardgate-policy.js";

export default definePolicy({
  permissions: ["shop:*"],

  // What it reads of a call. What is not `optional` must be there: if it is not, or is of another kind, asking for it is
  // an error, and an error refuses the call.
  reads: { country: text("context.country") },

  // What its owner writes.
  settings: shape.object({ countries: shape.list(shape.string) }),

  // What it goes by: the settings, checked once.
  prepare(settings, problems) {
    return { countries: problems.each("/countries", settings.countries, checkCountry) };
  },

  evaluate(rules, call) {
    if (rules.countries.includes(call.country)) return allow();
    return deny("country_not_allowed", "calls from this country are not allowed");
  },
});

function checkCountry(text) {
  if (!/^[A-Z]{2}$/.test(text)) throw new Failure("not a country such as DE");
  return text;
}
